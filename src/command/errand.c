/*
 * Errands live on the heap from submit() to `done`.
 */
#include <config.h>

#include "command/errand.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/list.h"
#include "command/service_state.h"
#include "command/session_state.h"

struct errand {
	struct call call;
	struct service *service;
	char text[NAME_MAX_BYTES]; /* what the args point to */
};

static void
errand_done(struct call *call)
{
	struct errand *errand = container_of(call, struct errand, call);

	service_answered(errand->service, call);
	free(errand);
}

static struct errand *
errand_new(struct service *service, enum verb verb, uint64_t origin)
{
	struct errand *errand = xmalloc(sizeof(*errand));

	errand->service = service;
	errand->call.verb = verb;
	errand->call.origin = origin;
	errand->call.done = errand_done;
	errand->call.next = NULL;
	return errand;
}

static struct span
errand_keep(struct errand *errand, struct span text)
{
	CHECK(text.len <= sizeof(errand->text));
	memcpy(errand->text, text.ptr, text.len);
	return span_make(errand->text, text.len);
}

void
errand_give_back(struct service *service, uint64_t origin, struct span token)
{
	struct errand *errand;

	if (token.len == 0)
		return;
	errand = errand_new(service, VERB_RELEASE, origin);
	errand->call.args.release = (struct release_args){
		.token = errand_keep(errand, token),
		.undelivered = true,
	};
	service_submit(service, &errand->call);
}

void
errand_owner_gone(const struct session *session)
{
	struct errand *errand = errand_new(session->service, VERB_OWNER_GONE, session->id);

	errand->call.args.owner = (struct owner_args){.owner = session->id};
	service_submit(session->service, &errand->call);
}

void
errand_drop_watch(const struct session *session, uint64_t watch)
{
	struct errand *errand = errand_new(session->service, VERB_WATCH_DROP, session->id);

	errand->call.args.watch = (struct watch_args){.watch = watch};
	service_submit(session->service, &errand->call);
}

/* The queue is there with other options: set them. */
static void
preset_created(struct call *call)
{
	struct errand *errand = container_of(call, struct errand, call);

	service_answered(errand->service, call);
	if (call->refusal.err != ERR_QUEUE_EXISTS) {
		free(errand);
		return;
	}
	call->verb = VERB_QUEUE_UPDATE;
	call->done = errand_done;
	service_submit(errand->service, call);
}

void
errand_preset_queue(struct service *service, const struct queue_configure_args *args)
{
	struct errand *errand = errand_new(service, VERB_QUEUE_CREATE, 0);

	errand->call.args.queue_configure = *args;
	errand->call.args.queue_configure.queue = errand_keep(errand, args->queue);
	errand->call.done = preset_created;
	service_submit(service, &errand->call);
}
