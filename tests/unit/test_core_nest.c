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

/* Whatever the queue's limits, be it closed or not there. */
START_TEST(completion_knows_no_limits)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.auto_create = false;
	rig.config.max_queues = 1;
	rig_configure(&rig);
	EXPECT(&rig, "create q depth=1 width=1", "created depth=1 width=1 lease=30000");
	EXPECT(&rig, "enqueue q a x", "new d1 w1");
	EXPECT(&rig, "close q", "ok");
	EXPECT(&rig, "gcreate g1 size=0 queue=q key=a", "ok");
	EXPECT(&rig, "gcreate g2 size=0 queue=q key=b op=y", "ok");
	EXPECT(&rig, "gcreate g3 size=0 queue=new key=c op=z", "ok");
	EXPECT(&rig, "peek q ready", "a ready a0 [x rig-1:g1:0/0]; b ready a0 [y:g2:0/0]");
	EXPECT(&rig, "peek new ready", "c ready a0 [z:g3:0/0]");
	rig_fini(&rig);
}
END_TEST

/* Its id is known there: the message comes all the same, under an id of our own. */
START_TEST(completion_with_a_known_id)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "enqueue q k x", "new d1 w1");
	EXPECT(&rig, "gcreate g size=0 queue=q key=k op=x", "ok");
	EXPECT(&rig, "stats q", "depth=1 ready=1 ops=2 enqueued=2 merged=1");
	EXPECT(&rig, "gcreate p", "ok");
	EXPECT(&rig, "gcreate c size=0 queue=q key=k op=x parent=p", "ok");
	EXPECT(&rig, "gseal p", "out=1");
	EXPECT(&rig, "take q", "1 k a1 [x rig-1:g:0/0 rig-2:c:0/0@p]");
	EXPECT(&rig, "finish 1 result=5", "f3 r0");
	EXPECT(&rig, "gpoll p", "done ops=1 out=0 failed=0 [x/k=result:5]");
	rig_fini(&rig);
}
END_TEST

START_TEST(completion_with_the_id_of_a_dead_op)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "create q attempts=1",
		"created depth=65536 width=1024 lease=30000 attempts=1");
	EXPECT(&rig, "enqueue q k x", "new d1 w1");
	EXPECT(&rig, "take q", "1 k a1 [x]");
	EXPECT(&rig, "release 1", "r1");
	EXPECT(&rig, "gcreate p size=1", "ok");
	EXPECT(&rig, "gcreate c size=0 queue=q key=k op=x parent=p", "ok");
	EXPECT(&rig, "take q", "2 k a1 [rig-1:c:0/0@p]");
	EXPECT(&rig, "finish 2", "f1 r0");
	EXPECT(&rig, "gpoll p", "done ops=1 out=0 failed=0 [x/k=result:null]");
	rig_fini(&rig);
}
END_TEST

START_TEST(refused_for_the_parent)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.max_group_ops = 2;
	rig_configure(&rig);
	EXPECT(&rig, "gcreate c queue=q key=k parent=c", "!no_such_group c");
	EXPECT(&rig, "gcreate c queue=q key=k parent=p", "!no_such_group p");
	EXPECT(&rig, "gcreate p", "ok");
	EXPECT(&rig, "gadd p x", "x out=1");
	EXPECT(&rig, "gcreate c queue=q key=k op=x parent=p", "!invalid_params on_complete.op");
	EXPECT(&rig, "gcreate c queue=q key=k parent=p", "ok");
	EXPECT(&rig, "gpoll p", "open ops=2 out=2 failed=0 [x rig-1/k]");
	EXPECT(&rig, "gcreate d queue=q key=k parent=p", "!limit max_group_ops 2 p");
	EXPECT(&rig, "gseal p", "out=2");
	EXPECT(&rig, "gcreate d queue=q key=k parent=p", "!group_sealed p");
	EXPECT(&rig, "groups", "c p");
	rig_fini(&rig);
}
END_TEST

/* The parent counts its child's op among those that make its size. */
START_TEST(three_levels)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate a size=1 queue=q key=k op=top", "ok");
	EXPECT(&rig, "gcreate b size=1 queue=q key=k op=mid parent=a", "ok");
	EXPECT(&rig, "gcreate c size=1 queue=q key=k op=low parent=b", "ok");
	EXPECT(&rig, "gadd b x", "!group_sealed");
	EXPECT(&rig, "gadd c x", "x out=1");
	EXPECT(&rig, "gfinish c x", "x out=0");
	EXPECT(&rig, "take q", "1 k a1 [low:c:1/0@b]");
	EXPECT(&rig, "finish 1", "f1 r0");
	EXPECT(&rig, "take q", "2 k a1 [mid:b:1/0@a]");
	EXPECT(&rig, "finish 2", "f1 r0");
	EXPECT(&rig, "take q", "3 k a1 [top:a:1/0]");
	EXPECT(&rig, "finish 3", "f1 r0");
	rig_fini(&rig);
}
END_TEST

/* The parent is done before the child: timed out, or told from outside. */
START_TEST(parent_done_first)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate p size=1 timeout=10", "ok");
	EXPECT(&rig, "gcreate c queue=q key=k op=x parent=p", "ok");
	EXPECT(&rig, "gcreate p2 size=1", "ok");
	EXPECT(&rig, "gcreate c2 queue=q key=k op=y parent=p2", "ok");
	EXPECT(&rig, "gfinish p2 y result=1", "y out=0");
	rig_pass_ms(&rig, 10);
	EXPECT(&rig, "gpoll p", "done ops=1 out=0 failed=1 [x/k=timeout]");
	EXPECT(&rig, "gpoll p2", "done ops=1 out=0 failed=0 [y/k=result:1]");
	EXPECT(&rig, "gseal c", "out=0");
	EXPECT(&rig, "gseal c2", "out=0");
	EXPECT(&rig, "take q", "1 k a1 [x:c:0/0@p y:c2:0/0]");
	EXPECT(&rig, "finish 1", "f2 r0");
	EXPECT(&rig, "gpoll p", "done ops=1 out=0 failed=1 [x/k=timeout]");
	EXPECT(&rig, "gdelete c", "ok");
	rig_pass_ms(&rig, 300000);
	EXPECT(&rig, "groups", "");
	rig_fini(&rig);
}
END_TEST

/* Without the hook there is nobody to write the message. */
START_TEST(without_a_renderer)
{
	struct core_config config;
	const struct core_seed seed = {.incarnation = "x", .first_fence = 1};
	const struct core_hooks hooks = {0};
	struct group_create_args args = {.group = SPAN("g"),
		.has_size = true,
		.on_complete = {.queue = SPAN("q"), .key = SPAN("k")}};
	struct no_answer answer;
	struct stats_answer stats;
	struct refusal refusal;
	struct core *core;

	core_config_init(&config);
	core = core_new(&config, &seed, &hooks);
	ck_assert_int_eq(core_group_create(core, 1, &args, &answer, &refusal), ERR_NONE);
	ck_assert_int_eq(core_stats(core, 1, &(struct no_args){0}, &stats, &refusal), ERR_NONE);
	ck_assert_uint_eq(stats.queues, 0);
	core_free(core);
	core_free(NULL);
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
		completion_knows_no_limits,
		completion_with_a_known_id,
		completion_with_the_id_of_a_dead_op,
		refused_for_the_parent,
		three_levels,
		parent_done_first,
		without_a_renderer,
	};

	return rig_main("core_nest", RIG_TESTS(tests));
}
