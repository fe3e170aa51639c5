/*
 * The names of a query are those of its resource, each once. Nothing is owned here.
 */
#include <config.h>

#include "http/look_query.h"

#include <microhttpd.h>

#include "base/check.h"

struct span
look_name_span(const struct look_name *name)
{
	return span_make(name->text, name->len);
}

bool
look_name_set(struct look_name *name, struct span text)
{
	if (text.len > sizeof(name->text))
		return false;
	memcpy(name->text, text.ptr, text.len);
	name->len = text.len;
	return true;
}

/* ---- values --------------------------------------------------------------------- */

static const char *
read_count(struct look_query *query, uint64_t max, struct span text)
{
	uint64_t count = 0;

	for (size_t i = 0; i < text.len && count <= max; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return "count is no number";
		count = 10 * count + (uint64_t)(text.ptr[i] - '0');
	}
	if (count == 0 || count > max)
		return "count is 0, or more than is told at a time";
	query->count = count;
	return NULL;
}

static const char *
read_state(struct look_query *query, struct span text)
{
	for (int i = 0; i < SET_STATE_COUNT; i++) {
		if (span_equal(text, span_str(set_state_name((enum set_state)i)))) {
			query->state = (enum set_state)i;
			return NULL;
		}
	}
	return "state is not one of a set's";
}

static const char *
read_name(struct look_name *name, struct span text, const char *complaint)
{
	return look_name_set(name, text) ? NULL : complaint;
}

/* ---- the query ------------------------------------------------------------------ */

static const struct {
	const char *name;
	enum look_param param;
} params[] = {
	{"prefix", LOOK_PREFIX},
	{"after", LOOK_AFTER},
	{"count", LOOK_COUNT},
	{"queue", LOOK_QUEUE},
	{"state", LOOK_STATE},
};

/* A query while it is being read. */
struct reading {
	const struct look_resource *resource;
	struct look_query *query;
	unsigned seen; /* enum look_param */
	const char *wrong;
};

static const char *
read_param(struct reading *reading, enum look_param param, struct span text)
{
	struct look_query *query = reading->query;

	switch (param) {
	case LOOK_PREFIX:
		return read_name(&query->prefix, text, "prefix is longer than a name");
	case LOOK_AFTER:
		return read_name(&query->after, text, "after is longer than a name");
	case LOOK_COUNT:
		return read_count(query, reading->resource->count_max, text);
	case LOOK_QUEUE:
		return read_name(&query->queue, text, "queue is longer than a name");
	case LOOK_STATE:
		return read_state(query, text);
	}
	UNREACHABLE();
}

static unsigned
find_param(const struct look_resource *resource, const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		if (span_equal(span_make(name, len), span_str(params[i].name)))
			return params[i].param & resource->params;
	}
	return 0;
}

static enum MHD_Result
add_param(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
	size_t value_len)
{
	struct reading *reading = cls;
	unsigned param = find_param(reading->resource, name, name_len);

	(void)kind;
	if (param == 0)
		reading->wrong = "the query has a name that is not known";
	else if ((reading->seen & param) != 0)
		reading->wrong = "the query has a name twice";
	else
		reading->wrong = read_param(reading, (enum look_param)param,
			span_make(value == NULL ? "" : value, value_len));
	reading->seen |= param;
	return reading->wrong == NULL ? MHD_YES : MHD_NO;
}

const char *
look_query_read(struct MHD_Connection *connection, const struct look_resource *resource,
	struct look_query *ret)
{
	struct reading reading = {.resource = resource, .query = ret};

	*ret = (struct look_query){.count = resource->count, .state = SET_READY};
	(void)MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, add_param, &reading);
	if (reading.wrong == NULL && (resource->params & LOOK_QUEUE) != 0 && ret->queue.len == 0)
		return "queue is missing";
	return reading.wrong;
}
