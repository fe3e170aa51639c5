/*
 * Peers: bytes in, in parts and late; bytes out, read in parts and late. Whatever
 * the service writes is looked at the moment it is there, before its peer reads it or dies.
 */
#include <config.h>

#include "sim/sim.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
peer_is_open(const struct peer *peer)
{
	return peer->session != NULL;
}

/* In the language of the scenarios, where nobody has more peers than there are letters. */
void
peer_show(struct sim *sim, unsigned index, const char *sign, const char *text, size_t len)
{
	if (sim->now_ns != sim->shown_ns && sim->shown_ns != 0)
		printf("+%llums\n",
			(unsigned long long)((sim->now_ns - sim->shown_ns) / NS_PER_MS));
	sim->shown_ns = sim->now_ns;
	if (sim->step != sim->shown_step)
		printf("# event %llu\n", (unsigned long long)sim->step);
	sim->shown_step = sim->step;
	if (index < 26)
		printf("%c%s %.*s\n", (int)('A' + index), sign, (int)len, text);
	else
		printf("%u%s %.*s\n", index, sign, (int)len, text);
}

void
peer_open(struct sim *sim, unsigned index)
{
	struct peer *peer = &sim->peers[index];
	char name[NAME];
	unsigned life = peer->life + 1;
	struct sent_line *lines = peer->lines;
	unsigned *bare = peer->bare;

	buf_fini(&peer->input);
	memset(peer, 0, sizeof(*peer));
	buf_init(&peer->input);
	peer->life = life;
	peer->lines = lines;
	peer->bare = bare;
	peer->slow = index != OBSERVER && sim_chance(sim, sim->swarm.slow);
	snprintf(name, sizeof(name), "sim:%u.%u", index, life);
	peer->session = session_new(sim->service, name, (void *)(uintptr_t)index);
}

/* ---- in ---------------------------------------------------------------- */

void
peer_write(struct sim *sim, unsigned index, const char *text, unsigned first, unsigned count)
{
	struct peer *peer = &sim->peers[index];
	size_t len = strlen(text);

	buf_append(&peer->input, text, len);
	buf_add_char(&peer->input, '\n');
	peer->written += len + 1;
	if (peer->lines == NULL) {
		peer->lines = xcalloc(LINES_MAX, sizeof(*peer->lines));
		peer->bare = xcalloc(LINES_MAX, sizeof(*peer->bare));
	}
	peer->lines[peer->line_count++] = (struct sent_line){
		peer->written, first, count, count == 0, sim->verbose ? xstrdup(text) : NULL};
}

/* The lines that end in what is fed now. */
static void
mark_fed(struct sim *sim, struct peer *peer)
{
	unsigned done = 0;

	while (done < peer->line_count && peer->lines[done].end <= peer->fed) {
		const struct sent_line *line = &peer->lines[done++];

		if (sim->verbose)
			peer_show(sim, (unsigned)(peer - sim->peers), ">", line->text,
				strlen(line->text));
		free(line->text);
		if (line->nonsense)
			peer->nulls++;
		for (unsigned i = 0; i < line->count; i++)
			ask_fed(sim, line->first + i);
	}
	if (done == 0)
		return;
	peer->line_count -= done;
	memmove(peer->lines, peer->lines + done, peer->line_count * sizeof(peer->lines[0]));
}

void
peer_feed(struct sim *sim, unsigned index, size_t most)
{
	struct peer *peer = &sim->peers[index];
	size_t len = buf_len(&peer->input);
	char bytes[LINE_BYTES];

	if (!peer_is_open(peer) || !session_wants_input(peer->session))
		return;
	len = len < most ? len : most;
	len = len < sizeof(bytes) ? len : sizeof(bytes);
	if (len > 0) {
		memcpy(bytes, buf_span(&peer->input).ptr, len);
		buf_consume(&peer->input, len);
		peer->fed += len;
		mark_fed(sim, peer);
		session_feed(peer->session, bytes, len);
	} else if (peer->eof && !peer->eof_told && buf_len(&peer->input) == 0) {
		peer->eof_told = true;
		if (sim->verbose)
			peer_show(sim, index, "-", "", 0);
		session_eof(peer->session);
	}
	peer_tap(sim, index);
}

/* ---- out --------------------------------------------------------------- */

