/*
 * The fixture owns the child process and the temporary folder until it is
 * stopped; a test that fails leaves them to the end of its own process, which
 * Check kills as a group.
 */
#include <config.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "fixture.h"
#include "server/tls.h"

#ifdef HAVE_OPENSSL
#include "tls/client.h"
#endif

/* What the child tells of itself. */
struct ports {
	unsigned tcp;
	unsigned tls;
};

void
options_init(struct options *options)
{
	*options = (struct options){.server = {.max_connections = 1000,
					    .socket_mode = 0600,
					    .handshake_timeout_ms = 20000}};
	service_config_init(&options->service);
	options->service.max_connections = 1000;
	options->service.drain_timeout_ms = 0; /* most tests leave sets leased */
}

/* ---- the child ------------------------------------------------------------ */

static void
limit_descriptors(uint64_t count)
{
	struct rlimit limit = {count, count};

	if (count != 0)
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

struct reload {
	struct server *server;
	const struct server_config *config;
};

static void
on_reload(void *arg)
{
	struct reload *reload = arg;

	if (reload->config != NULL)
		server_configure(reload->server, reload->config);
}

static bool
listen_for_tls(const struct fixture *fixture, struct server *server, unsigned *ret, char *error)
{
	char certificate[80];
	char key[80];
	struct tls_config config = {.certificate = certificate, .key = key};

	*ret = 0;
	if (TLS_COUNT == 0)
		return true;
	snprintf(certificate, sizeof(certificate), "%s/certificate", fixture->dir);
	snprintf(key, sizeof(key), "%s/key", fixture->dir);
	return server_set_tls(server, &config, error) &&
	       server_listen(server, "tls:127.0.0.1:0", error) &&
	       sscanf(server_address(server, 2), "tls:127.0.0.1:%u", ret) == 1;
}

/* Serves until SIGTERM and exits; writes the ports to `ready` first. */
static void
serve(const struct fixture *fixture, const struct options *options, int ready)
{
	struct core_seed seed = {
		.hash = {1, 2}, .token = {3, 4}, .incarnation = "conntest", .first_fence = 1};
	struct service *service;
	struct server *server;
	struct server_hooks hooks;
	struct reload reload;
	char error[256] = "";
	char address[80];
	struct ports ports = {0, 0};
	bool done;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	log_set_level(LOG_LEVEL_ERROR);
	limit_descriptors(options->descriptors);
	service = service_new(&options->service, &seed, engine_memory_new, clock_now_ns());
	server = server_new(service, &options->server, error);
	snprintf(address, sizeof(address), "unix:%s", fixture->path);
	if (server == NULL || !server_listen(server, address, error) ||
		!server_listen(server, "tcp:127.0.0.1:0", error) ||
		!listen_for_tls(fixture, server, &ports.tls, error)) {
		fprintf(stderr, "fixture: %s\n", error);
		_exit(1);
	}
	sscanf(server_address(server, 1), "tcp:127.0.0.1:%u", &ports.tcp);
	reload = (struct reload){server, options->reloaded};
	hooks = (struct server_hooks){.reload = on_reload, .arg = &reload};
	server_set_hooks(server, &hooks);
	if (write(ready, &ports, sizeof(ports)) != (ssize_t)sizeof(ports))
		_exit(1);
	close(ready);
	done = server_run(server);
	server_free(server);
	service_free(service);
	exit(done ? 0 : 1);
}

/* The file of that name in the fixture's folder. */
static const char *
file_path(const struct fixture *fixture, const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", fixture->dir, name);
	return out;
}

static void
make_certificate(const struct fixture *fixture)
{
#ifdef HAVE_OPENSSL
	struct certificate_wish wish = {.common_name = "localhost"};
	struct certificate made = certificate_make(&wish);
	char path[80];
	char key_path[80];

	certificate_write(&made, file_path(fixture, "certificate", path, sizeof(path)),
		file_path(fixture, "key", key_path, sizeof(key_path)));
	certificate_fini(&made);
#endif
	(void)fixture;
}

void
fixture_start(struct fixture *fixture, const struct options *options)
{
	struct ports ports = {0, 0};
	char end;
	int ready[2];

	strcpy(fixture->dir, "/tmp/inflight-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fixture->dir));
	snprintf(fixture->path, sizeof(fixture->path), "%s/sock", fixture->dir);
	make_certificate(fixture);
	ck_assert_int_eq(pipe(ready), 0);
	fixture->pid = fork();
	ck_assert_int_ge(fixture->pid, 0);
	if (fixture->pid == 0) {
		close(ready[0]);
		serve(fixture, options, ready[1]);
	}
	close(ready[1]);
	ck_assert_msg(read(ready[0], &ports, sizeof(ports)) == (ssize_t)sizeof(ports),
		"the server did not start");
	/* The end of the pipe: the child has the descriptors it will always have. */
	ck_assert_int_eq(read(ready[0], &end, 1), 0);
	close(ready[0]);
	fixture->port = (uint16_t)ports.tcp;
	fixture->tls_port = (uint16_t)ports.tls;
}

void
fixture_ended(struct fixture *fixture)
{
	char path[80];
	int status = 0;

	ck_assert_int_eq(waitpid(fixture->pid, &status, 0), fixture->pid);
	fixture->pid = -1;
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the server ended with %#x",
		(unsigned)status);
	ck_assert_msg(access(fixture->path, F_OK) < 0, "the socket file is left");
	unlink(file_path(fixture, "certificate", path, sizeof(path)));
	unlink(file_path(fixture, "key", path, sizeof(path)));
	rmdir(fixture->dir);
}

void
fixture_stop(struct fixture *fixture)
{
	ck_assert_int_eq(kill(fixture->pid, SIGTERM), 0);
	fixture_ended(fixture);
}

uint64_t
fixture_cpu_ns(const struct fixture *fixture)
{
	struct timespec used;
	clockid_t clock;

	ck_assert_int_eq(clock_getcpuclockid(fixture->pid, &clock), 0);
	ck_assert_int_eq(clock_gettime(clock, &used), 0);
	return (uint64_t)used.tv_sec * UINT64_C(1000000000) + (uint64_t)used.tv_nsec;
}

long
fixture_peak_kib(const struct fixture *fixture)
{
	char path[64];
	char line[256];
	long kib = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)fixture->pid);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "VmHWM: %ld kB", &kib);
	fclose(file);
	return kib;
}

