/*
 * The commands about the daemon itself.
 */
#include <config.h>

#include <unistd.h>

#include "base/clock.h"
#include "command/command.h"
#include "command/counters.h"
#include "command/service_state.h"
#include "json/write.h"

/* ---- ping -------------------------------------------------------------- */

static const struct result_member ping_result[] = {
	{.name = "pong", .type = MEMBER_BOOL},
	RESULT_END,
};

static struct handled
run_ping(struct request *req, const struct arg *args)
{
	(void)args;
	buf_add(reply_open(req), SPAN("{\"pong\":true}"));
	return reply_close(req);
}

const struct command command_ping = {
	COMMAND("ping"),
	.summary = "Answers.",
	.args = command_no_args,
	.result = ping_result,
	.permit = PERMIT_ANYONE,
	.run = run_ping,
};

/* ---- info -------------------------------------------------------------- */

static const struct result_member limit_members[] = {
	{.name = "max_line", .type = MEMBER_INTEGER},
	{.name = "max_batch", .type = MEMBER_INTEGER},
	{.name = "max_connections", .type = MEMBER_INTEGER},
	{.name = "max_parked", .type = MEMBER_INTEGER},
	{.name = "max_output", .type = MEMBER_INTEGER},
	{.name = "max_queues", .type = MEMBER_INTEGER},
	{.name = "max_groups", .type = MEMBER_INTEGER},
	{.name = "max_group_ops", .type = MEMBER_INTEGER},
	{.name = "max_memory", .type = MEMBER_INTEGER},
	RESULT_END,
};

static const struct result_member info_result[] = {
	{.name = "name", .type = MEMBER_STRING},
	{.name = "version", .type = MEMBER_STRING},
	{.name = "engine", .type = MEMBER_STRING},
	{.name = "pid", .type = MEMBER_INTEGER},
	{.name = "incarnation", .type = MEMBER_STRING},
	{.name = "uptime_ms", .type = MEMBER_INTEGER},
	{.name = "limits", .type = MEMBER_OBJECT, .members = limit_members},
	RESULT_END,
};

static void
write_limits(struct buf *out, const struct service_config *config)
{
	json_first(out, SPAN("max_line"));
	buf_add_uint(out, config->max_line);
	json_member_uint(out, SPAN("max_batch"), config->max_batch);
	json_member_uint(out, SPAN("max_connections"), config->max_connections);
	json_member_uint(out, SPAN("max_parked"), config->max_parked);
	json_member_uint(out, SPAN("max_output"), config->max_output);
	json_member_uint(out, SPAN("max_queues"), config->core.max_queues);
	json_member_uint(out, SPAN("max_groups"), config->core.max_groups);
	json_member_uint(out, SPAN("max_group_ops"), config->core.max_group_ops);
	json_member_uint(out, SPAN("max_memory"), config->core.max_memory);
	buf_add_char(out, '}');
}

static struct handled
run_info(struct request *req, const struct arg *args)
{
	const struct service *service = req->service;
	struct buf *out = reply_open(req);

	(void)args;
	json_first(out, SPAN("name"));
	json_add_string(out, SPAN("inflightd"));
	json_member_string(out, SPAN("version"), SPAN(PACKAGE_VERSION));
	json_member_string(out, SPAN("engine"), span_str(service->engine->ops->name));
	json_member_uint(out, SPAN("pid"), (uint64_t)getpid());
	json_member_string(out, SPAN("incarnation"), span_str(service->incarnation));
	json_member_uint(out, SPAN("uptime_ms"), ms_between(service->started_ns, service->now_ns));
	json_member(out, SPAN("limits"));
	write_limits(out, &service->config);
	buf_add_char(out, '}');
	return reply_close(req);
}

const struct command command_info = {
	COMMAND("info"),
	.summary = "Tells what is running here, and its limits.",
	.args = command_no_args,
	.result = info_result,
	.permit = PERMIT_KNOWN,
	.run = run_info,
};

/* ---- stats ------------------------------------------------------------- */

static const struct result_member conservation_members[] = {
	{.name = "enqueued", .type = MEMBER_INTEGER},
	{.name = "alive", .type = MEMBER_INTEGER},
	{.name = "ended", .type = MEMBER_INTEGER},
	RESULT_END,
};

