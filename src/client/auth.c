/*
 * The token lives in the handle until it is replaced or the handle is freed. Its request is
 * one like any other, but its reply is for nobody else.
 */
#include <config.h>

#include "client/auth.h"

#include <stdlib.h>
#include <string.h>

#include "client/handle.h"
#include "client/inbox.h"
#include "client/text.h"

#define TOKEN_MAX 200 /* bytes, as the protocol has it */

void
inflight_auth_fini(struct inflight *client)
{
	if (client->token != NULL)
		explicit_bzero(client->token, strlen(client->token));
	free(client->token);
	client->token = NULL;
}

enum inflight_status
inflight_set_token(struct inflight *client, const char *token)
{
	char *copy = NULL;

	if (token != NULL) {
		size_t len = strlen(token);

		if (len == 0 || len > TOKEN_MAX ||
			!inflight_text_is_utf8((struct inflight_span){token, len}))
			return inflight_fail(client, INFLIGHT_INVALID, "token",
				"not 1 to 200 bytes of valid UTF-8");
		copy = strdup(token);
		if (copy == NULL)
			return inflight_fail(client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
	}
	inflight_auth_fini(client);
	client->token = copy;
	return INFLIGHT_OK;
}

enum inflight_status
inflight_auth_start(struct inflight *client)
{
	struct inflight_bytes params = {0};
	struct inflight_span text;
	enum inflight_status status;

	client->auth_id = 0;
	if (client->token == NULL)
		return INFLIGHT_OK;
	inflight_bytes_add_text(&params, "{\"token\":");
	inflight_text_quote((struct inflight_span){client->token, strlen(client->token)}, &params);
	inflight_bytes_add_text(&params, "}");
	text = inflight_bytes_span(&params);
	if (params.failed)
		status = inflight_fail(client, INFLIGHT_NO_MEMORY, "out of memory", NULL);
	else
		status = inflight_send_text(client, "auth", text.ptr, text.len, &client->auth_id);
	if (params.data != NULL)
		explicit_bzero(params.data, params.capacity);
	inflight_bytes_fini(&params);
	if (status != INFLIGHT_OK)
		inflight_link_end(client, status);
	return status;
}

void
inflight_auth_go_on(struct inflight *client)
{
	enum inflight_status status = INFLIGHT_UNREACHABLE;
	struct inflight_reply *reply;

	if (client->auth_id == 0)
		return;
	reply = inflight_inbox_take(client, client->auth_id);
	if (reply == NULL)
		return;
	client->auth_id = 0;
	/* A daemon that asks nobody who he is has no such method: that is good as well. */
	if (inflight_reply_is_error(reply) &&
		strcmp(inflight_reply_name(reply), "method_not_found") != 0) {
		if (strcmp(inflight_reply_name(reply), "unauthorized") == 0)
			status = INFLIGHT_UNAUTHORIZED;
		inflight_fail(client, status, client->address_text, inflight_reply_message(reply));
		inflight_link_end(client, status);
	}
	inflight_reply_free(reply);
}
