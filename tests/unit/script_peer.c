/* The peer's process ends by itself at the end of its script, or after a while. */
#include <config.h>

#include "script_peer.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 60
#define LINE_SIZE  (8 * 1024 * 1024)

/* What the peer's process knows. */
struct talk {
	int listener;
	int fd;
	char *line;
	size_t len;
	char id[24];
	char id_before[24];
	char group[64];
};

static void
give_up(const char *step, const char *why, const char *line)
{
	fprintf(stderr, "peer: step %s: %s: %.200s\n", step, why, line);
	_exit(EXIT_FAILURE);
}

static void
note_group(struct talk *talk)
{
	const char *group = strstr(talk->line, "\"group\":\"");
	size_t len = group == NULL ? 0 : strcspn(group + 9, "\"");

	if (len == 0 || len >= sizeof talk->group)
		return;
	memcpy(talk->group, group + 9, len);
	talk->group[len] = '\0';
}

static void
note_id(struct talk *talk)
{
	const char *id = strstr(talk->line, "\"id\":");
	size_t len = id == NULL ? 0 : strspn(id + 5, "0123456789");

	if (len == 0 || len >= sizeof talk->id)
		return;
	memcpy(talk->id_before, talk->id, sizeof talk->id);
	memcpy(talk->id, id + 5, len);
	talk->id[len] = '\0';
}

static void
hear_line(struct talk *talk, const char *step)
{
	ssize_t more = 1;

	talk->len = 0;
	/* Byte by byte beyond what is one line for sure: the next line is for the next step. */
	while (talk->len == 0 || talk->line[talk->len - 1] != '\n') {
		char look[65536];
		ssize_t there = recv(talk->fd, look, sizeof look, MSG_PEEK);
		const char *end = there > 0 ? memchr(look, '\n', (size_t)there) : NULL;
		size_t take = end == NULL ? (size_t)there : (size_t)(end - look) + 1;

		if (there <= 0 || talk->len + take >= LINE_SIZE)
			give_up(step, "no line came", "");
		more = recv(talk->fd, talk->line + talk->len, take, 0);
		if (more <= 0)
			give_up(step, "no line came", "");
		talk->len += (size_t)more;
	}
	talk->line[talk->len] = '\0';
	note_id(talk);
	note_group(talk);
	if (strstr(talk->line, step + 1) == NULL)
		give_up(step, "heard something else", talk->line);
}

static void
hear_bytes(struct talk *talk, const char *step)
{
	long left = strtol(step + 1, NULL, 10);

	while (left > 0) {
		char bytes[4096];
		size_t size = (size_t)left < sizeof bytes ? (size_t)left : sizeof bytes;
		ssize_t len = recv(talk->fd, bytes, size, 0);

		if (len <= 0)
			give_up(step, "too few bytes came", "");
		left -= len;
	}
}

static void
say(struct talk *talk, const char *step, const char *end)
{
	char text[4096];
	size_t len = 0;

	for (const char *at = step + 1; *at != '\0'; at++) {
		const char *value = *at == '#'   ? talk->id
				    : *at == '^' ? talk->id_before
				    : *at == '@' ? talk->group
						 : NULL;

		if (value != NULL)
			len += (size_t)snprintf(text + len, sizeof text - len, "%s", value);
		else
			text[len++] = *at;
	}
	len += (size_t)snprintf(text + len, sizeof text - len, "%s", end);
	if (send(talk->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		give_up(step, "cannot send", "");
}

static void
hear_end(struct talk *talk)
{
	char bytes[4096];

	while (recv(talk->fd, bytes, sizeof bytes, 0) > 0)
		continue;
	close(talk->fd);
	talk->fd = -1;
}

static void
follow(struct talk *talk, const char *step)
{
	if (step[0] == '+' && (talk->fd = accept(talk->listener, NULL, NULL)) < 0)
		give_up(step, "nobody connects", "");
	else if (step[0] == '<')
		hear_line(talk, step);
	else if (step[0] == '~')
		hear_bytes(talk, step);
	else if (step[0] == '>')
		say(talk, step, "\n");
	else if (step[0] == '=')
		say(talk, step, "");
	else if (step[0] == 'x')
		close(talk->fd);
	else if (step[0] == '.')
		hear_end(talk);
	else if (step[0] == '-')
		close(talk->listener);
}

static void
play(int listener, const char *const *script)
{
	struct talk talk = {.listener = listener, .fd = -1, .line = malloc(LINE_SIZE)};

	alarm(PATIENCE_S);
	if (talk.line == NULL)
		give_up("", "out of memory", "");
	for (; *script != NULL; script++)
		follow(&talk, *script);
	free(talk.line);
	_exit(EXIT_SUCCESS);
}

void
script_peer_init(struct script_peer *peer, const char *const *script)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	*peer = (struct script_peer){.dir = "/tmp/inflight-script-XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(peer->dir));
	snprintf(peer->address, sizeof peer->address, "unix:%s/sock", peer->dir);
	snprintf(name.sun_path, sizeof name.sun_path, "%s/sock", peer->dir);
	peer->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(peer->listener, (struct sockaddr *)(void *)&name, sizeof name), 0);
	ck_assert_int_eq(listen(peer->listener, 16), 0);
	peer->pid = fork();
	ck_assert_int_ge(peer->pid, 0);
	if (peer->pid == 0)
		play(peer->listener, script);
	/* The peer's is the only one that counts: when it is closed nobody can connect. */
	close(peer->listener);
	peer->client = inflight_new(peer->address);
	ck_assert_ptr_nonnull(peer->client);
	ck_assert_int_eq(inflight_set_retry(peer->client, 1, 2, 30000), INFLIGHT_OK);
}

void
script_peer_fini(struct script_peer *peer)
{
	int status = -1;

	inflight_free(peer->client);
	ck_assert_int_eq(waitpid(peer->pid, &status, 0), peer->pid);
	unlink(peer->address + 5);
	rmdir(peer->dir);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS,
		"the peer ended with status %d", status);
}

struct inflight_reply *
script_peer_call(struct script_peer *peer, const char *method, const char *params,
	int64_t timeout_ms, enum inflight_status status)
{
	struct inflight_reply *reply = NULL;
	enum inflight_status got = inflight_call_text(peer->client, method, params,
		params == NULL ? 0 : strlen(params), timeout_ms, &reply);

	ck_assert_msg(got == status, "%s ended with %s: %s", method, inflight_status_name(got),
		inflight_trouble(peer->client));
	ck_assert((reply != NULL) == (status == INFLIGHT_OK));
	return reply;
}

void
script_peer_require(
	struct script_peer *peer, const char *method, const char *params, const char *result)
{
	struct inflight_reply *reply = script_peer_call(peer, method, params, 30000, INFLIGHT_OK);

	ck_assert(!inflight_reply_is_error(reply));
	ck_assert_str_eq(inflight_reply_text(reply, NULL), result);
	inflight_reply_free(reply);
}
