/*
 * Does the checker bite? Each history below is right but for one thing, and must be
 * refused for just that. The same histories without it are right: each has a twin.
 *
 * A history is lines `MS members`: the test adds the record's number, its time and, where
 * there is none, the connection; a + before them leaves a number out. Every one begins with START.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/history.h"
#include "base/buf.h"

#define START                                                                                 \
	"0 'event':'start','immediate':true,'auto_create':true,'queue_idle_ms':1000,"         \
	"'max_queues':3,'max_groups':9,'max_group_ops':9,'max_memory':0,'depth':2,'width':2," \
	"'window_ms':0,'quiet_ms':0,'exclusive':true,'lease_ms':100,'max_attempts':3\n"       \
	"0 'event':'open','conn':1\n"
#define ENQUEUE(ms, key, op, answer)                                                     \
	ms " 'verb':'enqueue','queue':'q','key':'" key "','op':'" op "','ok':{'op':'" op \
	   "'," answer "}\n"
#define NEW(ms, key, op, depth) ENQUEUE(ms, key, op, "'new':true,'depth':" depth ",'width':1")
#define TAKE(ms, fence, key, attempt, ops)                                                      \
	ms " 'verb':'take','queue':'q','create':true,'ok':{'found':true,'set':'" fence "-x',"   \
	   "'fence':" fence ",'key':'" key "','attempt':" attempt ",'lease_ms':100,'ops':[" ops \
	   "]}\n"
#define NOTHING(ms) ms " 'verb':'take','queue':'q','create':true,'ok':{'found':false}\n"
#define FINISH(ms, fence, n)                                                          \
	ms " 'verb':'finish','set':'" fence "-x','rest':'result','ok':{'finished':" n \
	   ",'released':0}\n"
#define RELEASE(ms, fence, n) ms " 'verb':'release','set':'" fence "-x','ok':{'released':" n "}\n"
#define TICK(ms, more)        ms " 'event':'tick','more':" more "\n"
#define EVENTS(ms, events)    ms " 'event':'tick','more':false,'events':[{" events "}]\n"
#define TURN(ms)              ms " 'event':'turn','calls':0,'more':false\n"
#define WAIT(ms, conn, wait, until)                                         \
	ms " 'event':'wait','conn':" conn ",'wait':" wait ",'until':" until \
	   ",'for':'set','queues':['q']\n"
#define WOKEN(ms, conn, wait, how) \
	ms " 'event':'woken','conn':" conn ",'wait':" wait ",'how':'" how "'\n"
#define RIGHTS(ms, conn) ms " 'event':'rights','conn':" conn "\n"
#define GROUP(ms, more)  ms " 'verb':'group.create','group':'g','retain_ms':50" more ",'ok':{}\n"
#define ADD(ms, op, n)                                                                          \
	ms " 'verb':'group.add','group':'g','op':'" op "','ok':{'op':'" op "','outstanding':" n \
	   "}\n"
#define DONE(ms, op, n, more)                             \
	ms " 'verb':'group.finish','group':'g','op':'" op \
	   "','how':'result','ok':{'outstanding':" n "}" more "\n"
#define SEAL(ms, n, more) ms " 'verb':'group.seal','group':'g','ok':{'outstanding':" n "}" more "\n"
#define COMPLETED         ",'events':[{'event':'completed','group':'g'}]"
#define POLL(ms, outcome)                                                                \
	ms " 'verb':'group.poll','group':'g','ok':{'done':true,'ops':1,'outstanding':0," \
	   "'failed':0,'outcomes':[['a','" outcome "']]}\n"

struct example {
	const char *name;
	enum rule rule; /* RULE_COUNT: nothing is wrong */
	const char *text;
};

