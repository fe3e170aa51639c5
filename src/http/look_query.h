/*
 * What a request for a look asks for.
 */
#ifndef INFLIGHT_HTTP_LOOK_QUERY_H
#define INFLIGHT_HTTP_LOOK_QUERY_H

#include "http/look.h"

struct MHD_Connection;

struct look_name {
	size_t len;
	char text[NAME_MAX_BYTES];
};

struct look_query {
	struct look_name prefix;
	struct look_name after;
	struct look_name queue;
	uint64_t count;
	enum set_state state;
};

struct span look_name_span(const struct look_name *name);

/* False: it is too long for a name. */
bool look_name_set(struct look_name *name, struct span text);

/* NULL, or what is wrong with it, as a sentence. */
const char *look_query_read(struct MHD_Connection *connection, const struct look_resource *resource,
	struct look_query *ret);

#endif
