/*
 * The hints: every way in which a take may succeed now, or be refused, is told. A
 * hint that is missing leaves a worker asleep beside work.
 */
#include <config.h>

#include "core_rig.h"

/* Each row: commands that prepare, then one whose hints are looked at. */
static void
expect_hooks(const char *const *commands, const char *last, uint64_t then_ms, const char *hooks)
{
	struct rig rig;

	rig_init(&rig);
	for (; *commands != NULL; commands++)
		ck_assert_msg(rig_do(&rig, *commands)[0] != '!', "%s", *commands);
	rig_hooks(&rig);
	if (last != NULL)
		ck_assert_msg(rig_do(&rig, last)[0] != '!', "%s", last);
	if (then_ms > 0)
		rig_pass_ms(&rig, then_ms);
	EXPECT_HOOKS(&rig, hooks);
	rig_fini(&rig);
}

#define COMMANDS(...) ((const char *const[]){__VA_ARGS__, NULL})

START_TEST(enqueue_tells)
{
	expect_hooks(COMMANDS("create q"), "enqueue q k a", 0, "ready q k");
	expect_hooks(COMMANDS("enqueue q k a"), "enqueue q k b", 0, "");
	expect_hooks(COMMANDS("create q window=50"), "enqueue q k a", 0, "");
	expect_hooks(COMMANDS("create q window=50"), "enqueue q k a", 50, "ready q k");
	expect_hooks(COMMANDS("create q window=50 quiet=10"), "enqueue q k a", 10, "ready q k");
	expect_hooks(COMMANDS("create q window=50 width=1"), "enqueue q k a", 0, "ready q k");
	expect_hooks(COMMANDS("create q"), "enqueue q k a delay=5", 5, "ready q k");
}
END_TEST

START_TEST(the_end_of_a_lease_tells)
{
	expect_hooks(COMMANDS("enqueue q k a", "take q"), "release 1", 0, "ready q k");
	expect_hooks(COMMANDS("enqueue q k a", "take q"), "release 1 delay=5", 0, "");
	expect_hooks(COMMANDS("enqueue q k a", "take q"), "release 1 delay=5", 5, "ready q k");
	expect_hooks(COMMANDS("enqueue q k a", "take q"), "release 1 +undelivered", 0, "ready q k");
	expect_hooks(COMMANDS("enqueue q k a", "take q lease=5"), NULL, 5, "ready q k");
	expect_hooks(COMMANDS("enqueue q k a", "enqueue q k b", "take q"), "finish 1 a:1", 0,
		"ready q k");
	expect_hooks(COMMANDS("enqueue q k a", "take q owner=1"), "owner_gone 1", 1, "ready q k");
	expect_hooks(COMMANDS("enqueue q k a", "take q"), "finish 1", 0, "");
}
END_TEST

START_TEST(held_sets_tell)
{
	expect_hooks(COMMANDS("create q exclusive=1", "enqueue q k a", "take q"), "enqueue q k b",
		0, "");
	expect_hooks(COMMANDS("create q exclusive=1", "enqueue q k a", "take q", "enqueue q k b"),
		"finish 1", 0, "ready q k");
	expect_hooks(COMMANDS("create q exclusive=1 attempts=1", "enqueue q k a", "take q",
			     "enqueue q k b"),
		"release 1", 0, "ready q k");
}
END_TEST

START_TEST(queue_verbs_tell)
{
	expect_hooks(COMMANDS("enqueue q k a", "pause q"), "resume q", 0, "ready q");
	expect_hooks(COMMANDS("enqueue q k a delay=9"), "close q", 0, "ready q");
	expect_hooks(COMMANDS("enqueue q k a", "take q"), "close q", 0, "");
	expect_hooks(COMMANDS("create q"), "close q", 0, "ready q");
	expect_hooks(COMMANDS("create q attempts=1", "enqueue q k a", "take q", "release 1"),
		"kick q", 0, "ready q k");
	expect_hooks(COMMANDS("create q"), "delete q", 0, "gone q");
	expect_hooks(COMMANDS("enqueue q k a"), "delete q +force", 0, "gone q");
}
END_TEST

