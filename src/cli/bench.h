/*
 * `inflight bench`: a load generator of one thread. Every connection has as many
 * lanes as requests may be under way on it; a lane goes through one job after the
 * other, request by request. bench_loop.c waits and moves the connections,
 * bench_lane.c has the jobs, bench_queue.c what is asked before and after the load,
 * bench_report.c and bench_json.c tell what was found.
 */
#ifndef INFLIGHT_CLI_BENCH_H
#define INFLIGHT_CLI_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/bench_keys.h"
#include "cli/cli.h"
#include "cli/histogram.h"
#include "cli/params.h"

#define BENCH_CONNECTIONS_MAX 10000
#define BENCH_PIPELINE_MAX    1000
#define BENCH_PAYLOAD_MAX     67108864
#define BENCH_JOBS_MAX        1000000000000
#define BENCH_SECONDS_MAX     604800
#define BENCH_RATE_MAX        1000000
#define BENCH_OPS_MAX         10000

/* What a job consists of. */
struct bench_mix {
	const char *name;
	const char *summary;
	int64_t ops;  /* enqueued, where --ops does not say */
	int64_t keys; /* distinct keys, where --keys does not say; 0: each op has its own */
	bool takes;   /* dequeues one set and finishes it */
};

struct bench_options {
	const char *queue; /* NULL: one of its own */
	const struct bench_mix *mix;
	int64_t connections;
	int64_t pipeline;
	int64_t payload; /* bytes of a message */
	int64_t keys;    /* -1: the mix's */
	bool skewed;
	int64_t ops;     /* enqueued in a job; -1: the mix's */
	int64_t jobs;    /* at most; 0: no limit */
	int64_t seconds; /* likewise */
	int64_t rate;    /* jobs due in a second; 0: a lane's next job is due when its last ended */
	bool json;
};

enum bench_step {
	BENCH_ENQUEUE,
	BENCH_DEQUEUE,
	BENCH_FINISH,
	BENCH_STEPS, /* how many there are */
};

struct bench_error {
	char *name;
	uint64_t count;
};

/* What happened while a load ran; all zero at first. Times are in ns. */
struct bench_tally {
	struct histogram latency[BENCH_STEPS]; /* from when the request was due to its answer */
	struct histogram job;                  /* from when the job was due to its last answer */
	struct histogram late; /* from when a job was due until it was begun; with --rate only */
	uint64_t sent[BENCH_STEPS];
	uint64_t answered[BENCH_STEPS]; /* errors among them */
	uint64_t jobs;                  /* begun and ended */
	uint64_t not_begun;             /* due, but no lane was free before the end */
	uint64_t failed;                /* of these: an error ended them */
	uint64_t empty;                 /* dequeues that found nothing */
	uint64_t ops_finished;
	struct bench_error *errors;
	size_t error_count;
	uint64_t elapsed_ns; /* from the beginning to the last answer */
	uint64_t own_cpu_ns;
	uint64_t daemon_cpu_ns; /* 0: not known */
};

/* The daemon's own counters of the queue. */
struct bench_counters {
	int64_t enqueued;
	int64_t merged;
	int64_t dequeued;
	int64_t finished;
};

struct bench_connection;

struct bench_lane {
	struct bench_lane *next; /* of those that wait for an answer, or that are idle */
	struct bench_connection *connection;
	enum bench_step step;
	uint64_t request;
	int64_t ops_left; /* of the job, to be enqueued */
	uint64_t due_ns;  /* the request */
	uint64_t job_due_ns;
};

struct bench_connection {
	struct inflight *client;
	struct bench_lane *lanes;
	struct bench_lane *waiting; /* for answers, in the order of their requests */
	struct bench_lane **waiting_end;
	struct bench_connection *next_ready;
	bool ready;      /* is in the list of those that have something to do */
	uint32_t events; /* that epoll tells of */
};

/* One load: so many jobs of one kind. */
struct bench_load {
	int64_t ops;
	bool takes;
	uint64_t jobs_left; /* to be begun */
	uint64_t start_ns;
	uint64_t end_ns;  /* no job begins any more; UINT64_MAX: never */
	uint64_t rate;    /* jobs that become due in a second; 0: closed loop */
	uint64_t begun;   /* with a rate: jobs */
	uint64_t next_ns; /* likewise: when the next one is due */
	struct bench_tally *tally;
};

struct bench {
	const struct bench_options *options;
	const struct common *common;
	struct inflight *control; /* for everything but the load */
	char queue[256];
	bool owns_queue;
	struct bench_keys keys;

	int epoll;
	struct bench_connection *connections;
	struct bench_connection *ready; /* with something to do, first come first served */
	struct bench_connection **ready_end;
	struct bench_lane *idle; /* likewise */
	struct bench_lane **idle_end;
	size_t busy; /* lanes that wait for an answer */

	struct inflight_bytes enqueue_head; /* the params, up to the key */
	struct inflight_bytes enqueue_tail; /* and behind it */
	struct inflight_bytes dequeue;
	struct inflight_bytes params; /* of the request being made */

	struct bench_load load;
	bool over;    /* no job begins any more */
	bool lost;    /* a connection is: no answer can be waited for */
	int die_of;   /* 0, or the signal to end by */
	int status;   /* the exit status */
	pid_t daemon; /* 0: not known */
	struct bench_tally found;
	struct bench_counters counted; /* by the daemon, while the load ran */
};

/* The exit status. */
int bench_run(const struct bench_options *options, const struct common *common);

/* ---- lanes --------------------------------------------------------------- */

/* Builds the texts that the requests are made of. */
void bench_lanes_init(struct bench *bench);
void bench_lanes_fini(struct bench *bench);

/* Begins jobs that are due on lanes that have none. */
void bench_start_due(struct bench *bench);

/* Takes one reply of a connection, frees it, and lets its lane go on. */
void bench_answer(
	struct bench *bench, struct bench_connection *connection, struct inflight_reply *reply);

/* ---- the loop -------------------------------------------------------------- */

/* Runs a load until its last answer came, or nothing can be waited for. */
void bench_loop(struct bench *bench);

/* Puts a connection among those that have something to do. */
void bench_ready(struct bench *bench, struct bench_connection *connection);

/* A connection failed: nothing is sent any more. */
void bench_lose(struct bench *bench, const struct inflight *client, enum inflight_status status);

/* ---- before and after ------------------------------------------------------ */

/* Makes the queue, where it is one of its own; false after a report. */
bool bench_queue_create(struct bench *bench);
void bench_queue_delete(struct bench *bench);

/* False after a report. */
bool bench_queue_count(struct bench *bench, struct bench_counters *ret);

/* The process of a daemon on this machine; 0 where it is not sure which one it is. */
pid_t bench_daemon_pid(struct bench *bench);

/* What a process, or this one, has spent; 0 where it cannot be known. */
uint64_t bench_cpu_ns(pid_t pid);
uint64_t bench_own_cpu_ns(void);

/* ---- what was found ---------------------------------------------------------- */

extern const char *const bench_step_names[BENCH_STEPS];

/* The sum of one number for each step. */
uint64_t bench_sum(const uint64_t *numbers);

/* One more of the error of that name. */
void bench_tally_error(struct bench_tally *tally, const char *name);
void bench_tally_fini(struct bench_tally *tally);

void bench_report_text(const struct bench *bench);
void bench_report_json(const struct bench *bench);

/* Whether the generator itself had no time to spare. */
bool bench_was_limit(const struct bench_tally *tally);

/* A span of time as people read it, "12.3 us", into `out`. */
void bench_time_text(uint64_t ns, char *out, size_t size);

#endif
