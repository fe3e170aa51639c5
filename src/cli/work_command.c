/*
 * A slot's command: how it is started and what its end means. The run lives in the
 * slot's struct child.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/report.h"
#include "cli/work.h"

/* NAME=VALUE as new text. */
static char *
variable(const char *name, struct inflight_span value)
{
	size_t size = strlen(name) + value.len + 2;
	char *text = zero_alloc(1, size);

	snprintf(text, size, "%s=%.*s", name, (int)value.len, value.ptr);
	return text;
}

void
slot_start_command(struct work *work, struct slot *slot)
{
	const char *address = inflight_address(work->client);
	const char *queue = work->options->queue;
	struct inflight_span token = slot->set.token;
	char *env[] = {
		variable("INFLIGHT_ADDRESS", (struct inflight_span){address, strlen(address)}),
		variable("INFLIGHT_QUEUE", (struct inflight_span){queue, strlen(queue)}),
		variable("INFLIGHT_KEY",
			(struct inflight_span){slot->set.key_text, strlen(slot->set.key_text)}),
		variable("INFLIGHT_ATTEMPT", slot->set.attempt),
		variable("INFLIGHT_FENCE", slot->set.fence),
		variable("INFLIGHT_SET", (struct inflight_span){token.ptr + 1, token.len - 2}),
		NULL,
	};
	int error;

	set_write_input(&slot->set, &slot->child.input);
	error = child_start(&slot->child, work->options->command, (const char *const *)env,
		work_progress_err_fd(work));
	for (size_t i = 0; env[i] != NULL; i++)
		free(env[i]);
	slot->state = SLOT_RUNNING;
	if (error != 0) {
		/* It will not run for the next set either. */
		report("cannot run %s: %s", work->options->command[0], strerror(error));
		slot_release(work, slot, 0);
		work_stop(work, STATUS_USAGE);
	}
}

/* Why a command counts as failed, or NULL. */
static const char *
failure_of(const struct slot *slot, int wait_status, char *text, size_t size)
{
	if (slot->child.too_much)
		return "it printed too much";
	if (WIFSIGNALED(wait_status))
		snprintf(text, size, "signal %d", WTERMSIG(wait_status));
	else if (WEXITSTATUS(wait_status) != 0)
		snprintf(text, size, "exit status %d", WEXITSTATUS(wait_status));
	else
		return NULL;
	return text;
}

void
slot_command_ended(struct work *work, struct slot *slot, int wait_status)
{
	struct inflight_span output = inflight_bytes_span(&slot->child.output);
	char text[32];
	const char *wrong = failure_of(slot, wait_status, text, sizeof text);

	if (slot->lease_lost) {
		work->failed++;
		slot_clear(work, slot);
	} else if (wrong != NULL && work->killing) {
		slot_say(slot, "stopped; released");
		slot_release(work, slot, 0);
	} else if (wrong != NULL) {
		slot_fail(work, slot, wrong);
	} else {
		wrong = set_finish_params(&slot->set, output, &slot->params);
		if (wrong == NULL) {
			work->done++;
			slot_end(work, slot, "finish");
		} else {
			slot_fail(work, slot, wrong);
		}
	}
}