/* What is new in the output, as far as it is whole lines. */
void
peer_tap(struct sim *sim, unsigned index)
{
	struct peer *peer = &sim->peers[index];
	struct span out;
	uint64_t known;

	if (!peer_is_open(peer))
		return;
	out = buf_span(session_output(peer->session));
	known = peer->tapped - peer->read;
	while (known < out.len) {
		const char *from = out.ptr + known;
		const char *end = memchr(from, '\n', out.len - known);

		if (end == NULL)
			sim_fail(sim, "the output ends inside a line");
		known += (uint64_t)(end - from) + 1;
		peer->tapped = peer->read + known;
		if (sim->verbose)
			peer_show(sim, index, "<", from, (size_t)(end - from));
		hear_line(sim, index, from, (size_t)(end - from), peer->tapped);
	}
}

static void
mark_received(struct sim *sim, unsigned index)
{
	for (unsigned i = 0; i < sim->open_count; i++) {
		struct lease *lease = &sim->leases[sim->open[i]];
		const struct ask *ask = &sim->asks[lease->ask];

		if (ask->peer == index && ask->life == sim->peers[index].life &&
			lease->line_end <= sim->peers[index].read)
			lease->received = true;
	}
}

/* The end of a peer that has half-closed, or was cut off. */
static void
check_end(struct sim *sim, unsigned index)
{
	struct peer *peer = &sim->peers[index];

	if (session_is_overrun(peer->session)) {
		peer_close(sim, index);
	} else if (session_is_finished(peer->session)) {
		if (!peer->eof_told)
			sim_fail(sim, "peer %u was hung up on", index);
		if (peer->unanswered > 0)
			sim_fail(sim, "%u requests of a half-closed peer were not answered",
				peer->unanswered);
		if (peer->nulls > 0)
			sim_fail(sim, "a line that cannot be read was not answered");
		peer_close(sim, index);
	}
}

void
peer_read(struct sim *sim, unsigned index, size_t most)
{
	struct peer *peer = &sim->peers[index];
	size_t len;

	if (!peer_is_open(peer))
		return;
	len = buf_len(session_output(peer->session));
	len = len < most ? len : most;
	if (len > 0) {
		peer->read += len;
		session_sent(peer->session, len);
		mark_received(sim, index);
	}
	peer_tap(sim, index);
	check_end(sim, index);
}

/* ---- ends -------------------------------------------------------------- */

/* What hung on the peer: leases it has not read, and those that were to end with it. */
static void
drop_leases(struct sim *sim, unsigned index)
{
	struct peer *peer = &sim->peers[index];

	for (unsigned i = 0; i < sim->open_count; i++) {
		struct lease *lease = &sim->leases[sim->open[i]];
		const struct ask *ask = &sim->asks[lease->ask];

		if (ask->peer != index || ask->life != peer->life)
			continue;
		for (unsigned j = 0; j < lease->count && lease->line_end > peer->read; j++) {
			struct op *op = &sim->ops[lease->ops[j]];

			op->attempts_unknown |= !lease_surely_live(sim, lease);
			op->attempts -= op->attempts > 0;
		}
		if (lease->line_end > peer->read || ask->own)
			lease->maybe_ended = lease->orphaned = true;
	}
}

void
peer_close(struct sim *sim, unsigned index)
{
	struct peer *peer = &sim->peers[index];

	if (!peer_is_open(peer))
		return;
	peer_tap(sim, index);
	if (sim->verbose)
		peer_show(sim, index, "#", "", 0);
	drop_leases(sim, index);
	session_close(peer->session);
	peer->session = NULL;
	for (unsigned i = peer->last_ask; i != 0; i = sim->asks[i].next_of_peer)
		if (sim->asks[i].state == FED || sim->asks[i].state == WRITTEN)
			ask_lost(sim, i);
	peer_open(sim, index);
}

/* No more is written; what was written is still fed, maybe not to the end of its line. */
void
peer_half_close(struct sim *sim, unsigned index)
{
	struct peer *peer = &sim->peers[index];

	if (!peer_is_open(peer) || peer->eof || peer->line_count >= LINES_MAX - 1)
		return;
	peer->eof = true;
	peer->slow = false;
	if (peer->cut) {
		buf_add(&peer->input, SPAN("{\"method\":\"pi"));
		peer->nulls++;
	}
	if (sim_below(sim, 2) == 0)
		session_end_waits(peer->session);
	peer_tap(sim, index);
}
