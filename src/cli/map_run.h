/*
 * The running `inflight map`, shared by its two files: map_run.c is the loop and
 * what goes out, map_answer.c what comes back.
 */
#ifndef INFLIGHT_CLI_MAP_RUN_H
#define INFLIGHT_CLI_MAP_RUN_H

#include "cli/map.h"
#include "cli/portion.h"

#define BACKOFF_FIRST_MS 10 /* before a refused enqueue is sent again; doubles up to the last */
#define BACKOFF_LAST_MS  1000

struct map {
	struct inflight *client;
	const struct map_options *options;
	struct input input;
	struct params params; /* of the request being made */

	struct portion *portions; /* oldest first */
	struct portion *newest;
	size_t portion_count;
	size_t ahead; /* bytes of the lines in them */
	uint64_t portion_serial;
	uint64_t portion_lines; /* most lines of one */
	char prefix[24];        /* of op ids and made-up group names: like none before */

	struct entry *entries; /* options->window of them */
	size_t entry_count;    /* in use */
	size_t refused_count;  /* of those, to be sent again */
	int64_t backoff_ms;
	int64_t again_at_ms;

	uint64_t line;      /* taken so far */
	int64_t line_at_ms; /* when the last one was taken */
	uint64_t failed;    /* of these */
	uint64_t done;      /* lines whose results were printed */
	uint64_t ended; /* lines of the oldest portion that have an outcome, as far as is known */
	bool over;      /* stop now, with `status` */
	bool lost;      /* the daemon cannot be told anything */
	int die_of;     /* 0, or the signal to end by */
	int status;
};

/* Stops with this exit status. */
static inline void
map_stop(struct map *map, int status)
{
	map->over = true;
	map->status = status;
}

/* Sends a request of which map->params are the params; 0 where the connection is lost. */
uint64_t map_send(struct map *map, const char *method);

/* The same for a method whose one param is the portion's group. */
uint64_t map_send_group(struct map *map, const char *method, const struct portion *portion);

/* Asks for the outcomes of a sealed portion. */
void map_wait(struct map *map, struct portion *portion);

/* Takes one reply, and frees it. */
void map_answer(struct map *map, struct inflight_reply *reply);

#endif
