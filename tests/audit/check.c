/*
 * A history from its first record to its last: reading, dispatch, what is counted.
 */
#include <config.h>

#include "audit/history.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define SHOWN 600 /* bytes of a record that are printed */

void
history_init(struct history *h, const char *path)
{
	*h = (struct history){.path = path, .next_place = 1};
	list_init(&h->touched);
	list_init(&h->due);
	list_init(&h->completed);
	list_init(&h->homeless);
	heap_init(&h->timers);
	queues_init(h);
	leases_init(h);
	groups_init(h);
	watches_init(h);
	waits_init(h);
}

const char *
rule_name(enum rule rule)
{
	static const char *const names[RULE_COUNT] = {
		[RULE_RECORD] = "record",
		[RULE_CLOCK] = "clock",
		[RULE_LOSS] = "loss",
		[RULE_TWICE] = "twice",
		[RULE_EXCLUSIVE] = "exclusive",
		[RULE_FENCE] = "fence",
		[RULE_STALE] = "stale",
		[RULE_SET_ORDER] = "set_order",
		[RULE_OP_ORDER] = "op_order",
		[RULE_DEPTH] = "depth",
		[RULE_WIDTH] = "width",
		[RULE_GROUP] = "group",
		[RULE_WAITERS] = "waiters",
		[RULE_ASLEEP] = "asleep",
		[RULE_DEAD_PEER] = "dead_peer",
		[RULE_EARLY] = "early",
		[RULE_LATE] = "late",
		[RULE_ANSWER] = "answer",
	};

	return names[rule];
}

void
violation(struct history *h, enum rule rule, const char *format, ...)
{
	va_list args;

	h->violations++;
	h->counts.violations[rule]++;
	if (h->quiet || h->violations > VIOLATIONS_MAX)
		return;
	printf("%s:%" PRIu64 ": %s: ", h->path, h->line, rule_name(rule));
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n    %.*s\n", (int)(h->text.len > SHOWN ? SHOWN : h->text.len), h->text.ptr);
	fflush(stdout);
}

/* ---- records ------------------------------------------------------------------------- */

static void
configure(struct history *h)
{
	h->auto_create = get_flag(h, "auto_create");
	h->queue_idle_ms = get_number(h, "queue_idle_ms");
	h->max_queues = get_number(h, "max_queues");
	h->max_groups = get_number(h, "max_groups");
	h->max_group_ops = get_number(h, "max_group_ops");
	h->max_memory = get_number(h, "max_memory");
	get_options(h, &h->defaults);
	h->defaults.exclusive = get_flag(h, "exclusive");
}

static void
start(struct history *h)
{
	if (h->started)
		violation(h, RULE_RECORD, "a second start in one stream");
	h->started = true;
	h->immediate = get_flag(h, "immediate");
	configure(h);
}

static void
run_verb(struct history *h, struct span verb)
{
	h->counts.verbs++;
	if (is_word(verb, "enqueue"))
		verb_enqueue(h);
	else if (is_word(verb, "take"))
		verb_take(h);
	else if (is_word(verb, "finish"))
		verb_finish(h);
	else if (is_word(verb, "release"))
		verb_release(h);
	else if (is_word(verb, "extend"))
		verb_extend(h);
	else if (is_word(verb, "cancel"))
		verb_cancel(h);
	else if (is_word(verb, "owner.gone"))
		verb_owner_gone(h);
	else if (is_word(verb, "watch.poll"))
		verb_watch(h, false);
	else if (is_word(verb, "watch.drop"))
		verb_watch(h, true);
	else if (span_starts_with(verb, SPAN("group.")))
		verb_group(h, verb);
	else if (span_starts_with(verb, SPAN("queue.")))
		verb_queue(h, verb);
	else if (!is_word(verb, "stats"))
		violation(h, RULE_RECORD, "an unknown verb");
}

static void
run_event(struct history *h, struct span event)
{
	if (is_word(event, "start"))
		start(h);
	else if (is_word(event, "configure"))
		configure(h);
	else if (is_word(event, "drain"))
		h->draining = true;
	else if (is_word(event, "wait"))
		wait_begun(h);
	else if (is_word(event, "woken"))
		wait_ended(h);
	else if (is_word(event, "turn"))
		turn_ended(h);
	else if (is_word(event, "tick"))
		events_catch_up(h, EVENTS_ALL);
	else if (is_word(event, "open") || is_word(event, "eof") || is_word(event, "rights") ||
		 is_word(event, "end") || is_word(event, "gone"))
		conn_event(h, event);
	else
		violation(h, RULE_RECORD, "an unknown event");
	if (is_word(event, "tick"))
		ticked(h);
}

