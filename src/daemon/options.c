/*
 * The option table and the reading of single values. Everything is checked in
 * 64 bits before it is multiplied or stored, so that no spelling of a number can
 * wrap into the allowed range.
 */
#include <config.h>

#include "daemon/options.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/config.h"

#define TEXT_MAX_BYTES 180                 /* of a string: what fits on a line of the file */
#define MEMORY_MAX     (UINT64_C(1) << 53) /* JSON readers keep integers up to here */
#define GIB            (UINT64_C(1) << 30)
#define MILLION        UINT64_C(1000000)
#define BILLION        UINT64_C(1000000000)

#define HTTP_CONNECTIONS_MAX 64   /* what descriptors are kept free for */
#define METRICS_QUEUES_MAX   1000 /* a scrape of these is some megabytes */

#define IN_CONFIG(member)  offsetof(struct config, member)
#define IN_SERVICE(member) offsetof(struct config, service.member)
#define IN_CORE(member)    offsetof(struct config, service.core.member)
#define IN_QUEUE(member)   offsetof(struct queue_options, member)

/* In the order of enum log_level. */
static const char *const log_words[] = {"error", "warning", "info", "debug", NULL};

/* In the order of enum log_format. */
static const char *const format_words[] = {"text", "keys", "json", NULL};

/* In the order of enum tls_version. */
static const char *const tls_words[] = {"1.2", "1.3", NULL};

