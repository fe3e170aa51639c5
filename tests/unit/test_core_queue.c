/*
 * A queue's life: created, configured, purged, deleted, forgotten.
 */
#include <config.h>

#include "base/clock.h"
#include "core_rig.h"

#define DEFAULTS "depth=65536 width=1024 lease=30000"

START_TEST(create)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q", "created " DEFAULTS);
	EXPECT(&rig, "create q", "there " DEFAULTS);
	EXPECT(&rig, "create q depth=65536", "there " DEFAULTS);
	EXPECT(&rig, "create q depth=1", "!queue_exists depth");
	EXPECT(&rig, "create q width=1", "!queue_exists width");
	EXPECT(&rig, "create q window=1", "!queue_exists window_ms");
	EXPECT(&rig, "create q quiet=1", "!queue_exists quiet_ms");
	EXPECT(&rig, "create q lease=1", "!queue_exists lease_ms");
	EXPECT(&rig, "create q attempts=1", "!queue_exists max_attempts");
	EXPECT(&rig, "create q exclusive=1", "!queue_exists exclusive");
	EXPECT(&rig, "create q exclusive=0 lease=30000", "there " DEFAULTS);
	EXPECT(&rig, "create p depth=1 width=2 window=3 quiet=4 lease=5 attempts=6 exclusive=1",
		"created depth=1 width=2 window=3 quiet=4 lease=5 attempts=6 exclusive=1");
	EXPECT(&rig, "queues", "p q");
	rig.config.max_queues = 2;
	rig_configure(&rig);
	EXPECT(&rig, "create o", "!limit max_queues 2");
	EXPECT(&rig, "create p width=2",
		"there depth=1 width=2 window=3 quiet=4 lease=5 attempts=6 exclusive=1");
	EXPECT(&rig, "delete q", "ok");
	EXPECT(&rig, "create o", "created " DEFAULTS);
	EXPECT(&rig, "totals", "q2 g0 l0 refused m0 q1 g0 o0");
	rig_fini(&rig);
}
END_TEST

START_TEST(update)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "update q depth=1", "!no_such_queue");
	EXPECT(&rig, "create q", "created " DEFAULTS);
	EXPECT(&rig, "enqueue q a 1", "new d1 w1");
	EXPECT(&rig, "enqueue q a 2", "old d1 w2");
	EXPECT(&rig, "enqueue q b 3", "new d2 w1");
	EXPECT(&rig, "update q depth=1 width=1", "now depth=1 width=1 lease=30000");
	EXPECT(&rig, "stats q +gauges", "depth=2 ready=2 ops=3"); /* nothing is lost */
	EXPECT(&rig, "enqueue q a 4", "!saturated_width 1");
	EXPECT(&rig, "enqueue q c 4", "!saturated_depth 1");
	EXPECT(&rig, "update q", "now depth=1 width=1 lease=30000");
	EXPECT(&rig, "update q depth=9 width=8 window=7 quiet=6 lease=5 attempts=4 exclusive=1",
		"now depth=9 width=8 window=7 quiet=6 lease=5 attempts=4 exclusive=1");
	EXPECT(&rig, "take q", "1 a a1 lease=5 [1 2]");
	rig_fini(&rig);
}
END_TEST

