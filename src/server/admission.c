/*
 * Nothing is owned here: the descriptor goes to the connections, either way. Refusals are
 * logged through a gate, since whoever can connect can make them.
 */
#include <config.h>

#include "server/admission.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/log.h"

/*
 * Names the peer: the holder that peek shows, and the beginning of its lines in the log. The
 * system vouches for who is at the other end of a Unix socket.
 */
static void
name_peer(struct listeners *listeners, const struct address *peer, int fd, char *out,
	struct peer_identity *ret)
{
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);

	*ret = (struct peer_identity){.has_cred = false};
	if (address_family(peer) != AF_UNIX) {
		address_format(peer, out);
		LOG(LOG_LEVEL_DEBUG, "connected", LOG_TEXT("peer", out));
		return;
	}
	snprintf(out, ADDRESS_TEXT_SIZE, "unix:%" PRIu64, ++listeners->unix_peers);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return;
	*ret = (struct peer_identity){.has_cred = true, .uid = cred.uid, .gid = cred.gid};
	LOG(LOG_LEVEL_DEBUG, "connected", LOG_TEXT("peer", out),
		LOG_NUMBER("pid", (uint64_t)cred.pid), LOG_NUMBER("uid", cred.uid));
}

struct full_limit {
	const char *name;
	uint64_t value;
	void (*write_line)(struct service *service, struct buf *out);
};

static void
refuse_peer(struct listeners *listeners, const struct address *peer, int fd, uint64_t now_ns,
	const struct full_limit *full)
{
	uint64_t held_back = 0;

	if (log_gate_passes(&listeners->refusals, now_ns, &held_back))
		LOG(LOG_LEVEL_WARNING, "a connection was refused", LOG_TEXT("limit", full->name),
			LOG_NUMBER("value", full->value), LOG_NUMBER("held_back", held_back));
	connections_refuse(listeners->connections, fd, peer->is_tls, full->write_line);
}

void
admission_decide(struct listeners *listeners, const struct address *peer, int fd, uint64_t now_ns)
{
	struct connections *connections = listeners->connections;
	uint64_t greeting = connections_greeting_count(connections);
	struct full_limit connected = {
		"max_connections", listeners->max_connections, service_refuse_connection};
	struct full_limit strangers = {
		"max_unauthenticated", listeners->max_unauthenticated, service_refuse_stranger};
	struct peer_identity identity;
	char name[ADDRESS_TEXT_SIZE];

	if (connections_count(connections) >= listeners->max_connections) {
		refuse_peer(listeners, peer, fd, now_ns, &connected);
		return;
	}
	name_peer(listeners, peer, fd, name, &identity);
	/* What TLS will prove is not known yet: until then the peer is a stranger. */
	if (service_has_room(connections->service, &identity, greeting))
		connections_add(
			connections, fd, name, &identity, peer->is_tls ? listeners->tls : NULL);
	else
		refuse_peer(listeners, peer, fd, now_ns, &strangers);
}
