/*
 * The account of bytes: what ended gives back what it took, and max_memory is kept to the byte.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "core_rig.h"

/* Runs commands that end all they began, twice: the second time must cost nothing. */
static void
expect_no_growth(const char *const *commands, uint64_t then_ms)
{
	struct rig rig;
	uint64_t bytes = 0;

	rig_init(&rig);
	rig_do(&rig, "create q exclusive=1 attempts=2 lease=100");
	for (int round = 0; round < 2; round++) {
		if (round == 1)
			bytes = rig_bytes(&rig);
		for (const char *const *command = commands; *command != NULL; command++)
			ck_assert_msg(rig_do(&rig, *command)[0] != '!', "%s", *command);
		rig_pass_ms(&rig, then_ms);
		rig_pass_ms(&rig, then_ms);
	}
	ck_assert_uint_eq(rig_bytes(&rig), bytes);
	rig_fini(&rig);
}

#define COMMANDS(...) ((const char *const[]){__VA_ARGS__, NULL})

START_TEST(what_ends_gives_back)
{
	expect_no_growth(COMMANDS("enqueue q k a msg=12345", "cancel q a"), 0);
	expect_no_growth(COMMANDS("enqueue q k a ttl=5", "enqueue q k b ttl=6"), 6);
	expect_no_growth(COMMANDS("enqueue q k a", "enqueue q j b", "purge q all"), 0);
	expect_no_growth(COMMANDS("enqueue q k a ttl=9", "take q lease=0"), 0);
	expect_no_growth(COMMANDS("enqueue q k a +watch", "cancel q a", "enqueue q k a +watch",
				 "cancel q a", "drop 1", "drop 2", "drop 3", "drop 4"),
		0);
	expect_no_growth(COMMANDS("create p", "enqueue p k a", "take p owner=1 holder=me",
				 "enqueue p k b", "enqueue p j c delay=9", "delete p +force"),
		0);
	expect_no_growth(COMMANDS("take p +create"), 3600000);
	expect_no_growth(COMMANDS("gcreate g size=2", "gadd g a", "gadd g b",
				 "gfinish g a result=12345", "gfinish g b error=9"),
		300000);
	expect_no_growth(COMMANDS("gcreate g", "gcreate h queue=q key=k op=o parent=g", "gadd g x",
				 "enqueue q k x group=g +watch", "gdelete h", "gdelete g", "drop 1",
				 "drop 2"),
		0);
	expect_no_growth(COMMANDS("gcreate g timeout=9 retain=9", "gadd g x"), 9);
}
END_TEST

/* Leases, by every way they end; tokens count on through the rounds. */
START_TEST(leases_give_back)
{
	struct rig rig;
	uint64_t bytes = 0;
	char command[64];

	rig_init(&rig);
	rig_do(&rig, "create q exclusive=1 attempts=2 lease=100");
	for (int fence = 1; fence <= 40; fence++) {
		if (fence == 9)
			bytes = rig_bytes(&rig);
		rig_do(&rig, "enqueue q k a ttl=50");
		rig_do(&rig, "enqueue q k b");
		rig_do(&rig, "take q owner=3 holder=me");
		rig_do(&rig, "enqueue q k c +watch");
		if (fence % 4 == 0)
			rig_do(&rig, "owner_gone 3");
		else if (fence % 4 == 1)
			rig_pass_ms(&rig, 100);
		snprintf(command, sizeof(command), "%s %d", fence % 4 == 2 ? "finish" : "release",
			fence);
		rig_do(&rig, command);
		rig_do(&rig, "purge q all");
		snprintf(command, sizeof(command), "drop %d", fence);
		rig_do(&rig, command);
		rig_settle(&rig);
	}
	ck_assert_uint_eq(rig_bytes(&rig), bytes);
	rig_fini(&rig);
}
END_TEST

/* The last of the commands needs a number of bytes: with one less it is refused. */
static void
expect_limit_at_the_byte(const char *const *before, const char *last)
{
	uint64_t need = 0;

	for (int round = 0; round < 3; round++) {
		struct rig rig;
		uint64_t bytes;
		char refused[64];

		rig_init(&rig);
		for (const char *const *command = before; *command != NULL; command++)
			ck_assert_msg(rig_do(&rig, *command)[0] != '!', "%s", *command);
		bytes = rig_bytes(&rig);
		if (round > 0) {
			rig.config.max_memory = bytes + need - (round == 1);
			rig_configure(&rig);
		}
		snprintf(refused, sizeof(refused), "!limit max_memory %llu",
			(unsigned long long)rig.config.max_memory);
		if (round == 1) {
			ck_assert_str_eq(rig_do(&rig, last), refused);
			ck_assert_uint_eq(rig_bytes(&rig), bytes);
			ck_assert_ptr_nonnull(strstr(rig_do(&rig, "totals"), "refused m1"));
		} else {
			ck_assert_msg(rig_do(&rig, last)[0] != '!', "%s", last);
			need = rig_bytes(&rig) - bytes;
		}
		rig_fini(&rig);
	}
}

