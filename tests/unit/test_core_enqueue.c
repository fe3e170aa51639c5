/*
 * Enqueue: merging, limits, duplicates, delays, ttl, windows.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core_rig.h"

START_TEST(merging)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a msg=1", "new d1 w1");
	EXPECT(&rig, "enqueue q k b msg=2", "old d1 w2");
	EXPECT(&rig, "enqueue q j c msg=3", "new d2 w1");
	EXPECT(&rig, "enqueue p k a", "new d1 w1");
	EXPECT(&rig, "stats q", "depth=2 ready=2 ops=3 enqueued=3 merged=1");
	EXPECT(&rig, "take q", "1 k a1 [a:1 b:2]");
	EXPECT(&rig, "enqueue q k d", "new d2 w1"); /* leased, not exclusive: a new set */
	EXPECT(&rig, "take q key=k", "2 k a1 [d]");
	rig_fini(&rig);
}
END_TEST

START_TEST(ids_of_our_own)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k rig-2", "new d1 w1");
	EXPECT(&rig, "enqueue q k", "rig-1 old d1 w2");
	EXPECT(&rig, "enqueue q k", "rig-3 old d1 w3");
	EXPECT(&rig, "enqueue p k", "rig-4 new d1 w1");
	rig_fini(&rig);
}
END_TEST

START_TEST(width_at_its_limit)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q width=3", "created depth=65536 width=3 lease=30000");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	EXPECT(&rig, "enqueue q k c", "old d1 w3");
	EXPECT(&rig, "enqueue q k d", "!saturated_width 3");
	EXPECT(&rig, "enqueue q k c", "dup d1 w3");
	EXPECT(&rig, "enqueue q j d", "new d2 w1");
	EXPECT(&rig, "stats q", "depth=2 ready=2 ops=4 enqueued=4 merged=2 refused_width=1");
	EXPECT(&rig, "cancel q b", "ok");
	EXPECT(&rig, "enqueue q k e", "old d2 w3");
	rig_fini(&rig);
}
END_TEST

START_TEST(depth_at_its_limit)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q depth=3", "created depth=3 width=1024 lease=30000");
	EXPECT(&rig, "enqueue q a 1", "new d1 w1");
	EXPECT(&rig, "enqueue q b 2", "new d2 w1");
	EXPECT(&rig, "enqueue q c 3 delay=1000", "new d3 w1");
	EXPECT(&rig, "enqueue q d 4", "!saturated_depth 3");
	EXPECT(&rig, "enqueue q c 4", "old d3 w2");
	EXPECT(&rig, "take q", "1 a a1 [1]");
	EXPECT(&rig, "enqueue q d 5", "new d3 w1");
	EXPECT(&rig, "enqueue q e 6", "!saturated_depth 3");
	EXPECT(&rig, "release 1", "r1"); /* goes back all the same */
	EXPECT(&rig, "stats q",
		"depth=4 ready=3 waiting=1 ops=5 enqueued=5 merged=1 refused_depth=2 dequeued=1 "
		"released=1");
	rig_fini(&rig);
}
END_TEST

/* A repeat changes nothing, whatever state its op is in. */
START_TEST(duplicates_in_every_state)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q exclusive=1 attempts=1",
		"created depth=65536 width=1024 lease=30000 attempts=1 exclusive=1");
	EXPECT(&rig, "enqueue q dead a", "new d1 w1");
	EXPECT(&rig, "take q", "1 dead a1 [a]");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "enqueue q leased b", "new d1 w1");
	EXPECT(&rig, "take q", "2 leased a1 [b]");
	EXPECT(&rig, "enqueue q leased c", "old d0 w1");
	EXPECT(&rig, "enqueue q leased d", "old d0 w2");
	EXPECT(&rig, "enqueue q ready e", "new d1 w1");
	EXPECT(&rig, "enqueue q waiting f delay=1000", "new d2 w1");
	EXPECT(&rig, "stats q +gauges", "depth=2 ready=1 waiting=1 held=1 leased=1 dead=1 ops=5");
	EXPECT(&rig, "enqueue q other a", "dup d2 w1");
	EXPECT(&rig, "enqueue q other b", "dup d2 w1");
	EXPECT(&rig, "enqueue q other c", "dup d2 w2");
	EXPECT(&rig, "enqueue q other e msg=7", "dup d2 w1");
	EXPECT(&rig, "enqueue q other f group=nosuch", "dup d2 w1");
	EXPECT(&rig, "close q", "ok");
	EXPECT(&rig, "enqueue q other f", "dup d2 w1");
	EXPECT(&rig, "stats q",
		"depth=2 ready=2 held=1 leased=1 dead=1 ops=5 enqueued=6 merged=1 dequeued=2 "
		"released=1 died=1 closed");
	EXPECT(&rig, "open q", "ok");
	EXPECT(&rig, "finish 2", "f1 r0");
	EXPECT(&rig, "enqueue q leased b", "old d3 w3"); /* finished: the id is free */
	rig_fini(&rig);
}
END_TEST

