/*
 * Random bytes from the system, for seeds and tokens.
 */
#ifndef INFLIGHT_DAEMON_RANDOM_H
#define INFLIGHT_DAEMON_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

/* False, with errno, where the system has none to give: an old one, or one that forbids it. */
bool random_bytes(void *out, size_t len);

#endif
