/*
 * The soak: a daemon under a steady, mixed load for as long as is asked for, while
 * clients are killed and stopped, and limits are reached. What all its processes share.
 *
 * One parent starts the daemon and the clients, disturbs them, samples the daemon, and
 * judges at the end. Clients are processes, so that they can be killed at any moment;
 * all that must survive one stands in memory that is shared: the ledger, a state for
 * every op that was ever sent, and for each client the ops whose outcome is unknown
 * while it waits for an answer.
 */
#ifndef INFLIGHT_TESTS_SOAK_H
#define INFLIGHT_TESTS_SOAK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CLIENTS_MAX 64
#define SET_MAX     256                 /* the width of every queue */
#define OPS_MAX     (UINT64_C(1) << 34) /* in a run; memory is taken as they come */

/* What is known of an op; of what is sent and no more, either is right. */
enum op_mark {
	OP_SENT = 1 << 0,
	OP_ACCEPTED = 1 << 1,  /* acknowledged: it must be done in the end */
	OP_MORTAL = 1 << 2,    /* or expire */
	OP_DONE = 1 << 3,      /* its finish was acknowledged */
	OP_CANCELLED = 1 << 4, /* its cancellation was */
	OP_UNKNOWN = 1 << 5,   /* its finish was sent, and the answer never came */
};

enum role { ROLE_PRODUCER, ROLE_WORKER, ROLE_CALLER, ROLE_GROUPER, ROLE_COUNT };

/* A client; the parent's, but for the list of ops. */
struct client {
	enum role role;
	pid_t pid;
	bool is_stopped;
	uint64_t goes_on_ms;       /* when a stopped one does */
	_Atomic uint32_t in_doubt; /* so many of `ops` */
	uint64_t ops[SET_MAX];     /* their finish was sent */
};

struct shared {
	_Atomic uint64_t next_op;
	_Atomic uint64_t enqueues; /* acknowledged */
	_Atomic uint64_t finishes; /* ops of acknowledged ones */
	_Atomic uint64_t refusals;
	_Atomic uint64_t lost_leases;
	_Atomic uint64_t groups_done;
	_Atomic uint64_t calls_done;
	_Atomic uint64_t ops_per_second; /* of each producer; 0: as fast as it goes */
	_Atomic bool rests;              /* nothing new is sent */
	struct client clients[CLIENTS_MAX];
	_Atomic unsigned char ops[OPS_MAX];
};

/* Where the daemon is. */
struct target {
	char unix_path[96];
	int port;
};

uint64_t now_ms(void);

/* Says what is wrong, and ends this process with status 1. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Plays the role until it is killed; never returns. */
void client_run(struct shared *shared, struct client *client, const struct target *target);

/* Takes up to the limit of memory, or of descriptors, and gives it back; ends the process. */
void hog_memory(const struct target *target);
void hog_descriptors(const struct target *target);

#endif