/* The group knows the op longer than the queue does. */
START_TEST(duplicates_in_the_group)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g", "ok");
	EXPECT(&rig, "enqueue q k a group=g", "new d1 w1");
	EXPECT(&rig, "enqueue q j b", "new d2 w1");
	EXPECT(&rig, "enqueue p k a group=g", "dup d0 w1");
	EXPECT(&rig, "queues", "q");
	EXPECT(&rig, "take q", "1 k a1 [a@g]");
	EXPECT(&rig, "finish 1 result=5", "f1 r0");
	EXPECT(&rig, "enqueue q k a group=g", "dup d1 w0");
	EXPECT(&rig, "enqueue q k a group=g +watch", "dup d1 w0 watch=1");
	EXPECT(&rig, "poll 1", "result:5");
	EXPECT(&rig, "gadd g x", "x out=1");
	EXPECT(&rig, "enqueue q k x group=g", "dup d1 w0");
	EXPECT(&rig, "enqueue p k c group=g", "new d1 w1");
	EXPECT(&rig, "enqueue q k c group=g +watch", "dup d1 w1 watch=2");
	EXPECT(&rig, "poll 2", "none");
	EXPECT(&rig, "enqueue q k a", "new d2 w1"); /* without the group it is new */
	rig_fini(&rig);
}
END_TEST

START_TEST(delay_to_the_nanosecond)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a delay=10", "new d1 w1");
	EXPECT(&rig, "enqueue q k b delay=5000", "old d1 w2"); /* only the first one counts */
	ck_assert_uint_eq(core_next_due(rig.core), rig.now_ns + 10 * NS_PER_MS);
	rig_pass_ns(&rig, 10 * NS_PER_MS - 1);
	EXPECT(&rig, "take q", "none");
	EXPECT(&rig, "take q key=k", "none");
	EXPECT_HOOKS(&rig, "");
	rig_pass_ns(&rig, 1);
	EXPECT_HOOKS(&rig, "ready q k");
	EXPECT(&rig, "take q", "1 k a1 [a b]");
	EXPECT(&rig, "enqueue q j c", "new d1 w1");
	EXPECT(&rig, "enqueue q j d delay=1000", "old d1 w2");
	EXPECT(&rig, "take q", "2 j a1 [c d]");
	rig_fini(&rig);
}
END_TEST

START_TEST(ttl_to_the_nanosecond)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a ttl=10 +watch", "new d1 w1 watch=1");
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	EXPECT(&rig, "enqueue q j c ttl=10", "new d2 w1");
	rig_hooks(&rig);
	rig_pass_ns(&rig, 10 * NS_PER_MS - 1);
	EXPECT(&rig, "stats q +gauges", "depth=2 ready=2 ops=3 oldest_ready_ms=9");
	rig_pass_ns(&rig, 1);
	EXPECT_HOOKS(&rig, "watch 1");
	EXPECT(&rig, "poll 1", "expired");
	EXPECT(&rig, "stats q",
		"depth=1 ready=1 ops=1 oldest_ready_ms=10 enqueued=3 merged=1 expired=2");
	EXPECT(&rig, "take q", "1 k a1 [b]");
	EXPECT(&rig, "enqueue q i d ttl=10", "new d1 w1");
	rig_pass_ns(&rig, 10 * NS_PER_MS - 1);
	EXPECT(&rig, "take q", "2 i a1 [d]");
	rig_pass_ns(&rig, 1);
	EXPECT(&rig, "release 2", "r1"); /* delivered in time: it no longer expires */
	rig_pass_ms(&rig, 1000);
	EXPECT(&rig, "take q", "3 i a2 [d]");
	rig_fini(&rig);
}
END_TEST

