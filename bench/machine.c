/*
 * The core under measurement and its clock. Limits are wide open, so that nothing
 * but the work itself is measured; all other checks are on.
 */
#include <config.h>

#include "machine.h"

#include <malloc.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"

static const char body[] = "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\"";

_Static_assert(sizeof(body) - 1 == BODY_BYTES, "the body has the bytes it is named for");

static void
ignore_queue_ready(void *arg, struct span queue, struct span key)
{
	(void)arg, (void)queue, (void)key;
}

static void
ignore_name(void *arg, struct span name)
{
	(void)arg, (void)name;
}

static void
ignore_watch(void *arg, uint64_t watch)
{
	(void)arg, (void)watch;
}

static bool
never_in_use(void *arg, struct span queue)
{
	(void)arg, (void)queue;
	return false;
}

static void
render_nothing(void *arg, const struct group_view *view, struct buf *out)
{
	(void)arg, (void)view;
	buf_add(out, SPAN("null"));
}

void
machine_init(struct machine *machine, bool leases)
{
	static const struct core_hooks hooks = {
		.queue_ready = ignore_queue_ready,
		.queue_gone = ignore_name,
		.group_done = ignore_name,
		.watch_done = ignore_watch,
		.queue_in_use = never_in_use,
		.render_group = render_nothing,
	};
	struct core_seed seed = {
		.hash = {1, 2},
		.token = {3, 4},
		.incarnation = "benchrun",
		.first_fence = 1,
	};
	struct core_config config;

	core_config_init(&config);
	config.queue_defaults.depth = 1000000000;
	config.queue_defaults.width = 1000000000;
	config.queue_defaults.lease_ms = leases ? 30000 : 0;
	config.max_group_ops = 1000000000;
	config.max_memory = 0;
	machine->core = core_new(&config, &seed, &hooks);
	machine->now_ns = NS_PER_MS;
	/* Pages of the case before go back, so that growth shows in what is resident. */
	malloc_trim(0);
}

void
machine_fini(struct machine *machine)
{
	core_free(machine->core);
}

struct span
key_make(struct key *key, uint64_t number)
{
	/* An odd factor maps the numbers one to one and leaves no run of like digits. */
	uint64_t mixed = number * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < sizeof(key->text); i++) {
		key->text[i] = "0123456789abcdef"[mixed >> 60];
		mixed <<= 4;
	}
	return span_make(key->text, sizeof(key->text));
}

void
machine_enqueue(struct machine *machine, struct span key, struct span group)
{
	struct enqueue_args args = {
		.queue = SPAN("bench"),
		.key = key,
		.msg = span_make(body, BODY_BYTES),
		.group = group,
	};
	struct enqueue_answer answer;
	struct refusal refusal;

	CHECK(core_enqueue(machine->core, machine->now_ns, &args, &answer, &refusal) == ERR_NONE);
}

void
machine_take(struct machine *machine, struct token *ret)
{
	struct take_args args = {.queue = SPAN("bench")};
	struct take_answer answer;
	struct refusal refusal;
	struct op_view op;

	CHECK(core_take(machine->core, machine->now_ns, &args, &answer, &refusal) == ERR_NONE);
	CHECK(answer.found && answer.token.len < sizeof(ret->text));
	CHECK(answer.ops.next(&answer.ops, &op) && op.msg.len == BODY_BYTES);
	ret->len = (unsigned char)answer.token.len;
	memcpy(ret->text, answer.token.ptr, answer.token.len);
}

void
machine_finish(struct machine *machine, const struct token *token)
{
	struct finish_args args = {
		.token = span_make(token->text, token->len),
		.rest = {.kind = OUTCOME_RESULT, .json = SPAN("null")},
	};
	struct finish_answer answer;
	struct refusal refusal;

	CHECK(core_finish(machine->core, machine->now_ns, &args, &answer, &refusal) == ERR_NONE);
	CHECK(answer.finished >= 1 && !answer.duplicate);
}

uint64_t
machine_bytes(struct machine *machine)
{
	struct no_args args = {0};
	struct stats_answer answer;
	struct refusal refusal;

	CHECK(core_stats(machine->core, machine->now_ns, &args, &answer, &refusal) == ERR_NONE);
	return answer.memory_bytes;
}

uint64_t
allocated_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}