START_TEST(purge_each_scope)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "purge q all", "!no_such_queue");
	EXPECT(&rig, "create q exclusive=1 attempts=1",
		"created " DEFAULTS " attempts=1 exclusive=1");
	EXPECT(&rig, "enqueue q dead a", "new d1 w1");
	EXPECT(&rig, "take q", "1 dead a1 [a]");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "enqueue q leased b", "new d1 w1");
	EXPECT(&rig, "take q", "2 leased a1 [b]");
	EXPECT(&rig, "enqueue q leased c +watch", "old d0 w1 watch=1");
	EXPECT(&rig, "enqueue q ready d +watch", "new d1 w1 watch=2");
	EXPECT(&rig, "enqueue q waiting e delay=10 +watch", "new d2 w1 watch=3");
	EXPECT(&rig, "purge q pending", "2/2");
	EXPECT(&rig, "stats q +gauges", "held=1 leased=1 dead=1 ops=2");
	EXPECT(&rig, "poll 2", "none"); /* told when the reaper comes to it */
	rig_settle(&rig);
	EXPECT(&rig, "poll 2", "purged");
	EXPECT(&rig, "poll 3", "purged");
	EXPECT(&rig, "purge q held", "1/1");
	rig_settle(&rig);
	EXPECT(&rig, "poll 1", "purged");
	EXPECT(&rig, "purge q dead", "1/1");
	EXPECT(&rig, "purge q all", "0/0"); /* never what is leased */
	EXPECT(&rig, "stats q", "leased=1 ops=1 enqueued=5 dequeued=2 released=1 died=1 purged=4");
	EXPECT(&rig, "finish 2", "f1 r0");
	EXPECT(&rig, "enqueue q ready d", "new d1 w1");
	EXPECT(&rig, "purge q all", "1/1");
	rig_fini(&rig);
}
END_TEST

START_TEST(delete)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "delete q", "!no_such_queue");
	EXPECT(&rig, "create q", "created " DEFAULTS);
	rig_hooks(&rig);
	EXPECT(&rig, "delete q", "ok");
	EXPECT_HOOKS(&rig, "gone q");
	EXPECT(&rig, "queues", "");
	EXPECT(&rig, "gcreate g", "ok");
	EXPECT(&rig, "enqueue q a 1 group=g +watch", "new d1 w1 watch=1");
	EXPECT(&rig, "enqueue q b 2 delay=5 ttl=9", "new d2 w1");
	EXPECT(&rig, "take q", "1 a a1 [1@g]");
	EXPECT(&rig, "delete q", "!queue_busy");
	EXPECT(&rig, "delete q +force", "ok");
	EXPECT(&rig, "take q", "!no_such_queue");
	EXPECT(&rig, "cancel q 2", "!no_such_queue");
	EXPECT(&rig, "create q", "created " DEFAULTS);
	EXPECT(&rig, "enqueue q b 2", "new d1 w1");
	rig_pass_ms(&rig, 10);
	EXPECT(&rig, "gpoll g", "open ops=1 out=0 failed=1 [1/a=deleted]");
	EXPECT(&rig, "poll 1", "deleted");
	EXPECT(&rig, "take q", "2 b a1 [2]");
	EXPECT(&rig, "stats q", "leased=1 ops=1 enqueued=1 dequeued=1");
	EXPECT(&rig, "totals", "q1 g1 l1 enqueued=3 dequeued=2 deleted=2 refused m0 q0 g0 o0");
	rig_fini(&rig);
}
END_TEST

/* Timers of what is doomed may fire before the reaper comes. */
START_TEST(timers_of_a_deleted_queue)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q exclusive=1", "created " DEFAULTS " exclusive=1");
	EXPECT(&rig, "enqueue q a 1 delay=10", "new d1 w1");
	EXPECT(&rig, "enqueue q b 2 ttl=10", "new d2 w1");
	EXPECT(&rig, "enqueue q c 3", "new d3 w1");
	EXPECT(&rig, "enqueue q c 4 ttl=10 +watch", "old d3 w2 watch=1");
	EXPECT(&rig, "take q key=c lease=10 owner=4", "1 c a1 lease=10 [3 4]");
	EXPECT(&rig, "enqueue q c 5 ttl=10", "old d2 w1");
	EXPECT(&rig, "delete q +force", "ok");
	EXPECT(&rig, "owner_gone 4", "ok");
	rig.now_ns += 20 * NS_PER_MS;
	while (core_tick(rig.core, rig.now_ns, 1))
		core_check(rig.core);
	EXPECT(&rig, "poll 1", "deleted");
	EXPECT(&rig, "totals",
		"q0 g0 l0 enqueued=5 merged=1 dequeued=1 deleted=5 "
		"refused m0 q0 g0 o0");
	rig_fini(&rig);
}
END_TEST

