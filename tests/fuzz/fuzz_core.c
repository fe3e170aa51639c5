/*
 * Fuzz target: bytes are verbs with their arguments, on few names, with a clock that moves and
 * ticks of any budget between them. Whatever comes, core_check() must hold, cursors must end, and
 * nothing may be left when the core is freed.
 */
#include <config.h>

#include <stdint.h>
#include <string.h>

#include "base/blob.h"
#include "base/check.h"
#include "base/clock.h"
#include "core/core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TOKENS 8

struct fuzz {
	const uint8_t *at;
	const uint8_t *end;
	struct core *core;
	struct core_config config;
	uint64_t now_ns;
	uint64_t hooks; /* calls, so that they are not optimised away */
	char tokens[TOKENS][64];
	size_t token_lens[TOKENS];
	size_t token_next;
	struct refusal refusal;
};

/* ---- reading bytes ----------------------------------------------------------------- */

static unsigned
next_byte(struct fuzz *fuzz)
{
	return fuzz->at < fuzz->end ? *fuzz->at++ : 0;
}

/* One of a few names that begin with `letter`; absent for the byte 0 where that is allowed. */
static struct span
next_name(struct fuzz *fuzz, char letter, unsigned count, bool may_be_absent)
{
	static const char names[] = "a0a1a2a3a4a5a6a7k0k1k2k3k4k5k6k7q0q1q2q3q4q5q6q7"
				    "g0g1g2g3g4g5g6g7f-1f-2f-3f-4";
	unsigned byte = next_byte(fuzz);

	if (may_be_absent && byte == 0)
		return span_make(NULL, 0);
	if (letter == 'a' && byte >= 240) /* what the core makes itself */
		return span_make(strstr(names, "f-") + 3 * (byte % 4), 3);
	for (const char *name = names;; name += 2)
		if (name[0] == letter)
			return span_make(name + 2 * (byte % count), 2);
}

static uint64_t
next_ms(struct fuzz *fuzz)
{
	unsigned byte = next_byte(fuzz);

	return byte == 255 ? TIME_MAX_MS : byte % 32;
}

static struct outcome_view
next_outcome(struct fuzz *fuzz)
{
	switch (next_byte(fuzz) % 4) {
	case 0:
		return (struct outcome_view){OUTCOME_NONE, SPAN("")};
	case 1:
		return (struct outcome_view){OUTCOME_RESULT, SPAN("null")};
	case 2:
		return (struct outcome_view){OUTCOME_ERROR, SPAN("\"no\"")};
	default:
		return (struct outcome_view){OUTCOME_RESULT, SPAN("{\"a\":1}")};
	}
}

static struct span
next_token(struct fuzz *fuzz)
{
	size_t i = next_byte(fuzz) % TOKENS;

	return span_make(fuzz->tokens[i], fuzz->token_lens[i]);
}

/* ---- looking at answers --------------------------------------------------------------- */

static void
look_at(struct span span)
{
	static volatile char sink;

	for (size_t i = 0; i < span.len; i++)
		sink = span.ptr[i];
	(void)sink;
}

static void
look_at_ops(struct op_cursor cursor)
{
	struct op_view op;

	while (cursor.next(&cursor, &op)) {
		look_at(op.op);
		look_at(op.msg);
		look_at(op.group);
	}
}

static void
look_at_members(struct member_cursor cursor)
{
	struct member_view member;

	while (cursor.next(&cursor, &member)) {
		look_at(member.op);
		look_at(member.key);
		look_at(member.outcome.json);
	}
}

static void
look_at_names(struct name_cursor cursor)
{
	struct span before = span_make("", 0);
	struct span name;

	while (cursor.next(&cursor, &name)) {
		CHECK(span_compare(before, name) < 0);
		before = name;
	}
}

/* ---- hooks -------------------------------------------------------------------------------- */

static void
hook_queue_ready(void *arg, struct span queue, struct span key)
{
	((struct fuzz *)arg)->hooks++;
	look_at(queue);
	look_at(key);
}

