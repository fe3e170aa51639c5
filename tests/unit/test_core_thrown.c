/*
 * What was thrown away and is not worked off yet: purged sets, deleted queues. It must
 * look gone at once, whatever is done before the reaper comes.
 */
#include <config.h>

#include <string.h>

#include "core_rig.h"

START_TEST(purged_ops_are_unknown_at_once)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	EXPECT(&rig, "enqueue q j c", "new d2 w1");
	EXPECT(&rig, "purge q pending", "2/3");
	EXPECT(&rig, "stats q", "enqueued=3 merged=1 purged=3");
	EXPECT(&rig, "peek q ready", "");
	EXPECT(&rig, "take q", "none");
	EXPECT(&rig, "cancel q a", "!no_such_op");
	EXPECT(&rig, "enqueue q k b", "new d1 w1");
	EXPECT(&rig, "purge q pending", "1/1");
	EXPECT(&rig, "enqueue q k b", "new d1 w1");
	rig_settle(&rig);
	EXPECT(&rig, "stats q", "depth=1 ready=1 ops=1 enqueued=5 merged=1 purged=4");
	EXPECT(&rig, "take q", "1 k a1 [b]");
	rig_fini(&rig);
}
END_TEST

/* A queue may go while sets purged from it are still being worked off. */
START_TEST(purge_then_delete)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "purge q all", "1/1");
	EXPECT(&rig, "delete q", "ok");
	EXPECT(&rig, "stats q", "!no_such_queue");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	EXPECT(&rig, "purge q pending", "1/2");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "delete q +force", "ok");
	rig_settle(&rig);
	EXPECT(&rig, "queues", "");
	rig_fini(&rig);
}
END_TEST

START_TEST(purge_then_idle)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.queue_idle_ms = 10;
	rig_configure(&rig);
	for (char key[] = "enqueue q a"; key[10] <= 'z'; key[10]++)
		ck_assert_ptr_nonnull(strstr(rig_do(&rig, key), "new"));
	EXPECT(&rig, "purge q all", "26/26");
	rig.now_ns += 10 * 1000000;
	while (core_tick(rig.core, rig.now_ns, 1))
		core_check(rig.core);
	EXPECT(&rig, "queues", "");
	rig_fini(&rig);
}
END_TEST

/* Leases of a deleted queue are lost at once, and no longer counted. */
START_TEST(deleted_with_leases)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q j b", "new d2 w1");
	EXPECT(&rig, "enqueue q i c", "new d3 w1");
	EXPECT(&rig, "take q owner=7", "1 k a1 [a]");
	EXPECT(&rig, "take q", "2 j a1 [b]");
	EXPECT(&rig, "delete q", "!queue_busy");
	rig_hooks(&rig);
	EXPECT(&rig, "delete q +force", "ok");
	EXPECT_HOOKS(&rig, "gone q");
	EXPECT(&rig, "finish 1", "!lease_lost");
	EXPECT(&rig, "release 1", "!lease_lost");
	EXPECT(&rig, "extend 2", "!lease_lost");
	EXPECT(&rig, "totals", "q0 g0 l0 enqueued=3 dequeued=2 deleted=3 refused m0 q0 g0 o0");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q owner=7", "3 k a1 [a]");
	EXPECT(&rig, "owner_gone 7", "ok");
	rig_settle(&rig);
	EXPECT(&rig, "totals",
		"q1 g0 l0 enqueued=4 dequeued=3 released=1 deleted=3 "
		"refused m0 q0 g0 o0");
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		purged_ops_are_unknown_at_once,
		purge_then_delete,
		purge_then_idle,
		deleted_with_leases,
	};

	return rig_main("core_thrown", RIG_TESTS(tests));
}