int
fixture_descriptors(const struct fixture *fixture)
{
	char path[64];
	int count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)fixture->pid);
	dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2; /* "." and ".." */
}

/* ---- peers ----------------------------------------------------------------- */

int
connect_to(const struct fixture *fixture, enum transport transport)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct sockaddr_in in = {.sin_family = AF_INET};
	int fd = socket(transport == OVER_UNIX ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	ck_assert_int_ge(fd, 0);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", fixture->path);
	in.sin_port = htons(transport == OVER_TLS ? fixture->tls_port : fixture->port);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rc = transport == OVER_UNIX ? connect(fd, (const void *)&un, sizeof(un))
				    : connect(fd, (const void *)&in, sizeof(in));
	if (rc == 0)
		return fd;
	rc = errno;
	close(fd);
	errno = rc;
	return -1;
}

/* ---- what TLS adds to a peer; a build without has stubs that nothing calls */

#ifdef HAVE_OPENSSL
/* Where the daemon refuses the connection the next read finds its end. */
static void
begin_tls(struct peer *peer)
{
	struct tls_client_wish wish = {0};

	peer->tls = tls_client_new(peer->fd, &wish);
	tls_client_handshake(peer->tls);
}
#else
static void
begin_tls(struct peer *peer)
{
	(void)peer;
	ck_abort_msg("no TLS in this build");
}

static void
tls_client_free(struct tls_client *client)
{
	(void)client;
}

static void
tls_client_end(struct tls_client *client)
{
	(void)client;
}

static bool
tls_client_send(struct tls_client *client, const void *data, size_t len)
{
	(void)client;
	(void)data;
	(void)len;
	return false;
}

static ssize_t
tls_client_receive(struct tls_client *client, void *out, size_t size)
{
	(void)client;
	(void)out;
	(void)size;
	return -1;
}
#endif

