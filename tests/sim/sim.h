/*
 * A simulated world: the service with either engine, peers that come and go, and a
 * clock, all driven by one seed. What peers send and what the service writes goes into a history,
 * and a checker that shares nothing with the product holds the one against the other.
 *
 * The checker knows three kinds of things: what is sure (answered), what may have happened (asked
 * and not answered yet, or asked by a peer that is gone), and what cannot be. A survey, when
 * nothing is under way, shows every op there is and turns the second kind into the first.
 *
 * One struct sim serves many runs, one after the other. A violation ends the process.
 */
#ifndef INFLIGHT_TESTS_SIM_SIM_H
#define INFLIGHT_TESTS_SIM_SIM_H

#include "audit/listener.h"
#include "base/buf.h"
#include "base/clock.h"
#include "command/session.h"

#include "sim/reading.h"
#include <stdbool.h>
#include <stdint.h>

#define QUEUES     3
#define KEYS       4
#define OBSERVER   0 /* a peer that only looks, and never fails; the others follow */
#define PEERS_MAX  100001
#define FEW_PEERS  11
#define NAME       32
#define TOKEN      64
#define SET_MAX    64
#define LINES_MAX  64
#define MEMBERS    64
#define NOT_GIVEN  UINT64_MAX
#define DEATHS     6
#define LINE_BYTES 4096

enum method {
	ENQUEUE,
	DEQUEUE,
	FINISH,
	RELEASE,
	EXTEND,
	CANCEL,
	GROUP_CREATE,
	GROUP_ADD,
	GROUP_FINISH,
	GROUP_SEAL,
	GROUP_WAIT,
	GROUP_DELETE,
	QUEUE_CLOSE,
	QUEUE_OPEN,
	QUEUE_PAUSE,
	QUEUE_RESUME,
	QUEUE_UPDATE,
	QUEUE_PURGE,
	QUEUE_DELETE,
	QUEUE_KICK,
	LOOK, /* whatever changes nothing */
};

/* How a request is written. */
enum form { STRICT, PLAIN, BARE /* plain, without id */, SILENT /* a notification */, BATCH };

enum ask_state { WRITTEN, FED, ANSWERED, LOST /* with its peer */ };

/* One request. Its index is its id, and the value of every outcome it gives. */
struct ask {
	enum method method;
	enum form form;
	enum ask_state state;
	bool was_fed;
	bool has_key, force, own, fails, gives_rest;
	unsigned peer, life; /* which life of that peer */
	unsigned queue, queues /* a bit for each */, key, op, lease, group;
	unsigned next_of_peer; /* the one before it; 0: none */
	uint64_t names;        /* which ops of its set a finish names: a bit for each */
	uint64_t wait_ms, lease_ms;
	uint64_t fed_ns, fed_step;
	uint64_t parked_ns, parked_step; /* known to be executed by then; 0: not known */
};

enum op_state {
	OP_ASKED, /* may be there */
	OP_LIVE,
	OP_GONE,
	OP_NEVER, /* was refused, or a repeat */
};

/* One enqueue or group.add; its index is the message. */
struct op {
	enum op_state state;
	unsigned ask, queue, key, group, lease /* the last one */;
	char id[NAME];
	bool of_group_only, is_announcement;
	bool repeated;    /* the id was used again */
	bool is_repeat;   /* the id was another's */
	bool maybe_swept; /* by a purge or delete */
	bool maybe_ended; /* by a finish or cancel nobody heard the answer of */
	bool cancel_asked, group_finish_asked, kicked, attempts_unknown;
	bool has_started; /* a set, as the answer said */
	bool has_delay;
	bool maybe_handed;    /* to a peer that was gone, and given back */
	bool has_older_place; /* maybe: its set was one with an older one */
	bool maybe_kicked;    /* delivered, if it was, to a peer that never read it */
	bool has_outcome;     /* known from the answer to a finish */
	unsigned cancels;     /* under way */
	unsigned delivered;   /* as far as answers told */
	unsigned attempts;    /* of those, the ones that count */
	unsigned outcome;     /* the ask that gave it */
	uint64_t fed_step, acked_step, fed_ns, acked_ns, ttl_ms;
	uint64_t seen; /* the survey that showed it last */
	/* When it was seen at the head of a ready set last, and how often it was delivered then. */
	uint64_t ready_step;
	unsigned ready_delivered;
};