/* A take that comes before the timer does not hand out what is overdue. */
START_TEST(ttl_is_looked_at_by_take)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a ttl=5", "new d1 w1");
	EXPECT(&rig, "enqueue q k b ttl=7", "old d1 w2");
	EXPECT(&rig, "enqueue q k c", "old d1 w3");
	EXPECT(&rig, "enqueue q k d ttl=5", "old d1 w4");
	EXPECT(&rig, "enqueue q j e ttl=5", "new d2 w1");
	rig.now_ns += 5 * NS_PER_MS;
	EXPECT(&rig, "take q key=j", "none");
	EXPECT(&rig, "take q", "1 k a1 [b c]");
	EXPECT(&rig, "stats q", "leased=1 ops=2 enqueued=5 merged=3 dequeued=1 expired=3");
	rig_fini(&rig);
}
END_TEST

START_TEST(ttl_of_undelivered_ops)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a ttl=10", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	rig_pass_ms(&rig, 20);
	EXPECT(&rig, "release 1 +undelivered", "r1");
	EXPECT(&rig, "take q", "none");
	rig_settle(&rig);
	EXPECT(&rig, "stats q", "enqueued=1 dequeued=1 expired=1");
	rig_fini(&rig);
}
END_TEST

START_TEST(window)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q window=100 width=3",
		"created depth=65536 width=3 window=100 lease=30000");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	rig_pass_ms(&rig, 60);
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	rig_pass_ns(&rig, 40 * NS_PER_MS - 1);
	EXPECT(&rig, "take q", "none");
	rig_pass_ns(&rig, 1);
	EXPECT(&rig, "take q", "1 k a1 [a b]");
	EXPECT(&rig, "enqueue q k c", "new d1 w1");
	EXPECT(&rig, "enqueue q k d", "old d1 w2");
	EXPECT(&rig, "take q", "none");
	EXPECT(&rig, "enqueue q k e", "old d1 w3"); /* full */
	EXPECT(&rig, "take q", "2 k a1 [c d e]");
	EXPECT(&rig, "enqueue q k f delay=300", "new d1 w1"); /* the later of the two */
	EXPECT(&rig, "enqueue q k g", "old d1 w2");
	EXPECT(&rig, "enqueue q k h", "old d1 w3"); /* full, but not before its delay */
	rig_pass_ms(&rig, 299);
	EXPECT(&rig, "take q", "none");
	rig_pass_ms(&rig, 1);
	EXPECT(&rig, "take q", "3 k a1 [f g h]");
	EXPECT(&rig, "enqueue q k i delay=10", "new d1 w1");
	rig_pass_ms(&rig, 99);
	EXPECT(&rig, "take q", "none");
	rig_pass_ms(&rig, 1);
	EXPECT(&rig, "take q", "4 k a1 [i]");
	rig_fini(&rig);
}
END_TEST

START_TEST(full_with_its_first_op)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q window=100 width=1",
		"created depth=65536 width=1 window=100 lease=30000");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	rig_fini(&rig);
}
END_TEST

START_TEST(quiet)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q window=100 quiet=30",
		"created depth=65536 width=1024 window=100 quiet=30 lease=30000");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	rig_pass_ms(&rig, 20);
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	rig_pass_ns(&rig, 30 * NS_PER_MS - 1);
	EXPECT(&rig, "take q", "none");
	rig_pass_ns(&rig, 1);
	EXPECT(&rig, "take q", "1 k a1 [a b]");
	EXPECT(&rig, "enqueue q k c", "new d1 w1"); /* never quiet: the window is the bound */
	for (int i = 0; i < 4; i++) {
		rig_pass_ms(&rig, 20);
		rig_do(&rig, "enqueue q k");
	}
	rig_pass_ns(&rig, 20 * NS_PER_MS - 1);
	EXPECT(&rig, "take q", "none");
	rig_pass_ns(&rig, 1);
	EXPECT(&rig, "take q", "2 k a1 [c rig-1 rig-2 rig-3 rig-4]");
	EXPECT(&rig, "update q window=0", "now depth=65536 width=1024 quiet=30 lease=30000");
	EXPECT(&rig, "enqueue q k d", "new d1 w1"); /* without a window quiet_ms means nothing */
	EXPECT(&rig, "take q", "3 k a1 [d]");
	rig_fini(&rig);
}
END_TEST

