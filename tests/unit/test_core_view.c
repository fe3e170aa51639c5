/*
 * What can be seen: peek, lists, statistics.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "core_rig.h"

START_TEST(peek_in_every_state)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "peek q ready", "!no_such_queue");
	EXPECT(&rig, "create q exclusive=1 attempts=1",
		"created depth=65536 width=1024 lease=30000 attempts=1 exclusive=1");
	EXPECT(&rig, "gcreate g", "ok");
	EXPECT(&rig, "enqueue q dead a", "new d1 w1");
	EXPECT(&rig, "take q", "1 dead a1 [a]");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "enqueue q leased b group=g", "new d1 w1");
	EXPECT(&rig, "take q holder=worker lease=1000", "2 leased a1 lease=1000 [b@g]");
	EXPECT(&rig, "enqueue q leased c msg={}", "old d0 w1");
	EXPECT(&rig, "enqueue q ready d", "new d1 w1");
	EXPECT(&rig, "enqueue q ready e group=g", "old d1 w2");
	EXPECT(&rig, "enqueue q waiting f delay=100", "new d2 w1");
	rig_pass_ms(&rig, 7);
	EXPECT(&rig, "peek q dead +age", "dead dead a1 age=7 [a]");
	EXPECT(&rig, "peek q leased +age", "leased leased a1 age=7 left=993 by=worker [b@g]");
	EXPECT(&rig, "peek q held +age", "leased held a0 age=7 [c:{}]");
	EXPECT(&rig, "peek q ready +age", "ready ready a0 age=7 [d e@g]");
	EXPECT(&rig, "peek q waiting +age", "waiting waiting a0 age=7 [f]");
	EXPECT(&rig, "peek q dead key=dead", "dead dead a1 [a]");
	EXPECT(&rig, "peek q leased key=leased", "leased leased a1 left=993 by=worker [b@g]");
	EXPECT(&rig, "peek q held key=leased", "leased held a0 [c:{}]");
	EXPECT(&rig, "peek q ready key=ready", "ready ready a0 [d e@g]");
	EXPECT(&rig, "peek q waiting key=waiting", "waiting waiting a0 [f]");
	EXPECT(&rig, "peek q ready key=waiting", "");
	EXPECT(&rig, "peek q waiting key=ready", "");
	EXPECT(&rig, "peek q held key=dead", "");
	EXPECT(&rig, "peek q dead key=leased", "");
	EXPECT(&rig, "peek q ready key=nosuch", "");
	EXPECT(&rig, "peek q ready count=0", "");
	EXPECT(&rig, "peek q ready key=ready count=0", "");
	EXPECT(&rig, "purge q dead", "1/1");
	EXPECT(&rig, "peek q dead key=dead", ""); /* the reaper has not come yet */
	EXPECT(&rig, "stats q +gauges",
		"depth=2 ready=1 waiting=1 held=1 leased=1 ops=5 oldest_ready_ms=7 "
		"longest_lease_ms=7");
	rig_fini(&rig);
}
END_TEST

