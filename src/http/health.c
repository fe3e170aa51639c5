/*
 * Health. That there is an answer at all shows that the process turns; whether work is accepted
 * is another question.
 */
#include <config.h>

#include "command/figures.h"
#include "http/exchange.h"

void
health_begin(struct exchange *exchange)
{
	exchange_answer_line(exchange, MHD_HTTP_OK, "ok");
}

void
ready_begin(struct exchange *exchange)
{
	struct service_figures figures;

	service_figures(exchange->http->service, &figures);
	if (figures.draining)
		exchange_answer_line(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
			"draining: the daemon is shutting down");
	else
		exchange_answer_line(exchange, MHD_HTTP_OK, "ready");
}
