/*
 * What other protocols' clients send, with a request of ours in it where they let one in:
 * nothing of it is executed, one error line comes, and the end, however the bytes are cut.
 */
#include <config.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "fixture.h"

#define PING       "{\"method\":\"ping\",\"id\":99}"
#define PONG       "{\"id\":99,\"result\":{\"pong\":true}"
#define FILES_MAX  64
#define STREAM_MAX 1024

/* One file of the corpus. */
struct stream {
	char name[256];
	char bytes[STREAM_MAX];
	size_t len;
};

static struct stream streams[FILES_MAX];
static int stream_count;

static int
is_stream(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
read_corpus(void)
{
	struct dirent **entries;
	int count = scandir(CORPUS, &entries, is_stream, alphasort);

	CHECK(count > 0 && count <= FILES_MAX);
	for (; stream_count < count; stream_count++) {
		struct stream *stream = &streams[stream_count];
		char path[4096];
		FILE *file;

		snprintf(stream->name, sizeof(stream->name), "%s", entries[stream_count]->d_name);
		snprintf(path, sizeof(path), "%s/%s", CORPUS, stream->name);
		free(entries[stream_count]);
		file = fopen(path, "rb");
		CHECK(file != NULL);
		stream->len = fread(stream->bytes, 1, STREAM_MAX, file);
		CHECK(stream->len < STREAM_MAX);
		fclose(file);
	}
	free(entries);
}

/* The rest may find the connection closed: then it is not missed. */
static void
require_turned_away(
	struct fixture *fixture, enum transport transport, size_t cut, size_t step, int which)
{
	struct peer other;
	struct peer peer;

	peer_open(&other, fixture, transport);
	peer_open(&peer, fixture, transport);
	peer_offer(&peer, streams[which].bytes, cut);
	/* What came before the answer was read. */
	peer_talk(&other, PING, PONG);
	for (size_t at = cut; at < streams[which].len; at += step) {
		size_t left = streams[which].len - at;

		peer_offer(&peer, streams[which].bytes + at, left < step ? left : step);
	}
	peer_expect(&peer, "parse_error");
	peer_expect_end(&peer);
	peer_close(&peer);
	peer_close(&other);
}

START_TEST(test_turned_away)
{
	enum transport transport = _i / stream_count;
	int which = _i % stream_count;
	struct fixture fixture;
	struct options options;
	struct peer peer;

	printf("%s\n", streams[which].name);
	options_init(&options);
	fixture_start(&fixture, &options);
	for (size_t cut = 1; cut <= streams[which].len; cut += transport == OVER_TLS ? 16 : 1)
		require_turned_away(&fixture, transport, cut, streams[which].len, which);
	require_turned_away(&fixture, transport, 1, 1, which);
	peer_open(&peer, &fixture, transport);
	peer_talk(&peer, "{\"method\":\"stats\"}", "\"enqueued\":0,");
	peer_close(&peer);
	fixture_stop(&fixture);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tcase = tcase_create("hostile");

	read_corpus();
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, test_turned_away, 0, stream_count * TRANSPORT_COUNT);
	suite_add_tcase(suite, tcase);
	return run_tests(suite);
}
