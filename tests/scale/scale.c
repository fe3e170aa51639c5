/*
 * How the daemon bears what is big: as many connections as the machine allows, thousands
 * that wait, a million sets and leases that end together. Others ask for little
 * meanwhile; what is told is how long they wait, and the longest turn of the daemon, as
 * long as it took and as long as it worked.
 *
 * `make scale` judges the figures; `make check` tries it small and only tells them, for
 * there other programs take the processor, too. SCALE_SETS=n: so many instead.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "scale/crowd.h"
#include "scale/pinger.h"

#define SETS           1000000
#define SETS_SMALL     20000
#define PARKED         5000
#define PARKED_SMALL   500
#define PEERS_SMALL    1000
#define WAVE           100 /* connections that ask together */
#define SPARE          500 /* descriptors of the daemon that are no idle connections */
#define MEMORY_AT_REST 2000000
#define LEASE_MS       1000 /* beyond the time that taking the leases takes */
#define P99_MAX_US     5000
#define TURN_MAX_US    20000
#define BYTES_MAX      4096 /* of the daemon's memory for an idle connection */

#define QUEUE "\"queue\":\"q\""
#define PING  "{\"method\":\"ping\"}"

static struct daemon daemon_;
static struct peer control; /* one request at a time */
static struct peer loader;  /* owns what is leased with release_on_close */
static uint64_t target_ms;  /* when all leases end */
static bool judges;

static bool
is_small(void)
{
	return !judges && getenv("SCALE_SETS") == NULL;
}

static unsigned
sets(void)
{
	const char *given = getenv("SCALE_SETS");

	if (given != NULL)
		return (unsigned)strtoul(given, NULL, 10);
	return judges ? SETS : SETS_SMALL;
}

static uint64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void
setup(void)
{
	static const char *const args[] = {"-o", "max_connections=30000", "-o", "max_memory=0",
		"-o", "depth=2000000", "-o", "drain_timeout_ms=0", "-o", "log_level=error", NULL};

	daemon_ = (struct daemon){0};
	daemon_start(&daemon_, args);
	peer_connect(&control, &daemon_);
	peer_connect(&loader, &daemon_);
}

static void
teardown(void)
{
	peer_close(&control);
	peer_close(&loader);
	daemon_stop(&daemon_);
}

/* ---- figures ------------------------------------------------------------- */

/* Something big goes on between begin() and end(). */
static struct {
	struct pinger *pinger;
	uint64_t began_ms;
} measured;

static void
begin(void)
{
	measured.pinger = pinger_start(&daemon_);
	measured.began_ms = now_ms();
}

/* Prints and judges; where the pings are not judged, `p99_max_us` is 0. */
static void
end_within(const char *what, unsigned p99_max_us)
{
	uint64_t took_ms = now_ms() - measured.began_ms;
	long long turn_us = crowd_stat(&control, "turn_max_us");
	long long work_us = crowd_stat(&control, "turn_max_cpu_us");
	struct pinger_figures pings;

	pinger_stop(measured.pinger, &pings);
	printf("%-44s %6llu ms   ping p50 %5u us, p99 %5u us, max %6u us (%lu)   longest turn "
	       "%6lld us, %6lld us of work\n",
		what, (unsigned long long)took_ms, pings.p50_us, pings.p99_us, pings.max_us,
		pings.pings, turn_us, work_us);
	if (!judges)
		return;
	if (p99_max_us != 0)
		ck_assert_msg(
			pings.p99_us < p99_max_us, "%s: ping p99 is %u us", what, pings.p99_us);
	ck_assert_msg(work_us < TURN_MAX_US, "%s: the longest turn worked %lld us", what, work_us);
}

static void
end(const char *what)
{
	end_within(what, P99_MAX_US);
}

/* ---- lines --------------------------------------------------------------- */

static void
write_enqueue(char *out, unsigned number)
{
	(void)snprintf(out, CROWD_LINE_MAX,
		"{\"id\":1,\"method\":\"enqueue\"," QUEUE ",\"key\":%u,\"msg\":%u}", number,
		number);
}

static void
write_dequeue(char *out, unsigned number)
{
	uint64_t now = now_ms();

	(void)number;
	(void)snprintf(out, CROWD_LINE_MAX,
		"{\"id\":1,\"method\":\"dequeue\"," QUEUE ",\"wait_ms\":0,\"lease_ms\":%llu}",
		(unsigned long long)(now < target_ms ? target_ms - now : 1));
}

static void
write_owned(char *out, unsigned number)
{
	(void)number;
	(void)snprintf(out, CROWD_LINE_MAX,
		"{\"id\":1,\"method\":\"dequeue\"," QUEUE
		",\"wait_ms\":0,\"release_on_close\":true,\"lease_ms\":600000}");
}

static void
fill(void)
{
	crowd_ask(&loader, sets(), "\"new\":true", write_enqueue);
}

/* All of them leased, until the same moment. */
static void
lease_all(void)
{
	/* A dequeue and its answer take some microseconds. */
	target_ms = now_ms() + LEASE_MS + sets() / 20;
	crowd_ask(&loader, sets(), "\"set\":\"", write_dequeue);
	ck_assert_int_eq(crowd_stat(&control, "leases"), sets());
}

/* ---- sets ---------------------------------------------------------------- */

START_TEST(test_fill)
{
	begin();
	fill();
	end("sets are enqueued");
}
END_TEST

START_TEST(test_leases_expire)
{
	fill();
	lease_all();
	begin();
	crowd_await(&control, "leases", 0);
	end("leases expire together");
	ck_assert_int_eq(crowd_stat(&control, "lease_expired"), sets());
}
END_TEST