static const struct result_member stats_result[] = {
	{.name = "connections", .type = MEMBER_INTEGER},
	{.name = "waiters", .type = MEMBER_INTEGER},
	{.name = "queues", .type = MEMBER_INTEGER},
	{.name = "groups", .type = MEMBER_INTEGER},
	{.name = "leases", .type = MEMBER_INTEGER},
	{.name = "memory_bytes", .type = MEMBER_INTEGER},
	{.name = "lines_in", .type = MEMBER_INTEGER},
	{.name = "lines_out", .type = MEMBER_INTEGER},
	{.name = "bytes_in", .type = MEMBER_INTEGER},
	{.name = "bytes_out", .type = MEMBER_INTEGER},
	{.name = "errors", .type = MEMBER_INTEGER},
	{.name = "refused_memory", .type = MEMBER_INTEGER},
	{.name = "refused_queues", .type = MEMBER_INTEGER},
	{.name = "refused_groups", .type = MEMBER_INTEGER},
	{.name = "refused_group_ops", .type = MEMBER_INTEGER},
	{.name = "refused_connections", .type = MEMBER_INTEGER},
	{.name = "refused_handshakes", .type = MEMBER_INTEGER},
	{.name = "refused_protocol", .type = MEMBER_INTEGER},
	{.name = "refused_parked", .type = MEMBER_INTEGER},
	{.name = "refused_lines", .type = MEMBER_INTEGER},
	{.name = "refused_batches", .type = MEMBER_INTEGER},
	{.name = "unauthenticated", .type = MEMBER_INTEGER},
	{.name = "refused_unauthenticated", .type = MEMBER_INTEGER},
	{.name = "auth_failures", .type = MEMBER_INTEGER},
	{.name = "auth_timeouts", .type = MEMBER_INTEGER},
	{.name = "unauthorized", .type = MEMBER_INTEGER},
	{.name = "turns", .type = MEMBER_INTEGER},
	{.name = "turn_max_us", .type = MEMBER_INTEGER},
	{.name = "turn_max_cpu_us", .type = MEMBER_INTEGER},
	COUNTER_MEMBERS,
	{.name = "conservation", .type = MEMBER_OBJECT, .members = conservation_members},
	RESULT_END,
};

void
counters_write(struct buf *out, const struct queue_counters *counters)
{
	json_member_uint(out, SPAN("enqueued"), counters->enqueued);
	json_member_uint(out, SPAN("merged"), counters->merged);
	json_member_uint(out, SPAN("refused_depth"), counters->refused_depth);
	json_member_uint(out, SPAN("refused_width"), counters->refused_width);
	json_member_uint(out, SPAN("dequeued"), counters->dequeued);
	json_member_uint(out, SPAN("finished"), counters->finished);
	json_member_uint(out, SPAN("failed"), counters->failed);
	json_member_uint(out, SPAN("released"), counters->released);
	json_member_uint(out, SPAN("lease_expired"), counters->lease_expired);
	json_member_uint(out, SPAN("died"), counters->died);
	json_member_uint(out, SPAN("expired"), counters->expired);
	json_member_uint(out, SPAN("cancelled"), counters->cancelled);
	json_member_uint(out, SPAN("purged"), counters->purged);
	json_member_uint(out, SPAN("deleted"), counters->deleted);
	json_member_uint(out, SPAN("kicked"), counters->kicked);
	json_member_uint(out, SPAN("dead_dropped"), counters->dead_dropped);
}

static void
write_service_stats(struct buf *out, const struct service_counters *counters)
{
	json_member_uint(out, SPAN("lines_in"), counters->lines_in);
	json_member_uint(out, SPAN("lines_out"), counters->lines_out);
	json_member_uint(out, SPAN("bytes_in"), counters->bytes_in);
	json_member_uint(out, SPAN("bytes_out"), counters->bytes_out);
	json_member_uint(out, SPAN("errors"), counters->errors);
	json_member_uint(out, SPAN("refused_connections"), counters->refused_connections);
	json_member_uint(out, SPAN("refused_handshakes"), counters->refused_handshakes);
	json_member_uint(out, SPAN("refused_protocol"), counters->refused_protocol);
	json_member_uint(out, SPAN("refused_parked"), counters->refused_parked);
	json_member_uint(out, SPAN("refused_lines"), counters->refused_lines);
	json_member_uint(out, SPAN("refused_batches"), counters->refused_batches);
	json_member_uint(out, SPAN("refused_unauthenticated"), counters->refused_unauthenticated);
	json_member_uint(out, SPAN("auth_failures"), counters->auth_failures);
	json_member_uint(out, SPAN("auth_timeouts"), counters->auth_timeouts);
	json_member_uint(out, SPAN("unauthorized"), counters->unauthorized);
	json_member_uint(out, SPAN("turn_max_us"), counters->turn_max_ns / 1000);
	json_member_uint(out, SPAN("turn_max_cpu_us"), counters->turn_max_cpu_ns / 1000);
}

