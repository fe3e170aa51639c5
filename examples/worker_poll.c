/*
 * A worker in a loop of one's own, with poll(): up to four sets at a time, each in a process that
 * reads the messages and prints the result, as JSON.
 *
 *	cc worker_poll.c $(pkg-config --cflags --libs libinflight) -o worker_poll
 *	./worker_poll lines wc -l
 *
 * The handler only starts the work. While the processes run the loop goes round, and so the leases
 * are kept. What a process prints is expected to be short, and its input too.
 */
#include <inflight.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS     4
#define TEXT_MAX 4096

struct job {
	struct inflight_taken *set; /* NULL: this place is free */
	pid_t pid;
	int output;
	char text[TEXT_MAX];
	size_t len;
};

struct jobs {
	struct job jobs[JOBS];
	char **command;
};

static struct inflight_worker *worker;

static void
stop(int number)
{
	(void)number;
	inflight_worker_stop(worker);
}

/* Runs the command with a pipe for each of its ends. */
static pid_t
start(char **command, int *ret_input, int *ret_output)
{
	int input[2];
	int output[2];
	pid_t pid;

	if (pipe(input) != 0 || pipe(output) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(input[0], STDIN_FILENO);
		dup2(output[1], STDOUT_FILENO);
		for (int i = 0; i < 2; i++) {
			close(input[i]);
			close(output[i]);
		}
		execvp(command[0], command);
		_exit(127);
	}
	close(input[0]);
	close(output[1]);
	*ret_input = input[1];
	*ret_output = output[0];
	return pid;
}

static void
begin(struct inflight_taken *set, void *arg)
{
	struct jobs *jobs = arg;
	struct job *job = jobs->jobs;
	int input = -1;

	/* There is a free one: the worker has no more sets than there are jobs. */
	while (job->set != NULL)
		job++;
	job->pid = start(jobs->command, &input, &job->output);
	if (job->pid < 0) {
		inflight_taken_release(set, 1000);
		return;
	}
	for (size_t i = 0; i < inflight_taken_count(set); i++) {
		const struct inflight_op *op = inflight_taken_op(set, i);

		dprintf(input, "%s\n", op->msg);
	}
	close(input);
	job->set = set;
	job->len = 0;
}

/* Its output has come to its end. */
static void
end(struct job *job)
{
	int status = 0;

	close(job->output);
	waitpid(job->pid, &status, 0);
	while (job->len > 0 && job->text[job->len - 1] == '\n')
		job->len--;
	job->text[job->len] = '\0';
	/* What failed, or is no JSON, is tried again by and by. */
	if (status != 0 || inflight_taken_finish(job->set, job->text) != INFLIGHT_OK)
		inflight_taken_release(job->set, 1000);
	job->set = NULL;
}

static void
take_output(struct job *job)
{
	ssize_t more = read(job->output, job->text + job->len, TEXT_MAX - 1 - job->len);

	if (more <= 0)
		end(job);
	else
		job->len += (size_t)more;
}

static void
wait_for_more(struct jobs *jobs)
{
	struct pollfd fds[JOBS + 1];
	int64_t due = inflight_worker_due_ms(worker);

	for (int i = 0; i < JOBS; i++) {
		struct job *job = &jobs->jobs[i];

		/* poll() leaves out what has no descriptor. */
		fds[i].fd = job->set == NULL ? -1 : job->output;
		fds[i].events = POLLIN;
		fds[i].revents = 0;
	}
	fds[JOBS].fd = inflight_worker_fd(worker);
	fds[JOBS].events = inflight_worker_events(worker);
	if (poll(fds, JOBS + 1, due > 60000 ? 60000 : (int)due) <= 0)
		return;
	for (int i = 0; i < JOBS; i++) {
		if (fds[i].revents != 0)
			take_output(&jobs->jobs[i]);
	}
}

int
main(int argc, char **argv)
{
	struct jobs jobs = {.command = argv + 2};
	struct inflight *client = inflight_new(NULL);
	struct sigaction action = {.sa_handler = stop};
	enum inflight_status status;

	worker = client == NULL ? NULL : inflight_worker_new(client, begin, &jobs);
	if (argc < 3 || worker == NULL) {
		fprintf(stderr, "usage: worker_poll QUEUE COMMAND [ARG]...\n");
		inflight_worker_free(worker);
		inflight_free(client);
		return 2;
	}
	inflight_worker_add_queue(worker, argv[1]);
	inflight_worker_set_concurrency(worker, JOBS);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	while (inflight_worker_step(worker))
		wait_for_more(&jobs);
	status = inflight_worker_status(worker);
	if (status != INFLIGHT_OK)
		fprintf(stderr, "worker_poll: %s: %s\n", inflight_status_name(status),
			inflight_trouble(client));
	inflight_worker_free(worker);
	inflight_free(client);
	return status == INFLIGHT_OK ? 0 : 1;
}