START_TEST(refused_at_the_byte)
{
	expect_limit_at_the_byte(COMMANDS("create q"), "enqueue q k a msg=12345");
	expect_limit_at_the_byte(COMMANDS("enqueue q k a"), "enqueue q k b");
	expect_limit_at_the_byte(COMMANDS("create q"), "enqueue q k");
	expect_limit_at_the_byte(COMMANDS("create q"), "enqueue q k a ttl=5");
	expect_limit_at_the_byte(COMMANDS("create q"), "enqueue q k a +watch");
	expect_limit_at_the_byte(COMMANDS("create q"), "enqueue q k a delay=5");
	expect_limit_at_the_byte(COMMANDS("create q window=5"), "enqueue q k a");
	expect_limit_at_the_byte(COMMANDS("create q window=5", "enqueue q k a"), "enqueue q k b");
	/* A set that is full with its first op has no window. */
	expect_limit_at_the_byte(COMMANDS("create q window=5 width=1"), "enqueue q k a");
	expect_limit_at_the_byte(COMMANDS("create q window=5 width=1"), "enqueue q k a delay=5");
	expect_limit_at_the_byte(COMMANDS("create q", "gcreate g"), "enqueue q k a group=g");
	expect_limit_at_the_byte(COMMANDS("gcreate g"), "enqueue q key a group=g ttl=1 +watch");
	expect_limit_at_the_byte(
		COMMANDS("create q exclusive=1", "enqueue q k a", "take q"), "enqueue q k b");
	expect_limit_at_the_byte(COMMANDS("create p"), "create q");
	expect_limit_at_the_byte(COMMANDS("create p"), "take queue +create");
	expect_limit_at_the_byte(COMMANDS("create p"), "gcreate group");
	expect_limit_at_the_byte(COMMANDS("create p"), "gcreate g queue=qq key=kkk op=oooo");
	expect_limit_at_the_byte(
		COMMANDS("gcreate p"), "gcreate g queue=qq key=kkk op=oooo parent=p");
	expect_limit_at_the_byte(COMMANDS("gcreate p"), "gcreate g queue=qq key=kkk parent=p");
	expect_limit_at_the_byte(COMMANDS("gcreate g"), "gadd g member");
	expect_limit_at_the_byte(COMMANDS("gcreate g"), "gadd g");
}
END_TEST

/* What makes room, or is needed to get there, goes on. */
START_TEST(what_goes_on_when_it_is_full)
{
	struct rig rig;

	rig_init(&rig);
	EXPECT(&rig, "gcreate g", "ok");
	EXPECT(&rig, "enqueue q k a group=g", "new d1 w1");
	EXPECT(&rig, "enqueue q k b", "old d1 w2");
	EXPECT(&rig, "enqueue q j c", "new d2 w1");
	EXPECT(&rig, "enqueue q i d", "new d3 w1");
	EXPECT(&rig, "enqueue q h e", "new d4 w1");
	rig.config.max_memory = 1;
	rig_configure(&rig);
	EXPECT(&rig, "enqueue q k x", "!limit max_memory 1");
	EXPECT(&rig, "enqueue q x x", "!limit max_memory 1");
	EXPECT(&rig, "enqueue q k a", "dup d4 w2");
	EXPECT(&rig, "gadd g x", "!limit max_memory 1");
	EXPECT(&rig, "gadd g a", "a out=1 dup");
	EXPECT(&rig, "gcreate h", "!limit max_memory 1");
	EXPECT(&rig, "create p", "!limit max_memory 1");
	EXPECT(&rig, "take p +create", "!limit max_memory 1");
	EXPECT(&rig, "take q", "1 k a1 [a@g b]");
	EXPECT(&rig, "extend 1", "30000");
	EXPECT(&rig, "finish 1 a:12345 b!2", "f2 r0");
	EXPECT(&rig, "take q", "2 j a1 [c]");
	EXPECT(&rig, "release 2", "r1");
	EXPECT(&rig, "cancel q d", "ok");
	EXPECT(&rig, "gseal g", "out=0");
	EXPECT(&rig, "gpoll g", "done ops=1 out=0 failed=0 [a/k=result:12345]");
	EXPECT(&rig, "stats q",
		"depth=2 ready=2 ops=2 enqueued=5 merged=1 dequeued=2 finished=1 "
		"failed=1 released=1 cancelled=1");
	EXPECT(&rig, "purge q all", "2/2");
	EXPECT(&rig, "totals",
		"q1 g1 l0 enqueued=5 merged=1 dequeued=2 finished=1 failed=1 "
		"released=1 cancelled=1 purged=2 refused m6 q0 g0 o0");
	rig.config.max_memory = 0; /* no bound */
	rig_configure(&rig);
	EXPECT(&rig, "enqueue q k x", "new d1 w1");
	rig_fini(&rig);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_ends_gives_back,
		leases_give_back,
		refused_at_the_byte,
		what_goes_on_when_it_is_full,
	};

	return rig_main("core_memory", RIG_TESTS(tests));
}
