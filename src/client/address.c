/* Reads addresses. Nothing here is kept; the caller owns what is returned. */
#include <config.h>

#include "client/address.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/tls.h"

#define SYSTEM_SOCKET "/run/inflightd/inflightd.sock"
#define USER_SOCKET   "inflightd.sock"

static const char WRONG_FORM[] = "an address is unix:PATH, tcp:HOST:PORT or tls:HOST:PORT";
static const char NO_MEMORY[] = "out of memory";

static bool
port_is_valid(const char *port)
{
	size_t len = strlen(port);
	long value;

	if (len == 0 || len > 5 || strspn(port, "0123456789") != len)
		return false;
	value = strtol(port, NULL, 10);
	return value > 0 && value <= 65535;
}

/* Reads HOST:PORT. */
static const char *
parse_tcp(const char *text, struct inflight_address *address)
{
	bool bracket = text[0] == '[';
	const char *host = bracket ? text + 1 : text;
	const char *host_end = bracket ? strchr(host, ']') : strrchr(host, ':');
	const char *colon;
	size_t len;

	if (host_end == NULL)
		return bracket ? "the IPv6 host has no closing bracket" : WRONG_FORM;
	colon = bracket ? host_end + 1 : host_end;
	len = (size_t)(host_end - host);
	if (*colon != ':')
		return WRONG_FORM;
	if (len == 0)
		return "the address has no host";
	if (len >= sizeof address->host)
		return "the host's name is too long";
	if (!bracket && memchr(host, ':', len) != NULL)
		return "an IPv6 host stands in brackets, as in tcp:[::1]:7777";
	if (!port_is_valid(colon + 1))
		return "the port is a number from 1 to 65535";
	memcpy(address->host, host, len);
	snprintf(address->port, sizeof address->port, "%s", colon + 1);
	return NULL;
}

const char *
inflight_address_parse(const char *text, struct inflight_address *ret)
{
	struct inflight_address address = {0};
	const char *wrong;

	if (strncmp(text, "tcp:", 4) == 0 || strncmp(text, "tls:", 4) == 0) {
		address.tls = text[1] == 'l';
		if (address.tls && !inflight_tls_is_built_in())
			return "this libinflight was built without TLS";
		wrong = parse_tcp(text + 4, &address);
		if (wrong != NULL)
			return wrong;
	} else if (strncmp(text, "unix:", 5) == 0) {
		size_t len = strlen(text + 5);

		if (len == 0)
			return "the address has no path";
		if (len >= sizeof address.path)
			return "the path of a Unix socket has at most 107 bytes";
		address.local = true;
		memcpy(address.path, text + 5, len);
	} else {
		return WRONG_FORM;
	}
	*ret = address;
	return NULL;
}

char *
inflight_address_default(void)
{
	const char *named = getenv("INFLIGHT_ADDRESS");
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char *text;
	size_t size;

	if (named != NULL && named[0] != '\0')
		return strdup(named);
	if (access(SYSTEM_SOCKET, F_OK) == 0 || runtime == NULL || runtime[0] == '\0')
		return strdup("unix:" SYSTEM_SOCKET);
	size = sizeof "unix:" + strlen(runtime) + sizeof "/" USER_SOCKET;
	text = malloc(size);
	if (text == NULL)
		return NULL;
	snprintf(text, size, "unix:%s/" USER_SOCKET, runtime);
	if (access(text + 5, F_OK) == 0)
		return text;
	free(text);
	return strdup("unix:" SYSTEM_SOCKET);
}

/* A list of one, shaped as getaddrinfo() shapes it, so that both are tried by one loop. */
static struct addrinfo *
local_list(const struct inflight_address *address)
{
	struct addrinfo *list = calloc(1, sizeof *list);
	struct sockaddr_un *name = calloc(1, sizeof *name);

	if (list == NULL || name == NULL) {
		free(list);
		free(name);
		return NULL;
	}
	name->sun_family = AF_UNIX;
	memcpy(name->sun_path, address->path, sizeof address->path);
	list->ai_family = AF_UNIX;
	list->ai_socktype = SOCK_STREAM;
	list->ai_addr = (struct sockaddr *)(void *)name;
	list->ai_addrlen = sizeof *name;
	return list;
}

const char *
inflight_address_resolve(const struct inflight_address *address, struct addrinfo **ret_list)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	int rc;

	if (address->local) {
		list = local_list(address);
		if (list == NULL)
			return NO_MEMORY;
		*ret_list = list;
		return NULL;
	}
	hints.ai_flags = AI_NUMERICSERV;
	rc = getaddrinfo(address->host, address->port, &hints, &list);
	if (rc != 0)
		return rc == EAI_MEMORY ? NO_MEMORY : gai_strerror(rc);
	*ret_list = list;
	return NULL;
}

void
inflight_address_free(const struct inflight_address *address, struct addrinfo *list)
{
	if (list == NULL)
		return;
	if (!address->local) {
		freeaddrinfo(list);
		return;
	}
	free(list->ai_addr);
	free(list);
}
