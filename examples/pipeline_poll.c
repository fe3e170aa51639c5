/*
 * Many requests at once, with poll(): asks for the statistics of every queue, all requests on
 * their way before the first answer is looked at.
 *
 *	cc pipeline_poll.c $(pkg-config --cflags --libs libinflight) -o pipeline_poll
 *	./pipeline_poll
 */
#include <inflight.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define CALL_MS 5000

/* Sends one request for each queue's name; returns how many. */
static size_t
ask(struct inflight *client, const json_t *names)
{
	const json_t *name;
	size_t sent = 0;
	size_t i;

	json_array_foreach(names, i, name)
	{
		json_t *params = json_pack("{s:s}", "queue", json_string_value(name));
		uint64_t id;

		sent += inflight_send(client, "queue.stats", params, &id) == INFLIGHT_OK;
		json_decref(params);
	}
	return sent;
}

static void
print(const struct inflight_reply *reply)
{
	json_t *result = inflight_reply_result(reply);
	const char *queue = "";
	json_int_t depth = 0;

	/* One that went away in between is an error, and none that matters here. */
	if (json_unpack(result, "{s:s,s:I}", "queue", &queue, "depth", &depth) == 0)
		printf("%s %lld\n", queue, (long long)depth);
	json_decref(result);
}

/* Takes answers as they come; returns how the last attempt to take one ended. */
static enum inflight_status
take(struct inflight *client, size_t *left)
{
	struct inflight_reply *reply;
	enum inflight_status status;

	while (*left > 0 && (status = inflight_receive(client, 0, 0, &reply)) == INFLIGHT_OK) {
		print(reply);
		inflight_reply_free(reply);
		--*left;
	}
	return *left == 0 ? INFLIGHT_OK : status;
}

static enum inflight_status
run(struct inflight *client)
{
	struct inflight_reply *reply;
	enum inflight_status status = inflight_connect(client, CALL_MS);
	json_t *result;
	size_t left;

	if (status == INFLIGHT_OK)
		status = inflight_call(client, "queue.list", NULL, CALL_MS, &reply);
	if (status != INFLIGHT_OK)
		return status;
	result = inflight_reply_result(reply);
	inflight_reply_free(reply);
	left = ask(client, json_object_get(result, "queues"));
	json_decref(result);
	while ((status = take(client, &left)) == INFLIGHT_TIMEOUT) {
		struct pollfd poll_fd = {
			.fd = inflight_fd(client), .events = inflight_events(client)};

		if (poll(&poll_fd, 1, CALL_MS) == 0)
			break;
	}
	return status;
}

int
main(void)
{
	struct inflight *client = inflight_new(NULL);
	enum inflight_status status = client == NULL ? INFLIGHT_NO_MEMORY : run(client);

	if (status != INFLIGHT_OK && client != NULL)
		fprintf(stderr, "pipeline_poll: %s: %s\n", inflight_status_name(status),
			inflight_trouble(client));
	inflight_free(client);
	return status == INFLIGHT_OK ? 0 : 1;
}
