/*
 * A client: producer and worker in one, with many requests under way. It writes down what
 * was acknowledged, when it asked and when it heard. A connection that breaks is replaced;
 * what was under way on it is forgotten, as nobody can tell what became of it.
 */
#include <config.h>

#include "torture/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t is_told_to_end;

static void
on_term(int signo)
{
	(void)signo;
	is_told_to_end = 1;
}

static void
write_log(struct client *client)
{
	size_t len = client->entry_count * sizeof(client->entries[0]);

	if (len > 0 && write(client->log, client->entries, len) != (ssize_t)len)
		torture_fail("a client cannot write its log");
	client->entry_count = 0;
}

/* ---- asking ---- */

/* An id's place must be free: what waits keeps it. */
static void
ask_more(struct client *client)
{
	while (client->under_way < PIPELINE / 2 && client->out_len + 500 < ROOM) {
		if (client->asked_ns[(client->next_id + 1) % PIPELINE] != 0)
			client->next_id++;
		else
			client_ask(client);
	}
}

/* ---- hearing ----------------------------------------------------------------------- */

static uint64_t
number_after(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at == NULL ? 0 : strtoull(at + strlen(name), NULL, 10);
}

/* Hashes the string member of that name; keeps it, where `keep` has room for it. */
static uint64_t
text_after(const char *line, const char *name, char *keep)
{
	const char *at = strstr(line, name);
	size_t len;

	if (at == NULL)
		return 0;
	at += strlen(name);
	len = strcspn(at, "\"");
	if (keep != NULL && len < 64) {
		memcpy(keep, at, len);
		keep[len] = '\0';
	}
	return hash_name(at, len);
}

static void
hear_result(struct client *client, const char *line, struct entry *entry)
{
	if (strstr(line, "\"result\":{\"set\":\"") != NULL) {
		char token[64] = "";

		entry->name = text_after(line, "\"set\":\"", token);
		entry->what = HEARD_SET;
		if (token[0] != '\0' && client->token_count < TOKENS)
			memcpy(client->tokens[client->token_count++], token, sizeof(token));
	} else if (strstr(line, "\"result\":{\"op\":\"") != NULL &&
		   strstr(line, "\"new\":") != NULL && strstr(line, "\"done\":") == NULL) {
		entry->name = text_after(line, "\"op\":\"", NULL);
		entry->what = HEARD_ENQUEUED;
	} else if (strstr(line, "\"result\":{\"finished\":") != NULL) {
		entry->what = HEARD_FINISHED;
	}
}

static bool
hear(struct client *client, const char *line)
{
	uint64_t id = number_after(line, "\"id\":");
	struct entry *entry = &client->entries[client->entry_count];
	uint64_t *asked_ns = &client->asked_ns[id % PIPELINE];

	if (id == 0 || id > client->next_id || *asked_ns == 0) {
		/* A line that was cut in two by a half-close, or no room: it is told, and over. */
		if (strstr(line, "input ended inside a line") == NULL &&
			strstr(line, "max_connections") == NULL)
			fprintf(stderr, "torture: an answer to nothing: %.200s\n", line);
		return false;
	}
	*entry = (struct entry){
		*asked_ns, torture_now_ns(), number_after(line, "\"seq\":"), 0, HEARD_OTHER};
	*asked_ns = 0;
	client->under_way--;
	hear_result(client, line, entry);
	if (++client->entry_count == LOG_BUFFER)
		write_log(client);
	__atomic_fetch_add(&client->board->answers, 1, __ATOMIC_RELAXED);
	return true;
}

/* False: the connection is over. */
static bool
read_answers(struct client *client)
{
	ssize_t got = recv(client->fd, client->in + client->in_len, ROOM - 1 - client->in_len, 0);
	char *line = client->in;
	char *end;

	if (got <= 0)
		return got < 0 && errno == EAGAIN;
	client->in_len += (size_t)got;
	client->in[client->in_len] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		if (!hear(client, line))
			return false;
		line = end + 1;
	}
	client->in_len -= (size_t)(line - client->in);
	memmove(client->in, line, client->in_len);
	return client->in_len < ROOM - 1;
}

static bool
write_requests(struct client *client)
{
	ssize_t sent = send(client->fd, client->out, client->out_len, MSG_NOSIGNAL);

	if (sent < 0)
		return errno == EAGAIN;
	client->out_len -= (size_t)sent;
	memmove(client->out, client->out + sent, client->out_len);
	return true;
}

/* ---- connections --------------------------------------------------------------------- */

static void
forget(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	client->under_way = 0;
	client->out_len = client->in_len = 0;
	memset(client->asked_ns, 0, sizeof(client->asked_ns));
}

static bool
join(struct client *client)
{
	int yes = 1;

	forget(client);
	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		torture_fail("socket");
	(void)setsockopt(client->fd, IPPROTO_TCP, TCP_SYNCNT, &yes, sizeof(yes));
	(void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (connect(client->fd, (const struct sockaddr *)&client->at, sizeof(client->at)) < 0)
		return false;
	(void)fcntl(client->fd, F_SETFL, O_NONBLOCK);
	__atomic_fetch_add(&client->board->connections, 1, __ATOMIC_RELAXED);
	return true;
}

/* Until the connection breaks, or for a second without an answer. */
static void
talk(struct client *client)
{
	while (!is_told_to_end) {
		struct pollfd poller = {.fd = client->fd, .events = POLLIN};

		ask_more(client);
		if (client->out_len > 0)
			poller.events |= POLLOUT;
		if (poll(&poller, 1, 1000) <= 0)
			return;
		if ((poller.revents & POLLOUT) != 0 && !write_requests(client))
			return;
		if ((poller.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !read_answers(client))
			return;
	}
}

/*
 * A client before this one may have been killed within a write: what it left of an entry goes, or
 * all that come after would be read askew.
 */
static int
open_log(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct stat file;

	if (fd < 0 || fstat(fd, &file) < 0 ||
		ftruncate(fd, file.st_size - file.st_size % (off_t)sizeof(struct entry)) < 0)
		torture_fail("a client cannot open its log");
	return fd;
}

int
client_main(const char *address, uint16_t port, uint64_t seed, const char *board, const char *log)
{
	struct client *client = calloc(1, sizeof(*client));
	struct sigaction action = {.sa_handler = on_term};

	if (client == NULL)
		return 1;
	client->board = board_map(board);
	client->random.state = seed;
	client->pid = (uint64_t)getpid();
	client->fd = -1;
	client->at.sin_family = AF_INET;
	client->at.sin_port = htons(port);
	(void)inet_pton(AF_INET, address, &client->at.sin_addr);
	client->log = open_log(log);
	sigaction(SIGTERM, &action, NULL);
	while (!is_told_to_end) {
		if (join(client))
			talk(client);
		else
			torture_sleep_ms(20);
	}
	write_log(client);
	free(client);
	return 0;
}
