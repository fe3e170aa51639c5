/*
 * The envelope of a request: which dialect it is written in, its id, its method,
 * where its params stand. Reads what the scanner found and copies nothing.
 */
#ifndef INFLIGHT_COMMAND_ENVELOPE_H
#define INFLIGHT_COMMAND_ENVELOPE_H

#include "base/buf.h"
#include "json/args.h"

enum params_form {
	PARAMS_NONE,
	PARAMS_BY_NAME,     /* in the scan's `expanded` */
	PARAMS_BY_POSITION, /* there too */
	PARAMS_FLAT,        /* beside the method, in the scan's `outer` */
};

struct envelope {
	bool strict;
	struct span id; /* as sent; ptr NULL: none */
	struct value method;
	enum params_form form;
	struct value stray; /* plain: a flat param although there is `params`; else VALUE_NONE */
};

/*
 * False: it is no request, *message (200 bytes) says why, and the answer is strict with ret->id.
 * `in_batch`: members of a batch are strict.
 */
bool envelope_read(struct scan *scan, bool in_batch, struct envelope *ret, char *message);

/* Fills `ret` from the params, wherever they stand. False: *error. */
bool
envelope_params(struct scan *scan, const struct envelope *envelope, const struct arg_spec *specs,
	void (*arrange)(struct members *elements), struct arg *ret, struct args_error *error);

#endif
