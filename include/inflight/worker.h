/*
 * Workers: take sets from queues, hand them to a function, keep their leases, tell the outcome.
 * Included by <inflight.h>.
 *
 * A worker borrows a handle for its life, which nobody else may use meanwhile: a handler that has
 * requests of its own makes them on another one. The connection is made by the worker, made anew
 * as often as it is lost, with the pauses of inflight_set_retry() (or the recommended ones), and
 * everything that has to be said is said on the next one. A worker runs once.
 *
 * Nothing goes on while nobody calls: no threads, no signals. So there are two ways to use it.
 *
 * - In an event loop: wait until inflight_worker_fd() can be read, at most for
 *   inflight_worker_due_ms(), and call inflight_worker_step(); again, until that returns false. The
 *   handler is called from within the step. It begins the work and returns; later, from anywhere in
 *   the loop, the set is ended by one of the functions below. Heartbeats are sent by the step, so
 *   they flow as long as the loop goes round.
 * - Blocking: inflight_worker_run(). The handler does the work, ends the set, and returns. While it
 *   works nobody keeps the lease: a handler that takes longer than a third of it calls
 *   inflight_worker_beat() now and then.
 *
 * Each set is ended exactly once, by inflight_taken_finish(), _finish_some(), _fail() or
 * _release(); after that its pointer may not be used. What was said is repeated until the daemon
 * has it.
 */
#ifndef INFLIGHT_WORKER_H
#define INFLIGHT_WORKER_H

#include <inflight.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFLIGHT_WORKER_QUEUES_MAX 64   /* as many as one dequeue takes */
#define INFLIGHT_WORKER_SETS_MAX   1024 /* at a time */

struct inflight_worker;
struct inflight_taken; /* ops of one key, under one lease */

/* One op of a set. Everything belongs to the set; texts end with a NUL that is not counted. */
struct inflight_op {
	const char *id;
	size_t id_len;
	const char *msg; /* JSON, byte for byte as it was enqueued */
	size_t msg_len;
	const char *group; /* NULL: in none */
	size_t group_len;
};

/* Called with each set. `arg` is the one of inflight_worker_new(). */
typedef void inflight_handler(struct inflight_taken *set, void *arg);

/* What a worker tells besides sets. It goes on after each of them. */
enum inflight_notice {
	INFLIGHT_NOTICE_DISCONNECTED, /* there is no connection; it is tried again */
	INFLIGHT_NOTICE_CONNECTED,    /* after that: there is one again */
	INFLIGHT_NOTICE_NOT_NOW, /* the daemon gives no sets now (draining, limit); asked again */
	/*
	 * The lease of the set is over, somebody else may have it: the work should stop. It is
	 * still to be ended, unless it has been; what is said then counts only where the daemon has
	 * the lease after all.
	 */
	INFLIGHT_NOTICE_LEASE_LOST,
	INFLIGHT_NOTICE_NOT_TAKEN, /* the daemon refused the outcome; the set is released instead */
};

/* `set` is NULL where the notice is about none; `text` says it for people; both are borrowed. */
typedef void inflight_notice_handler(
	enum inflight_notice notice, struct inflight_taken *set, const char *text, void *arg);

/* Returns a new worker, NULL where there is no memory or no descriptor. `client` is borrowed. */
struct inflight_worker *
inflight_worker_new(struct inflight *client, inflight_handler *handler, void *arg);

/*
 * Closes the connection and frees the worker with its sets; not to be called from a handler. NULL
 * is harmless. What was not told is
 * not told: those leases expire, and the sets come again.
 */
void inflight_worker_free(struct inflight_worker *worker);

/*
 * What is set before the worker begins; later it is INFLIGHT_INVALID, as is a value that cannot be.
 * - A queue to take from (borrowed), 1 to 64 of them; the first that has a set ready is served.
 * - How many sets it has at a time in an event loop, 1 to 1024; 1 without this call.
 * - The lease to ask for, in ms; without this call the queue's.
 * - After how many ms a set is ready again whose handler did not end it, or whose outcome the
 *   daemon refused; 1000 without this call.
 * - For how many ms a worker that was stopped tries to tell its last outcomes where there is no
 *   connection; 5000 without this call.
 * - Who is told the notices; without this call nobody.
 */
enum inflight_status inflight_worker_add_queue(struct inflight_worker *worker, const char *queue);
enum inflight_status inflight_worker_set_concurrency(struct inflight_worker *worker, size_t sets);
enum inflight_status inflight_worker_set_lease(struct inflight_worker *worker, int64_t lease_ms);
enum inflight_status
inflight_worker_set_retry_delay(struct inflight_worker *worker, int64_t delay_ms);
enum inflight_status inflight_worker_set_linger(struct inflight_worker *worker, int64_t linger_ms);
enum inflight_status inflight_worker_set_notice(
	struct inflight_worker *worker, inflight_notice_handler *notice, void *arg);

