/*
 * The table of verbs: that its rows make sense, that the manual has exactly these, and
 * how command lines are read by them.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/complete.h"
#include "cli/nearest.h"
#include "cli/value.h"
#include "cli/verb.h"
#include "client/bytes.h"

/* ---- rows ---------------------------------------------------------------- */

static void
require_sound_row(const struct verb *verb, const struct verb_arg *row)
{
	ck_assert_msg(
		row->summary != NULL && row->summary[0] != '\0', "%s %s", verb->name, row->name);
	ck_assert_msg(
		(row->kind == VALUE_WORD) == (row->words != NULL), "%s %s", verb->name, row->name);
	ck_assert_msg(row->max == 0 || row->min <= row->max, "%s %s", verb->name, row->name);
}

START_TEST(test_rows)
{
	const struct verb *verb;

	for (size_t i = 0; (verb = verb_at(i)) != NULL; i++) {
		size_t operands = verb_args_count(verb->operands);
		bool may_be_missing = false;

		ck_assert_ptr_nonnull(verb->run);
		ck_assert_str_ne(verb->summary, "");
		for (size_t j = 0; j < operands; j++) {
			const struct verb_arg *row = &verb->operands[j];

			require_sound_row(verb, row);
			ck_assert(row->name[0] >= 'A' && row->name[0] <= 'Z');
			ck_assert(j + 1 == operands || !(row->many || row->verbatim));
			ck_assert(row->optional || !may_be_missing);
			may_be_missing = row->optional;
		}
		for (size_t j = 0; j < verb_args_count(verb->options); j++) {
			const struct verb_arg *row = &verb->options[j];

			require_sound_row(verb, row);
			ck_assert(row->name[0] >= 'a' && row->name[0] <= 'z');
			/* Either it takes no value or the help has a word for it. */
			ck_assert_int_eq(row->kind == VALUE_FLAG, row->value == NULL);
		}
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(verb_at(j)->name, verb->name);
	}
	ck_assert_uint_gt(verb_args_count(common_options), 0);
}
END_TEST

START_TEST(test_find_verb)
{
	const char *two[] = {"queue", "create", "q"};
	const char *dotted[] = {"queue.create", "create"};
	const char *one[] = {"enqueue", "q"};
	const char *family[] = {"queue"};
	const char *longer[] = {"enqueues"};
	size_t used = 9;

	ck_assert_ptr_eq(verb_find(3, two, &used), &verb_queue_create);
	ck_assert_uint_eq(used, 2);
	ck_assert_ptr_eq(verb_find(2, dotted, &used), &verb_queue_create);
	ck_assert_uint_eq(used, 1);
	ck_assert_ptr_eq(verb_find(2, one, &used), &verb_enqueue);
	ck_assert_uint_eq(used, 1);
	ck_assert_ptr_null(verb_find(1, family, &used));
	ck_assert_ptr_null(verb_find(1, longer, &used));
	ck_assert_ptr_null(verb_find(0, one, &used));
	ck_assert(verb_is_family("queue"));
	ck_assert(verb_is_family("group"));
	ck_assert(!verb_is_family("que"));
	ck_assert(!verb_is_family("enqueue"));
}
END_TEST

/* ---- the manual ---------------------------------------------------------- */

static char *
read_manual(void)
{
	FILE *file = fopen(MANUAL, "re");
	char *text = calloc(1, 1 << 20);

	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_gt(fread(text, 1, (1 << 20) - 1, file), 0);
	fclose(file);
	return text;
}

/* Whether the text, up to `end`, has this at the beginning of a line. */
static bool
has_line(const char *text, const char *end, const char *start)
{
	for (const char *at = strstr(text, start); at != NULL && at < end;
		at = strstr(at + 1, start)) {
		char next = at[strlen(start)];

		if (at[-1] == '\n' && (next == '\n' || next == ' '))
			return true;
	}
	return false;
}

/* Every option described there, `.It Fl -name` or with a letter before it, must be a row. */
static void
require_known(const char *section, const char *end, const struct verb_arg *rows)
{
	for (const char *at = strstr(section, "\n.It Fl "); at != NULL && at < end;
		at = strstr(at + 1, "\n.It Fl ")) {
		const char *word = at + strlen("\n.It Fl ");
		size_t len = strcspn(word, " \n");
		bool known = false;

		for (const struct verb_arg *row = rows; row->name != NULL; row++) {
			bool by_name = word[0] == '-' && strlen(row->name) == len - 1 &&
				       strncmp(row->name, word + 1, len - 1) == 0;

			known = known || by_name || (len == 1 && row->letter == word[0]);
		}
		ck_assert_msg(known, "the manual has an option %.*s", (int)len, word);
	}
}

