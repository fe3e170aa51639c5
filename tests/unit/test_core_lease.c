/*
 * The ends of leases: finish, release, extend, expiry.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/siphash.h"
#include "core_rig.h"

START_TEST(finish_all)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a +watch", "new d1 w1 watch=1");
	EXPECT(&rig, "enqueue q k b +watch", "old d1 w2 watch=2");
	EXPECT(&rig, "enqueue q k b +watch", "dup d1 w2 watch=3");
	EXPECT(&rig, "take q", "1 k a1 [a b]");
	rig_hooks(&rig);
	EXPECT(&rig, "finish 1 result={\"x\":1}", "f2 r0");
	EXPECT_HOOKS(&rig, "watch 1; watch 3; watch 2");
	EXPECT(&rig, "poll 1", "result:{\"x\":1}");
	EXPECT(&rig, "poll 2", "result:{\"x\":1}");
	EXPECT(&rig, "poll 3", "result:{\"x\":1}");
	EXPECT(&rig, "stats q", "enqueued=2 merged=1 dequeued=1 finished=2");
	EXPECT(&rig, "enqueue q k c +watch", "new d1 w1 watch=4");
	EXPECT(&rig, "take q", "2 k a1 [c]");
	EXPECT(&rig, "finish 2 error=\"no\"", "f1 r0");
	EXPECT(&rig, "poll 4", "error:\"no\"");
	EXPECT(&rig, "stats q", "enqueued=3 merged=1 dequeued=2 finished=2 failed=1");
	rig_fini(&rig);
}
END_TEST

/* The fence, and what proves that we gave it out: its checksum under the secret of the core. */
START_TEST(a_token)
{
	static const struct siphash_key secret = {3, 4};
	struct rig rig;

	rig_init(&rig);
	for (uint64_t fence = 1; fence <= 300; fence++) {
		char expected[64];

		snprintf(expected, sizeof(expected), "%" PRIu64 "-%016" PRIx64, fence,
			siphash13(&secret, &fence, sizeof(fence)));
		rig_do(&rig, "enqueue q k");
		rig_do(&rig, "take q");
		ck_assert(
			span_equal(rig_token(&rig, fence), span_make(expected, strlen(expected))));
	}
	rig_fini(&rig);
}
END_TEST

START_TEST(finish_named)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g", "ok");
	for (const char *c = "abcdefgh"; *c != '\0'; c++) {
		char command[] = "enqueue q k ? group=g";

		command[12] = *c;
		rig_do(&rig, command);
	}
	EXPECT(&rig, "gseal g", "out=8");
	EXPECT(&rig, "take q", "1 k a1 [a@g b@g c@g d@g e@g f@g g@g h@g]");
	EXPECT(&rig, "finish 1 c:3 a!1 c!7", "f2 r6"); /* named twice: the first counts */
	EXPECT(&rig, "finish 1 c:3", "f2 r6 dup");
	EXPECT(&rig, "take q", "2 k a2 [b@g d@g e@g f@g g@g h@g]");
	EXPECT(&rig, "finish 2 b:2 result=9", "f6 r0");
	EXPECT(&rig, "gpoll g",
		"done ops=8 out=0 failed=1 [a/k=error:1 b/k=result:2 c/k=result:3 d/k=result:9 "
		"e/k=result:9 f/k=result:9 g/k=result:9 h/k=result:9]");
	EXPECT(&rig, "enqueue q k i", "new d1 w1");
	EXPECT(&rig, "enqueue q k j", "old d1 w2");
	EXPECT(&rig, "take q", "3 k a1 [i j]");
	EXPECT(&rig, "finish 3 j:null result=1 error=2", "f2 r0"); /* error goes before result */
	EXPECT(&rig, "stats q", "enqueued=10 merged=8 dequeued=3 finished=8 failed=2 released=6");
	rig_fini(&rig);
}
END_TEST

START_TEST(finish_of_an_unknown_op_changes_nothing)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q j b", "new d2 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "finish 1 a:1 x:2", "!no_such_op x");
	EXPECT(&rig, "finish 1 a:1 b:2 result=3", "!no_such_op b"); /* of another set */
	EXPECT(&rig, "stats q", "depth=1 ready=1 leased=1 ops=2 enqueued=2 dequeued=1");
	EXPECT(&rig, "finish 1 a:1", "f1 r0");
	rig_fini(&rig);
}
END_TEST

/* Nothing for anybody: all goes back. */
START_TEST(finish_without_any_outcome)
{
	struct rig rig;
	struct finish_answer answer;
	struct refusal refusal;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	ck_assert_int_eq(
		core_finish(rig.core, rig.now_ns,
			&(struct finish_args){.token = rig_token(&rig, 1)}, &answer, &refusal),
		ERR_NONE);
	ck_assert_uint_eq(answer.finished, 0);
	ck_assert_uint_eq(answer.released, 1);
	EXPECT(&rig, "take q", "2 k a2 [a]");
	rig_fini(&rig);
}
END_TEST

