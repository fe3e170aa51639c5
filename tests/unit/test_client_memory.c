/*
 * The client library where memory runs out: a run of calls, a group and a worker is made again and
 * again, each time with another allocation that fails. It has to come to its end, with a status
 * and without a leak.
 */
#include <config.h>

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client_fixture.h"

/* The linker turns the library's calls into these, and those into the C library's. */
extern void *__real_malloc(size_t size);
extern void *__real_calloc(size_t count, size_t size);
extern void *__real_realloc(void *ptr, size_t size);
extern char *__real_strdup(const char *text);
extern void __real_free(void *ptr);
extern void *__wrap_malloc(size_t size);
extern void *__wrap_calloc(size_t count, size_t size);
extern void *__wrap_realloc(void *ptr, size_t size);
extern char *__wrap_strdup(const char *text);
extern void __wrap_free(void *ptr);

static struct {
	bool on;
	size_t count; /* of allocations in this run */
	size_t fails; /* the one that fails; 0: none */
	size_t blocks;
	const char *wrong; /* told after the run, because Check allocates as well */
} memory;

static bool
must_fail(void)
{
	return memory.on && ++memory.count == memory.fails;
}

static void *
counted(void *block)
{
	memory.blocks += memory.on && block != NULL;
	return block;
}

void *
__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : counted(__real_malloc(size));
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : counted(__real_calloc(count, size));
}

void *
__wrap_realloc(void *ptr, size_t size)
{
	if (must_fail())
		return NULL;
	return ptr == NULL ? counted(__real_realloc(ptr, size)) : __real_realloc(ptr, size);
}

char *
__wrap_strdup(const char *text)
{
	return must_fail() ? NULL : counted(__real_strdup(text));
}

void
__wrap_free(void *ptr)
{
	memory.blocks -= memory.on && ptr != NULL;
	__real_free(ptr);
}

/* ---- a peer that answers everything -------------------------------------- */

/* What stands behind `name` in the line, up to the end of it. */
static void
find(const char *line, const char *name, const char *end, char *ret, size_t size)
{
	const char *value = strstr(line, name);
	size_t len = value == NULL ? 0 : strcspn(value + strlen(name), end);

	ret[0] = '\0';
	if (len > 0 && len < size)
		snprintf(ret, size, "%.*s", (int)len, value + strlen(name));
}

static void
answer(FILE *out, const char *line, bool *taken)
{
	char id[24];
	char group[64];
	char method[32];

	find(line, "\"id\":", ",}", id, sizeof id);
	find(line, "\"method\":\"", "\"", method, sizeof method);
	find(line, "\"group\":\"", "\"", group, sizeof group);
	fprintf(out, "{\"jsonrpc\":\"2.0\",\"id\":%s,", id);
	if (strcmp(method, "group.wait") == 0)
		fprintf(out,
			"\"result\":{\"done\":true,\"results\":[{\"op\":\"%s-0\",\"result\":1},"
			"{\"op\":\"%s-1\",\"error\":2}]}}\n",
			group, group);
	else if (strcmp(method, "dequeue") == 0 && !*taken)
		fprintf(out, "\"result\":{\"set\":\"t\",\"fence\":1,\"queue\":\"q\",\"key\":\"k\","
			     "\"attempt\":1,\"lease_ms\":30000,\"ops\":[{\"op\":\"a\",\"msg\":1,"
			     "\"group\":\"g\"},{\"op\":\"b\",\"msg\":2}]}}\n");
	else if (strcmp(method, "dequeue") == 0)
		fprintf(out, "\"error\":{\"code\":-32003,\"message\":\"closed\",\"data\":{\"code\":"
			     "\"queue_closed\"}}}\n");
	else
		fprintf(out, "\"result\":{}}\n");
	*taken = *taken || strcmp(method, "dequeue") == 0;
	fflush(out);
}

/* One connection after the other, until it is killed. */
static void
serve(int listener)
{
	char *line = NULL;
	size_t size = 0;

	alarm(60);
	/* The client goes away whenever its memory runs out. */
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		FILE *in = fdopen(fd, "r");
		FILE *out = fdopen(dup(fd), "w");
		bool taken = false;

		while (in != NULL && out != NULL && getline(&line, &size, in) > 0)
			answer(out, line, &taken);
		fclose(in);
		fclose(out);
	}
}

/* ---- the run ------------------------------------------------------------- */

static void
call(struct inflight *client)
{
	struct inflight_reply *reply;

	if (inflight_call(client, "ping", NULL, 30000, &reply) == INFLIGHT_OK)
		inflight_reply_free(reply);
	if (inflight_enqueue(client, "q", "k", "[1]", NULL, 30000, &reply) == INFLIGHT_OK)
		inflight_reply_free(reply);
}

static void
gather(struct inflight *client)
{
	struct inflight_group *group = inflight_group_new(client);

	if (group == NULL)
		return;
	for (int i = 0; i < 20; i++)
		inflight_group_add(group, "q", "k", "[1]", NULL, NULL);
	/* What could not be done for want of memory can be done when there is some. */
	if (inflight_group_wait(group, 30000) != INFLIGHT_OK &&
		inflight_group_wait(group, 30000) != INFLIGHT_OK)
		memory.wrong = "the group has no outcomes";
	inflight_group_free(group);
}

static void
work(struct inflight_taken *set, void *arg)
{
	(void)arg;
	inflight_taken_note_result(set, 0, "[1]");
	inflight_taken_note_error(set, 1, "\"e\"");
	inflight_worker_beat(set);
	if (inflight_taken_finish(set, NULL) != INFLIGHT_OK &&
		inflight_taken_finish(set, NULL) != INFLIGHT_OK)
		memory.wrong = "the set could not be ended";
}

static void
run_worker(struct inflight *client)
{
	struct inflight_worker *worker = inflight_worker_new(client, work, NULL);
	enum inflight_status status;

	if (worker == NULL)
		return;
	while (inflight_worker_add_queue(worker, "q") == INFLIGHT_NO_MEMORY)
		continue;
	status = inflight_worker_run(worker);
	if (status != INFLIGHT_OK && status != INFLIGHT_NO_MEMORY)
		memory.wrong = inflight_status_name(status);
	inflight_worker_free(worker);
}

static void
run(const char *address)
{
	struct inflight *client = inflight_new(address);

	if (client == NULL)
		return;
	while (inflight_set_token(client, "secret") == INFLIGHT_NO_MEMORY)
		continue;
	inflight_set_retry(client, 1, 2, 30000);
	call(client);
	gather(client);
	run_worker(client);
	inflight_free(client);
}

START_TEST(test_each_allocation)
{
	struct fixture fixture;
	size_t allocations;
	pid_t pid;

	fixture_init(&fixture);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		serve(fixture.listener);
	do {
		memory.fails++;
		memory.count = memory.blocks = 0;
		memory.on = true;
		run(fixture.address);
		memory.on = false;
		allocations = memory.count;
		ck_assert_msg(memory.wrong == NULL, "%s after allocation %zu failed", memory.wrong,
			memory.fails);
		ck_assert_msg(memory.blocks == 0, "%zu blocks leaked after allocation %zu failed",
			memory.blocks, memory.fails);
	} while (allocations >= memory.fails);
	ck_assert_uint_gt(allocations, 50);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fixture_fini(&fixture);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client memory");
	TCase *tests = tcase_create("memory");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_each_allocation);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