/* What came in is there or has ended: the first number is the sum of the others. */
static void
write_conservation(struct buf *out, const struct stats_answer *answer)
{
	json_member(out, SPAN("conservation"));
	json_first(out, SPAN("enqueued"));
	buf_add_uint(out, answer->counters.enqueued);
	json_member_uint(out, SPAN("alive"), answer->live_ops);
	json_member_uint(out, SPAN("ended"), counters_ended(&answer->counters));
	buf_add_char(out, '}');
}

static struct handled
stats_told(struct request *req)
{
	const struct stats_answer *answer = &req->call.answer.stats;
	struct buf *out = reply_open(req);
	struct service_figures figures;

	service_figures(req->service, &figures);
	json_first(out, SPAN("connections"));
	buf_add_uint(out, figures.connections);
	json_member_uint(out, SPAN("waiters"), figures.waiters);
	json_member_uint(out, SPAN("queues"), answer->queues);
	json_member_uint(out, SPAN("groups"), answer->groups);
	json_member_uint(out, SPAN("leases"), answer->leases);
	json_member_uint(out, SPAN("memory_bytes"), answer->memory_bytes);
	json_member_uint(out, SPAN("unauthenticated"), figures.unauthenticated);
	write_service_stats(out, &figures.counters);
	json_member_uint(out, SPAN("turns"), figures.turns);
	json_member_uint(out, SPAN("refused_memory"), answer->refused_memory);
	json_member_uint(out, SPAN("refused_queues"), answer->refused_queues);
	json_member_uint(out, SPAN("refused_groups"), answer->refused_groups);
	json_member_uint(out, SPAN("refused_group_ops"), answer->refused_group_ops);
	counters_write(out, &answer->counters);
	write_conservation(out, answer);
	buf_add_char(out, '}');
	return reply_close(req);
}

static struct handled
run_stats(struct request *req, const struct arg *args)
{
	(void)args;
	return request_call(req, VERB_STATS, stats_told);
}

const struct command command_stats = {
	COMMAND("stats"),
	.summary = "Tells the gauges and counters of the whole daemon.",
	.args = command_no_args,
	.result = stats_result,
	.permit = PERMIT_READ,
	.run = run_stats,
};

/* ---- methods, rpc.discover --------------------------------------------- */

static const struct result_member method_members[] = {
	{.name = "name", .type = MEMBER_STRING},
	{.name = "params", .type = MEMBER_STRINGS},
	{.name = "summary", .type = MEMBER_STRING},
	RESULT_END,
};

static const struct result_member methods_result[] = {
	{.name = "methods", .type = MEMBER_OBJECTS, .members = method_members},
	RESULT_END,
};

static void
write_method(struct buf *out, const struct command *command)
{
	json_first(out, SPAN("name"));
	json_add_string(out, span_str(command->name));
	json_member(out, SPAN("params"));
	buf_add_char(out, '[');
	for (const struct arg_spec *arg = command->args; arg->name != NULL; arg++) {
		if (arg != command->args)
			buf_add_char(out, ',');
		json_add_string(out, span_str(arg->name));
	}
	buf_add_char(out, ']');
	json_member_string(out, SPAN("summary"), span_str(command->summary));
	buf_add_char(out, '}');
}

static struct handled
run_methods(struct request *req, const struct arg *args)
{
	struct buf *out = reply_open(req);
	const struct command *command;
	bool is_first = true;

	(void)args;
	json_first(out, SPAN("methods"));
	buf_add_char(out, '[');
	for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
		if (!command_is_offered(command, req->service))
			continue;
		if (!is_first)
			buf_add_char(out, ',');
		is_first = false;
		write_method(out, command);
	}
	buf_add(out, SPAN("]}"));
	return reply_close(req);
}

const struct command command_methods = {
	COMMAND("methods"),
	.summary = "Lists the methods with the names of their params in positional order.",
	.args = command_no_args,
	.result = methods_result,
	.permit = PERMIT_ANYONE,
	.run = run_methods,
};

static struct handled
run_discover(struct request *req, const struct arg *args)
{
	(void)args;
	discover_write(reply_open(req), req->service);
	return reply_close(req);
}

static const struct result_member discover_result[] = {
	{.name = "openrpc", .type = MEMBER_STRING},
	{.name = "info", .type = MEMBER_JSON},
	{.name = "methods", .type = MEMBER_JSON},
	RESULT_END,
};

const struct command command_rpc_discover = {
	COMMAND("rpc.discover"),
	.summary = "Describes this service as an OpenRPC document.",
	.args = command_no_args,
	.result = discover_result,
	.permit = PERMIT_KNOWN,
	.run = run_discover,
};
