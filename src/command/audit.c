/*
 * The stream and the records of what is no verb. Events of the machine come from
 * inside a verb or a tick and are kept in `events` until the record of that is
 * written, which carries them.
 */
#include <config.h>

#include "command/audit.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/service.h"
#include "json/write.h"

#define KEEP (256 * 1024) /* bytes of capacity that the buffers keep */

struct audit {
	struct audit_sink sink;
	const uint64_t *now_ns;
	uint64_t seq;
	bool fresh;  /* something was recorded since the last turn: its end is worth telling */
	bool broken; /* the sink has failed */
	struct buf out;
	struct buf events;
};

struct audit *
audit_new(const struct audit_sink *sink, const uint64_t *now_ns)
{
	struct audit *audit;

	if (sink->write == NULL)
		return NULL;
	audit = xcalloc(1, sizeof(*audit));
	audit->sink = *sink;
	audit->now_ns = now_ns;
	buf_init(&audit->out);
	buf_init(&audit->events);
	return audit;
}

void
audit_free(struct audit *audit)
{
	if (audit == NULL)
		return;
	audit_flush(audit);
	buf_fini(&audit->out);
	buf_fini(&audit->events);
	free(audit);
}

uint64_t
audit_seq(const struct audit *audit)
{
	return audit->seq;
}

void
audit_flush(struct audit *audit)
{
	if (audit == NULL || buf_len(&audit->out) == 0)
		return;
	if (!audit->broken)
		audit->broken = !audit->sink.write(audit->sink.arg, buf_span(&audit->out));
	buf_release(&audit->out, KEEP);
}

static struct buf *
record_open(struct audit *audit)
{
	struct buf *out = &audit->out;

	audit->fresh = true;
	json_first(out, SPAN("seq"));
	buf_add_uint(out, ++audit->seq);
	json_member_uint(out, SPAN("now"), *audit->now_ns);
	return out;
}

static struct buf *
record_event(struct audit *audit, struct span event)
{
	struct buf *out = record_open(audit);

	json_member_string(out, SPAN("event"), event);
	return out;
}

static void
record_close(struct audit *audit)
{
	struct buf *out = &audit->out;

	if (buf_len(&audit->events) > 0) {
		json_member(out, SPAN("events"));
		buf_add_char(out, '[');
		buf_add(out, buf_span(&audit->events));
		buf_add_char(out, ']');
		buf_release(&audit->events, KEEP);
	}
	buf_add(out, SPAN("}\n"));
}

/* ---- the daemon ----------------------------------------------------------- */

static void
write_config(struct buf *out, const struct service_config *config)
{
	const struct core_config *core = &config->core;

	json_member_bool(out, SPAN("auto_create"), core->auto_create);
	json_member_uint(out, SPAN("queue_idle_ms"), core->queue_idle_ms);
	json_member_uint(out, SPAN("max_queues"), core->max_queues);
	json_member_uint(out, SPAN("max_groups"), core->max_groups);
	json_member_uint(out, SPAN("max_group_ops"), core->max_group_ops);
	json_member_uint(out, SPAN("max_memory"), core->max_memory);
	audit_write_options(out, &core->queue_defaults, ~0U);
}

void
audit_start(struct audit *audit, const struct service_config *config,
	const struct engine_ops *engine, const char *incarnation)
{
	struct buf *out;

	if (audit == NULL)
		return;
	out = record_event(audit, SPAN("start"));
	json_member_string(out, SPAN("version"), SPAN(PACKAGE_VERSION));
	json_member_string(out, SPAN("incarnation"), span_str(incarnation));
	json_member_string(out, SPAN("engine"), span_str(engine->name));
	json_member_bool(out, SPAN("immediate"), engine->immediate);
	write_config(out, config);
	record_close(audit);
}

void
audit_configure(struct audit *audit, const struct service_config *config)
{
	if (audit == NULL)
		return;
	write_config(record_event(audit, SPAN("configure")), config);
	record_close(audit);
}

void
audit_draining(struct audit *audit)
{
	if (audit == NULL)
		return;
	(void)record_event(audit, SPAN("drain"));
	record_close(audit);
}

void
audit_turn(struct audit *audit, uint64_t calls, bool more)
{
	struct buf *out;

	if (audit == NULL)
		return;
	if (audit->fresh) {
		out = record_event(audit, SPAN("turn"));
		json_member_uint(out, SPAN("calls"), calls);
		json_member_bool(out, SPAN("more"), more);
		record_close(audit);
		audit->fresh = false;
	}
	audit_flush(audit);
}

/* ---- verbs and the machine's own doings ------------------------------------- */

void
audit_call(struct audit *audit, const struct call *call)
{
	if (audit == NULL)
		return;
	audit_write_call(record_open(audit), call);
	record_close(audit);
}