static void
hook_name(void *arg, struct span name)
{
	((struct fuzz *)arg)->hooks++;
	look_at(name);
}

static void
hook_watch_done(void *arg, uint64_t watch)
{
	((struct fuzz *)arg)->hooks += watch;
}

static bool
hook_queue_in_use(void *arg, struct span queue)
{
	look_at(queue);
	return ((struct fuzz *)arg)->hooks % 2 == 1;
}

static void
hook_render_group(void *arg, const struct group_view *view, struct buf *out)
{
	(void)arg;
	look_at_members(view->members);
	buf_add(out, view->group);
}

/* What is told must be there to be read. */
static void
hook_happened(void *arg, const struct core_event *event)
{
	(void)arg;
	look_at(event->queue);
	look_at(event->key);
	look_at(event->op);
	look_at(event->group);
}

/* ---- verbs ---------------------------------------------------------------------------------- */

#define CALL(verb, args, ret) core_##verb(fuzz->core, fuzz->now_ns, args, ret, &fuzz->refusal)

static void
configure(struct fuzz *fuzz, bool is_new)
{
	struct queue_configure_answer answer;
	struct queue_configure_args args = {
		.queue = next_name(fuzz, 'q', 3, false),
		.given = next_byte(fuzz),
	};

	args.options.depth = 1 + next_byte(fuzz) % 4;
	args.options.width = 1 + next_byte(fuzz) % 4;
	args.options.window_ms = next_ms(fuzz);
	args.options.quiet_ms = next_ms(fuzz);
	args.options.lease_ms = next_ms(fuzz);
	args.options.max_attempts = next_byte(fuzz) % 3;
	args.options.exclusive = next_byte(fuzz) % 2;
	if (is_new)
		CALL(queue_create, &args, &answer);
	else
		CALL(queue_update, &args, &answer);
}

static void
queue_verb(struct fuzz *fuzz)
{
	struct no_answer none;
	struct counted_answer counted;
	struct queue_stats_answer stats;
	unsigned what = next_byte(fuzz);
	const struct queue_args args = {next_name(fuzz, 'q', 3, false)};

	switch (what % 8) {
	case 0:
		CALL(queue_close, &args, &none);
		return;
	case 1:
		CALL(queue_open, &args, &none);
		return;
	case 2:
		CALL(queue_pause, &args, &none);
		return;
	case 3:
		CALL(queue_resume, &args, &none);
		return;
	case 4:
		CALL(queue_delete, (&(struct queue_delete_args){args.queue, what & 8}), &none);
		return;
	case 5:
		CALL(queue_purge,
			(&(struct queue_purge_args){args.queue, (enum purge_scope)(what >> 3 & 3)}),
			&counted);
		return;
	case 6:
		CALL(queue_kick, (&(struct queue_kick_args){args.queue, what >> 3 & 3}), &counted);
		return;
	default:
		CALL(queue_stats, &args, &stats);
		return;
	}
}

static void
peek(struct fuzz *fuzz)
{
	struct queue_peek_answer answer;
	struct set_view set;
	const struct queue_peek_args args = {
		.queue = next_name(fuzz, 'q', 3, false),
		.state = (enum set_state)(next_byte(fuzz) % SET_STATE_COUNT),
		.key = next_name(fuzz, 'k', 3, true),
		.count = next_byte(fuzz),
	};

	if (CALL(queue_peek, &args, &answer) != ERR_NONE)
		return;
	while (answer.sets.next(&answer.sets, &set)) {
		CHECK(set.state == args.state);
		look_at(set.key);
		look_at(set.holder);
		look_at_ops(set.ops);
	}
}

static void
list(struct fuzz *fuzz)
{
	struct list_answer answer;
	struct stats_answer stats;
	unsigned what = next_byte(fuzz);
	const struct list_args args = {
		.prefix = what & 1 ? SPAN("q") : SPAN(""),
		.after = next_name(fuzz, 'q', 3, true),
		.count = what >> 4,
	};

	if (what & 2)
		CALL(queue_list, &args, &answer);
	else
		CALL(group_list, &args, &answer);
	look_at_names(answer.names);
	CALL(stats, &(struct no_args){0}, &stats);
}

