/*
 * A producer: enqueues each line of standard input, a lost connection notwithstanding.
 *
 *	cc producer.c $(pkg-config --cflags --libs libinflight) -o producer
 *	printf '424 {"w":640}\n7 {"w":80}\n' | ./producer thumbs uploads
 *
 * A line is a key, a blank and a JSON value. The op's id is made of the second argument and the
 * line's number, so the whole input may be sent again after a crash: what is still queued is not
 * queued twice.
 */
#include <inflight.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALL_MS 60000 /* for one line, with all attempts */

/* Returns 0, or what the program shall end with. */
static int
enqueue(struct inflight *client, const char *queue, const char *op, char *line)
{
	struct inflight_reply *reply;
	enum inflight_status status;
	char *msg;

	line[strcspn(line, "\n")] = '\0';
	msg = strchr(line, ' ');
	if (msg != NULL)
		*msg++ = '\0';
	status = inflight_enqueue(client, queue, line, msg, op, CALL_MS, &reply);
	if (status != INFLIGHT_OK) {
		fprintf(stderr, "producer: %s: %s: %s\n", op, inflight_status_name(status),
			inflight_trouble(client));
		return 1;
	}
	/* Such as saturated_depth: the queue is full, and who feeds this program has to wait. */
	if (inflight_reply_is_error(reply))
		fprintf(stderr, "producer: %s: %s\n", op, inflight_reply_message(reply));
	else
		puts(inflight_reply_text(reply, NULL));
	inflight_reply_free(reply);
	return 0;
}

int
main(int argc, char **argv)
{
	struct inflight *client = inflight_new(NULL);
	char *line = NULL;
	size_t size = 0;
	char op[128];
	int status = 0;

	if (argc != 3 || client == NULL) {
		fprintf(stderr, "usage: producer QUEUE NAME <lines\n");
		inflight_free(client);
		return 2;
	}
	inflight_set_retry(
		client, INFLIGHT_RETRY_FIRST_MS, INFLIGHT_RETRY_LAST_MS, INFLIGHT_SILENCE_MS);
	for (unsigned long number = 1; status == 0 && getline(&line, &size, stdin) > 0; number++) {
		snprintf(op, sizeof op, "%s-%lu", argv[2], number);
		status = enqueue(client, argv[1], op, line);
	}
	free(line);
	inflight_free(client);
	return status;
}
