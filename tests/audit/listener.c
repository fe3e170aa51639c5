/*
 * The service hands over whole records, but the checker undoes escapes in place, so each
 * is copied first. With AUDIT_KEEP=FILE in the environment the stream is also kept.
 */
#include <config.h>

#include "audit/listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/history.h"
#include "base/alloc.h"
#include "base/buf.h"

struct listener {
	struct history history;
	struct buf line;
	FILE *kept;
};

static bool
hear(void *arg, struct span records)
{
	struct listener *listener = arg;
	const char *end;

	if (listener->kept != NULL)
		(void)fwrite(records.ptr, 1, records.len, listener->kept);
	while ((end = memchr(records.ptr, '\n', records.len)) != NULL) {
		size_t len = (size_t)(end - records.ptr);

		buf_truncate(&listener->line, 0);
		buf_append(&listener->line, records.ptr, len);
		history_record(&listener->history, (char *)buf_span(&listener->line).ptr, len);
		records.ptr += len + 1;
		records.len -= len + 1;
	}
	return records.len == 0;
}

struct listener *
listener_new(const char *name)
{
	struct listener *listener = xcalloc(1, sizeof(*listener));
	const char *keep = getenv("AUDIT_KEEP");

	history_init(&listener->history, name);
	buf_init(&listener->line);
	if (keep != NULL)
		listener->kept = fopen(keep, "w");
	return listener;
}

struct audit_sink
listener_sink(struct listener *listener)
{
	return (struct audit_sink){.write = hear, .arg = listener};
}

bool
listener_is_content(const struct listener *listener)
{
	return listener->history.violations == 0;
}

uint64_t
listener_enqueued(const struct listener *listener)
{
	return listener->history.counts.enqueued + listener->history.counts.announced;
}

uint64_t
listener_alive(const struct listener *listener)
{
	return listener->history.live_ops;
}

bool
listener_end(struct listener *listener)
{
	bool good = history_end(&listener->history);

	if (listener->kept != NULL)
		fclose(listener->kept);
	history_fini(&listener->history);
	buf_fini(&listener->line);
	free(listener);
	return good;
}
