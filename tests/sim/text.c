/*
 * Requests as text. A printf of our own, for strings and numbers alone: requests are
 * written by the hundred million.
 */
#include <config.h>

#include "sim/sim.h"

#include <stdarg.h>
#include <string.h>

void
text_init(struct text *text)
{
	text->len = 0;
	text->s[0] = '\0';
}

static void
add_bytes(struct text *text, const char *bytes, size_t len)
{
	if (text->len + len >= sizeof(text->s))
		sim_fail(NULL, "a request is too long");
	memcpy(text->s + text->len, bytes, len);
	text->len += len;
}

static void
add_number(struct text *text, unsigned number)
{
	char digits[10];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	add_bytes(text, digits + at, sizeof(digits) - at);
}

void
text_add(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (const char *end; *format != '\0'; format = end) {
		if (*format != '%') {
			end = strchrnul(format, '%');
			add_bytes(text, format, (size_t)(end - format));
			continue;
		}
		end = format + 2;
		if (format[1] == 's') {
			const char *string = va_arg(args, const char *);

			add_bytes(text, string, strlen(string));
		} else if (format[1] == 'u') {
			add_number(text, va_arg(args, unsigned));
		} else {
			sim_fail(NULL, "a request has the format %s", format);
		}
	}
	va_end(args);
	text->s[text->len] = '\0';
}

void
text_add_request(struct text *text, const struct sim *sim, const struct ask *ask,
	const char *method, const char *params)
{
	unsigned id = (unsigned)(ask - sim->asks);

	if (ask->form == BARE && params[0] != '\0') {
		text_add(text, "{\"method\":\"%s\",%s}", method, params);
		return;
	}
	text_add(text, "{%s\"method\":\"%s\",\"params\":{%s}",
		ask->form == PLAIN || ask->form == BARE ? "" : "\"jsonrpc\":\"2.0\",", method,
		params);
	if (ask->form != SILENT && ask->form != BARE)
		text_add(text, ",\"id\":%u", id);
	text_add(text, "}");
}

void
talk_line(struct sim *sim, struct ask *ask, const char *method, const char *params)
{
	struct text line;

	text_init(&line);
	text_add_request(&line, sim, ask, method, params);
	peer_write(sim, ask->peer, line.s, (unsigned)(ask - sim->asks), 1);
}
