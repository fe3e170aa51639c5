/*
 * A daemon of one's own for a test, and peers to talk to it. Nothing sleeps and
 * nothing guesses: the daemon listens in a temporary folder and on port 0, and its
 * ready lines say where. Whatever goes wrong here fails the running Check test.
 *
 * The programs under test are $INFLIGHTD and $INFLIGHT, else ./inflightd and
 * ./inflight, because the tests run in the build folder.
 */
#ifndef INFLIGHT_TESTS_HARNESS_H
#define INFLIGHT_TESTS_HARNESS_H

#include <jansson.h>

#include "process.h"

const char *harness_inflightd(void);
const char *harness_inflight(void);

/* Requires `needle` somewhere in `text`, which may be NULL and is not right then. */
void require_in(const char *text, const char *needle);

/* ---- the daemon ---------------------------------------------------------- */

/* Begin with `struct daemon daemon = {0};`. */
struct daemon {
	struct program program;
	char dir[64];       /* a temporary folder, removed at the end */
	char unix_path[96]; /* its socket in there; "" where it has none */
	char address[128];  /* "unix:" and that path, for clients */
	char tcp[64];       /* "tcp:127.0.0.1:41234" */
	int port;           /* of 127.0.0.1; 0 where it does not listen there */
};

/* `inflightd -l unix:DIR/sock -l tcp:127.0.0.1:0 ARGS...`; returns when both are ready. */
void daemon_start(struct daemon *daemon, const char *const *args);

/* A file in the daemon's folder; made by daemon_file(), removed with the folder. */
void daemon_prepare(struct daemon *daemon); /* makes the folder; daemon_start() does it too */
const char *daemon_file(struct daemon *daemon, const char *name, const char *content);

/*
 * `inflightd ARGS...` and nothing else, with `child` (may be NULL) called with the
 * daemon before the program begins; read the ready lines by hand.
 */
void daemon_start_bare(struct daemon *daemon, const char *const *args, program_child_fn *child);
void daemon_require_ready(struct daemon *daemon, const char *expected);

/*
 * At the address of `home` alone, which was prepared and never started: one daemon after the
 * other can be there. Discard `home` when the last has been stopped.
 */
void daemon_start_at(struct daemon *daemon, const struct daemon *home);

/*
 * As daemon_start_bare(), with a listening socket of 127.0.0.1 passed in as a service manager does,
 * under that name; returns its port.
 */
int daemon_start_passing(struct daemon *daemon, const char *const *args, const char *name);

/* Sends SIGTERM, requires exit status 0, removes the folder. */
void daemon_stop(struct daemon *daemon);

/* Kills it where it still runs, removes the folder. */
void daemon_discard(struct daemon *daemon);

/* Where it has ended by itself, or was told to: requires `status`, removes the folder. */
void daemon_ended(struct daemon *daemon, int status);

/* ---- its peers ----------------------------------------------------------- */

struct peer {
	struct stream in;
};

void peer_connect(struct peer *peer, const struct daemon *daemon); /* over the Unix socket */
void peer_connect_tcp(struct peer *peer, const struct daemon *daemon);
void peer_close(struct peer *peer);
void peer_half_close(struct peer *peer);

/* Sends text and LF; peer_send_bytes() as it stands. */
void peer_send(struct peer *peer, const char *line);
void peer_send_bytes(struct peer *peer, const char *data, size_t len);

/* The next line; NULL where the daemon closed the connection. */
char *peer_line(struct peer *peer);

/* Reads the next line and requires it to be that JSON value. */
void peer_expect(struct peer *peer, const char *json);

/* Sends a request and returns the next line as JSON; json_decref() it. */
json_t *peer_ask(struct peer *peer, const char *line);

/* Sends a request and requires that answer. */
void peer_talk(struct peer *peer, const char *line, const char *json);

/* Sends a request; the integer that is this member of the result. */
json_int_t peer_ask_number(struct peer *peer, const char *line, const char *member);

/* Sends a plain request; the error must begin with `code`. */
void peer_ask_refused(struct peer *peer, const char *line, const char *code);

#endif
