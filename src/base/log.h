/*
 * The log: one line per event on standard error, as `priority: message`, with a
 * `<N>` prefix for the journal where standard error is connected to it. Only
 * the edges of the program log (server, daemon); the machine inside never does.
 *
 * No call waits: lines that cannot be written at once are lost, and counted.
 *
 * log_text() makes peers' bytes safe to print. errno survives every call.
 */
#ifndef INFLIGHT_BASE_LOG_H
#define INFLIGHT_BASE_LOG_H

#include <stdbool.h>

#include "base/span.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* The level from its name (error, warning, info, debug); false leaves *ret alone. */
bool log_level_parse(const char *name, enum log_level *ret);
const char *log_level_name(enum log_level level);

void log_set_level(enum log_level level);
enum log_level log_get_level(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes to standard error where that takes no waiting; false: nothing is written. */
bool log_write(const char *data, size_t len);

/*
 * Copies up to 64 bytes of `text` into `out` (at least 264 bytes) with everything
 * but printable ASCII escaped as \xNN; returns `out`.
 */
const char *log_text(char *out, struct span text);

#endif
