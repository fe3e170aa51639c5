/*
 * Big things in small slices: a million of anything must not make one tick long, and whoever
 * calls in between must see it done already.
 */
#include <config.h>

#include <stdio.h>

#include "base/clock.h"
#include "core_rig.h"
#include "core_rig_many.h"

#define MILLION 1000000

START_TEST(leases_that_expire_together)
{
	struct rig rig;

	rig_make(&rig, "");
	rig_fill(&rig, MILLION, 1);
	rig_take_all(&rig, MILLION, 0);
	buf_truncate(&rig.hooks, 0);
	rig.now_ns += 30000 * NS_PER_MS;
	NEED(core_tick(rig.core, rig.now_ns, RIG_BUDGET));
	rig_expect_stats(&rig, "depth=167 ready=167 leased=999833 ops=1000000 "
			       "oldest_ready_ms=30000 longest_lease_ms=30000");
	ck_assert_str_eq(rig_do_unchecked(&rig, "take q"), "1000001 k0 a2 [o0]");
	ck_assert_str_eq(rig_do_unchecked(&rig, "take q key=k166"), "1000002 k166 a2 [o166]");
	ck_assert_str_eq(rig_do_unchecked(&rig, "take q key=k167"), "none");
	rig_tick_through(&rig, MILLION - 167);
	rig_expect_stats(&rig, "depth=999998 ready=999998 leased=2 ops=1000000 "
			       "oldest_ready_ms=30000");
	rig_fini(&rig);
}
END_TEST

/* A lease whose turn has not come is lost all the same. */
START_TEST(lost_before_its_turn)
{
	struct rig rig;

	rig_make(&rig, "");
	rig_fill(&rig, 1000, 1);
	for (int i = 0; i < 1000; i++)
		rig_do_unchecked(&rig, "take q");
	rig.now_ns += 30000 * NS_PER_MS;
	ck_assert_str_eq(rig_do_unchecked(&rig, "finish 900"), "!lease_lost");
	NEED(core_tick(rig.core, rig.now_ns, RIG_BUDGET));
	ck_assert_str_eq(rig_do_unchecked(&rig, "release 800"), "!lease_lost");
	rig_expect_stats(&rig, "depth=169 ready=169 leased=831 ops=1000 oldest_ready_ms=30000 "
			       "longest_lease_ms=30000");
	rig_tick_through(&rig, 798);
	rig_fini(&rig);
}
END_TEST

START_TEST(purge)
{
	struct rig rig;

	rig_make(&rig, "");
	rig_fill(&rig, MILLION, 10);
	ck_assert_str_eq(rig_do_unchecked(&rig, "purge q all"), "100000/1000000");
	rig_expect_stats(&rig, "");
	ck_assert_str_eq(rig_do_unchecked(&rig, "cancel q o999999"), "!no_such_op");
	ck_assert_str_eq(rig_do_unchecked(&rig, "enqueue q k5 o5"), "new d1 w1");
	NEED(core_tick(rig.core, rig.now_ns, RIG_BUDGET));
	ck_assert_str_eq(rig_do_unchecked(&rig, "enqueue q k5 o555555"), "old d1 w2");
	ck_assert_str_eq(rig_do_unchecked(&rig, "take q"), "1 k5 a1 [o5 o555555]");
	rig_tick_through(&rig, MILLION);
	rig_expect_stats(&rig, "leased=1 ops=2");
	rig_fini(&rig);
}
END_TEST

/* All of it in one set. */
START_TEST(purge_of_one_wide_set)
{
	struct rig rig;

	rig_make(&rig, "");
	rig_fill(&rig, MILLION, MILLION);
	ck_assert_str_eq(rig_do_unchecked(&rig, "purge q pending"), "1/1000000");
	rig_tick_through(&rig, MILLION);
	rig_expect_stats(&rig, "");
	rig_fini(&rig);
}
END_TEST

START_TEST(forced_delete)
{
	struct rig rig;

	rig_make(&rig, "");
	rig_fill(&rig, MILLION, 1);
	rig_take_all(&rig, MILLION / 2 - 1, 7);
	ck_assert_str_eq(rig_do_unchecked(&rig, "take q"), "500000 k499999 a1 [o499999]");
	ck_assert_str_eq(rig_do_unchecked(&rig, "delete q +force"), "ok");
	ck_assert_str_eq(rig_do_unchecked(&rig, "stats q"), "!no_such_queue");
	ck_assert_str_eq(rig_do_unchecked(&rig, "queues"), "");
	ck_assert_str_eq(rig_do_unchecked(&rig, "finish 500000"), "!lease_lost");
	ck_assert_str_eq(rig_do_unchecked(&rig, "totals"),
		"q0 g0 l0 enqueued=1000000 dequeued=500000 deleted=1000000 "
		"refused m0 q0 g0 o0");
	NEED(core_tick(rig.core, rig.now_ns, RIG_BUDGET));
	ck_assert_str_eq(rig_do_unchecked(&rig, "enqueue q k0 o0"), "new d1 w1");
	ck_assert_str_eq(rig_do_unchecked(&rig, "owner_gone 7"), "ok");
	rig_tick_through(&rig, MILLION);
	rig_expect_stats(&rig, "depth=1 ready=1 ops=1");
	rig_fini(&rig);
}
END_TEST

