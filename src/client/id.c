/* Ids for ops and groups. The prefix is drawn for the handle's first one. */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

#include "client/handle.h"

#define CHANCE_BYTES 12 /* as many hexadecimal digits twice fit into the prefix */

enum inflight_status
inflight_make_id(struct inflight *client, char *id)
{
	unsigned char chance[CHANCE_BYTES];

	if (client->id_prefix[0] == '\0') {
		/* So few bytes come whole or not at all. */
		if (getrandom(chance, sizeof chance, 0) != (ssize_t)sizeof chance)
			return inflight_fail(
				client, INFLIGHT_NO_MEMORY, "no random bytes for an id", NULL);
		for (size_t i = 0; i < sizeof chance; i++)
			snprintf(client->id_prefix + 2 * i, 3, "%02x", chance[i]);
	}
	client->id_count++;
	snprintf(id, INFLIGHT_ID_SIZE, "%s-%" PRIu64, client->id_prefix, client->id_count);
	return INFLIGHT_OK;
}
