/*
 * HTTP as it stands on the wire, for tests of the daemon's listener: a request is text, an answer
 * is taken apart by hand, so that nothing between the test and the daemon is lenient.
 */
#ifndef INFLIGHT_TESTS_HTTP_H
#define INFLIGHT_TESTS_HTTP_H

#include "harness.h"

/* Tokens for tests, and their SHA-256. */
#define READER        "reader-0123456789012345678901234567890123456789012345678901234567"
#define WORKER        "worker-0123456789012345678901234567890123456789012345678901234567"
#define ADMIN         "admin--0123456789012345678901234567890123456789012345678901234567"
#define READER_DIGEST "f125ad7bbfe12d7d1a3fc2d200b242eac83bb27184047153bd27ce7229229e6c"
#define WORKER_DIGEST "d8566021f2d05d435f958315152f2edff25d85a7735562a91dfa5ff97cc0c61b"
#define ADMIN_DIGEST  "8a35c001c951e4190f69c6ca684cde4ba1c842a6c5574c34bdd83e8b08bd8cdb"

/* What was answered; http_free() it. */
struct answer {
	char *text; /* all of it */
	int status;
	char *headers; /* from the second line on */
	char *body;    /* its chunks put together, with a zero behind it */
	size_t body_len;
};

/*
 * Starts the daemon with `-o http_listen=http:127.0.0.1:0 -o drain_timeout_ms=0` and ARGS; returns
 * the port.
 */
int http_start(struct daemon *daemon, const char *const *args);

/* A connection to the port of 127.0.0.1. */
int http_connect(int port);
void http_send(int fd, const char *text);

/* Reads up to the end of the connection. */
struct answer http_read(int fd);
void http_free(struct answer *answer);

/* GET of that path, with more header lines (each with its CR LF), on a connection of its own. */
struct answer http_get(int port, const char *path, const char *headers);

/* The same; requires the status, and returns the body as JSON. */
json_t *http_get_json(int port, const char *path, int status);

/* Requires that status, with that text somewhere in the body. */
void http_require(int port, const char *path, int status, const char *body);

/* The value of a header; "" where it is not there. Valid until the next call. */
const char *http_header(const struct answer *answer, const char *name);

#endif
