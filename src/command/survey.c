/*
 * A survey has one call in the engine at a time. Names are copied a page at a time, since those
 * of an answer are gone with the next call. One that is freed with a call under way lives until
 * that is back.
 */
#include <config.h>

#include "command/survey.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/check.h"
#include "command/service_state.h"

#define PAGE 100 /* names asked for at a time */

enum survey_state {
	SURVEY_LISTING, /* the next page of names is to be asked for */
	SURVEY_TELLING, /* names are left of it */
	SURVEY_TOTALS,  /* all queues are told */
	SURVEY_OVER,
};

struct survey {
	struct service *service;
	survey_queue_fn *tell;
	void *arg;
	enum survey_state state;
	bool asking; /* the engine has the call */
	bool freed;  /* the owner has let go */
	struct buf names;
	char last[NAME_MAX_BYTES]; /* the name asked about, and what the next page comes after */
	size_t last_len;
	struct stats_answer totals;
	struct call call;
};

struct survey *
survey_new(struct service *service, survey_queue_fn *tell, void *arg)
{
	struct survey *survey = xcalloc(1, sizeof(*survey));

	survey->service = service;
	survey->tell = tell;
	survey->arg = arg;
	buf_init(&survey->names);
	return survey;
}

static void
let_go(struct survey *survey)
{
	buf_fini(&survey->names);
	free(survey);
}

void
survey_free(struct survey *survey)
{
	if (survey == NULL)
		return;
	survey->freed = true;
	if (!survey->asking)
		let_go(survey);
}

/* ---- answers ------------------------------------------------------------- */

/* A name is kept as its length, one byte, and itself. */
_Static_assert(NAME_MAX_BYTES <= UINT8_MAX, "the length of a name fits into a byte");

static void
keep_names(struct survey *survey, struct name_cursor names)
{
	struct span name;

	while (names.next(&names, &name)) {
		buf_add_char(&survey->names, (char)(unsigned char)name.len);
		buf_add(&survey->names, name);
	}
	survey->state = buf_len(&survey->names) == 0 ? SURVEY_TOTALS : SURVEY_TELLING;
}

static void
tell_queue(struct survey *survey, const struct queue_stats_answer *stats)
{
	struct span name = span_make(survey->last, survey->last_len);

	survey->tell(survey->arg, name, stats, waitqs_count(&survey->service->waitqs, name));
}

/* An engine that has no answer leaves out what was asked; the survey comes to its end all the same.
 */
static void
survey_answered(struct survey *survey)
{
	const struct call *call = &survey->call;
	bool is_good = call->refusal.err == ERR_NONE;

	switch (survey->state) {
	case SURVEY_LISTING:
		if (is_good)
			keep_names(survey, call->answer.list.names);
		else
			survey->state = SURVEY_TOTALS;
		return;
	case SURVEY_TELLING:
		if (is_good)
			tell_queue(survey, &call->answer.queue_stats);
		if (buf_len(&survey->names) == 0)
			survey->state = SURVEY_LISTING;
		return;
	case SURVEY_TOTALS:
		if (is_good)
			survey->totals = call->answer.stats;
		survey->state = SURVEY_OVER;
		return;
	case SURVEY_OVER:
		break;
	}
	UNREACHABLE();
}

static void
call_done(struct call *call)
{
	struct survey *survey = container_of(call, struct survey, call);

	service_answered(survey->service, call);
	survey->asking = false;
	if (survey->freed)
		let_go(survey);
	else
		survey_answered(survey);
}

/* ---- questions ----------------------------------------------------------- */

static void
take_name(struct survey *survey)
{
	struct span names = buf_span(&survey->names);

	survey->last_len = (unsigned char)names.ptr[0];
	memcpy(survey->last, names.ptr + 1, survey->last_len);
	buf_consume(&survey->names, 1 + survey->last_len);
}

static void
ask(struct survey *survey)
{
	struct call *call = &survey->call;

	switch (survey->state) {
	case SURVEY_LISTING:
		call->verb = VERB_QUEUE_LIST;
		call->args.list = (struct list_args){
			.prefix = SPAN(""),
			.after = span_make(survey->last, survey->last_len),
			.count = PAGE,
		};
		break;
	case SURVEY_TELLING:
		take_name(survey);
		call->verb = VERB_QUEUE_STATS;
		call->args.queue = (struct queue_args){
			.queue = span_make(survey->last, survey->last_len),
		};
		break;
	case SURVEY_TOTALS:
		call->verb = VERB_STATS;
		break;
	case SURVEY_OVER:
		UNREACHABLE();
	}
	call->origin = 0;
	call->done = call_done;
	call->next = NULL;
	survey->asking = true;
	service_submit(survey->service, call);
}

bool
survey_has_work(const struct survey *survey)
{
	return !survey->asking && survey->state != SURVEY_OVER;
}

bool
survey_turn(struct survey *survey, unsigned budget)
{
	for (unsigned i = 0; i < budget && survey_has_work(survey); i++)
		ask(survey);
	return survey_has_work(survey);
}

const struct stats_answer *
survey_totals(const struct survey *survey)
{
	return survey->state == SURVEY_OVER ? &survey->totals : NULL;
}