void
peer_open(struct peer *peer, const struct fixture *fixture, enum transport transport)
{
	*peer = (struct peer){.fd = connect_to(fixture, transport)};
	buf_init(&peer->in);
	if (transport != OVER_UNIX)
		setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	ck_assert_msg(peer->fd >= 0, "cannot connect: %s", strerror(errno));
	if (transport == OVER_TLS)
		begin_tls(peer);
}

void
peer_close(struct peer *peer)
{
	tls_client_free(peer->tls);
	close(peer->fd);
	buf_fini(&peer->in);
	free(peer->line);
	*peer = (struct peer){.fd = -1};
}

void
peer_reset(struct peer *peer)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	ck_assert_int_eq(setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	peer_close(peer);
}

void
peer_half_close(struct peer *peer)
{
	if (peer->tls != NULL)
		tls_client_end(peer->tls);
	else
		ck_assert_int_eq(shutdown(peer->fd, SHUT_WR), 0);
}

void
peer_send_bytes(struct peer *peer, const void *data, size_t len)
{
	const char *at = data;

	if (peer->tls != NULL) {
		ck_assert_msg(tls_client_send(peer->tls, data, len), "cannot send");
		return;
	}
	while (len > 0) {
		struct pollfd poll_fd = {.fd = peer->fd, .events = POLLOUT};
		ssize_t sent;

		ck_assert_msg(poll(&poll_fd, 1, TIMEOUT_MS) == 1, "the server does not read");
		sent = send(peer->fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EAGAIN)
			continue;
		ck_assert_msg(sent > 0, "cannot send: %s", strerror(errno));
		at += sent;
		len -= (size_t)sent;
	}
}

size_t
peer_offer(struct peer *peer, const void *data, size_t len)
{
	ssize_t sent;

	if (peer->tls != NULL)
		return tls_client_send(peer->tls, data, len) ? len : 0;
	sent = send(peer->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	return sent > 0 ? (size_t)sent : 0;
}

void
peer_send(struct peer *peer, const char *text)
{
	peer_send_bytes(peer, text, strlen(text));
}

/* Reads some bytes more; false at the end. */
static bool
peer_read(struct peer *peer)
{
	enum { PIECE = 65536 };
	struct pollfd poll_fd = {.fd = peer->fd, .events = POLLIN};
	char *room = buf_reserve(&peer->in, PIECE);
	ssize_t len;

	if (peer->tls != NULL) {
		len = tls_client_receive(peer->tls, room, PIECE);
	} else {
		ck_assert_msg(poll(&poll_fd, 1, TIMEOUT_MS) == 1, "no answer");
		len = recv(peer->fd, room, PIECE, 0);
	}
	if (len <= 0)
		return false;
	buf_commit(&peer->in, (size_t)len);
	return true;
}

const char *
peer_line(struct peer *peer)
{
	struct span in = buf_span(&peer->in);
	const char *end = NULL;

	for (size_t seen = 0; end == NULL; in = buf_span(&peer->in)) {
		end = memchr(in.ptr + seen, '\n', in.len - seen);
		if (end != NULL)
			break;
		seen = in.len;
		if (!peer_read(peer)) {
			ck_assert_msg(seen == 0, "the server ended inside a line");
			return NULL;
		}
	}
	free(peer->line);
	peer->line = xstrndup(in.ptr, (size_t)(end - in.ptr));
	buf_consume(&peer->in, (size_t)(end - in.ptr) + 1);
	return peer->line;
}

void
peer_expect(struct peer *peer, const char *text)
{
	const char *line = peer_line(peer);

	ck_assert_msg(line != NULL, "the server closed, expected %s", text);
	ck_assert_msg(strstr(line, text) != NULL, "got %.300s, expected %s", line, text);
}

void
peer_expect_end(struct peer *peer)
{
	const char *line = peer_line(peer);

	ck_assert_msg(line == NULL, "got %.300s, expected the end", line);
}

void
peer_talk(struct peer *peer, const char *line, const char *text)
{
	peer_send(peer, line);
	peer_send(peer, "\n");
	peer_expect(peer, text);
}

int
run_tests(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