static void
require_described(const char *section, const char *end, const struct verb_arg *rows)
{
	for (const struct verb_arg *row = rows; row->name != NULL; row++) {
		char start[64];

		if (row->letter != 0)
			snprintf(start, sizeof start, ".It Fl %c", row->letter);
		else
			snprintf(start, sizeof start, ".It Fl -%s", row->name);
		ck_assert_msg(has_line(section, end, start), "the manual lacks %s", start);
	}
}

/* Options that an earlier verb has as well are described there. */
static bool
are_shared(size_t verb)
{
	for (size_t i = 0; i < verb; i++) {
		if (verb_at(i)->options == verb_at(verb)->options)
			return true;
	}
	return false;
}

START_TEST(test_manual)
{
	static const struct verb_arg none[] = {VERB_ARGS_END};
	char *manual = read_manual();
	const char *first = strstr(manual, "\n.Ss inflight ");
	const struct verb *verb;
	size_t sections = 0;

	for (const char *at = first; at != NULL; at = strstr(at + 1, "\n.Ss inflight "))
		sections++;
	require_described(manual, first, common_options);
	require_known(manual, first, common_options);
	for (size_t i = 0; (verb = verb_at(i)) != NULL; i++) {
		const struct verb_arg *options = verb->options;
		char start[64];
		const char *section;
		const char *end;

		snprintf(start, sizeof start, "\n.Ss inflight %s", verb->name);
		section = strstr(manual, start);
		while (section != NULL && strchr(" \n", section[strlen(start)]) == NULL)
			section = strstr(section + 1, start);
		ck_assert_msg(section != NULL, "the manual does not describe %s", verb->name);
		end = strstr(section + 1, "\n.S");
		if (options == NULL || are_shared(i))
			options = none;
		require_described(section, end, options);
		require_known(section, end, options);
		sections--;
	}
	ck_assert_uint_eq(sections, 0);
	free(manual);
}
END_TEST

/* ---- command lines ------------------------------------------------------- */

static const char *const colours[] = {"red", "green", NULL};

static const struct verb_arg operands[] = {
	{.name = "FIRST", .summary = "x"},
	{.name = "REST", .many = true, .optional = true, .summary = "x"},
	VERB_ARGS_END,
};

static const struct verb_arg options[] = {
	{.name = "lease", .param = "lease_ms", .kind = VALUE_MS, .value = "MS", .summary = "x"},
	{.name = "limit", .kind = VALUE_COUNT, .min = 1, .max = 5, .value = "N", .summary = "x"},
	{.name = "jobs", .letter = 'j', .kind = VALUE_COUNT, .value = "N", .summary = "x"},
	{.name = "colour", .kind = VALUE_WORD, .words = colours, .value = "C", .summary = "x"},
	{.name = "force", .param = "force", .kind = VALUE_FLAG, .summary = "x"},
	{.name = "max-attempts", .kind = VALUE_COUNT, .value = "N", .summary = "x"},
	{.name = "json", .kind = VALUE_FLAG, .summary = "x"},
	VERB_ARGS_END,
};

static const struct verb verb = {
	.name = "test", .summary = "x", .operands = operands, .options = options};

#define LINE(...) ((const char *const[]){__VA_ARGS__, NULL})

static bool
read_line(const struct verb *of, const char *const *words, struct arguments *ret,
	struct common *common)
{
	char asked = 0;
	int count = 0;
	bool ok;

	while (words[count] != NULL)
		count++;
	ok = arguments_read(ret, of, common, count, (char **)(uintptr_t)words, &asked);
	ck_assert_int_eq(asked, 0);
	return ok;
}

static void
require_refused(const char *const *words)
{
	struct common common = {0};
	struct arguments args;

	ck_assert_msg(!read_line(&verb, words, &args, &common), "%s", words[0]);
	arguments_fini(&args);
}

START_TEST(test_read)
{
	struct common common = {0};
	struct arguments args;

	ck_assert(read_line(&verb,
		LINE("a", "--lease=1.5s", "b", "-j4", "--colour", "red", "-s", "unix:x", "--force",
			"--", "--limit"),
		&args, &common));
	ck_assert_str_eq(arguments_text(&args, "FIRST"), "a");
	ck_assert_str_eq(arguments_rest(&args)[0], "b");
	ck_assert_str_eq(arguments_rest(&args)[1], "--limit");
	ck_assert_ptr_null(arguments_rest(&args)[2]);
	ck_assert_int_eq(arguments_number(&args, "lease", 7), 1500);
	ck_assert_int_eq(arguments_number(&args, "jobs", 7), 4);
	ck_assert_int_eq(arguments_number(&args, "limit", 7), 7);
	ck_assert_str_eq(arguments_text(&args, "colour"), "red");
	ck_assert(arguments_flag(&args, "force"));
	ck_assert_str_eq(common.address, "unix:x");
	arguments_fini(&args);

	/* The word of the protocol, the beginning of a name, the last one counts. */
	ck_assert(read_line(&verb,
		LINE("--lease_ms", "1", "--lease-ms=2", "--max_att", "3", "--force", "--no-force",
			"-5", "--", "-"),
		&args, &common));
	ck_assert_int_eq(arguments_number(&args, "lease", 7), 2);
	ck_assert_int_eq(arguments_number(&args, "max-attempts", 7), 3);
	ck_assert(!arguments_flag(&args, "force"));
	ck_assert_str_eq(arguments_text(&args, "FIRST"), "-5");
	ck_assert_str_eq(arguments_rest(&args)[0], "-");
	arguments_fini(&args);
}
END_TEST

