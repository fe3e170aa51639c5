/*
 * The audit stream: one record, a line of JSON, for each thing that took effect, in
 * the order in which it did: every verb with its answer, and what is no verb (peers
 * that come and go, waits, the machine's own doings, the ends of turns). Whoever
 * replays the stream knows the state after each record; tests/audit does.
 *
 * Records collect in a buffer and reach the sink before any answer leaves that was
 * given after them. A sink that fails ends the stream, not the daemon. Its members
 * are described in inflight-audit(5).
 *
 * An audit lives as long as its service. Where none is wanted it is NULL, and every
 * call here but audit_new() asks for that first.
 */
#ifndef INFLIGHT_COMMAND_AUDIT_H
#define INFLIGHT_COMMAND_AUDIT_H

#include "base/buf.h"
#include "engine/engine.h"

struct audit;
struct service_config;

/* Where the stream goes. False ends it; the sink has told whoever must know. */
struct audit_sink {
	bool (*write)(void *arg, struct span records);
	void *arg;
};

/* How a wait ended. */
enum wait_end {
	WAIT_DONE,    /* what it was for has come */
	WAIT_OVER,    /* its time was, or its peer's input, or the daemon's */
	WAIT_REFUSED, /* by an error */
	WAIT_GONE,    /* with its peer */
};

/* What happens to a peer. */
enum audit_peer {
	PEER_OPENED,
	PEER_EOF,    /* its input has an end; what came before is still executed */
	PEER_RIGHTS, /* it may do something else from here on: what it waits for is over */
	PEER_ENDED,  /* nobody of it waits any longer */
	PEER_GONE,
};

/* Returns new; NULL where sink->write is. `now_ns` is read whenever something is recorded. */
struct audit *audit_new(const struct audit_sink *sink, const uint64_t *now_ns);
void audit_free(struct audit *audit);

/* The number of the last record. */
uint64_t audit_seq(const struct audit *audit);

/* The first record, and one for each new configuration. */
void audit_start(struct audit *audit, const struct service_config *config,
	const struct engine_ops *engine, const char *incarnation);
void audit_configure(struct audit *audit, const struct service_config *config);

/* An answered call; what happened since the call before belongs to it. */
void audit_call(struct audit *audit, const struct call *call);

/* The engine's hook. */
void audit_event(struct audit *audit, const struct core_event *event);

void audit_peer(struct audit *audit, uint64_t conn, enum audit_peer what);
void audit_draining(struct audit *audit);

/* A wait begins, until that time (TIME_NEVER: none), for a set, an op, a group, a refusal. */
void audit_wait_set(struct audit *audit, uint64_t conn, uint64_t wait, uint64_t until_ns,
	const struct span *queues, size_t count, struct span key);
void
audit_wait_op(struct audit *audit, uint64_t conn, uint64_t wait, uint64_t until_ns, uint64_t watch);
void audit_wait_group(
	struct audit *audit, uint64_t conn, uint64_t wait, uint64_t until_ns, struct span group);
void audit_wait_auth(struct audit *audit, uint64_t conn, uint64_t wait, uint64_t until_ns);
void audit_woken(struct audit *audit, uint64_t conn, uint64_t wait, enum wait_end how);

/* The end of a turn; `calls` are under way, `more` is left to do. */
void audit_turn(struct audit *audit, uint64_t calls, bool more);

/* Hands what is recorded to the sink. */
void audit_flush(struct audit *audit);

/* ---- audit_verb.c ---------------------------------------------------------- */

/* The members of a call's record: what was asked, and what came of it. */
void audit_write_call(struct buf *out, const struct call *call);

/* The queue's options as members, those that `given` names. */
void audit_write_options(struct buf *out, const struct queue_options *options, unsigned given);

#endif
