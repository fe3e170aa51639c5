/*
 * Where the server listens: addresses, socket files and their permissions, sockets that
 * are handed to it. No loop runs here.
 */
#include <config.h>

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "fixture.h"

static struct service *service;
static struct server *server;
static struct server_config config;
static char dir[32];
static char path[64];
static char address[80];
static char error[256];

static struct server *
make_server(void)
{
	struct server *made = server_new(service, &config, error);

	ck_assert_msg(made != NULL, "%s", error);
	return made;
}

static void
setup(void)
{
	struct core_seed seed = {
		.hash = {1, 2}, .token = {3, 4}, .incarnation = "conntest", .first_fence = 1};
	struct service_config service_config;

	service_config_init(&service_config);
	service = service_new(&service_config, &seed, engine_memory_new, clock_now_ns());
	config = (struct server_config){.max_connections = 10, .socket_mode = 0660};
	server = make_server();
	strcpy(dir, "/tmp/inflight-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	snprintf(address, sizeof(address), "unix:%s", path);
	error[0] = '\0';
}

static void
teardown(void)
{
	server_free(server);
	service_free(service);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* A Unix socket at `path`, listening or not. */
static int
bind_socket(bool listening)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(un.sun_path, path);
	ck_assert_int_eq(bind(fd, (const void *)&un, sizeof(un)), 0);
	if (listening)
		ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

static int
connect_socket(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(un.sun_path, path);
	if (connect(fd, (const void *)&un, sizeof(un)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
refused(const char *text, const char *why)
{
	error[0] = '\0';
	ck_assert_msg(!server_listen(server, text, error), "%s was accepted", text);
	ck_assert_msg(strstr(error, why) != NULL, "%s: %s", text, error);
	ck_assert_ptr_null(server_address(server, 0));
}

START_TEST(test_addresses)
{
	static const char *const bad[] = {"", "unix", "unix:", "tcp:", "tcp::1", "tcp:1.2.3.4",
		"tcp:1.2.3.4:", "tcp:1.2.3.4:65536", "tcp:1.2.3.4:-1", "tcp:1.2.3.4: 1",
		"tcp:1.2.3.4:+1", "tcp:1.2.3.4:000001", "tcp:1.2.3:80", "tcp:example.org:80",
		"tcp:::1:80", "tcp:[::1]", "tcp:[::1]80", "tcp:[::1:80", "tcp:[]:80",
		"tcp:[127.0.0.1]:80", "tcp:[::1%lo]:80", "tcp:1.2.3.4:80x", "udp:1.2.3.4:80",
		"TCP:1.2.3.4:80", " tcp:1.2.3.4:80"};
	static const char *const good[] = {"unix:/run/x", "unix:x", "tcp:127.0.0.1:0",
		"tcp:0.0.0.0:65535", "tcp:localhost:1", "tcp:[::1]:80", "tcp:[fe80::1]:80"};
	char longest[600];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		error[0] = '\0';
		ck_assert_msg(!server_address_is_valid(bad[i], error), "%s", bad[i]);
		ck_assert_ptr_nonnull(strstr(error, bad[i]));
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(server_address_is_valid(good[i], error), "%s", error);
	for (size_t len = 90; len < 500; len++) {
		memset(longest, 'x', len);
		memcpy(longest, "unix:", 5);
		longest[len] = '\0';
		ck_assert_int_eq(server_address_is_valid(longest, error), len - 5 <= 107);
		memcpy(longest, "tcp:[", 5);
		ck_assert(!server_address_is_valid(longest, error));
	}
}
END_TEST

START_TEST(test_public_addresses)
{
	static const char *const private[] = {"unix:/run/x", "tcp:127.0.0.1:1", "tcp:127.9.9.9:1",
		"tcp:localhost:1", "tcp:[::1]:1"};
	static const char *const public[] = {"tcp:0.0.0.0:1", "tcp:[::]:1", "tcp:10.0.0.1:1",
		"tcp:126.255.255.255:1", "tcp:128.0.0.1:1", "tcp:[::2]:1", "tcp:[fe80::1]:1",
		"tcp:[::ffff:127.0.0.1]:1", "nonsense"};

	for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++)
		ck_assert_msg(!server_address_is_public(private[i]), "%s", private[i]);
	for (size_t i = 0; i < sizeof(public) / sizeof(public[0]); i++)
		ck_assert_msg(server_address_is_public(public[i]), "%s", public[i]);
}
END_TEST

START_TEST(test_ready_addresses)
{
	unsigned port = 0;

	ck_assert_msg(server_listen(server, address, error), "%s", error);
	ck_assert_msg(server_listen(server, "tcp:localhost:0", error), "%s", error);
	ck_assert_str_eq(server_address(server, 0), address);
	ck_assert_int_eq(sscanf(server_address(server, 1), "tcp:127.0.0.1:%u", &port), 1);
	ck_assert_uint_gt(port, 0);
	ck_assert_ptr_null(server_address(server, 2));
	if (server_listen(server, "tcp:[::1]:0", error))
		ck_assert_int_eq(sscanf(server_address(server, 2), "tcp:[::1]:%u", &port), 1);
}
END_TEST

START_TEST(test_port_in_use)
{
	struct server *other = make_server();
	char text[80];

	ck_assert(server_listen(other, "tcp:127.0.0.1:0", error));
	snprintf(text, sizeof(text), "%s", server_address(other, 0));
	refused(text, text);
	refused(text, "in use");
	server_free(other);
	ck_assert_msg(server_listen(server, text, error), "%s", error);
}
END_TEST

START_TEST(test_permissions)
{
	static const unsigned modes[] = {0600, 0660, 0666, 0777, 0};
	struct stat st;
	mode_t before = umask(0777);

	umask(before);
	config.socket_mode = modes[_i];
	server_configure(server, &config);
	ck_assert_msg(server_listen(server, address, error), "%s", error);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, modes[_i]);
	ck_assert_uint_eq(st.st_uid, geteuid());
	/* The process's own mask is as it was. */
	ck_assert_uint_eq(umask(before), before);
}
END_TEST

START_TEST(test_socket_group)
{
	struct stat st;
	char number[24];

	/* One's own group may be given by everybody. */
	snprintf(number, sizeof(number), "%lu", (unsigned long)getegid());
	config.socket_group = number;
	server_configure(server, &config);
	ck_assert_msg(server_listen(server, address, error), "%s", error);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_gid, getegid());
	if (geteuid() == 0 && getgrnam("daemon") != NULL) {
		server_free(server);
		config.socket_group = "daemon";
		server = make_server();
		ck_assert_msg(server_listen(server, address, error), "%s", error);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_uint_eq(st.st_gid, getgrnam("daemon")->gr_gid);
	}
	server_free(server);
	config.socket_group = "no such group";
	server = make_server();
	refused(address, "no group \"no such group\"");
	ck_assert_int_lt(access(path, F_OK), 0);
}
END_TEST

START_TEST(test_stale_socket_file)
{
	int fd;

	close(bind_socket(true));
	ck_assert_msg(server_listen(server, address, error), "%s", error);
	fd = connect_socket();
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

START_TEST(test_live_socket_file)
{
	struct stat before;
	struct stat after;
	int fd = bind_socket(true);
	int queued[4];

	ck_assert_int_eq(stat(path, &before), 0);
	refused(address, "another daemon is listening");
	/* Nor where its backlog is full. */
	for (int i = 0; i < 4; i++) {
		struct sockaddr_un un = {.sun_family = AF_UNIX};

		strcpy(un.sun_path, path);
		queued[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(queued[i], (const void *)&un, sizeof(un)) < 0)
			ck_assert_int_eq(errno, EAGAIN);
	}
	refused(address, "another daemon is listening");
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	for (int i = 0; i < 4; i++)
		close(queued[i]);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(test_other_files_stay)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	ck_assert_int_ge(fd, 0);
	close(fd);
	refused(address, "not a socket");
	ck_assert_int_eq(access(path, F_OK), 0);
	unlink(path);
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	refused(address, "not a socket");
	unlink(path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	refused(address, "not a socket");
	rmdir(path);
	refused("unix:/nonexistent/sock", "No such file");
}
END_TEST

START_TEST(test_datagram_socket_stays)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	strcpy(un.sun_path, path);
	ck_assert_int_eq(bind(fd, (const void *)&un, sizeof(un)), 0);
	refused(address, "another kind");
	ck_assert_int_eq(access(path, F_OK), 0);
	close(fd);
	unlink(path);
}
END_TEST

START_TEST(test_file_removed_only_if_ours)
{
	struct server *other = make_server();
	int fd;

	ck_assert(server_listen(other, address, error));
	ck_assert_int_eq(unlink(path), 0);
	fd = bind_socket(true);
	server_free(other);
	ck_assert_int_eq(access(path, F_OK), 0);
	close(fd);
	unlink(path);
	ck_assert(server_listen(server, address, error));
	server_free(server);
	ck_assert_int_lt(access(path, F_OK), 0);
	server = NULL;
}
END_TEST

START_TEST(test_adopt)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);
	char text[64];
	int unix_fd = bind_socket(true);
	int tcp_fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(tcp_fd, (const void *)&in, len), 0);
	ck_assert_int_eq(listen(tcp_fd, 5), 0);
	ck_assert_int_eq(getsockname(tcp_fd, (void *)&in, &len), 0);
	snprintf(text, sizeof(text), "tcp:127.0.0.1:%u", ntohs(in.sin_port));
	ck_assert_msg(server_adopt(server, unix_fd, SERVER_LINES, error), "%s", error);
	ck_assert_msg(server_adopt(server, tcp_fd, SERVER_LINES, error), "%s", error);
	ck_assert_str_eq(server_address(server, 0), address);
	ck_assert_str_eq(server_address(server, 1), text);
	ck_assert_int_eq(fcntl(unix_fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_ne(fcntl(tcp_fd, F_GETFL) & O_NONBLOCK, 0);
	server_free(server);
	server = NULL;
	/* Its file is whoever's made it. */
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_int_lt(fcntl(unix_fd, F_GETFD), 0);
	unlink(path);
}
END_TEST

START_TEST(test_adopt_refused)
{
	int file = open("/dev/null", O_RDONLY);
	int pair[2];
	int udp = socket(AF_INET, SOCK_DGRAM, 0);
	int quiet = socket(AF_INET, SOCK_STREAM, 0);
	const int fds[] = {file, udp, quiet, 999};

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		error[0] = '\0';
		ck_assert(!server_adopt(server, fds[i], SERVER_LINES, error));
		ck_assert_ptr_nonnull(strstr(error, "descriptor"));
		ck_assert(fds[i] == 999 || fcntl(fds[i], F_GETFD) >= 0);
		close(fds[i]);
	}
	ck_assert(!server_adopt(server, pair[0], SERVER_LINES, error));
	close(pair[0]);
	close(pair[1]);
	quiet = bind_socket(true);
	ck_assert(!server_adopt(server, quiet, SERVER_TLS, error));
	ck_assert_ptr_nonnull(strstr(error, "at TCP sockets only"));
	ck_assert_ptr_null(server_address(server, 0));
	close(quiet);
	unlink(path);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listen");
	TCase *tcase = tcase_create("listen");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_addresses);
	tcase_add_test(tcase, test_public_addresses);
	tcase_add_test(tcase, test_ready_addresses);
	tcase_add_test(tcase, test_port_in_use);
	tcase_add_loop_test(tcase, test_permissions, 0, 5);
	tcase_add_test(tcase, test_socket_group);
	tcase_add_test(tcase, test_stale_socket_file);
	tcase_add_test(tcase, test_live_socket_file);
	tcase_add_test(tcase, test_other_files_stay);
	tcase_add_test(tcase, test_datagram_socket_stays);
	tcase_add_test(tcase, test_file_removed_only_if_ours);
	tcase_add_test(tcase, test_adopt);
	tcase_add_test(tcase, test_adopt_refused);
	suite_add_tcase(suite, tcase);
	return run_tests(suite);
}
