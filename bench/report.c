/*
 * The rows of a benchmark. A row lives as long as the report; a run has a few
 * hundred of them, so they are found by looking through all.
 */
#include <config.h>

#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct report_row {
	char *name;
	char *figure;
	double *samples;
	size_t count;
};

void
report_init(struct report *report)
{
	*report = (struct report){0};
}

void
report_fini(struct report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		free(report->rows[i].name);
		free(report->rows[i].figure);
		free(report->rows[i].samples);
	}
	free(report->rows);
}

static struct report_row *
row_find(const struct report *report, const char *name, const char *figure)
{
	for (size_t i = 0; i < report->count; i++) {
		struct report_row *row = &report->rows[i];

		if (strcmp(row->name, name) == 0 && strcmp(row->figure, figure) == 0)
			return row;
	}
	return NULL;
}

void
report_add(struct report *report, const char *name, const char *figure, double value)
{
	struct report_row *row = row_find(report, name, figure);

	if (row == NULL) {
		report->rows = xrealloc(report->rows, (report->count + 1) * sizeof(*report->rows));
		row = &report->rows[report->count++];
		*row = (struct report_row){.name = xstrdup(name), .figure = xstrdup(figure)};
	}
	row->samples = xrealloc(row->samples, (row->count + 1) * sizeof(*row->samples));
	row->samples[row->count++] = value;
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct spread {
	double median;
	double low;
	double high;
};

/* The samples themselves stay in the order of the rounds. */
static struct spread
row_spread(const struct report_row *row)
{
	double *sorted = xcalloc(row->count, sizeof(*sorted));
	size_t middle = row->count / 2;
	struct spread spread;

	memcpy(sorted, row->samples, row->count * sizeof(*sorted));
	qsort(sorted, row->count, sizeof(*sorted), compare_doubles);
	spread.median =
		row->count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
	spread.low = sorted[0];
	spread.high = sorted[row->count - 1];
	free(sorted);
	return spread;
}

bool
report_add_ratios(struct report *report, const char *name, const char *ours, const char *theirs,
	const char *figure)
{
	const struct report_row *a = row_find(report, ours, figure);
	const struct report_row *b = row_find(report, theirs, figure);

	if (a == NULL || b == NULL)
		return false;
	/* Adding moves the rows, but not their samples. */
	const double *x = a->samples, *y = b->samples;
	size_t count = a->count < b->count ? a->count : b->count;

	for (size_t i = 0; i < count; i++)
		report_add(report, name, "ratio", x[i] / y[i]);
	return true;
}

/* How many rows from `start` on are of one case. */
static size_t
case_length(const struct report *report, size_t start)
{
	size_t end = start + 1;

	while (end < report->count && strcmp(report->rows[end].name, report->rows[start].name) == 0)
		end++;
	return end - start;
}

static bool
same_figures(const struct report *report, size_t a, size_t b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(report->rows[a + i].figure, report->rows[b + i].figure) != 0)
			return false;
	}
	return true;
}

static void
print_cell(const struct report_row *row)
{
	struct spread spread = row_spread(row);
	int digits = spread.median < 1000 ? 2 : 0;
	char text[64];

	if (row->count > 1)
		snprintf(text, sizeof(text), "%.*f (%.*f-%.*f)", digits, spread.median, digits,
			spread.low, digits, spread.high);
	else
		snprintf(text, sizeof(text), "%.*f", digits, spread.median);
	printf("  %-24s", text);
}

void
report_print(const struct report *report)
{
	size_t last = 0, last_count = 0, count;

	for (size_t i = 0; i < report->count; i += count) {
		count = case_length(report, i);
		if (count != last_count || !same_figures(report, i, last, count)) {
			printf("\n%-36s", "median (range)");
			for (size_t k = 0; k < count; k++)
				printf("  %-24s", report->rows[i + k].figure);
			putchar('\n');
		}
		printf("%-36s", report->rows[i].name);
		for (size_t k = 0; k < count; k++)
			print_cell(&report->rows[i + k]);
		putchar('\n');
		last = i;
		last_count = count;
	}
	fflush(stdout);
}

bool
report_write_json(const struct report *report, const char *path)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		return false;
	fputs("[\n", file);
	for (size_t i = 0; i < report->count; i++) {
		const struct report_row *row = &report->rows[i];

		/* Names are made here, of letters, digits and blanks: nothing needs escaping. */
		fprintf(file, "{\"case\":\"%s\",\"figure\":\"%s\",\"median\":%.4f,\"samples\":[",
			row->name, row->figure, row_spread(row).median);
		for (size_t k = 0; k < row->count; k++)
			fprintf(file, "%s%.4f", k == 0 ? "" : ",", row->samples[k]);
		fprintf(file, "]}%s\n", i + 1 < report->count ? "," : "");
	}
	fputs("]\n", file);
	bool written = !ferror(file);

	return fclose(file) == 0 && written;
}

int
report_finish(struct report *report, const char *program, const char *path)
{
	int status = EXIT_SUCCESS;

	report_print(report);
	if (path != NULL && !report_write_json(report, path)) {
		fprintf(stderr, "%s: %s: %s\n", program, path, strerror(errno));
		status = EXIT_FAILURE;
	}
	report_fini(report);
	return status;
}
