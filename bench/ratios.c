/*
 * The comparisons. Medians are divided, not single runs: the rounds are interleaved,
 * but no two runs are a pair.
 */
#include <config.h>

#include "ratios.h"

#include <stdio.h>

struct ratio {
	const char *cell;
	const char *mode;
	const char *other;
	const char *wire; /* the wire of the other; NULL: the same */
	const char *figure;
	double target;
};

static const struct ratio ratios[] = {
	{"50x1", "put", "echo", NULL, "cpu us/request", 1.15},
	{"50x1", "all", "beanstalkd", "tcp", "cpu us/job", 0.72},
	{"50x1", "all", "redis-list", NULL, "cpu us/job", 0.95},
	{"1x128", "put", "redis-list", NULL, "cpu us/request", 0.75},
	{"1x128", "all", "redis-list", NULL, "cpu us/job", 0.45},
	{"1x128", "all", "redis-merge", NULL, "cpu us/job", 0.18},
	{"1x128", "all", "beanstalkd", "tcp", "cpu us/job", 0.08},
};

static double
median_of(const struct report *report, const struct ratio *ratio, const char *wire,
	const char *server)
{
	char name[80];

	snprintf(name, sizeof(name), "%s %s %s %s", ratio->cell, ratio->mode, wire, server);
	return report_median(report, name, ratio->figure);
}

static void
add(struct report *report, const struct ratio *ratio, const char *wire)
{
	const char *other_wire = ratio->wire == NULL ? wire : ratio->wire;
	double ours = median_of(report, ratio, wire, "inflightd");
	double theirs = median_of(report, ratio, other_wire, ratio->other);
	char name[80];

	if (ours < 0 || theirs <= 0)
		return;
	snprintf(name, sizeof(name), "%s %s %s / %s", ratio->cell, ratio->mode, wire, ratio->other);
	report_add(report, name, "ratio", ours / theirs);
	report_add(report, name, "target", ratio->target);
}

void
ratios_add(struct report *report)
{
	for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++) {
		add(report, &ratios[i], "tcp");
		/* A server that was measured on one wire only is compared on that one. */
		if (ratios[i].wire == NULL)
			add(report, &ratios[i], "unix");
	}
}