START_TEST(test_owner_gone)
{
	fill();
	crowd_ask(&loader, sets(), "\"set\":\"", write_owned);
	begin();
	peer_close(&loader);
	crowd_await(&control, "leases", 0);
	end("the owner of all leases is gone");
	peer_connect(&loader, &daemon_);
}
END_TEST

START_TEST(test_thrown_away)
{
	static const struct {
		const char *line;
		const char *what;
	} ways[] = {
		{"{\"method\":\"queue.delete\"," QUEUE ",\"force\":true}",
			"a full queue is deleted"},
		{"{\"method\":\"queue.purge\"," QUEUE "}", "a full queue is purged"},
	};

	fill();
	begin();
	json_decref(peer_ask(&control, ways[_i].line));
	crowd_await(&control, "memory_bytes", MEMORY_AT_REST);
	end(ways[_i].what);
	ck_assert_int_eq(crowd_stat(&control, _i == 0 ? "deleted" : "purged"), sets());
}
END_TEST

/* All die together, and all are kicked by one request. */
START_TEST(test_kicked)
{
	peer_talk(&control,
		"{\"method\":\"queue.create\"," QUEUE ",\"max_attempts\":1,\"depth\":2000000}",
		"{\"result\":{\"created\":true,\"depth\":2000000,\"width\":1024,\"window_ms\":0,"
		"\"quiet_ms\":0,\"exclusive\":false,\"lease_ms\":30000,\"max_attempts\":1},"
		"\"error\":null}");
	fill();
	lease_all();
	begin();
	crowd_await(&control, "leases", 0);
	end("leases expire together, and all sets die");
	ck_assert_int_eq(crowd_stat(&control, "died"), sets());
	begin();
	ck_assert_int_eq(
		peer_ask_number(&control,
			"{\"method\":\"queue.kick\"," QUEUE ",\"count\":10000000}", "sets"),
		sets());
	end("all dead sets are kicked");
}
END_TEST

/* ---- peers --------------------------------------------------------------- */

static long
daemon_rss(void)
{
	char path[64], text[128] = "";
	char *pages;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/statm", (long)daemon_.program.pid);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	fclose(file);
	strtol(text, &pages, 10);
	return strtol(pages, NULL, 10) * sysconf(_SC_PAGESIZE);
}

static unsigned
idle_count(void)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	return is_small() ? PEERS_SMALL : (unsigned)limit.rlim_cur - SPARE;
}

/* Each asks once, `wave` of them together. */
static void
ask_in_waves(struct peer *peers, unsigned count, unsigned wave)
{
	for (unsigned first = 0; first < count; first += wave) {
		unsigned last = count - first < wave ? count : first + wave;

		for (unsigned i = first; i < last; i++)
			peer_send(&peers[i], PING);
		for (unsigned i = first; i < last; i++)
			require_in(peer_line(&peers[i]), "\"pong\":true");
	}
}

START_TEST(test_connections)
{
	unsigned count = idle_count();
	struct peer *peers = calloc(count, sizeof(*peers));
	long before = daemon_rss();
	long each;

	ck_assert_ptr_nonnull(peers);
	begin();
	for (unsigned i = 0; i < count; i++)
		peer_connect(&peers[i], &daemon_);
	/* With the pinger's. */
	while (crowd_stat(&control, "connections") < (int64_t)count)
		continue;
	end("idle connections are made");
	each = (daemon_rss() - before) / (long)count;
	printf("%u connections, %ld bytes each\n", count, each);
	begin();
	ask_in_waves(peers, count, WAVE);
	end("each asks, a hundred at a time");
	/*
	 * Requests are served in the order they came, so whoever asks in the middle of these stands
	 * behind thousands: how long is told, and judged are the turns alone.
	 */
	begin();
	ask_in_waves(peers, count, count);
	end_within("all of them ask at once", 0);
	begin();
	for (unsigned i = 0; i < count; i++)
		peer_close(&peers[i]);
	crowd_await(&control, "connections", 200);
	end("all of them close");
	free(peers);
	if (judges)
		ck_assert_int_lt(each, BYTES_MAX);
}
END_TEST

START_TEST(test_parked)
{
	unsigned count = is_small() ? PARKED_SMALL : PARKED;
	struct peer *peers = calloc(count, sizeof(*peers));

	ck_assert_ptr_nonnull(peers);
	for (unsigned i = 0; i < count; i++) {
		peer_connect(&peers[i], &daemon_);
		peer_send(&peers[i], "{\"method\":\"dequeue\"," QUEUE ",\"wait_ms\":600000}");
	}
	while (crowd_stat(&control, "waiters") < (int64_t)count)
		continue;
	begin();
	crowd_ask(&loader, count, "\"new\":true", write_enqueue);
	for (unsigned i = 0; i < count; i++)
		require_in(peer_line(&peers[i]), "\"set\":\"");
	end("who waited gets a set each");
	ck_assert_int_eq(crowd_stat(&control, "waiters"), 0);
	for (unsigned i = 0; i < count; i++)
		peer_close(&peers[i]);
	free(peers);
}
END_TEST

static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int
main(void)
{
	Suite *suite = suite_create("scale");
	TCase *tests = tcase_create("scale");
	SRunner *runner = srunner_create(suite);
	int failed;

	setvbuf(stdout, NULL, _IOLBF, 0);
	judges = getenv("SCALE") != NULL;
	raise_limit();
	tcase_set_timeout(tests, 600);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_connections);
	tcase_add_test(tests, test_parked);
	tcase_add_test(tests, test_fill);
	tcase_add_test(tests, test_leases_expire);
	tcase_add_test(tests, test_owner_gone);
	tcase_add_loop_test(tests, test_thrown_away, 0, 2);
	tcase_add_test(tests, test_kicked);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