/* clang-format off */
const struct option_row option_table[] = {
	{"listen", OPTION_LIST, 0, 0, "", "", false, 0,
		IN_CONFIG(listen), NULL,
		"An address to listen on, unix:PATH, tcp:HOST:PORT or tls:HOST:PORT; may be given more than once."},
	{"socket_mode", OPTION_MODE, 0, 0777, "0660", "", false, 0,
		IN_CONFIG(socket_mode), NULL,
		"Permissions of the Unix sockets, in octal."},
	{"socket_group", OPTION_STRING, 0, 0, "", "", false, 0,
		IN_CONFIG(socket_group), NULL,
		"Group of the Unix sockets; empty: that of the process."},
	{"tls_certificate", OPTION_STRING, 0, 0, "", "", true, 0,
		IN_CONFIG(tls_certificate), NULL,
		"File of the certificate that peers are shown at tls: addresses, in PEM, with those between it and the root."},
	{"tls_key", OPTION_STRING, 0, 0, "", "", true, 0,
		IN_CONFIG(tls_key), NULL,
		"File of the key of that certificate, in PEM and not encrypted."},
	{"tls_client_ca", OPTION_STRING, 0, 0, "", "", true, 0,
		IN_CONFIG(tls_client_ca), NULL,
		"File of the authorities that sign the certificates of peers, in PEM; empty: peers need none."},
	{"tls_min_version", OPTION_WORD, 0, 0, "1.2", "", true, 0,
		IN_CONFIG(tls_min_version), tls_words,
		"The oldest version of TLS that is spoken."},
	{"handshake_timeout_ms", OPTION_MS, 1, TIME_MAX_MS, "5000", "ms", true, 0,
		IN_CONFIG(handshake_timeout_ms), NULL,
		"How long the TLS handshake of a peer may take."},
	{"http_listen", OPTION_STRING, 0, 0, "", "", false, 0,
		IN_CONFIG(http_listen), NULL,
		"Address of the HTTP listener, http:HOST:PORT, for metrics, health and statistics; empty: none."},
	{"max_http_connections", OPTION_INTEGER, 1, HTTP_CONNECTIONS_MAX, "32", "", true, 0,
		IN_CONFIG(http.max_connections), NULL,
		"Most connections to the HTTP listener at a time."},
	{"http_timeout_ms", OPTION_MS, 1, TIME_MAX_MS, "10000", "ms", true, 0,
		IN_CONFIG(http.timeout_ms), NULL,
		"How long an HTTP connection has for a request and its answer, and to be idle before."},
	{"metrics_queues", OPTION_INTEGER, 1, METRICS_QUEUES_MAX, "100", "", false, 0,
		IN_CONFIG(http.metrics_queues), NULL,
		"Most queues with figures of their own in the metrics; the others are summed up."},
	{"seccomp", OPTION_BOOL, 0, 1, "no", "", false, 0,
		IN_CONFIG(seccomp), NULL,
		"Whether the kernel refuses the system calls that a daemon that has started does not need."},
	{"core_dumps", OPTION_BOOL, 0, 1, "no", "", false, 0,
		IN_CONFIG(core_dumps), NULL,
		"Whether a crash may leave a core file, with the messages of the queues in it."},
	{"auth_file", OPTION_STRING, 0, 0, "", "", true, 0,
		IN_CONFIG(auth_file), NULL,
		"The file that says who may do what; empty: everybody everything."},
	{"auth_timeout_ms", OPTION_MS, 0, TIME_MAX_MS, "2000", "ms", true, 0,
		IN_SERVICE(auth_timeout_ms), NULL,
		"With auth_file: how long a peer that is not known has for its auth; 0: for ever."},
	{"max_unauthenticated", OPTION_INTEGER, 1, MILLION, "1000", "", true, 0,
		IN_SERVICE(max_unauthenticated), NULL,
		"With auth_file: most connections of peers that are not known."},
	{"max_line", OPTION_SIZE, 64, GIB, "1048576", "bytes", true, 0,
		IN_SERVICE(max_line), NULL,
		"Longest request line; a longer one is skipped and answered line_too_long."},
	{"max_batch", OPTION_INTEGER, 1, MILLION, "1000", "", true, 0,
		IN_SERVICE(max_batch), NULL,
		"Most requests in one batch."},
	{"max_connections", OPTION_INTEGER, 1, MILLION, "10000", "", true, 0,
		IN_SERVICE(max_connections), NULL,
		"Most connections at a time."},
	{"max_parked", OPTION_INTEGER, 1, MILLION, "1024", "", true, 0,
		IN_SERVICE(max_parked), NULL,
		"Most requests of one connection that wait at a time."},
	{"max_output", OPTION_SIZE, 1024, GIB, "1048576", "bytes", true, 0,
		IN_SERVICE(max_output), NULL,
		"Most output a peer may leave unread before its connection is closed."},
	{"max_queues", OPTION_INTEGER, 1, BILLION, "10000", "", true, 0,
		IN_CORE(max_queues), NULL,
		"Most queues."},
	{"max_groups", OPTION_INTEGER, 1, BILLION, "100000", "", true, 0,
		IN_CORE(max_groups), NULL,
		"Most groups."},
	{"max_group_ops", OPTION_INTEGER, 1, BILLION, "100000", "", true, 0,
		IN_CORE(max_group_ops), NULL,
		"Most ops in one group."},
	{"max_memory", OPTION_SIZE, 0, MEMORY_MAX, "1073741824", "bytes", true, 0,
		IN_CORE(max_memory), NULL,
		"Most memory for what is kept in queues and groups; 0: no bound."},
	{"auto_create", OPTION_BOOL, 0, 1, "yes", "", true, 0,
		IN_CORE(auto_create), NULL,
		"Whether the first enqueue or dequeue of a name creates that queue."},
	{"queue_idle_ms", OPTION_MS, 0, TIME_MAX_MS, "3600000", "ms", true, 0,
		IN_CORE(queue_idle_ms), NULL,
		"How long a queue created by first use is kept empty and untouched; 0: for ever."},
	{"drain_timeout_ms", OPTION_MS, 0, TIME_MAX_MS, "5000", "ms", true, 0,
		IN_SERVICE(drain_timeout_ms), NULL,
		"How long a daemon told to end waits for leases; 0: not at all."},
	{"log_level", OPTION_WORD, 0, 0, "info", "", true, 0,
		IN_CONFIG(log_level), log_words,
		"The least important messages that are logged."},
	{"log_format", OPTION_WORD, 0, 0, "text", "", true, 0,
		IN_CONFIG(log_format), format_words,
		"The form of log lines: text for people, keys for key=value alone, json for JSON."},
	{"audit", OPTION_STRING, 0, 0, "", "", false, 0,
		IN_CONFIG(audit), NULL,
		"Where a record of everything that takes effect goes, a file or fd:N; empty: nowhere."},
	{"audit_replies", OPTION_BOOL, 0, 1, "no", "", true, 0,
		IN_SERVICE(audit_replies), NULL,
		"Whether answers carry the number of the last audit record, as seq."},
	{"depth", OPTION_INTEGER, 1, BILLION, "65536", "", true, QUEUE_DEPTH,
		IN_QUEUE(depth), NULL,
		"Most distinct keys waiting in a queue; one more is refused saturated_depth."},
	{"width", OPTION_INTEGER, 1, BILLION, "1024", "", true, QUEUE_WIDTH,
		IN_QUEUE(width), NULL,
		"Most ops in the set of one key; one more is refused saturated_width."},
	{"window_ms", OPTION_MS, 0, TIME_MAX_MS, "0", "ms", true, QUEUE_WINDOW,
		IN_QUEUE(window_ms), NULL,
		"How long a new set collects ops before it is ready."},
	{"quiet_ms", OPTION_MS, 0, TIME_MAX_MS, "0", "ms", true, QUEUE_QUIET,
		IN_QUEUE(quiet_ms), NULL,
		"With window_ms: a set is ready already when no op was added for this long; 0: off."},
	{"exclusive", OPTION_BOOL, 0, 1, "no", "", true, QUEUE_EXCLUSIVE,
		IN_QUEUE(exclusive), NULL,
		"Whether ops of a key are held aside while a set of that key is leased."},
	{"lease_ms", OPTION_MS, 0, TIME_MAX_MS, "30000", "ms", true, QUEUE_LEASE,
		IN_QUEUE(lease_ms), NULL,
		"How long a worker has a set; 0: the set is done on delivery."},
	{"max_attempts", OPTION_INTEGER, 0, BILLION, "0", "", true, QUEUE_ATTEMPTS,
		IN_QUEUE(max_attempts), NULL,
		"Deliveries after which an op without an outcome is dead; 0: no limit."},
	{NULL, OPTION_BOOL, 0, 0, NULL, NULL, false, 0, 0, NULL, NULL},
};
/* clang-format on */

