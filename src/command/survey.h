/*
 * A survey: one walk over all queues, in the order of their names, for who wants to know the
 * figures of each. It goes on in the turns of its owner, some queues in each, so that no turn is
 * long however many there are; a queue that comes or goes meanwhile may be in it or not.
 */
#ifndef INFLIGHT_COMMAND_SURVEY_H
#define INFLIGHT_COMMAND_SURVEY_H

#include "command/figures.h"
#include "engine/engine.h"

struct service;
struct survey;

/* One queue; `name` and `stats` are borrowed for the call. */
typedef void survey_queue_fn(
	void *arg, struct span name, const struct queue_stats_answer *stats, uint64_t waiters);

struct survey *survey_new(struct service *service, survey_queue_fn *tell, void *arg);

/* Tells of up to `budget` queues. True where it can go on at once, else it is over or waits. */
bool survey_turn(struct survey *survey, unsigned budget);

/* Could it go on in a turn now? It cannot while the engine has its call, or at its end. */
bool survey_has_work(const struct survey *survey);

/* What the engine told of the whole, after all queues; NULL until then. */
const struct stats_answer *survey_totals(const struct survey *survey);

/* NULL is accepted. Nothing is told any more. */
void survey_free(struct survey *survey);

#endif
