/*
 * Resources as JSON; the exchanges' side of it is in route.h.
 */
#ifndef INFLIGHT_HTTP_API_H
#define INFLIGHT_HTTP_API_H

struct session;

/* For each session of service_pop_dirty_inside(): takes what it has to say. */
void api_go_on(struct session *session);

#endif
