/*
 * Kicks of more dead sets than come back at once: the others follow with the ticks, oldest first,
 * and nothing that happens meanwhile counts them twice or takes others along.
 */
#include <config.h>

#include <stdio.h>

#include "base/clock.h"
#include "core_rig.h"
#include "core_rig_many.h"

/* 4000 dead sets, all of them kicked, and 1000 that will die in 15 s. */
static void
kick_most(struct rig *rig)
{
	rig_make(rig, "attempts=1");
	rig_fill(rig, 5000, 1);
	rig_take_all(rig, 4000, 0);
	rig->now_ns += 15000 * NS_PER_MS;
	rig_take_all(rig, 1000, 0);
	rig->now_ns += 15000 * NS_PER_MS;
	while (core_tick(rig->core, rig->now_ns, RIG_BUDGET))
		continue;
	ck_assert_str_eq(rig_do_unchecked(rig, "kick q 9007199254740992"), "4000");
	rig_expect_stats(rig, "depth=1000 ready=1000 leased=1000 dead=3000 ops=2000 "
			      "longest_lease_ms=15000");
}

START_TEST(what_dies_after_a_kick_is_not_kicked)
{
	struct rig rig;

	kick_most(&rig);
	rig.now_ns += 15000 * NS_PER_MS;
	while (core_tick(rig.core, rig.now_ns, RIG_BUDGET))
		continue;
	rig_expect_stats(&rig, "depth=4000 ready=4000 dead=1000 ops=4000 oldest_ready_ms=15000");
	core_check(rig.core);
	rig_fini(&rig);
}
END_TEST

START_TEST(what_is_kicked_is_not_purged_as_dead)
{
	struct rig rig;

	kick_most(&rig);
	ck_assert_str_eq(rig_do_unchecked(&rig, "purge q dead"), "0/0");
	rig_expect_stats(&rig, "depth=4000 ready=4000 leased=1000 ops=5000 longest_lease_ms=15000");
	core_check(rig.core);
	rig_fini(&rig);
}
END_TEST

/* With a budget of one a tick brings few back, and in the order in which they died. */
START_TEST(the_oldest_come_back_first)
{
	struct rig rig;
	char told[64];

	kick_most(&rig);
	for (int i = 0; i < 4000; i++) {
		snprintf(told, sizeof(told), "%d k%d a1 lease=0 [o%d]", 5001 + i, i, i);
		ck_assert_str_eq(rig_do_unchecked(&rig, "take q lease=0"), told);
		core_tick(rig.core, rig.now_ns, 1);
	}
	rig_fini(&rig);
}
END_TEST

/* A kick of some takes no more than these, and another one begins behind them. */
START_TEST(kicks_add_up)
{
	struct rig rig;

	rig_make(&rig, "attempts=1");
	rig_fill(&rig, 4000, 1);
	rig_take_all(&rig, 4000, 0);
	rig.now_ns += 30000 * NS_PER_MS;
	while (core_tick(rig.core, rig.now_ns, RIG_BUDGET))
		continue;
	ck_assert_str_eq(rig_do_unchecked(&rig, "kick q 1001"), "1001");
	rig_expect_stats(&rig, "depth=1000 ready=1000 dead=3000 ops=1000");
	ck_assert_str_eq(rig_do_unchecked(&rig, "kick q 999"), "999");
	while (core_tick(rig.core, rig.now_ns, RIG_BUDGET))
		continue;
	rig_expect_stats(&rig, "depth=2000 ready=2000 dead=2000 ops=2000");
	ck_assert_str_eq(rig_do_unchecked(&rig, "kick q 2001"), "2000");
	while (core_tick(rig.core, rig.now_ns, RIG_BUDGET))
		continue;
	rig_expect_stats(&rig, "depth=4000 ready=4000 ops=4000");
	ck_assert_str_eq(rig_do_unchecked(&rig, "kick q 1"), "0");
	core_check(rig.core);
	rig_fini(&rig);
}
END_TEST

/* Those that are cancelled before their turn came are nobody's place to take. */
START_TEST(cancelled_before_its_turn)
{
	struct rig rig;
	char command[32];

	kick_most(&rig);
	for (int i = 1000; i < 4000; i++) {
		snprintf(command, sizeof(command), "cancel q o%d", i);
		ck_assert_str_eq(rig_do_unchecked(&rig, command), "ok");
	}
	rig.now_ns += 15000 * NS_PER_MS;
	while (core_tick(rig.core, rig.now_ns, RIG_BUDGET))
		continue;
	rig_expect_stats(&rig, "depth=1000 ready=1000 dead=1000 ops=1000 oldest_ready_ms=15000");
	ck_assert_str_eq(rig_do_unchecked(&rig, "kick q 1"), "1");
	rig_expect_stats(&rig, "depth=1001 ready=1001 dead=999 ops=1001 oldest_ready_ms=15000");
	core_check(rig.core);
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_dies_after_a_kick_is_not_kicked,
		what_is_kicked_is_not_purged_as_dead,
		the_oldest_come_back_first,
		kicks_add_up,
		cancelled_before_its_turn,
	};

	return rig_main("core_kick", RIG_TESTS(tests));
}