START_TEST(test_refused_lines)
{
	require_refused(LINE("--lease", "1")); /* FIRST is missing */
	require_refused(LINE("a", "--lease"));
	require_refused(LINE("a", "--lease", "soon"));
	require_refused(LINE("a", "--l", "1")); /* lease or limit */
	require_refused(LINE("a", "--nothing"));
	require_refused(LINE("a", "-x"));
	require_refused(LINE("a", "--limit", "0"));
	require_refused(LINE("a", "--limit", "6"));
	require_refused(LINE("a", "--limit", "-1"));
	require_refused(LINE("a", "--colour", "blue"));
	require_refused(LINE("a", "--force=yes"));
	require_refused(LINE("a", "--no-json"));
	require_refused(LINE("a\xff"));
}
END_TEST

/* A verb's own option hides the common one of its name; the others stay. */
START_TEST(test_common_options)
{
	const char *line[] = {
		"inflight", "--json", "-t", "2s", "--token-file=f", "verb", "--table", NULL};
	const char *help[] = {"inflight", "-h", "verb", NULL};
	struct common common = {0};
	struct arguments args;
	char asked;
	int next;

	ck_assert(read_line(&verb, LINE("a", "--json", "--table"), &args, &common));
	ck_assert(arguments_flag(&args, "json"));
	ck_assert_int_eq(common.format, FORMAT_TABLE);
	arguments_fini(&args);
	ck_assert(arguments_common(&common, 7, (char **)(uintptr_t)line, &next, &asked));
	ck_assert_int_eq(next, 5);
	ck_assert_int_eq(asked, 0);
	ck_assert_int_eq(common.format, FORMAT_JSON);
	ck_assert_int_eq(common.timeout_ms, 2000);
	ck_assert_str_eq(common.token_file, "f");
	ck_assert(arguments_common(&common, 3, (char **)(uintptr_t)help, &next, &asked));
	ck_assert_int_eq(asked, 'h');
}
END_TEST

/* What follows a command's name is the command's, whatever it looks like. */
START_TEST(test_verbatim)
{
	struct common common = {0};
	struct arguments args;

	ck_assert(read_line(
		&verb_work, LINE("q", "-j", "2", "--", "sh", "-c", "--", "x\xff"), &args, &common));
	ck_assert_int_eq(arguments_number(&args, "jobs", 1), 2);
	ck_assert_str_eq(arguments_rest(&args)[0], "sh");
	ck_assert_str_eq(arguments_rest(&args)[1], "-c");
	ck_assert_str_eq(arguments_rest(&args)[2], "--");
	ck_assert_str_eq(arguments_rest(&args)[3], "x\xff");
	arguments_fini(&args);
	ck_assert(read_line(&verb_work, LINE("q", "sh", "--once"), &args, &common));
	ck_assert(!arguments_flag(&args, "once"));
	arguments_fini(&args);
}
END_TEST

START_TEST(test_spans_of_time)
{
	static const struct verb_arg row = {.name = "x", .kind = VALUE_MS};
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {{"0", 0}, {"1500", 1500}, {"1500ms", 1500}, {"2s", 2000}, {"1.5s", 1500},
		{"0.25s", 250}, {"0.0001s", 0}, {"10m", 600000}, {"10min", 600000}, {"2h", 7200000},
		{"1d", 86400000}, {"1000000000000", INT64_C(1000000000000)}};
	static const char *const wrong[] = {"", "s", ".5s", "1.s", "1.5", "1.5ms", "-1", "1 s",
		"1x", "1000000000001", "11575d", "99999999999999999999d"};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		int64_t ms = -1;

		ck_assert_msg(value_number(&row, good[i].text, &ms), "%s", good[i].text);
		ck_assert_int_eq(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		int64_t ms = -1;

		ck_assert_msg(!value_number(&row, wrong[i], &ms), "%s", wrong[i]);
		ck_assert_int_eq(ms, -1);
	}
}
END_TEST

