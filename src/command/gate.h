/*
 * The gate: who a session's peer is, where authentication is configured, and what is
 * bounded as long as nobody knows that. The rules are the gate's; a session keeps
 * its own principal.
 *
 * A peer that is not known (a stranger) stands in a list until it is, in the order in which it
 * became one; when its time is over, the session is stopped. New rules make a new generation:
 * each session is looked up anew once, at its next request or in a turn soon.
 */
#ifndef INFLIGHT_COMMAND_GATE_H
#define INFLIGHT_COMMAND_GATE_H

#include "auth/rules.h"
#include "base/list.h"

struct service;
struct session;

#define GATE_LINE_MAX    4096  /* bytes of a line, */
#define GATE_BATCH_MAX   8     /* members of a batch, and */
#define GATE_BACKLOG_MAX 16384 /* bytes that wait behind an auth, of a stranger */
#define GATE_TRIES       3     /* wrong tokens of one connection, the last one ends it */
#define GATE_DELAY_MS    250   /* before a wrong token is answered */

struct gate {
	struct auth_rules *rules; /* NULL: open */
	uint64_t generation;      /* of the rules */
	struct list strangers;    /* the one that became one first is first */
	uint64_t strangers_count;
};

/* What a session is to the gate. */
struct session_auth {
	struct principal *principal; /* NULL: none, or the gate was open */
	uint64_t generation;         /* of the rules it was found by */
	bool was_open;               /* there were none */
	bool has_token;
	struct digest token; /* of the last auth that succeeded */
	struct peer_identity identity;
	char *certificate; /* what identity.certificate points to */
	unsigned failures; /* wrong tokens so far */
	struct list_node in_strangers;
	uint64_t stranger_since_ns;
};

void gate_init(struct gate *gate);
void gate_fini(struct gate *gate);

/* Is nobody asked who he is? */
bool gate_is_open(const struct service *service);

/* A session begins, and ends. */
void gate_enter(struct session *session);
void gate_leave(struct session *session);

/* Who the peer is by the rules of now; NULL: a stranger. Not asked where the gate is open. */
struct principal *gate_principal(struct session *session);

/* The peer shows a token. NULL: it is nobody's, and nothing has changed. */
struct principal *gate_authenticate(struct session *session, struct span token);

/* What is taken from this peer now. */
uint64_t gate_max_line(struct session *session);
uint64_t gate_max_batch(struct session *session);
size_t gate_max_backlog(struct session *session);

/* Stops strangers whose time is over, looks up sessions found by older rules; true: more is left.
 */
bool gate_turn(struct service *service);
uint64_t gate_next_due(const struct service *service);

/* CHECKs the lists; for tests. */
void gate_check(const struct service *service);

#endif
