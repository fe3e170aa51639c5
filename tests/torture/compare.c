/*
 * The clients' logs against the stream: what was acknowledged is in it, at the place that
 * the answer told; and an answer's place is not before that of an answer that was there
 * before the question was asked.
 */
#include <config.h>

#include "torture/torture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 10

struct logs {
	struct entry *entries;
	size_t count, room;
};

static void
read_log(struct logs *logs, const char *path)
{
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return;
	for (;;) {
		if (logs->count == logs->room) {
			logs->room = logs->room * 2 + 65536;
			logs->entries = realloc(logs->entries, logs->room * sizeof(*logs->entries));
			if (logs->entries == NULL)
				torture_fail("out of memory");
		}
		if (fread(&logs->entries[logs->count], sizeof(*logs->entries), 1, file) != 1)
			break;
		logs->count++;
	}
	fclose(file);
}

static int
by_seq(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int
by_call(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->call_ns < y->call_ns ? -1 : x->call_ns > y->call_ns;
}

struct told {
	uint64_t ns, seq;
};

static int
by_time(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	return x->ns < y->ns ? -1 : x->ns > y->ns;
}

/* Questions in the order asked, beside answers in the order heard. */
static uint64_t
check_order(const struct logs *logs)
{
	struct told *heard = calloc(logs->count + 1, sizeof(*heard));
	uint64_t wrong = 0;
	uint64_t most = 0;
	size_t next = 0;

	if (heard == NULL)
		torture_fail("out of memory");
	for (size_t i = 0; i < logs->count; i++)
		heard[i] = (struct told){logs->entries[i].return_ns, logs->entries[i].seq};
	qsort(heard, logs->count, sizeof(*heard), by_time);
	qsort(logs->entries, logs->count, sizeof(*logs->entries), by_call);
	for (size_t i = 0; i < logs->count; i++) {
		const struct entry *entry = &logs->entries[i];

		for (; next < logs->count && heard[next].ns < entry->call_ns; next++)
			if (heard[next].seq > most)
				most = heard[next].seq;
		if (entry->seq < most && wrong++ < SHOWN)
			printf("order: record %" PRIu64 " was asked for after %" PRIu64
			       " was told\n",
				entry->seq, most);
	}
	free(heard);
	return wrong;
}

/* The hash of a string member of a record, 0 where it has none. */
static uint64_t
hash_of(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	if (at == NULL)
		return 0;
	at += strlen(name);
	return hash_name(at, strcspn(at, "\""));
}

static bool
agrees(const struct entry *entry, const char *line, const char *before)
{
	const char *set = strstr(line, "\"event\":\"woken\"") != NULL ? before : line;

	switch (entry->what) {
	case HEARD_ENQUEUED:
		return strstr(line, "\"verb\":\"enqueue\"") != NULL &&
		       hash_of(line, "\"ok\":{\"op\":\"") == entry->name;
	case HEARD_SET:
		return strstr(set, "\"found\":true") != NULL &&
		       hash_of(set, "\"set\":\"") == entry->name;
	case HEARD_FINISHED:
		return strstr(line, "\"verb\":\"finish\"") != NULL &&
		       strstr(line, "\"ok\":{") != NULL;
	default:
		return true;
	}
}

/* Records in order beside what was told about them. */
static uint64_t
check_places(const struct logs *logs, FILE *stream)
{
	char *line = NULL, *before = NULL;
	size_t size = 0, before_size = 0;
	uint64_t wrong = 0, seq = 0;
	size_t next = 0;

	while (next < logs->count && getline(&line, &size, stream) > 0) {
		char *old = before;
		size_t old_size = before_size;

		seq++;
		for (; next < logs->count && logs->entries[next].seq <= seq; next++)
			if (logs->entries[next].seq == seq &&
				!agrees(&logs->entries[next], line, before == NULL ? "" : before) &&
				wrong++ < SHOWN)
				printf("log: something else was acknowledged (%" PRIu64 "): %.300s",
					logs->entries[next].what, line);
		before = line;
		before_size = size;
		line = old;
		size = old_size;
	}
	if (next < logs->count) {
		wrong += logs->count - next;
		printf("log: %zu answers tell of records that are not there\n", logs->count - next);
	}
	free(line);
	free(before);
	return wrong;
}

uint64_t
compare_logs(const char *stream, const char *const *paths, unsigned count)
{
	struct logs logs = {0};
	FILE *file = fopen(stream, "r");
	uint64_t wrong;

	if (file == NULL)
		torture_fail("the stream cannot be read");
	for (unsigned i = 0; i < count; i++)
		read_log(&logs, paths[i]);
	wrong = check_order(&logs);
	if (logs.count > 0)
		qsort(logs.entries, logs.count, sizeof(*logs.entries), by_seq);
	wrong += check_places(&logs, file);
	printf("torture: %zu acknowledged answers compared, %" PRIu64 " contradictions\n",
		logs.count, wrong);
	fclose(file);
	free(logs.entries);
	return wrong;
}
