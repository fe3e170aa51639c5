/*
 * Those who take all of something: memory up to the limit, and every descriptor. Others
 * are refused meanwhile, or wait; then all is given back.
 */
#include <config.h>

#include "soak/peer.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define BIG_BYTES   60000
#define BIG_OPS     100000
#define HOLD_MS     300
#define CONNECTIONS 1000

void
hog_memory(const struct target *target)
{
	static char text[BIG_BYTES + 1];
	const char *answer = NULL;
	struct peer peer;
	int count = 0;

	memset(text, 'x', BIG_BYTES);
	peer_init(&peer);
	if (!peer_connect(&peer, target, false))
		exit(EXIT_SUCCESS); /* there was no room for it: another time */
	do
		answer = peer_ask(&peer,
			"{\"id\":1,\"method\":\"enqueue\",\"queue\":\"hog\",\"key\":%d,\"msg\":\"%"
			"s\"}",
			count, text);
	while (is_result(answer) && ++count < BIG_OPS);
	if (answer != NULL && strstr(answer, "max_memory") == NULL)
		die("not refused for want of memory: %s", answer);
	poll(NULL, 0, HOLD_MS);
	answer = peer_ask(
		&peer, "{\"id\":2,\"method\":\"queue.delete\",\"queue\":\"hog\",\"force\":true}");
	if (!is_result(answer))
		die("queue.delete: %s", answer == NULL ? "connection lost" : answer);
	exit(EXIT_SUCCESS);
}

void
hog_descriptors(const struct target *target)
{
	static struct peer peers[CONNECTIONS];

	for (int i = 0; i < CONNECTIONS; i++) {
		peer_init(&peers[i]);
		/* The backlog is full as well, once no more can be accepted. */
		if (!peer_connect(&peers[i], target, true))
			break;
		peer_say(&peers[i], "{\"id\":1,\"method\":\"ping\"}");
		peer_flush(&peers[i]);
	}
	poll(NULL, 0, HOLD_MS);
	exit(EXIT_SUCCESS);
}
