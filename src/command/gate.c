/*
 * Sessions of older rules stand before those of the present ones in the service's list: one
 * that is looked up goes to the end. So the first of the list tells whether any is left.
 */
#include <config.h>

#include "command/gate.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "command/service_state.h"
#include "command/session_state.h"

#define LOOKUPS_PER_TURN 64
#define STOPS_PER_TURN   64

void
gate_init(struct gate *gate)
{
	*gate = (struct gate){.rules = NULL};
	list_init(&gate->strangers);
}

void
gate_fini(struct gate *gate)
{
	CHECK(list_is_empty(&gate->strangers));
	rules_free(gate->rules);
}

bool
gate_is_open(const struct service *service)
{
	return service->gate.rules == NULL;
}

void
service_authenticate(struct service *service, struct auth_rules *rules)
{
	rules_free(service->gate.rules);
	service->gate.rules = rules;
	service->gate.generation++;
}

bool
service_is_open(const struct service *service)
{
	return gate_is_open(service);
}

struct principal *
service_find_principal(struct service *service, struct span token)
{
	struct digest digest = digest_of(token);
	struct principal *principal = rules_by_token(service->gate.rules, &digest);

	if (principal == NULL)
		service->counters.auth_failures++;
	return principal;
}

/* ---- strangers --------------------------------------------------------- */

static void
become_stranger(struct session *session)
{
	struct gate *gate = &session->service->gate;

	session->auth.stranger_since_ns = session->service->now_ns;
	list_append(&gate->strangers, &session->auth.in_strangers);
	gate->strangers_count++;
}

static void
be_no_stranger(struct session *session)
{
	if (!list_is_linked(&session->auth.in_strangers))
		return;
	list_remove(&session->auth.in_strangers);
	session->service->gate.strangers_count--;
}

/* Takes a reference of its own. */
static void
set_principal(struct session *session, struct principal *principal)
{
	struct principal *old = session->auth.principal;

	session->auth.principal = principal_ref(principal);
	principal_unref(old);
	if (principal != NULL || gate_is_open(session->service) || session->input_done)
		be_no_stranger(session);
	else if (!list_is_linked(&session->auth.in_strangers))
		become_stranger(session);
}

bool
service_has_room(
	const struct service *service, const struct peer_identity *identity, uint64_t greeting)
{
	const struct gate *gate = &service->gate;

	return gate_is_open(service) ||
	       gate->strangers_count + greeting < service->config.max_unauthenticated ||
	       rules_by_identity(gate->rules, identity) != NULL;
}

/* ---- who is who -------------------------------------------------------- */

static struct principal *
find(const struct session *session)
{
	const struct auth_rules *rules = session->service->gate.rules;
	const struct session_auth *auth = &session->auth;
	struct principal *principal = NULL;

	if (rules == NULL)
		return NULL;
	if (auth->has_token)
		principal = rules_by_token(rules, &auth->token);
	return principal != NULL ? principal : rules_by_identity(rules, &auth->identity);
}

/* Looks the peer up by the rules of now. */
static void
look_up(struct session *session)
{
	struct service *service = session->service;
	struct session_auth *auth = &session->auth;
	struct principal *fresh = find(session);
	bool is_other = auth->was_open || !principal_equal(auth->principal, fresh);

	auth->generation = service->gate.generation;
	auth->was_open = gate_is_open(service);
	list_remove(&session->in_service);
	list_append(&service->sessions, &session->in_service);
	set_principal(session, fresh);
	/* What waits was allowed by what no longer holds; asked for again, it is looked at anew. */
	if (is_other && !gate_is_open(service)) {
		audit_peer(service->audit, session->id, PEER_RIGHTS);
		parked_end_all(session);
	}
}

void
gate_enter(struct session *session)
{
	struct session_auth *auth = &session->auth;

	list_node_init(&auth->in_strangers);
	auth->generation = session->service->gate.generation;
	auth->was_open = gate_is_open(session->service);
	set_principal(session, NULL);
}

void
gate_leave(struct session *session)
{
	be_no_stranger(session);
	principal_unref(session->auth.principal);
	session->auth.principal = NULL;
	free(session->auth.certificate);
	session->auth.certificate = NULL;
	session->auth.identity = (struct peer_identity){.has_cred = false};
}

