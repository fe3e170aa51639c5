/* Where the tool's files for TLS are. */
#include <config.h>

#include "cli/tls.h"

#include <stdlib.h>

#include "cli/report.h"

/* What is set to nothing is not set. */
static const char *
setting(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

bool
tls_use(struct inflight *client)
{
	const char *ca = setting("INFLIGHT_TLS_CA");
	const char *certificate = setting("INFLIGHT_TLS_CERTIFICATE");
	const char *key = setting("INFLIGHT_TLS_KEY");

	if (ca == NULL && certificate == NULL && key == NULL)
		return true;
	if (inflight_set_tls(client, ca, certificate, key) == INFLIGHT_OK)
		return true;
	report("TLS: %s", inflight_trouble(client));
	return false;
}
