/* What a load came to, for programs: one object on a line of its own. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "cli/bench.h"
#include "cli/report.h"

static void
set(json_t *object, const char *name, json_t *value)
{
	if (value == NULL || json_object_set_new(object, name, value) != 0)
		out_of_memory();
}

static void
set_count(json_t *object, const char *name, uint64_t count)
{
	set(object, name, json_integer((json_int_t)count));
}

static json_t *
new_object(void)
{
	json_t *object = json_object();

	if (object == NULL)
		out_of_memory();
	return object;
}

static void
set_us(json_t *object, const char *name, double ns)
{
	set(object, name, json_real(ns / 1e3));
}

static json_t *
new_latency(const struct histogram *histogram)
{
	json_t *object = new_object();

	set_count(object, "count", histogram->count);
	set_us(object, "min", (double)histogram->min);
	set_us(object, "mean", histogram_mean(histogram));
	set_us(object, "p50", (double)histogram_quantile(histogram, 500));
	set_us(object, "p90", (double)histogram_quantile(histogram, 900));
	set_us(object, "p99", (double)histogram_quantile(histogram, 990));
	set_us(object, "p99.9", (double)histogram_quantile(histogram, 999));
	set_us(object, "max", (double)histogram->max);
	return object;
}

static json_t *
new_settings(const struct bench *bench)
{
	const struct bench_options *options = bench->options;
	json_t *object = new_object();

	set(object, "address", json_string(inflight_address(bench->control)));
	set(object, "queue", json_string(bench->queue));
	set(object, "mix", json_string(options->mix->name));
	set_count(object, "connections", (uint64_t)options->connections);
	set_count(object, "pipeline", (uint64_t)options->pipeline);
	set_count(object, "payload", (uint64_t)options->payload);
	set_count(object, "keys", (uint64_t)options->keys);
	set(object, "skewed", json_boolean(options->skewed));
	set_count(object, "ops", (uint64_t)options->ops);
	set_count(object, "rate", (uint64_t)options->rate);
	return object;
}

static void
set_latencies(json_t *report, const struct bench_tally *tally)
{
	json_t *latency = new_object();

	for (int i = 0; i < BENCH_STEPS; i++) {
		if (tally->latency[i].count > 0)
			set(latency, bench_step_names[i], new_latency(&tally->latency[i]));
	}
	set(latency, "job", new_latency(&tally->job));
	if (tally->late.count > 0)
		set(latency, "begun_late", new_latency(&tally->late));
	set(report, "latency_us", latency);
}

static void
set_errors(json_t *report, const struct bench_tally *tally)
{
	json_t *errors = new_object();

	for (size_t i = 0; i < tally->error_count; i++)
		set_count(errors, tally->errors[i].name, tally->errors[i].count);
	set(report, "errors", errors);
}

static void
set_counters(json_t *report, const struct bench_counters *counted)
{
	json_t *object = new_object();

	set_count(object, "enqueued", (uint64_t)counted->enqueued);
	set_count(object, "merged", (uint64_t)counted->merged);
	set_count(object, "dequeued", (uint64_t)counted->dequeued);
	set_count(object, "finished", (uint64_t)counted->finished);
	set(report, "daemon_counted", object);
}

static void
set_cpu(json_t *report, const struct bench_tally *tally)
{
	uint64_t answered = bench_sum(tally->answered);
	json_t *cpu = new_object();

	if (answered > 0) {
		set_us(cpu, "bench", (double)tally->own_cpu_ns / (double)answered);
		if (tally->daemon_cpu_ns > 0)
			set_us(cpu, "daemon", (double)tally->daemon_cpu_ns / (double)answered);
	}
	set(report, "cpu_us_per_request", cpu);
	set(report, "bench_was_limit", json_boolean(bench_was_limit(tally)));
}

void
bench_report_json(const struct bench *bench)
{
	const struct bench_tally *tally = &bench->found;
	uint64_t answered = bench_sum(tally->answered);
	double seconds = (double)tally->elapsed_ns / 1e9;
	json_t *report = new_settings(bench);

	set(report, "seconds", json_real(seconds));
	set_count(report, "requests", bench_sum(tally->sent));
	set_count(report, "answered", answered);
	set_count(report, "jobs", tally->jobs);
	set_count(report, "jobs_failed", tally->failed);
	set_count(report, "jobs_not_begun", tally->not_begun);
	set_count(report, "empty", tally->empty);
	set_count(report, "ops_finished", tally->ops_finished);
	set(report, "requests_per_second", json_real((double)answered / seconds));
	set(report, "jobs_per_second", json_real((double)tally->jobs / seconds));
	set_errors(report, tally);
	set_latencies(report, tally);
	set_cpu(report, tally);
	if (bench->owns_queue)
		set_counters(report, &bench->counted);
	set(report, "interrupted", json_boolean(bench->die_of != 0));
	json_dumpf(report, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(report);
}
