/*
 * The cases. Keys and tokens are made outside of what is measured, a batch at a
 * time; keys are gone through in an order other than that of their coming, so that
 * the caches help no more than they would with real peers.
 */
#include <config.h>

#include "core_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "json/scan.h"
#include "machine.h"
#include "process.h"

static const struct span no_span;

static void
add(struct report *report, const char *what, uint64_t n, const char *figure, double value)
{
	char name[80];

	snprintf(name, sizeof(name), "%s at %llu", what, (unsigned long long)n);
	report_add(report, name, figure, value);
}

static void
add_ns(struct report *report, const char *what, uint64_t n, uint64_t spent, uint64_t calls)
{
	add(report, what, n, "ns", (double)spent / (double)calls);
}

static size_t
batch_size(uint64_t done, uint64_t n)
{
	return n - done < BATCH ? (size_t)(n - done) : BATCH;
}

/* Goes through 0..n-1, each once, in leaps: 2654435761 is a prime beyond any n used here. */
static uint64_t
scattered(uint64_t i, uint64_t n)
{
	return i * UINT64_C(2654435761) % n;
}

static void
scan_many(struct report *report, const char *what, struct span line, uint64_t calls)
{
	uint64_t start = cpu_ns();

	for (uint64_t i = 0; i < calls; i++) {
		struct scan scan;

		CHECK(scan_line(line, "params", &scan) && scan.expanded.count > 0);
	}
	report_add(report, what, "ns", (double)(cpu_ns() - start) / (double)calls);
}

void
case_scan(struct report *report, uint64_t calls)
{
	scan_many(report, "scan enqueue line",
		SPAN("{\"id\":1234567,\"method\":\"enqueue\",\"params\":{\"queue\":\"bench\","
		     "\"key\":\"0123456789abcdef\",\"msg\":\"0123456789abcdef0123456789abcdef"
		     "0123456789abcdef0123456789abcd\"}}"),
		calls);
	scan_many(report, "scan dequeue line",
		SPAN("{\"id\":1234567,\"method\":\"dequeue\",\"params\":{\"queue\":\"bench\","
		     "\"wait_ms\":0}}"),
		calls);
	scan_many(report, "scan finish line",
		SPAN("{\"id\":1234567,\"method\":\"finish\",\"params\":{\"set\":"
		     "\"1234567-9f86d081884c7d65\"}}"),
		calls);
}

/* Returns the CPU time of n enqueues; `scatter` for keys that are there already. */
static uint64_t
enqueue_many(struct machine *machine, uint64_t n, bool scatter)
{
	struct key keys[BATCH];
	uint64_t spent = 0;

	for (uint64_t done = 0; done < n; done += BATCH) {
		size_t count = batch_size(done, n);

		for (size_t i = 0; i < count; i++)
			key_make(&keys[i], scatter ? scattered(done + i, n) : done + i);
		uint64_t start = cpu_ns();

		for (size_t i = 0; i < count; i++)
			machine_enqueue(
				machine, span_make(keys[i].text, sizeof(keys[i].text)), no_span);
		spent += cpu_ns() - start;
	}
	return spent;
}

struct bytes {
	uint64_t told;
	uint64_t heap;
	uint64_t resident;
};

static struct bytes
bytes_now(struct machine *machine)
{
	return (struct bytes){
		machine_bytes(machine), allocated_bytes(), process_resident(getpid())};
}

static void
add_bytes(struct report *report, const char *what, uint64_t n, struct bytes from, struct bytes to)
{
	add(report, what, n, "bytes stats", (double)(to.told - from.told) / (double)n);
	add(report, what, n, "bytes heap", ((double)to.heap - (double)from.heap) / (double)n);
	/* Pages that an earlier case left behind are used again: it tells only of large n. */
	if (n >= 100000)
		add(report, what, n, "bytes resident",
			((double)to.resident - (double)from.resident) / (double)n);
}

static uint64_t
take_all(struct machine *machine, struct token *tokens, uint64_t n)
{
	uint64_t start = cpu_ns();

	for (uint64_t i = 0; i < n; i++)
		machine_take(machine, &tokens[i]);
	return cpu_ns() - start;
}

static uint64_t
finish_all(struct machine *machine, const struct token *tokens, uint64_t n)
{
	uint64_t start = cpu_ns();

	for (uint64_t i = 0; i < n; i++)
		machine_finish(machine, &tokens[scattered(i, n)]);
	return cpu_ns() - start;
}

void
case_queue(struct report *report, uint64_t n)
{
	struct token *tokens = xcalloc(n, sizeof(*tokens));
	struct machine machine;

	machine_init(&machine, true);
	struct bytes empty = bytes_now(&machine);

	add_ns(report, "enqueue new key", n, enqueue_many(&machine, n, false), n);
	add_bytes(report, "op with its own key", n, empty, bytes_now(&machine));
	add_ns(report, "take", n, take_all(&machine, tokens, n), n);
	add_ns(report, "finish", n, finish_all(&machine, tokens, n), n);
	machine_fini(&machine);
	free(tokens);

	machine_init(&machine, true);
	enqueue_many(&machine, n, false);
	struct bytes before = bytes_now(&machine);

	add_ns(report, "enqueue merged", n, enqueue_many(&machine, n, true), n);
	add_bytes(report, "op merged", n, before, bytes_now(&machine));
	machine_fini(&machine);
}

