/*
 * The page. Its bytes, and the hashes of its style and its script, are made from the folder
 * `page` by page/embed; nothing is owned here.
 */
#include <config.h>

#include "http/exchange.h"
#include "http/page_data.h"

/*
 * The page may run its own script, wear its own style and ask where it came from, and nothing else:
 * no other site may frame it, and what a queue holds could not call out even if it came alive.
 */
const struct route_header page_headers[] = {
	{"Content-Security-Policy",
		"default-src 'none'; script-src 'sha256-" PAGE_SCRIPT_HASH
		"'; style-src 'sha256-" PAGE_STYLE_HASH
		"'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
		"frame-ancestors 'none'"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{NULL, NULL},
};

void
page_begin(struct exchange *exchange)
{
	exchange_answer_static(
		exchange, "text/html; charset=utf-8", (const char *)page_data, sizeof(page_data));
}
