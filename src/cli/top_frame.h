/*
 * One picture of `inflight top`: lines of text, each with a look, none wider than the
 * screen. What was sent by others is made safe before it comes in here. A frame owns
 * its text until top_frame_fini(); all zero is an empty one.
 */
#ifndef INFLIGHT_CLI_TOP_FRAME_H
#define INFLIGHT_CLI_TOP_FRAME_H

#include <stddef.h>

#include "client/bytes.h"

enum top_look {
	TOP_LOOK_PLAIN,
	TOP_LOOK_TITLE,
	TOP_LOOK_HEADER,
	TOP_LOOK_SELECTED,
	TOP_LOOK_PAUSED,
	TOP_LOOK_FAINT,
	TOP_LOOK_NOTICE,
	TOP_LOOKS, /* how many there are */
};

struct top_line {
	enum top_look look;
	size_t start; /* in the frame's text */
	size_t len;
};

struct top_frame {
	size_t width;
	struct inflight_bytes text; /* the line being made is what stands behind the last one */
	struct top_line *lines;
	size_t count;
	size_t capacity;
};

/* Empties it, for a screen that is so wide. */
void top_frame_begin(struct top_frame *frame, size_t width);
void top_frame_fini(struct top_frame *frame);

/* Adds to the line being made. */
void top_frame_text(struct top_frame *frame, const char *text);

/* The same, cut or filled up to so many columns, at the left or at the right of them. */
void top_frame_cell(struct top_frame *frame, struct inflight_span text, size_t columns);
void top_frame_cell_right(struct top_frame *frame, const char *text, size_t columns);

/* Adds text that somebody else made. */
void top_frame_safe(struct top_frame *frame, struct inflight_span text);
void top_frame_safe_cell(struct top_frame *frame, struct inflight_span text, size_t columns);

/* Ends the line, which is cut at the width. */
void top_frame_end_line(struct top_frame *frame, enum top_look look);

/* A line as it is shown. */
struct inflight_span top_frame_line(const struct top_frame *frame, size_t i);

#endif
