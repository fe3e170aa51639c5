/*
 * Nothing is owned here.
 */
#include <config.h>

#include "command/inquiry.h"

#include "base/check.h"
#include "base/list.h"
#include "command/service_state.h"

static void
call_done(struct call *call)
{
	struct inquiry *inquiry = container_of(call, struct inquiry, call);

	service_answered(inquiry->service, call);
	inquiry->is_under_way = false;
	inquiry->told(inquiry);
}

void
inquiry_init(
	struct inquiry *inquiry, struct service *service, void (*told)(struct inquiry *inquiry))
{
	*inquiry = (struct inquiry){.service = service, .told = told};
}

void
inquiry_ask(struct inquiry *inquiry)
{
	struct call *call = &inquiry->call;

	CHECK(!inquiry->is_under_way);
	call->origin = 0;
	call->done = call_done;
	call->next = NULL;
	inquiry->is_under_way = true;
	service_submit(inquiry->service, call);
}

uint64_t
inquiry_waiters(const struct inquiry *inquiry, struct span queue)
{
	return waitqs_count(&inquiry->service->waitqs, queue);
}
