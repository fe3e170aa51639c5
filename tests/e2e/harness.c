/*
 * See harness.h.
 */
#include <config.h>

#include "harness.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

const char *
harness_inflightd(void)
{
	const char *path = getenv("INFLIGHTD");

	return path == NULL ? "./inflightd" : path;
}

const char *
harness_inflight(void)
{
	const char *path = getenv("INFLIGHT");

	return path == NULL ? "./inflight" : path;
}

void
require_in(const char *text, const char *needle)
{
	ck_assert_msg(text != NULL && strstr(text, needle) != NULL, "\"%s\" is not in \"%s\"",
		needle, text == NULL ? "" : text);
}

/* ---- the daemon ---------------------------------------------------------- */

void
daemon_prepare(struct daemon *daemon)
{
	const char *root = getenv("TMPDIR");

	/* A path too long for a Unix socket address would fail later and less clearly. */
	if (root == NULL || strlen(root) > 40)
		root = "/tmp";
	*daemon = (struct daemon){.program = {.pid = -1, .in = -1}};
	stream_init(&daemon->program.out, -1);
	stream_init(&daemon->program.err, -1);
	snprintf(daemon->dir, sizeof(daemon->dir),
		"%s/inflight.XX"
		"XX"
		"XX",
		root);
	if (mkdtemp(daemon->dir) == NULL)
		ck_abort_msg("mkdtemp: %s", strerror(errno));
	snprintf(daemon->unix_path, sizeof(daemon->unix_path), "%s/sock", daemon->dir);
	snprintf(daemon->address, sizeof(daemon->address), "unix:%s", daemon->unix_path);
}

const char *
daemon_file(struct daemon *daemon, const char *name, const char *content)
{
	static char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", daemon->dir, name);
	file = fopen(path, "w");
	if (file == NULL)
		ck_abort_msg("%s: %s", path, strerror(errno));
	ck_assert_int_ge(fputs(content, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	return path;
}

static void
require_ready(struct daemon *daemon, const char *prefix, char *out, size_t size)
{
	char *line = stream_line(&daemon->program.out);

	if (line == NULL)
		ck_abort_msg("the daemon did not start: %s", stream_rest(&daemon->program.err));
	if (strncmp(line, prefix, strlen(prefix)) != 0)
		ck_abort_msg("not the ready line expected: %s", line);
	ck_assert_uint_lt(strlen(line), size + strlen("ready "));
	snprintf(out, size, "%s", line + strlen("ready "));
}

void
daemon_start(struct daemon *daemon, const char *const *args)
{
	const char *argv[64];
	char ready[128];
	size_t n = 0;

	if (daemon->dir[0] == '\0')
		daemon_prepare(daemon);
	argv[n++] = harness_inflightd();
	argv[n++] = "-l";
	argv[n++] = daemon->address;
	argv[n++] = "-l";
	argv[n++] = "tcp:127.0.0.1:0";
	for (; args != NULL && *args != NULL; args++) {
		ck_assert_uint_lt(n, 63);
		argv[n++] = *args;
	}
	argv[n] = NULL;
	program_start(&daemon->program, argv);
	require_ready(daemon, "ready unix:", ready, sizeof(ready));
	ck_assert_str_eq(ready, daemon->address);
	require_ready(daemon, "ready tcp:127.0.0.1:", daemon->tcp, sizeof(daemon->tcp));
	daemon->port = (int)strtol(strrchr(daemon->tcp, ':') + 1, NULL, 10);
	ck_assert_int_gt(daemon->port, 0);
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
daemon_discard(struct daemon *daemon)
{
	program_fini(&daemon->program);
	nftw(daemon->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	daemon->dir[0] = '\0';
}

void
daemon_ended(struct daemon *daemon, int status)
{
	int ended = program_wait(&daemon->program);

	if (ended != status)
		ck_abort_msg("the daemon ended with status %d: %s", ended,
			stream_rest(&daemon->program.err));
	daemon_discard(daemon);
}

void
daemon_stop(struct daemon *daemon)
{
	program_signal(&daemon->program, SIGTERM);
	daemon_ended(daemon, 0);
}

void
daemon_start_bare(struct daemon *daemon, const char *const *args, program_child_fn *child)
{
	const char *argv[16] = {harness_inflightd()};

	for (size_t i = 0; args != NULL && args[i] != NULL; i++)
		argv[i + 1] = args[i];
	program_start_with(&daemon->program, argv, child, daemon);
}

/* What the child passes on, by the only way there is to it. */
void
daemon_start_at(struct daemon *daemon, const struct daemon *home)
{
	const char *const args[] = {"-l", home->address, NULL};
	char ready[sizeof(home->address) + sizeof("ready ")];

	daemon_prepare(daemon);
	daemon_start_bare(daemon, args, NULL);
	(void)snprintf(ready, sizeof(ready), "ready %s", home->address);
	daemon_require_ready(daemon, ready);
}

static int passed_fd;
static const char *passed_name;

static void
pass_socket(void *arg)
{
	char pid[32];

	(void)arg;
	if (passed_fd != 3 && dup2(passed_fd, 3) != 3)
		_exit(126);
	fcntl(3, F_SETFD, 0);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_FDNAMES", passed_name, 1);
}

int
daemon_start_passing(struct daemon *daemon, const char *const *args, const char *name)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	passed_name = name;
	passed_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(passed_fd, (const void *)&address, len), 0);
	ck_assert_int_eq(listen(passed_fd, 8), 0);
	ck_assert_int_eq(getsockname(passed_fd, (void *)&address, &len), 0);
	daemon_start_bare(daemon, args, pass_socket);
	close(passed_fd);
	return ntohs(address.sin_port);
}

void
daemon_require_ready(struct daemon *daemon, const char *expected)
{
	char *line = stream_line(&daemon->program.out);

	if (line == NULL)
		ck_abort_msg("no ready line: %s", stream_rest(&daemon->program.err));
	ck_assert_str_eq(line, expected);
}

/* ---- its peers ----------------------------------------------------------- */

static void
peer_open(struct peer *peer, int family, const struct sockaddr *address, socklen_t len)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		ck_abort_msg("socket: %s", strerror(errno));
	if (connect(fd, address, len) != 0)
		ck_abort_msg("connect: %s", strerror(errno));
	stream_init(&peer->in, fd);
}

void
peer_connect(struct peer *peer, const struct daemon *daemon)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	ck_assert_uint_lt(strlen(daemon->unix_path), sizeof(address.sun_path));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", daemon->unix_path);
	peer_open(peer, AF_UNIX, (const struct sockaddr *)&address, sizeof(address));
}

