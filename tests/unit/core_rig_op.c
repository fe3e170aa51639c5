/*
 * The rig's verbs on ops, leases and watches.
 */
#include <config.h>

#include <string.h>

#include "base/blob.h"
#include "core_rig_verbs.h"

/* ---- verbs ------------------------------------------------------------------- */

static void
run_enqueue(struct rig *rig, struct words *words)
{
	struct enqueue_answer answer;
	struct enqueue_args args = {
		.queue = words_at(words, 1),
		.key = words_at(words, 2),
		.op = words_at(words, 3),
		.msg = words_span(words, "msg"),
		.group = words_span(words, "group"),
		.delay_ms = words_number(words, "delay", 0),
		.ttl_ms = words_number(words, "ttl", 0),
		.watch = words_flag(words, "watch"),
	};

	if (args.msg.ptr == NULL)
		args.msg = SPAN("null");
	CALL(rig, enqueue, &args, &answer);
	if (args.op.ptr == NULL) {
		say_span(rig, answer.op);
		say(rig, " ");
	} else {
		NEED(span_equal(args.op, answer.op));
	}
	say(rig, "%s d%llu w%llu",
		answer.duplicate ? "dup"
		: answer.started ? "new"
				 : "old",
		(unsigned long long)answer.depth, (unsigned long long)answer.width);
	NEED(args.watch == (answer.watch != 0));
	if (answer.watch != 0)
		say(rig, " watch=%llu", (unsigned long long)answer.watch);
}

static void
run_take(struct rig *rig, struct words *words)
{
	struct take_answer answer;
	const char *holder = words_named(words, "holder");
	struct take_args args = {
		.queue = words_at(words, 1),
		.key = words_span(words, "key"),
		.has_lease_ms = words_flag(words, "lease"),
		.lease_ms = words_number(words, "lease", 0),
		.create = words_flag(words, "create"),
		.owner = words_number(words, "owner", 0),
		.holder = holder == NULL ? NULL : blob_new(span_str(holder)),
	};
	struct refusal why = {0};
	enum err err = core_take(rig->core, rig->now_ns, &args, &answer, &why);

	blob_unref(args.holder);
	NEED(err == why.err);
	if (err != ERR_NONE) {
		say_refusal(rig, &why);
		return;
	}
	if (!answer.found) {
		say(rig, "none");
		return;
	}
	rig_keep_token(rig, answer.fence, answer.token);
	say(rig, "%llu ", (unsigned long long)answer.fence);
	say_span(rig, answer.key);
	say(rig, " a%llu ", (unsigned long long)answer.attempt);
	if (answer.lease_ms != 30000)
		say(rig, "lease=%llu ", (unsigned long long)answer.lease_ms);
	NEED((answer.token.len == 0) == (answer.lease_ms == 0));
	say_ops(rig, answer.ops);
}

static struct span
token_at(struct rig *rig, struct words *words)
{
	struct span word = words_at(words, 1);

	if (word.ptr[0] < '0' || word.ptr[0] > '9' || memchr(word.ptr, '-', word.len) != NULL)
		return word;
	return rig_token(rig, words_number_at(words, 1, 0));
}

static struct outcome_view
named_outcome(struct words *words)
{
	struct span error = words_span(words, "error");
	struct span result = words_span(words, "result");

	if (error.ptr != NULL)
		return (struct outcome_view){OUTCOME_ERROR, error};
	if (result.ptr != NULL)
		return (struct outcome_view){OUTCOME_RESULT, result};
	return (struct outcome_view){OUTCOME_NONE, span_make("", 0)};
}

/* "op:json" is a result, "op!json" an error. */
static struct op_outcome
op_outcome(struct span word)
{
	size_t at = strcspn(word.ptr, ":!");
	struct span json = span_make(word.ptr + at + 1, word.len - at - 1);

	return (struct op_outcome){span_make(word.ptr, at),
		{word.ptr[at] == ':' ? OUTCOME_RESULT : OUTCOME_ERROR, json}};
}

static void
run_finish(struct rig *rig, struct words *words)
{
	struct op_outcome outcomes[WORDS_MAX];
	struct finish_answer answer;
	struct finish_args args = {
		.token = token_at(rig, words),
		.rest = named_outcome(words),
		.outcomes = outcomes,
	};

	for (size_t i = 2; i < words->positional_count; i++)
		outcomes[args.count++] = op_outcome(words_at(words, i));
	if (args.count == 0 && args.rest.kind == OUTCOME_NONE)
		args.rest = (struct outcome_view){OUTCOME_RESULT, SPAN("null")};
	CALL(rig, finish, &args, &answer);
	say(rig, "f%llu r%llu%s", (unsigned long long)answer.finished,
		(unsigned long long)answer.released, answer.duplicate ? " dup" : "");
}

static void
run_release(struct rig *rig, struct words *words)
{
	struct release_answer answer;
	struct release_args args = {
		.token = token_at(rig, words),
		.delay_ms = words_number(words, "delay", 0),
		.undelivered = words_flag(words, "undelivered"),
	};

	CALL(rig, release, &args, &answer);
	say(rig, "r%llu", (unsigned long long)answer.released);
}

static void
run_extend(struct rig *rig, struct words *words)
{
	struct extend_answer answer;
	struct extend_args args = {
		.token = token_at(rig, words),
		.has_lease_ms = words_flag(words, "lease"),
		.lease_ms = words_number(words, "lease", 0),
	};

	CALL(rig, extend, &args, &answer);
	say(rig, "%llu", (unsigned long long)answer.lease_ms);
}

static void
run_cancel(struct rig *rig, struct words *words)
{
	struct no_answer answer;
	struct cancel_args args = {words_at(words, 1), words_at(words, 2)};

	CALL(rig, cancel, &args, &answer);
	say(rig, "ok");
}

static void
run_poll(struct rig *rig, struct words *words)
{
	struct watch_answer answer;

	CALL(rig, watch_poll, &(struct watch_args){words_number_at(words, 1, 0)}, &answer);
	say_outcome(rig, &answer.outcome);
}

static void
run_drop(struct rig *rig, struct words *words)
{
	struct no_answer answer;

	CALL(rig, watch_drop, &(struct watch_args){words_number_at(words, 1, 0)}, &answer);
	say(rig, "ok");
}

static void
run_owner_gone(struct rig *rig, struct words *words)
{
	struct no_answer answer;

	CALL(rig, owner_gone, &(struct owner_args){words_number_at(words, 1, 0)}, &answer);
	say(rig, "ok");
}

const struct rig_verb rig_op_verbs[] = {
	{"enqueue", run_enqueue},       /* q k [op] ...: new|old|dup dDEPTH wWIDTH [watch=N] */
	{"take", run_take},             /* q ...: FENCE key aATTEMPT [lease=MS] ops; none */
	{"finish", run_finish},         /* FENCE [op:json op!json result= error=]: fN rN [dup] */
	{"release", run_release},       /* FENCE [delay=ms +undelivered]: rN */
	{"extend", run_extend},         /* FENCE [lease=ms]: MS */
	{"cancel", run_cancel},         /* q op: ok */
	{"poll", run_poll},             /* WATCH: outcome */
	{"drop", run_drop},             /* WATCH: ok */
	{"owner_gone", run_owner_gone}, /* OWNER: ok */
	{NULL, NULL},
};
