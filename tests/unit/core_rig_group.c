/*
 * The rig's verbs on groups.
 */
#include <config.h>

#include "core_rig_verbs.h"

static void
run_gcreate(struct rig *rig, struct words *words)
{
	struct no_answer answer;
	struct group_create_args args = {
		.group = words_at(words, 1),
		.has_size = words_flag(words, "size"),
		.size = words_number(words, "size", 0),
		.auto_complete = words_flag(words, "auto"),
		.timeout_ms = words_number(words, "timeout", 0),
		.retain_ms = words_number(words, "retain", 300000),
		.on_complete =
			{
				.queue = words_span(words, "queue"),
				.key = words_span(words, "key"),
				.op = words_span(words, "op"),
				.group = words_span(words, "parent"),
			},
	};

	CALL(rig, group_create, &args, &answer);
	say(rig, "ok");
}

static void
say_group_op(struct rig *rig, const struct group_op_answer *answer)
{
	if (answer->op.ptr != NULL) {
		say_span(rig, answer->op);
		say(rig, " ");
	}
	say(rig, "out=%llu%s", (unsigned long long)answer->outstanding,
		answer->duplicate ? " dup" : "");
}

static void
run_gadd(struct rig *rig, struct words *words)
{
	struct group_op_answer answer;
	struct group_add_args args = {words_at(words, 1), words_at(words, 2)};

	CALL(rig, group_add, &args, &answer);
	say_group_op(rig, &answer);
}

static void
run_gfinish(struct rig *rig, struct words *words)
{
	struct group_op_answer answer;
	const char *error = words_named(words, "error");
	struct span result = words_span(words, "result");
	struct group_finish_args args = {
		.group = words_at(words, 1),
		.op = words_at(words, 2),
		.outcome = {OUTCOME_RESULT, result.ptr == NULL ? SPAN("null") : result},
	};

	if (error != NULL)
		args.outcome = (struct outcome_view){OUTCOME_ERROR, span_str(error)};
	CALL(rig, group_finish, &args, &answer);
	say_group_op(rig, &answer);
}

static void
run_gseal(struct rig *rig, struct words *words)
{
	struct group_op_answer answer;

	CALL(rig, group_seal, &(struct group_args){words_at(words, 1)}, &answer);
	say_group_op(rig, &answer);
}

static void
run_gpoll(struct rig *rig, struct words *words)
{
	struct group_view view;

	CALL(rig, group_poll, &(struct group_args){words_at(words, 1)}, &view);
	NEED(span_equal(view.group, words_at(words, 1)));
	say(rig, "%s ops=%llu out=%llu failed=%llu ", view.done ? "done" : "open",
		(unsigned long long)view.ops, (unsigned long long)view.outstanding,
		(unsigned long long)view.failed);
	say_members(rig, view.members);
}

static void
run_gdelete(struct rig *rig, struct words *words)
{
	struct no_answer answer;

	CALL(rig, group_delete, &(struct group_args){words_at(words, 1)}, &answer);
	say(rig, "ok");
}

static void
run_groups(struct rig *rig, struct words *words)
{
	struct list_answer answer;
	struct list_args args = {
		.prefix = words_span(words, "prefix"),
		.after = words_span(words, "after"),
		.count = words_number(words, "count", 100),
	};

	CALL(rig, group_list, &args, &answer);
	say_names(rig, answer.names);
}

const struct rig_verb rig_group_verbs[] = {
	{"gcreate", run_gcreate}, /* g [size= +auto timeout= retain= queue= key= op= parent=]: ok */
	{"gadd", run_gadd},       /* g [op]: op out=N [dup] */
	{"gfinish", run_gfinish}, /* g op [result= error=]: op out=N [dup] */
	{"gseal", run_gseal},     /* g: out=N */
	{"gpoll", run_gpoll},     /* g: open|done ops=N out=N failed=N members */
	{"gdelete", run_gdelete}, /* g: ok */
	{"groups", run_groups},   /* [prefix=p after=a count=n]: names */
	{NULL, NULL},
};
