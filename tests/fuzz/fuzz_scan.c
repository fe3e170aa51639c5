/*
 * Fuzz target: any bytes as a line. The scanner must agree with jansson, what it
 * records must lie in the line and be what a walk finds, strings must survive
 * unescaping, writing and scanning, and argument tables must take or refuse the
 * members with a message that can be sent.
 */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "json/args.h"
#include "json/scan.h"
#include "json/write.h"

#include "json_compare.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const words[] = {"ready", "held", "dead", NULL};

static const struct arg_spec inner_specs[] = {
	{PARAM("q"), .type = ARG_NAME, .required = true},
	{PARAM("k"), .type = ARG_KEY, .required = true},
	{PARAM("o"), .type = ARG_ID},
	{PARAM("b"), .type = ARG_BOOL},
	{.name = NULL},
};

/* Short names, which are found soon. */
static const struct arg_spec specs[] = {
	{PARAM("q"), .type = ARG_NAME},
	{PARAM("k"), .type = ARG_KEY},
	{PARAM("o"), .type = ARG_ID},
	{PARAM("t"), .type = ARG_TOKEN},
	{PARAM("p"), .type = ARG_TEXT},
	{PARAM("m"), .type = ARG_MS, .min = 2, .max = 1000},
	{PARAM("b"), .type = ARG_BOOL},
	{PARAM("w"), .type = ARG_WORD, .words = words},
	{PARAM("j"), .type = ARG_JSON},
	{PARAM("n"), .type = ARG_NAMES},
	{PARAM("r"), .type = ARG_OUTCOMES},
	{PARAM("c"), .type = ARG_OBJECT, .members = inner_specs},
	{.name = NULL},
};

static void
check_inside(struct span inner, struct span outer)
{
	CHECK(inner.ptr >= outer.ptr && inner.len <= outer.len);
	CHECK((size_t)(inner.ptr - outer.ptr) <= outer.len - inner.len);
}

static void
check_same(const struct value *a, const struct value *b)
{
	CHECK(a->type == b->type);
	if (a->type == VALUE_NONE)
		return;
	CHECK(a->escaped == b->escaped);
	CHECK(a->text.ptr == b->text.ptr && a->text.len == b->text.len);
}

/* What a string means is written as JSON, scanned, and means the same. */
static void
check_round_trip(struct span meant)
{
	struct scan scan;
	struct buf buf;

	buf_init(&buf);
	json_add_string(&buf, meant);
	CHECK(scan_line(buf_span(&buf), NULL, &scan));
	CHECK(scan.root.type == VALUE_STRING);
	CHECK(span_equal(value_unescape(&scan.root), meant));
	buf_truncate(&buf, 0);
	json_add_untrusted(&buf, meant);
	CHECK(scan_line(buf_span(&buf), NULL, &scan));
	CHECK(span_equal(value_unescape(&scan.root), meant));
	buf_fini(&buf);
}

/* Decoding and unescaping, on a copy, must tell the same. */
static void
check_string(struct value string)
{
	char *copy = xmalloc(string.text.len);
	char *decoded = xmalloc(string.text.len);
	struct value in_copy = string;
	struct span meant;

	memcpy(copy, string.text.ptr, string.text.len);
	in_copy.text.ptr = copy;
	CHECK(value_decode(&string, decoded, string.text.len, &meant));
	CHECK(meant.len <= string.text.len - 2);
	CHECK(span_equal(value_unescape(&in_copy), meant));
	check_round_trip(meant);
	if (memchr(meant.ptr, '\0', meant.len) == NULL) {
		char *word = xstrndup(meant.ptr, meant.len);

		CHECK(value_equals(&string, span_str(word)));
		free(word);
	}
	free(decoded);
	free(copy);
}

static void
check_value(const struct value *value, struct span around)
{
	struct value again;

	check_inside(value->text, around);
	again = value_of(value->text);
	check_same(&again, value);
	if (value->type == VALUE_STRING)
		check_string(*value);
}

/* Recorded members are those that a walk finds. */
static void
check_members(const struct members *members, struct value container)
{
	struct walk walk;
	struct member found;
	size_t count = 0;

	check_inside(container.text, container.text);
	for (walk_init(&walk, container); walk_next(&walk, &found); count++) {
		check_value(&found.value, container.text);
		if (container.type == VALUE_OBJECT)
			check_value(&found.name, container.text);
		if (count < SCAN_MEMBERS_MAX) {
			check_same(&found.name, &members->at[count].name);
			check_same(&found.value, &members->at[count].value);
		}
	}
	CHECK(count == members->count);
}

