/*
 * Exclusive queues: what is held aside while its key is worked on, and what
 * becomes of it when the lease ends.
 */
#include <config.h>

#include "core_rig.h"

#define EXCLUSIVE "create q exclusive=1"
#define CREATED   "created depth=65536 width=1024 lease=30000 exclusive=1"

START_TEST(finish_makes_a_new_set_at_the_tail)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, EXCLUSIVE, CREATED);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "enqueue q k b", "old d0 w1");
	EXPECT(&rig, "enqueue q j x", "new d1 w1");
	EXPECT(&rig, "enqueue q k c", "old d1 w2");
	EXPECT(&rig, "stats q +gauges", "depth=1 ready=1 held=1 leased=1 ops=4");
	EXPECT(&rig, "peek q held", "k held a0 [b c]");
	EXPECT(&rig, "take q key=k", "none");
	rig_pass_ms(&rig, 5);
	EXPECT(&rig, "enqueue q i y", "new d2 w1");
	EXPECT(&rig, "finish 1", "f1 r0");
	EXPECT(&rig, "peek q ready", "j ready a0 [x]; i ready a0 [y]; k ready a0 [b c]");
	EXPECT(&rig, "take q", "2 j a1 [x]");
	EXPECT(&rig, "take q", "3 i a1 [y]");
	EXPECT(&rig, "take q", "4 k a1 [b c]");
	rig_fini(&rig);
}
END_TEST

/* It is a new set: its window began with its first op. */
START_TEST(window_of_what_was_held)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q exclusive=1 window=100",
		"created depth=65536 width=1024 window=100 lease=30000 exclusive=1");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	rig_pass_ms(&rig, 100);
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "enqueue q k b", "old d0 w1");
	rig_pass_ms(&rig, 60);
	EXPECT(&rig, "finish 1", "f1 r0");
	EXPECT(&rig, "stats q +gauges", "depth=1 waiting=1 ops=1");
	rig_pass_ms(&rig, 39);
	EXPECT(&rig, "take q", "none");
	rig_pass_ms(&rig, 1);
	EXPECT(&rig, "take q", "2 k a1 [b]");
	rig_fini(&rig);
}
END_TEST

START_TEST(release_and_expiry_take_it_along)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, EXCLUSIVE, CREATED);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q j x", "new d2 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "enqueue q k b", "old d1 w1");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "peek q ready", "k ready a1 [a b]; j ready a0 [x]");
	EXPECT(&rig, "take q", "2 k a2 [a b]");
	EXPECT(&rig, "enqueue q k c", "old d1 w1");
	rig_pass_ms(&rig, 30000);
	EXPECT(&rig, "peek q ready", "k ready a2 [a b c]; j ready a0 [x]");
	rig_fini(&rig);
}
END_TEST

/* Some ops finished, the rest goes back: the held ones go with them. */
START_TEST(partial_finish_takes_it_along)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, EXCLUSIVE, CREATED);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	EXPECT(&rig, "take q", "1 k a1 [a b]");
	EXPECT(&rig, "enqueue q k c", "old d0 w1");
	EXPECT(&rig, "finish 1 a:1", "f1 r1");
	EXPECT(&rig, "peek q ready", "k ready a1 [b c]");
	rig_fini(&rig);
}
END_TEST

START_TEST(width_bounds_it_and_depth_does_not)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q exclusive=1 depth=1 width=2",
		"created depth=1 width=2 lease=30000 exclusive=1");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "enqueue q j x", "new d1 w1");
	EXPECT(&rig, "enqueue q k b", "old d1 w1");
	EXPECT(&rig, "enqueue q k c", "old d1 w2");
	EXPECT(&rig, "enqueue q k d", "!saturated_width 2");
	EXPECT(&rig, "enqueue q i y", "!saturated_depth 1");
	EXPECT(&rig, "finish 1", "f1 r0");
	EXPECT(&rig, "stats q +gauges", "depth=2 ready=2 ops=3");
	EXPECT(&rig, "enqueue q k d", "!saturated_width 2");
	rig_fini(&rig);
}
END_TEST

/* The returned set may grow beyond width; nothing is dropped. */
START_TEST(going_back_may_exceed_width)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q exclusive=1 width=2",
		"created depth=65536 width=2 lease=30000 exclusive=1");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	EXPECT(&rig, "take q", "1 k a1 [a b]");
	EXPECT(&rig, "enqueue q k c", "old d0 w1");
	EXPECT(&rig, "enqueue q k d", "old d0 w2");
	EXPECT(&rig, "release 1", "r2");
	EXPECT(&rig, "take q", "2 k a2 [a b c d]");
	EXPECT(&rig, "stats q +gauges", "leased=1 ops=4");
	rig_fini(&rig);
}
END_TEST

