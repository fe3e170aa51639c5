/*
 * The option table: every option at its bounds, values that are none, and the table
 * against the sample file and the manual.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_fixture.h"

/* ---- single values ------------------------------------------------------- */

static bool
is_number(const struct option_row *row)
{
	return row->type == OPTION_INTEGER || row->type == OPTION_SIZE || row->type == OPTION_MS ||
	       row->type == OPTION_MODE;
}

static void
format_number(const struct option_row *row, uint64_t value, char *out, size_t size)
{
	snprintf(out, size, row->type == OPTION_MODE ? "%llo" : "%llu", (unsigned long long)value);
}

/* Sets the option in the way of -o and says whether it was taken. */
static bool
takes(const struct option_row *row, const char *value)
{
	struct config config;
	char set[256];

	snprintf(set, sizeof(set), "%s=%s", row->name, value);
	if (!load_set(&config, set))
		return false;
	config_fini(&config);
	return true;
}

static void
check_bound(const struct option_row *row, uint64_t value)
{
	char text[32];
	uint64_t ret = 77;
	bool inside = value >= row->min && value <= row->max;

	format_number(row, value, text, sizeof(text));
	ck_assert_msg(option_parse(row, text, &ret) == inside, "%s=%s", row->name, text);
	ck_assert_msg(ret == (inside ? value : 77), "%s=%s", row->name, text);
	ck_assert_msg(takes(row, text) == inside, "-o %s=%s", row->name, text);
	if (!inside) {
		require_error(row->name);
		require_error(text);
		require_error("-o: ");
		require_error("it must be");
	}
}

START_TEST(test_bounds)
{
	for (const struct option_row *row = option_table; row->name != NULL; row++) {
		if (!is_number(row))
			continue;
		if (row->min > 0)
			check_bound(row, row->min - 1);
		check_bound(row, row->min);
		check_bound(row, row->min + 1);
		check_bound(row, row->max - 1);
		check_bound(row, row->max);
		check_bound(row, row->max + 1);
	}
}
END_TEST

START_TEST(test_not_a_number)
{
	static const char *const bad[] = {"", " ", "-1", "+1", " 1", "1 ", "0x10", "1.5", "1e3",
		"1_000", "1,000", "ten", "\"10\"", "1;", "18446744073709551616",
		"18446744073709551617", "36893488147419103233",
		"99999999999999999999999999999999999999", NULL};

	for (const struct option_row *row = option_table; row->name != NULL; row++) {
		if (!is_number(row))
			continue;
		for (size_t i = 0; bad[i] != NULL; i++)
			ck_assert_msg(!takes(row, bad[i]), "%s=\"%s\"", row->name, bad[i]);
	}
}
END_TEST

START_TEST(test_sizes)
{
	static const struct {
		const char *text;
		uint64_t value; /* 0: refused */
	} cases[] = {
		{"1k", 1024},
		{"1K", 1024},
		{"3m", 3145728},
		{"3M", 3145728},
		{"2g", 2147483648},
		{"2G", 2147483648},
		{"8388608G", UINT64_C(1) << 53},
		{"8388609G", 0},
		{"1T", 0},
		{"1KB", 0},
		{"1Kk", 0},
		{"K", 0},
		{"1 K", 0},
		{"1.5M", 0},
		{"18014398509481984K", 0},
		{"18014398509481985K", 0},
		{"17179869184G", 0},
	};
	const struct option_row *row = option_find("max_memory");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t ret = 0;
		bool good = option_parse(row, cases[i].text, &ret);

		ck_assert_msg(good == (cases[i].value != 0), "%s", cases[i].text);
		ck_assert_msg(ret == cases[i].value, "%s", cases[i].text);
	}
	/* Only sizes have suffixes. */
	ck_assert(!takes(option_find("depth"), "1K"));
	ck_assert(!takes(option_find("lease_ms"), "1K"));
}
END_TEST

START_TEST(test_bools)
{
	static const char *const yes[] = {"yes", "true", "on", "1", "Yes", "TRUE", NULL};
	static const char *const no[] = {"no", "false", "off", "0", "No", "OFF", NULL};
	static const char *const bad[] = {"", "y", "n", "2", "00", "yess", "enabled", NULL};
	const struct option_row *row = option_find("exclusive");
	uint64_t ret;

	for (size_t i = 0; yes[i] != NULL; i++) {
		ret = 7;
		ck_assert(option_parse(row, yes[i], &ret));
		ck_assert_uint_eq(ret, 1);
		ck_assert(option_parse(row, no[i], &ret));
		ck_assert_uint_eq(ret, 0);
	}
	for (size_t i = 0; bad[i] != NULL; i++)
		ck_assert_msg(!takes(row, bad[i]), "%s", bad[i]);
	ck_assert(!takes(option_find("auto_create"), "maybe"));
	require_error("auto_create: \"maybe\" is not allowed: it must be yes or no");
}
END_TEST