struct lease {
	uint64_t fence;
	char token[TOKEN];
	unsigned ask, queue, key, count, ops[SET_MAX];
	bool ended, maybe_ended;
	bool orphaned; /* its peer is gone, and it must go with it */
	bool received; /* the peer has read it */
	bool finished; /* an answer said so */
	bool finish_asked;
	unsigned enders; /* under way */
	uint64_t line_end;
	uint64_t extended_step;             /* when that was answered last */
	uint64_t not_before_ns, at_last_ns; /* when it expires */
	uint64_t told_finished, told_released;
	uint64_t seen;
};

struct group {
	char name[NAME];
	bool created, refused, deleted, delete_asked, may_vanish, announces;
	bool seal_asked, sealed, has_size, auto_complete;
	unsigned size, member_count, members[MEMBERS], announcement, children;
	uint64_t timeout_ms, asked_ns, created_step, done_step;
	char *done; /* the whole result, once it was told */
};

struct queue_state {
	char name[NAME];
	unsigned sweepers; /* under way */
	bool may_die, close_asked, delete_asked;
	bool is_exclusive; /* and never was anything else */
	bool has_windows;  /* or may have had */
	bool is_toggled;   /* exclusive, by an update: a ready set may have to wait for its key */
	bool has_ghosts;   /* takes for peers that are gone may be under way */
	unsigned moved;    /* keys whose ops may end one by one or be put off: a bit for each */
	bool unheard;      /* something may still end ops here, for peers that are gone */
	uint64_t width_most;
	uint64_t deleted_step; /* when that was answered last */
};

/* A line on its way into the service. */
struct sent_line {
	uint64_t end;
	unsigned first, count; /* asks */
	bool nonsense;
	char *text; /* where it is shown */
};

struct peer {
	struct session *session;
	unsigned life;
	struct buf input;
	struct sent_line *lines; /* LINES_MAX of them, once there was one */
	unsigned line_count;
	uint64_t written, fed, tapped, read; /* bytes in all */
	unsigned nulls;                      /* answers without id that are due */
	unsigned *bare, bare_count;          /* as many */
	unsigned last_ask;                   /* 0: none */
	unsigned unanswered;
	bool eof, eof_told, cut, slow;
	bool silent; /* neither writes nor reads, until it is reset */
};

/* What goes wrong how often: parts of 1000; drawn for each seed. */
struct swarm {
	unsigned death[DEATHS], partial, hold_turn, slow, storm, tick, batch, bare, silent, plain;
	unsigned crowd, drain, toggle, nonsense, ttl, delay, grouped, admin, cancel, repeat, keyed,
		zero, survey;
	unsigned wait_ms;
};

struct sim {
	/* Kept from one run to the next: */
	uint64_t events;
	const bool *kept; /* which of them happen; NULL: all */
	bool verbose;
	struct ask *asks;
	struct op *ops;
	struct lease *leases;
	struct group *groups;
	struct peer *peers;
	unsigned *live, *open, *waiting, *granted, room;
	struct reading heard, observed; /* of the peers' lines, and of the observer's */

	/* From here on all is cleared after a run. */
	bool begun;
	bool delayed, draining;
	uint64_t shown_ns, shown_step;
	uint64_t seed, step, now_ns, random, surveys;
	struct service *service;
	struct listener *listener; /* of its audit stream; NULL: nobody listens */
	struct service_config config;
	struct swarm swarm;
	unsigned peer_count;
	unsigned ask_count, op_count, lease_count, group_count;
	unsigned live_count;    /* ops asked for or there */
	unsigned open_count;    /* leases */
	unsigned waiting_count; /* asks that may wait */
	unsigned granted_count; /* leases of this turn */
	struct queue_state queues[QUEUES];
	uint64_t max_fence, turn_fence;
	uint64_t counted[16];      /* the totals of the last survey */
	const struct item *answer; /* what the observer heard */
	unsigned deaths[DEATHS];
};

/* What a run has done, for the report; shared with the process that started it. */
struct tally {
	uint64_t seed, step, events, requests, surveys, deaths[DEATHS], seeds;
	char why[512];
	const char *kind; /* of violation: the same for two that differ in numbers only */
};

struct sim *sim_new(uint64_t events);
void sim_run(struct sim *sim, struct tally *tally, uint64_t seed);
void sim_free(struct sim *sim);

/* ---- sim.c: chance, time ------------------------------------------------ */

