/* Standard input as lines, in memory bounded by the longest line allowed. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/map.h"
#include "cli/report.h"

#define READ_STEP 65536

/* The line ends at `end`, or with the input. */
static enum input_state
whole_line(struct input *input, struct inflight_span line, struct inflight_span *ret_line)
{
	if (input->skipping || line.len > input->line_max) {
		*ret_line = line;
		return INPUT_TOO_LONG;
	}
	*ret_line = line;
	return INPUT_LINE;
}

enum input_state
input_peek(struct input *input, struct inflight_span *ret_line)
{
	struct inflight_span bytes = inflight_bytes_span(&input->bytes);
	const char *end = memchr(bytes.ptr + input->scanned, '\n', bytes.len - input->scanned);

	if (end != NULL)
		return whole_line(input,
			(struct inflight_span){bytes.ptr, (size_t)(end - bytes.ptr)}, ret_line);
	input->scanned = bytes.len;
	if (input->ended) {
		if (bytes.len == 0 && !input->skipping)
			return INPUT_OVER;
		return whole_line(input, bytes, ret_line);
	}
	if (bytes.len > input->line_max) {
		inflight_bytes_drop(&input->bytes, bytes.len);
		input->scanned = 0;
		input->skipping = true;
	}
	return INPUT_HUNGRY;
}

void
input_take(struct input *input, struct inflight_span line)
{
	size_t have = inflight_bytes_len(&input->bytes);

	inflight_bytes_drop(&input->bytes, line.len < have ? line.len + 1 : have);
	input->scanned = 0;
	input->skipping = false;
}

bool
input_read(struct input *input)
{
	char *room = inflight_bytes_reserve(&input->bytes, READ_STEP);
	ssize_t len;

	need_memory(&input->bytes);
	len = read(STDIN_FILENO, room, READ_STEP);
	if (len > 0) {
		input->bytes.end += (size_t)len;
	} else if (len == 0) {
		input->ended = true;
	} else if (errno != EINTR && errno != EAGAIN) {
		report("cannot read standard input: %s", strerror(errno));
		return false;
	}
	return true;
}
