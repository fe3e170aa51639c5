/*
 * Prints what became of a portion. Its ops stand in the group in the order they
 * were accepted, which is not the order of the lines where some had to be sent again;
 * their ids end with the number of the line.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/map.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/safe.h"
#include "client/text.h"

struct outcome {
	struct inflight_span result; /* ptr NULL: none */
	struct inflight_span error;
};

/* The number behind the last dash of an op's id. */
static bool
line_of(struct inflight_span op, uint64_t *ret)
{
	size_t from = op.len;
	int64_t line;

	while (from > 0 && op.ptr[from - 1] != '-')
		from--;
	if (op.len == 0 || from + 1 > op.len ||
		!inflight_text_int((struct inflight_span){op.ptr + from, op.len - from - 1}, &line))
		return false;
	*ret = (uint64_t)line;
	return true;
}

static void
sort_outcomes(
	struct inflight_span wait_result, uint64_t first, uint64_t count, struct outcome *outcomes)
{
	struct inflight_span results;
	struct inflight_span name;
	struct inflight_span element;
	struct inflight_walk walk;

	if (!inflight_text_member(wait_result, "results", &results))
		return;
	inflight_walk_init(&walk, results);
	while (inflight_walk_next(&walk, &name, &element)) {
		struct inflight_span op;
		struct outcome *outcome;
		uint64_t line;

		/* An op that somebody else put into the group is none of the lines. */
		if (!inflight_text_member(element, "op", &op) || !line_of(op, &line) ||
			line < first || line - first >= count)
			continue;
		outcome = &outcomes[line - first];
		inflight_text_member(element, "result", &outcome->result);
		inflight_text_member(element, "error", &outcome->error);
	}
}

static void
report_failed(uint64_t line, struct inflight_span error)
{
	struct inflight_bytes text = {0};
	struct inflight_span code;
	struct inflight_span message;

	if (inflight_text_member(error, "code", &code) && code.ptr[0] == '"' &&
		inflight_text_member(error, "message", &message) && message.ptr[0] == '"') {
		inflight_text_unquote(code, &text);
		inflight_bytes_add_text(&text, ": ");
		inflight_text_unquote(message, &text);
	} else if (!inflight_text_unquote(error, &text)) {
		inflight_bytes_add_span(&text, error);
	}
	need_memory(&text);
	report("line %" PRIu64 ": %.*s", line, (int)inflight_bytes_len(&text),
		inflight_bytes_span(&text).ptr);
	inflight_bytes_fini(&text);
}

/* What a result is printed as; `for_terminal` keeps it from controlling one. */
static void
result_text(struct inflight_span result, bool raw, bool for_terminal, struct inflight_bytes *out)
{
	struct inflight_bytes text = {0};
	bool bare = raw && inflight_text_unquote(result, &text);

	if (bare && for_terminal)
		safe_lines(inflight_bytes_span(&text), out);
	else if (bare)
		inflight_bytes_add_span(out, inflight_bytes_span(&text));
	else if (for_terminal)
		safe_json(result, out);
	else
		inflight_bytes_add_span(out, result);
	inflight_bytes_add_text(out, "\n");
	need_memory(&text);
	need_memory(out);
	inflight_bytes_fini(&text);
}

static bool
print_result(struct inflight_span result, bool raw, bool for_terminal)
{
	struct inflight_bytes text = {0};
	struct inflight_span line;
	int error = 0;

	result_text(result, raw, for_terminal, &text);
	line = inflight_bytes_span(&text);
	if (fwrite(line.ptr, 1, line.len, stdout) != line.len)
		error = errno;
	inflight_bytes_fini(&text);
	errno = error;
	return error == 0;
}

bool
map_print_results(struct inflight_span wait_result, uint64_t first, uint64_t count, bool raw,
	uint64_t *failed)
{
	struct outcome *outcomes = zero_alloc(count, sizeof *outcomes);
	bool for_terminal = isatty(STDOUT_FILENO) == 1;
	int error = 0;

	sort_outcomes(wait_result, first, count, outcomes);
	progress_hide();
	for (uint64_t i = 0; i < count && error == 0; i++) {
		if (outcomes[i].error.ptr != NULL) {
			report_failed(first + i, outcomes[i].error);
			(*failed)++;
		} else if (outcomes[i].result.ptr != NULL &&
			   !print_result(outcomes[i].result, raw, for_terminal)) {
			error = errno;
		}
	}
	if (error == 0 && fflush(stdout) != 0)
		error = errno;
	free(outcomes);
	errno = error;
	return error == 0;
}