START_TEST(repeats_within_and_beyond_the_memory)
{
	struct rig rig;

	rig_init(&rig);
	for (int i = 0; i < 10001; i++) {
		char command[32];

		rig_do_unchecked(&rig, "enqueue q k");
		rig_do_unchecked(&rig, "take q");
		snprintf(command, sizeof(command), "finish %d", i + 1);
		ck_assert_str_eq(rig_do_unchecked(&rig, command), "f1 r0");
		if (i == 9999)
			EXPECT(&rig, "finish 1", "f1 r0 dup");
	}
	EXPECT(&rig, "finish 1", "!lease_lost");
	EXPECT(&rig, "finish 2", "f1 r0 dup");
	EXPECT(&rig, "finish 10001", "f1 r0 dup");
	rig_fini(&rig);
}
END_TEST

static void
require_finish(struct rig *rig, unsigned fence, const char *expected)
{
	char command[32];

	snprintf(command, sizeof(command), "finish %u", fence);
	if (strcmp(rig_do_unchecked(rig, command), expected) != 0)
		ck_abort_msg("%s: %s, not %s", command, rig_do_unchecked(rig, command), expected);
}

/* Leases that were held for long end beside new ones, whose fences are alike. */
START_TEST(repeats_of_fences_far_apart)
{
	enum { APART = 16384, PAIRS = 3000, OTHERS = 7000, FORGOTTEN = 1500 };
	struct rig rig;

	rig_init(&rig);
	for (unsigned i = 1; i <= APART + PAIRS; i++) {
		char command[32];

		snprintf(command, sizeof(command), "enqueue q k%u", i);
		rig_do_unchecked(&rig, command);
		if (i > APART) /* two ops, so that the answers differ */
			rig_do_unchecked(&rig, command);
		rig_do_unchecked(&rig, "take q");
	}
	for (unsigned i = 1; i <= PAIRS; i++) {
		require_finish(&rig, i, "f1 r0");
		require_finish(&rig, APART + i, "f2 r0");
	}
	for (unsigned i = 1; i <= PAIRS; i++) {
		require_finish(&rig, i, "f1 r0 dup");
		require_finish(&rig, APART + i, "f2 r0 dup");
	}
	for (unsigned i = 1; i <= OTHERS; i++)
		require_finish(&rig, PAIRS + i, "f1 r0");
	for (unsigned i = 1; i <= PAIRS; i++) {
		require_finish(&rig, i, i <= FORGOTTEN ? "!lease_lost" : "f1 r0 dup");
		require_finish(&rig, APART + i, i <= FORGOTTEN ? "!lease_lost" : "f2 r0 dup");
	}
	EXPECT(&rig, "finish 3001", "f1 r0 dup");
	rig_fini(&rig);
}
END_TEST

START_TEST(a_released_or_expired_token_is_lost)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "release 1", "!lease_lost");
	EXPECT(&rig, "finish 1", "!lease_lost");
	EXPECT(&rig, "extend 1", "!lease_lost");
	EXPECT(&rig, "take q", "2 k a2 [a]");
	EXPECT(&rig, "finish 1", "!lease_lost");
	EXPECT(&rig, "finish 2", "f1 r0");
	EXPECT(&rig, "release 2", "!lease_lost"); /* only finish knows repeats */
	EXPECT(&rig, "stats q", "enqueued=1 dequeued=2 finished=1 released=1");
	rig_fini(&rig);
}
END_TEST

START_TEST(release_with_a_delay)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	rig_hooks(&rig);
	EXPECT(&rig, "release 1 delay=50", "r1");
	EXPECT_HOOKS(&rig, "");
	EXPECT(&rig, "enqueue q j x", "new d2 w1");
	EXPECT(&rig, "enqueue q k b", "old d2 w2");
	EXPECT(&rig, "stats q +gauges", "depth=2 ready=1 waiting=1 ops=3");
	rig_hooks(&rig);
	rig_pass_ns(&rig, 50 * NS_PER_MS - 1);
	EXPECT_HOOKS(&rig, "");
	rig_pass_ns(&rig, 1);
	EXPECT_HOOKS(&rig, "ready q k");
	EXPECT(&rig, "peek q ready", "j ready a0 [x]; k ready a1 [a b]");
	rig_fini(&rig);
}
END_TEST

START_TEST(release_undelivered)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q attempts=1",
		"created depth=65536 width=1024 lease=30000 attempts=1");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	for (int i = 1; i <= 3; i++) {
		char command[] = "release ? +undelivered";
		char answer[] = "? k a1 [a]";

		command[8] = answer[0] = (char)('0' + i);
		EXPECT(&rig, "take q", answer);
		EXPECT(&rig, command, "r1");
	}
	EXPECT(&rig, "stats q", "depth=1 ready=1 ops=1 enqueued=1 dequeued=3");
	rig_fini(&rig);
}
END_TEST

