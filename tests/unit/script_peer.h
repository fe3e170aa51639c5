/*
 * A peer that follows a script, in a process of its own, so that calls that block find it at work.
 * It loses connections where the script says so, and fails the test where the client does not say
 * what the script expects.
 *
 * A step is a string that begins with what is to be done:
 *
 *	"+"      accepts the next connection
 *	"<text"  reads a line, which must have this text in it
 *	"~100"   reads so many bytes and no more
 *	">text"  sends the text and a line end
 *	"=text"  sends the text as it is
 *	"x"      closes the connection, and forgets what was not read
 *	"."      reads until the client closes
 *	"-"      listens no longer
 *
 * In what is sent, '#' stands for the id of the line that was read last, '^' for that of the line
 * before, '@' for the group that was named last.
 */
#ifndef INFLIGHT_TESTS_SCRIPT_PEER_H
#define INFLIGHT_TESTS_SCRIPT_PEER_H

#include <sys/types.h>

#include "inflight.h"

/* A script as an argument. */
#define SCRIPT(...)               \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

/* Steps that answer the line that was read last. */
#define SAY_RESULT(TEXT) ">{\"jsonrpc\":\"2.0\",\"id\":#,\"result\":" TEXT "}"
#define SAY_ERROR(CODE)                                                                      \
	">{\"jsonrpc\":\"2.0\",\"id\":#,\"error\":{\"code\":-32000,\"message\":\"because\"," \
	"\"data\":{\"code\":\"" CODE "\"}}}"

struct script_peer {
	char dir[64];
	char address[96];
	int listener;
	pid_t pid;
	struct inflight *client; /* of the peer's address, not connected */
};

/* `script` ends with NULL. The client tries again, with pauses of a millisecond. */
void script_peer_init(struct script_peer *peer, const char *const *script);

/* Frees the client, and requires that the script was followed to its end. */
void script_peer_fini(struct script_peer *peer);

/* Calls a method with params as text (NULL: none) and requires this end; returns the answer. */
struct inflight_reply *script_peer_call(struct script_peer *peer, const char *method,
	const char *params, int64_t timeout_ms, enum inflight_status status);

/* The same, and requires a result with this text. */
void script_peer_require(
	struct script_peer *peer, const char *method, const char *params, const char *result);

#endif
