/*
 * Groups: growing, completing exactly once, being kept and forgotten.
 */
#include <config.h>

#include "base/clock.h"
#include "core_rig.h"

/* An id of a peer's that looks like one to come is passed over; one that only nearly does is not.
 */
START_TEST(ids_of_our_own)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g", "ok");
	EXPECT(&rig, "gadd g rig-1x", "rig-1x out=1");
	EXPECT(&rig, "gadd g rig_1", "rig_1 out=2");
	EXPECT(&rig, "gadd g rig-2", "rig-2 out=3");
	EXPECT(&rig, "gadd g", "rig-1 out=4");
	EXPECT(&rig, "gadd g", "rig-3 out=5");
	rig_fini(&rig);
}
END_TEST

START_TEST(by_seal)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g", "ok");
	EXPECT(&rig, "gcreate g", "!group_exists");
	EXPECT(&rig, "gpoll g", "open ops=0 out=0 failed=0 []");
	EXPECT(&rig, "gadd g a", "a out=1");
	EXPECT(&rig, "gadd g a", "a out=1 dup");
	EXPECT(&rig, "gadd g", "rig-1 out=2");
	EXPECT(&rig, "gfinish g a result=1", "a out=1");
	EXPECT(&rig, "gfinish g a error=2", "a out=1 dup");
	EXPECT(&rig, "gfinish g rig-1 error=2", "rig-1 out=0");
	EXPECT(&rig, "gfinish g x", "!no_such_op");
	EXPECT(&rig, "gpoll g", "open ops=2 out=0 failed=1 [a=result:1 rig-1=error:2]");
	EXPECT_HOOKS(&rig, "");
	EXPECT(&rig, "gseal g", "out=0");
	EXPECT_HOOKS(&rig, "group g");
	EXPECT(&rig, "gpoll g", "done ops=2 out=0 failed=1 [a=result:1 rig-1=error:2]");
	EXPECT(&rig, "gseal g", "out=0");
	EXPECT(&rig, "gadd g b", "!group_sealed");
	EXPECT(&rig, "gadd g a", "a out=0 dup");
	EXPECT_HOOKS(&rig, ""); /* once */
	rig_fini(&rig);
}
END_TEST

START_TEST(sealed_first)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g", "ok");
	EXPECT(&rig, "enqueue q k a group=g", "new d1 w1");
	EXPECT(&rig, "gadd g b", "b out=2");
	EXPECT(&rig, "gseal g", "out=2");
	EXPECT(&rig, "gfinish g b", "b out=1");
	EXPECT(&rig, "take q", "1 k a1 [a@g]");
	rig_hooks(&rig);
	EXPECT(&rig, "finish 1", "f1 r0");
	EXPECT_HOOKS(&rig, "group g");
	EXPECT(&rig, "gpoll g", "done ops=2 out=0 failed=0 [a/k=result:null b=result:null]");
	rig_fini(&rig);
}
END_TEST

START_TEST(sealed_and_empty)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g", "ok");
	EXPECT(&rig, "gseal g", "out=0");
	EXPECT(&rig, "gpoll g", "done ops=0 out=0 failed=0 []");
	EXPECT_HOOKS(&rig, "group g");
	rig_fini(&rig);
}
END_TEST