/* A closed queue that has nothing left: parked dequeues are to be refused. */
START_TEST(exhaustion_tells)
{
	expect_hooks(COMMANDS("enqueue q k a", "take q", "close q"), "finish 1", 0, "ready q");
	expect_hooks(COMMANDS("enqueue q k a", "close q"), "cancel q a", 0, "ready q");
	expect_hooks(COMMANDS("enqueue q k a", "close q"), "purge q all", 0, "ready q");
	expect_hooks(COMMANDS("enqueue q k a", "close q"), "take q lease=0", 0, "ready q");
	expect_hooks(COMMANDS("enqueue q k a ttl=5", "close q"), NULL, 5, "ready q");
	expect_hooks(COMMANDS("create q attempts=1", "enqueue q k a", "take q", "close q"),
		"release 1", 0, "ready q");
	expect_hooks(COMMANDS("create q exclusive=1", "enqueue q k a", "take q", "enqueue q k b",
			     "close q", "cancel q b"),
		"finish 1", 0, "ready q");
}
END_TEST

START_TEST(groups_tell)
{
	expect_hooks(COMMANDS("gcreate g"), "gseal g", 0, "group g");
	expect_hooks(COMMANDS("gcreate g"), "gdelete g", 0, "group g");
	expect_hooks(COMMANDS("gcreate g timeout=5"), NULL, 5, "group g");
	expect_hooks(COMMANDS("gcreate g size=1", "gadd g a"), "gfinish g a", 0, "group g");
	expect_hooks(COMMANDS("gcreate g size=1 queue=q key=k", "gadd g a"), "gfinish g a", 0,
		"group g; ready q k");
	expect_hooks(
		COMMANDS("gcreate g size=1", "enqueue q k a group=g"), "purge q all", 1, "group g");
	expect_hooks(COMMANDS("gcreate g size=1", "enqueue q k a group=g"), "delete q +force", 1,
		"gone q; group g");
}
END_TEST

/* Nobody listens: everything works all the same. */
START_TEST(no_hooks)
{
	struct core_config config;
	const struct core_seed seed = {.incarnation = "x", .first_fence = 5};
	const struct core_hooks hooks = {0};
	const struct queue_args queue = {SPAN("q")};
	struct enqueue_args args = {
		.queue = SPAN("q"), .key = SPAN("k"), .msg = SPAN("1"), .watch = true};
	struct enqueue_answer enqueued;
	struct take_answer taken;
	struct no_answer answer;
	struct refusal refusal;
	struct core *core;

	core_config_init(&config);
	config.queue_idle_ms = 1;
	core = core_new(&config, &seed, &hooks);
	for (int i = 0; i < 2; i++) {
		args.delay_ms = (uint64_t)i;
		args.key = i == 0 ? SPAN("k") : SPAN("j");
		ck_assert_int_eq(core_enqueue(core, 1, &args, &enqueued, &refusal), ERR_NONE);
	}
	ck_assert_int_eq(core_queue_close(core, 1, &queue, &answer, &refusal), ERR_NONE);
	ck_assert_int_eq(core_queue_resume(core, 1, &queue, &answer, &refusal), ERR_NONE);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(
			core_take(core, 1,
				&(struct take_args){.queue = SPAN("q"), .has_lease_ms = true},
				&taken, &refusal),
			ERR_NONE);
		ck_assert(taken.found);
	}
	core_check(core);
	ck_assert(!core_tick(core, 3000000, 100));
	ck_assert_int_eq(core_queue_close(core, 1, &queue, &answer, &refusal), ERR_NO_SUCH_QUEUE);
	core_free(core);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		enqueue_tells,
		the_end_of_a_lease_tells,
		held_sets_tell,
		queue_verbs_tell,
		exhaustion_tells,
		groups_tell,
		no_hooks,
	};

	return rig_main("core_hooks", RIG_TESTS(tests));
}
