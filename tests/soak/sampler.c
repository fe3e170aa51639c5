/*
 * See sampler.h.
 */
#include <config.h>

#include "soak/sampler.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESTS_MIN 8 /* for a line through them to mean something */

void
sampler_init(struct sampler *sampler, const char *csv, pid_t daemon, const struct target *target,
	uint64_t started_ms)
{
	*sampler = (struct sampler){.daemon = daemon, .started_ms = started_ms};
	sampler->csv = fopen(csv, "we");
	if (sampler->csv == NULL)
		die("cannot write %s", csv);
	fprintf(sampler->csv, "hours,rss_bytes,descriptors,connections,memory_bytes,leases,inside,"
			      "enqueued,dequeued,turns,turn_max_us\n");
	peer_init(&sampler->peer);
	if (!peer_connect(&sampler->peer, target, false))
		die("the sampler cannot connect");
}

static int64_t
read_rss(pid_t pid)
{
	char path[64];
	char text[128] = "";
	char *pages;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/statm", (long)pid);
	file = fopen(path, "re");
	if (file == NULL || fgets(text, sizeof(text), file) == NULL)
		die("cannot read %s", path);
	fclose(file);
	strtoll(text, &pages, 10);
	return strtoll(pages, NULL, 10) * sysconf(_SC_PAGESIZE);
}

static int64_t
count_descriptors(pid_t pid)
{
	char path[64];
	int64_t count = -2; /* "." and ".." */
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	dir = opendir(path);
	if (dir == NULL)
		die("cannot read %s", path);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

static int64_t
count_inside(const char *stats)
{
	static const char *const out[] = {
		"finished", "failed", "died", "expired", "cancelled", "purged", "deleted"};
	int64_t count = number_in(stats, "enqueued");

	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		count -= number_in(stats, out[i]);
	return count;
}

void
sampler_look(struct sampler *sampler, struct sample *ret)
{
	const char *stats = peer_ask(&sampler->peer, "{\"id\":1,\"method\":\"stats\"}");

	if (!is_result(stats))
		die("the sampler lost its connection");
	*ret = (struct sample){
		.hours = (double)(now_ms() - sampler->started_ms) / 3600000,
		.rss_bytes = read_rss(sampler->daemon),
		.descriptors = count_descriptors(sampler->daemon),
		.connections = number_in(stats, "connections"),
		.memory_bytes = number_in(stats, "memory_bytes"),
		.leases = number_in(stats, "leases"),
		.inside = count_inside(stats),
		.expired = number_in(stats, "expired"),
		.enqueued = number_in(stats, "enqueued"),
		.dequeued = number_in(stats, "dequeued"),
		.turns = number_in(stats, "turns"),
		.turn_max_us = number_in(stats, "turn_max_us"),
	};
	fprintf(sampler->csv, "%.6f,%lld,%lld,%lld,%lld,%lld,%lld,%lld,%lld,%lld,%lld\n",
		ret->hours, (long long)ret->rss_bytes, (long long)ret->descriptors,
		(long long)ret->connections, (long long)ret->memory_bytes, (long long)ret->leases,
		(long long)ret->inside, (long long)ret->enqueued, (long long)ret->dequeued,
		(long long)ret->turns, (long long)ret->turn_max_us);
	fflush(sampler->csv);
}

void
sampler_rest(struct sampler *sampler, const struct sample *sample)
{
	if (sampler->rest_count == sampler->rest_room) {
		sampler->rest_room = sampler->rest_room * 2 + 64;
		sampler->rests =
			realloc(sampler->rests, sampler->rest_room * sizeof(*sampler->rests));
		if (sampler->rests == NULL)
			die("no memory");
	}
	sampler->rests[sampler->rest_count++] = *sample;
}

bool
sampler_drift(const struct sampler *sampler, double *ret_drift, double *ret_error)
{
	size_t first = sampler->rest_count / 5;
	double count = (double)(sampler->rest_count - first);
	double x = 0, y = 0, xx = 0, xy = 0, off = 0, slope;

	if (sampler->rest_count - first < RESTS_MIN)
		return false;
	for (size_t i = first; i < sampler->rest_count; i++) {
		x += sampler->rests[i].hours / count;
		y += (double)sampler->rests[i].rss_bytes / count;
	}
	for (size_t i = first; i < sampler->rest_count; i++) {
		double dx = sampler->rests[i].hours - x;

		xx += dx * dx;
		xy += dx * ((double)sampler->rests[i].rss_bytes - y);
	}
	slope = xy / xx;
	for (size_t i = first; i < sampler->rest_count; i++) {
		double dx = sampler->rests[i].hours - x;
		double dy = (double)sampler->rests[i].rss_bytes - y - slope * dx;

		off += dy * dy;
	}
	*ret_drift = slope / y;
	*ret_error = 2 * sqrt(off / (count - 2) / xx) / y;
	return true;
}
