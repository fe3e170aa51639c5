/* Messages on stderr. Nothing is kept. */
#include <config.h>

#include "cli/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/safe.h"

/* Prints one line; whatever could move the cursor becomes a question mark. */
static void __attribute__((format(printf, 2, 0)))
print_line(const char *start, const char *format, va_list args)
{
	struct inflight_bytes safe = {0};
	struct inflight_span line;
	char text[2048];

	vsnprintf(text, sizeof text, format, args);
	safe_message((struct inflight_span){text, strlen(text)}, &safe);
	line = inflight_bytes_span(&safe);
	progress_hide();
	/* Where memory ran out this may be less than all of it, and still is the best to say. */
	fprintf(stderr, "%s%.*s\n", start, (int)line.len, line.ptr);
	inflight_bytes_fini(&safe);
}

void
report(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("inflight: ", format, args);
	va_end(args);
}

void
report_try(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("try: ", format, args);
	va_end(args);
}

void
report_error(const char *what, const struct inflight_reply *reply)
{
	const char *name = inflight_reply_name(reply);
	const char *message = inflight_reply_message(reply);

	report("%s%s%s%s%s", what == NULL ? "" : what, what == NULL ? "" : ": ", name,
		name[0] == '\0' ? "" : ": ", message);
}

int
report_status(const struct inflight *client, enum inflight_status status)
{
	report("%s", inflight_trouble(client));
	switch (status) {
	case INFLIGHT_OK:
		return STATUS_OK;
	case INFLIGHT_INVALID:
	case INFLIGHT_NO_MEMORY:
		return STATUS_USAGE;
	case INFLIGHT_UNREACHABLE:
	case INFLIGHT_TIMEOUT:
	case INFLIGHT_UNAUTHORIZED:
	case INFLIGHT_CLOSED:
	case INFLIGHT_GARBLED:
	case INFLIGHT_UNKNOWN_OUTCOME:
	case INFLIGHT_REFUSED:
		return STATUS_DAEMON;
	}
	return STATUS_DAEMON;
}

void
out_of_memory(void)
{
	report("out of memory");
	exit(STATUS_USAGE);
}

void *
zero_alloc(size_t count, size_t size)
{
	void *memory = calloc(count == 0 ? 1 : count, size);

	if (memory == NULL)
		out_of_memory();
	return memory;
}
