/* See work_progress.h. The pipe is open as long as the line may be shown. */
#include <config.h>

#include "cli/work_progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/progress.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "cli/work.h"
#include "client/text.h"

#define ASK_EVERY_MS 1000
#define READ_STEP    4096
#define LINE_LEN_MAX 65536 /* what is longer is passed on in pieces */

void
work_progress_begin(struct work *work)
{
	int fds[2] = {-1, -1};

	work->progress = (struct work_progress){.err_read = -1, .err_write = -1};
	if (work->options->no_progress)
		return;
	progress_begin();
	if (!progress_is_on())
		return;
	if (pipe2(fds, O_CLOEXEC) != 0) {
		progress_end();
		return;
	}
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	work->progress.err_read = fds[0];
	work->progress.err_write = fds[1];
}

int
work_progress_err_fd(const struct work *work)
{
	return work->progress.err_write;
}

void
work_progress_poll(const struct work *work, struct pollfd *fd)
{
	*fd = (struct pollfd){.fd = work->progress.err_read, .events = POLLIN};
}

/* Passes on the lines that are whole, or everything, as lines. */
static void
pass_on(struct work_progress *progress, bool everything)
{
	struct inflight_span text = inflight_bytes_span(&progress->err);
	const char *last = text.len == 0 ? NULL : memrchr(text.ptr, '\n', text.len);
	size_t len = last == NULL ? 0 : (size_t)(last + 1 - text.ptr);

	if (everything || text.len > LINE_LEN_MAX)
		len = text.len;
	if (len == 0)
		return;
	progress_hide();
	fwrite(text.ptr, 1, len, stderr);
	if (text.ptr[len - 1] != '\n')
		fputc('\n', stderr);
	fflush(stderr);
	inflight_bytes_drop(&progress->err, len);
}

/* Reads what there is; the writing end is open here too, so the pipe has no end. */
static void
read_pipe(struct work_progress *progress)
{
	ssize_t len;

	do {
		char *room = inflight_bytes_reserve(&progress->err, READ_STEP);

		need_memory(&progress->err);
		len = read(progress->err_read, room, READ_STEP);
		if (len > 0)
			progress->err.end += (size_t)len;
	} while (len == READ_STEP || (len < 0 && errno == EINTR));
}

void
work_progress_move(struct work *work, const struct pollfd *fd)
{
	if (fd->fd < 0 || fd->revents == 0)
		return;
	read_pipe(&work->progress);
	pass_on(&work->progress, false);
}

void
work_progress_collect(struct work *work)
{
	if (work->progress.err_read < 0)
		return;
	read_pipe(&work->progress);
	pass_on(&work->progress, true);
}

static void
ask(struct work *work)
{
	struct inflight_span text;
	struct work_progress *progress = &work->progress;

	params_begin(&work->params);
	params_text(&work->params, "queue", work->options->queue);
	params_end(&work->params);
	text = inflight_bytes_span(&work->params.text);
	inflight_send_text(work->client, "queue.stats", text.ptr, text.len, &progress->request);
	progress->ask_at_ms = now_ms() + ASK_EVERY_MS;
}

static uint64_t
count_running(const struct work *work)
{
	uint64_t count = 0;

	for (int64_t i = 0; i < work->options->slots; i++)
		count += work->slots[i].state == SLOT_RUNNING;
	return count;
}

void
work_progress_step(struct work *work)
{
	struct progress shown = {.noun = "sets",
		.done = work->done,
		.total = work->progress.total,
		.growing = !work->options->drain,
		.failed = work->failed,
		.running = count_running(work)};

	if (!progress_is_on())
		return;
	if (work->progress.request == 0 && !work->stopping && work_can_send(work) &&
		now_ms() >= work->progress.ask_at_ms)
		ask(work);
	/* What was added since then is not known yet, but what is here is. */
	if (shown.total < shown.done + shown.running)
		shown.total = shown.done + shown.running;
	progress_draw(&shown);
}

bool
work_progress_answer(struct work *work, const struct inflight_reply *reply)
{
	struct inflight_span result;
	struct inflight_span depth;
	int64_t sets = 0;

	if (work->progress.request == 0 || inflight_reply_id(reply) != work->progress.request)
		return false;
	work->progress.request = 0;
	result.ptr = inflight_reply_text(reply, &result.len);
	/* A worker need not be allowed to know; then only what is done is told. */
	if (result.ptr != NULL && inflight_text_member(result, "depth", &depth) &&
		inflight_text_int(depth, &sets) && sets >= 0)
		work->progress.total = work->done + (uint64_t)sets + count_running(work);
	return true;
}

void
work_progress_end(struct work *work)
{
	struct work_progress *progress = &work->progress;

	work_progress_collect(work);
	progress_end();
	if (progress->err_read < 0)
		return;
	close(progress->err_read);
	close(progress->err_write);
	inflight_bytes_fini(&progress->err);
}
