/*
 * Take: what is handed out, to whom, with what token.
 */
#include <config.h>

#include <string.h>

#include "core_rig.h"

START_TEST(keyed)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q a 1", "new d1 w1");
	EXPECT(&rig, "enqueue q b 2", "new d2 w1");
	EXPECT(&rig, "enqueue q c 3 delay=10", "new d3 w1");
	EXPECT(&rig, "take q key=b", "1 b a1 [2]");
	EXPECT(&rig, "take q key=b", "none");
	EXPECT(&rig, "take q key=c", "none");
	EXPECT(&rig, "take q key=nosuch", "none");
	rig_pass_ms(&rig, 10);
	EXPECT(&rig, "take q key=c", "2 c a1 [3]");
	EXPECT(&rig, "take q", "3 a a1 [1]");
	EXPECT(&rig, "stats q", "leased=3 ops=3 longest_lease_ms=10 enqueued=3 dequeued=3");
	rig_fini(&rig);
}
END_TEST

/* Kicked while its key is worked on: it is held aside. */
START_TEST(kicked_set_is_held)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q exclusive=1 attempts=1",
		"created depth=65536 width=1024 lease=30000 attempts=1 exclusive=1");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "enqueue q k b", "new d1 w1");
	EXPECT(&rig, "take q", "2 k a1 [b]");
	EXPECT(&rig, "kick q", "1");
	EXPECT(&rig, "enqueue q j x", "new d1 w1");
	EXPECT(&rig, "take q", "3 j a1 [x]");
	EXPECT(&rig, "stats q +gauges", "held=1 leased=2 ops=3");
	EXPECT(&rig, "enqueue q k c", "old d0 w2");
	EXPECT(&rig, "finish 2", "f1 r0");
	EXPECT(&rig, "take q", "4 k a1 [a c]");
	EXPECT(&rig, "enqueue q k d", "old d0 w1");
	EXPECT(&rig, "release 4", "r2"); /* both have been delivered as often as they may */
	EXPECT(&rig, "take q", "5 k a1 [d]");
	EXPECT(&rig, "enqueue q k e", "old d0 w1");
	EXPECT(&rig, "kick q", "1");
	EXPECT(&rig, "take q key=k", "none"); /* joins what is held already */
	EXPECT(&rig, "peek q held", "k held a0 [e a c]");
	rig_fini(&rig);
}
END_TEST

/* Many sets step aside in one go; the take says that there may be more. */
START_TEST(many_step_aside)
{
	struct rig rig;
	char command[] = "enqueue q k00 o00";

	rig_init(&rig);
	for (int i = 0; i < 140; i++) { /* each key once leased and once ready */
		command[11] = command[15] = (char)('0' + i / 10 % 7);
		command[12] = command[16] = (char)('0' + i % 10);
		command[14] = i < 70 ? 'o' : 'p';
		rig_do(&rig, command);
		if (i < 70)
			rig_do(&rig, "take q");
	}
	EXPECT(&rig, "enqueue q free x", "new d71 w1");
	EXPECT(&rig, "update q exclusive=1", "now depth=65536 width=1024 lease=30000 exclusive=1");
	rig_hooks(&rig);
	EXPECT(&rig, "take q", "none");
	EXPECT_HOOKS(&rig, "ready q");
	EXPECT(&rig, "stats q +gauges", "depth=7 ready=7 held=64 leased=70 ops=141");
	EXPECT(&rig, "take q", "71 free a1 [x]");
	rig_fini(&rig);
}
END_TEST

START_TEST(without_a_lease)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q lease=0 exclusive=1", "created depth=65536 width=1024 exclusive=1");
	EXPECT(&rig, "gcreate g size=1 queue=p key=k", "ok");
	EXPECT(&rig, "enqueue q k a group=g", "new d1 w1");
	EXPECT(&rig, "enqueue q k b ttl=5 +watch", "old d1 w2 watch=1");
	rig_hooks(&rig);
	EXPECT(&rig, "take q owner=3 holder=h", "1 k a1 lease=0 [a@g b]");
	EXPECT_HOOKS(&rig, "group g; ready p k; watch 1");
	EXPECT(&rig, "poll 1", "result:null");
	EXPECT(&rig, "gpoll g", "done ops=1 out=0 failed=0 [a/k=result:null]");
	EXPECT(&rig, "stats q", "enqueued=2 merged=1 dequeued=1 finished=2");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q lease=30000", "2 k a1 [a]"); /* a lease of its own wish */
	EXPECT(&rig, "release 2", "r1");
	EXPECT(&rig, "update q lease=30000", "now depth=65536 width=1024 lease=30000 exclusive=1");
	EXPECT(&rig, "take q lease=0", "3 k a2 lease=0 [a]");
	EXPECT(&rig, "totals",
		"q2 g1 l0 enqueued=4 merged=1 dequeued=3 finished=3 released=1 refused m0 q0 g0 "
		"o0");
	rig_fini(&rig);
}
END_TEST

