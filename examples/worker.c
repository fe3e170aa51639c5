/*
 * A blocking worker: for each set it counts the bytes of the messages, op by op.
 *
 *	cc worker.c $(pkg-config --cflags --libs libinflight) -o worker
 *	./worker sizes
 *
 * SIGTERM and SIGINT let it end the set it has, tell the daemon, and stop. It also stops when the
 * queue is closed and empty.
 */
#include <inflight.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct inflight_worker *worker;

static void
stop(int number)
{
	(void)number;
	inflight_worker_stop(worker);
}

static void
tell(enum inflight_notice notice, struct inflight_taken *set, const char *text, void *arg)
{
	(void)notice;
	(void)arg;
	fprintf(stderr, "worker: %s%s%s\n", set == NULL ? "" : inflight_taken_key(set, NULL),
		set == NULL ? "" : ": ", text);
}

static void
work(struct inflight_taken *set, void *arg)
{
	char result[32];

	(void)arg;
	for (size_t i = 0; i < inflight_taken_count(set); i++) {
		const struct inflight_op *op = inflight_taken_op(set, i);

		/* This is where work takes its time; somebody has to keep the lease meanwhile. */
		if (!inflight_worker_beat(set))
			break;
		snprintf(result, sizeof result, "%zu", op->msg_len);
		if (strcmp(op->msg, "null") == 0)
			inflight_taken_note_error(set, i, "\"there is nothing to count\"");
		else
			inflight_taken_note_result(set, i, result);
	}
	/* What has no outcome, because the lease was lost, is for whoever has the set now. */
	inflight_taken_finish_some(set);
}

int
main(int argc, char **argv)
{
	struct inflight *client = inflight_new(NULL);
	struct sigaction action = {.sa_handler = stop};
	enum inflight_status status;

	worker = client == NULL ? NULL : inflight_worker_new(client, work, NULL);
	if (argc < 2 || worker == NULL) {
		fprintf(stderr, "usage: worker QUEUE...\n");
		inflight_worker_free(worker);
		inflight_free(client);
		return 2;
	}
	inflight_worker_set_notice(worker, tell, NULL);
	for (int i = 1; i < argc; i++)
		inflight_worker_add_queue(worker, argv[i]);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	status = inflight_worker_run(worker);
	if (status != INFLIGHT_OK)
		fprintf(stderr, "worker: %s: %s\n", inflight_status_name(status),
			inflight_trouble(client));
	inflight_worker_free(worker);
	inflight_free(client);
	return status == INFLIGHT_OK ? 0 : 1;
}
