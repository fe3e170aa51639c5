/* See top_frame.h. */
#include <config.h>

#include "cli/top_frame.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "cli/safe.h"

void
top_frame_begin(struct top_frame *frame, size_t width)
{
	inflight_bytes_clear(&frame->text);
	frame->width = width;
	frame->count = 0;
}

void
top_frame_fini(struct top_frame *frame)
{
	inflight_bytes_fini(&frame->text);
	free(frame->lines);
	*frame = (struct top_frame){0};
}

void
top_frame_text(struct top_frame *frame, const char *text)
{
	inflight_bytes_add_text(&frame->text, text);
}

static void
fill(struct top_frame *frame, size_t columns)
{
	char *room = inflight_bytes_reserve(&frame->text, columns);

	need_memory(&frame->text);
	memset(room, ' ', columns);
	frame->text.end += columns;
}

void
top_frame_cell(struct top_frame *frame, struct inflight_span text, size_t columns)
{
	size_t width = safe_width(text);
	bool cut = width > columns;

	/* What was cut off is told by a mark, where there is room for it. */
	if (cut) {
		text.len = safe_fit(text, columns > 1 ? columns - 1 : columns);
		width = safe_width(text);
	}
	inflight_bytes_add_span(&frame->text, text);
	if (cut && width < columns) {
		inflight_bytes_add_text(&frame->text, "~");
		width++;
	}
	fill(frame, columns - width);
}

void
top_frame_cell_right(struct top_frame *frame, const char *text, size_t columns)
{
	struct inflight_span span = {text, strlen(text)};
	size_t width = safe_width(span);

	if (width < columns)
		fill(frame, columns - width);
	span.len = safe_fit(span, columns);
	inflight_bytes_add_span(&frame->text, span);
}

void
top_frame_safe(struct top_frame *frame, struct inflight_span text)
{
	safe_text(text, &frame->text);
}

void
top_frame_safe_cell(struct top_frame *frame, struct inflight_span text, size_t columns)
{
	struct inflight_bytes safe = {0};

	safe_text(text, &safe);
	need_memory(&safe);
	top_frame_cell(frame, inflight_bytes_span(&safe), columns);
	inflight_bytes_fini(&safe);
}

/* Where the line being made begins. */
static size_t
line_start(const struct top_frame *frame)
{
	const struct top_line *last;

	if (frame->count == 0)
		return 0;
	last = &frame->lines[frame->count - 1];
	return last->start + last->len;
}

void
top_frame_end_line(struct top_frame *frame, enum top_look look)
{
	size_t start = line_start(frame);
	struct inflight_span line;

	need_memory(&frame->text);
	if (frame->count == frame->capacity) {
		size_t capacity = frame->capacity == 0 ? 32 : frame->capacity * 2;
		struct top_line *lines = realloc(frame->lines, capacity * sizeof *lines);

		if (lines == NULL)
			out_of_memory();
		frame->lines = lines;
		frame->capacity = capacity;
	}
	line = inflight_bytes_span(&frame->text);
	line.ptr += start;
	line.len = safe_fit((struct inflight_span){line.ptr, line.len - start}, frame->width);
	frame->text.end = frame->text.start + start + line.len;
	frame->lines[frame->count++] = (struct top_line){look, start, line.len};
}

struct inflight_span
top_frame_line(const struct top_frame *frame, size_t i)
{
	struct inflight_span text = inflight_bytes_span(&frame->text);

	return (struct inflight_span){text.ptr + frame->lines[i].start, frame->lines[i].len};
}