START_TEST(close_with_open_windows)
{
	struct rig rig;

	rig_make(&rig, "window=1000");
	rig_fill(&rig, MILLION, 1);
	ck_assert_str_eq(rig_do_unchecked(&rig, "close q"), "ok");
	rig_expect_stats(&rig, "depth=1000000 ready=1000000 ops=1000000 closed");
	ck_assert_str_eq(rig_do_unchecked(&rig, "take q key=k999999"), "1 k999999 a1 [o999999]");
	NEED(core_tick(rig.core, rig.now_ns, RIG_BUDGET));
	ck_assert_str_eq(rig_do_unchecked(&rig, "take q"), "2 k0 a1 [o0]");
	ck_assert_str_eq(rig_do_unchecked(&rig, "open q"), "ok");
	ck_assert_str_eq(rig_do_unchecked(&rig, "enqueue q new x"), "new d999999 w1");
	ck_assert_str_eq(rig_do_unchecked(&rig, "take q key=k500000"), "3 k500000 a1 [o500000]");
	rig_expect_stats(&rig, "depth=999998 ready=999997 waiting=1 leased=3 ops=1000001");
	rig_tick_through(&rig, MILLION - 210);
	rig_expect_stats(&rig, "depth=999998 ready=999997 waiting=1 leased=3 ops=1000001");
	rig_fini(&rig);
}
END_TEST

START_TEST(windows_that_end_together)
{
	struct rig rig;

	rig_make(&rig, "window=1000");
	rig_fill(&rig, MILLION, 1);
	rig.now_ns += 1000 * NS_PER_MS;
	rig_tick_through(&rig, MILLION);
	rig_expect_stats(&rig, "depth=1000000 ready=1000000 ops=1000000");
	rig_fini(&rig);
}
END_TEST

START_TEST(leases_of_a_connection_that_is_gone)
{
	struct rig rig;

	rig_make(&rig, "");
	rig_fill(&rig, MILLION, 1);
	rig_take_all(&rig, MILLION, 5);
	ck_assert_str_eq(rig_do_unchecked(&rig, "owner_gone 5"), "ok");
	NEED(core_tick(rig.core, rig.now_ns, RIG_BUDGET));
	ck_assert_str_eq(rig_do_unchecked(&rig, "take q owner=5"), "1000001 k0 a2 [o0]");
	rig_tick_through(&rig, MILLION - 167);
	rig_expect_stats(&rig, "depth=999999 ready=999999 leased=1 ops=1000000");
	rig_fini(&rig);
}
END_TEST

START_TEST(a_group_that_is_deleted)
{
	struct rig rig;
	char command[64];

	rig_make(&rig, "");
	rig.config.max_group_ops = MILLION;
	rig_configure(&rig);
	rig_do(&rig, "gcreate g timeout=10");
	for (int i = 0; i < MILLION; i++) {
		snprintf(command, sizeof(command), i % 2 ? "gadd g o%d" : "enqueue q k o%d group=g",
			i);
		rig_do_unchecked(&rig, command);
	}
	rig.now_ns += 10 * NS_PER_MS;
	NEED(!core_tick(rig.core, rig.now_ns, RIG_BUDGET)); /* to time out is one step */
	ck_assert_str_eq(rig_do_unchecked(&rig, "gdelete g"), "ok");
	ck_assert_str_eq(rig_do_unchecked(&rig, "gcreate g"), "ok");
	rig_tick_through(&rig, MILLION);
	ck_assert_str_eq(rig_do_unchecked(&rig, "gpoll g"), "open ops=0 out=0 failed=0 []");
	rig_fini(&rig);
}
END_TEST

/* Each kind of work has its share: none starves the others. */
START_TEST(kick)
{
	struct rig rig;

	rig_make(&rig, "attempts=1");
	rig_fill(&rig, MILLION, 1);
	rig_take_all(&rig, MILLION, 0);
	rig.now_ns += 30000 * NS_PER_MS;
	rig_tick_through(&rig, MILLION);
	ck_assert_str_eq(rig_do_unchecked(&rig, "kick q 9007199254740992"), "1000000");
	/* Those that come back a moment later are not kicked again. */
	ck_assert_str_eq(rig_do_unchecked(&rig, "kick q 9007199254740992"), "0");
	rig_expect_stats(&rig, "depth=1000 ready=1000 dead=999000 ops=1000");
	rig_tick_through(&rig, 3 * (MILLION - 1000));
	rig_expect_stats(&rig, "depth=1000000 ready=1000000 ops=1000000");
	rig_fini(&rig);
}
END_TEST

START_TEST(all_at_once)
{
	struct rig rig;

	rig_make(&rig, "window=1000");
	rig_fill(&rig, 50000, 1);
	rig_do_unchecked(&rig, "purge q pending");
	rig_fill(&rig, 50000, 1);
	rig_do_unchecked(&rig, "close q");
	rig_do_unchecked(&rig, "enqueue p k a");
	rig_do_unchecked(&rig, "take p lease=10");
	rig_do_unchecked(&rig, "enqueue p k b");
	rig_do_unchecked(&rig, "take p owner=1");
	rig_do_unchecked(&rig, "owner_gone 1");
	rig.now_ns += 10 * NS_PER_MS;
	NEED(core_tick(rig.core, rig.now_ns, RIG_BUDGET));
	ck_assert_str_eq(rig_do_unchecked(&rig, "stats p +gauges"),
		"depth=1 ready=1 ops=2 oldest_ready_ms=10");
	rig_tick_through(&rig, 50000 - 167);
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		leases_that_expire_together,
		lost_before_its_turn,
		purge,
		purge_of_one_wide_set,
		forced_delete,
		close_with_open_windows,
		windows_that_end_together,
		leases_of_a_connection_that_is_gone,
		a_group_that_is_deleted,
		kick,
		all_at_once,
	};

	return rig_main("core_slices", RIG_TESTS(tests));
}
