/* The peer of the client's tests. fixture_fini() closes and removes everything. */
#include <config.h>

#include "client_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void
fixture_init(struct fixture *fixture)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	*fixture = (struct fixture){.dir = "/tmp/inflight-client-XXXXXX", .peer = -1};
	ck_assert_ptr_nonnull(mkdtemp(fixture->dir));
	snprintf(fixture->address, sizeof fixture->address, "unix:%s/sock", fixture->dir);
	snprintf(name.sun_path, sizeof name.sun_path, "%s/sock", fixture->dir);
	fixture->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fixture->listener, (struct sockaddr *)(void *)&name, sizeof name), 0);
	ck_assert_int_eq(listen(fixture->listener, 4), 0);
	fixture->client = inflight_new(fixture->address);
	ck_assert_ptr_nonnull(fixture->client);
}

void
fixture_fini(struct fixture *fixture)
{
	inflight_free(fixture->client);
	fixture_hang_up(fixture);
	close(fixture->listener);
	unlink(fixture->address + 5);
	rmdir(fixture->dir);
}

void
fixture_accept(struct fixture *fixture)
{
	fixture_hang_up(fixture);
	fixture->peer = accept(fixture->listener, NULL, NULL);
	ck_assert_int_ge(fixture->peer, 0);
}

void
fixture_connect(struct fixture *fixture)
{
	ck_assert_int_eq(inflight_connect(fixture->client, 5000), INFLIGHT_OK);
	ck_assert(inflight_is_connected(fixture->client));
	fixture_accept(fixture);
}

void
fixture_say(struct fixture *fixture, const char *text)
{
	size_t len = strlen(text);

	ck_assert_int_eq(send(fixture->peer, text, len, MSG_NOSIGNAL), len);
}

void
fixture_hear(struct fixture *fixture, const char *text)
{
	char heard[4096];
	size_t wanted = strlen(text);
	size_t len = 0;

	ck_assert_uint_lt(wanted, sizeof heard);
	ck_assert_int_eq(inflight_flush(fixture->client, 5000), INFLIGHT_OK);
	while (len < wanted) {
		ssize_t more = recv(fixture->peer, heard + len, wanted - len, 0);

		ck_assert_int_gt(more, 0);
		len += (size_t)more;
	}
	heard[len] = '\0';
	ck_assert_str_eq(heard, text);
}

void
fixture_hang_up(struct fixture *fixture)
{
	if (fixture->peer >= 0)
		close(fixture->peer);
	fixture->peer = -1;
}

uint64_t
fixture_send(struct fixture *fixture, const char *method)
{
	uint64_t id = 0;

	ck_assert_int_eq(inflight_send(fixture->client, method, NULL, &id), INFLIGHT_OK);
	return id;
}

void
fixture_require_result(struct fixture *fixture, uint64_t id, const char *text)
{
	struct inflight_reply *reply = NULL;
	size_t len = 0;

	ck_assert_int_eq(inflight_receive(fixture->client, id, 5000, &reply), INFLIGHT_OK);
	ck_assert(!inflight_reply_is_error(reply));
	ck_assert_str_eq(inflight_reply_text(reply, &len), text);
	ck_assert_uint_eq(len, strlen(text));
	ck_assert_str_eq(inflight_reply_name(reply), "");
	ck_assert_int_eq(inflight_reply_code(reply), 0);
	inflight_reply_free(reply);
}

void
fixture_require_error(struct fixture *fixture, uint64_t ask, uint64_t id, const char *name)
{
	struct inflight_reply *reply = NULL;

	ck_assert_int_eq(inflight_receive(fixture->client, ask, 5000, &reply), INFLIGHT_OK);
	ck_assert(inflight_reply_is_error(reply));
	ck_assert_uint_eq(inflight_reply_id(reply), id);
	ck_assert_str_eq(inflight_reply_name(reply), name);
	ck_assert_ptr_null(inflight_reply_text(reply, NULL));
	ck_assert_ptr_null(inflight_reply_result(reply));
	inflight_reply_free(reply);
}

void
fixture_require_status(struct fixture *fixture, uint64_t id, enum inflight_status status)
{
	struct inflight_reply *reply = NULL;

	ck_assert_int_eq(inflight_receive(fixture->client, id, 0, &reply), status);
	ck_assert_ptr_null(reply);
	ck_assert_str_ne(inflight_trouble(fixture->client), "");
}
