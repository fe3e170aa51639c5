/*
 * Fuzz target: any bytes as a line that a client got. A reply must be refused or hold
 * valid JSON, and what a worker makes of it (the lines for the command, the finish
 * for what it printed) must be valid JSON again.
 */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/params.h"
#include "cli/set.h"
#include "client/reply.h"
#include "client/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool right)
{
	if (!right)
		abort();
}

static void
require_json(struct inflight_span text)
{
	struct inflight_span value;

	require(inflight_text_check(text, 1024, &value) == NULL);
}

/* Each line by itself. */
static void
require_json_lines(struct inflight_span text)
{
	while (text.len > 0) {
		const char *end = memchr(text.ptr, '\n', text.len);

		require(end != NULL);
		require_json((struct inflight_span){text.ptr, (size_t)(end - text.ptr)});
		text.len -= (size_t)(end + 1 - text.ptr);
		text.ptr = end + 1;
	}
}

/* What is printed for the set is its own input, and the bytes of the fuzzer. */
static void
use_set(const struct set *set, struct inflight_span bytes)
{
	struct inflight_bytes input = {0};
	struct params params = {0};

	set_write_input(set, &input);
	require_json_lines(inflight_bytes_span(&input));
	if (set_finish_params(set, inflight_bytes_span(&input), &params) == NULL)
		require_json(inflight_bytes_span(&params.text));
	if (set_finish_params(set, bytes, &params) == NULL)
		require_json(inflight_bytes_span(&params.text));
	inflight_bytes_fini(&input);
	params_fini(&params);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct inflight_span bytes = {(const char *)data, size};
	struct inflight_reply *reply;
	struct set set;
	json_t *tree;
	bool odd;

	if (inflight_reply_parse(bytes, &reply) != INFLIGHT_OK)
		return 0;
	if (inflight_reply_is_error(reply)) {
		require(inflight_reply_text(reply, NULL) == NULL);
		require(inflight_reply_message(reply) != NULL &&
			inflight_reply_name(reply) != NULL);
		if (inflight_reply_data(reply) != NULL)
			require_json((struct inflight_span){
				inflight_reply_data(reply), strlen(inflight_reply_data(reply))});
		inflight_reply_free(reply);
		return 0;
	}
	tree = inflight_reply_result(reply);
	json_decref(tree);
	if (set_read(&set, reply, &odd)) {
		use_set(&set, bytes);
		set_clear(&set);
	} else {
		inflight_reply_free(reply);
	}
	return 0;
}
