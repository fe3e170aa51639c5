/*
 * Groups within groups: what happens on completion, and who may go first.
 */
#include <config.h>

#include <stdio.h>

#include "core_rig.h"

START_TEST(an_op_in_the_parent_stands_for_the_child)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate p", "ok");
	EXPECT(&rig, "gcreate c queue=q key=k op=sum parent=p", "ok");
	EXPECT(&rig, "gseal p", "out=1");
	EXPECT(&rig, "gpoll p", "open ops=1 out=1 failed=0 [sum/k]");
	EXPECT(&rig, "gadd c x", "x out=1");
	EXPECT(&rig, "gseal c", "out=1");
	EXPECT(&rig, "gfinish c x error=1", "x out=0");
	EXPECT(&rig, "take q", "1 k a1 [sum:c:1/1@p]");
	EXPECT(&rig, "gpoll p", "open ops=1 out=1 failed=0 [sum/k]");
	EXPECT(&rig, "finish 1 result=9", "f1 r0");
	EXPECT(&rig, "gpoll p", "done ops=1 out=0 failed=0 [sum/k=result:9]");
	rig_fini(&rig);
}
END_TEST

START_TEST(child_deleted_first)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate p size=1", "ok");
	EXPECT(&rig, "gcreate c queue=q key=k op=sum parent=p", "ok");
	EXPECT(&rig, "gdelete c", "ok");
	EXPECT(&rig, "gpoll p", "done ops=1 out=0 failed=1 [sum/k=deleted]");
	EXPECT(&rig, "queues", "");
	rig_fini(&rig);
}
END_TEST

START_TEST(parent_deleted_first)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate p", "ok");
	EXPECT(&rig, "gcreate c queue=q key=k op=sum parent=p", "ok");
	EXPECT(&rig, "gcreate d queue=q key=k op=sum2 parent=p", "ok");
	EXPECT(&rig, "gdelete p", "ok");
	EXPECT(&rig, "gseal c", "out=0"); /* before the reaper has come to p */
	rig_settle(&rig);
	EXPECT(&rig, "gseal d", "out=0");
	EXPECT(&rig, "take q", "1 k a1 [sum:c:0/0 sum2:d:0/0]");
	rig_fini(&rig);
}
END_TEST

/* The core ends while groups hang on each other. */
START_TEST(freed_together)
{
	struct rig rig;
	char command[80];

	rig_init(&rig);
	EXPECT(&rig, "gcreate p", "ok");
	for (int i = 0; i < 20; i++) {
		snprintf(command, sizeof(command), "gcreate c%d queue=q key=k parent=p", i);
		EXPECT(&rig, command, "ok");
	}
	rig_fini(&rig);
}
END_TEST

/* One completion asks for the id of a purged op, whose end completes the next group. */
START_TEST(completions_in_a_chain)
{
	enum { LINKS = 20000 };
	struct rig rig;
	char command[100];

	rig_init(&rig);
	EXPECT(&rig, "create q width=100000", "created depth=65536 width=100000 lease=30000");
	for (int i = 0; i < LINKS; i++) {
		snprintf(command, sizeof(command), "gcreate g%d size=1 queue=q key=k op=x%d", i,
			i + 1);
		rig_do_unchecked(&rig, command);
		snprintf(command, sizeof(command), "enqueue q k x%d group=g%d", i, i);
		rig_do_unchecked(&rig, command);
	}
	core_check(rig.core);
	snprintf(command, sizeof(command), "1/%d", LINKS);
	EXPECT(&rig, "purge q all", command);
	EXPECT(&rig, "cancel q x0", "!no_such_op");
	snprintf(command, sizeof(command), "depth=1 ready=1 ops=%d", LINKS);
	EXPECT(&rig, "stats q +gauges", command);
	EXPECT(&rig, "cancel q x1", "ok");
	EXPECT(&rig, "cancel q x2", "ok");
	snprintf(command, sizeof(command), "cancel q x%d", LINKS);
	EXPECT(&rig, command, "ok");
	rig_fini(&rig);
}
END_TEST

START_TEST(messages_of_a_chain)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g1 size=1 queue=q key=k op=x2", "ok");
	EXPECT(&rig, "gcreate g2 size=1 queue=q key=k op=x3", "ok");
	EXPECT(&rig, "gcreate g3 size=1 queue=q key=k", "ok");
	EXPECT(&rig, "enqueue q k x1 group=g1", "new d1 w1");
	EXPECT(&rig, "enqueue q k x2 group=g2", "old d1 w2");
	EXPECT(&rig, "enqueue q k x3 group=g3", "old d1 w3");
	EXPECT(&rig, "purge q all", "1/3");
	EXPECT(&rig, "enqueue q k x1 msg=new", "old d1 w4");
	EXPECT(&rig, "take q", "1 k a1 [x2:g1:1/1 x3:g2:1/1 rig-1:g3:1/1 x1:new]");
	rig_fini(&rig);
}
END_TEST

/* The last op of a set ends; what its group enqueues does not fall heir to the set. */
START_TEST(completion_under_the_key_of_the_last_op)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g size=1 queue=q key=k op=sum", "ok");
	EXPECT(&rig, "enqueue q k a group=g delay=1000", "new d1 w1");
	EXPECT(&rig, "cancel q a", "ok");
	EXPECT(&rig, "stats q", "depth=1 ready=1 ops=1 enqueued=2 cancelled=1");
	EXPECT(&rig, "take q", "1 k a1 [sum:g:1/1]");
	EXPECT(&rig, "finish 1", "f1 r0");
	EXPECT(&rig, "gcreate h size=1 queue=q key=k op=sum", "ok");
	EXPECT(&rig, "enqueue q k b group=h delay=1000 ttl=500", "new d1 w1");
	rig_pass_ms(&rig, 500);
	EXPECT(&rig, "take q", "2 k a1 [sum:h:1/1]");
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		an_op_in_the_parent_stands_for_the_child,
		child_deleted_first,
		parent_deleted_first,
		freed_together,
		completions_in_a_chain,
		messages_of_a_chain,
		completion_under_the_key_of_the_last_op,
	};

	return rig_main("core_nest", RIG_TESTS(tests));
}
