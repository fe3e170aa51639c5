/*
 * The checker of audit streams. It replays a stream record by record on a machine of
 * its own, which shares containers and the JSON scanner with the product but no rule of
 * queues, and holds what each record tells against what must follow from those before.
 *
 * Where the daemon is free (when a timer that is due is worked off), the stream says what
 * it did and the checker only asks whether it may; everything else it predicts.
 *
 * One struct history is one stream. Everything it knows of ends with the object in the
 * stream that it stands for, so memory follows what is alive, not what is read.
 */
#ifndef INFLIGHT_TESTS_AUDIT_HISTORY_H
#define INFLIGHT_TESTS_AUDIT_HISTORY_H

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "core/verbs.h"
#include "json/scan.h"

#include <stdbool.h>
#include <stdint.h>

#define NEVER          UINT64_MAX
#define FINISHES_KEPT  10000 /* how many repeats of finish the contract promises to know */
#define TAKE_TRIES     64    /* sets that one take may pass over */
#define VIOLATIONS_MAX 10    /* then the state is too far off to go on */

/* What a violation is of. The names are printed. */
enum rule {
	RULE_RECORD,    /* the stream itself: not JSON, a member is missing, a gap */
	RULE_CLOCK,     /* time went back */
	RULE_LOSS,      /* an op or a set that must be there is not handed out, or not counted */
	RULE_TWICE,     /* an op or a set is where it cannot be any more */
	RULE_EXCLUSIVE, /* two leases of one key */
	RULE_FENCE,     /* a fence that is not the next one */
	RULE_STALE,     /* a token that is over did something, or a good one did not */
	RULE_SET_ORDER, /* another set's turn */
	RULE_OP_ORDER,  /* the ops of a set: others, or in another order */
	RULE_DEPTH,     /* refused although there is room, or let in although there is not */
	RULE_WIDTH,
	RULE_GROUP,     /* complete too early, too late, twice, or with other outcomes */
	RULE_WAITERS,   /* another waiter's turn */
	RULE_ASLEEP,    /* a waiter sleeps although there is something for it */
	RULE_DEAD_PEER, /* something was granted to a peer that had ended */
	RULE_EARLY,     /* a lease, a window, a ttl, a wait ended before its time */
	RULE_LATE,      /* or was still there when all that was due is said to be done */
	RULE_ANSWER,    /* any other answer than the one that follows */
	RULE_COUNT,
};

enum set_place { WAITING, ENDING /* its window was ended by a close */, READY, LEASED, HELD, DEAD };

enum timer { TIMER_WINDOW, TIMER_LEASE, TIMER_TTL, TIMER_GROUP, TIMER_WAIT };

struct queue {
	struct map_node node;
	struct queue_options options;
	bool by_first_use, closed, paused;
	uint64_t touched_ns;
	uint64_t pending, held, leased, dead; /* sets */
	uint64_t kicks;                       /* of the dead ones that are on their way back */
	struct map ops, keys;
	struct heap ready;
	struct list waiting, ending, dead_sets, others; /* held and leased */
	struct list plain_waits, keyed_waits;
	struct list_node touched; /* in history.touched: something may be deliverable */
	size_t len;
	char name[];
};

/* A key of a queue, while it has a set. */
struct key {
	struct map_node node;
	struct queue *queue;
	struct set *pending, *held;
	uint64_t leased, dead;
	uint64_t sets; /* of it, wherever they are */
	size_t len;
	char name[];
};

struct set {
	struct key *key;
	enum set_place place;
	struct list_node node;  /* in one of the queue's lists */
	struct heap_node order; /* READY */
	struct heap_node timer;
	struct list ops;
	uint64_t count;
	uint64_t created_ns, open_ns, ready_ns, seq;
	uint64_t ready_since; /* the record that made it ready */
	bool has_returned;
	struct lease *lease;
};

struct lease {
	struct map_node by_token, by_fence;
	struct set *set;
	struct owner *owner;
	uint64_t fence, lease_ms;
	size_t len;
	char token[];
};

struct owner {
	struct map_node node;
	uint64_t id, leases;
	bool gone;
};

struct op {
	struct map_node node;
	struct list_node in_set;
	struct set *set;
	struct part *member;
	struct list watches;
	struct heap_node ttl; /* key: when */
	uint64_t ttl_ns;      /* NEVER: none */
	uint64_t attempts;
	bool reported;
	size_t len;
	char id[];
};

struct part {
	struct map_node node;
	struct list_node in_group;
	struct group *group;
	struct group *child;
	struct op *op;
	struct list watches;
	bool doomed; /* its op was thrown away; how it ended is still to be told */
	enum outcome_kind outcome;
	size_t len;
	char id[];
};

struct group {
	struct map_node node;
	struct map by_id;
	struct list members;
	struct list_node due;       /* in history.due: must complete within this record */
	struct list_node completed; /* in history.completed: its op is still to be announced */
	struct heap_node timer;
	struct part *parent;
	uint64_t ops, outstanding, failed, size, retain_ms;
	bool auto_complete, sealed, complete, timed_out;
	char *then_queue, *then_key, *then_op; /* NULL: none */
	size_t len;
	char name[];
};

