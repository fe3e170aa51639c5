/*
 * Measures the machine in process: CPU nanoseconds per call, bytes per op, the
 * longest single call. It judges nothing; see doc/performance.md.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core_cases.h"

static const char usage[] =
	"usage: core_bench [-n KEYS]... [-r ROUNDS] [-d DEPTH] [-c CASE] [-j FILE]\n"
	"  -n KEYS    sizes to measure at (1000 100000 1000000)\n"
	"  -r ROUNDS  rounds of everything (3)\n"
	"  -c CASE    only scan, queue, group, steady or longest\n"
	"  -j FILE    writes the results there as JSON\n";

#define SIZES_MAX 8

struct options {
	uint64_t sizes[SIZES_MAX];
	size_t count;
	unsigned rounds;
	uint64_t depth; /* 0: both */
	const char *only;
	const char *json;
};

static bool
wanted(const struct options *options, const char *name)
{
	return options->only == NULL || strcmp(options->only, name) == 0;
}

static void
run_round(const struct options *options, struct report *report)
{
	uint64_t largest = 0;

	for (size_t i = 0; i < options->count; i++) {
		uint64_t n = options->sizes[i];

		largest = n > largest ? n : largest;
		if (wanted(options, "queue"))
			case_queue(report, n);
		if (wanted(options, "group"))
			case_group(report, n);
	}
	if (wanted(options, "scan"))
		case_scan(report, largest);
	for (uint64_t depth = 1000; depth <= 100000 && depth <= largest; depth *= 100) {
		if (wanted(options, "steady") && (options->depth == 0 || options->depth == depth))
			case_steady(report, depth, largest);
	}
	if (wanted(options, "longest"))
		case_longest(report, largest);
}

static bool
parse(int argc, char **argv, struct options *ret)
{
	int letter;

	while ((letter = getopt(argc, argv, "n:r:d:c:j:")) != -1) {
		switch (letter) {
		case 'n':
			if (ret->count == SIZES_MAX)
				return false;
			ret->sizes[ret->count] = strtoull(optarg, NULL, 10);
			if (ret->sizes[ret->count++] < 1)
				return false;
			break;
		case 'r':
			ret->rounds = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'd':
			ret->depth = strtoull(optarg, NULL, 10);
			break;
		case 'c':
			ret->only = optarg;
			break;
		case 'j':
			ret->json = optarg;
			break;
		default:
			return false;
		}
	}
	return optind == argc && ret->rounds > 0;
}

int
main(int argc, char **argv)
{
	struct options options = {.rounds = 3};
	struct report report;

	if (!parse(argc, argv, &options)) {
		fputs(usage, stderr);
		return 2;
	}
	if (options.count == 0) {
		options.count = 3;
		options.sizes[0] = 1000;
		options.sizes[1] = 100000;
		options.sizes[2] = 1000000;
	}
	report_init(&report);
	for (unsigned round = 0; round < options.rounds; round++)
		run_round(&options, &report);
	return report_finish(&report, "core_bench", options.json);
}