static struct span
event_name(enum core_event_kind kind)
{
	switch (kind) {
	case CORE_TICKED:
		return SPAN("tick");
	case CORE_SET_READY:
		return SPAN("ready");
	case CORE_SET_KICKED:
		return SPAN("kicked");
	case CORE_LEASE_EXPIRED:
		return SPAN("expired");
	case CORE_LEASE_ORPHANED:
		return SPAN("orphaned");
	case CORE_OP_ENDED:
		return SPAN("ended");
	case CORE_OP_ANNOUNCED:
		return SPAN("announced");
	case CORE_OP_ADOPTED:
		return SPAN("adopted");
	case CORE_GROUP_TIMED_OUT:
		return SPAN("timed_out");
	case CORE_GROUP_COMPLETED:
		return SPAN("completed");
	case CORE_GROUP_FORGOTTEN:
		return SPAN("group_forgotten");
	case CORE_QUEUE_FORGOTTEN:
		return SPAN("queue_forgotten");
	}
	UNREACHABLE();
}

static void
add_optional(struct buf *out, struct span name, struct span value)
{
	if (value.ptr != NULL)
		json_member_string(out, name, value);
}

static void
tick_record(struct audit *audit, bool more)
{
	struct buf *out;

	if (!audit->fresh && buf_len(&audit->events) == 0)
		return;
	out = record_event(audit, event_name(CORE_TICKED));
	json_member_bool(out, SPAN("more"), more);
	record_close(audit);
}

void
audit_event(struct audit *audit, const struct core_event *event)
{
	struct buf *out;

	if (audit == NULL)
		return;
	if (event->kind == CORE_TICKED) {
		tick_record(audit, event->more);
		return;
	}
	out = &audit->events;
	if (buf_len(out) > 0)
		buf_add_char(out, ',');
	json_first(out, SPAN("event"));
	json_add_string(out, event_name(event->kind));
	add_optional(out, SPAN("queue"), event->queue);
	add_optional(out, SPAN("key"), event->key);
	add_optional(out, SPAN("op"), event->op);
	add_optional(out, SPAN("group"), event->group);
	if (event->fence != 0)
		json_member_uint(out, SPAN("fence"), event->fence);
	if (event->how != OUTCOME_NONE)
		json_member_string(out, SPAN("how"), span_str(outcome_kind_name(event->how)));
	buf_add_char(out, '}');
}

/* ---- peers and waits --------------------------------------------------------- */

void
audit_peer(struct audit *audit, uint64_t conn, enum audit_peer what)
{
	static const char *const names[] = {
		[PEER_OPENED] = "open",
		[PEER_EOF] = "eof",
		[PEER_RIGHTS] = "rights",
		[PEER_ENDED] = "end",
		[PEER_GONE] = "gone",
	};

	if (audit == NULL)
		return;
	json_member_uint(record_event(audit, span_str(names[what])), SPAN("conn"), conn);
	record_close(audit);
}

static struct buf *
wait_open(struct audit *audit, struct span what, uint64_t conn, uint64_t wait, uint64_t until_ns)
{
	struct buf *out = record_event(audit, SPAN("wait"));

	json_member_uint(out, SPAN("conn"), conn);
	json_member_uint(out, SPAN("wait"), wait);
	json_member_uint(out, SPAN("until"), until_ns);
	json_member_string(out, SPAN("for"), what);
	return out;
}

void
audit_wait_set(struct audit *audit, uint64_t conn, uint64_t wait, uint64_t until_ns,
	const struct span *queues, size_t count, struct span key)
{
	struct buf *out;

	if (audit == NULL)
		return;
	out = wait_open(audit, SPAN("set"), conn, wait, until_ns);
	json_member(out, SPAN("queues"));
	for (size_t i = 0; i < count; i++) {
		buf_add_char(out, i == 0 ? '[' : ',');
		json_add_string(out, queues[i]);
	}
	buf_add_char(out, ']');
	add_optional(out, SPAN("key"), key);
	record_close(audit);
}

void
audit_wait_op(struct audit *audit, uint64_t conn, uint64_t wait, uint64_t until_ns, uint64_t watch)
{
	if (audit == NULL)
		return;
	json_member_uint(wait_open(audit, SPAN("op"), conn, wait, until_ns), SPAN("watch"), watch);
	record_close(audit);
}

void
audit_wait_group(
	struct audit *audit, uint64_t conn, uint64_t wait, uint64_t until_ns, struct span group)
{
	if (audit == NULL)
		return;
	json_member_string(
		wait_open(audit, SPAN("group"), conn, wait, until_ns), SPAN("group"), group);
	record_close(audit);
}

void
audit_wait_auth(struct audit *audit, uint64_t conn, uint64_t wait, uint64_t until_ns)
{
	if (audit == NULL)
		return;
	(void)wait_open(audit, SPAN("auth"), conn, wait, until_ns);
	record_close(audit);
}

void
audit_woken(struct audit *audit, uint64_t conn, uint64_t wait, enum wait_end how)
{
	static const char *const names[] = {
		[WAIT_DONE] = "done",
		[WAIT_OVER] = "over",
		[WAIT_REFUSED] = "refused",
		[WAIT_GONE] = "gone",
	};
	struct buf *out;

	if (audit == NULL)
		return;
	out = record_event(audit, SPAN("woken"));
	json_member_uint(out, SPAN("conn"), conn);
	json_member_uint(out, SPAN("wait"), wait);
	json_member_string(out, SPAN("how"), span_str(names[how]));
	record_close(audit);
}
