/*
 * Cancel in every state, and watches.
 */
#include <config.h>

#include "core_rig.h"

START_TEST(in_every_state)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "cancel q a", "!no_such_queue");
	EXPECT(&rig, "create q exclusive=1 attempts=1",
		"created depth=65536 width=1024 lease=30000 attempts=1 exclusive=1");
	EXPECT(&rig, "cancel q a", "!no_such_op");
	EXPECT(&rig, "enqueue q dead a", "new d1 w1");
	EXPECT(&rig, "take q", "1 dead a1 [a]");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "enqueue q leased b", "new d1 w1");
	EXPECT(&rig, "take q", "2 leased a1 [b]");
	EXPECT(&rig, "enqueue q leased c +watch", "old d0 w1 watch=1");
	EXPECT(&rig, "enqueue q leased d", "old d0 w2");
	EXPECT(&rig, "enqueue q ready e ttl=100 +watch", "new d1 w1 watch=2");
	EXPECT(&rig, "enqueue q ready f", "old d1 w2");
	EXPECT(&rig, "enqueue q waiting g delay=10 +watch", "new d2 w1 watch=3");
	EXPECT(&rig, "cancel q b", "!op_busy");
	rig_hooks(&rig);
	EXPECT(&rig, "cancel q c", "ok");
	EXPECT(&rig, "cancel q c", "!no_such_op");
	EXPECT(&rig, "cancel q e", "ok");
	EXPECT(&rig, "cancel q g", "ok");
	EXPECT(&rig, "cancel q a", "ok");
	EXPECT_HOOKS(&rig, "watch 1; watch 2; watch 3");
	EXPECT(&rig, "poll 1", "cancelled");
	EXPECT(&rig, "poll 1", "!no_such_op");
	EXPECT(&rig, "stats q",
		"depth=1 ready=1 held=1 leased=1 ops=3 enqueued=7 merged=2 "
		"dequeued=2 released=1 died=1 cancelled=4");
	EXPECT(&rig, "cancel q d", "ok"); /* the last held one */
	EXPECT(&rig, "finish 2", "f1 r0");
	EXPECT(&rig, "take q", "3 ready a1 [f]");
	EXPECT(&rig, "finish 3", "f1 r0");
	EXPECT(&rig, "delete q", "ok");
	rig_fini(&rig);
}
END_TEST

START_TEST(the_last_op_of_a_closed_queue)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "close q", "ok");
	rig_hooks(&rig);
	EXPECT(&rig, "cancel q a", "ok");
	EXPECT_HOOKS(&rig, "ready q");
	EXPECT(&rig, "take q", "!queue_closed");
	rig_fini(&rig);
}
END_TEST

START_TEST(tells_the_group)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g size=1", "ok");
	EXPECT(&rig, "enqueue q k a group=g", "new d1 w1");
	EXPECT(&rig, "cancel q a", "ok");
	EXPECT(&rig, "gpoll g", "done ops=1 out=0 failed=1 [a/k=cancelled]");
	rig_fini(&rig);
}
END_TEST

START_TEST(watches_dropped_and_kept)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "poll 1", "!no_such_op");
	EXPECT(&rig, "drop 1", "ok");
	EXPECT(&rig, "enqueue q k a +watch", "new d1 w1 watch=1");
	for (int i = 2; i <= 5; i++)
		rig_do(&rig, "enqueue q k a +watch");
	EXPECT(&rig, "drop 5", "ok"); /* the first, the middle and the last of its chain */
	EXPECT(&rig, "drop 3", "ok");
	EXPECT(&rig, "drop 1", "ok");
	EXPECT(&rig, "poll 3", "!no_such_op");
	EXPECT(&rig, "poll 2", "none");
	EXPECT(&rig, "poll 2", "none");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	rig_hooks(&rig);
	EXPECT(&rig, "finish 1 result=\"r\"", "f1 r0");
	EXPECT_HOOKS(&rig, "watch 4; watch 2");
	EXPECT(&rig, "drop 4", "ok"); /* ended and not polled */
	EXPECT(&rig, "poll 2", "result:\"r\"");
	EXPECT(&rig, "poll 2", "!no_such_op");
	rig_fini(&rig);
}
END_TEST

START_TEST(watches_survive_release_and_expiry)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a +watch", "new d1 w1 watch=1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "take q", "2 k a2 [a]");
	rig_pass_ms(&rig, 30000);
	EXPECT(&rig, "poll 1", "none");
	EXPECT(&rig, "take q", "3 k a3 [a]");
	EXPECT(&rig, "finish 3 error={}", "f1 r0");
	EXPECT(&rig, "poll 1", "error:{}");
	rig_fini(&rig);
}
END_TEST

/* Watches outlive their op; the core takes those left with it. */
START_TEST(watches_left_at_the_end)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a +watch", "new d1 w1 watch=1");
	EXPECT(&rig, "enqueue q k b +watch", "old d1 w2 watch=2");
	EXPECT(&rig, "cancel q a", "ok");
	EXPECT(&rig, "take q owner=1", "1 k a1 [b]");
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		in_every_state,
		the_last_op_of_a_closed_queue,
		tells_the_group,
		watches_dropped_and_kept,
		watches_survive_release_and_expiry,
		watches_left_at_the_end,
	};

	return rig_main("core_cancel", RIG_TESTS(tests));
}
