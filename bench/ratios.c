/*
 * The comparisons. Runs of the same round are divided: they ran one right after the
 * other, so what disturbed one has mostly disturbed the other.
 */
#include <config.h>

#include "ratios.h"

#include <stdio.h>

struct ratio {
	const char *cell;
	const char *mode;
	const char *other;
	const char *figure;
	double target;
};

static const struct ratio ratios[] = {
	{"50x1", "put", "echo", "cpu us/request", 1.15},
	{"50x1", "all", "beanstalkd", "cpu us/job", 0.72},
	{"50x1", "all", "redis-list", "cpu us/job", 0.95},
	{"1x128", "put", "redis-list", "cpu us/request", 0.75},
	{"1x128", "all", "redis-list", "cpu us/job", 0.45},
	{"1x128", "all", "redis-merge", "cpu us/job", 0.18},
	{"1x128", "all", "beanstalkd", "cpu us/job", 0.08},
};

static void
add(struct report *report, const struct ratio *ratio, const char *wire)
{
	char name[80], ours[80], theirs[80];

	snprintf(name, sizeof(name), "%s %s %s / %s", ratio->cell, ratio->mode, wire, ratio->other);
	snprintf(ours, sizeof(ours), "%s %s %s inflightd", ratio->cell, ratio->mode, wire);
	snprintf(theirs, sizeof(theirs), "%s %s %s %s", ratio->cell, ratio->mode, wire,
		ratio->other);
	if (report_add_ratios(report, name, ours, theirs, ratio->figure))
		report_add(report, name, "target", ratio->target);
}

void
ratios_add(struct report *report)
{
	for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++) {
		add(report, &ratios[i], "tcp");
		add(report, &ratios[i], "unix");
	}
}
