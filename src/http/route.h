/*
 * The resources. Each is one const row: its path, who may read it, and what makes its answer. To
 * add one, write its row into the table of route.c and its `begin` into a file that fits; what
 * one path may be is decided there and nowhere else.
 */
#ifndef INFLIGHT_HTTP_ROUTE_H
#define INFLIGHT_HTTP_ROUTE_H

struct exchange;

/* Who may read it, where authentication is configured. */
enum route_access {
	ROUTE_ANYONE, /* no token is asked for */
	ROUTE_READER, /* whoever shows a token with the role reader or admin */
};

struct route_header {
	const char *name; /* NULL ends the table */
	const char *value;
};

struct route {
	const char *path; /* all of it; NULL ends the table */
	enum route_access access;
	/*
	 * Begins to answer a GET or HEAD: answers with exchange_answer() or one of its kind, now or
	 * in a later turn; until then the peer waits.
	 */
	void (*begin)(struct exchange *exchange);
	const void *resource;               /* what `begin` needs to know beside the path */
	const struct route_header *headers; /* of its good answers, NULL: only the usual ones */
};

/* The row of that path; NULL: there is nothing. */
const struct route *route_find(const char *path);

/* ---- what makes answers ---------------------------------------------------- */

void health_begin(struct exchange *exchange);  /* /healthz */
void ready_begin(struct exchange *exchange);   /* /readyz */
void metrics_begin(struct exchange *exchange); /* /metrics */
void api_begin(struct exchange *exchange);     /* `resource` is a struct api_resource */
void look_begin(struct exchange *exchange);    /* `resource` is a struct look_resource */
void page_begin(struct exchange *exchange);    /* / */

/* Questions that a peer of the wire may ask too. */
struct api_resource;
extern const struct api_resource api_info;
extern const struct api_resource api_stats;
extern const struct api_resource api_queues;
extern const struct api_resource api_queue;
extern const struct api_resource api_peek;
extern const struct api_resource api_groups;
extern const struct api_resource api_group;

/* Many things at a glance, see look.h. */
struct look_resource;
extern const struct look_resource look_queues;
extern const struct look_resource look_groups;
extern const struct look_resource look_sets;

extern const struct route_header page_headers[];

#endif