static void
check_head(struct history *h)
{
	uint64_t seq = get_number(h, "seq");
	uint64_t now_ns = get_number(h, "now");

	if (seq != h->seq + 1)
		violation(h, RULE_RECORD, "record %" PRIu64 " after %" PRIu64, seq, h->seq);
	if (now_ns < h->now_ns)
		violation(h, RULE_CLOCK, "the time is before that of the record before");
	h->seq = seq;
	h->now_ns = now_ns;
}

/* Within one record everything that follows from it must have happened. */
static void
check_tail(struct history *h)
{
	struct list_node *node;

	events_catch_up(h, EVENTS_ALL);
	while ((node = list_pop(&h->due)) != NULL) {
		const struct group *group = container_of(node, struct group, due);

		violation(h, RULE_GROUP, "group %.*s must be complete now", (int)group->len,
			group->name);
	}
	while ((node = list_pop(&h->completed)) != NULL) {
		const struct group *group = container_of(node, struct group, completed);

		violation(h, RULE_GROUP, "the completion of group %.*s is not told",
			(int)group->len, group->name);
	}
}

void
history_record(struct history *h, char *line, size_t len)
{
	struct span event, verb;

	h->line++;
	h->text = span_make(line, len);
	if (h->violations > VIOLATIONS_MAX)
		return;
	if (!scan_line(h->text, "ok", &h->scan) || h->scan.root.type != VALUE_OBJECT) {
		violation(h, RULE_RECORD, "this is no record");
		return;
	}
	h->counts.records++;
	check_head(h);
	event = get_text(h, "event");
	verb = get_text(h, "verb");
	if (!h->started && !is_word(event, "start"))
		violation(h, RULE_RECORD, "the stream begins without a start");
	if (h->granted.any && !is_word(event, "woken"))
		granted_directly(h);
	h->emptied = 0;
	events_begin(h);
	if (verb.ptr != NULL) {
		events_catch_up(h, EVENTS_BEFORE);
		run_verb(h, verb);
	} else {
		run_event(h, event);
	}
	check_tail(h);
}

/* ---- the end --------------------------------------------------------------------------- */

static uint64_t
ended_sum(const struct counts *counts)
{
	uint64_t sum = 0;

	for (int kind = 0; kind <= OUTCOME_TIMEOUT; kind++)
		sum += counts->ended[kind];
	return sum;
}

bool
history_end(struct history *h)
{
	uint64_t in = h->counts.enqueued + h->counts.announced;

	h->text = span_make("", 0);
	if (in != ended_sum(&h->counts) + h->live_ops)
		violation(h, RULE_LOSS,
			"%" PRIu64 " ops came in, %" PRIu64 " ended, %" PRIu64 " are there", in,
			ended_sum(&h->counts), h->live_ops);
	return h->violations == 0;
}

void
history_report(const struct history *h)
{
	const struct counts *n = &h->counts;

	printf("%s: %" PRIu64 " records: %" PRIu64 " verbs (%" PRIu64 " refused), %" PRIu64
	       " turns, %" PRIu64 " events, %" PRIu64 " connections, %" PRIu64 " waits (%" PRIu64
	       " served)\n",
		h->path, n->records, n->verbs, n->refused, n->turns, n->events, n->conns, n->waits,
		n->served);
	printf("%s: ops: %" PRIu64 " enqueued + %" PRIu64 " announced = %" PRIu64 " alive", h->path,
		n->enqueued, n->announced, h->live_ops);
	for (int kind = OUTCOME_RESULT; kind <= OUTCOME_TIMEOUT; kind++)
		printf(" + %" PRIu64 " %s", n->ended[kind], outcome_name((enum outcome_kind)kind));
	printf("; %" PRIu64 " grants, %" PRIu64 " leases expired, %" PRIu64 " groups\n", n->grants,
		n->expired, n->groups);
	printf("%s: %u violations\n", h->path, h->violations);
}

void
history_fini(struct history *h)
{
	struct map_node *node;

	while ((node = map_first(&h->groups)) != NULL)
		past_group_forget(h, container_of(node, struct group, node));
	while (h->queues.count > 0)
		past_queue_destroy(h, container_of(map_first(&h->queues), struct queue, node));
	waits_fini(h);
	watches_fini(h);
	leases_fini(h);
	map_fini(&h->groups);
	map_fini(&h->queues);
	heap_fini(&h->timers);
}

bool
history_read(struct history *h, const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (file == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	/* A last line without its end is one that the daemon did not come to write. */
	while ((len = getline(&line, &size, file)) > 0 && line[len - 1] == '\n')
		history_record(h, line, (size_t)len - 1);
	free(line);
	fclose(file);
	return true;
}