void sim_begin(struct tally *tally); /* where sim_fail() says why */
_Noreturn void
sim_fail(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
unsigned sim_below(struct sim *sim, unsigned bound);
bool sim_chance(struct sim *sim, unsigned of_1000);
void sim_turn(struct sim *sim);
void sim_settle(struct sim *sim); /* until nothing is left to do at this time */

/* ---- peer.c: bytes ------------------------------------------------------ */

void peer_open(struct sim *sim, unsigned index);
void peer_write(struct sim *sim, unsigned index, const char *text, unsigned first, unsigned count);
void peer_feed(struct sim *sim, unsigned index, size_t most);
void peer_read(struct sim *sim, unsigned index, size_t most);
void peer_close(struct sim *sim, unsigned index);
void peer_half_close(struct sim *sim, unsigned index);
void peer_tap(struct sim *sim, unsigned index);
void peer_show(struct sim *sim, unsigned index, const char *sign, const char *text, size_t len);
bool peer_is_open(const struct peer *peer);

/* ---- text.c: what is written ---------------------------------------------- */

struct text {
	size_t len;
	char s[LINE_BYTES];
};

void text_init(struct text *text);
/* Knows %s and %u. */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_request(struct text *text, const struct sim *sim, const struct ask *ask,
	const char *method, const char *params);
/* Writes it as a line of that form. */
void talk_line(struct sim *sim, struct ask *ask, const char *method, const char *params);

/* ---- crowd.c: many peers that wait ----------------------------------------- */

void crowd_begin(struct sim *sim);
void crowd_end(struct sim *sim);
void crowd_storm(struct sim *sim); /* many of them go at once, others come */

/* ---- talk.c, talk_group.c: requests --------------------------------------- */

void talk(struct sim *sim, unsigned peer);
void talk_group(struct sim *sim, struct ask *ask, struct text *text);
unsigned talk_pick_group(struct sim *sim); /* 0: none */
struct ask *ask_new(struct sim *sim, unsigned peer, enum method method);
unsigned talk_new_op(struct sim *sim, struct ask *ask, bool of_group_only);
/* ---- hear.c: answers ----------------------------------------------------- */

void hear_line(struct sim *sim, unsigned peer, const char *line, size_t len, uint64_t end);
void ask_fed(struct sim *sim, unsigned ask);
void ask_lost(struct sim *sim, unsigned ask);

/* ---- ledger.c, leases.c: ops and leases ------------------------------------ */

void ledger_enqueued(struct sim *sim, struct ask *ask, const struct item *result);
void ledger_granted(struct sim *sim, struct ask *ask, const struct item *result, uint64_t end);
void ledger_finished(struct sim *sim, struct ask *ask, const struct item *result);
void ledger_lease_lost(struct sim *sim, struct ask *ask);
void ledger_released(struct sim *sim, struct ask *ask);
void ledger_extended(struct sim *sim, struct ask *ask, const struct item *result);
void ledger_swept(struct sim *sim, struct ask *ask);
void ledger_check_turn(struct sim *sim); /* who was served before whom */
void ledger_note_parked(struct sim *sim);
bool lease_surely_live(const struct sim *sim, const struct lease *lease);
/* Is it known that a was taken in before b? */
bool came_before(const struct sim *sim, const struct op *a, const struct op *b);
bool op_surely_there(const struct sim *sim, const struct op *op);
bool ops_may_end_on_delivery(const struct sim *sim);
void op_gone(struct sim *sim, unsigned op);
void op_live(struct sim *sim, unsigned op);
unsigned op_of_msg(struct sim *sim, const struct item *msg, const char *id, unsigned queue);
/* Has something that was asked for given op this outcome? */
void check_outcome(struct sim *sim, const struct op *op, const struct item *holder);

/* ---- order.c: who is served with what --------------------------------------- */

/* What the lease tells about the places of its ops, for what comes later. */
void order_note_places(struct sim *sim, const struct lease *lease);
/* Of that lease: was a set there that had to leave before it? */
void order_check_sets(struct sim *sim, const struct lease *lease);
/* When all is quiet: does a request wait beside a ready set? */
void order_check_sleepers(struct sim *sim);

/* ---- groups.c -------------------------------------------------------------- */

void group_heard(struct sim *sim, struct ask *ask, const struct item *result);
void group_refused(struct sim *sim, struct ask *ask, const char *error);
void group_told(struct sim *sim, struct group *group, const struct item *result);
void groups_check_waits(struct sim *sim);
struct group *group_named(struct sim *sim, const char *name);

/* ---- survey.c, drain.c --------------------------------------------------- */

void survey(struct sim *sim);
/* A result, borrowed until the next one; NULL: it was refused. */
const struct item *observe(struct sim *sim, const char *method, const char *params);
void drain(struct sim *sim);

int64_t number_of(struct sim *sim, const struct item *object, const char *name);
const char *string_of(struct sim *sim, const struct item *object, const char *name);

#endif
