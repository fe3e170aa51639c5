/*
 * `inflight queue stats`: of one queue all there is to know, of several, or of all of
 * them, a line for each. The requests are sent together, a page of names at a time.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/hint.h"
#include "cli/params.h"
#include "cli/report.h"
#include "cli/request.h"
#include "cli/show.h"
#include "cli/show_rows.h"
#include "cli/verb.h"
#include "client/text.h"

#define PAGE 100 /* names, and requests under way */

/* What is shown of each where there are several. */
static const char *const shown[] = {"queue", "depth", "ready", "leased", "dead", "waiters",
	"oldest_ready_ms", "enqueued", "dequeued", "finished", "failed"};

struct overview {
	const struct common *common;
	struct inflight *client;
	bool table;
	bool all; /* the queues are not those that somebody has named */
	struct params params;
	struct inflight_bytes rows; /* of the table: a list of objects, not yet closed */
	bool refused;               /* at least one */
};

/* What was asked for without an answer; returns the exit status. */
static int
lost(const struct overview *overview, enum inflight_status status)
{
	int result = report_status(overview->client, status);

	hint_status(overview->client, status);
	return result;
}

/* Takes some members over into the table's list. */
static void
add_row(struct overview *overview, struct inflight_span stats)
{
	struct inflight_bytes *rows = &overview->rows;

	inflight_bytes_add_text(rows, inflight_bytes_len(rows) == 0 ? "[{" : ",{");
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		struct inflight_span value;

		if (!inflight_text_member(stats, shown[i], &value))
			continue;
		inflight_bytes_add_text(rows, i == 0 ? "\"" : ",\"");
		inflight_bytes_add_text(rows, shown[i]);
		inflight_bytes_add_text(rows, "\":");
		inflight_bytes_add_span(rows, value);
	}
	inflight_bytes_add_text(rows, "}");
	need_memory(rows);
}

static int
take_reply(struct overview *overview, const char *queue, const struct inflight_reply *reply)
{
	struct inflight_span stats;

	stats.ptr = inflight_reply_text(reply, &stats.len);
	if (stats.ptr == NULL && overview->all &&
		strcmp(inflight_reply_name(reply), "no_such_queue") == 0)
		return STATUS_OK; /* it is gone since it was listed */
	if (stats.ptr == NULL) {
		report_error(queue, reply);
		overview->refused = true;
		return STATUS_OK;
	}
	if (!overview->table)
		return show_json(stats);
	add_row(overview, stats);
	return STATUS_OK;
}

/* Asks for up to a page of queues at a time and takes the answers in their order. */
static int
ask_stats(struct overview *overview, const char *const *queues, size_t count)
{
	uint64_t ids[PAGE];
	int result = STATUS_OK;

	for (size_t i = 0; i < count; i++) {
		struct inflight_span text;
		enum inflight_status status;

		params_begin(&overview->params);
		params_text(&overview->params, "queue", queues[i]);
		params_end(&overview->params);
		text = inflight_bytes_span(&overview->params.text);
		status = inflight_send_text(
			overview->client, "queue.stats", text.ptr, text.len, &ids[i]);
		if (status != INFLIGHT_OK)
			return lost(overview, status);
	}
	for (size_t i = 0; i < count && result == STATUS_OK; i++) {
		struct inflight_reply *reply;
		enum inflight_status status = inflight_receive(
			overview->client, ids[i], overview->common->timeout_ms, &reply);

		if (status != INFLIGHT_OK)
			return lost(overview, status);
		result = take_reply(overview, queues[i], reply);
		inflight_reply_free(reply);
	}
	return result;
}

/* ---- all queues ---------------------------------------------------------- */

