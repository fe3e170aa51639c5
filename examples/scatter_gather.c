/*
 * Scatter and gather: sends each argument as a message to a queue, and prints all outcomes.
 *
 *	cc scatter_gather.c $(pkg-config --cflags --libs libinflight) -o scatter_gather
 *	./scatter_gather sizes '"one"' '{"two":2}' null
 *
 * It ends with status 0 where all ops have a result, 1 where some have none, 2 where it is not
 * known.
 */
#include <inflight.h>

#include <stdio.h>

#define WAIT_MS 60000

static void
print(const struct inflight_outcome *outcome)
{
	static const char *const words[] = {
		[INFLIGHT_OP_PENDING] = "pending",
		[INFLIGHT_OP_RESULT] = "result",
		[INFLIGHT_OP_ERROR] = "error",
		[INFLIGHT_OP_REFUSED] = "refused",
		[INFLIGHT_OP_UNKNOWN] = "unknown",
	};

	printf("%s: %s %s\n", (const char *)outcome->tag, words[outcome->state],
		outcome->json == NULL ? "" : outcome->json);
}

static int
scatter_gather(struct inflight *client, struct inflight_group *group, char **argv)
{
	struct inflight_outcome outcome;
	enum inflight_status status = INFLIGHT_OK;

	/* The tag is what this program knows an op by; here the message is good enough. */
	for (int i = 2; status == INFLIGHT_OK && argv[i] != NULL; i++)
		status = inflight_group_add(group, argv[1], argv[i], argv[i], argv[i], NULL);
	if (status == INFLIGHT_OK)
		status = inflight_group_wait(group, WAIT_MS);
	if (status != INFLIGHT_OK)
		fprintf(stderr, "scatter_gather: %s: %s\n", inflight_status_name(status),
			inflight_trouble(client));
	for (size_t i = 0; i < inflight_group_count(group); i++) {
		inflight_group_outcome(group, i, &outcome);
		print(&outcome);
	}
	if (status != INFLIGHT_OK)
		return 2;
	return inflight_group_failed(group) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct inflight *client = inflight_new(NULL);
	struct inflight_group *group = client == NULL ? NULL : inflight_group_new(client);
	int status = 2;

	if (group != NULL && argc >= 3) {
		inflight_set_retry(client, INFLIGHT_RETRY_FIRST_MS, INFLIGHT_RETRY_LAST_MS,
			INFLIGHT_SILENCE_MS);
		status = scatter_gather(client, group, argv);
	} else {
		fprintf(stderr, "usage: scatter_gather QUEUE MESSAGE...\n");
	}
	inflight_group_free(group);
	inflight_free(client);
	return status;
}