static void
enqueue(struct fuzz *fuzz)
{
	struct enqueue_answer answer;
	unsigned what;
	struct enqueue_args args = {
		.queue = next_name(fuzz, 'q', 3, false),
		.key = next_name(fuzz, 'k', 3, false),
		.op = next_name(fuzz, 'a', 8, true),
		.group = next_name(fuzz, 'g', 4, true),
		.msg = SPAN("[1]"),
	};

	what = next_byte(fuzz);
	args.watch = what & 1;
	args.delay_ms = what & 2 ? next_ms(fuzz) : 0;
	args.ttl_ms = what & 4 ? next_ms(fuzz) : 0;
	if (CALL(enqueue, &args, &answer) != ERR_NONE)
		return;
	look_at(answer.op);
	CHECK(!answer.started || answer.width == 1);
}

static void
take(struct fuzz *fuzz)
{
	struct take_answer answer;
	unsigned what = next_byte(fuzz);
	struct take_args args = {
		.queue = next_name(fuzz, 'q', 3, false),
		.key = next_name(fuzz, 'k', 3, true),
		.has_lease_ms = what & 1,
		.create = what & 2,
		.owner = what >> 2 & 3,
	};
	size_t i = fuzz->token_next;

	args.lease_ms = args.has_lease_ms ? next_ms(fuzz) : 0;
	args.holder = what & 16 ? blob_new(SPAN("holder")) : NULL;
	if (CALL(take, &args, &answer) == ERR_NONE && answer.found) {
		CHECK(answer.token.len < sizeof(fuzz->tokens[i]) && answer.attempt > 0);
		memcpy(fuzz->tokens[i], answer.token.ptr, answer.token.len);
		fuzz->token_lens[i] = answer.token.len;
		fuzz->token_next = (i + 1) % TOKENS;
		look_at(answer.key);
		look_at_ops(answer.ops);
	}
	blob_unref(args.holder);
}

static void
finish(struct fuzz *fuzz)
{
	struct op_outcome outcomes[4];
	struct finish_answer answer;
	struct finish_args args = {
		.token = next_token(fuzz),
		.rest = next_outcome(fuzz),
		.outcomes = outcomes,
		.count = next_byte(fuzz) % 5,
	};

	for (size_t i = 0; i < args.count; i++) {
		outcomes[i].op = next_name(fuzz, 'a', 8, false);
		outcomes[i].outcome = next_outcome(fuzz);
		if (outcomes[i].outcome.kind == OUTCOME_NONE)
			outcomes[i].outcome.kind = OUTCOME_RESULT;
	}
	CALL(finish, &args, &answer);
}

static void
lease_verb(struct fuzz *fuzz)
{
	struct release_answer released;
	struct extend_answer extended;
	struct no_answer none;
	unsigned what = next_byte(fuzz);
	const struct release_args release = {
		.token = next_token(fuzz),
		.delay_ms = what & 8 ? next_ms(fuzz) : 0,
		.undelivered = what & 16,
	};
	const struct extend_args extend = {release.token, what & 8, release.delay_ms};

	switch (what % 4) {
	case 0:
		CALL(extend, &extend, &extended);
		return;
	case 1:
		CALL(owner_gone, &(struct owner_args){what >> 2 & 3}, &none);
		return;
	default:
		CALL(release, &release, &released);
	}
}

static void
op_verb(struct fuzz *fuzz)
{
	struct no_answer none;
	struct watch_answer answer;
	unsigned what = next_byte(fuzz);
	const struct cancel_args cancel = {
		next_name(fuzz, 'q', 3, false), next_name(fuzz, 'a', 8, false)};

	switch (what % 3) {
	case 0:
		CALL(cancel, &cancel, &none);
		return;
	case 1:
		if (CALL(watch_poll, &(struct watch_args){what / 3}, &answer) == ERR_NONE)
			look_at(answer.outcome.json);
		return;
	default:
		CALL(watch_drop, &(struct watch_args){what / 3}, &none);
	}
}

