/*
 * What a client of the torture is made of.
 */
#ifndef INFLIGHT_TESTS_TORTURE_CLIENT_H
#define INFLIGHT_TESTS_TORTURE_CLIENT_H

#include <netinet/in.h>
#include <stddef.h>

#include "torture/torture.h"

#define PIPELINE 64
#define TOKENS   64
#define QUEUES   6
#define ROOM     262144

struct client {
	struct sockaddr_in at;
	struct board *board;
	struct random random;
	int fd, log;
	uint64_t next_id, next_op, pid;
	uint64_t asked_ns[PIPELINE]; /* by id modulo PIPELINE; 0: nothing under way */
	unsigned under_way;
	char tokens[TOKENS][64];
	unsigned token_count;
	char out[ROOM], in[ROOM];
	size_t out_len, in_len;
	struct entry entries[LOG_BUFFER];
	unsigned entry_count;
};

/* ask.c: adds one more request, whatever the dice say, to what is to be sent. */
void client_ask(struct client *client);

#endif
