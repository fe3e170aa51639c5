/* See show_value.h. Nothing is kept. */
#include <config.h>

#include "cli/show_value.h"

#include <stdbool.h>
#include <string.h>

#include "cli/human.h"
#include "cli/report.h"
#include "client/text.h"

static bool
is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strcmp(name, *names) == 0)
			return true;
	}
	return false;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t len = strlen(name);
	size_t end_len = strlen(end);

	return len > end_len && strcmp(name + len - end_len, end) == 0;
}

enum member_kind
show_member_kind(const char *name)
{
	static const char *const payloads[] = {"msg", "result", "error", NULL};
	static const char *const ordinals[] = {"pid", "fence", "code", NULL};

	if (is_one_of(name, payloads))
		return MEMBER_PAYLOAD;
	if (is_one_of(name, ordinals))
		return MEMBER_ORDINAL;
	if (ends_with(name, "_ms") || ends_with(name, "_us"))
		return MEMBER_SPAN;
	if (ends_with(name, "_bytes") || strncmp(name, "bytes_", 6) == 0)
		return MEMBER_BYTES;
	return MEMBER_COUNT;
}

void
show_name(const char *name, struct inflight_bytes *out)
{
	size_t len = strlen(name);

	if (show_member_kind(name) == MEMBER_SPAN)
		len -= 3;
	inflight_bytes_add(out, name, len);
	inflight_bytes_add(out, "", 1);
	need_memory(out);
}

/* What is not as it should be stands out where it is not 0. */
static enum style
style_of_number(const char *name, int64_t number)
{
	static const char *const bad[] = {"dead", "died", "failed", "errors", "lease_expired",
		"dead_dropped", "auth_failures", "unauthorized", NULL};

	if (number == 0)
		return STYLE_FAINT;
	if (is_one_of(name, bad) || strncmp(name, "refused_", 8) == 0)
		return STYLE_BAD;
	return STYLE_PLAIN;
}

static enum style
style_of_word(const char *name, struct inflight_span value)
{
	if (strcmp(name, "state") != 0)
		return STYLE_PLAIN;
	if (inflight_text_is(value, "\"ready\""))
		return STYLE_GOOD;
	if (inflight_text_is(value, "\"leased\""))
		return STYLE_BUSY;
	return inflight_text_is(value, "\"dead\"") ? STYLE_BAD : STYLE_FAINT;
}

static void
show_number(struct table *table, size_t column, const char *name, int64_t number)
{
	enum style style = style_of_number(name, number);
	char text[HUMAN_SIZE];

	switch (show_member_kind(name)) {
	case MEMBER_SPAN:
		if (ends_with(name, "_us"))
			human_us(text, number);
		else
			human_ms(text, number);
		break;
	case MEMBER_BYTES:
		human_bytes(text, number);
		break;
	case MEMBER_COUNT:
	case MEMBER_ORDINAL:
	case MEMBER_PAYLOAD:
		human_count(text, number);
		break;
	}
	table_set_text(table, column, text, style);
}

/* Names, such as those of a method's params, stand with a blank between them. */
static bool
show_strings(struct table *table, size_t column, struct inflight_span value)
{
	struct inflight_bytes text = {0};
	struct inflight_span name;
	struct inflight_span element;
	struct inflight_walk walk;
	bool all = true;

	inflight_walk_init(&walk, value);
	while (inflight_walk_next(&walk, &name, &element)) {
		if (inflight_bytes_len(&text) > 0)
			inflight_bytes_add_text(&text, " ");
		all = inflight_text_unquote(element, &text) && all;
	}
	need_memory(&text);
	if (all)
		table_set(table, column, inflight_bytes_span(&text), STYLE_PLAIN);
	inflight_bytes_fini(&text);
	return all;
}

void
show_value(struct table *table, size_t column, const char *name, struct inflight_span value)
{
	enum member_kind kind = show_member_kind(name);
	struct inflight_bytes text = {0};
	int64_t number;

	if (kind != MEMBER_PAYLOAD && kind != MEMBER_ORDINAL && inflight_text_int(value, &number)) {
		show_number(table, column, name, number);
	} else if (inflight_text_unquote(value, &text)) {
		need_memory(&text);
		table_set(table, column, inflight_bytes_span(&text), style_of_word(name, value));
	} else if (kind != MEMBER_PAYLOAD && inflight_text_is(value, "true")) {
		table_set_text(table, column, "yes", STYLE_PLAIN);
	} else if (kind != MEMBER_PAYLOAD && inflight_text_is(value, "false")) {
		table_set_text(table, column, "no", STYLE_FAINT);
	} else if (kind == MEMBER_PAYLOAD || value.ptr[0] != '[' ||
		   !show_strings(table, column, value)) {
		table_set(table, column, value, STYLE_PLAIN);
	}
	inflight_bytes_fini(&text);
}
