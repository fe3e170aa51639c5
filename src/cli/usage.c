/* See usage.h. Nothing is kept. */
#include <config.h>

#include "cli/usage.h"

#include <string.h>

#include "cli/report.h"
#include "cli/verb.h"

#define SUMMARY_COLUMN 26 /* where what an option does begins */
#define VERB_COLUMN    16 /* where what a verb does begins */
#define LINE_WIDTH     80

static void
print_operand(FILE *out, const struct verb_arg *row)
{
	const char *more = row->verbatim || row->many ? " ..." : "";

	fputs(row->optional ? " [" : " ", out);
	fprintf(out, "%s%s%s", row->name, more, row->optional ? "]" : "");
}

static void
print_synopsis(FILE *out, const struct verb *verb)
{
	const struct verb_arg *row = verb->operands;

	fprintf(out, "usage: inflight %s [OPTION ...]", verb->name);
	for (; row != NULL && row->name != NULL; row++) {
		if (row->verbatim)
			fputs(" --", out);
		print_operand(out, row);
	}
	fputc('\n', out);
	if (verb->method != NULL)
		fprintf(out, "   or: inflight %s name=value ...\n", verb->method);
}

/* Prints a summary from `column` on, in lines that all begin there; `at` is where it stands. */
static void
print_summary(FILE *out, const char *text, int at, int column)
{
	bool begins = true; /* the line: no word stands on it yet */

	if (at >= column && at > 0) {
		fputc('\n', out);
		at = 0;
	}
	while (*text != '\0') {
		int len = (int)strcspn(text, " ");

		if (!begins && at + 1 + len > LINE_WIDTH) {
			fputc('\n', out);
			at = 0;
			begins = true;
		}
		at += fprintf(out, "%*s%.*s", begins ? column - at : 1, "", len, text);
		begins = false;
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

/* The option as the help names it: "  -j N, --jobs N"; returns how wide that is. */
static int
print_option_name(FILE *out, const struct verb_arg *row)
{
	const char *gap = row->value == NULL ? "" : " ";
	const char *value = row->value == NULL ? "" : row->value;
	bool can_be_undone = row->kind == VALUE_FLAG && row->param != NULL;
	int width = fprintf(out, "  ");

	if (row->letter != 0)
		width += fprintf(out, "-%c%s", row->letter, row->name[0] == '\0' ? gap : ", ");
	if (row->name[0] != '\0')
		width += fprintf(out, "--%s%s%s", can_be_undone ? "[no-]" : "", row->name, gap);
	return width + fprintf(out, "%s", value);
}

static void
print_options(FILE *out, const char *title, const struct verb_arg *rows)
{
	fprintf(out, "\n%s:\n", title);
	for (; rows->name != NULL; rows++)
		print_summary(out, rows->summary, print_option_name(out, rows), SUMMARY_COLUMN);
}

void
usage_print_verb(FILE *out, const struct verb *verb)
{
	const struct verb_arg *row = verb->operands;

	print_synopsis(out, verb);
	fputc('\n', out);
	print_summary(out, verb->summary, 0, 0);
	if (verb->more != NULL)
		fputs(verb->more, out);
	if (row != NULL)
		fputc('\n', out);
	for (; row != NULL && row->name != NULL; row++)
		print_summary(out, row->summary, fprintf(out, "  %s", row->name), SUMMARY_COLUMN);
	if (verb->options != NULL)
		print_options(out, "options", verb->options);
	print_options(out, "options of all verbs", common_options);
}

void
usage_print_all(FILE *out)
{
	const struct verb *verb;

	fputs("usage: inflight [OPTION ...] VERB ...\n"
	      "       inflight [OPTION ...] METHOD [name=value ...]\n"
	      "\n"
	      "verbs; inflight help VERB tells more:\n",
		out);
	for (size_t i = 0; (verb = verb_at(i)) != NULL; i++)
		print_summary(
			out, verb->summary, fprintf(out, "  %s", verb->name), VERB_COLUMN + 2);
	fputs("\nMETHOD is any method of the daemon; its result is printed as JSON.\n", out);
	print_options(out, "options", common_options);
}

int
usage_wrong(const struct verb *verb)
{
	print_synopsis(stderr, verb);
	report_try("inflight help %s", verb->name);
	return STATUS_USAGE;
}