void
peer_connect_tcp(struct peer *peer, const struct daemon *daemon)
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	address.sin_port = htons((uint16_t)daemon->port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer_open(peer, AF_INET, (const struct sockaddr *)&address, sizeof(address));
}

void
peer_close(struct peer *peer)
{
	stream_fini(&peer->in);
}

void
peer_half_close(struct peer *peer)
{
	if (shutdown(peer->in.fd, SHUT_WR) != 0)
		ck_abort_msg("shutdown: %s", strerror(errno));
}

void
peer_send_bytes(struct peer *peer, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(peer->in.fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ck_abort_msg("send: %s", strerror(errno));
		data += n;
		len -= (size_t)n;
	}
}

void
peer_send(struct peer *peer, const char *line)
{
	peer_send_bytes(peer, line, strlen(line));
	peer_send_bytes(peer, "\n", 1);
}

char *
peer_line(struct peer *peer)
{
	return stream_line(&peer->in);
}

static json_t *
parse(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);

	if (value == NULL)
		ck_abort_msg("not JSON (%s): %s", error.text, text);
	return value;
}

void
peer_expect(struct peer *peer, const char *json)
{
	char *line = peer_line(peer);
	json_t *expected = parse(json);
	json_t *got;

	if (line == NULL)
		ck_abort_msg("the connection ended instead of %s", json);
	got = parse(line);
	if (!json_equal(expected, got))
		ck_abort_msg("expected %s but got %s", json, line);
	json_decref(expected);
	json_decref(got);
}

json_t *
peer_ask(struct peer *peer, const char *line)
{
	char *answer;

	peer_send(peer, line);
	answer = peer_line(peer);
	if (answer == NULL)
		ck_abort_msg("the connection ended instead of an answer to %s", line);
	return parse(answer);
}

void
peer_talk(struct peer *peer, const char *line, const char *json)
{
	peer_send(peer, line);
	peer_expect(peer, json);
}

json_int_t
peer_ask_number(struct peer *peer, const char *line, const char *member)
{
	json_t *answer = peer_ask(peer, line);
	json_t *value = json_object_get(json_object_get(answer, "result"), member);
	json_int_t number;

	ck_assert_msg(json_is_integer(value), "%s: no %s in %s", line, member,
		json_dumps(answer, JSON_ENCODE_ANY));
	number = json_integer_value(value);
	json_decref(answer);
	return number;
}

void
peer_ask_refused(struct peer *peer, const char *line, const char *code)
{
	json_t *answer = peer_ask(peer, line);
	const char *text = json_string_value(json_object_get(answer, "error"));

	ck_assert_msg(text != NULL && strncmp(text, code, strlen(code)) == 0, "%s: %s", line,
		text == NULL ? "no error" : text);
	json_decref(answer);
}
