/*
 * What stands for the HTTP listener in a build without libmicrohttpd: none can be made, so that
 * nothing ever asks for the rest.
 */
#include <config.h>

#include "http/http.h"

#include <stdio.h>

#include "base/check.h"

bool
http_is_built_in(void)
{
	return false;
}

struct http *
http_new(struct service *service, const struct http_config *config, char *error)
{
	(void)service;
	(void)config;
	snprintf(error, 256, "this inflightd was built without HTTP (configure --with-microhttpd)");
	return NULL;
}

void
http_free(struct http *http)
{
	CHECK(http == NULL);
}

void
http_configure(struct http *http, const struct http_config *config)
{
	(void)http;
	(void)config;
	UNREACHABLE();
}

const struct guest *
http_guest(const struct http *http)
{
	(void)http;
	UNREACHABLE();
}
