/*
 * What can only be seen in a configuration as a whole. Nothing is owned here.
 */
#include <config.h>

#include <stdio.h>

#include "daemon/config.h"
#include "daemon/confine.h"

bool
config_may_serve(const struct config *config, const char *address)
{
	if (!server_address_is_public(address) || config->auth_file[0] != '\0')
		return true;
	return server_address_is_tls(address) && config->tls_client_ca[0] != '\0';
}

static bool
fail_address(const char *option, const char *address, const char *rule, char *error)
{
	char quoted[CONFIG_QUOTED_SIZE];

	snprintf(error, CONFIG_ERROR_SIZE, "%s: \"%s\" %s", option, config_quote(quoted, address),
		rule);
	return false;
}

static bool
fail_listen(const char *address, const char *rule, char *error)
{
	return fail_address("listen", address, rule, error);
}

static bool
check_address(const struct config *config, const char *address, char *error)
{
	bool is_tls = server_address_is_tls(address);

	if (server_address_is_http(address))
		return fail_listen(
			address, "is for HTTP: say http_listen where that is meant", error);
	if (is_tls && !tls_is_built_in())
		return fail_listen(address,
			"cannot be used: this inflightd was built without TLS "
			"(configure --with-openssl)",
			error);
	if (is_tls && !config_has_tls(config))
		return fail_listen(address, "needs tls_certificate and tls_key", error);
	if (!config_may_serve(config, address))
		return fail_listen(address,
			"can be reached from other hosts, and nothing here authenticates them; "
			"set auth_file, use tls: with tls_client_ca, or listen on a loopback "
			"address or a Unix socket",
			error);
	return true;
}

static bool
check_http(const struct config *config, char *error)
{
	const char *address = config->http_listen;
	char why[CONFIG_WHY_SIZE];

	if (*address == '\0')
		return true;
	if (!server_address_is_valid(address, why)) {
		snprintf(error, CONFIG_ERROR_SIZE, "http_listen: %s", why);
		return false;
	}
	if (!server_address_is_http(address))
		return fail_address(
			"http_listen", address, "is not of the form http:HOST:PORT", error);
	if (!http_is_built_in())
		return fail_address("http_listen", address,
			"cannot be used: this inflightd was built without HTTP "
			"(configure --with-microhttpd)",
			error);
	if (!config_may_serve(config, address))
		return fail_address("http_listen", address,
			"can be reached from other hosts, and nothing here authenticates them; "
			"set auth_file, or listen on a loopback address",
			error);
	return true;
}

/* A certificate and its key belong together, and the rules for peers to both. */
static bool
check_tls(const struct config *config, char *error)
{
	bool has_certificate = config->tls_certificate[0] != '\0';
	bool has_key = config->tls_key[0] != '\0';

	if (has_certificate && !has_key)
		snprintf(error, CONFIG_ERROR_SIZE, "tls_certificate: tls_key is missing");
	else if (has_key && !has_certificate)
		snprintf(error, CONFIG_ERROR_SIZE, "tls_key: tls_certificate is missing");
	else if (config->tls_client_ca[0] != '\0' && !has_certificate)
		snprintf(error, CONFIG_ERROR_SIZE,
			"tls_client_ca: tls_certificate and tls_key are missing");
	else
		return true;
	return false;
}

bool
config_check(const struct config *config, char *error)
{
	for (size_t i = 0; i < config->listen.count; i++) {
		if (!check_address(config, config->listen.at[i], error))
			return false;
	}
	if (!check_tls(config, error) || !check_http(config, error))
		return false;
	if (config->seccomp && !confine_has_filter()) {
		snprintf(error, CONFIG_ERROR_SIZE,
			"seccomp: this inflightd was built without it (configure --with-seccomp)");
		return false;
	}
	if (config->preset_count > config->service.core.max_queues) {
		snprintf(error, CONFIG_ERROR_SIZE,
			"max_queues: %llu is less than the %zu queues preset",
			(unsigned long long)config->service.core.max_queues, config->preset_count);
		return false;
	}
	return true;
}