static void
group_call(struct machine *machine, struct span op, bool finish)
{
	struct group_add_args add_args = {.group = SPAN("batch"), .op = op};
	struct group_finish_args finish_args = {
		.group = SPAN("batch"),
		.op = op,
		.outcome = {.kind = OUTCOME_RESULT, .json = SPAN("1")},
	};
	struct group_op_answer answer;
	struct refusal refusal;
	enum err err = finish ? core_group_finish(machine->core, machine->now_ns, &finish_args,
					&answer, &refusal)
			      : core_group_add(machine->core, machine->now_ns, &add_args, &answer,
					&refusal);

	CHECK(err == ERR_NONE && !answer.duplicate);
}

static uint64_t
group_many(struct machine *machine, uint64_t n, bool finish)
{
	struct key keys[BATCH];
	uint64_t spent = 0;

	for (uint64_t done = 0; done < n; done += BATCH) {
		size_t count = batch_size(done, n);

		for (size_t i = 0; i < count; i++)
			key_make(&keys[i], finish ? scattered(done + i, n) : done + i);
		uint64_t start = cpu_ns();

		for (size_t i = 0; i < count; i++)
			group_call(machine, span_make(keys[i].text, sizeof(keys[i].text)), finish);
		spent += cpu_ns() - start;
	}
	return spent;
}

static void
group_create(struct machine *machine)
{
	struct group_create_args args = {.group = SPAN("batch"), .retain_ms = 1000};
	struct no_answer answer;
	struct refusal refusal;

	CHECK(core_group_create(machine->core, machine->now_ns, &args, &answer, &refusal) ==
		ERR_NONE);
}

void
case_group(struct report *report, uint64_t n)
{
	struct machine machine;

	machine_init(&machine, true);
	group_create(&machine);
	add_ns(report, "group add", n, group_many(&machine, n, false), n);
	add_ns(report, "group finish", n, group_many(&machine, n, true), n);
	machine_fini(&machine);
}

enum cycle { CYCLE_HAND_OUT, CYCLE_LEASED, CYCLE_GROUP };

/* Jobs from coming to going, the depth staying as it is. */
static uint64_t
cycle_many(struct machine *machine, enum cycle cycle, uint64_t first_key, uint64_t jobs)
{
	struct span group = cycle == CYCLE_GROUP ? SPAN("batch") : no_span;
	struct key keys[BATCH];
	struct token token;
	uint64_t spent = 0;

	for (uint64_t done = 0; done < jobs; done += BATCH) {
		size_t count = batch_size(done, jobs);

		for (size_t i = 0; i < count; i++)
			key_make(&keys[i], first_key + done + i);
		uint64_t start = cpu_ns();

		for (size_t i = 0; i < count; i++) {
			machine_enqueue(
				machine, span_make(keys[i].text, sizeof(keys[i].text)), group);
			machine_take(machine, &token);
			if (cycle != CYCLE_HAND_OUT)
				machine_finish(machine, &token);
		}
		spent += cpu_ns() - start;
	}
	return spent;
}

void
case_steady(struct report *report, uint64_t depth, uint64_t jobs)
{
	static const char *const names[] = {
		"enqueue take (no lease) steady",
		"enqueue take finish steady",
		"group enqueue take finish steady",
	};

	for (enum cycle cycle = CYCLE_HAND_OUT; cycle <= CYCLE_GROUP; cycle++) {
		struct machine machine;

		machine_init(&machine, cycle != CYCLE_HAND_OUT);
		group_create(&machine);
		enqueue_many(&machine, depth, false);
		/* Once through the queue first: then the memory is as it is after hours. */
		cycle_many(&machine, cycle, depth, depth);
		add_ns(report, names[cycle], depth, cycle_many(&machine, cycle, 2 * depth, jobs),
			jobs);
		machine_fini(&machine);
	}
}

static uint64_t
longest_enqueue(struct machine *machine, uint64_t n)
{
	uint64_t longest = 0;

	for (uint64_t i = 0; i < n; i++) {
		struct key key;
		struct span text = key_make(&key, i);
		uint64_t start = cpu_ns();

		machine_enqueue(machine, text, no_span);
		uint64_t spent = cpu_ns() - start;

		longest = spent > longest ? spent : longest;
	}
	return longest;
}

/* Ticks until nothing is left to do now; returns the longest. */
static uint64_t
longest_tick(struct machine *machine, uint64_t *ret_all)
{
	uint64_t longest = 0;
	bool more = true;

	*ret_all = 0;
	while (more) {
		uint64_t start = cpu_ns();

		more = core_tick(machine->core, machine->now_ns, 2000);
		uint64_t spent = cpu_ns() - start;

		longest = spent > longest ? spent : longest;
		*ret_all += spent;
	}
	return longest;
}

static void
add_ms(struct report *report, const char *what, uint64_t n, uint64_t spent)
{
	add(report, what, n, "ms", (double)spent / 1e6);
}

void
case_longest(struct report *report, uint64_t n)
{
	struct queue_delete_args args = {.queue = SPAN("bench"), .force = true};
	struct token token;
	struct machine machine;
	struct no_answer answer;
	struct refusal refusal;
	uint64_t all;

	machine_init(&machine, true);
	add_ms(report, "longest enqueue while growing", n, longest_enqueue(&machine, n));
	for (uint64_t i = 0; i < n; i++)
		machine_take(&machine, &token);
	machine.now_ns += ms_to_ns(60000);
	add_ms(report, "longest tick, leases expire", n, longest_tick(&machine, &all));
	add_ns(report, "one lease expires", n, all, n);

	uint64_t start = cpu_ns();

	CHECK(core_queue_delete(machine.core, machine.now_ns, &args, &answer, &refusal) ==
		ERR_NONE);
	add_ms(report, "queue delete, the call", n, cpu_ns() - start);
	add_ms(report, "longest tick, queue deleted", n, longest_tick(&machine, &all));
	add_ns(report, "one op deleted", n, all, n);
	machine_fini(&machine);
}