struct watch {
	struct map_node node;
	struct list_node in_list;
	uint64_t id;
	enum outcome_kind outcome;
	bool lax; /* of an op thrown away: may be told later */
};

struct conn {
	struct map_node node;
	uint64_t id, ended_seq; /* 0: not ended */
	uint64_t rights_seq;    /* waits from before that may be over */
	uint64_t waits;
	bool eof, gone;
};

struct wait {
	struct map_node node;
	struct heap_node timer;
	uint64_t id, seq, until_ns;
	struct conn *conn;
	bool for_set;
	char *key;
	size_t count;
	struct wait_place {
		struct list_node node;
		struct queue *queue; /* NULL: gone */
		struct wait *wait;
		char *name;
	} places[];
};

struct recent {
	struct map_node node;
	uint64_t finished, released;
	size_t len;
	char token[64];
};

/* What the checker has seen, for its report. */
struct counts {
	uint64_t records, verbs, turns, ticks, events, refused;
	uint64_t enqueued, announced, grants, expired, extended, groups, waits, served;
	uint64_t ended[OUTCOME_TIMEOUT + 1];
	uint64_t conns, violations[RULE_COUNT];
};

struct history {
	struct counts counts;
	unsigned violations;
	bool quiet; /* counts violations and prints none */
	const char *path;
	uint64_t line;
	struct span text; /* of the record under way */
	struct scan scan;

	uint64_t seq, now_ns, last_fence, next_place;
	bool started, immediate, draining, auto_create;
	uint64_t queue_idle_ms, max_queues, max_groups, max_group_ops, max_memory;
	struct queue_options defaults;

	struct map queues, groups, leases, fences, owners, watches, conns, waits, recent;
	struct recent *ring;
	uint64_t ring_next;
	struct heap timers, wait_timers;
	struct list touched, due, completed;
	struct list homeless; /* places of waits whose queue is not there */
	uint64_t doomed_ops;  /* thrown away, their end not told yet */
	uint64_t ending_sets; /* whose window a close has ended, not made ready yet */
	uint64_t orphans;     /* leases whose owner is gone */
	uint64_t live_ops;

	/* The events of the record under way. */
	struct walk events;
	struct event {
		bool there;
		struct span name, queue, key, op, group;
		uint64_t fence;
		enum outcome_kind how;
	} next, put_back; /* the one after it, where that was read already */
	uint64_t emptied; /* sets that went with an expired op in this record */
	struct group *adopting, *adopting_for; /* whose op in that group is still to be told */

	/* The set that the record before has handed out. */
	struct {
		bool any;
		uint64_t conn;
		struct set *set; /* NULL: it had no lease */
		struct queue *queue;
		uint64_t ready_since;
		char key[KEY_MAX_BYTES + 1];
		size_t key_len;
	} granted;
};

/* ---- check.c ------------------------------------------------------------ */