START_TEST(tokens)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	ck_assert_uint_eq(rig_token(&rig, 1).len, strlen("1-0123456789abcdef"));
	ck_assert_int_eq(memcmp(rig_token(&rig, 1).ptr, "1-", 2), 0);
	EXPECT(&rig, "finish 1-0123456789abcdef", "!lease_lost");
	EXPECT(&rig, "finish 1-", "!lease_lost");
	EXPECT(&rig, "finish -", "!lease_lost");
	EXPECT(&rig, "finish x", "!lease_lost");
	EXPECT(&rig, "finish x01", "!lease_lost");
	EXPECT(&rig, "finish 18446744073709551616-0123456789abcdef", "!lease_lost");
	EXPECT(&rig, "finish 999999999999999999999999-0123456789abcdef", "!lease_lost");
	EXPECT(&rig, "finish 77", "!lease_lost");
	EXPECT(&rig, "release x", "!lease_lost");
	EXPECT(&rig, "extend x", "!lease_lost");
	EXPECT(&rig, "finish 1", "f1 r0");
	rig_fini(&rig);
}
END_TEST

/* Every byte of a token counts. */
START_TEST(forged_tokens)
{
	struct rig rig;
	struct finish_answer answer;
	struct refusal refusal;
	char token[RIG_TOKEN_MAX];
	struct finish_args args = {.rest = {OUTCOME_RESULT, SPAN("null")}};

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	args.token = span_make(token, rig_token(&rig, 1).len);
	for (size_t i = 0; i < args.token.len; i++) {
		memcpy(token, rig_token(&rig, 1).ptr, args.token.len);
		token[i] ^= 1;
		ck_assert_int_eq(core_finish(rig.core, rig.now_ns, &args, &answer, &refusal),
			ERR_LEASE_LOST);
	}
	memcpy(token, rig_token(&rig, 1).ptr, args.token.len);
	for (size_t len = 0; len < args.token.len; len++) {
		struct finish_args shorter = args;

		shorter.token.len = len;
		ck_assert_int_eq(core_finish(rig.core, rig.now_ns, &shorter, &answer, &refusal),
			ERR_LEASE_LOST);
	}
	ck_assert_int_eq(core_finish(rig.core, rig.now_ns, &args, &answer, &refusal), ERR_NONE);
	rig_fini(&rig);
}
END_TEST

START_TEST(owners)
{
	struct rig rig;

	rig_init(&rig);
	for (const char *c = "abcdef"; *c != '\0'; c++) {
		char command[] = "enqueue q ? ?";

		command[10] = command[12] = *c;
		rig_do(&rig, command);
	}
	EXPECT(&rig, "take q owner=1 holder=one", "1 a a1 [a]");
	EXPECT(&rig, "take q owner=2 holder=two", "2 b a1 [b]");
	EXPECT(&rig, "take q owner=1 lease=10", "3 c a1 lease=10 [c]");
	EXPECT(&rig, "take q", "4 d a1 [d]");
	EXPECT(&rig, "take q owner=1", "5 e a1 [e]");
	EXPECT(&rig, "finish 5", "f1 r0");
	EXPECT(&rig, "peek q leased",
		"a leased a1 left=30000 by=one [a]; b leased a1 left=30000 by=two [b]; "
		"c leased a1 left=10 [c]; d leased a1 left=30000 [d]");
	EXPECT(&rig, "owner_gone 9", "ok");
	EXPECT(&rig, "owner_gone 1", "ok");
	EXPECT(&rig, "owner_gone 1", "ok");
	ck_assert_uint_eq(core_next_due(rig.core), 0);
	rig_settle(&rig);
	EXPECT(&rig, "finish 1", "!lease_lost");
	EXPECT(&rig, "finish 3", "!lease_lost");
	EXPECT(&rig, "finish 2", "f1 r0");
	EXPECT(&rig, "owner_gone 2", "ok");
	EXPECT(&rig, "stats q",
		"depth=3 ready=3 leased=1 ops=4 enqueued=6 dequeued=5 finished=2 released=2");
	EXPECT(&rig, "take q owner=1", "6 a a2 [a]"); /* the same owner again */
	EXPECT(&rig, "owner_gone 1", "ok");
	EXPECT(&rig, "finish 6", "f1 r0"); /* ended before the reaper comes to it */
	rig_settle(&rig);
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		keyed,
		kicked_set_is_held,
		many_step_aside,
		without_a_lease,
		tokens,
		forged_tokens,
		owners,
	};

	return rig_main("core_take", RIG_TESTS(tests));
}