/* The record of the key must go with the lease, though purged ops hang on it. */
START_TEST(purged_while_held_then_finished)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, EXCLUSIVE, CREATED);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "enqueue q k b", "old d0 w1");
	EXPECT(&rig, "purge q held", "1/1");
	EXPECT(&rig, "finish 1", "f1 r0");
	rig_settle(&rig);
	EXPECT(&rig, "delete q", "ok");
	rig_fini(&rig);
}
END_TEST

START_TEST(purged_while_held_then_released)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, EXCLUSIVE, CREATED);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "enqueue q k b", "old d0 w1");
	EXPECT(&rig, "purge q held", "1/1");
	EXPECT(&rig, "enqueue q k c", "old d0 w1");
	EXPECT(&rig, "purge q held", "1/1");
	EXPECT(&rig, "peek q held key=k", "");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "peek q held key=k", "");
	EXPECT(&rig, "take q", "2 k a2 [a]");
	EXPECT(&rig, "finish 2", "f1 r0");
	rig_settle(&rig);
	EXPECT(&rig, "delete q", "ok");
	rig_fini(&rig);
}
END_TEST

/* Exclusive is switched off meanwhile, so the key has a set of its own that waits. */
START_TEST(held_ops_join_a_set_that_waits)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, EXCLUSIVE, CREATED);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "enqueue q k b", "old d0 w1");
	EXPECT(&rig, "enqueue q k c", "old d0 w2");
	EXPECT(&rig, "update q exclusive=0", "now depth=65536 width=1024 lease=30000");
	EXPECT(&rig, "enqueue q k d delay=5000", "new d1 w1");
	EXPECT(&rig, "finish 1", "f1 r0");
	EXPECT(&rig, "stats q +gauges", "depth=1 waiting=1 ops=3");
	EXPECT(&rig, "peek q waiting", "k waiting a0 [b c d]");
	rig_pass_ms(&rig, 4999);
	EXPECT(&rig, "take q", "none");
	rig_pass_ms(&rig, 1);
	EXPECT(&rig, "take q", "2 k a1 [b c d]");
	rig_fini(&rig);
}
END_TEST

/* A kick while the key is worked on: behind what is held, before what comes later. */
START_TEST(kicked_ops_are_held_in_order)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q exclusive=1 attempts=1",
		"created depth=65536 width=1024 lease=30000 attempts=1 exclusive=1");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "release 1", "r1");
	rig_pass_ms(&rig, 1);
	EXPECT(&rig, "enqueue q k b", "new d1 w1");
	EXPECT(&rig, "take q", "2 k a1 [b]");
	EXPECT(&rig, "enqueue q k c", "old d0 w1");
	EXPECT(&rig, "kick q", "1");
	EXPECT(&rig, "enqueue q j x", "new d1 w1");
	EXPECT(&rig, "enqueue q k d", "old d1 w3");
	EXPECT(&rig, "finish 2", "f1 r0");
	EXPECT(&rig, "peek q ready", "j ready a0 [x]; k ready a0 [c a d]");
	rig_fini(&rig);
}
END_TEST

/*
 * What a queue held while it was exclusive, beside a set that waits since it is not; what was
 * thrown away of the two is out of sight at once. Where one waits, nothing is held.
 */
START_TEST(exclusive_no_more_and_again)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q exclusive=1",
		"created depth=65536 width=1024 lease=30000 exclusive=1");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "enqueue q k b", "old d0 w1");
	EXPECT(&rig, "update q exclusive=0", "now depth=65536 width=1024 lease=30000");
	EXPECT(&rig, "enqueue q k c", "new d1 w1");
	EXPECT(&rig, "update q exclusive=1", "now depth=65536 width=1024 lease=30000 exclusive=1");
	EXPECT(&rig, "enqueue q k d", "old d1 w2");
	EXPECT(&rig, "peek q held", "k held a0 [b]");
	EXPECT(&rig, "purge q held", "1/1");
	EXPECT(&rig, "enqueue q k e", "old d1 w3");
	EXPECT(&rig, "peek q held", "");
	EXPECT(&rig, "finish 1", "f1 r0");
	EXPECT(&rig, "take q", "2 k a1 [c d e]");
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		finish_makes_a_new_set_at_the_tail,
		window_of_what_was_held,
		release_and_expiry_take_it_along,
		partial_finish_takes_it_along,
		width_bounds_it_and_depth_does_not,
		going_back_may_exceed_width,
		purged_while_held_then_finished,
		purged_while_held_then_released,
		held_ops_join_a_set_that_waits,
		kicked_ops_are_held_in_order,
		exclusive_no_more_and_again,
	};

	return rig_main("core_held", RIG_TESTS(tests));
}
