/*
 * max_attempts, the dead list, kick.
 */
#include <config.h>

#include "core_rig.h"

#define MADE "created depth=65536 width=1024 lease=30000 attempts=2"

START_TEST(dies_at_the_limit)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q attempts=2", MADE);
	EXPECT(&rig, "gcreate g size=1", "ok");
	EXPECT(&rig, "enqueue q k a group=g +watch", "new d1 w1 watch=1");
	EXPECT(&rig, "take q", "1 k a1 [a@g]");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	EXPECT(&rig, "take q", "2 k a2 [a@g b]");
	rig_hooks(&rig);
	rig_pass_ms(&rig, 30000);
	EXPECT_HOOKS(&rig, "ready q k; watch 1; group g");
	EXPECT(&rig, "poll 1", "dead");
	EXPECT(&rig, "gpoll g", "done ops=1 out=0 failed=1 [a/k=dead]");
	EXPECT(&rig, "peek q dead", "k dead a2 [a]");
	EXPECT(&rig, "peek q ready", "k ready a1 [b]");
	EXPECT(&rig, "stats q",
		"depth=1 ready=1 dead=1 ops=1 oldest_ready_ms=30000 enqueued=2 merged=1 dequeued=2 "
		"released=1 lease_expired=2 died=1");
	EXPECT(&rig, "enqueue q x a +watch", "dup d1 w1 watch=2"); /* its outcome is known */
	EXPECT(&rig, "poll 2", "dead");
	rig_fini(&rig);
}
END_TEST

/* Only the lease that ends without an outcome kills. */
START_TEST(finished_at_the_last_attempt)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q attempts=2", MADE);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	EXPECT(&rig, "take q", "1 k a1 [a b]");
	EXPECT(&rig, "release 1", "r2");
	EXPECT(&rig, "take q", "2 k a2 [a b]");
	EXPECT(&rig, "finish 2 a:1", "f1 r1"); /* b has no attempt left */
	EXPECT(&rig, "stats q",
		"dead=1 enqueued=2 merged=1 dequeued=2 finished=1 released=3 died=1");
	EXPECT(&rig, "take q", "none");
	rig_fini(&rig);
}
END_TEST

/* Once dead an op does not expire, and it does not once it was kicked. */
START_TEST(death_ends_the_time_to_live)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q attempts=1",
		"created depth=65536 width=1024 lease=30000 attempts=1");
	EXPECT(&rig, "enqueue q k a ttl=100", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "release 1", "r1");
	rig_pass_ms(&rig, 1000);
	EXPECT(&rig, "kick q 1", "1");
	EXPECT(&rig, "take q", "2 k a1 [a]");
	EXPECT(&rig, "release 2 +undelivered", "r1");
	rig_pass_ms(&rig, 1000);
	EXPECT(&rig, "take q", "3 k a1 [a]");
	rig_fini(&rig);
}
END_TEST

START_TEST(held_ops_become_ready_when_all_others_died)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q attempts=1 exclusive=1",
		"created depth=65536 width=1024 lease=30000 attempts=1 exclusive=1");
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [a]");
	EXPECT(&rig, "enqueue q k b", "old d0 w1");
	rig_hooks(&rig);
	EXPECT(&rig, "release 1", "r1");
	EXPECT_HOOKS(&rig, "ready q k");
	EXPECT(&rig, "take q", "2 k a1 [b]");
	EXPECT(&rig, "release 2", "r1");
	EXPECT(&rig, "peek q dead", "k dead a1 [a]; k dead a1 [b]");
	EXPECT(&rig, "peek q dead key=k", "k dead a1 [a]; k dead a1 [b]");
	EXPECT(&rig, "peek q dead key=k count=1", "k dead a1 [a]");
	rig_fini(&rig);
}
END_TEST

START_TEST(the_list_is_as_long_as_depth)
{
	struct rig rig;
	char command[] = "enqueue q k ?";
	char release[] = "release ?";

	rig_init(&rig);
	EXPECT(&rig, "create q attempts=1 depth=2",
		"created depth=2 width=1024 lease=30000 attempts=1");
	for (int i = 1; i <= 4; i++) {
		command[12] = release[8] = (char)('0' + i);
		EXPECT(&rig, command, "new d1 w1");
		rig_do(&rig, "take q");
		EXPECT(&rig, release, "r1");
	}
	EXPECT(&rig, "peek q dead", "k dead a1 [3]; k dead a1 [4]");
	EXPECT(&rig, "enqueue q k 1", "new d1 w1"); /* forgotten */
	EXPECT(&rig, "stats q",
		"depth=1 ready=1 dead=2 ops=1 enqueued=5 dequeued=4 released=4 "
		"died=4 dead_dropped=2");
	EXPECT(&rig, "update q depth=1", "now depth=1 width=1024 lease=30000 attempts=1");
	EXPECT(&rig, "peek q dead", "k dead a1 [3]; k dead a1 [4]");
	EXPECT(&rig, "take q", "5 k a1 [1]");
	EXPECT(&rig, "release 5", "r1"); /* makes room and catches up */
	EXPECT(&rig, "peek q dead", "k dead a1 [1]");
	rig_fini(&rig);
}
END_TEST

