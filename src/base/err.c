/*
 * The table of errors. It is constant and lives as long as the program.
 */
#include <config.h>

#include "base/err.h"

#include "base/check.h"

struct err_row {
	int code;
	const char *name;
};

static const struct err_row err_rows[ERR_COUNT] = {
	[ERR_NONE] = {0, "none"},
	[ERR_PARSE_ERROR] = {-32700, "parse_error"},
	[ERR_INVALID_REQUEST] = {-32600, "invalid_request"},
	[ERR_LINE_TOO_LONG] = {-32600, "line_too_long"},
	[ERR_BATCH_TOO_LARGE] = {-32600, "batch_too_large"},
	[ERR_METHOD_NOT_FOUND] = {-32601, "method_not_found"},
	[ERR_INVALID_PARAMS] = {-32602, "invalid_params"},
	[ERR_INTERNAL] = {-32603, "internal"},
	[ERR_SATURATED_DEPTH] = {-32001, "saturated_depth"},
	[ERR_SATURATED_WIDTH] = {-32002, "saturated_width"},
	[ERR_QUEUE_CLOSED] = {-32003, "queue_closed"},
	[ERR_NO_SUCH_QUEUE] = {-32004, "no_such_queue"},
	[ERR_QUEUE_EXISTS] = {-32005, "queue_exists"},
	[ERR_QUEUE_BUSY] = {-32006, "queue_busy"},
	[ERR_LEASE_LOST] = {-32007, "lease_lost"},
	[ERR_NO_SUCH_OP] = {-32008, "no_such_op"},
	[ERR_OP_BUSY] = {-32009, "op_busy"},
	[ERR_NO_SUCH_GROUP] = {-32011, "no_such_group"},
	[ERR_GROUP_EXISTS] = {-32012, "group_exists"},
	[ERR_GROUP_SEALED] = {-32013, "group_sealed"},
	[ERR_LIMIT] = {-32020, "limit"},
	[ERR_DRAINING] = {-32021, "draining"},
	[ERR_UNAUTHORIZED] = {-32030, "unauthorized"},
	[ERR_UNAVAILABLE] = {-32040, "unavailable"},
	[ERR_UNKNOWN_OUTCOME] = {-32041, "unknown_outcome"},
};

int
err_code(enum err err)
{
	CHECK((unsigned)err < ERR_COUNT);
	return err_rows[err].code;
}

const char *
err_name(enum err err)
{
	CHECK((unsigned)err < ERR_COUNT);
	return err_rows[err].name;
}
