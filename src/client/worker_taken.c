/* A set in the handler's hands: what it may look at, and what it may say. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "client/handle.h"
#include "client/text.h"
#include "client/worker.h"

#define MS_MAX INT64_C(1000000000000) /* the most that the protocol knows as a time */

/* Outcomes stand inside the request, its params, `results`, and the op's own object. */
#define OUTCOME_DEPTH_MAX (INFLIGHT_DEPTH_MAX - 4)

const char *
inflight_taken_queue(const struct inflight_taken *set)
{
	return set->delivery.queue;
}

const char *
inflight_taken_key(const struct inflight_taken *set, size_t *ret_len)
{
	if (ret_len != NULL)
		*ret_len = set->delivery.key_len;
	return set->delivery.key;
}

const char *
inflight_taken_token(const struct inflight_taken *set)
{
	return set->delivery.token;
}

int64_t
inflight_taken_fence(const struct inflight_taken *set)
{
	return set->delivery.fence;
}

int64_t
inflight_taken_attempt(const struct inflight_taken *set)
{
	return set->delivery.attempt;
}

int64_t
inflight_taken_lease_ms(const struct inflight_taken *set)
{
	return set->delivery.lease_ms;
}

size_t
inflight_taken_count(const struct inflight_taken *set)
{
	return set->delivery.count;
}

const struct inflight_op *
inflight_taken_op(const struct inflight_taken *set, size_t index)
{
	return index < set->delivery.count ? &set->delivery.ops[index] : NULL;
}

bool
inflight_taken_is_lost(const struct inflight_taken *set)
{
	return set->lost || (set->delivery.lease_ms > 0 && inflight_is_over(set->lease_end_ms));
}

void
inflight_taken_attach(struct inflight_taken *set, void *data)
{
	set->data = data;
}

void *
inflight_taken_data(const struct inflight_taken *set)
{
	return set->data;
}

/* ---- outcomes ------------------------------------------------------------ */

/* Adds `before` and an outcome; tells what is wrong with it, or NULL. */
static const char *
add_outcome(struct inflight_bytes *out, const char *before, const char *outcome)
{
	struct inflight_span value = {"null", 4};
	const char *wrong = NULL;

	if (outcome != NULL)
		wrong = inflight_text_check((struct inflight_span){outcome, strlen(outcome)},
			OUTCOME_DEPTH_MAX, &value);
	inflight_bytes_add_text(out, before);
	inflight_bytes_add_span(out, value);
	return wrong;
}

static enum inflight_status
note(struct inflight_taken *set, size_t index, const char *before, const char *outcome)
{
	struct inflight *client = set->worker->client;
	struct inflight_bytes *noted = &set->noted;
	size_t len = inflight_bytes_len(noted);
	const char *wrong;

	if (set->state != SET_WORKING || index >= set->delivery.count)
		return inflight_fail(client, INFLIGHT_INVALID, "no such op", NULL);
	if (set->is_noted == NULL)
		set->is_noted = calloc(set->delivery.count, sizeof *set->is_noted);
	if (set->is_noted == NULL)
		return inflight_fail(client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
	if (set->is_noted[index])
		return inflight_fail(
			client, INFLIGHT_INVALID, "the op's outcome was noted before", NULL);
	if (len > 0)
		inflight_bytes_add_text(noted, ",");
	inflight_text_quote((struct inflight_span){set->delivery.ops[index].id,
				    set->delivery.ops[index].id_len},
		noted);
	wrong = add_outcome(noted, before, outcome);
	inflight_bytes_add_text(noted, "}");
	if (wrong == NULL && !noted->failed) {
		set->is_noted[index] = true;
		return INFLIGHT_OK;
	}
	/* What is half there is cut off again. */
	noted->end = noted->start + len;
	noted->failed = false;
	if (wrong != NULL)
		return inflight_fail(client, INFLIGHT_INVALID, "outcome", wrong);
	return inflight_fail(client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
}

enum inflight_status
inflight_taken_note_result(struct inflight_taken *set, size_t index, const char *result)
{
	return note(set, index, ":{\"result\":", result);
}

enum inflight_status
inflight_taken_note_error(struct inflight_taken *set, size_t index, const char *error)
{
	return note(set, index, ":{\"error\":", error);
}

/* ---- the ends ------------------------------------------------------------ */

static void
begin_params(const struct inflight_taken *set, struct inflight_bytes *params)
{
	inflight_bytes_add_text(params, "{\"set\":");
	inflight_text_quote(
		(struct inflight_span){set->delivery.token, strlen(set->delivery.token)}, params);
}

/* Takes `params`. */
static enum inflight_status
end(struct inflight_taken *set, const char *method, struct inflight_bytes *params)
{
	struct inflight_worker *worker = set->worker;
	struct inflight_errand errand;
	enum inflight_status status;

	/* Also where there is nobody to be told: what cannot be said is a mistake there as well. */
	status = inflight_errand_init(&errand, worker->client, method, params);
	if (status != INFLIGHT_OK)
		return status;
	if (set->beating && !set->beat.done)
		inflight_courier_drop(&worker->courier, &set->beat);
	set->beating = false;
	inflight_errand_fini(&set->beat);
	if (set->delivery.token[0] == '\0' || set->lost_for_sure || worker->over) {
		inflight_errand_fini(&errand);
		inflight_taken_clear(set);
	} else {
		set->errand = errand;
		set->state = SET_ENDING;
		inflight_courier_add(&worker->courier, &set->errand);
	}
	worker->again = true;
	if (!worker->inside)
		inflight_worker_wake(worker);
	return INFLIGHT_OK;
}

static enum inflight_status
finish(struct inflight_taken *set, const char *before, const char *outcome, bool all)
{
	struct inflight *client = set->worker->client;
	struct inflight_bytes params = {0};
	const char *wrong = NULL;

	if (set->state != SET_WORKING)
		return inflight_fail(client, INFLIGHT_INVALID, "the set was ended before", NULL);
	begin_params(set, &params);
	if (all)
		wrong = add_outcome(&params, before, outcome);
	if (!all || inflight_bytes_len(&set->noted) > 0) {
		inflight_bytes_add_text(&params, ",\"results\":{");
		inflight_bytes_add_span(&params, inflight_bytes_span(&set->noted));
		inflight_bytes_add_text(&params, "}");
	}
	inflight_bytes_add_text(&params, "}");
	if (wrong != NULL) {
		inflight_bytes_fini(&params);
		return inflight_fail(client, INFLIGHT_INVALID, "outcome", wrong);
	}
	return end(set, "finish", &params);
}

enum inflight_status
inflight_taken_finish(struct inflight_taken *set, const char *result)
{
	return finish(set, ",\"result\":", result, true);
}

enum inflight_status
inflight_taken_fail(struct inflight_taken *set, const char *error)
{
	return finish(set, ",\"error\":", error, true);
}

enum inflight_status
inflight_taken_finish_some(struct inflight_taken *set)
{
	return finish(set, NULL, NULL, false);
}

enum inflight_status
inflight_taken_release(struct inflight_taken *set, int64_t delay_ms)
{
	struct inflight_bytes params = {0};

	if (set->state != SET_WORKING || delay_ms < 0 || delay_ms > MS_MAX)
		return inflight_fail(set->worker->client, INFLIGHT_INVALID,
			"release: ended before, or no such time", NULL);
	begin_params(set, &params);
	inflight_bytes_add_text(&params, ",\"delay_ms\":");
	inflight_bytes_add_uint(&params, (uint64_t)delay_ms);
	inflight_bytes_add_text(&params, "}");
	return end(set, "release", &params);
}
