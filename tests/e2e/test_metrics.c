/*
 * The metrics of the real daemon: the text and its escapes, the figures against those that
 * `stats` and `queue.stats` tell, and that the number of series is bounded.
 */
#include <config.h>

#include "http.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What stands behind that name and its labels; NULL: there is no such line. */
static const char *
sample(const struct answer *metrics, const char *series)
{
	static char value[64];
	size_t len = strlen(series);

	for (const char *at = metrics->body; *at != '\0'; at = strchr(at, '\n') + 1) {
		if (strncmp(at, series, len) != 0 || at[len] != ' ')
			continue;
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(at + len + 1, "\n"),
			at + len + 1);
		return value;
	}
	return NULL;
}

static void
require_sample(const struct answer *metrics, const char *series, const char *value)
{
	const char *got = sample(metrics, series);

	ck_assert_msg(got != NULL && strcmp(got, value) == 0, "%s is %s, not %s", series,
		got == NULL ? "not there" : got, value);
}

static struct answer
scrape(int port)
{
	struct answer answer = http_get(port, "/metrics", "");

	ck_assert_int_eq(answer.status, 200);
	ck_assert_str_eq(
		http_header(&answer, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
	return answer;
}

/* ---- the text --------------------------------------------------------------- */

/* The name at the beginning of a line, up to a brace or a blank. */
static size_t
name_len(const char *line)
{
	return strspn(line, "abcdefghijklmnopqrstuvwxyz_0123456789");
}

/* A line without its family's first two lines before it, and a family that comes twice, are wrong.
 */
static void
require_families(const char *text)
{
	char family[100] = "";
	char *seen = calloc(1, strlen(text) + 2);

	for (const char *at = text; *at != '\0'; at = strchr(at, '\n') + 1) {
		ck_assert_ptr_nonnull(strchr(at, '\n'));
		if (strncmp(at, "# HELP ", 7) == 0) {
			snprintf(family, sizeof(family), " %.*s ", (int)name_len(at + 7), at + 7);
			ck_assert_msg(strstr(seen, family) == NULL, "twice: %s", family);
			strcat(seen, family);
		} else if (strncmp(at, "# TYPE ", 7) == 0) {
			ck_assert_int_eq(strncmp(at + 7, family + 1, strlen(family) - 1), 0);
		} else {
			ck_assert_msg(strncmp(at, family + 1, strlen(family) - 2) == 0,
				"not of %s: %.80s", family, at);
		}
	}
	free(seen);
}

/* Names that would end a label, a line, or the page they are shown on. */
START_TEST(test_hostile_names)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	struct answer metrics;
	struct peer peer;

	peer_connect(&peer, &daemon);
	peer_ask_number(&peer, "{\"method\":\"enqueue\",\"queue\":\"a\\\"} 1\\\\n\\\\\",\"key\":1}",
		"depth");
	peer_ask_number(
		&peer, "{\"method\":\"enqueue\",\"queue\":\"<b>\\u00e9{},=\",\"key\":1}", "depth");
	/* The name of the label for all the others is none of theirs. */
	peer_ask_number(&peer, "{\"method\":\"enqueue\",\"queue\":\"other\",\"key\":1}", "depth");
	metrics = scrape(port);
	require_families(metrics.body);
	require_sample(&metrics, "inflightd_queue_depth{queue=\"a\\\"} 1\\\\n\\\\\"}", "1");
	require_sample(&metrics, "inflightd_queue_depth{queue=\"<b>\xc3\xa9{},=\"}", "1");
	require_sample(&metrics, "inflightd_queue_depth{queue=\"other\"}", "1");
	require_sample(&metrics, "inflightd_queue_depth{queues=\"other\"}", "0");
	http_free(&metrics);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* ---- the figures -------------------------------------------------------------- */

struct figure {
	const char *series;
	const char *member; /* of the statistics */
};

static const struct figure whole[] = {
	{"inflightd_connections", "connections"},
	{"inflightd_waiters", "waiters"},
	{"inflightd_queues", "queues"},
	{"inflightd_groups", "groups"},
	{"inflightd_leases", "leases"},
	{"inflightd_memory_bytes", "memory_bytes"},
	{"inflightd_received_lines_total", "lines_in"},
	{"inflightd_received_bytes_total", "bytes_in"},
	{"inflightd_errors_total", "errors"},
	{"inflightd_refused_total{limit=\"memory\"}", "refused_memory"},
	{"inflightd_refused_total{limit=\"queues\"}", "refused_queues"},
	{"inflightd_refused_total{limit=\"line\"}", "refused_lines"},
	{"inflightd_refused_total{limit=\"depth\"}", "refused_depth"},
	{"inflightd_refused_total{limit=\"width\"}", "refused_width"},
	{"inflightd_enqueued_ops_total", "enqueued"},
	{"inflightd_merged_ops_total", "merged"},
	{"inflightd_dequeued_sets_total", "dequeued"},
	{"inflightd_finished_ops_total", "finished"},
	{"inflightd_failed_ops_total", "failed"},
	{"inflightd_released_ops_total", "released"},
	{"inflightd_cancelled_ops_total", "cancelled"},
	{"inflightd_purged_ops_total", "purged"},
	{"inflightd_died_ops_total", "died"},
	{"inflightd_kicked_ops_total", "kicked"},
};

static const struct figure of_queue[] = {
	{"inflightd_queue_sets{queue=\"q\",state=\"ready\"}", "ready"},
	{"inflightd_queue_sets{queue=\"q\",state=\"waiting\"}", "waiting"},
	{"inflightd_queue_sets{queue=\"q\",state=\"held\"}", "held"},
	{"inflightd_queue_sets{queue=\"q\",state=\"leased\"}", "leased"},
	{"inflightd_queue_sets{queue=\"q\",state=\"dead\"}", "dead"},
	{"inflightd_queue_depth{queue=\"q\"}", "depth"},
	{"inflightd_queue_ops{queue=\"q\"}", "ops"},
	{"inflightd_queue_waiters{queue=\"q\"}", "waiters"},
	{"inflightd_queue_enqueued_ops_total{queue=\"q\"}", "enqueued"},
	{"inflightd_queue_merged_ops_total{queue=\"q\"}", "merged"},
	{"inflightd_queue_refused_ops_total{queue=\"q\",limit=\"depth\"}", "refused_depth"},
	{"inflightd_queue_refused_ops_total{queue=\"q\",limit=\"width\"}", "refused_width"},
	{"inflightd_queue_dequeued_sets_total{queue=\"q\"}", "dequeued"},
	{"inflightd_queue_set_ops_count{queue=\"q\"}", "dequeued"},
	{"inflightd_queue_set_ops_bucket{queue=\"q\",le=\"+Inf\"}", "dequeued"},
	{"inflightd_queue_finished_ops_total{queue=\"q\"}", "finished"},
	{"inflightd_queue_failed_ops_total{queue=\"q\"}", "failed"},
	{"inflightd_queue_released_ops_total{queue=\"q\"}", "released"},
	{"inflightd_queue_lease_expired_ops_total{queue=\"q\"}", "lease_expired"},
	{"inflightd_queue_died_ops_total{queue=\"q\"}", "died"},
	{"inflightd_queue_expired_ops_total{queue=\"q\"}", "expired"},
	{"inflightd_queue_cancelled_ops_total{queue=\"q\"}", "cancelled"},
	{"inflightd_queue_purged_ops_total{queue=\"q\"}", "purged"},
	{"inflightd_queue_deleted_ops_total{queue=\"q\"}", "deleted"},
	{"inflightd_queue_kicked_ops_total{queue=\"q\"}", "kicked"},
	{"inflightd_queue_dropped_dead_ops_total{queue=\"q\"}", "dead_dropped"},
};

static void
require_figures(const struct answer *metrics, const json_t *stats, const struct figure *figures,
	size_t count)
{
	char value[32];

	for (size_t i = 0; i < count; i++) {
		const json_t *number = json_object_get(stats, figures[i].member);

		ck_assert_msg(json_is_integer(number), "%s", figures[i].member);
		snprintf(value, sizeof(value), "%lld", (long long)json_integer_value(number));
		require_sample(metrics, figures[i].series, value);
	}
}

/* Takes a set of q; `params` are those of what is done with it. */
static void
take_and(struct peer *peer, const char *method, const char *params)
{
	json_t *answer = peer_ask(peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":0}");
	json_t *set = json_object_get(json_object_get(answer, "result"), "set");
	char line[300];

	ck_assert_msg(json_is_string(set), "nothing to take");
	snprintf(line, sizeof(line), "{\"method\":\"%s\",\"set\":\"%s\"%s}", method,
		json_string_value(set), params);
	json_decref(answer);
	json_decref(peer_ask(peer, line));
}

/* A little of everything. */
static void
work(struct peer *peer)
{
	static const char *const lines[] = {
		("{\"method\":\"queue.create\",\"queue\":\"q\",\"depth\":9,\"width\":3,"
		 "\"max_attempts\":1}"),
		"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":\"k\",\"op\":\"gone\"}",
		"{\"method\":\"cancel\",\"queue\":\"q\",\"op\":\"gone\"}",
		"{\"method\":\"group.create\",\"group\":\"g\"}",
		"{\"method\":\"nothing\"}",
	};
	char line[200];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		json_decref(peer_ask(peer, lines[i]));
	for (int i = 0; i < 60; i++) {
		snprintf(line, sizeof(line),
			"{\"method\":\"enqueue\",\"queue\":\"q\",\"key\":%d,\"msg\":[%d]}", i % 11,
			i);
		json_decref(peer_ask(peer, line));
	}
	take_and(peer, "finish", "");
	take_and(peer, "finish", "");
	take_and(peer, "finish", ",\"error\":\"no\"");
	take_and(peer, "release", "");
	take_and(peer, "extend", ",\"lease_ms\":600000");
	json_decref(peer_ask(peer, "{\"method\":\"queue.kick\",\"queue\":\"q\"}"));
	json_decref(peer_ask(peer, "{\"method\":\"enqueue\",\"queue\":\"r\",\"key\":1}"));
	json_decref(peer_ask(peer, "{\"method\":\"queue.purge\",\"queue\":\"r\"}"));
	/* One that waits, where there is nothing. */
	peer_send(peer, "{\"id\":1,\"method\":\"dequeue\",\"queue\":\"r\",\"wait_ms\":600000}");
}

START_TEST(test_figures)
{
	struct daemon daemon = {0};
	int port = http_start(&daemon, NULL);
	struct answer metrics;
	struct peer peer;
	json_t *stats;

	peer_connect(&peer, &daemon);
	work(&peer);
	/* What /api tells has been asked by a line as well, which is in the figures then. */
	json_decref(http_get_json(port, "/api/stats", 200));
	stats = http_get_json(port, "/api/stats", 200);
	metrics = scrape(port);
	require_families(metrics.body);
	require_figures(&metrics, stats, whole, sizeof(whole) / sizeof(whole[0]));
	json_decref(stats);
	stats = http_get_json(port, "/api/queue?queue=q", 200);
	ck_assert_int_gt(json_integer_value(json_object_get(stats, "refused_depth")), 0);
	ck_assert_int_gt(json_integer_value(json_object_get(stats, "died")), 0);
	require_figures(&metrics, stats, of_queue, sizeof(of_queue) / sizeof(of_queue[0]));
	require_sample(&metrics, "inflightd_queue_waiters{queue=\"r\"}", "1");
	require_sample(&metrics, "inflightd_queue_work_seconds_count{queue=\"q\"}", "3");
	json_decref(stats);
	http_free(&metrics);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* ---- the bound ------------------------------------------------------------------ */

static void
enqueue_into(struct peer *peer, const char *queue, int count)
{
	char line[200];

	snprintf(line, sizeof(line), "{\"method\":\"enqueue\",\"queue\":\"%s\",\"key\":1}", queue);
	for (int i = 0; i < count; i++)
		json_decref(peer_ask(peer, line));
}

static void
delete_queue(struct peer *peer, const char *queue)
{
	char line[200];

	snprintf(line, sizeof(line),
		"{\"method\":\"queue.delete\",\"queue\":\"%s\",\"force\":true}", queue);
	json_decref(peer_ask(peer, line));
}

#define ENQUEUED(label) "inflightd_queue_enqueued_ops_total{" label "}"

START_TEST(test_bound)
{
	static const char *const args[] = {"-o", "metrics_queues=2", NULL};
	struct daemon daemon = {0};
	int port = http_start(&daemon, args);
	struct answer metrics;
	struct peer peer;

	peer_connect(&peer, &daemon);
	enqueue_into(&peer, "b", 2);
	enqueue_into(&peer, "c", 3);
	enqueue_into(&peer, "d", 4);
	metrics = scrape(port);
	require_sample(&metrics, ENQUEUED("queue=\"b\""), "2");
	require_sample(&metrics, ENQUEUED("queue=\"c\""), "3");
	ck_assert_ptr_null(sample(&metrics, ENQUEUED("queue=\"d\"")));
	require_sample(&metrics, ENQUEUED("queues=\"other\""), "4");
	require_sample(&metrics, "inflightd_queue_ops{queues=\"other\"}", "4");
	require_sample(&metrics, "inflightd_other_queues", "1");
	http_free(&metrics);
	/* One that comes does not push out one that is there. */
	enqueue_into(&peer, "a", 1);
	metrics = scrape(port);
	ck_assert_ptr_null(sample(&metrics, ENQUEUED("queue=\"a\"")));
	require_sample(&metrics, ENQUEUED("queues=\"other\""), "5");
	require_sample(&metrics, "inflightd_other_queues", "2");
	http_free(&metrics);
	/* Nor does one that goes make what the others did more, or less. */
	delete_queue(&peer, "b");
	metrics = scrape(port);
	ck_assert_ptr_null(sample(&metrics, ENQUEUED("queue=\"b\"")));
	require_sample(&metrics, ENQUEUED("queue=\"c\""), "3");
	require_sample(&metrics, ENQUEUED("queues=\"other\""), "5");
	http_free(&metrics);
	metrics = scrape(port);
	require_sample(&metrics, ENQUEUED("queue=\"a\""), "1");
	require_sample(&metrics, ENQUEUED("queues=\"other\""), "5");
	require_sample(&metrics, "inflightd_queue_ops{queues=\"other\"}", "4");
	require_sample(&metrics, "inflightd_enqueued_ops_total", "10");
	http_free(&metrics);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

/* A principal sees its own queues, and of the others nothing but the sums that `stats` tells. */
START_TEST(test_principal)
{
	struct daemon daemon = {0};
	char set[200];
	const char *args[] = {"-o", set, NULL};
	struct answer metrics;
	struct peer peer;
	int port;

	daemon_prepare(&daemon);
	snprintf(set, sizeof(set), "auth_file=%s",
		daemon_file(&daemon, "auth",
			"[reader]\nrole = reader\nqueues = a*\ntoken = sha256:" READER_DIGEST "\n"
			"[anybody]\nrole = admin\ntoken = sha256:" ADMIN_DIGEST "\n"));
	ck_assert_int_eq(chmod(set + strlen("auth_file="), 0600), 0);
	port = http_start(&daemon, args);
	peer_connect(&peer, &daemon);
	json_decref(peer_ask(&peer, "{\"method\":\"auth\",\"token\":\"" ADMIN "\"}"));
	enqueue_into(&peer, "a1", 1);
	enqueue_into(&peer, "b1", 2);
	metrics = http_get(port, "/metrics", "Authorization: Bearer " READER "\r\n");
	ck_assert_int_eq(metrics.status, 200);
	require_families(metrics.body);
	require_sample(&metrics, ENQUEUED("queue=\"a1\""), "1");
	ck_assert_ptr_null(strstr(metrics.body, "b1"));
	ck_assert_ptr_null(sample(&metrics, ENQUEUED("queues=\"other\"")));
	http_free(&metrics);
	metrics = http_get(port, "/metrics", "Authorization: Bearer " ADMIN "\r\n");
	require_sample(&metrics, ENQUEUED("queue=\"b1\""), "2");
	http_free(&metrics);
	peer_close(&peer);
	daemon_stop(&daemon);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tcase = tcase_create("metrics");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 4 * process_timeout_ms() / 1000);
	tcase_add_test(tcase, test_hostile_names);
	tcase_add_test(tcase, test_figures);
	tcase_add_test(tcase, test_bound);
	tcase_add_test(tcase, test_principal);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
