/*
 * See crowd.h.
 */
#include <config.h>

#include "scale/crowd.h"

#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define PIPELINE 500

void
crowd_ask(struct peer *peer, unsigned count, const char *word,
	void (*write_line)(char *out, unsigned number))
{
	static char lines[PIPELINE * CROWD_LINE_MAX];

	for (unsigned done = 0; done < count;) {
		unsigned n = count - done < PIPELINE ? count - done : PIPELINE;
		size_t used = 0;

		for (unsigned i = 0; i < n; i++) {
			write_line(lines + used, done + i);
			used += strlen(lines + used);
			lines[used++] = '\n';
		}
		peer_send_bytes(peer, lines, used);
		for (unsigned i = 0; i < n; i++)
			require_in(peer_line(peer), word);
		done += n;
	}
}

int64_t
crowd_stat(struct peer *peer, const char *name)
{
	return peer_ask_number(peer, "{\"id\":1,\"method\":\"stats\"}", name);
}

void
crowd_await(struct peer *peer, const char *name, int64_t most)
{
	while (crowd_stat(peer, name) > most)
		poll(NULL, 0, 1);
}