START_TEST(by_size)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.max_group_ops = 3;
	rig_configure(&rig);
	EXPECT(&rig, "gcreate none size=0", "ok");
	EXPECT(&rig, "gpoll none", "done ops=0 out=0 failed=0 []");
	EXPECT(&rig, "gadd none a", "!group_sealed");
	EXPECT(&rig, "gcreate big size=4", "!limit max_group_ops 3");
	EXPECT(&rig, "gcreate g size=3", "ok");
	EXPECT(&rig, "gadd g a", "a out=1");
	EXPECT(&rig, "gfinish g a", "a out=0");
	EXPECT(&rig, "enqueue q k b group=g", "new d1 w1");
	EXPECT(&rig, "gpoll g", "open ops=2 out=1 failed=0 [a=result:null b/k]");
	EXPECT(&rig, "gadd g c", "c out=2"); /* the n-th seals */
	EXPECT(&rig, "gadd g d", "!group_sealed");
	EXPECT(&rig, "enqueue q k d group=g", "!group_sealed");
	EXPECT(&rig, "gfinish g c", "c out=1");
	rig_hooks(&rig);
	EXPECT(&rig, "gfinish g b", "b out=0"); /* a queued op, from outside */
	EXPECT_HOOKS(&rig, "group g");
	EXPECT(&rig, "take q", "1 k a1 [b@g]"); /* it stays in its queue */
	EXPECT(&rig, "finish 1 error=1", "f1 r0");
	EXPECT(&rig, "gpoll g",
		"done ops=3 out=0 failed=0 [a=result:null b/k=result:null c=result:null]");
	EXPECT(&rig, "gcreate early size=2", "ok");
	EXPECT(&rig, "gseal early", "out=0"); /* sooner than its size */
	EXPECT(&rig, "gpoll early", "done ops=0 out=0 failed=0 []");
	rig_fini(&rig);
}
END_TEST

START_TEST(by_itself)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g +auto", "ok");
	EXPECT(&rig, "gpoll g", "open ops=0 out=0 failed=0 []");
	EXPECT(&rig, "gadd g a", "a out=1");
	EXPECT(&rig, "gadd g b", "b out=2");
	EXPECT(&rig, "gfinish g a", "a out=1");
	EXPECT(&rig, "gfinish g b", "b out=0");
	EXPECT(&rig, "gpoll g", "done ops=2 out=0 failed=0 [a=result:null b=result:null]");
	EXPECT(&rig, "gadd g c", "!group_sealed");
	rig_fini(&rig);
}
END_TEST

START_TEST(timeout)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g timeout=10 queue=done key=d", "ok");
	EXPECT(&rig, "gadd g a", "a out=1");
	EXPECT(&rig, "gadd g b", "b out=2");
	EXPECT(&rig, "enqueue q k c group=g", "new d1 w1");
	EXPECT(&rig, "gfinish g a", "a out=2");
	rig_pass_ns(&rig, 10 * NS_PER_MS - 1);
	EXPECT(&rig, "gpoll g", "open ops=3 out=2 failed=0 [a=result:null b c/k]");
	rig_hooks(&rig);
	rig_pass_ns(&rig, 1);
	EXPECT_HOOKS(&rig, "group g; ready done d");
	EXPECT(&rig, "gpoll g", "done ops=3 out=0 failed=2 [a=result:null b=timeout c/k=timeout]");
	EXPECT(&rig, "gfinish g b result=1", "b out=0 dup");
	EXPECT(&rig, "take q", "1 k a1 [c@g]");
	EXPECT(&rig, "finish 1 result=1", "f1 r0");
	EXPECT(&rig, "gpoll g", "done ops=3 out=0 failed=2 [a=result:null b=timeout c/k=timeout]");
	EXPECT(&rig, "enqueue q k b group=g +watch", "dup d0 w0 watch=1");
	EXPECT(&rig, "take done", "2 d a1 [rig-1:g:3/2]");
	EXPECT(&rig, "gcreate empty timeout=10", "ok"); /* with nothing in it */
	EXPECT(&rig, "gcreate sealed timeout=10", "ok");
	EXPECT(&rig, "gseal sealed", "out=0"); /* complete before its timeout */
	rig_hooks(&rig);
	rig_pass_ms(&rig, 10);
	EXPECT_HOOKS(&rig, "group empty");
	EXPECT(&rig, "gpoll empty", "done ops=0 out=0 failed=0 []");
	rig_fini(&rig);
}
END_TEST

