/*
 * Nothing is owned here but the reference that an exchange has to its principal.
 */
#include <config.h>

#include "http/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "auth/principal.h"
#include "http/exchange.h"

#define BEARER "Bearer "

/* Copies the host out of HOST, HOST:PORT, [HOST] or [HOST]:PORT. False: it is none of these. */
static bool
cut_host(const char *text, char *out, size_t size, bool *ret_bracketed)
{
	bool bracketed = *text == '[';
	const char *start = bracketed ? text + 1 : text;
	size_t len = strcspn(start, bracketed ? "]" : ":");
	const char *rest = start + len;

	if (bracketed && *rest++ != ']')
		return false;
	if (*rest == ':')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (*rest != '\0' || len == 0 || len >= size)
		return false;
	memcpy(out, start, len);
	out[len] = '\0';
	*ret_bracketed = bracketed;
	return true;
}

bool
guard_is_local_host(const char *text)
{
	char host[INET6_ADDRSTRLEN];
	struct in6_addr address;
	bool bracketed;

	if (!cut_host(text, host, sizeof(host), &bracketed))
		return false;
	if (bracketed)
		return inet_pton(AF_INET6, host, &address) == 1;
	return strcasecmp(host, "localhost") == 0 || inet_pton(AF_INET, host, &address) == 1;
}

static const char *
header(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static bool
admit_openly(struct exchange *exchange)
{
	const char *host = header(exchange, MHD_HTTP_HEADER_HOST);

	if (host == NULL || guard_is_local_host(host))
		return true;
	exchange_answer_line(exchange, MHD_HTTP_FORBIDDEN,
		"without auth_file the daemon is asked by its address or as localhost only");
	return false;
}

static bool
admit_reader(struct exchange *exchange)
{
	const char *shown = header(exchange, MHD_HTTP_HEADER_AUTHORIZATION);
	struct principal *principal;

	if (shown == NULL || strncasecmp(shown, BEARER, strlen(BEARER)) != 0) {
		exchange_answer_line(exchange, MHD_HTTP_UNAUTHORIZED,
			"show a token: Authorization: Bearer TOKEN");
		return false;
	}
	exchange->token = span_str(shown + strlen(BEARER));
	principal = service_find_principal(exchange->http->service, exchange->token);
	if (principal == NULL) {
		exchange_answer_line(exchange, MHD_HTTP_UNAUTHORIZED, "nobody has that token");
		return false;
	}
	if ((principal->roles & (ROLE_READER | ROLE_ADMIN)) == 0) {
		exchange_answer_line(
			exchange, MHD_HTTP_FORBIDDEN, "it takes the role reader or admin");
		return false;
	}
	exchange->principal = principal_ref(principal);
	return true;
}

bool
guard_admits(struct exchange *exchange)
{
	if (service_is_open(exchange->http->service))
		return admit_openly(exchange);
	return exchange->route->access == ROUTE_ANYONE || admit_reader(exchange);
}