START_TEST(test_words)
{
	static const char *const levels[] = {"error", "warning", "info", "debug"};
	struct config config;
	char set[64];

	for (size_t i = 0; i < 4; i++) {
		enum log_level level;

		snprintf(set, sizeof(set), "log_level=%s", levels[i]);
		ck_assert(load_set(&config, set));
		ck_assert(log_level_parse(levels[i], &level));
		ck_assert_uint_eq(config.log_level, level);
		config_fini(&config);
	}
	ck_assert(!load_set(&config, "log_level=loud"));
	require_error("log_level: \"loud\"");
	require_error("one of error, warning, info, debug");
	ck_assert(!load_set(&config, "log_level="));
	ck_assert(!load_set(&config, "log_level=Info"));
}
END_TEST

START_TEST(test_mode)
{
	struct config config;

	ck_assert(load_set(&config, "socket_mode=0660"));
	ck_assert_uint_eq(config_server(&config).socket_mode, 0660);
	config_fini(&config);
	ck_assert(load_set(&config, "socket_mode=7"));
	ck_assert_uint_eq(config_server(&config).socket_mode, 7);
	config_fini(&config);
	ck_assert(!load_set(&config, "socket_mode=0668"));
	ck_assert(!load_set(&config, "socket_mode=01000"));
	require_error("0777");
	ck_assert(!load_set(&config, "socket_mode=rw-rw----"));
}
END_TEST

START_TEST(test_strings)
{
	struct config config;
	char set[256] = "socket_group=";

	ck_assert(load_set(&config, "socket_group="));
	ck_assert_ptr_null(config_server(&config).socket_group);
	config_fini(&config);
	ck_assert(load_set(&config, "socket_group=a = b"));
	ck_assert_str_eq(config_server(&config).socket_group, "a = b");
	config_fini(&config);
	memset(set + 13, 'g', 180);
	ck_assert(load_set(&config, set));
	config_fini(&config);
	set[13 + 180] = 'g';
	ck_assert(!load_set(&config, set));
	ck_assert(!load_set(&config, "socket_group=a\nb"));
	require_error("a\\x0ab");
}
END_TEST

START_TEST(test_unknown)
{
	struct config config;

	ck_assert_ptr_null(option_find("max_lines"));
	ck_assert_ptr_null(option_find(""));
	ck_assert(!load_set(&config, "max_lines=1"));
	ck_assert_str_eq(fixture_error, "-o: there is no option \"max_lines\"");
	ck_assert(!load_set(&config, "MAX_LINE=100"));
	ck_assert(!load_set(&config, "max_line =100"));
	ck_assert(!load_set(&config, "=1"));
}
END_TEST

/* ---- the table against what people read ---------------------------------- */

static char *
read_source(const char *name)
{
	char path[512];
	char *text = calloc(1, 65536);
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", SRCDIR, name);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s", path);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_gt(fread(text, 1, 65535, file), 0);
	ck_assert(feof(file) != 0);
	fclose(file);
	return text;
}

/* The comment above the line at `at`, joined to one line. */
static void
comment_above(const char *text, const char *at, char *out, size_t size)
{
	const char *begin = at;
	size_t len = 0;

	while (begin > text) {
		const char *line = begin - 1;

		while (line > text && line[-1] != '\n')
			line--;
		if (strncmp(line, "# ", 2) != 0)
			break;
		begin = line;
	}
	for (; begin < at && len + 2 < size; begin++) {
		if (strncmp(begin, "# ", 2) == 0 && (begin == text || begin[-1] == '\n'))
			begin++;
		else
			out[len++] = *begin == '\n' ? ' ' : *begin;
	}
	out[len] = '\0';
}

static void
check_sample(const char *text, const struct option_row *row)
{
	char line[256];
	char comment[1024];
	const char *at;
	const char *fallback = row->fallback;

	if (row->type == OPTION_LIST)
		fallback = "unix:/run/inflightd/inflightd.sock";
	snprintf(line, sizeof(line), "\n#%s =%s%s\n", row->name, *fallback == '\0' ? "" : " ",
		fallback);
	at = strstr(text, line);
	ck_assert_msg(at != NULL, "the sample file lacks \"%s\"", line + 1);
	comment_above(text, at + 1, comment, sizeof(comment));
	ck_assert_msg(strlen(comment) > 8, "%s has no comment: %s", row->name, comment);
	ck_assert_msg((strstr(comment, "[restart]") == NULL) == row->reloadable,
		"%s: reloadable or not: %s", row->name, comment);
	if (strcmp(row->unit, "ms") == 0)
		ck_assert_msg(strstr(comment, "milliseconds") != NULL, "%s: unit", row->name);
	if (strcmp(row->unit, "bytes") == 0)
		ck_assert_msg(strstr(comment, "bytes") != NULL, "%s: unit", row->name);
}

