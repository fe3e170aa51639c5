/*
 * The log: one line per event on standard error, with a `<N>` prefix for the journal where
 * standard error is connected to it. Only the edges of the program log (server, http, daemon);
 * the machine inside never does.
 *
 * An event is a message, which says what happened in words that stay the same, and fields, which
 * say to whom and how much. A line has one of three forms:
 *
 *   text   warning: a connection was refused limit=max_connections value=10000
 *   keys   time=2026-11-24T12:30:00.123Z level=warning msg="a connection was refused" limit=...
 *   json   {"time":"2026-11-24T12:30:00.123Z","level":"warning","msg":"a connection ...
 *
 * No call waits: lines that cannot be written at once are lost, and counted.
 *
 * log_text() makes peers' bytes safe to print. errno survives every call.
 */
#ifndef INFLIGHT_BASE_LOG_H
#define INFLIGHT_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* The level from its name (error, warning, info, debug); false leaves *ret alone. */
bool log_level_parse(const char *name, enum log_level *ret);
const char *log_level_name(enum log_level level);

void log_set_level(enum log_level level);
enum log_level log_get_level(void);

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_KEYS, LOG_FORMAT_JSON };

void log_set_format(enum log_format format);

struct log_field {
	const char *key;  /* NULL ends them */
	const char *text; /* NULL: the number */
	uint64_t number;
};

#define LOG_TEXT(key, text)     ((struct log_field){(key), (text), 0})
#define LOG_NUMBER(key, number) ((struct log_field){(key), NULL, (number)})

/* LOG(LOG_LEVEL_DEBUG, "connected", LOG_TEXT("peer", name)); at least one field. */
#define LOG(level, message, ...) \
	log_event((level), (message), (const struct log_field[]){__VA_ARGS__, {NULL, NULL, 0}})

void log_event(enum log_level level, const char *message, const struct log_field *fields);

/* Events without fields. */
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
