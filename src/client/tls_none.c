/*
 * What stands for TLS in a build without OpenSSL: an address that asks for it is refused, so
 * that nothing ever asks for the rest.
 */
#include <config.h>

#include "client/tls.h"

#include <errno.h>

#include "client/handle.h"

static const char NO_TLS[] = "this libinflight was built without TLS";

bool
inflight_tls_is_built_in(void)
{
	return false;
}

enum inflight_status
inflight_set_tls(struct inflight *client, const char *ca_file, const char *certificate_file,
	const char *key_file)
{
	(void)ca_file;
	(void)certificate_file;
	(void)key_file;
	return inflight_fail(client, INFLIGHT_INVALID, NO_TLS, NULL);
}

enum inflight_status
inflight_tls_begin(struct inflight *client)
{
	return inflight_fail(client, INFLIGHT_UNREACHABLE, NO_TLS, NULL);
}

bool
inflight_tls_greet(struct inflight *client)
{
	(void)client;
	return false;
}

ssize_t
inflight_tls_receive(struct inflight *client, void *out, size_t size)
{
	(void)client;
	(void)out;
	(void)size;
	errno = EPROTO;
	return -1;
}

ssize_t
inflight_tls_send(struct inflight *client, const void *data, size_t len)
{
	(void)client;
	(void)data;
	(void)len;
	errno = EPROTO;
	return -1;
}

bool
inflight_tls_say_end(struct inflight *client)
{
	(void)client;
	return true;
}

bool
inflight_tls_has_more(const struct inflight *client)
{
	(void)client;
	return false;
}

bool
inflight_tls_wants_write(const struct inflight *client)
{
	(void)client;
	return false;
}

void
inflight_tls_end(struct inflight *client)
{
	(void)client;
}

void
inflight_tls_fini(struct inflight *client)
{
	(void)client;
}
