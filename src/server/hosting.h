/*
 * The place of a guest in the server: its descriptor's event, and when it has its turn. All zero
 * is one without a guest.
 */
#ifndef INFLIGHT_SERVER_HOSTING_H
#define INFLIGHT_SERVER_HOSTING_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct guest;
struct loop;

struct hosting {
	const struct guest *guest; /* borrowed; NULL: none */
	struct event *event;
	bool is_ready; /* its descriptor is, or somebody came in */
	bool has_more; /* it said so in its last turn */
};

/* False: nothing changed, errno says why. */
bool hosting_begin(struct hosting *hosting, struct loop *loop, const struct guest *guest);
void hosting_end(struct hosting *hosting);

/* The guest's part of a turn; true where more is left. */
bool hosting_turn(struct hosting *hosting, uint64_t now_ns);
uint64_t hosting_next_due(const struct hosting *hosting);

#endif