void history_init(struct history *h, const char *path);
void history_fini(struct history *h);
/* One line of the stream, without its newline; it is written to. */
void history_record(struct history *h, char *line, size_t len);
/* Everything is read. False: there were violations. */
bool history_end(struct history *h);
/* What was counted. */
void history_report(const struct history *h);
void violation(struct history *h, enum rule rule, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
const char *rule_name(enum rule rule);
/* Reads a whole file; false where it cannot be read. */
bool history_read(struct history *h, const char *path);

/* ---- record.c: members of the record under way --------------------------- */

/* Of the record itself, of its `ok`. Absent: ptr NULL, 0, false. */
struct span get_text(struct history *h, const char *name);
uint64_t get_number(struct history *h, const char *name);
bool get_number_if(struct history *h, const char *name, uint64_t *ret);
bool get_flag(struct history *h, const char *name);
bool get_array(struct history *h, const char *name, struct walk *ret);
struct span ok_text(struct history *h, const char *name);
uint64_t ok_number(struct history *h, const char *name);
bool ok_flag(struct history *h, const char *name);
bool ok_array(struct history *h, const char *name, struct walk *ret);
/* The next element of an array of strings. */
bool next_text(struct walk *walk, struct span *ret);
/* The next of an array of [op, outcome] pairs. */
bool next_pair(struct walk *walk, struct span *op, enum outcome_kind *how);
enum outcome_kind outcome_of(struct span name);
const char *outcome_name(enum outcome_kind kind);
void get_options(struct history *h, struct queue_options *options);
bool is_word(struct span text, const char *word);
char *text_copy(struct span text); /* NULL for an absent one */

/*
 * Does the answer agree with the error that must follow (NULL: none)? True where the
 * verb did something. A refusal for lack of memory is always believed.
 */
bool answer_agrees(struct history *h, enum rule rule, const char *error);
void expect_number(struct history *h, enum rule rule, const char *name, uint64_t value);
void expect_flag(struct history *h, enum rule rule, const char *name, bool value);

/* ---- places.c, sets.c: queues, sets, ops -------------------------------------------- */

void queues_init(struct history *h);
struct map_node *past_look_up(const struct map *map, struct span name);
/* Something may be deliverable now: looked at when the turn ends. */
void past_queue_changed(struct history *h, struct queue *queue);
struct queue *past_queue_find(struct history *h, struct span name);
struct queue *past_queue_make(struct history *h, struct span name);
/* Everything in it ends as `how`, to be told later. */
void past_queue_destroy(struct history *h, struct queue *queue);
void past_queue_touch(struct history *h, struct queue *queue);
struct key *past_key_find(struct queue *queue, struct span name);
struct key *past_key_need(struct queue *queue, struct span name);
struct op *past_op_find(struct queue *queue, struct span id);
struct op *past_op_make(struct history *h, struct queue *queue, struct span id, uint64_t ttl_ms);
/* Adds it where it belongs; the new set or the one it joined. */
struct set *past_op_place(struct history *h, struct key *key, struct op *op, uint64_t delay_ms);
/* Out of its set and queue, and its group is told. */
void past_op_end(struct history *h, struct op *op, enum outcome_kind how);
void past_op_report(struct history *h, struct op *op, enum outcome_kind how);
void past_op_unlink(struct op *op);
void past_op_free(struct history *h, struct op *op, enum outcome_kind how);
void past_set_leave(struct history *h, struct set *set);
void past_set_enter(struct history *h, struct set *set, enum set_place place);
void past_set_free(struct set *set);
void past_set_become_ready(struct history *h, struct set *set);
struct set *past_set_first_ready(struct queue *queue);
void past_set_hold(struct history *h, struct set *set);
void past_set_revive(struct history *h, struct set *set); /* a dead one that was kicked */
/* Everything of a set ends that way, to be told later. */
void past_set_doom(struct history *h, struct set *set, enum outcome_kind how);
void past_set_enter_pending(struct history *h, struct set *set);
void past_key_freed(struct history *h, struct key *key);
void past_set_join_held(struct history *h, struct set *set);
struct set *past_set_split(struct history *h, struct set *set, bool (*moves)(const struct op *op));

/* ---- leases.c, take.c, finish.c -------------------------------------------------------------- */

void leases_init(struct history *h);
void leases_fini(struct history *h);
void past_lease_make(struct history *h, struct set *set, struct span token, uint64_t owner_id);
void past_lease_arm(struct history *h, struct lease *lease);
void past_lease_drop(struct history *h, struct set *set);
void past_set_give_back(struct history *h, struct set *set, uint64_t delay_ms, bool undelivered);
void past_set_finished(struct history *h, struct set *set);
struct lease *past_lease_of(struct history *h, struct span token);
struct lease *past_lease_numbered(struct history *h, uint64_t fence);
struct owner *past_owner_find(struct history *h, uint64_t id);
void verb_take(struct history *h);
void verb_finish(struct history *h);
void verb_release(struct history *h);
void verb_extend(struct history *h);
void verb_owner_gone(struct history *h);

/* ---- queues.c -------------------------------------------------------------- */

void verb_queue(struct history *h, struct span verb);
void verb_enqueue(struct history *h);
void verb_cancel(struct history *h);

/* ---- groups.c -------------------------------------------------------------- */

struct group *past_group_find(struct history *h, struct span name);
struct part *part_find(struct group *group, struct span id);
struct part *part_make(struct history *h, struct group *group, struct span id);
void part_settle(struct history *h, struct part *member, enum outcome_kind how);
const char *past_group_may_grow(const struct history *h, const struct group *group);
void past_group_grown(struct history *h, struct group *group);
void past_group_forget(struct history *h, struct group *group);
bool group_is_due(const struct group *group);
void verb_group(struct history *h, struct span verb);

void groups_init(struct history *h);

/* ---- watches.c ------------------------------------------------------------- */

void past_watch_make(struct history *h, uint64_t id, struct list *list, enum outcome_kind how);
void watches_settle(struct list *list, enum outcome_kind how, bool lax);
void verb_watch(struct history *h, bool drop);
void watches_init(struct history *h);
void watches_fini(struct history *h);

/* ---- events.c -------------------------------------------------------------- */

enum events_when {
	EVENTS_BEFORE, /* a verb: those that may have happened already */
	EVENTS_WITHIN, /* a step: what follows from it */
	EVENTS_ALL,    /* none may be left */
};

/* Works off events of the record. */
void events_catch_up(struct history *h, enum events_when when);
void events_begin(struct history *h);

/* ---- waits.c --------------------------------------------------------------- */

void conn_event(struct history *h, struct span event);
void wait_begun(struct history *h);
void wait_ended(struct history *h);
void granted_directly(struct history *h); /* no wait has ended by the grant before */
void turn_ended(struct history *h);
void ticked(struct history *h);
void waits_init(struct history *h);
void waits_fini(struct history *h);
void waits_queue_made(struct history *h, struct queue *queue);
void waits_queue_gone(struct queue *queue);

/* ---- watches.c: maps by number ---------------------------------------------- */

struct map_node *past_number_find(const struct map *map, uint64_t number);
void past_number_insert(struct map *map, struct map_node *node, uint64_t number);
struct span number_span(const uint64_t *number);

#endif
