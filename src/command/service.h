/*
 * The service: the whole protocol without a socket. It owns the engine, the
 * sessions (one for each peer), the parked requests and their deadlines.
 *
 * The turn. Whoever drives it calls
 *
 *   service_begin(now)    when something happened: bytes, an end of file, a timer;
 *
 *   session_feed() ...    for what happened; answers collect in the sessions' output;
 *
 *   service_turn()        once: ticks the engine, ends waits that are over, hands ready
 *                         sets to those who wait, goes on with sessions that used up
 *                         their share;
 *
 *   service_pop_dirty()   until NULL: each session with output to write, with an end
 *                         to make, or that wants input again: session_output(), session_sent(),
 *                         session_is_finished(), session_wants_input();
 *
 * and sleeps until service_next_due(), or not at all where service_turn() said
 * that more is left. Nothing is delivered elsewhere, and nothing here is freed
 * under a caller's feet: session_close() is the last call for a session.
 */
#ifndef INFLIGHT_COMMAND_SERVICE_H
#define INFLIGHT_COMMAND_SERVICE_H

#include "command/audit.h"
#include "engine/engine.h"

struct auth_rules;
struct peer_identity;
struct principal;
struct service;
struct session;

struct service_config {
	struct core_config core;
	uint64_t max_line;        /* bytes of a line without its end */
	uint64_t max_batch;       /* requests in one batch */
	uint64_t max_parked;      /* waiting requests of one connection */
	uint64_t max_output;      /* bytes a peer may leave unread before it is cut off */
	uint64_t max_connections; /* told by `info`; the server counts */
	uint64_t drain_timeout_ms;
	uint64_t auth_timeout_ms;     /* for a peer's first successful auth; 0: none */
	uint64_t max_unauthenticated; /* connections whose peer is not known yet */
	struct audit_sink audit;      /* write NULL: none; only a start can change it */
	bool audit_replies;           /* answers carry the number of the last record as `seq` */
};

void service_config_init(struct service_config *config); /* the contract's defaults */

/* engine_memory_new, or another of that shape. */
typedef struct engine *engine_new_fn(const struct core_config *config, const struct core_seed *seed,
	const struct core_hooks *hooks);

struct service *service_new(const struct service_config *config, const struct core_seed *seed,
	engine_new_fn *engine_new, uint64_t now_ns);

/* Ends every session that is left, then the engine. */
void service_free(struct service *service);

/* New limits and defaults for what comes after. */
void service_configure(struct service *service, const struct service_config *config);

/*
 * Who is who from here on; takes the rules. NULL: nobody is asked, and everybody may do
 * everything. Sessions are looked up anew, some in each turn, and at the latest when they send
 * a request; where what the peer may do is not what it was, its waiting requests are
 * answered as if their wait were over.
 */
void service_authenticate(struct service *service, struct auth_rules *rules);

/* Is nobody asked who he is? */
bool service_is_open(const struct service *service);

/*
 * Whose token that is, and counts one that is nobody's: NULL. Asked only where the service is
 * not open. Borrowed until other rules come.
 */
struct principal *service_find_principal(struct service *service, struct span token);

/*
 * Is there room for that peer? False where it is not known and as many as may be
 * (max_unauthenticated) are not known yet, `greeting` of them without a session so far: then
 * service_refuse_stranger().
 */
bool service_has_room(
	const struct service *service, const struct peer_identity *identity, uint64_t greeting);

/* Presets a queue: created if it is not there, updated if it is. `options` as for queue.create. */
void service_preset_queue(struct service *service, const struct queue_configure_args *args);

void service_begin(struct service *service, uint64_t now_ns);
bool service_turn(struct service *service);
uint64_t service_next_due(const struct service *service);
struct session *service_pop_dirty(struct service *service);

/* The same for sessions made by session_new_inside(), whose owner is another. */
struct session *service_pop_dirty_inside(struct service *service);
bool service_has_dirty_inside(const struct service *service);

/* How long a turn took, from the end of one poll to the next, and what of that was work; `stats`
 * tells the most. */
void service_note_turn(struct service *service, uint64_t took_ns, uint64_t cpu_ns);

/*
 * From here on enqueue and dequeue are refused and parked requests are answered
 * as if their wait were over. Drained: every call is answered, nothing is parked,
 * and nothing is leased, or drain_timeout_ms is over. Ask after service_turn().
 */
void service_drain(struct service *service);
bool service_is_drained(const struct service *service);

/* The lines for a peer beyond max_connections, or beyond max_unauthenticated; they count it. */
void service_refuse_connection(struct service *service, struct buf *out);
void service_refuse_stranger(struct service *service, struct buf *out);

/*
 * The line for a peer that speaks plainly where TLS is spoken. A handshake that came to
 * nothing is counted, with such a line or without.
 */
void service_write_foreign(struct service *service, struct buf *out);
void service_count_refused_handshake(struct service *service);

/* CHECKs every invariant, the engine's too; for tests. */
void service_check(const struct service *service);

#endif