/* Listed and returned sets are shown in the order in which they would be handed out. */
START_TEST(peek_merges_what_came_back)
{
	enum { SETS = 300 };
	struct rig rig;
	char command[64];
	struct queue_peek_answer answer;
	struct refusal refusal;
	struct queue_peek_args args = {.queue = SPAN("q"), .state = SET_READY, .count = 5000};
	struct set_view set;
	int expected = 0;

	rig_init(&rig);
	for (int i = 0; i < SETS; i++) {
		snprintf(command, sizeof(command), "enqueue q k%d o%d", i, i);
		rig_do_unchecked(&rig, command);
		rig.now_ns += i % 3;
	}
	for (int i = 0; i < 200; i++)
		rig_do_unchecked(&rig, "take q");
	for (int i = 0; i < 200; i++) { /* back in a stirred order */
		snprintf(command, sizeof(command), "release %d", i * 77 % 200 + 1);
		ck_assert_str_eq(rig_do_unchecked(&rig, command), "r1");
	}
	core_check(rig.core);
	ck_assert_int_eq(core_queue_peek(rig.core, rig.now_ns, &args, &answer, &refusal), ERR_NONE);
	while (answer.sets.next(&answer.sets, &set)) {
		snprintf(command, sizeof(command), "k%d", expected++);
		ck_assert(span_equal(set.key, span_str(command)));
	}
	ck_assert_int_eq(expected, SETS);
	args.count = 250;
	expected = 0;
	core_queue_peek(rig.core, rig.now_ns, &args, &answer, &refusal);
	while (answer.sets.next(&answer.sets, &set))
		expected++;
	ck_assert_int_eq(expected, 250);
	for (int i = 0; i < SETS; i++) {
		snprintf(command, sizeof(command), "k%d a", i);
		ck_assert_ptr_nonnull(strstr(rig_do_unchecked(&rig, "take q"), command));
	}
	rig_fini(&rig);
}
END_TEST

START_TEST(peek_shows_a_thousand_at_most)
{
	struct rig rig;
	char command[64];
	const char *at;
	int sets = 1;

	rig_init(&rig);
	for (int i = 0; i < 1100; i++) {
		snprintf(command, sizeof(command), "enqueue q k%d o", i);
		command[strlen(command) - 1] = '\0';
		rig_do_unchecked(&rig, command);
	}
	for (int i = 0; i < 1100; i++)
		rig_do_unchecked(&rig, "take q");
	for (int i = 1; i <= 1100; i++) {
		snprintf(command, sizeof(command), "release %d", i);
		rig_do_unchecked(&rig, command);
	}
	for (at = rig_do(&rig, "peek q ready count=2000"); *at != '\0'; at++)
		sets += *at == ';';
	ck_assert_int_eq(sets, 1000);
	rig_fini(&rig);
}
END_TEST

START_TEST(lists)
{
	static const char *const names[] = {"b", "a", "ab", "abc", "abd", "ac", "B", "abcd"};
	struct rig rig;
	char command[64];

	rig_init(&rig);
	EXPECT(&rig, "queues", "");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(command, sizeof(command), "take %s +create", names[i]);
		EXPECT(&rig, command, "none");
		snprintf(command, sizeof(command), "gcreate %s", names[i]);
		EXPECT(&rig, command, "ok");
	}
	EXPECT(&rig, "queues", "B a ab abc abcd abd ac b");
	EXPECT(&rig, "groups", "B a ab abc abcd abd ac b");
	EXPECT(&rig, "queues prefix=ab", "ab abc abcd abd");
	EXPECT(&rig, "queues prefix=ab count=2", "ab abc");
	EXPECT(&rig, "queues prefix=ab after=abc", "abcd abd");
	EXPECT(&rig, "queues prefix=ab after=abcc", "abcd abd");
	EXPECT(&rig, "queues prefix=ab after=abd", "");
	EXPECT(&rig, "queues prefix=ab after=a", "ab abc abcd abd");
	EXPECT(&rig, "queues prefix=ab after=z", "");
	EXPECT(&rig, "queues prefix=x", "");
	EXPECT(&rig, "queues after=ac", "b");
	EXPECT(&rig, "queues after=b", "");
	EXPECT(&rig, "queues count=0", "");
	EXPECT(&rig, "groups prefix=a after=ab count=1", "abc");
	EXPECT(&rig, "delete abc", "ok");
	EXPECT(&rig, "queues prefix=abc", "abcd");
	rig_fini(&rig);
}
END_TEST

