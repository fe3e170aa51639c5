/*
 * What `inflight top` shows and what its keys change: the model, which view is open,
 * and what the user wants to be done. No terminal and no daemon: both are asked by
 * top.c, so that every key and every view can be tried in a test.
 */
#ifndef INFLIGHT_CLI_TOP_STATE_H
#define INFLIGHT_CLI_TOP_STATE_H

#include "cli/top_frame.h"
#include "cli/top_layout.h"
#include "cli/top_model.h"

#define TOP_PEEK_SETS       100 /* of a queue that are shown at most */
#define TOP_INTERVAL_MIN_MS 100 /* from one round of questions to the next */

enum top_mode {
	TOP_MODE_LIST,
	TOP_MODE_HELP,
	TOP_MODE_FILTER, /* typing it */
	TOP_MODE_CONFIRM,
	TOP_MODE_PEEK,
};

/* What is to be asked of the daemon, about the `target`. */
enum top_wish {
	TOP_WISH_NOTHING,
	TOP_WISH_PAUSE,
	TOP_WISH_RESUME,
	TOP_WISH_PEEK,
};

/* Keys that are no characters. */
enum top_key {
	TOP_KEY_UP = 0x110000, /* beyond the last character */
	TOP_KEY_DOWN,
	TOP_KEY_LEFT,
	TOP_KEY_RIGHT,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_ENTER,
	TOP_KEY_ESCAPE,
	TOP_KEY_BACKSPACE,
};

/* A set as queue.peek showed it. */
struct top_set {
	char *key;    /* safe to be shown */
	char *holder; /* likewise; NULL: none */
	int64_t attempt;
	int64_t width;
	int64_t age_ms;
};

struct top_peek {
	const char *state; /* of the sets */
	bool there;        /* the answer has come */
	struct top_set *sets;
	size_t count;
	size_t first; /* at the top of the screen */
};

struct top_state {
	struct top_model model;
	const char *address;
	size_t width;
	size_t height;

	enum top_mode mode;
	enum top_wish wish;
	char *target;               /* the queue that is peeked into or asked about; or NULL */
	bool target_paused;         /* so it is to be resumed */
	struct inflight_bytes kept; /* the filter before it was typed anew */
	struct top_peek peek;
	char notice[256]; /* shown until the next key; "": none */
	char lost[256];   /* there is no connection, and why; "": there is one */
	bool quit;
};

void top_state_init(struct top_state *state, const char *address, size_t width, size_t height);
void top_state_fini(struct top_state *state);

void top_state_resize(struct top_state *state, size_t width, size_t height);

/* How many queues the screen has room for. */
size_t top_state_visible(const struct top_state *state);

/* Does what a key stands for: a character, or one of enum top_key. */
void top_state_key(struct top_state *state, uint32_t key);

/* Takes the answer to a peek, JSON text. */
void top_state_set_peek(struct top_state *state, struct inflight_span result);

/* Draws what is shown now. */
void top_state_draw(struct top_state *state, struct top_frame *frame);

/* The summary and the table of all queues, for a text without an end. */
void top_state_draw_whole(struct top_state *state, struct top_frame *frame);

/* ---- views other than the list ------------------------------------------- */

void top_draw_help(const struct top_state *state, struct top_frame *frame);
void top_draw_peek(struct top_state *state, struct top_frame *frame);

void top_peek_clear(struct top_peek *peek);

/* Peeks on, into sets that are so many states further; the answer is wished for. */
void top_peek_state(struct top_state *state, int states);

#endif