static const struct example examples[] = {
	{"a set is taken and finished", RULE_COUNT,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'") FINISH("3", "7", "1")},
	{"a gap", RULE_RECORD, "+" TURN("1")},
	{"no record", RULE_RECORD, "x\n"},
	{"time goes back", RULE_CLOCK, TURN("2") TURN("1")},
	{"an accepted op is not found", RULE_LOSS, NEW("1", "k", "a", "1") NOTHING("2")},
	{"an op of a set is missing", RULE_LOSS,
		NEW("1", "k", "a", "1") ENQUEUE("1", "k", "b", "'new':false,'depth':1,'width':2")
			TAKE("2", "7", "k", "1", "'a'")},
	{"a purge misses a set", RULE_LOSS,
		NEW("1", "k", "a", "1") "1 "
					"'verb':'queue.purge','queue':'q','state':'all','ok':{'"
					"sets':0,'ops':0}\n"},
	{"what was purged is never ended", RULE_LOSS,
		NEW("1", "k", "a", "1") "1 "
					"'verb':'queue.purge','queue':'q','state':'all','ok':{'"
					"sets':1,'ops':1}\n" TICK("1", "false")},
	{"what was purged is ended", RULE_COUNT,
		NEW("1", "k", "a",
			"1") "1 "
			     "'verb':'queue.purge','queue':'q','state':'all','ok':{'sets':1,'ops':"
			     "1}\n" EVENTS(
				     "1", "'event':'ended','queue':'q','op':'a','how':'purged'")},
	{"a set is handed out twice", RULE_EXCLUSIVE,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'")
			TAKE("3", "8", "k", "1", "'a'")},
	{"a finished op comes back", RULE_TWICE,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'") FINISH("3", "7", "1")
			TAKE("4", "8", "k", "2", "'a'")},
	{"an op that is known is taken for a new one", RULE_TWICE,
		NEW("1", "k", "a", "1") ENQUEUE("1", "k", "a", "'new':false,'depth':1,'width':1")},
	{"two leases of one key", RULE_EXCLUSIVE,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'") ENQUEUE("3", "k", "b",
			"'new':false,'depth':0,'width':1") TAKE("3", "8", "k", "1", "'b'")},
	{"held until the lease ends", RULE_COUNT,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'")
			ENQUEUE("3", "k", "b", "'new':false,'depth':0,'width':1")
				FINISH("4", "7", "1") TAKE("5", "8", "k", "1", "'b'")},
	{"a fence comes again", RULE_FENCE,
		NEW("1", "k", "a", "1") NEW("1", "l", "b", "2") TAKE("2", "7", "k", "1", "'a'")
			TAKE("2", "7", "l", "1", "'b'")},
	{"a fence is left out", RULE_FENCE,
		NEW("1", "k", "a", "1") NEW("1", "l", "b", "2") TAKE("2", "7", "k", "1", "'a'")
			TAKE("2", "9", "l", "1", "'b'")},
	{"a stale token releases", RULE_STALE,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'") RELEASE("3", "7", "1")
			RELEASE("3", "7", "1")},
	{"a lease is used after its time", RULE_STALE,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'") FINISH("102", "7", "1")},
	{"a good token is refused", RULE_STALE,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1",
			"'a'") "3 'verb':'release','set':'7-x','error':'lease_lost'\n"},
	{"a repeat is answered otherwise", RULE_STALE,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'")
			FINISH("3", "7", "1") "4 "
					      "'verb':'finish','set':'7-x','rest':'result','ok':{'"
					      "finished':2,'released':0,'duplicate':true}\n"},
	{"another set's turn", RULE_SET_ORDER,
		NEW("1", "k", "a", "1") NEW("1", "l", "b", "2") TAKE("2", "7", "l", "1", "'b'")},
	{"a released set goes to the tail", RULE_SET_ORDER,
		NEW("1", "k", "a", "1") NEW("2", "l", "b", "2") TAKE("3", "7", "k", "1", "'a'")
			RELEASE("4", "7", "1") TAKE("5", "8", "l", "1", "'b'")},
	{"a released set goes to its place", RULE_COUNT,
		NEW("1", "k", "a", "1") NEW("2", "l", "b", "2") TAKE("3", "7", "k", "1", "'a'")
			RELEASE("4", "7", "1") TAKE("5", "8", "k", "2", "'a'")},
	{"ops change places", RULE_OP_ORDER,
		NEW("1", "k", "a", "1") ENQUEUE("1", "k", "b", "'new':false,'depth':1,'width':2")
			TAKE("2", "7", "k", "1", "'b','a'")},
	{"beyond the depth", RULE_DEPTH,
		NEW("1", "k", "a", "1") NEW("1", "l", "b", "2") NEW("1", "m", "c", "3")},
	{"refused below the depth", RULE_DEPTH,
		NEW("1", "k", "a",
			"1") "1 "
			     "'verb':'enqueue','queue':'q','key':'l','error':'saturated_depth'\n"},
	{"refused at the depth", RULE_COUNT,
		NEW("1", "k", "a", "1") NEW("1", "l", "b",
			"2") "1 "
			     "'verb':'enqueue','queue':'q','key':'m','error':'saturated_depth'\n"},
	{"beyond the width", RULE_WIDTH,
		NEW("1", "k", "a", "1") ENQUEUE("1", "k", "b", "'new':false,'depth':1,'width':2")
			ENQUEUE("1", "k", "c", "'new':false,'depth':1,'width':3")},
	{"refused below the width", RULE_WIDTH,
		NEW("1", "k", "a",
			"1") "1 "
			     "'verb':'enqueue','queue':'q','key':'k','error':'saturated_width'\n"},
	{"a group completes", RULE_COUNT,
		GROUP("1", "") ADD("1", "a", "1") DONE("2", "a", "0", "") SEAL("3", "0", COMPLETED)
			POLL("4", "result")},
	{"a group completes too early", RULE_GROUP,
		GROUP("1", "") ADD("1", "a", "1") SEAL("2", "1", COMPLETED)},
	{"a group does not complete", RULE_GROUP,
		GROUP("1", "") ADD("1", "a", "1") SEAL("2", "1", "") DONE("3", "a", "0", "")},
	{"a group completes twice", RULE_GROUP,
		GROUP("1", "") ADD("1", "a", "1") SEAL("2", "1", "") DONE("3", "a", "0", COMPLETED)
			EVENTS("4", "'event':'completed','group':'g'")},
	{"a group has another outcome", RULE_GROUP,
		GROUP("1", "") ADD("1", "a", "1") SEAL("2", "1", "") DONE("3", "a", "0", COMPLETED)
			POLL("4", "timeout")},
	{"its completion is not told", RULE_GROUP,
		GROUP("1", ",'then_queue':'q','then_key':'k'") SEAL("2", "0", COMPLETED)},
	{"a waiter is passed over", RULE_WAITERS,
		"0 'event':'open','conn':2\n" WAIT("1", "2", "1", "99000000")
			WAIT("1", "1", "2", "99000000") NEW("2", "k", "a", "1")
				TAKE("2", "7", "k", "1", "'a'") WOKEN("2", "1", "2", "done")},
	{"a newcomer is served before a waiter", RULE_WAITERS,
		"0 'event':'open','conn':2\n" WAIT("1", "2", "1", "99000000")
			NEW("2", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'") TURN("2")},
	{"a waiter sleeps", RULE_ASLEEP,
		WAIT("1", "1", "1", "99000000") NEW("2", "k", "a", "1") TURN("2")},
	{"something for one that has ended", RULE_DEAD_PEER,
		WAIT("1", "1", "1", "99000000") "2 'event':'end','conn':1\n" NEW("2", "k", "a", "1")
			TAKE("2", "7", "k", "1", "'a'") WOKEN("2", "1", "1", "done")},
	{"something for one that is gone", RULE_DEAD_PEER,
		"2 'event':'gone','conn':1\n" NEW("2", "k", "a", "1")
			TAKE("2", "7", "k", "1", "'a'") TURN("2")},
	{"a lease expires early", RULE_EARLY,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'")
			EVENTS("101", "'event':'expired','fence':7")},
	{"a lease expires in time", RULE_COUNT,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'")
			EVENTS("102", "'event':'expired','fence':7")},
	{"a lease does not expire", RULE_LATE,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'") TICK("102", "false")},
	{"a lease may expire later", RULE_COUNT,
		NEW("1", "k", "a", "1") TAKE("2", "7", "k", "1", "'a'") TICK("102", "true")},
	{"a wait ends early", RULE_EARLY,
		WAIT("1", "1", "1", "99000000") WOKEN("98", "1", "1", "over")},
	{"a wait ends with the rights of its peer", RULE_COUNT,
		WAIT("1", "1", "1", "99000000") RIGHTS("2", "1") WOKEN("2", "1", "1", "over")},
	{"a wait that had the new rights ends early", RULE_EARLY,
		RIGHTS("1", "1") WAIT("2", "1", "1", "99000000") WOKEN("98", "1", "1", "over")},
	{"a wait does not end", RULE_LATE, WAIT("1", "1", "1", "99000000") TURN("99")},
	{"a delay is ignored", RULE_EARLY,
		"1 'verb':'enqueue','queue':'q','key':'k','delay_ms':9,'ok':{'op':'a','new':true,"
		"'depth':1,'width':1}\n" TAKE("9", "7", "k", "1", "'a'")},
	{"a delay is kept", RULE_COUNT,
		"1 'verb':'enqueue','queue':'q','key':'k','delay_ms':9,'ok':{'op':'a','new':true,"
		"'depth':1,'width':1}\n" EVENTS("10", "'event':'ready','queue':'q','key':'k'")
			TAKE("10", "7", "k", "1", "'a'")},
	{"a window ends early", RULE_EARLY,
		"1 'verb':'enqueue','queue':'q','key':'k','delay_ms':9,'ok':{'op':'a','new':true,"
		"'depth':1,'width':1}\n" EVENTS("9", "'event':'ready','queue':'q','key':'k'")},
	{"an op expires early", RULE_EARLY,
		"1 'verb':'enqueue','queue':'q','key':'k','ttl_ms':9,'ok':{'op':'a','new':true,"
		"'depth':1,'width':1}\n" EVENTS(
			"9", "'event':'ended','queue':'q','op':'a','how':'expired'")},
	{"an op is delivered after its ttl", RULE_LATE,
		"1 'verb':'enqueue','queue':'q','key':'k','ttl_ms':9,'ok':{'op':'a','new':true,"
		"'depth':1,'width':1}\n" TAKE("10", "7", "k", "1", "'a'")},
	{"another attempt", RULE_ANSWER, NEW("1", "k", "a", "1") TAKE("2", "7", "k", "2", "'a'")},
	{"a queue too many", RULE_ANSWER,
		"1 'verb':'queue.create','queue':'a','ok':{'created':true}\n"
		"1 'verb':'queue.create','queue':'b','ok':{'created':true}\n"
		"1 'verb':'queue.create','queue':'c','ok':{'created':true}\n"
		"1 'verb':'queue.create','queue':'d','ok':{'created':true}\n"},
};

/* `MS members` as a record. */
static void
add_record(struct buf *record, const char *line, size_t len, uint64_t seq)
{
	char *members;
	uint64_t ms = strtoull(line, &members, 10);
	size_t left = len - (size_t)(members - line);
	char head[80];

	(void)snprintf(head, sizeof(head), "{\"seq\":%llu,\"now\":%llu,", (unsigned long long)seq,
		(unsigned long long)(ms * 1000000));
	buf_add(record, span_str(head));
	for (size_t i = 0; i < left; i++)
		buf_add_char(record, members[i] == '\'' ? '"' : members[i]);
	if (memmem(members, left, "'conn':", 7) == NULL)
		buf_add(record, SPAN(",\"conn\":1"));
	buf_add_char(record, '}');
}

static void
tell(struct history *h, const char *text)
{
	struct buf record;
	const char *end;
	uint64_t skipped = 0;

	buf_init(&record);
	for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		buf_truncate(&record, 0);
		skipped += *text == '+';
		text += *text == '+';
		add_record(&record, text, (size_t)(end - text), h->line + 1 + skipped);
		history_record(h, (char *)buf_span(&record).ptr, buf_len(&record));
	}
	buf_fini(&record);
}

START_TEST(refused_for_the_right_reason)
{
	const struct example *example = &examples[_i];
	struct history *h = calloc(1, sizeof(*h));
	bool good;

	ck_assert_ptr_nonnull(h);
	history_init(h, example->name);
	tell(h, START);
	tell(h, example->text);
	good = history_end(h);
	ck_assert_msg(good == (example->rule == RULE_COUNT), "%s", example->name);
	for (int rule = 0; rule < RULE_COUNT; rule++)
		ck_assert_msg((h->counts.violations[rule] > 0) == (rule == (int)example->rule),
			"%s: %s", example->name, rule_name((enum rule)rule));
	history_fini(h);
	free(h);
}
END_TEST

/* A rule that no example is against would not be known to bite. */
START_TEST(every_rule_has_an_example)
{
	bool has[RULE_COUNT + 1] = {false};

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		has[examples[i].rule] = true;
	for (int rule = 0; rule <= RULE_COUNT; rule++)
		ck_assert_msg(has[rule], "rule %d has none", rule);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("audit");
	TCase *tcase = tcase_create("audit");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
		tcase, refused_for_the_right_reason, 0, sizeof(examples) / sizeof(examples[0]));
	tcase_add_test(tcase, every_rule_has_an_example);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
