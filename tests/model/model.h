/*
 * A naive inflightd, written from the protocol: lists, linear searches, no slices.
 * It speaks the language of the test bench (tests/unit/core_rig.h), so that its answer to a
 * command can be compared with the core's as text.
 *
 * Time is moved by model_pass(). Hints that the core must give meanwhile are collected
 * in `musts`.
 */
#ifndef INFLIGHT_TESTS_MODEL_MODEL_H
#define INFLIGHT_TESTS_MODEL_MODEL_H

#include "base/list.h"
#include "core_rig.h"
#include "core_rig_words.h"

#define M_NAME 24
#define M_MAX  64 /* queues, groups, watches, members of a group */

struct m_set;
struct m_member;

struct m_op {
	struct list_node node;
	struct m_set *set;
	struct m_member *member;
	char id[M_NAME], msg[M_NAME];
	uint64_t attempts, ttl, tie;
	bool reported;
};

struct m_set {
	struct list_node node; /* all sets, in the order in which they came into their state */
	struct list ops;
	struct m_queue *queue;
	char key[M_NAME], holder[M_NAME];
	enum set_state state;
	uint64_t count, created, open, due, seq, ready_uid;
	uint64_t fence, granted, deadline, lease_ms, owner, tie;
	bool has_returned;
};

struct m_queue {
	bool used, by_first_use, closed, paused;
	char name[M_NAME];
	struct queue_options options;
	struct queue_counters counters;
	uint64_t touched, idle_at, tie;
	uint64_t seen_uid[8]; /* which set of k0 ... k7 a take could have had */
	bool seen_exhausted;
};

struct m_member {
	char id[M_NAME], key[M_NAME], json[M_NAME];
	enum outcome_kind outcome;
	struct m_op *op;
	struct m_group *group, *child;
};

struct m_group {
	bool used, sealed, complete, timed_out, has_size, auto_complete;
	char name[M_NAME];
	char queue[M_NAME], key[M_NAME], op[M_NAME]; /* on_complete; "" where absent */
	struct m_member members[M_MAX];
	struct m_member *parent;
	uint64_t count, size, retain, timer, tie;
};

struct m_watch {
	bool used;
	uint64_t id;
	struct m_op *op;
	struct m_member *member; /* where there was no op */
	enum outcome_kind outcome;
	char json[M_NAME];
};

struct m_recent {
	uint64_t fence, finished, released;
};

struct model {
	struct rig out; /* only its `said` is used */
	struct core_config config;
	uint64_t now, seq, next_fence, next_op, next_watch, next_uid, refused[3];
	struct list sets;
	struct m_queue queues[M_MAX];
	struct m_group groups[M_MAX];
	struct m_watch watches[M_MAX];
	struct m_recent recent[M_MAX];
	struct queue_counters totals;
	struct buf musts; /* hints that must come, each ended by '\n' */
	uint64_t ops;     /* in all sets */
	bool told_late;   /* a purge or delete ended ops of groups or with watches */
};

void model_init(struct model *model, const struct core_config *config, uint64_t now);
void model_fini(struct model *model);

/* The answer that the core has to give; valid until the next call. */
const char *model_do(struct model *model, const char *command);

/* Does what is due by then. */
void model_pass(struct model *model, uint64_t now);

/* Adds to `musts` what has become takeable since the last call. */
void model_hints(struct model *model);

/* Of the hints that are due by now, the first that is not among those told; NULL: none. */
const char *model_missing_hint(struct model *model, const char *told);

/* When something is due next, UINT64_MAX: nothing. */
uint64_t model_next(struct model *model);

/* ---- between the files of the model --------------------------------------------- */

#define SET(link) container_of(link, struct m_set, node)
#define OP(link)  container_of(link, struct m_op, node)

