/*
 * The table of all paths; it is constant, and nothing is owned here.
 */
#include <config.h>

#include "http/route.h"

#include <stddef.h>
#include <string.h>

static const struct route routes[] = {
	/* for who supervises the daemon */
	{.path = "/healthz", .access = ROUTE_ANYONE, .begin = health_begin},
	{.path = "/readyz", .access = ROUTE_ANYONE, .begin = ready_begin},
	/* for Prometheus */
	{.path = "/metrics", .access = ROUTE_READER, .begin = metrics_begin},
	/* read-only resources as JSON */
	{.path = "/api/info", .access = ROUTE_READER, .begin = api_begin, .resource = &api_info},
	{.path = "/api/stats", .access = ROUTE_READER, .begin = api_begin, .resource = &api_stats},
	{.path = "/api/queues",
		.access = ROUTE_READER,
		.begin = api_begin,
		.resource = &api_queues},
	{.path = "/api/queue", .access = ROUTE_READER, .begin = api_begin, .resource = &api_queue},
	{.path = "/api/peek", .access = ROUTE_READER, .begin = api_begin, .resource = &api_peek},
	{.path = "/api/groups",
		.access = ROUTE_READER,
		.begin = api_begin,
		.resource = &api_groups},
	{.path = "/api/group", .access = ROUTE_READER, .begin = api_begin, .resource = &api_group},
	/* the page, and what it shows */
	{.path = "/", .access = ROUTE_ANYONE, .begin = page_begin, .headers = page_headers},
	{.path = "/api/look/queues",
		.access = ROUTE_READER,
		.begin = look_begin,
		.resource = &look_queues},
	{.path = "/api/look/groups",
		.access = ROUTE_READER,
		.begin = look_begin,
		.resource = &look_groups},
	{.path = "/api/look/sets",
		.access = ROUTE_READER,
		.begin = look_begin,
		.resource = &look_sets},
	{.path = NULL},
};

const struct route *
route_find(const char *path)
{
	for (const struct route *route = routes; route->path != NULL; route++) {
		if (strcmp(route->path, path) == 0)
			return route;
	}
	return NULL;
}