START_TEST(test_sample_file)
{
	char *text = read_source("conf/inflightd.conf");
	size_t count = 0;
	size_t queue_options = 0;

	for (const struct option_row *row = option_table; row->name != NULL; row++)
		check_sample(text, row);
	/* And nothing beyond the table: options have no space after the "#". */
	for (const char *at = text; (at = strstr(at, "\n#")) != NULL; at += 2) {
		size_t len = strcspn(at + 2, " \n=");
		char name[64];

		if (at[2] == ' ' || at[2] == '\n' || at[2] == '[')
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)len, at + 2);
		ck_assert_msg(option_find(name) != NULL, "the sample file has \"%s\"", name);
		if (strstr(text, "#[queue ") < at)
			queue_options += option_find(name)->queue_bit != 0;
		else
			count++;
	}
	ck_assert_uint_eq(count, OPTION_COUNT);
	ck_assert_uint_gt(queue_options, 1);
	free(text);
}
END_TEST

/* With every option taken in, the sample is a configuration that says the defaults. */
START_TEST(test_sample_loads)
{
	char *text = read_source("conf/inflightd.conf");
	struct service_config service;
	struct config config;
	size_t to = 0;

	for (size_t from = 0; text[from] != '\0'; from++) {
		bool line_start = from == 0 || text[from - 1] == '\n';

		if (line_start && text[from] == '#' && strchr(" \n", text[from + 1]) == NULL)
			continue;
		text[to++] = text[from];
	}
	text[to] = '\0';
	require_load(&config, text);
	service_config_init(&service);
	require_same_service(&config.service, &service);
	ck_assert_uint_eq(config.listen.count, 1);
	ck_assert_uint_eq(config.preset_count, 1);
	ck_assert_str_eq(config.presets[0].name, "thumbs");
	config_fini(&config);
	free(text);
}
END_TEST

static void
check_manual(const char *text, const struct option_row *row)
{
	char needle[128];
	const char *at;
	const char *next;

	snprintf(needle, sizeof(needle), "\n.It Cm %s No = ", row->name);
	at = strstr(text, needle);
	ck_assert_msg(at != NULL, "the manual lacks %s", row->name);
	next = strstr(at + 1, "\n.It Cm ");
	if (row->type == OPTION_LIST)
		snprintf(needle, sizeof(needle), "\nDefault: see\n");
	else
		snprintf(needle, sizeof(needle), "\nDefault: %s.\n",
			row->fallback[0] == '\0' ? "empty" : row->fallback);
	at = strstr(at, needle);
	ck_assert_msg(at != NULL && (next == NULL || at < next), "the manual: %s: %s", row->name,
		needle + 1);
}

START_TEST(test_manual)
{
	char *text = read_source("man/inflightd.conf.5");
	size_t count = 0;

	for (const struct option_row *row = option_table; row->name != NULL; row++)
		check_manual(text, row);
	for (const char *at = text; (at = strstr(at, "\n.It Cm ")) != NULL; at += 8) {
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 8, " \n"), at + 8);
		ck_assert_msg(option_find(name) != NULL, "the manual has \"%s\"", name);
		count++;
	}
	ck_assert_uint_eq(count, OPTION_COUNT);
	free(text);
}
END_TEST

START_TEST(test_rows)
{
	for (const struct option_row *row = option_table; row->name != NULL; row++) {
		ck_assert_ptr_eq(option_find(row->name), row);
		ck_assert_msg(row->summary[strlen(row->summary) - 1] == '.', "%s", row->name);
		ck_assert_int_eq(row->type == OPTION_MS, strcmp(row->unit, "ms") == 0);
		ck_assert_int_eq(row->type == OPTION_SIZE, strcmp(row->unit, "bytes") == 0);
		ck_assert_int_eq(row->type == OPTION_WORD, row->words != NULL);
		ck_assert_uint_lt(option_index(row), OPTION_COUNT);
	}
}
END_TEST

static Suite *
options_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *values = tcase_create("values");
	TCase *texts = tcase_create("texts");

	tcase_add_test(values, test_bounds);
	tcase_add_test(values, test_not_a_number);
	tcase_add_test(values, test_sizes);
	tcase_add_test(values, test_bools);
	tcase_add_test(values, test_words);
	tcase_add_test(values, test_mode);
	tcase_add_test(values, test_strings);
	tcase_add_test(values, test_unknown);
	tcase_add_test(texts, test_rows);
	tcase_add_test(texts, test_sample_file);
	tcase_add_test(texts, test_sample_loads);
	tcase_add_test(texts, test_manual);
	suite_add_tcase(suite, values);
	suite_add_tcase(suite, texts);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(options_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
