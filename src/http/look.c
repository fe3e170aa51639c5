/*
 * A look lives from look_begin() until it is answered; one whose peer is gone lives until the
 * engine has given its call back. While it can go on it stands in http->looks.
 */
#include <config.h>

#include "http/look_query.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "http/exchange.h"
#include "json/write.h"

#define STEPS_PER_TURN  256 /* of all looks, about one for each name */
#define NAMES_AT_A_TIME 256

struct look {
	struct inquiry inquiry;
	struct list_node node; /* among http->looks, while it can go on */
	struct http *http;
	struct exchange *exchange; /* NULL: the peer is gone */
	const struct look_resource *resource;
	struct look_query query;
	struct look_name listed; /* the last one that the engine told */
	struct look_name asked;  /* the last one that was asked about */
	struct buf names;        /* to be asked about, each as its length, one byte, and itself */
	struct buf body;
	uint64_t rows;
	bool is_listed;   /* there are no more names to be had */
	bool is_stepping; /* whoever steps goes on with it */
};

const struct look_resource look_queues = {VERB_QUEUE_LIST, VERB_QUEUE_STATS,
	LOOK_PREFIX | LOOK_AFTER | LOOK_COUNT, 100, 1000, ERR_NO_SUCH_QUEUE, LOOK_QUEUE_HEADING,
	look_write_queue};
const struct look_resource look_groups = {VERB_GROUP_LIST, VERB_GROUP_POLL,
	LOOK_PREFIX | LOOK_AFTER | LOOK_COUNT, 100, 1000, ERR_NO_SUCH_GROUP, LOOK_GROUP_HEADING,
	look_write_group};
const struct look_resource look_sets = {VERB_QUEUE_PEEK, VERB_QUEUE_PEEK,
	LOOK_QUEUE | LOOK_STATE | LOOK_COUNT, 20, 100, ERR_NO_SUCH_QUEUE, LOOK_SETS_HEADING,
	look_write_sets};

_Static_assert(NAME_MAX_BYTES <= UINT8_MAX, "the length of a name fits into a byte");

static void
look_free(struct look *look)
{
	list_remove(&look->node);
	buf_fini(&look->names);
	buf_fini(&look->body);
	free(look);
}

/* The peer is gone. */
static void
look_cancel(struct exchange *exchange)
{
	struct look *look = exchange->work;

	exchange->work = NULL;
	look->exchange = NULL;
	if (!look->inquiry.is_under_way)
		look_free(look);
}

/* ---- answers -------------------------------------------------------------------- */

static void
answer(struct look *look, unsigned status, struct buf *body)
{
	exchange_answer_work(look->exchange, status, body);
	look_free(look);
}

/* Errors have the form of those in api.c. */
static void
answer_error(struct look *look, unsigned status, enum err err, const char *message)
{
	struct buf body;
	struct buf text;

	buf_init(&text);
	buf_add(&text, span_str(err_name(err)));
	buf_add(&text, SPAN(": "));
	buf_add(&text, span_str(message));
	buf_init(&body);
	json_first(&body, SPAN("error"));
	json_add_string(&body, buf_span(&text));
	buf_add_char(&body, '}');
	buf_fini(&text);
	answer(look, status, &body);
}

/* All rows are there. With `next` there may be more behind them. */
static void
answer_rows(struct look *look)
{
	struct buf *body = &look->body;
	bool is_all = look->is_listed && buf_len(&look->names) == 0;

	buf_add_char(body, ']');
	if (!is_all)
		json_member_string(body, SPAN("next"), look_name_span(&look->asked));
	buf_add_char(body, '}');
	if (body->spilled)
		answer_error(look, MHD_HTTP_SERVICE_UNAVAILABLE, ERR_UNAVAILABLE,
			"there is no memory for an answer this big");
	else
		answer(look, MHD_HTTP_OK, body);
}

/* ---- what the engine tells ------------------------------------------------------ */

static bool
is_visible(const struct look *look, struct span name)
{
	const struct principal *principal = look->exchange->principal;

	if (principal == NULL)
		return true;
	return patterns_match(look->resource->absent == ERR_NO_SUCH_GROUP ? &principal->groups
									  : &principal->queues,
		name);
}

static void
keep_name(struct look *look, struct span name)
{
	buf_add_char(&look->names, (char)(unsigned char)name.len);
	buf_add(&look->names, name);
}

static void
keep_names(struct look *look, struct name_cursor names)
{
	struct span name;
	size_t count = 0;

	while (names.next(&names, &name)) {
		count++;
		CHECK(look_name_set(&look->listed, name));
		if (is_visible(look, name))
			keep_name(look, name);
	}
	look->is_listed = count < NAMES_AT_A_TIME;
}

