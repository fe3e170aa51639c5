/*
 * What the HTTP listener is made of, for the files of this folder only.
 */
#ifndef INFLIGHT_HTTP_STATE_H
#define INFLIGHT_HTTP_STATE_H

#include "base/list.h"
#include "http/http.h"

struct MHD_Daemon;
struct metrics;

struct http {
	struct service *service; /* borrowed */
	struct http_config config;
	struct MHD_Daemon *mhd;
	struct guest guest;
	struct metrics *metrics;
	struct list peers; /* struct http_peer, the one whose time is over first is first */
	uint64_t peer_count;
	struct list exchanges; /* that are not over */
	struct list looks;     /* struct look, those that can go on */
	bool has_input; /* somebody came in, or an answer is there: libmicrohttpd is to run */
};

#endif
