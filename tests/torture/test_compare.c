/*
 * The comparison of clients' logs with the stream, tried on logs that are wrong in one
 * place each: what it never objects to would be no comparison.
 */
#include <config.h>

#include "torture/torture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOGGED 4

static const char stream[] =
	"{\"seq\":1,\"verb\":\"enqueue\",\"ok\":{\"op\":\"a\",\"new\":true}}\n"
	"{\"seq\":2,\"verb\":\"take\",\"ok\":{\"found\":true,\"set\":\"7-x\"}}\n"
	"{\"seq\":3,\"event\":\"woken\",\"conn\":1,\"wait\":1,\"how\":\"served\"}\n"
	"{\"seq\":4,\"verb\":\"finish\",\"set\":\"7-x\",\"ok\":{\"finished\":1}}\n";

/* What a client may have heard of it. */
static const struct logged {
	uint64_t call_ns, return_ns, seq;
	const char *name;
	enum heard what;
} right[LOGGED] = {
	{10, 20, 1, "a", HEARD_ENQUEUED},
	{5, 30, 3, "7-x", HEARD_SET},
	{40, 50, 4, "7-x", HEARD_FINISHED},
	{12, 22, 2, "7-x", HEARD_SET},
};

static const struct example {
	const char *what;
	uint64_t contradictions;
	size_t place; /* of `wrong`, which stands in for what is right */
	struct logged wrong;
} examples[] = {
	{"all is right", 0, 0, {10, 20, 1, "a", HEARD_ENQUEUED}},
	{"another op", 1, 0, {10, 20, 1, "b", HEARD_ENQUEUED}},
	{"an op by a finish", 1, 0, {10, 60, 4, "a", HEARD_ENQUEUED}},
	{"another set, after a wait", 1, 1, {5, 30, 3, "8-x", HEARD_SET}},
	{"another set", 1, 3, {12, 22, 2, "8-x", HEARD_SET}},
	{"a set by an enqueue", 1, 3, {9, 22, 1, "7-x", HEARD_SET}},
	{"a finish by a take", 1, 2, {12, 50, 2, "7-x", HEARD_FINISHED}},
	{"a record that is not there", 1, 2, {40, 50, 5, "7-x", HEARD_FINISHED}},
	{"asked for after a later one was told", 1, 3, {51, 60, 2, "7-x", HEARD_SET}},
};

/* What torture.c has for its other parts. */
void
torture_fail(const char *what)
{
	perror(what);
	abort();
}

static void
write_file(char *path, const void *data, size_t size)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	close(fd);
}

START_TEST(contradictions_are_found)
{
	const struct example *example = &examples[_i];
	char stream_path[] = "compare-stream-XXXXXX";
	char log_path[] = "compare-log-XXXXXX";
	const char *const logs[] = {log_path};
	struct entry entries[LOGGED];
	uint64_t found;

	for (size_t i = 0; i < LOGGED; i++) {
		const struct logged *logged = i == example->place ? &example->wrong : &right[i];

		entries[i] = (struct entry){logged->call_ns, logged->return_ns, logged->seq,
			hash_name(logged->name, strlen(logged->name)), logged->what};
	}
	write_file(stream_path, stream, sizeof(stream) - 1);
	write_file(log_path, entries, sizeof(entries));
	found = compare_logs(stream_path, logs, 1);
	unlink(stream_path);
	unlink(log_path);
	ck_assert_msg(found == example->contradictions, "%s: %llu", example->what,
		(unsigned long long)found);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare");
	TCase *tests = tcase_create("compare");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(
		tests, contradictions_are_found, 0, (int)(sizeof(examples) / sizeof(examples[0])));
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