START_TEST(refused_for_the_group)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.max_group_ops = 2;
	rig_configure(&rig);
	EXPECT(&rig, "enqueue q k a group=g", "!no_such_group");
	EXPECT(&rig, "gcreate g", "ok");
	EXPECT(&rig, "enqueue q k a group=g", "new d1 w1");
	EXPECT(&rig, "gadd g b", "b out=2");
	EXPECT(&rig, "enqueue q k c group=g", "!limit max_group_ops 2");
	EXPECT(&rig, "gseal g", "out=2");
	EXPECT(&rig, "enqueue q k c group=g", "!group_sealed");
	EXPECT(&rig, "stats q", "depth=1 ready=1 ops=1 enqueued=1");
	EXPECT(&rig, "totals", "q1 g1 l0 enqueued=1 refused m0 q0 g0 o1");
	rig_fini(&rig);
}
END_TEST

START_TEST(creating_by_use)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.max_queues = 1;
	rig.config.queue_defaults.width = 1;
	rig_configure(&rig);
	EXPECT(&rig, "take q", "!no_such_queue");
	EXPECT(&rig, "take q +create", "none");
	EXPECT(&rig, "enqueue p k a", "!limit max_queues 1");
	EXPECT(&rig, "take p +create", "!limit max_queues 1");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q k b", "!saturated_width 1");
	EXPECT(&rig, "delete q +force", "ok");
	rig.config.auto_create = false;
	rig_configure(&rig);
	EXPECT(&rig, "enqueue q k a", "!no_such_queue");
	EXPECT(&rig, "take q +create", "!no_such_queue");
	EXPECT(&rig, "totals", "q0 g0 l0 enqueued=1 refused_width=1 deleted=1 refused m0 q2 g0 o0");
	rig_fini(&rig);
}
END_TEST

/* The longest names, keys and ids, and bytes that are no text. */
START_TEST(long_names)
{
	struct rig rig;
	struct enqueue_answer answer;
	struct take_answer taken;
	struct refusal refusal;
	struct op_view op;
	static char name[NAME_MAX_BYTES];
	static char key[KEY_MAX_BYTES];
	static char msg[100000];
	struct enqueue_args args = {
		.queue = {name, sizeof(name)},
		.key = {key, sizeof(key)},
		.op = {name, sizeof(name)},
		.msg = {msg, sizeof(msg)},
	};

	memset(name, 'n', sizeof(name));
	memset(msg, 7, sizeof(msg));
	rig_init(&rig);
	ck_assert_int_eq(core_enqueue(rig.core, rig.now_ns, &args, &answer, &refusal), ERR_NONE);
	ck_assert(span_equal(answer.op, args.op));
	core_check(rig.core);
	ck_assert_int_eq(core_take(rig.core, rig.now_ns,
				 &(struct take_args){.queue = args.queue, .key = args.key}, &taken,
				 &refusal),
		ERR_NONE);
	ck_assert(taken.found && span_equal(taken.key, args.key));
	ck_assert(taken.ops.next(&taken.ops, &op));
	ck_assert(span_equal(op.msg, args.msg) && span_equal(op.op, args.op));
	ck_assert(!taken.ops.next(&taken.ops, &op));
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		merging,
		ids_of_our_own,
		width_at_its_limit,
		depth_at_its_limit,
		duplicates_in_every_state,
		duplicates_in_the_group,
		delay_to_the_nanosecond,
		ttl_to_the_nanosecond,
		ttl_is_looked_at_by_take,
		ttl_of_undelivered_ops,
		window,
		full_with_its_first_op,
		quiet,
		refused_for_the_group,
		creating_by_use,
		long_names,
	};

	return rig_main("core_enqueue", RIG_TESTS(tests));
}