_Static_assert(sizeof(option_table) / sizeof(option_table[0]) == OPTION_COUNT + 1, "OPTION_COUNT");

const struct option_row *
option_find(const char *name)
{
	for (const struct option_row *row = option_table; row->name != NULL; row++) {
		if (strcmp(row->name, name) == 0)
			return row;
	}
	return NULL;
}

/* Digits of that base and nothing else; up to `*end`, which is where they stop. */
static bool
parse_digits(const char *text, unsigned base, const char **end, uint64_t *ret)
{
	uint64_t value = 0;
	const char *at = text;

	for (; *at >= '0' && *at < (char)('0' + base); at++) {
		unsigned digit = (unsigned)(*at - '0');

		if (value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	if (at == text)
		return false;
	*end = at;
	*ret = value;
	return true;
}

/* 0 where the letter is none. */
static unsigned
suffix_shift(char letter)
{
	switch (letter) {
	case 'k':
	case 'K':
		return 10;
	case 'm':
	case 'M':
		return 20;
	case 'g':
	case 'G':
		return 30;
	}
	return 0;
}

static bool
parse_number(const struct option_row *row, const char *text, uint64_t *ret)
{
	const char *end;
	uint64_t value;

	if (!parse_digits(text, row->type == OPTION_MODE ? 8 : 10, &end, &value))
		return false;
	if (row->type == OPTION_SIZE && *end != '\0') {
		unsigned shift = suffix_shift(*end);

		if (shift == 0 || value > UINT64_MAX >> shift)
			return false;
		value <<= shift;
		end++;
	}
	if (*end != '\0' || value < row->min || value > row->max)
		return false;
	*ret = value;
	return true;
}

static bool
parse_bool(const char *text, uint64_t *ret)
{
	static const char *const words[] = {
		"no", "yes", "false", "true", "off", "on", "0", "1", NULL};

	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcasecmp(words[i], text) == 0) {
			*ret = i % 2;
			return true;
		}
	}
	return false;
}

static bool
parse_word(const struct option_row *row, const char *text, uint64_t *ret)
{
	for (size_t i = 0; row->words[i] != NULL; i++) {
		if (strcmp(row->words[i], text) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* Control characters have no place in a path, a host or the name of a group. */
static bool
parse_text(const char *text)
{
	size_t len = 0;

	for (; text[len] != '\0'; len++) {
		if ((unsigned char)text[len] < ' ' || text[len] == 0x7f)
			return false;
	}
	return len <= TEXT_MAX_BYTES;
}

bool
option_parse(const struct option_row *row, const char *text, uint64_t *ret)
{
	switch (row->type) {
	case OPTION_BOOL:
		return parse_bool(text, ret);
	case OPTION_INTEGER:
	case OPTION_SIZE:
	case OPTION_MS:
	case OPTION_MODE:
		return parse_number(row, text, ret);
	case OPTION_WORD:
		return parse_word(row, text, ret);
	case OPTION_STRING:
	case OPTION_LIST:
		return parse_text(text);
	}
	return false;
}

static void
list_words(const struct option_row *row, char *out)
{
	size_t len = (size_t)snprintf(out, OPTION_ALLOWED_SIZE, "one of");

	for (size_t i = 0; row->words[i] != NULL && len < OPTION_ALLOWED_SIZE; i++)
		len += (size_t)snprintf(out + len, OPTION_ALLOWED_SIZE - len, "%s %s",
			i == 0 ? "" : ",", row->words[i]);
}

void
option_allowed(const struct option_row *row, char *out)
{
	unsigned long long min = row->min;
	unsigned long long max = row->max;

	switch (row->type) {
	case OPTION_BOOL:
		snprintf(out, OPTION_ALLOWED_SIZE, "yes or no");
		return;
	case OPTION_INTEGER:
		snprintf(out, OPTION_ALLOWED_SIZE, "an integer from %llu to %llu", min, max);
		return;
	case OPTION_SIZE:
		snprintf(out, OPTION_ALLOWED_SIZE,
			"%llu to %llu bytes, with K, M or G for powers of 1024", min, max);
		return;
	case OPTION_MS:
		snprintf(out, OPTION_ALLOWED_SIZE, "%llu to %llu milliseconds", min, max);
		return;
	case OPTION_WORD:
		list_words(row, out);
		return;
	case OPTION_MODE:
		snprintf(out, OPTION_ALLOWED_SIZE, "octal permissions from 0 to 0%llo", max);
		return;
	case OPTION_STRING:
	case OPTION_LIST:
		snprintf(out, OPTION_ALLOWED_SIZE, "up to %d bytes without control characters",
			TEXT_MAX_BYTES);
		return;
	}
}
