/*
 * What stands for TLS in a build without OpenSSL: no context can be made, so that
 * nothing ever asks for the rest.
 */
#include <config.h>

#include <stdio.h>

#include "base/check.h"
#include "server/tls.h"
#include "server/transport.h"

bool
tls_is_built_in(void)
{
	return false;
}

struct tls_context *
tls_context_new(const struct tls_config *config, char *error)
{
	(void)config;
	snprintf(error, 256, "this inflightd was built without TLS (configure --with-openssl)");
	return NULL;
}

void
tls_context_free(struct tls_context *context)
{
	CHECK(context == NULL);
}

void
tls_begin(struct transport *transport, struct tls_context *context)
{
	(void)transport;
	(void)context;
	UNREACHABLE();
}

const char *
tls_identity(const struct transport *transport)
{
	(void)transport;
	return NULL;
}

const char *
tls_version_name(const struct transport *transport)
{
	(void)transport;
	UNREACHABLE();
}
