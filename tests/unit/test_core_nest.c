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

int
main(void)
{
	const TTest *const tests[] = {
		an_op_in_the_parent_stands_for_the_child,
		child_deleted_first,
		parent_deleted_first,
		freed_together,
	};

	return rig_main("core_nest", RIG_TESTS(tests));
}
