/*
 * Nothing is owned here: a connection whose greeting fails lingers or dies like any
 * other. Failures are counted, and logged through a gate, since whoever can connect
 * can make them.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/log.h"
#include "server/greeting.h"
#include "server/interest.h"

static void
count(struct connection *conn, const char *why)
{
	struct connections *owner = conn->owner;
	uint64_t held_back = 0;

	service_count_refused_handshake(owner->service);
	if (log_gate_passes(&owner->handshakes, owner->now_ns, &held_back))
		LOG(LOG_LEVEL_INFO, "no TLS", LOG_TEXT("peer", conn->name), LOG_TEXT("reason", why),
			LOG_NUMBER("held_back", held_back));
}

void
greeting_await(struct connection *conn)
{
	if (conn->is_suspended && !interest_read(conn))
		greeting_refuse(conn, "cannot read from it");
}

/* The peer's own handshake has ended, but may wait for ours: nothing is read meanwhile. */
static void
await_greeting_output(struct connection *conn)
{
	interest_stop_reading(conn);
	if (!interest_write(conn))
		greeting_refuse(conn, "cannot wait until it reads");
}

/* A failure that both know of: the peer may still want to read why. */
static void
end_greeting(struct connection *conn, const char *why)
{
	count(conn, why);
	connection_linger(conn);
}

static void
answer_foreign(struct connection *conn)
{
	struct buf line;

	buf_init(&line);
	service_write_foreign(conn->owner->service, &line);
	if (send(conn->fd, buf_span(&line).ptr, buf_len(&line), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		end_greeting(conn, "it does not speak TLS");
	else
		greeting_refuse(conn, strerror(errno));
	buf_fini(&line);
}

void
greeting_refuse(struct connection *conn, const char *why)
{
	count(conn, why);
	connection_kill(conn);
}

static void
tell(const struct connection *conn)
{
	const char *identity = tls_identity(&conn->transport);

	LOG(LOG_LEVEL_DEBUG, "TLS is spoken", LOG_TEXT("peer", conn->name),
		LOG_TEXT("version", tls_version_name(&conn->transport)),
		LOG_TEXT("certificate", identity == NULL ? "" : identity));
}

void
greeting_go_on(struct connection *conn)
{
	switch (conn->transport.ops->greet(&conn->transport)) {
	case GREETING_DONE:
		tell(conn);
		connection_start(conn);
		return;
	case GREETING_WAITS_FOR_INPUT:
		greeting_await(conn);
		return;
	case GREETING_WAITS_FOR_OUTPUT:
		await_greeting_output(conn);
		return;
	case GREETING_IS_FOREIGN:
		answer_foreign(conn);
		return;
	case GREETING_FAILED:
		end_greeting(conn, conn->transport.why);
		return;
	}
}
