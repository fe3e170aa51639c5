/* Whole numbers, and the connection that the options of all verbs stand for. */
#include <config.h>

#include "cli/cli.h"
#include "cli/hint.h"
#include "cli/report.h"
#include "cli/tls.h"
#include "cli/token.h"

#define CONNECT_MS 10000 /* how long a connect may take where -t does not say */

bool
parse_count(const char *text, int64_t max, int64_t *ret)
{
	int64_t value = 0;

	if (text[0] == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (*text - '0');
		if (value > max)
			return false;
	}
	*ret = value;
	return true;
}

struct inflight *
client_open(const struct common *common, int *ret_status)
{
	struct inflight *client = inflight_new(common->address);
	enum inflight_status status;

	if (client == NULL)
		out_of_memory();
	if (!tls_use(client) || !token_use(client, common->token_file)) {
		inflight_free(client);
		*ret_status = STATUS_USAGE;
		return NULL;
	}
	status = inflight_connect(client, common->timeout_ms < 0 ? CONNECT_MS : common->timeout_ms);
	if (status == INFLIGHT_OK)
		return client;
	*ret_status = report_status(client, status);
	hint_status(client, status);
	inflight_free(client);
	return NULL;
}
