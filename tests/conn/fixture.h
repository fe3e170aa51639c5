/*
 * A server with its service in a child process, and peers to talk to it, for the
 * tests of connections. The child listens on a Unix socket in a temporary folder and on
 * free ports of 127.0.0.1, on one of them for TLS, and says so before the test goes on. Nothing
 * here sleeps; every wait ends after TIMEOUT_MS by failing the running test.
 */
#ifndef INFLIGHT_TESTS_CONN_FIXTURE_H
#define INFLIGHT_TESTS_CONN_FIXTURE_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "server/server.h"

#define TIMEOUT_MS 20000

/* The address sanitizer keeps what was freed: how much memory is taken says nothing then. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_IS_PADDED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_IS_PADDED true
#endif
#endif
#ifndef MEMORY_IS_PADDED
#define MEMORY_IS_PADDED false
#endif

/* ---- the server ---------------------------------------------------------- */

struct options {
	struct service_config service;
	struct server_config server;
	const struct server_config *reloaded; /* what SIGHUP brings, NULL: nothing */
	uint64_t descriptors;                 /* RLIMIT_NOFILE of the child, 0: as it is */
};

struct fixture {
	pid_t pid; /* -1 once it was waited for */
	char dir[32];
	char path[64]; /* of the Unix socket */
	uint16_t port;
	uint16_t tls_port; /* 0 in a build without TLS */
};

void options_init(struct options *options);

void fixture_start(struct fixture *fixture, const struct options *options);

/* SIGTERM, and exit status 0 is required. */
void fixture_stop(struct fixture *fixture);

/* Waits for the end that was asked for already; requires exit status 0. */
void fixture_ended(struct fixture *fixture);

/* Processor time of the child so far, and its greatest memory in KiB. */
uint64_t fixture_cpu_ns(const struct fixture *fixture);
long fixture_peak_kib(const struct fixture *fixture);

/* How many descriptors the child has open. */
int fixture_descriptors(const struct fixture *fixture);

/* ---- peers --------------------------------------------------------------- */

struct peer {
	int fd;
	struct tls_client *tls; /* NULL: plain */
	struct buf in;          /* what was read and not handed out yet */
	char *line;             /* the one handed out last */
};

#ifdef HAVE_OPENSSL
#define TLS_COUNT 1
#else
#define TLS_COUNT 0
#endif

enum transport {
	OVER_UNIX,
	OVER_TCP,
	OVER_TLS,
	PLAIN_COUNT = OVER_TLS,
	TRANSPORT_COUNT = PLAIN_COUNT + TLS_COUNT,
};

struct tls_client;

void peer_open(struct peer *peer, const struct fixture *fixture, enum transport transport);
void peer_close(struct peer *peer);
void peer_reset(struct peer *peer); /* closes with SO_LINGER 0: TCP sends a reset */
void peer_half_close(struct peer *peer);

/* Sends what goes in without waiting, over TLS all; returns how much that was. */
size_t peer_offer(struct peer *peer, const void *data, size_t len);

void peer_send(struct peer *peer, const char *text);
void peer_send_bytes(struct peer *peer, const void *data, size_t len);

/* The next line without its LF; NULL at the end, be it a reset. Valid until the next call. */
const char *peer_line(struct peer *peer);

/* The next line is required to contain `text`. */
void peer_expect(struct peer *peer, const char *text);

/* The end is required, without another line. */
void peer_expect_end(struct peer *peer);

/* Sends a line and requires `text` in the next line that comes. */
void peer_talk(struct peer *peer, const char *line, const char *text);

/* Connects; false where the server is not there. For what is not to be a peer's whole life. */
int connect_to(const struct fixture *fixture, enum transport transport);

/* Runs a suite's one test case and tells the exit status of the program. */
int run_tests(Suite *suite);

#endif