void
session_identify(struct session *session, const struct peer_identity *identity)
{
	struct session_auth *auth = &session->auth;

	free(auth->certificate);
	auth->certificate = identity->certificate == NULL ? NULL : xstrdup(identity->certificate);
	auth->identity = *identity;
	auth->identity.certificate = auth->certificate;
	set_principal(session, find(session));
}

unsigned
session_auth_failures(const struct session *session)
{
	return session->auth.failures;
}

struct principal *
gate_principal(struct session *session)
{
	if (session->auth.generation != session->service->gate.generation)
		look_up(session);
	return session->auth.principal;
}

struct principal *
gate_authenticate(struct session *session, struct span token)
{
	const struct gate *gate = &session->service->gate;
	struct digest digest = digest_of(token);
	struct principal *principal = rules_by_token(gate->rules, &digest);

	if (principal == NULL)
		return NULL;
	session->auth.has_token = true;
	session->auth.token = digest;
	set_principal(session, principal);
	return principal;
}

/* ---- what is taken from strangers -------------------------------------- */

static bool
is_stranger(struct session *session)
{
	return !gate_is_open(session->service) && gate_principal(session) == NULL;
}

static uint64_t
smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t
gate_max_line(struct session *session)
{
	uint64_t max_line = session->service->config.max_line;

	return is_stranger(session) ? smaller(GATE_LINE_MAX, max_line) : max_line;
}

uint64_t
gate_max_batch(struct session *session)
{
	uint64_t max_batch = session->service->config.max_batch;

	return is_stranger(session) ? smaller(GATE_BATCH_MAX, max_batch) : max_batch;
}

size_t
gate_max_backlog(struct session *session)
{
	return is_stranger(session) ? GATE_BACKLOG_MAX : SIZE_MAX;
}

/* ---- the turn ---------------------------------------------------------- */

static struct session *
first_stranger(const struct gate *gate)
{
	struct list_node *node = list_first(&gate->strangers);

	return node == NULL ? NULL : container_of(node, struct session, auth.in_strangers);
}

static uint64_t
deadline_of(const struct session *session)
{
	uint64_t timeout_ms = session->service->config.auth_timeout_ms;

	return timeout_ms == 0 ? TIME_NEVER
			       : time_after_ms(session->auth.stranger_since_ns, timeout_ms);
}

static bool
stop_strangers(struct service *service)
{
	for (int i = 0; i < STOPS_PER_TURN; i++) {
		struct session *session = first_stranger(&service->gate);

		if (session == NULL || deadline_of(session) > service->now_ns)
			return false;
		be_no_stranger(session);
		if (session->input_done)
			continue;
		service->counters.auth_timeouts++;
		session_stop(session, ERR_UNAUTHORIZED, "no auth came in time (auth_timeout_ms)");
	}
	return true;
}

/* The first of the sessions, where it was found by older rules; else NULL. */
static struct session *
first_outdated(const struct service *service)
{
	struct list_node *node = list_first(&service->sessions);
	struct session *session;

	if (node == NULL)
		return NULL;
	session = container_of(node, struct session, in_service);
	return session->auth.generation == service->gate.generation ? NULL : session;
}

bool
gate_turn(struct service *service)
{
	struct session *session;

	for (int i = 0; i < LOOKUPS_PER_TURN; i++) {
		session = first_outdated(service);
		if (session == NULL)
			break;
		look_up(session);
	}
	return stop_strangers(service) || first_outdated(service) != NULL;
}

uint64_t
gate_next_due(const struct service *service)
{
	const struct session *session = first_stranger(&service->gate);

	if (first_outdated(service) != NULL)
		return 0;
	return session == NULL ? TIME_NEVER : deadline_of(session);
}

void
gate_check(const struct service *service)
{
	uint64_t since_ns = 0;
	uint64_t count = 0;
	bool outdated = true;

	list_for_each (node, &service->gate.strangers) {
		const struct session *session =
			container_of(node, struct session, auth.in_strangers);

		CHECK(session->auth.principal == NULL && !session->closed);
		CHECK(session->auth.stranger_since_ns >= since_ns);
		since_ns = session->auth.stranger_since_ns;
		count++;
	}
	CHECK(count == service->gate.strangers_count);
	list_for_each (node, &service->sessions) {
		const struct session_auth *auth =
			&container_of(node, struct session, in_service)->auth;
		bool is_old = auth->generation != service->gate.generation;

		CHECK(outdated || !is_old);
		outdated = is_old;
	}
}