START_TEST(never_early)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q lease=10", "1 k a1 lease=10 [a]");
	ck_assert_uint_eq(core_next_due(rig.core), rig.now_ns + 10 * NS_PER_MS);
	rig_hooks(&rig);
	rig_pass_ns(&rig, 10 * NS_PER_MS - 1);
	EXPECT_HOOKS(&rig, "");
	EXPECT(&rig, "extend 1 lease=10", "10");
	rig_pass_ns(&rig, 10 * NS_PER_MS - 1);
	EXPECT(&rig, "stats q", "leased=1 ops=1 longest_lease_ms=19 enqueued=1 dequeued=1");
	rig_pass_ns(&rig, 1);
	EXPECT_HOOKS(&rig, "ready q k");
	EXPECT(&rig, "finish 1", "!lease_lost");
	EXPECT(&rig, "stats q",
		"depth=1 ready=1 ops=1 oldest_ready_ms=19 enqueued=1 dequeued=1 lease_expired=1");
	EXPECT(&rig, "take q", "2 k a2 [a]");
	rig_fini(&rig);
}
END_TEST

/* A verb comes before the timer: the clock decides, not the tick. */
START_TEST(expired_before_the_tick)
{
	static const char *const verbs[] = {"finish 1", "release 1", "extend 1"};

	for (size_t i = 0; i < 3; i++) {
		struct rig rig;

		rig_init(&rig);
		EXPECT(&rig, "enqueue q k a", "new d1 w1");
		EXPECT(&rig, "take q lease=10", "1 k a1 lease=10 [a]");
		rig.now_ns += 10 * NS_PER_MS;
		EXPECT(&rig, verbs[i], "!lease_lost");
		EXPECT(&rig, "take q", "2 k a2 [a]");
		EXPECT(&rig, "finish 2", "f1 r0");
		EXPECT(&rig, "stats q", "enqueued=1 dequeued=2 finished=1 lease_expired=1");
		rig_fini(&rig);
	}
}
END_TEST

START_TEST(extend)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q lease=20", "created depth=65536 width=1024 lease=20");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q lease=5", "1 k a1 lease=5 [a]");
	rig_pass_ms(&rig, 4);
	EXPECT(&rig, "extend 1", "20"); /* the queue's */
	rig_pass_ms(&rig, 19);
	EXPECT(&rig, "update q lease=0", "now depth=65536 width=1024");
	EXPECT(&rig, "extend 1 lease=7", "7");
	rig_pass_ms(&rig, 6);
	EXPECT(&rig, "extend 1", "7"); /* the queue has none: as long as last time */
	rig_pass_ms(&rig, 6);
	EXPECT(&rig, "stats q +gauges", "leased=1 ops=1 longest_lease_ms=35");
	EXPECT(&rig, "extend 1 lease=0", "0"); /* ends at once */
	EXPECT(&rig, "finish 1", "!lease_lost");
	EXPECT(&rig, "stats q +gauges", "depth=1 ready=1 ops=1 oldest_ready_ms=35");
	rig_fini(&rig);
}
END_TEST

/* The largest times there are do not wrap. */
START_TEST(far_future)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q", "created depth=65536 width=1024 lease=30000");
	EXPECT(&rig, "enqueue q k a ttl=1000000000000", "new d1 w1");
	EXPECT(&rig, "enqueue q j b delay=1000000000000", "new d2 w1");
	EXPECT(&rig, "take q lease=1000000000000", "1 k a1 lease=1000000000000 [a]");
	EXPECT(&rig, "gcreate g timeout=1000000000000 retain=1000000000000", "ok");
	rig.now_ns = UINT64_MAX / 2;
	rig_settle(&rig);
	EXPECT(&rig, "extend 1 lease=1000000000000", "!lease_lost");
	EXPECT(&rig, "stats q +gauges", "depth=2 ready=2 ops=2 oldest_ready_ms=9223372035854");
	rig.now_ns = UINT64_MAX - 5;
	rig_settle(&rig);
	EXPECT(&rig, "take q lease=1000", "2 k a2 lease=1000 [a]");
	ck_assert_uint_eq(core_next_due(rig.core), UINT64_MAX - 1);
	rig_fini(&rig);
}
END_TEST

/* The clock never goes back in the core, whatever it is told. */
START_TEST(a_clock_that_goes_back)
{
	struct rig rig;

	rig_init(&rig);
	rig_pass_ms(&rig, 100);
	EXPECT(&rig, "enqueue q k a delay=10", "new d1 w1");
	rig.now_ns -= 50 * NS_PER_MS;
	EXPECT(&rig, "enqueue q j b delay=10", "new d2 w1");
	rig.now_ns += 60 * NS_PER_MS;
	rig_settle(&rig);
	EXPECT(&rig, "peek q ready +age", "k ready a0 age=10 [a]; j ready a0 age=10 [b]");
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_token,
		finish_all,
		finish_named,
		finish_of_an_unknown_op_changes_nothing,
		finish_without_any_outcome,
		repeats_within_and_beyond_the_memory,
		repeats_of_fences_far_apart,
		a_released_or_expired_token_is_lost,
		release_with_a_delay,
		release_undelivered,
		never_early,
		expired_before_the_tick,
		extend,
		far_future,
		a_clock_that_goes_back,
	};

	return rig_main("core_lease", RIG_TESTS(tests));
}
