/*
 * From a request to its text: whoever asks waits for the survey that is under way, or begins one;
 * it ends in a snapshot, which all who wait have their answers written from.
 */
#include <config.h>

#include "http/metrics.h"

#include <stdlib.h>

#include "auth/principal.h"
#include "base/alloc.h"
#include "base/check.h"
#include "base/clock.h"
#include "command/survey.h"
#include "http/exchange.h"
#include "http/exposition.h"
#include "http/labels.h"

/* Steps of a survey in one turn, about one for each queue. */
#define STEPS_PER_TURN 256

struct metrics {
	struct http *http; /* borrowed */
	uint64_t start_ms; /* when the listener began, since 1970 */
	struct labels labels;
	struct survey *survey;     /* NULL: none is under way */
	struct snapshot *snapshot; /* what it found so far */
	struct list waiting;       /* struct waiting */
};

/* One exchange that waits for the survey. */
struct waiting {
	struct list_node node;
	struct exchange *exchange;
};

struct metrics *
metrics_new(struct http *http)
{
	struct metrics *metrics = xcalloc(1, sizeof(*metrics));

	metrics->http = http;
	metrics->start_ms = process_wall_ms();
	labels_init(&metrics->labels, http->config.metrics_queues);
	list_init(&metrics->waiting);
	return metrics;
}

void
metrics_free(struct metrics *metrics)
{
	CHECK(list_is_empty(&metrics->waiting));
	survey_free(metrics->survey);
	if (metrics->snapshot != NULL)
		snapshot_unref(metrics->snapshot);
	labels_fini(&metrics->labels);
	free(metrics);
}

/* ---- surveys ------------------------------------------------------------------- */

static void
see_queue(void *arg, struct span name, const struct queue_stats_answer *stats, uint64_t waiters)
{
	struct metrics *metrics = arg;
	struct snapshot *snapshot = metrics->snapshot;
	struct queue_figures figures = {
		.gauges = stats->gauges,
		.waiters = waiters,
		.paused = stats->paused,
		.closed = stats->closed,
		.tally = {.counters = stats->counters, .histograms = stats->histograms},
	};

	if (labels_see(&metrics->labels, name, &figures.tally)) {
		snapshot_add(snapshot, name)->figures = figures;
		return;
	}
	snapshot->whole.other_queues++;
	gauges_join(&snapshot->others, &figures);
}

static void
begin_survey(struct metrics *metrics)
{
	metrics->snapshot = snapshot_new();
	metrics->survey = survey_new(metrics->http->service, see_queue, metrics);
	labels_begin(&metrics->labels);
}

/* The snapshot is complete; the survey is over. */
static struct snapshot *
end_survey(struct metrics *metrics)
{
	struct snapshot *snapshot = metrics->snapshot;
	struct whole_figures *whole = &snapshot->whole;
	struct tally with_a_place = labels_end(&metrics->labels);

	whole->engine = *survey_totals(metrics->survey);
	whole->one = 1;
	service_figures(metrics->http->service, &whole->service);
	whole->draining = whole->service.draining;
	process_figures_read(&whole->process);
	whole->process.start_ms = metrics->start_ms;
	snapshot->others.tally.counters = whole->engine.counters;
	snapshot->others.tally.histograms = whole->engine.histograms;
	tally_subtract(&snapshot->others.tally, &with_a_place);
	survey_free(metrics->survey);
	metrics->survey = NULL;
	metrics->snapshot = NULL;
	return snapshot;
}

static void
answer_all(struct metrics *metrics, struct snapshot *snapshot)
{
	struct list_node *node;

	while ((node = list_pop(&metrics->waiting)) != NULL) {
		struct waiting *waiting = container_of(node, struct waiting, node);
		struct exchange *exchange = waiting->exchange;

		free(waiting);
		exchange->work = NULL;
		exchange->cancel = NULL;
		snapshot->references++;
		exchange_answer_pieces(exchange, EXPOSITION_TYPE, exposition_read, exposition_free,
			exposition_new(snapshot, exchange->principal));
	}
	snapshot_unref(snapshot);
}

bool
metrics_has_work(const struct metrics *metrics)
{
	const struct survey *survey = metrics->survey;

	return survey != NULL && (survey_has_work(survey) || survey_totals(survey) != NULL);
}

bool
metrics_turn(struct metrics *metrics)
{
	if (metrics->survey == NULL)
		return false;
	if (survey_turn(metrics->survey, STEPS_PER_TURN))
		return true;
	if (survey_totals(metrics->survey) != NULL)
		answer_all(metrics, end_survey(metrics));
	return false;
}

/* ---- exchanges ----------------------------------------------------------------- */

/* The survey goes on: others may wait for it, and the next one will. */
static void
stop_waiting(struct exchange *exchange)
{
	struct waiting *waiting = exchange->work;

	list_remove(&waiting->node);
	free(waiting);
	exchange->work = NULL;
}

void
metrics_begin(struct exchange *exchange)
{
	struct metrics *metrics = exchange->http->metrics;
	struct waiting *waiting = xmalloc(sizeof(*waiting));

	waiting->exchange = exchange;
	list_append(&metrics->waiting, &waiting->node);
	exchange->work = waiting;
	exchange->cancel = stop_waiting;
	if (metrics->survey == NULL)
		begin_survey(metrics);
}
