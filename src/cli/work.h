/*
 * `inflight work`: N slots, each asking the queue for a set, running the command
 * for it and telling the daemon the outcome. One process, one connection, one loop:
 * work_loop.c waits and keeps the connection; work_slot.c moves the slots, with
 * work_answer.c for what the daemon says and work_command.c for the commands.
 */
#ifndef INFLIGHT_CLI_WORK_H
#define INFLIGHT_CLI_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/child.h"
#include "cli/cli.h"
#include "cli/params.h"
#include "cli/set.h"
#include "cli/work_progress.h"

#define WORK_JOBS_MAX 256 /* each has two descriptors while its command runs */

struct work_options {
	const char *queue;
	char **command;   /* ends with NULL */
	int64_t slots;    /* commands at a time */
	int64_t lease_ms; /* -1: the queue's */
	int64_t retry_delay_ms;
	bool no_retry; /* what fails is finished with an error */
	bool once;     /* one set and no more */
	bool drain;    /* until nothing is ready */
	bool no_progress;
};

enum slot_state {
	SLOT_IDLE,    /* wants a set */
	SLOT_ASKING,  /* its dequeue waits for an answer */
	SLOT_RUNNING, /* its command runs */
	SLOT_ENDING,  /* the daemon is to be told the outcome */
	SLOT_RETIRED, /* does nothing any more */
};

struct slot {
	enum slot_state state;
	uint64_t request;        /* of the dequeue, or the finish or release; 0: not sent yet */
	uint64_t extend_request; /* 0: none */
	struct set set;
	struct child child;
	int64_t extend_at_ms;
	int64_t lease_end_ms; /* the daemon keeps it at least that long */
	int64_t asked_at_ms;  /* when the dequeue or the extend was sent */
	bool lease_lost;
	const char *method; /* ENDING: finish or release, with these params */
	struct params params;
};

struct work {
	struct inflight *client;
	const struct work_options *options;
	struct slot *slots; /* options->slots of them */
	struct params params;
	struct work_progress progress;

	bool connected;
	bool connecting;
	int64_t reconnect_at_ms;   /* neither of both: when to try */
	int64_t reconnect_wait_ms; /* doubles with every try */
	bool lost_reported;
	int64_t ask_at_ms; /* no dequeue before that time; 0: at once */

	bool stopping;         /* no new sets */
	bool killing;          /* and the commands have to end */
	bool end_sent;         /* the daemon was told that no dequeue is wanted any more */
	uint64_t done;         /* sets whose command has said how they ended */
	uint64_t failed;       /* commands that failed */
	int64_t give_up_at_ms; /* stopping without a connection: until then; 0: not yet */
	int status;
};

int work_run(struct inflight *client, const struct work_options *options);

/* Stops taking sets; the first status that is not 0 counts. */
void work_stop(struct work *work, int status);

/* Whether a request may go out now. */
static inline bool
work_can_send(const struct work *work)
{
	return work->connected && !work->end_sent;
}

/* ---- slots, for the loop ---- */

/* What a slot can do now: asks, extends, ends. */
void slot_step(struct work *work, struct slot *slot);

/* A reply to one of the slot's requests; true where it was one. Takes the reply then. */
bool slot_answer(struct work *work, struct slot *slot, struct inflight_reply *reply);

/* The connection was lost: what was asked will not be answered. */
void slot_disconnected(struct slot *slot);

/* The next moment at which slot_step() has something to do; INT64_MAX: none. */
int64_t slot_due_ms(const struct work *work, const struct slot *slot);

/* ---- between the files of the slots ---- */

/* Gives up what the slot has. */
void slot_clear(struct work *work, struct slot *slot);

/*
 * The three ways a set ends: with the outcome in slot->params by this method, going back to the
 * queue, or as a failure, which means another try or an error for its ops. Where there is no
 * lease any more nobody is told.
 */
void slot_end(struct work *work, struct slot *slot, const char *method);
void slot_release(struct work *work, struct slot *slot, int64_t delay_ms);
void slot_fail(struct work *work, struct slot *slot, const char *why);

/* A lease of that length began at slot->asked_at_ms. */
void slot_lease_begins(struct slot *slot, int64_t lease_ms);

/* Somebody else may have the set by now: the command must not go on. */
void slot_lose_lease(struct slot *slot);

/* Runs the command for the slot's set; stops the worker where it cannot be run. */
void slot_start_command(struct work *work, struct slot *slot);

/* The command has ended, with a status as of waitpid(). */
void slot_command_ended(struct work *work, struct slot *slot, int wait_status);

void slot_say(const struct slot *slot, const char *what);

#endif
