/*
 * Resources as JSON. What is asked here is asked of the service in its own protocol, by a session
 * that no connection stands behind: so params, permissions and answers are those of the wire. A
 * question is one line, or one for each queue of the answer before; the session executes them in
 * turns, like those of any peer.
 *
 * An api lives from api_begin() until its exchange is answered or cancelled.
 */
#include <config.h>

#include "http/api.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "command/session.h"
#include "http/exchange.h"
#include "json/scan.h"
#include "json/write.h"

#define PARAMS_MAX 4

struct api_resource {
	const char *method;
	const char *params[PARAMS_MAX + 1]; /* NULL ends them */
	bool with_stats; /* of the names it gets, the statistics of each queue are told */
};

const struct api_resource api_info = {"info", {NULL}, false};
const struct api_resource api_stats = {"stats", {NULL}, false};
const struct api_resource api_queues = {"queue.list", {"prefix", "after", "count", NULL}, true};
const struct api_resource api_queue = {"queue.stats", {"queue", NULL}, false};
const struct api_resource api_peek = {
	"queue.peek", {"queue", "state", "key", "count", NULL}, false};
const struct api_resource api_groups = {"group.list", {"prefix", "after", "count", NULL}, false};
/* With wait_ms=0 from here: a request waits for nothing. */
const struct api_resource api_group = {"group.wait", {"group", NULL}, false};

struct api {
	struct exchange *exchange;
	const struct api_resource *resource;
	struct session *session;
	struct buf answers; /* lines */
	size_t asked;       /* lines that are to come */
	size_t counted;     /* bytes of `answers` in which lines were counted, */
	size_t lines;       /* and how many there were */
	bool is_second;     /* the statistics of each queue were asked for */
};

static void
api_free(struct api *api)
{
	if (api->session != NULL)
		session_close(api->session);
	buf_fini(&api->answers);
	free(api);
}

static void
api_cancel(struct exchange *exchange)
{
	api_free(exchange->work);
	exchange->work = NULL;
}

/* ---- questions --------------------------------------------------------------- */

/* A question while its params are being added to it. */
struct question {
	const struct api_resource *resource;
	struct buf line;
	const char *wrong; /* the name of a param that there is not; NULL: none */
};

static bool
has_param(const struct api_resource *resource, const char *name)
{
	for (size_t i = 0; resource->params[i] != NULL; i++) {
		if (strcmp(resource->params[i], name) == 0)
			return true;
	}
	return false;
}

/* Digits become a number; what the method wants, it says itself. */
static bool
is_number(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	}
	return text.len > 0 && text.len < 20 && (text.ptr[0] != '0' || text.len == 1);
}

static enum MHD_Result
add_param(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
	size_t value_len)
{
	struct question *question = cls;
	struct span text = span_make(value == NULL ? "" : value, value_len);

	(void)kind;
	(void)name_len;
	if (!has_param(question->resource, name)) {
		question->wrong = name;
		return MHD_NO;
	}
	json_member(&question->line, span_str(name));
	if (strcmp(name, "count") == 0 && is_number(text))
		buf_add(&question->line, text);
	else
		json_add_untrusted(&question->line, text);
	return MHD_YES;
}

static void
ask(struct api *api, struct buf *line)
{
	buf_add(line, SPAN("}\n"));
	api->asked++;
	/* What it does not use it has copied. */
	session_feed(api->session, line->data, buf_len(line));
	buf_release(line, 0);
}

static void
open_line(struct buf *line, const char *method)
{
	json_first(line, SPAN("method"));
	json_add_string(line, span_str(method));
}

void
api_begin(struct exchange *exchange)
{
	struct question question = {.resource = exchange->route->resource};
	struct api *api;

	buf_init(&question.line);
	open_line(&question.line, question.resource->method);
	if (question.resource == &api_group)
		json_member_uint(&question.line, SPAN("wait_ms"), 0);
	(void)MHD_get_connection_values_n(
		exchange->connection, MHD_GET_ARGUMENT_KIND, add_param, &question);
	if (question.wrong != NULL) {
		buf_fini(&question.line);
		exchange_answer_line(
			exchange, MHD_HTTP_BAD_REQUEST, "the query has a name that is not known");
		return;
	}
	api = xcalloc(1, sizeof(*api));
	api->exchange = exchange;
	api->resource = question.resource;
	buf_init(&api->answers);
	api->answers.expendable = true;
	exchange->work = api;
	exchange->cancel = api_cancel;
	api->session = session_new_inside(exchange->http->service, "http", api);
	if (exchange->principal != NULL)
		CHECK(session_authenticate(api->session, exchange->token));
	ask(api, &question.line);
}

/* ---- answers ----------------------------------------------------------------- */

/* What stands in a line of the wire: a result, or an error as "name: message". */
struct told {
	struct value result;
	struct value error;
};