/*
 * The blocking loop, with one set at a time. A set that the handler did not end is released.
 * Returns as inflight_worker_status() says when it is over.
 */
enum inflight_status inflight_worker_run(struct inflight_worker *worker);

/*
 * To be called by a handler that takes long, at each third of the lease or more often: extends the
 * leases that are due and takes what the daemon has said, without waiting and without calling a
 * handler. Returns whether the set's lease still holds; where it does not the work should stop.
 */
bool inflight_worker_beat(struct inflight_taken *set);

/*
 * Ends the worker: it takes no more sets, lets those that it has be ended, tells that, and is over.
 * May be called from anywhere, signal handlers and other threads included.
 */
void inflight_worker_stop(struct inflight_worker *worker);
bool inflight_worker_is_stopping(const struct inflight_worker *worker);

/*
 * For event loops. The descriptor stays the same for the worker's life and is to be watched for
 * reading (an epoll instance; others may be inside). due_ms tells in how many ms to step even if
 * nothing happens, -1: never; it may have become sooner after each step, beat or end of a set.
 * step never waits. It returns true while the worker goes on.
 */
int inflight_worker_fd(const struct inflight_worker *worker);
short inflight_worker_events(const struct inflight_worker *worker);
int64_t inflight_worker_due_ms(const struct inflight_worker *worker);
bool inflight_worker_step(struct inflight_worker *worker);

/*
 * How the worker ended. INFLIGHT_OK: it was stopped, or one of its queues was closed and empty, and
 * every outcome was told. INFLIGHT_UNREACHABLE: stopped, and the last outcomes could not be told.
 * INFLIGHT_UNAUTHORIZED: it is not let in, or may not work on the queue. INFLIGHT_REFUSED: dequeue
 * was answered another error. INFLIGHT_GARBLED, INFLIGHT_NO_MEMORY, INFLIGHT_INVALID (the address;
 * no queue). inflight_trouble() of the handle says it in words. INFLIGHT_TIMEOUT: not yet.
 */
enum inflight_status inflight_worker_status(const struct inflight_worker *worker);

/* ---- a set --------------------------------------------------------------- */

/* Texts end with a NUL, which `ret_len` (may be NULL) does not count; they belong to the set. */
const char *inflight_taken_queue(const struct inflight_taken *set);
const char *inflight_taken_key(const struct inflight_taken *set, size_t *ret_len);
const char *inflight_taken_token(const struct inflight_taken *set);

/* Grows with every delivery of the daemon: a store can refuse who comes with a smaller one. */
int64_t inflight_taken_fence(const struct inflight_taken *set);

/* Deliveries of its most often delivered op, this one included. */
int64_t inflight_taken_attempt(const struct inflight_taken *set);

/* 0: the queue has no leases; the set was done when it was delivered, and no outcome is told. */
int64_t inflight_taken_lease_ms(const struct inflight_taken *set);

/* The ops in the order in which they were enqueued; `index` is smaller than the count. */
size_t inflight_taken_count(const struct inflight_taken *set);
const struct inflight_op *inflight_taken_op(const struct inflight_taken *set, size_t index);

/* Whether the lease was lost: the daemon said so, or it could not be extended in time. */
bool inflight_taken_is_lost(const struct inflight_taken *set);

/* A pointer of the user's, NULL at first. */
void inflight_taken_attach(struct inflight_taken *set, void *data);
void *inflight_taken_data(const struct inflight_taken *set);

/*
 * Notes the outcome of one op, JSON (borrowed; NULL: null). INFLIGHT_INVALID: no such index, no
 * JSON, or noted before; INFLIGHT_NO_MEMORY.
 */
enum inflight_status
inflight_taken_note_result(struct inflight_taken *set, size_t index, const char *result);
enum inflight_status
inflight_taken_note_error(struct inflight_taken *set, size_t index, const char *error);

/*
 * The four ends of a set. finish: every op whose outcome was not noted gets this result (JSON,
 * borrowed; NULL: null). fail: gets this error. finish_some: goes back to the queue. release: all
 * go back, what was noted is forgotten, and the set is not ready before `delay_ms` are over.
 * INFLIGHT_INVALID (no JSON, no such time, not in a handler's hands) and INFLIGHT_NO_MEMORY: the
 * set is as before.
 */
enum inflight_status inflight_taken_finish(struct inflight_taken *set, const char *result);
enum inflight_status inflight_taken_finish_some(struct inflight_taken *set);
enum inflight_status inflight_taken_fail(struct inflight_taken *set, const char *error);
enum inflight_status inflight_taken_release(struct inflight_taken *set, int64_t delay_ms);

#ifdef __cplusplus
}
#endif

#endif