/* A watch on an op that is in no queue, only in the group. */
START_TEST(watch_of_a_member)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g timeout=10", "ok");
	EXPECT(&rig, "gadd g a", "a out=1");
	EXPECT(&rig, "gadd g b", "b out=2");
	EXPECT(&rig, "enqueue q k a group=g +watch", "dup d0 w0 watch=1");
	EXPECT(&rig, "enqueue q k a group=g +watch", "dup d0 w0 watch=2");
	EXPECT(&rig, "enqueue q k b group=g +watch", "dup d0 w0 watch=3");
	EXPECT(&rig, "enqueue q k b group=g +watch", "dup d0 w0 watch=4");
	EXPECT(&rig, "drop 2", "ok");
	EXPECT(&rig, "drop 4", "ok");
	EXPECT(&rig, "poll 1", "none");
	EXPECT(&rig, "gfinish g a result=5", "a out=1");
	EXPECT_HOOKS(&rig, "watch 1");
	EXPECT(&rig, "poll 1", "result:5");
	rig_pass_ms(&rig, 10);
	EXPECT_HOOKS(&rig, "watch 3; group g");
	EXPECT(&rig, "poll 3", "timeout");
	EXPECT(&rig, "enqueue q k b group=g +watch", "dup d0 w0 watch=5");
	EXPECT(&rig, "poll 5", "timeout");
	EXPECT(&rig, "enqueue q k a group=g +watch", "dup d0 w0 watch=6");
	EXPECT(&rig, "poll 6", "result:5");
	rig_fini(&rig);
}
END_TEST

START_TEST(watch_of_a_member_of_a_deleted_group)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g", "ok");
	EXPECT(&rig, "gadd g a", "a out=1");
	EXPECT(&rig, "gadd g b", "b out=2");
	EXPECT(&rig, "enqueue q k a group=g +watch", "dup d0 w0 watch=1");
	EXPECT(&rig, "gdelete g", "ok");
	EXPECT_HOOKS(&rig, "group g; watch 1");
	EXPECT(&rig, "poll 1", "deleted");
	EXPECT(&rig, "gcreate g", "ok");
	EXPECT(&rig, "gadd g a", "a out=1");
	EXPECT(&rig, "enqueue q k a group=g +watch", "dup d0 w0 watch=2");
	rig_fini(&rig); /* with the watch on it */
}
END_TEST

/* A member that stands for a child group, which completes only later. */
START_TEST(watch_of_a_member_that_gets_its_op_later)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate p", "ok");
	EXPECT(&rig, "gcreate c queue=q key=k op=x parent=p", "ok");
	EXPECT(&rig, "enqueue q k x group=p +watch", "dup d0 w0 watch=1");
	EXPECT(&rig, "gseal c", "out=0");
	EXPECT(&rig, "enqueue q k x group=p +watch", "dup d1 w1 watch=2");
	EXPECT(&rig, "take q", "1 k a1 [x:c:0/0@p]");
	rig_hooks(&rig);
	EXPECT(&rig, "finish 1 result=3", "f1 r0");
	EXPECT_HOOKS(&rig, "watch 2; watch 1");
	EXPECT(&rig, "poll 1", "result:3");
	rig_fini(&rig);
}
END_TEST

/* A verb brings the time with it, be there a tick before it or not. */
START_TEST(retained_from_the_verb_on)
{
	static const char *const verbs[] = {"gseal g", "gfinish g a"};
	struct rig rig;

	rig_init(&rig);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		EXPECT(&rig, "gcreate g +auto retain=10", "ok");
		if (i == 1)
			EXPECT(&rig, "gadd g a", "a out=1");
		rig.now_ns += 1000 * NS_PER_MS;
		rig_do(&rig, verbs[i]);
		rig_pass_ms(&rig, 9);
		ck_assert_str_eq(rig_do(&rig, "groups"), "g");
		rig_pass_ms(&rig, 1);
		ck_assert_str_eq(rig_do(&rig, "groups"), "");
	}
	rig_fini(&rig);
}
END_TEST

/* The id that a client chose for the op at the end is not given out once more. */
START_TEST(an_id_of_ours_at_the_end)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g queue=q key=k op=rig-2", "ok");
	EXPECT(&rig, "gseal g", "out=0");
	EXPECT(&rig, "enqueue q k", "rig-1 old d1 w2");
	EXPECT(&rig, "enqueue q k", "rig-3 old d1 w3");
	EXPECT(&rig, "take q", "1 k a1 [rig-2:g:0/0 rig-1 rig-3]");
	rig_fini(&rig);
}
END_TEST