/* The next line out of *rest. */
static struct told
next_line(struct span *rest)
{
	const char *end = memchr(rest->ptr, '\n', rest->len);
	struct told told = {.result = {.type = VALUE_NONE}, .error = {.type = VALUE_NONE}};
	struct scan scan;

	CHECK(end != NULL &&
		scan_line(span_make(rest->ptr, (size_t)(end - rest->ptr)), NULL, &scan));
	for (size_t i = 0; i < scan.outer.count; i++) {
		if (value_equals(&scan.outer.at[i].name, SPAN("result")))
			told.result = scan.outer.at[i].value;
		else if (value_equals(&scan.outer.at[i].name, SPAN("error")))
			told.error = scan.outer.at[i].value;
	}
	rest->len -= (size_t)(end - rest->ptr) + 1;
	rest->ptr = end + 1;
	return told;
}

static unsigned
status_of(const struct value *error)
{
	static const struct {
		struct span name;
		unsigned status;
	} rows[] = {
		{SPAN("no_such_"), MHD_HTTP_NOT_FOUND},
		{SPAN("invalid_"), MHD_HTTP_BAD_REQUEST},
		{SPAN("parse_error"), MHD_HTTP_BAD_REQUEST},
		{SPAN("line_too_long"), MHD_HTTP_BAD_REQUEST},
		{SPAN("unauthorized"), MHD_HTTP_FORBIDDEN},
		{SPAN("unavailable"), MHD_HTTP_SERVICE_UNAVAILABLE},
	};

	for (size_t i = 0; error->type == VALUE_STRING && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (span_starts_with(value_inner(error), rows[i].name))
			return rows[i].status;
	}
	return MHD_HTTP_INTERNAL_SERVER_ERROR;
}

/* The api is over with that. */
static void
finish(struct api *api, unsigned status, struct buf *body)
{
	exchange_answer_work(api->exchange, status, body);
	api_free(api);
}

static void
finish_error(struct api *api, const struct value *error)
{
	struct buf body;

	buf_init(&body);
	json_first(&body, SPAN("error"));
	buf_add(&body, error->text);
	buf_add_char(&body, '}');
	finish(api, status_of(error), &body);
}

static void
finish_overrun(struct api *api)
{
	struct buf body;

	buf_init(&body);
	buf_add(&body,
		SPAN("{\"error\":\"unavailable: there is no memory for an answer this big\"}"));
	finish(api, MHD_HTTP_SERVICE_UNAVAILABLE, &body);
}

/* Asks for the statistics of each name in the only member of that result. */
static void
ask_each(struct api *api, const struct value *names_result)
{
	struct member names;
	struct member name;
	struct walk walk;
	struct buf lines;

	buf_init(&lines);
	walk_init(&walk, *names_result);
	CHECK(walk_next(&walk, &names));
	walk_init(&walk, names.value);
	while (walk_next(&walk, &name)) {
		open_line(&lines, "queue.stats");
		json_member_raw(&lines, SPAN("queue"), name.value.text);
		ask(api, &lines);
	}
	buf_fini(&lines);
}

/* A queue that is gone meanwhile is left out. */
static void
finish_each(struct api *api)
{
	struct span rest = buf_span(&api->answers);
	const char *between = "";
	struct buf body;

	buf_init(&body);
	json_first(&body, SPAN("queues"));
	buf_add_char(&body, '[');
	while (rest.len > 0) {
		struct told told = next_line(&rest);

		if (told.result.type != VALUE_OBJECT)
			continue;
		buf_add(&body, span_str(between));
		buf_add(&body, told.result.text);
		between = ",";
	}
	buf_add(&body, SPAN("]}"));
	finish(api, MHD_HTTP_OK, &body);
}

/* All lines that were asked for are there. */
static void
all_told(struct api *api)
{
	struct span rest = buf_span(&api->answers);
	struct told told;
	struct buf body;

	if (api->is_second) {
		finish_each(api);
		return;
	}
	told = next_line(&rest);
	if (told.result.type != VALUE_OBJECT) {
		finish_error(api, &told.error);
		return;
	}
	if (!api->resource->with_stats) {
		buf_init(&body);
		buf_add(&body, told.result.text);
		finish(api, MHD_HTTP_OK, &body);
		return;
	}
	api->is_second = true;
	ask_each(api, &told.result);
	buf_release(&api->answers, 0);
	api->asked -= 1;
	api->counted = 0;
	api->lines = 0;
	if (api->asked == 0)
		finish_each(api);
}

/* Lines whose end has come since the last time. */
static void
count_lines(struct api *api)
{
	struct span all = buf_span(&api->answers);

	for (size_t i = api->counted; i < all.len; i++) {
		if (all.ptr[i] == '\n')
			api->lines++;
	}
	api->counted = all.len;
}

void
api_go_on(struct session *session)
{
	struct api *api = session_arg(session);
	struct buf *out = session_output(session);
	size_t len = buf_len(out);

	buf_add(&api->answers, buf_span(out));
	session_sent(session, len);
	if (session_is_overrun(session) || api->answers.spilled) {
		finish_overrun(api);
		return;
	}
	count_lines(api);
	if (api->lines == api->asked)
		all_told(api);
}
