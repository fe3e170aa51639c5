/*
 * Addresses: text to socket address and back. Everything is by value; nothing is
 * allocated.
 *
 * The text is taken apart here and not by a library, so that its length is
 * bounded and no name is ever looked up.
 */
#include <config.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/check.h"
#include "base/span.h"
#include "server/address.h"

static bool
refuse(char *error, const char *text, const char *why)
{
	snprintf(error, ADDRESS_ERROR_SIZE, "address \"%.120s\": %s", text, why);
	return false;
}

static bool
parse_unix(const char *text, const char *path, struct address *ret, char *error)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	if (len == 0)
		return refuse(error, text, "the path is missing");
	if (len >= sizeof(un.sun_path)) {
		snprintf(error, ADDRESS_ERROR_SIZE,
			"address \"%.120s\": the path has %zu bytes, a Unix socket's may have %zu",
			text, len, sizeof(un.sun_path) - 1);
		return false;
	}
	memcpy(un.sun_path, path, len + 1);
	*ret = (struct address){.len = sizeof(un)};
	memcpy(&ret->storage, &un, sizeof(un));
	return true;
}

/* One to five digits up to 65535, all of the text. */
static bool
parse_port(const char *text, in_port_t *ret)
{
	unsigned value = 0;
	size_t len = strlen(text);

	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	if (value > 65535)
		return false;
	*ret = (in_port_t)value;
	return true;
}

/* Splits HOST:PORT or [HOST]:PORT; the host goes into `host` without its brackets. */
static bool
split_host(const char *text, char *host, size_t size, const char **ret_port, bool *ret_bracketed)
{
	bool bracketed = *text == '[';
	const char *start = bracketed ? text + 1 : text;
	const char *end = strchr(start, bracketed ? ']' : ':');
	size_t len;

	if (end == NULL || end[bracketed ? 1 : 0] != ':')
		return false;
	len = (size_t)(end - start);
	if (len == 0 || len >= size)
		return false;
	memcpy(host, start, len);
	host[len] = '\0';
	*ret_port = end + (bracketed ? 2 : 1);
	*ret_bracketed = bracketed;
	return true;
}

static bool
parse_tcp(const char *text, const char *rest, struct address *ret, char *error)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	char host[INET6_ADDRSTRLEN];
	const char *port_text = NULL;
	bool bracketed = false;
	in_port_t port = 0;

	if (!split_host(rest, host, sizeof(host), &port_text, &bracketed))
		return refuse(error, text,
			"not of the form tcp:HOST:PORT or tcp:[HOST]:PORT, or the same with tls: "
			"or http:");
	if (!parse_port(port_text, &port))
		return refuse(error, text, "the port is not a number from 0 to 65535");
	if (bracketed) {
		if (inet_pton(AF_INET6, host, &in6.sin6_addr) != 1)
			return refuse(error, text, "not an IPv6 address in the brackets");
		in6.sin6_port = htons(port);
		*ret = (struct address){.len = sizeof(in6)};
		memcpy(&ret->storage, &in6, sizeof(in6));
		return true;
	}
	if (strcmp(host, "localhost") == 0)
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
		return refuse(error, text, "the host is neither an IP address nor localhost");
	in.sin_port = htons(port);
	*ret = (struct address){.len = sizeof(in)};
	memcpy(&ret->storage, &in, sizeof(in));
	return true;
}

bool
address_parse(const char *text, struct address *ret, char *error)
{
	size_t len = strnlen(text, ADDRESS_INPUT_MAX + 1);
	struct span span = {text, len};

	if (len > ADDRESS_INPUT_MAX)
		return refuse(error, text, "longer than 255 bytes");
	if (span_starts_with(span, SPAN("unix:")))
		return parse_unix(text, text + 5, ret, error);
	if (span_starts_with(span, SPAN("tcp:")))
		return parse_tcp(text, text + 4, ret, error);
	if (span_starts_with(span, SPAN("tls:"))) {
		if (!parse_tcp(text, text + 4, ret, error))
			return false;
		ret->is_tls = true;
		return true;
	}
	if (span_starts_with(span, SPAN("http:"))) {
		if (!parse_tcp(text, text + 5, ret, error))
			return false;
		ret->is_http = true;
		return true;
	}
	return refuse(error, text, "not of the form unix:PATH, tcp:HOST:PORT or tls:HOST:PORT");
}

int
address_family(const struct address *address)
{
	return address->storage.ss_family;
}

const char *
address_path(const struct address *address)
{
	const struct sockaddr_un *un = (const void *)&address->storage;

	CHECK(address_family(address) == AF_UNIX);
	return address->len > offsetof(struct sockaddr_un, sun_path) ? un->sun_path : "";
}

const char *
address_format(const struct address *address, char *out)
{
	const struct sockaddr_in *in = (const void *)&address->storage;
	const struct sockaddr_in6 *in6 = (const void *)&address->storage;
	const char *scheme = address->is_http ? "http" : address->is_tls ? "tls" : "tcp";
	char host[INET6_ADDRSTRLEN] = "";

	switch (address_family(address)) {
	case AF_UNIX:
		snprintf(out, ADDRESS_TEXT_SIZE, "unix:%s", address_path(address));
		break;
	case AF_INET:
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(out, ADDRESS_TEXT_SIZE, "%s:%s:%u", scheme, host, ntohs(in->sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(out, ADDRESS_TEXT_SIZE, "%s:[%s]:%u", scheme, host, ntohs(in6->sin6_port));
		break;
	default:
		snprintf(out, ADDRESS_TEXT_SIZE, "family:%d", address_family(address));
		break;
	}
	return out;
}

bool
address_of_socket(int fd, struct address *ret)
{
	struct address address = {.len = sizeof(address.storage) - 1};
	struct sockaddr *sa = (void *)&address.storage;

	/* One byte less than there is, so that a Unix path always ends in a zero. */
	if (getsockname(fd, sa, &address.len) < 0)
		return false;
	*ret = address;
	return true;
}

bool
address_is_public(const struct address *address)
{
	const struct sockaddr_in *in = (const void *)&address->storage;
	const struct sockaddr_in6 *in6 = (const void *)&address->storage;

	switch (address_family(address)) {
	case AF_UNIX:
		return false;
	case AF_INET:
		return ntohl(in->sin_addr.s_addr) >> 24 != 127;
	case AF_INET6:
		return !IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	default:
		return true;
	}
}
