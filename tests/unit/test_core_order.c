/*
 * The order in which sets are handed out, and that nothing loses its place in it.
 */
#include <config.h>

#include "core_rig.h"

START_TEST(oldest_first)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q c 1", "new d1 w1");
	EXPECT(&rig, "enqueue q a 2", "new d2 w1");
	EXPECT(&rig, "enqueue q c 3", "old d2 w2");
	EXPECT(&rig, "enqueue q b 4", "new d3 w1");
	EXPECT(&rig, "take q", "1 c a1 [1 3]");
	EXPECT(&rig, "take q", "2 a a1 [2]");
	EXPECT(&rig, "take q", "3 b a1 [4]");
	EXPECT(&rig, "take q", "none");
	rig_fini(&rig);
}
END_TEST

/* Sets come back in any order; each stands where it stood. */
START_TEST(returned_sets_stand_at_their_old_place)
{
	struct rig rig;

	rig_init(&rig);
	for (const char *c = "abcdefgh"; *c != '\0'; c++) {
		char command[] = "enqueue q k1 o1";

		command[11] = command[14] = *c;
		rig_do(&rig, command);
		rig_pass_ms(&rig, 1);
	}
	for (int i = 1; i <= 6; i++)
		rig_do(&rig, "take q");
	EXPECT(&rig, "release 5", "r1");
	EXPECT(&rig, "release 2", "r1");
	EXPECT(&rig, "release 6", "r1");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "peek q ready",
		"ka ready a1 [oa]; kb ready a1 [ob]; ke ready a1 [oe]; kf ready a1 [of]; "
		"kg ready a0 [og]; kh ready a0 [oh]");
	EXPECT(&rig, "take q", "7 ka a2 [oa]");
	EXPECT(&rig, "release 4", "r1");
	EXPECT(&rig, "take q", "8 kb a2 [ob]");
	EXPECT(&rig, "take q", "9 kd a2 [od]");
	EXPECT(&rig, "release 3", "r1");
	EXPECT(&rig, "take q", "10 kc a2 [oc]");
	EXPECT(&rig, "take q", "11 ke a2 [oe]");
	rig_fini(&rig);
}
END_TEST

/* Two leases of one key come back: together they stand where the older one stood. */
START_TEST(of_two_places_the_older_counts)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	rig_pass_ms(&rig, 1);
	EXPECT(&rig, "enqueue q j x", "new d1 w1");
	rig_pass_ms(&rig, 1);
	EXPECT(&rig, "enqueue q k b", "new d2 w1");
	EXPECT(&rig, "take q key=k", "2 k a1 [b]");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "release 2", "r1");
	EXPECT(&rig, "peek q ready", "k ready a1 [b a]; j ready a0 [x]");
	rig_fini(&rig);
}
END_TEST

/* A kicked set joins one that is ready, which does not go to the tail for it. */
START_TEST(a_kick_does_not_cost_a_place)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q attempts=1",
		"created depth=65536 width=1024 lease=30000 attempts=1");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "enqueue q k b", "new d1 w1");
	EXPECT(&rig, "enqueue q j x", "new d2 w1");
	rig_pass_ms(&rig, 1);
	EXPECT(&rig, "kick q", "1");
	EXPECT(&rig, "peek q ready", "k ready a0 [a b]; j ready a0 [x]");
	rig_fini(&rig);
}
END_TEST

/* Taken from a closed queue before its windows were all worked off. */
START_TEST(place_of_a_set_whose_window_a_close_ended)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q window=1000",
		"created depth=65536 width=1024 window=1000 lease=30000");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q j b", "new d2 w1");
	EXPECT(&rig, "close q", "ok");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	rig_settle(&rig);
	rig_pass_ms(&rig, 30000);
	EXPECT(&rig, "take q", "2 k a2 [a]");
	rig_fini(&rig);
}
END_TEST

/* A set that went back with a delay has its window behind it. */
START_TEST(no_second_window_after_a_delay)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q window=10000 quiet=1000 width=1",
		"created depth=65536 width=1 window=10000 quiet=1000 lease=30000");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "release 1 delay=500", "r1");
	EXPECT(&rig, "update q width=3",
		"now depth=65536 width=3 window=10000 quiet=1000 lease=30000");
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	rig_pass_ns(&rig, 500 * 1000000 - 1);
	EXPECT(&rig, "take q", "none");
	rig_pass_ns(&rig, 1);
	EXPECT(&rig, "take q", "2 k a2 [a b]");
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		oldest_first,
		returned_sets_stand_at_their_old_place,
		of_two_places_the_older_counts,
		a_kick_does_not_cost_a_place,
		place_of_a_set_whose_window_a_close_ended,
		no_second_window_after_a_delay,
	};

	return rig_main("core_order", RIG_TESTS(tests));
}
