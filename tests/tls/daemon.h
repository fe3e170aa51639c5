/*
 * A daemon that listens for TLS beside its other addresses, and peers of it.
 */
#ifndef INFLIGHT_TESTS_TLS_DAEMON_H
#define INFLIGHT_TESTS_TLS_DAEMON_H

#include "e2e/harness.h"
#include "tls/client.h"

struct tls_daemon {
	struct daemon daemon;
	struct certificate authority; /* signs what both sides show */
	struct certificate own;
	char certificate_path[128];
	char key_path[128];
	char authority_path[128];
	int port;
};

/* Makes the folder and the files. */
void tls_daemon_prepare(struct tls_daemon *tls);

/* Starts a prepared one; mutual: peers are to show a certificate of the authority. */
void tls_daemon_run(struct tls_daemon *tls, bool is_mutual, const char *const *args);

/* Both. */
void tls_daemon_start(struct tls_daemon *tls, bool is_mutual, const char *const *args);

/* SIGTERM, exit status 0, the folder is removed. */
void tls_daemon_stop(struct tls_daemon *tls);

/* A socket connected to the port. */
int tls_daemon_connect(const struct tls_daemon *tls);

struct tls_peer {
	int fd;
	struct tls_client *client;
	struct buf in;
	char *line;
};

/* Connects and shakes hands; false where that failed. Close it in both cases. */
bool tls_peer_open(
	struct tls_peer *peer, const struct tls_daemon *tls, const struct tls_client_wish *wish);
void tls_peer_close(struct tls_peer *peer);

/* The next line, NULL at the end or a cut; valid until the next call. */
const char *tls_peer_line(struct tls_peer *peer);

/* Sends the line and LF; the answer must contain `text`. */
void tls_peer_talk(struct tls_peer *peer, const char *line, const char *text);

#endif