static void
group_create(struct fuzz *fuzz)
{
	struct no_answer none;
	unsigned what = next_byte(fuzz);
	struct group_create_args args = {
		.group = next_name(fuzz, 'g', 4, false),
		.has_size = what & 1,
		.size = what >> 5,
		.auto_complete = what & 2,
		.timeout_ms = what & 4 ? next_ms(fuzz) : 0,
		.retain_ms = next_ms(fuzz),
	};

	if (what & 8) {
		args.on_complete.queue = next_name(fuzz, 'q', 3, false);
		args.on_complete.key = next_name(fuzz, 'k', 3, false);
		args.on_complete.op = next_name(fuzz, 'a', 8, true);
		args.on_complete.group = next_name(fuzz, 'g', 4, true);
	}
	CALL(group_create, &args, &none);
}

static void
group_verb(struct fuzz *fuzz)
{
	struct no_answer none;
	struct group_op_answer answer;
	struct group_view view;
	unsigned what = next_byte(fuzz);
	const struct group_args group = {next_name(fuzz, 'g', 4, false)};
	const struct group_add_args add = {group.group, next_name(fuzz, 'a', 8, true)};
	struct group_finish_args finish = {group.group, add.op, next_outcome(fuzz)};

	switch (what % 6) {
	case 0:
	case 1:
		CALL(group_add, &add, &answer);
		return;
	case 2:
		if (finish.op.ptr == NULL || finish.outcome.kind == OUTCOME_NONE)
			return;
		CALL(group_finish, &finish, &answer);
		return;
	case 3:
		CALL(group_seal, &group, &answer);
		return;
	case 4:
		CALL(group_delete, &group, &none);
		return;
	default:
		if (CALL(group_poll, &group, &view) == ERR_NONE)
			look_at_members(view.members);
	}
}

static void
pass(struct fuzz *fuzz)
{
	unsigned what = next_byte(fuzz);

	if (what & 1)
		fuzz->now_ns += next_ms(fuzz) * NS_PER_MS;
	else
		fuzz->now_ns += what % 3;
	if (what & 128) {
		fuzz->config.max_memory = what & 64 ? 0 : 4000 + 50 * next_byte(fuzz);
		core_configure(fuzz->core, &fuzz->config);
	}
	core_tick(fuzz->core, fuzz->now_ns, what >> 2 & 15);
}

static void
step(struct fuzz *fuzz)
{
	static void (*const verbs[])(struct fuzz * fuzz) = {enqueue, enqueue, enqueue, take, take,
		finish, finish, lease_verb, lease_verb, queue_verb, queue_verb, op_verb,
		group_create, group_verb, group_verb, pass, pass, peek, list};
	unsigned what = next_byte(fuzz) % 21;

	if (what < 19)
		verbs[what](fuzz);
	else
		configure(fuzz, what == 19);
	core_check(fuzz->core);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz fuzz = {.at = data, .end = data + size, .now_ns = 1000};
	const struct core_seed seed = {
		.hash = {1, 2}, .token = {3, 4}, .incarnation = "f", .first_fence = 1};
	const struct core_hooks hooks = {
		.arg = &fuzz,
		.queue_ready = hook_queue_ready,
		.queue_gone = hook_name,
		.group_done = hook_name,
		.watch_done = hook_watch_done,
		.queue_in_use = hook_queue_in_use,
		.render_group = hook_render_group,
		.happened = hook_happened,
	};

	core_config_init(&fuzz.config);
	fuzz.config.queue_idle_ms = 20;
	fuzz.config.max_groups = 3;
	fuzz.config.max_group_ops = 5;
	fuzz.config.max_queues = 2;
	fuzz.config.queue_defaults.exclusive = next_byte(&fuzz) % 2;
	fuzz.config.queue_defaults.max_attempts = next_byte(&fuzz) % 3;
	fuzz.core = core_new(&fuzz.config, &seed, &hooks);
	while (fuzz.at < fuzz.end)
		step(&fuzz);
	core_free(fuzz.core);
	return 0;
}