/* ---- completion ---------------------------------------------------------- */

/* Requires what is offered for the last of the words, up to a NULL, without a daemon. */
static void
require_offered(const char *const *words, const char *expected)
{
	struct inflight_bytes all = {0};
	size_t count = 0;
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	while (words[count] != NULL)
		count++;
	complete_words(out, count, (char *const *)(uintptr_t)words);
	fclose(out);
	/* Without the summaries. */
	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
		inflight_bytes_add(&all, line, strcspn(line, "\t\n"));
		inflight_bytes_add_text(&all, " ");
	}
	inflight_bytes_add(&all, "", 1);
	ck_assert_str_eq(inflight_bytes_span(&all).ptr, expected);
	inflight_bytes_fini(&all);
	free(text);
}

START_TEST(test_completion)
{
	setenv("INFLIGHT_ADDRESS", "unix:/nonexistent/sock", 1);
	require_offered(LINE("e"), "words enqueue extend ");
	require_offered(LINE("--json", "-t", "5s", "gr"), "words group ");
	require_offered(LINE("queue", "pe"), "words peek ");
	require_offered(LINE("queue.pe"), "words queue.peek ");
	require_offered(LINE("nothing", "x"), "");
	require_offered(LINE("nothing", "x", "y"), "");
	require_offered(LINE("help", "group", "s"), "words seal ");
	require_offered(LINE("help", "x"), "");
	require_offered(LINE("help", "group", "seal", ""), "");
	/* Options and their values, those of all verbs too. */
	require_offered(LINE("--v"), "words --version ");
	require_offered(LINE("map", "--r"), "words --raw ");
	require_offered(LINE("map", "q", "-"), "words --group --json --key-field --raw --timeout "
					       "--window --no-progress --address -t "
					       "--token-file --json --table --help --version ");
	require_offered(LINE("queue", "update", "q", "--no-"), "words --no-exclusive ");
	require_offered(LINE("queue", "purge", "q", "--state", ""), "words pending held dead all ");
	require_offered(LINE("queue", "purge", "--state=d"), "words --state=dead ");
	require_offered(LINE("queue", "purge", "--stat=d"), "words --stat=dead ");
	require_offered(LINE("queue", "purge", "--nothing=d"), "");
	require_offered(LINE("queue", "purge", "q", "--nothing", ""), "");
	require_offered(LINE("enqueue", "q", "--as", "t"), "words text ");
	require_offered(LINE("--token-file", ""), "files ");
	require_offered(LINE("ping", "--token-file="), "files ");
	/* Operands: names are the daemon's, which is not there. */
	require_offered(LINE("queue", "stats", ""), "");
	require_offered(
		LINE("--token-file", "f", "-s", "unix:/nonexistent/x", "group", "seal", ""), "");
	require_offered(LINE("dequeue", "\xff"), "");
	require_offered(LINE("bench", "t"), "words take ");
	require_offered(LINE("bench", "take", ""), "");
	require_offered(LINE("work", "q", "-j", "2", ""), "commands ");
	require_offered(LINE("work", "q", "--", "ls", "-"), "files ");
	require_offered(LINE("queue", "purge", "--", "-"), "");
	require_offered((const char *const[]){NULL}, "");
}
END_TEST

START_TEST(test_nearest)
{
	struct nearest nearest = {.given = "dpeth"};
	char word[100];

	nearest_offer(&nearest, "width");
	ck_assert_ptr_null(nearest.best);
	nearest_offer(&nearest, "depths");
	nearest_offer(&nearest, "depth");
	ck_assert_str_eq(nearest.best, "depth");
	nearest_offer(&nearest, "dpetx");
	ck_assert_str_eq(nearest.best, "depth");
	ck_assert_uint_eq(nearest_distance("", ""), 0);
	ck_assert_uint_eq(nearest_distance("abc", ""), 3);
	ck_assert_uint_eq(nearest_distance("kitten", "sitting"), 3);
	ck_assert_uint_eq(nearest_distance("ab", "ba"), 1);
	memset(word, 'x', sizeof word - 1);
	word[sizeof word - 1] = '\0';
	ck_assert_uint_eq(nearest_distance(word, "y"), sizeof word - 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cli verbs");
	TCase *tcase = tcase_create("cli verbs");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, test_rows);
	tcase_add_test(tcase, test_find_verb);
	tcase_add_test(tcase, test_manual);
	tcase_add_test(tcase, test_read);
	tcase_add_test(tcase, test_refused_lines);
	tcase_add_test(tcase, test_common_options);
	tcase_add_test(tcase, test_verbatim);
	tcase_add_test(tcase, test_spans_of_time);
	tcase_add_test(tcase, test_completion);
	tcase_add_test(tcase, test_nearest);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