START_TEST(forgotten_when_idle)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.queue_idle_ms = 100;
	rig_configure(&rig);
	EXPECT(&rig, "create made", "created " DEFAULTS);
	EXPECT(&rig, "take used +create", "none");
	rig_pass_ms(&rig, 60);
	EXPECT(&rig, "take used", "none"); /* touched again */
	rig_pass_ns(&rig, 100 * NS_PER_MS - 1);
	EXPECT(&rig, "queues", "made used");
	rig_pass_ns(&rig, 1);
	EXPECT(&rig, "queues", "made");
	EXPECT(&rig, "enqueue used k a", "new d1 w1");
	rig_pass_ms(&rig, 1000); /* not empty */
	EXPECT(&rig, "take used", "1 k a1 [a]");
	EXPECT(&rig, "finish 1", "f1 r0");
	rig.in_use = true;
	rig_pass_ms(&rig, 1000); /* somebody waits for it */
	EXPECT(&rig, "queues", "made used");
	rig.in_use = false;
	rig_pass_ms(&rig, 100);
	EXPECT(&rig, "queues", "made");
	EXPECT_HOOKS(&rig, "ready used k");
	rig_fini(&rig);
}
END_TEST

START_TEST(asked_for_by_name_it_stays)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.queue_idle_ms = 100;
	rig_configure(&rig);
	EXPECT(&rig, "take q +create", "none");
	EXPECT(&rig, "create q", "there " DEFAULTS);
	rig_pass_ms(&rig, 1000);
	EXPECT(&rig, "pause q", "ok");
	rig_pass_ms(&rig, 1000);
	EXPECT(&rig, "queues", "q");
	rig_fini(&rig);
}
END_TEST

START_TEST(idle_time_is_configured_anew)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.queue_idle_ms = 100;
	rig_configure(&rig);
	EXPECT(&rig, "take q +create", "none");
	rig.config.queue_idle_ms = 0; /* never */
	rig_configure(&rig);
	rig_pass_ms(&rig, 1000);
	EXPECT(&rig, "take q", "none");
	rig_pass_ms(&rig, 1000);
	EXPECT(&rig, "queues", "q");
	rig.config.queue_idle_ms = 50;
	rig_configure(&rig);
	EXPECT(&rig, "take q", "none");
	rig_pass_ms(&rig, 50);
	EXPECT(&rig, "queues", "");
	rig_fini(&rig);
}
END_TEST

/* Every verb that uses a queue keeps it from being idle; looking at it does not. */
START_TEST(what_counts_as_use)
{
	static const char *const uses[] = {"take q", "update q", "open q", "resume q",
		"purge q all", "kick q", "cancel q x", "close q", "pause q"};
	static const char *const looks[] = {"stats q", "peek q ready", "queues"};
	struct rig rig;

	rig_init(&rig);
	rig.config.queue_idle_ms = 100;
	rig_configure(&rig);
	EXPECT(&rig, "take q +create", "none");
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		rig_pass_ms(&rig, 99);
		rig_do(&rig, uses[i]);
	}
	rig_pass_ms(&rig, 99);
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		rig_do(&rig, looks[i]);
	EXPECT(&rig, "queues", "q");
	rig_pass_ms(&rig, 1);
	EXPECT(&rig, "queues", "");
	rig_fini(&rig);
}
END_TEST

START_TEST(defaults)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.queue_defaults = (struct queue_options){.depth = 1,
		.width = 2,
		.lease_ms = 3,
		.window_ms = 4,
		.quiet_ms = 5,
		.max_attempts = 6,
		.exclusive = true};
	rig_configure(&rig);
	EXPECT(&rig, "take q +create", "none");
	EXPECT(&rig, "create q",
		"there depth=1 width=2 window=4 quiet=5 lease=3 attempts=6 exclusive=1");
	EXPECT(&rig, "create p exclusive=0",
		"created depth=1 width=2 window=4 quiet=5 lease=3 attempts=6");
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		create,
		update,
		purge_each_scope,
		delete,
		timers_of_a_deleted_queue,
		forgotten_when_idle,
		asked_for_by_name_it_stays,
		idle_time_is_configured_anew,
		what_counts_as_use,
		defaults,
	};

	return rig_main("core_queue", RIG_TESTS(tests));
}
