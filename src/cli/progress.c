/* See progress.h. What is drawn at the moment stands here; nobody else has access. */
#include <config.h>

#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/human.h"
#include "cli/signals.h"
#include "cli/terminal.h"

#define EVERY_MS  100 /* often enough to look alive */
#define BAR_WIDTH 20
#define LINE_SIZE 256

static struct {
	bool on;
	bool drawn; /* the line is there, the cursor at its beginning */
	int64_t began_ms;
	int64_t due_ms;
} line;

void
progress_begin(void)
{
	struct terminal terminal = terminal_of(STDERR_FILENO);

	line.on = terminal.is_one && terminal.moves;
	line.drawn = false;
	line.began_ms = line.due_ms = now_ms();
}

bool
progress_is_on(void)
{
	return line.on;
}

int64_t
progress_due_ms(void)
{
	return line.on ? line.due_ms : -1;
}

void
progress_hide(void)
{
	if (line.drawn && terminal_is_ours(STDERR_FILENO)) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	line.drawn = false;
}

void
progress_end(void)
{
	progress_hide();
	line.on = false;
}

void
progress_draw(const struct progress *progress)
{
	struct progress now = *progress;
	char text[LINE_SIZE];

	if (!line.on || now_ms() < line.due_ms)
		return;
	line.due_ms = now_ms() + EVERY_MS;
	if (!terminal_is_ours(STDERR_FILENO)) {
		line.drawn = false;
		return;
	}
	now.elapsed_ms = now_ms() - line.began_ms;
	/* A line that reaches the edge could make some terminals go on below it. */
	progress_text(&now, terminal_of(STDERR_FILENO).width - 1, text, sizeof text);
	fprintf(stderr, "\r%s\033[K\r", text);
	fflush(stderr);
	line.drawn = true;
}

/* ---- the text ------------------------------------------------------------ */

struct writer {
	char *out;
	size_t len;
	size_t room;
};

/* Adds a part as a whole or, where there is no room for it, not at all. */
static void
add(struct writer *writer, const char *before, const char *text, const char *behind)
{
	size_t left = writer->room - writer->len;
	size_t len = strlen(before) + strlen(text) + strlen(behind);

	if (len > left)
		return;
	writer->len += (size_t)snprintf(
		writer->out + writer->len, left + 1, "%s%s%s", before, text, behind);
}

static void
add_bar(struct writer *writer, const struct progress *progress)
{
	uint64_t filled = progress->done * BAR_WIDTH / progress->total;
	char bar[BAR_WIDTH + 1];
	char percent[HUMAN_SIZE];

	for (uint64_t i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < filled ? '#' : '-';
	bar[BAR_WIDTH] = '\0';
	add(writer, "[", bar, "]");
	human_count(percent, (int64_t)(progress->done * 100 / progress->total));
	add(writer, " ", percent, "%");
}

static void
add_counts(struct writer *writer, const struct progress *progress)
{
	char text[HUMAN_SIZE];

	add(writer, writer->len == 0 ? "" : "  ", human_count(text, (int64_t)progress->done), "");
	if (progress->total > 0)
		add(writer, " of ", human_count(text, (int64_t)progress->total),
			progress->growing ? "+" : "");
	add(writer, " ", progress->noun, "");
	if (progress->failed > 0)
		add(writer, ", ", human_count(text, (int64_t)progress->failed), " failed");
	if (progress->running > 0)
		add(writer, ", ", human_count(text, (int64_t)progress->running), " running");
}

/* How fast it goes, and how long it will take if it goes on so. */
static void
add_times(struct writer *writer, const struct progress *progress)
{
	double rate = (double)progress->done * 1000 / (double)progress->elapsed_ms;
	char text[HUMAN_SIZE];

	add(writer, ", ", human_rate(text, rate), "");
	if (progress->total > progress->done && !progress->growing) {
		double left_ms = (double)(progress->total - progress->done) * 1000 / rate;

		/* Whole seconds: tenths of a guess would only flicker. */
		add(writer, ", ", human_ms(text, (int64_t)(left_ms / 1000 + 1) * 1000), " left");
	}
}

void
progress_text(const struct progress *progress, size_t columns, char *out, size_t size)
{
	struct writer writer = {.out = out, .room = columns < size - 1 ? columns : size - 1};

	out[0] = '\0';
	if (progress->total > 0 && progress->done <= progress->total)
		add_bar(&writer, progress);
	add_counts(&writer, progress);
	if (progress->done > 0 && progress->elapsed_ms > 0)
		add_times(&writer, progress);
}
