/*
 * The terminal of `inflight top`, by curses: one screen, from open to close. However
 * the program exits, the terminal is as it was before.
 */
#ifndef INFLIGHT_CLI_TOP_SCREEN_H
#define INFLIGHT_CLI_TOP_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/top_frame.h"

/* Takes the terminal; false, after a report, where that cannot be. */
bool top_screen_open(void);

/* Gives it back; harmless where there is none. */
void top_screen_close(void);

/* Its size now, which drawing goes by from here on. */
void top_screen_size(size_t *ret_width, size_t *ret_height);

void top_screen_draw(const struct top_frame *frame);

/* The next key that was typed, as top_state_key() takes it; 0: none. */
uint32_t top_screen_key(void);

#endif
