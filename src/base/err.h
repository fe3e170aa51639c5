/*
 * Every error the daemon can answer, in one table: enum -> number and name on
 * the wire. Errors are values; ERR_NONE is success.
 *
 * Three of them say what became of a request that was not refused for its
 * content: `limit` and the saturated ones refuse it, `unavailable` means not
 * executed, `unknown_outcome` means that nobody can tell.
 */
#ifndef INFLIGHT_BASE_ERR_H
#define INFLIGHT_BASE_ERR_H

enum err {
	ERR_NONE = 0,
	ERR_PARSE_ERROR,
	ERR_INVALID_REQUEST,
	ERR_LINE_TOO_LONG,
	ERR_BATCH_TOO_LARGE,
	ERR_METHOD_NOT_FOUND,
	ERR_INVALID_PARAMS,
	ERR_INTERNAL,
	ERR_SATURATED_DEPTH,
	ERR_SATURATED_WIDTH,
	ERR_QUEUE_CLOSED,
	ERR_NO_SUCH_QUEUE,
	ERR_QUEUE_EXISTS,
	ERR_QUEUE_BUSY,
	ERR_LEASE_LOST,
	ERR_NO_SUCH_OP,
	ERR_OP_BUSY,
	ERR_NO_SUCH_GROUP,
	ERR_GROUP_EXISTS,
	ERR_GROUP_SEALED,
	ERR_LIMIT,
	ERR_DRAINING,
	ERR_UNAUTHORIZED,
	ERR_UNAVAILABLE,
	ERR_UNKNOWN_OUTCOME,
	ERR_COUNT
};

int err_code(enum err err);         /* -32001 ... */
const char *err_name(enum err err); /* "saturated_depth" ... */

#endif