START_TEST(kick)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "kick q", "!no_such_queue");
	EXPECT(&rig, "create q attempts=1",
		"created depth=65536 width=1024 lease=30000 attempts=1");
	EXPECT(&rig, "kick q", "0");
	EXPECT(&rig, "gcreate g size=1", "ok");
	EXPECT(&rig, "enqueue q k a group=g", "new d1 w1");
	EXPECT(&rig, "enqueue q j b ttl=40000", "new d2 w1");
	EXPECT(&rig, "enqueue q i c", "new d3 w1");
	for (int i = 0; i < 3; i++)
		rig_do(&rig, "take q");
	EXPECT(&rig, "release 2", "r1");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "release 3", "r1");
	EXPECT(&rig, "kick q 0", "0");
	rig_hooks(&rig);
	EXPECT(&rig, "kick q", "1");
	EXPECT_HOOKS(&rig, "ready q j");
	EXPECT(&rig, "kick q 9007199254740992", "2");
	EXPECT(&rig, "peek q ready", "j ready a0 [b]; k ready a0 [a]; i ready a0 [c]");
	EXPECT(&rig, "gpoll g", "done ops=1 out=0 failed=1 [a/k=dead]"); /* stays reported */
	EXPECT(&rig, "enqueue q k a +watch", "dup d3 w1 watch=1");       /* a new watch may hope */
	rig_pass_ms(&rig, 50000); /* a ttl is over with the first delivery */
	EXPECT(&rig, "take q key=k", "4 k a1 [a]");
	EXPECT(&rig, "finish 4 result=8", "f1 r0");
	EXPECT(&rig, "poll 1", "result:8");
	EXPECT(&rig, "gpoll g", "done ops=1 out=0 failed=1 [a/k=dead]");
	EXPECT(&rig, "stats q",
		"depth=2 ready=2 ops=2 oldest_ready_ms=50000 enqueued=3 dequeued=4 "
		"finished=1 released=3 died=3 kicked=3");
	rig_fini(&rig);
}
END_TEST

START_TEST(a_limit_that_changes)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k a", "new d1 w1");
	for (int i = 1; i <= 3; i++) {
		char release[] = "release ?";

		release[8] = (char)('0' + i);
		rig_do(&rig, "take q");
		EXPECT(&rig, release, "r1");
	}
	EXPECT(&rig, "take q", "4 k a4 [a]");
	EXPECT(&rig, "update q attempts=2", "now depth=65536 width=1024 lease=30000 attempts=2");
	EXPECT(&rig, "release 4", "r1");
	EXPECT(&rig, "peek q dead", "k dead a4 [a]");
	rig_fini(&rig);
}
END_TEST

START_TEST(dead_ops_can_be_cancelled_purged_and_deleted)
{
	struct rig rig;
	char command[] = "enqueue q ? ?";

	rig_init(&rig);
	EXPECT(&rig, "create q attempts=1",
		"created depth=65536 width=1024 lease=30000 attempts=1");
	for (const char *c = "abcd"; *c != '\0'; c++) {
		command[10] = command[12] = *c;
		EXPECT(&rig, command, "new d1 w1");
		rig_do(&rig, "take q lease=1");
		rig_pass_ms(&rig, 1);
	}
	EXPECT(&rig, "cancel q a", "ok");
	EXPECT(&rig, "kick q", "1");
	EXPECT(&rig, "cancel q b", "ok");
	EXPECT(&rig, "purge q dead", "2/2");
	EXPECT(&rig, "kick q", "0");
	EXPECT(&rig, "purge q dead", "0/0");
	EXPECT(&rig, "stats q",
		"enqueued=4 dequeued=4 lease_expired=4 died=4 cancelled=2 purged=2 kicked=1");
	EXPECT(&rig, "enqueue q d d", "new d1 w1");
	rig_do(&rig, "take q lease=1");
	rig_pass_ms(&rig, 1);
	EXPECT(&rig, "delete q", "!queue_busy");
	EXPECT(&rig, "delete q +force", "ok");
	rig_settle(&rig);
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		dies_at_the_limit,
		finished_at_the_last_attempt,
		death_ends_the_time_to_live,
		held_ops_become_ready_when_all_others_died,
		the_list_is_as_long_as_depth,
		kick,
		a_limit_that_changes,
		dead_ops_can_be_cancelled_purged_and_deleted,
	};

	return rig_main("core_dead", RIG_TESTS(tests));
}
