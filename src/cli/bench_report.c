/* What a load came to, for people. */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/bench.h"
#include "cli/report.h"

#define BAR_WIDTH   40
#define BUSY_PART   0.9 /* of the time; a generator that computes longer has none to spare */
#define BANDS_FIRST 1000

bool
bench_was_limit(const struct bench_tally *tally)
{
	return (double)tally->own_cpu_ns > BUSY_PART * (double)tally->elapsed_ns;
}

void
bench_time_text(uint64_t ns, char *out, size_t size)
{
	static const char *const units[] = {"us", "ms", "s"};
	double value = (double)ns / 1e3;
	size_t unit = 0;

	while (unit < 2 && value >= 999.5) {
		value /= 1e3;
		unit++;
	}
	snprintf(out, size, "%.*f %s",
		value < 9.995   ? 2
		: value < 99.95 ? 1
				: 0,
		value, units[unit]);
}

static void
print_heading(const struct bench *bench)
{
	const struct bench_options *options = bench->options;

	printf("%s: %s\n", options->mix->name, options->mix->summary);
	printf("%s, queue %s\n", inflight_address(bench->control), bench->queue);
	printf("%" PRId64 " connections, %" PRId64 " requests under way on each, %" PRId64
	       " bytes a message, ",
		options->connections, options->pipeline, options->payload);
	if (options->keys == 0)
		printf("each op with a key of its own\n");
	else
		printf("%" PRId64 " keys, %s\n", options->keys,
			options->skewed ? "skewed" : "uniform");
	if (options->rate > 0)
		printf("open loop: %" PRId64 " jobs a second, timed from when each was due\n\n",
			options->rate);
	else
		printf("closed loop: a slow answer delays the requests behind it; --rate does not "
		       "wait\n\n");
}

static void
print_throughput(const struct bench *bench)
{
	const struct bench_tally *tally = &bench->found;
	uint64_t answered = bench_sum(tally->answered);
	uint64_t sent = bench_sum(tally->sent);
	double seconds = (double)tally->elapsed_ns / 1e9;

	printf("%" PRIu64 " requests of %" PRIu64 " jobs in %.3f s: %.0f requests/s, %.0f jobs/s\n",
		answered, tally->jobs, seconds, (double)answered / seconds,
		(double)tally->jobs / seconds);
	if (sent != answered)
		printf("%" PRIu64 " requests had no answer\n", sent - answered);
	if (tally->not_begun > 0)
		printf("%" PRIu64 " jobs were due and found no free lane: the load was not borne\n",
			tally->not_begun);
	if (tally->empty > 0)
		printf("%" PRIu64 " dequeues found nothing\n", tally->empty);
	printf("errors: %s", tally->error_count == 0 ? "none\n" : "");
	for (size_t i = 0; i < tally->error_count; i++)
		printf("%s%s %" PRIu64 "%s", i == 0 ? "" : ", ", tally->errors[i].name,
			tally->errors[i].count, i + 1 == tally->error_count ? "\n" : "");
}

static void
print_daemon(const struct bench *bench)
{
	const struct bench_counters *counted = &bench->counted;
	const struct bench_tally *tally = &bench->found;
	double answered = (double)bench_sum(tally->answered);

	if (bench->owns_queue)
		printf("the daemon counted: %" PRId64 " enqueued (%" PRId64 " merged), %" PRId64
		       " sets dequeued, %" PRId64 " ops finished\n",
			counted->enqueued, counted->merged, counted->dequeued, counted->finished);
	if (answered == 0)
		return;
	printf("CPU: %.2f us a request here", (double)tally->own_cpu_ns / 1e3 / answered);
	if (tally->daemon_cpu_ns > 0)
		printf(", %.2f us in the daemon (%.0f %% of a core)",
			(double)tally->daemon_cpu_ns / 1e3 / answered,
			100 * (double)tally->daemon_cpu_ns / (double)tally->elapsed_ns);
	putchar('\n');
	if (bench_was_limit(tally))
		printf("bench had no time to spare: what it measured is itself as much as the "
		       "daemon\n");
}

static void
print_row(const char *name, const struct histogram *histogram)
{
	const uint64_t times[] = {
		histogram->min,
		histogram_quantile(histogram, 500),
		histogram_quantile(histogram, 900),
		histogram_quantile(histogram, 990),
		histogram_quantile(histogram, 999),
		histogram->max,
	};

	if (histogram->count == 0)
		return;
	printf("%-10s %11" PRIu64, name, histogram->count);
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		char text[32];

		bench_time_text(times[i], text, sizeof text);
		printf(" %10s", text);
	}
	putchar('\n');
}

/* One band of the picture: what took at least `low` and less than `high`. */
static void
print_band(uint64_t low, uint64_t high, uint64_t count, uint64_t all)
{
	static const char bar[BAR_WIDTH + 1] = "########################################";
	char low_text[32];
	char high_text[32];

	bench_time_text(low, low_text, sizeof low_text);
	bench_time_text(high, high_text, sizeof high_text);
	printf("%9s - %9s %11" PRIu64 " %5.1f %% %.*s\n", low_text, high_text, count,
		100 * (double)count / (double)all, (int)((count * BAR_WIDTH + all / 2) / all), bar);
}

/* Bands that begin at 1, 2 and 5 of each power of ten. */
static void
print_picture(const struct histogram *all)
{
	static const uint64_t factors[] = {1, 2, 5};
	uint64_t power = BANDS_FIRST;
	uint64_t low = 0;
	uint64_t below = 0;

	for (size_t i = 0; below < all->count; i++) {
		uint64_t high = power * factors[i % 3];
		uint64_t count = histogram_below(all, high) - below;

		if (below + count > 0)
			print_band(low, high, count, all->count);
		below += count;
		low = high;
		if (i % 3 == 2)
			power *= 10;
	}
}

void
bench_report_text(const struct bench *bench)
{
	const struct bench_tally *tally = &bench->found;
	struct histogram *all = zero_alloc(1, sizeof *all);

	print_heading(bench);
	print_throughput(bench);
	print_daemon(bench);
	printf("\n%-10s %11s %10s %10s %10s %10s %10s %10s\n", "latency", "count", "min", "p50",
		"p90", "p99", "p99.9", "max");
	for (int i = 0; i < BENCH_STEPS; i++) {
		print_row(bench_step_names[i], &tally->latency[i]);
		histogram_merge(all, &tally->latency[i]);
	}
	print_row("whole job", &tally->job);
	print_row("begun late", &tally->late);
	if (all->count > 0)
		printf("\nall requests\n");
	print_picture(all);
	free(all);
}