static void
check_scan(struct span line)
{
	struct value expanded = {.type = VALUE_NONE};
	struct walk walk;
	struct member member;
	struct scan scan;

	if (!scan_line(line, "params", &scan)) {
		CHECK(scan.error != NULL && scan.error_at <= line.len);
		return;
	}
	check_value(&scan.root, line);
	if (scan.root.type != VALUE_OBJECT) {
		CHECK(scan.outer.count == 0 && scan.expanded.count == 0);
		return;
	}
	check_members(&scan.outer, scan.root);
	for (walk_init(&walk, scan.root); walk_next(&walk, &member);) {
		bool container =
			member.value.type == VALUE_OBJECT || member.value.type == VALUE_ARRAY;

		if (container && value_equals(&member.name, SPAN("params")))
			expanded = member.value;
	}
	if (expanded.type == VALUE_NONE)
		CHECK(scan.expanded.count == 0);
	else
		check_members(&scan.expanded, expanded);
}

/* The texts of a list, walked as a command would. */
static void
use_names(struct value names)
{
	struct walk walk;
	struct member member;

	for (walk_init(&walk, names); walk_next(&walk, &member);) {
		struct span name = value_unescape(&member.value);

		CHECK(name.len >= 1 && name.len <= ARGS_NAME_MAX);
		check_round_trip(name);
	}
}

static void
use_outcomes(struct value outcomes)
{
	struct walk walk;
	struct member member;

	for (walk_init(&walk, outcomes); walk_next(&walk, &member);) {
		struct span id = value_unescape(&member.name);
		struct walk inside;
		struct member outcome;

		CHECK(id.len >= 1 && id.len <= ARGS_NAME_MAX);
		walk_init(&inside, member.value);
		CHECK(walk_next(&inside, &outcome));
		CHECK(value_equals(&outcome.name, SPAN("result")) ||
			value_equals(&outcome.name, SPAN("error")));
		CHECK(!walk_next(&inside, &outcome));
	}
}

static void
use_object(struct value object)
{
	struct arg inner[ARGS_MAX];

	args_from_checked(inner_specs, object, inner);
	CHECK(inner[0].given && inner[1].given);
	CHECK(inner[0].text.len >= 1 && inner[0].text.len <= ARGS_NAME_MAX);
	CHECK(inner[1].text.len >= 1 && inner[1].text.len <= ARGS_KEY_MAX);
	check_round_trip(inner[0].text);
	check_round_trip(inner[1].text);
}

static void
use_args(const struct arg *args)
{
	for (size_t i = 0; specs[i].name != NULL; i++) {
		if (!args[i].given) {
			CHECK(args[i].text.ptr == NULL && args[i].value.type == VALUE_NONE);
			continue;
		}
		if (specs[i].type <= ARG_TEXT)
			check_round_trip(args[i].text);
		else if (specs[i].type == ARG_MS)
			CHECK(args[i].number >= 2 && args[i].number <= 1000);
		else if (specs[i].type == ARG_WORD)
			CHECK(args[i].number < 3);
		else if (specs[i].type == ARG_NAMES)
			use_names(args[i].value);
		else if (specs[i].type == ARG_OUTCOMES)
			use_outcomes(args[i].value);
		else if (specs[i].type == ARG_OBJECT)
			use_object(args[i].value);
	}
}

static void
check_error(const struct args_error *error)
{
	struct span message = span_str(error->message);

	CHECK(message.len > 0 && message.len < sizeof error->message - 1);
	CHECK(error->param.ptr != NULL && error->param.len <= ARGS_PARAM_MAX);
	check_round_trip(message); /* as a string of ours it must be valid UTF-8 */
	check_round_trip(error->param);
}

/* The members as params: beside a method, and in `params`. */
static void
check_args(struct span line, bool flat)
{
	static const struct span skip[] = {{"params", 6}, {NULL, 0}};
	char *copy = xmalloc(line.len + 1);
	struct arg args[ARGS_MAX];
	struct args_error error;
	struct scan scan;
	bool fine;

	memcpy(copy, line.ptr, line.len);
	CHECK(scan_line(span_make(copy, line.len), "params", &scan));
	if (flat)
		fine = args_from_object(specs, &scan.outer, skip, args, &error);
	else if (scan.expanded.count == 0)
		fine = args_from_nothing(specs, args, &error);
	else if (scan.expanded.at[0].name.type == VALUE_NONE)
		fine = args_from_array(specs, &scan.expanded, args, &error);
	else
		fine = args_from_object(specs, &scan.expanded, NULL, args, &error);
	if (fine)
		use_args(args);
	else
		check_error(&error);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = span_make((const char *)data, size);
	struct scan scan;
	struct buf buf;

	CHECK(json_compare(line) == NULL);
	check_scan(line);
	if (scan_line(line, NULL, &scan)) {
		check_args(line, true);
		check_args(line, false);
	}
	buf_init(&buf);
	json_add_untrusted(&buf, line);
	CHECK(scan_line(buf_span(&buf), NULL, &scan));
	buf_fini(&buf);
	return 0;
}
