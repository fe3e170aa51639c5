/*
 * Closing and opening, pausing and resuming.
 */
#include <config.h>

#include "base/clock.h"
#include "core_rig.h"

START_TEST(closed_until_exhausted)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q j b", "new d2 w1");
	EXPECT(&rig, "close q", "ok");
	EXPECT(&rig, "close q", "ok");
	EXPECT(&rig, "enqueue q k c", "!queue_closed");
	EXPECT(&rig, "enqueue q k a", "dup d2 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "take q", "2 j a1 [b]");
	EXPECT(&rig, "take q", "none");
	EXPECT(&rig, "finish 1", "f1 r0");
	EXPECT(&rig, "take q", "none");
	rig_hooks(&rig);
	EXPECT(&rig, "finish 2", "f1 r0");
	EXPECT_HOOKS(&rig, "ready q");
	EXPECT(&rig, "take q", "!queue_closed");
	EXPECT(&rig, "stats q", "enqueued=2 dequeued=2 finished=2 closed");
	EXPECT(&rig, "open q", "ok");
	EXPECT(&rig, "take q", "none");
	EXPECT(&rig, "enqueue q k c", "new d1 w1");
	rig_fini(&rig);
}
END_TEST

/* Nothing is left once the take has found that the last op's time is over. */
START_TEST(exhausted_by_the_take_itself)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a ttl=5", "new d1 w1");
	EXPECT(&rig, "close q", "ok");
	rig.now_ns += ms_to_ns(5);
	EXPECT(&rig, "take q", "!queue_closed");
	EXPECT(&rig, "stats q", "enqueued=1 expired=1 closed");
	rig_fini(&rig);
}
END_TEST

START_TEST(close_ends_windows_and_delays)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q window=1000",
		"created depth=65536 width=1024 window=1000 lease=30000");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q j b delay=5000", "new d2 w1");
	EXPECT(&rig, "stats q +gauges", "depth=2 waiting=2 ops=2");
	rig_hooks(&rig);
	EXPECT(&rig, "close q", "ok");
	EXPECT_HOOKS(&rig, "ready q");
	EXPECT(&rig, "stats q +gauges", "depth=2 ready=2 ops=2 closed");
	EXPECT(&rig, "peek q waiting", "");
	EXPECT(&rig, "peek q ready", "k ready a0 [a]; j ready a0 [b]");
	EXPECT(&rig, "peek q ready key=j", "j ready a0 [b]");
	EXPECT(&rig, "take q key=j", "1 j a1 [b]");
	rig_settle(&rig);
	EXPECT_HOOKS(&rig, "ready q k");
	EXPECT(&rig, "take q", "2 k a1 [a]");
	rig_fini(&rig);
}
END_TEST

/* Opened again in the same step: the windows that the close ended stay ended. */
START_TEST(opened_again_before_windows_are_worked_off)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q window=1000 quiet=10",
		"created depth=65536 width=1024 window=1000 quiet=10 lease=30000");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q j b", "new d2 w1");
	EXPECT(&rig, "close q", "ok");
	EXPECT(&rig, "open q", "ok");
	EXPECT(&rig, "enqueue q i c", "new d3 w1");
	EXPECT(&rig, "enqueue q k d", "old d3 w2");
	EXPECT(&rig, "stats q +gauges", "depth=3 ready=2 waiting=1 ops=4");
	EXPECT(&rig, "peek q ready", "k ready a0 [a d]; j ready a0 [b]");
	EXPECT(&rig, "peek q waiting key=k", "");
	EXPECT(&rig, "peek q waiting", "i waiting a0 [c]");
	EXPECT(&rig, "take q key=k", "1 k a1 [a d]");
	EXPECT(&rig, "take q", "2 j a1 [b]");
	EXPECT(&rig, "take q", "none");
	rig_settle(&rig);
	EXPECT(&rig, "stats q +gauges", "depth=1 waiting=1 leased=2 ops=4");
	EXPECT(&rig, "close q", "ok");
	EXPECT(&rig, "cancel q c", "ok");
	rig_settle(&rig);
	rig_fini(&rig);
}
END_TEST

START_TEST(a_closed_and_empty_queue)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "close q", "!no_such_queue");
	EXPECT(&rig, "take q +create", "none");
	rig_hooks(&rig);
	EXPECT(&rig, "close q", "ok");
	EXPECT_HOOKS(&rig, "ready q");
	EXPECT(&rig, "take q", "!queue_closed");
	EXPECT(&rig, "take q +create", "!queue_closed");
	EXPECT(&rig, "pause q", "ok");
	EXPECT(&rig, "take q", "!queue_closed");
	rig_fini(&rig);
}
END_TEST

/* What goes back to a closed queue goes out again, without its delay. */
START_TEST(going_back_to_a_closed_queue)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q exclusive=1 window=100",
		"created depth=65536 width=1024 window=100 lease=30000 exclusive=1");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	rig_pass_ms(&rig, 100);
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "enqueue q k b", "old d0 w1");
	EXPECT(&rig, "close q", "ok");
	EXPECT(&rig, "release 1 delay=1000", "r1");
	EXPECT(&rig, "take q", "2 k a2 [a b]");
	EXPECT(&rig, "open q", "ok");
	EXPECT(&rig, "enqueue q k c", "old d0 w1");
	EXPECT(&rig, "close q", "ok");
	EXPECT(&rig, "finish 2", "f2 r0");
	EXPECT(&rig, "take q", "3 k a1 [c]");
	EXPECT(&rig, "finish 3", "f1 r0");
	EXPECT(&rig, "take q", "!queue_closed");
	rig_fini(&rig);
}
END_TEST

START_TEST(pause)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "pause q", "!no_such_queue");
	EXPECT(&rig, "resume q", "!no_such_queue");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "pause q", "ok");
	EXPECT(&rig, "take q", "none");
	EXPECT(&rig, "take q key=k", "none");
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	EXPECT(&rig, "stats q", "depth=1 ready=1 ops=2 enqueued=2 merged=1 paused");
	rig_hooks(&rig);
	EXPECT(&rig, "resume q", "ok");
	EXPECT_HOOKS(&rig, "ready q");
	EXPECT(&rig, "take q", "1 k a1 [a b]");
	EXPECT(&rig, "pause q", "ok");
	EXPECT(&rig, "finish 1", "f2 r0");
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		exhausted_by_the_take_itself,
		closed_until_exhausted,
		close_ends_windows_and_delays,
		opened_again_before_windows_are_worked_off,
		a_closed_and_empty_queue,
		going_back_to_a_closed_queue,
		pause,
	};

	return rig_main("core_close", RIG_TESTS(tests));
}