static void
add_row(struct look *look)
{
	if (look->rows > 0)
		buf_add_char(&look->body, ',');
	look->rows++;
	look->resource->write(&look->body, &look->inquiry, look_name_span(&look->asked));
}

/* Names that are gone meanwhile are left out. */
static void
look_told(struct inquiry *inquiry)
{
	struct look *look = container_of(inquiry, struct look, inquiry);
	bool is_good = inquiry->call.refusal.err == ERR_NONE;

	if (look->exchange == NULL) {
		look_free(look);
		return;
	}
	if (inquiry->call.verb == look->resource->each) {
		if (is_good)
			add_row(look);
	} else if (is_good) {
		keep_names(look, inquiry->call.answer.list.names);
	} else {
		look->is_listed = true;
	}
	if (!look->is_stepping)
		list_append(&look->http->looks, &look->node);
}

/* ---- questions ------------------------------------------------------------------ */

static void
ask_for_names(struct look *look)
{
	struct call *call = &look->inquiry.call;

	call->verb = look->resource->list;
	call->args.list = (struct list_args){
		.prefix = look_name_span(&look->query.prefix),
		.after = look_name_span(&look->listed),
		.count = NAMES_AT_A_TIME,
	};
	inquiry_ask(&look->inquiry);
}

static void
take_name(struct look *look)
{
	struct span names = buf_span(&look->names);
	size_t len = (unsigned char)names.ptr[0];

	CHECK(look_name_set(&look->asked, span_make(names.ptr + 1, len)));
	buf_consume(&look->names, 1 + len);
}

static void
ask_about_next(struct look *look)
{
	struct call *call = &look->inquiry.call;

	take_name(look);
	call->verb = look->resource->each;
	if (call->verb == VERB_QUEUE_PEEK)
		call->args.queue_peek = (struct queue_peek_args){
			.queue = look_name_span(&look->asked),
			.state = look->query.state,
			.key = {NULL, 0},
			.count = look->query.count,
		};
	else if (call->verb == VERB_GROUP_POLL)
		call->args.group = (struct group_args){.group = look_name_span(&look->asked)};
	else
		call->args.queue = (struct queue_args){.queue = look_name_span(&look->asked)};
	inquiry_ask(&look->inquiry);
}

/* One step; false where the engine has the call, or all is answered. */
static bool
step(struct look *look)
{
	bool has_names = buf_len(&look->names) > 0;

	if (look->rows == look->query.count || (look->is_listed && !has_names)) {
		if (look->rows == 0 && look->resource->list == VERB_QUEUE_PEEK)
			answer_error(look, MHD_HTTP_NOT_FOUND, look->resource->absent,
				"there is no queue of that name");
		else
			answer_rows(look);
		return false;
	}
	look->is_stepping = true;
	if (has_names)
		ask_about_next(look);
	else
		ask_for_names(look);
	look->is_stepping = false;
	return !look->inquiry.is_under_way;
}

bool
looks_turn(struct http *http)
{
	struct list_node *node = list_pop(&http->looks);
	unsigned budget = STEPS_PER_TURN;

	if (node == NULL)
		return false;
	while (budget > 0 && step(container_of(node, struct look, node)))
		budget--;
	if (budget == 0)
		list_append(&http->looks, node);
	return !list_is_empty(&http->looks);
}

/* ---- requests ------------------------------------------------------------------- */

static struct look *
look_new(struct exchange *exchange)
{
	struct look *look = xcalloc(1, sizeof(*look));

	look->http = exchange->http;
	look->exchange = exchange;
	look->resource = exchange->route->resource;
	list_node_init(&look->node);
	inquiry_init(&look->inquiry, exchange->http->service, look_told);
	buf_init(&look->names);
	buf_init(&look->body);
	look->body.expendable = true;
	buf_add(&look->body, look->resource->heading);
	exchange->work = look;
	exchange->cancel = look_cancel;
	return look;
}

/* The queue that the request names is all there is to ask about. */
static bool
take_queue(struct look *look)
{
	struct span queue = look_name_span(&look->query.queue);

	if (!is_visible(look, queue))
		return false;
	keep_name(look, queue);
	look->is_listed = true;
	return true;
}

void
look_begin(struct exchange *exchange)
{
	struct look *look = look_new(exchange);
	const char *wrong = look_query_read(exchange->connection, look->resource, &look->query);
	bool names_queue = (look->resource->params & LOOK_QUEUE) != 0;

	look->listed = look->query.after;
	if (wrong != NULL)
		answer_error(look, MHD_HTTP_BAD_REQUEST, ERR_INVALID_PARAMS, wrong);
	else if (names_queue && !take_queue(look))
		answer_error(look, MHD_HTTP_FORBIDDEN, ERR_UNAUTHORIZED,
			"that queue is not among those of the token");
	else
		list_append(&exchange->http->looks, &look->node);
}
