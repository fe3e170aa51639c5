/*
 * A reply, made from one line of the daemon. It owns the line; its texts point
 * into it. Until it is taken it hangs in the handle's list.
 */
#ifndef INFLIGHT_CLIENT_REPLY_H
#define INFLIGHT_CLIENT_REPLY_H

#include "client/bytes.h"
#include "inflight.h"

struct inflight_reply {
	struct inflight_reply *next;
	uint64_t id;   /* 0: the daemon could not tell which request it answers */
	bool is_stray; /* it came without an id; `id` is a guess then */
	bool is_error;
	char *line;
	size_t result_len;
	const char *result; /* in `line`, ended by a NUL; NULL for an error */
	const char *data;   /* in `line`, ended by a NUL; NULL where there is none */
	int64_t code;
	char *name;    /* own memory; NULL for none */
	char *message; /* own memory; NULL for none */
};

/*
 * Makes a reply of a line without its line end, which is copied. INFLIGHT_GARBLED where it is no
 * strict reply with an id of ours or null.
 */
enum inflight_status inflight_reply_parse(struct inflight_span line, struct inflight_reply **ret);

#endif