/* The names of a page as strings of C, one behind the other in `names`; returns how many. */
static size_t
read_page(struct inflight_span result, struct inflight_bytes *names, const char **ret)
{
	struct inflight_walk walk;
	struct inflight_span none;
	struct inflight_span element;
	struct inflight_span list = {"[]", 2};
	size_t count = 0;
	const char *at;

	inflight_text_member(result, "queues", &list);
	inflight_walk_init(&walk, list);
	while (count < PAGE && inflight_walk_next(&walk, &none, &element)) {
		inflight_text_unquote(element, names);
		inflight_bytes_add(names, "", 1);
		count++;
	}
	need_memory(names);
	at = inflight_bytes_span(names).ptr;
	for (size_t i = 0; i < count; i++) {
		ret[i] = at;
		at += strlen(at) + 1;
	}
	return count;
}

/* Asks for the names behind `after`, and for the statistics of these. `ret_count` is 0 at the end.
 */
static int
ask_page(struct overview *overview, struct inflight_bytes *after, size_t *ret_count)
{
	struct inflight_bytes names = {0};
	const char *queues[PAGE];
	struct inflight_reply *reply;
	struct inflight_span text;
	struct inflight_span list;
	enum inflight_status status;
	int result;

	params_begin(&overview->params);
	params_string(&overview->params, "after", inflight_bytes_span(after));
	params_int(&overview->params, "count", PAGE);
	params_end(&overview->params);
	text = inflight_bytes_span(&overview->params.text);
	status = inflight_call_text(overview->client, "queue.list", text.ptr, text.len,
		overview->common->timeout_ms, &reply);
	if (status != INFLIGHT_OK)
		return lost(overview, status);
	*ret_count = 0;
	list.ptr = inflight_reply_text(reply, &list.len);
	if (list.ptr == NULL) {
		report_error(NULL, reply);
		hint_error(overview->client, "queue.list", text, reply);
		result = STATUS_REFUSED;
	} else {
		*ret_count = read_page(list, &names, queues);
		result = ask_stats(overview, queues, *ret_count);
		inflight_bytes_clear(after);
		if (*ret_count > 0)
			inflight_bytes_add_text(after, queues[*ret_count - 1]);
	}
	inflight_reply_free(reply);
	inflight_bytes_fini(&names);
	return result;
}

static int
ask_all(struct overview *overview)
{
	struct inflight_bytes after = {0};
	size_t count = PAGE;
	int result = STATUS_OK;

	while (result == STATUS_OK && count == PAGE)
		result = ask_page(overview, &after, &count);
	inflight_bytes_fini(&after);
	return result;
}

static int
ask_given(struct overview *overview, const char *const *queues, size_t count)
{
	int result = STATUS_OK;

	for (size_t i = 0; i < count && result == STATUS_OK; i += PAGE)
		result = ask_stats(overview, queues + i, count - i < PAGE ? count - i : PAGE);
	return result;
}

static int
show_rows_of(struct overview *overview)
{
	struct terminal terminal = terminal_of(STDOUT_FILENO);

	if (inflight_bytes_len(&overview->rows) == 0) {
		if (!overview->refused)
			puts("no queues");
		return show_end();
	}
	inflight_bytes_add_text(&overview->rows, "]");
	need_memory(&overview->rows);
	show_rows(stdout, &terminal, inflight_bytes_span(&overview->rows));
	return show_end();
}

int
run_queue_stats(const struct common *common, const struct arguments *args)
{
	struct overview overview = {.common = common,
		.table = show_wants_table(common->format),
		.all = args->operand_count == 0};
	int result;

	if (args->operand_count == 1)
		return run_method(common, args);
	overview.client = client_open(common, &result);
	if (overview.client == NULL)
		return result;
	if (overview.all)
		result = ask_all(&overview);
	else
		result = ask_given(&overview, args->operands, args->operand_count);
	if (result == STATUS_OK && overview.table)
		result = show_rows_of(&overview);
	inflight_free(overview.client);
	params_fini(&overview.params);
	inflight_bytes_fini(&overview.rows);
	return result == STATUS_OK && overview.refused ? STATUS_REFUSED : result;
}