const char *m_word(const struct words *words, size_t place); /* NULL: not given */
void m_create(struct model *model, struct words *words);
void m_queue_verb(struct model *model, struct words *words, const char *verb);
void m_enqueue_verb(struct model *model, struct words *words);
void m_take(struct model *model, struct words *words);
void m_finish(struct model *model, struct words *words);
void m_release(struct model *model, struct words *words);
void m_extend(struct model *model, struct words *words);
void m_owner_gone(struct model *model, struct words *words);
void m_poll(struct model *model, struct words *words);
void m_drop(struct model *model, struct words *words);
struct m_queue *m_queue_by_use(struct model *model, const char *name);
bool m_group_is_full(struct model *model, const struct m_group *group);
void m_say_ops(struct model *model, const struct m_set *set);
uint64_t m_attempt(const struct m_set *set);
void m_finish_all(struct model *model, struct m_set *set, enum outcome_kind kind, const char *json);
void m_run(struct model *model, struct words *words);
void m_put(char *to, const char *from); /* into an array of M_NAME */
bool m_is_before(const struct m_set *a, const struct m_set *b);

#define M_COUNT(model, queue, field, n)         \
	do {                                    \
		(queue)->counters.field += (n); \
		(model)->totals.field += (n);   \
	} while (0)

struct m_queue *m_queue(struct model *model, const char *name);
struct m_queue *m_queue_new(struct model *model, const char *name, bool by_first_use);
void m_queue_drop(struct model *model, struct m_queue *queue, enum outcome_kind kind);
void m_touch(struct model *model, struct m_queue *queue);
struct m_group *m_group(struct model *model, const char *name);
struct m_member *m_member(struct m_group *group, const char *id);
struct m_member *
m_member_new(struct m_group *group, const char *id, const char *key, struct m_op *op);
void m_group_grown(struct model *model, struct m_group *group);
void m_group_forget(struct model *model, struct m_group *group);
void m_group_check(struct model *model, struct m_group *group);
void
m_settle(struct model *model, struct m_member *member, enum outcome_kind kind, const char *json);
uint64_t m_outstanding(const struct m_group *group);

struct m_op *m_op(struct model *model, const struct m_queue *queue, const char *id);
struct m_set *
m_set(struct model *model, const struct m_queue *queue, const char *key, enum set_state state);
struct m_set *m_pending(struct model *model, const struct m_queue *queue, const char *key);
struct m_set *m_first_ready(struct model *model, const struct m_queue *queue);
uint64_t m_sets(struct model *model, const struct m_queue *queue, enum set_state state);
struct m_op *m_enqueue(struct model *model, struct m_queue *queue, const char *key, const char *id,
	const char *msg, uint64_t delay_ms, uint64_t ttl_ms);
bool m_place(struct model *model, struct m_queue *queue, const char *key, struct m_set **ret);
void m_make_id(struct model *model, struct m_queue *queue, struct m_group *group, char *ret);
void m_end(struct model *model, struct m_op *op, enum outcome_kind kind, const char *json);
void m_report(struct model *model, struct m_op *op, enum outcome_kind kind, const char *json);
void m_move(struct model *model, struct m_set *set, enum set_state state);
void m_make_ready(struct model *model, struct m_set *set, uint64_t due);
void m_join(struct m_set *set, struct m_set *from, bool to_front);

/* Aside, behind what is held of its key already. */
void m_hold(struct model *model, struct m_set *set);
void m_give_back(struct model *model, struct m_set *set, uint64_t delay_ms, bool undelivered);
void m_finish_lease(struct model *model, struct m_set *set);
void m_revive(struct model *model, struct m_set *set);
void m_purge(struct model *model, struct m_queue *queue, const enum set_state *states, size_t count,
	enum outcome_kind kind, uint64_t *ret_sets, uint64_t *ret_ops);
void m_tell(struct model *model, struct m_watch *watch, enum outcome_kind kind, const char *json);
void m_must(struct model *model, const char *what, const char *name, const char *key);

#endif