START_TEST(retained)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g size=1 retain=10", "ok");
	EXPECT(&rig, "gadd g a", "a out=1");
	rig_pass_ms(&rig, 100); /* as long as it is not complete it stays */
	EXPECT(&rig, "gfinish g a", "a out=0");
	rig_pass_ns(&rig, 10 * NS_PER_MS - 1);
	EXPECT(&rig, "gpoll g", "done ops=1 out=0 failed=0 [a=result:null]");
	rig_pass_ns(&rig, 1);
	EXPECT(&rig, "gpoll g", "!no_such_group");
	EXPECT(&rig, "gcreate g size=0 retain=0", "ok");
	rig_settle(&rig);
	EXPECT(&rig, "gpoll g", "done ops=0 out=0 failed=0 []"); /* for those who wait */
	rig_pass_ns(&rig, 1);
	EXPECT(&rig, "groups", "");
	rig_fini(&rig);
}
END_TEST

START_TEST(deleted)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gdelete g", "!no_such_group");
	EXPECT(&rig, "gcreate g queue=done key=d", "ok");
	EXPECT(&rig, "gadd g a", "a out=1");
	EXPECT(&rig, "enqueue q k b group=g", "new d1 w1");
	EXPECT(&rig, "enqueue q j c group=g", "new d2 w1");
	EXPECT(&rig, "take q", "1 k a1 [b@g]");
	rig_hooks(&rig);
	EXPECT(&rig, "gdelete g", "ok");
	EXPECT_HOOKS(&rig, "group g");
	EXPECT(&rig, "gpoll g", "!no_such_group");
	EXPECT(&rig, "take q", "2 j a1 [c]"); /* without a group, at once */
	EXPECT(&rig, "gcreate g", "ok");      /* a new one of that name */
	EXPECT(&rig, "finish 1", "f1 r0");
	rig_settle(&rig);
	EXPECT(&rig, "finish 2", "f1 r0");
	EXPECT(&rig, "gpoll g", "open ops=0 out=0 failed=0 []");
	EXPECT(&rig, "queues", "q"); /* it never completed */
	rig_fini(&rig);
}
END_TEST

START_TEST(limits)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.max_groups = 2;
	rig.config.max_group_ops = 1;
	rig_configure(&rig);
	EXPECT(&rig, "gcreate a", "ok");
	EXPECT(&rig, "gcreate b", "ok");
	EXPECT(&rig, "gcreate c", "!limit max_groups 2");
	EXPECT(&rig, "gadd a x", "x out=1");
	EXPECT(&rig, "gadd a y", "!limit max_group_ops 1");
	EXPECT(&rig, "gdelete a", "ok");
	EXPECT(&rig, "gcreate c", "ok");
	EXPECT(&rig, "totals", "q0 g2 l0 refused m0 q0 g1 o1");
	EXPECT(&rig, "gseal x", "!no_such_group");
	EXPECT(&rig, "gadd x y", "!no_such_group");
	EXPECT(&rig, "gfinish x y", "!no_such_group");
	rig_fini(&rig);
}
END_TEST

/* What an outside finish says counts, though the op is purged meanwhile. */
START_TEST(finish_of_a_purged_op)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g size=1", "ok");
	EXPECT(&rig, "enqueue q k a group=g", "new d1 w1");
	EXPECT(&rig, "purge q all", "1/1");
	EXPECT(&rig, "gfinish g a result=1", "a out=0 dup"); /* it ended by the purge */
	EXPECT(&rig, "gpoll g", "done ops=1 out=0 failed=1 [a/k=purged]");
	rig_settle(&rig);
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		ids_of_our_own,
		by_seal,
		sealed_first,
		sealed_and_empty,
		by_size,
		by_itself,
		timeout,
		watch_of_a_member,
		watch_of_a_member_of_a_deleted_group,
		watch_of_a_member_that_gets_its_op_later,
		retained,
		retained_from_the_verb_on,
		an_id_of_ours_at_the_end,
		deleted,
		limits,
		finish_of_a_purged_op,
	};

	return rig_main("core_group", RIG_TESTS(tests));
}