/* Every counter grows where it should, in the queue and in the sums, which outlive it. */
START_TEST(every_counter)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q depth=1 width=2 attempts=1",
		"created depth=1 width=2 lease=30000 attempts=1");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	EXPECT(&rig, "enqueue q k c", "!saturated_width 2");
	EXPECT(&rig, "enqueue q j c", "!saturated_depth 1");
	EXPECT(&rig, "take q", "1 k a1 [a b]");
	EXPECT(&rig, "finish 1 a:1 b!2", "f2 r0");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "2 k a1 [a]");
	EXPECT(&rig, "release 2", "r1");
	EXPECT(&rig, "enqueue q k b", "new d1 w1");
	EXPECT(&rig, "take q lease=1", "3 k a1 lease=1 [b]");
	rig_pass_ms(&rig, 1); /* a is dropped from the dead list */
	EXPECT(&rig, "kick q", "1");
	EXPECT(&rig, "cancel q b", "ok");
	EXPECT(&rig, "enqueue q k c ttl=1", "new d1 w1");
	rig_pass_ms(&rig, 1);
	EXPECT(&rig, "enqueue q k d", "new d1 w1");
	EXPECT(&rig, "purge q all", "1/1");
	EXPECT(&rig, "enqueue q k e", "new d1 w1");
	EXPECT(&rig, "stats q",
		"depth=1 ready=1 ops=1 enqueued=7 merged=1 refused_depth=1 refused_width=1 "
		"dequeued=3 finished=1 failed=1 released=1 lease_expired=1 died=2 expired=1 "
		"cancelled=1 purged=1 kicked=1 dead_dropped=1");
	EXPECT(&rig, "delete q +force", "ok");
	EXPECT(&rig, "totals",
		"q0 g0 l0 enqueued=7 merged=1 refused_depth=1 refused_width=1 dequeued=3 "
		"finished=1 failed=1 released=1 lease_expired=1 died=2 expired=1 cancelled=1 "
		"purged=1 deleted=1 kicked=1 dead_dropped=1 refused m0 q0 g0 o0");
	rig_fini(&rig);
}
END_TEST

START_TEST(ages)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q a 1 delay=10", "new d1 w1");
	EXPECT(&rig, "stats q +gauges", "depth=1 waiting=1 ops=1");
	rig_pass_ms(&rig, 15);
	EXPECT(&rig, "stats q +gauges", "depth=1 ready=1 ops=1 oldest_ready_ms=5");
	EXPECT(&rig, "enqueue q b 2", "new d2 w1");
	EXPECT(&rig, "take q", "1 a a1 [1]");
	rig_pass_ms(&rig, 3);
	EXPECT(&rig, "take q", "2 b a1 [2]");
	rig_pass_ms(&rig, 4);
	EXPECT(&rig, "extend 1", "30000"); /* the lease is as old as before */
	EXPECT(&rig, "stats q +gauges", "leased=2 ops=2 longest_lease_ms=7");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "stats q +gauges",
		"depth=1 ready=1 leased=1 ops=2 oldest_ready_ms=12 longest_lease_ms=4");
	EXPECT(&rig, "peek q ready +age", "a ready a1 age=22 [1]");
	rig_fini(&rig);
}
END_TEST

START_TEST(words)
{
	ck_assert_str_eq(set_state_name(SET_WAITING), "waiting");
	ck_assert_str_eq(set_state_name(SET_READY), "ready");
	ck_assert_str_eq(set_state_name(SET_LEASED), "leased");
	ck_assert_str_eq(set_state_name(SET_HELD), "held");
	ck_assert_str_eq(set_state_name(SET_DEAD), "dead");
	for (int kind = OUTCOME_NONE; kind <= OUTCOME_TIMEOUT; kind++) {
		ck_assert_uint_gt(strlen(outcome_kind_name((enum outcome_kind)kind)), 0);
		ck_assert_uint_gt(strlen(outcome_kind_message((enum outcome_kind)kind)), 0);
	}
	ck_assert_str_eq(outcome_kind_name(OUTCOME_DELETED), "deleted");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		peek_in_every_state,
		peek_merges_what_came_back,
		peek_shows_a_thousand_at_most,
		lists,
		every_counter,
		ages,
		words,
	};

	return rig_main("core_view", RIG_TESTS(tests));
}
