/*
 * The languages of the servers. The table at the end is all that the rest knows.
 */
#include <config.h>

#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "redis_script.h"
#include "socket.h"

static void
unexpected(const char *data, size_t len)
{
	fprintf(stderr, "wire_bench: unexpected answer: %.*s\n", (int)(len < 200 ? len : 200),
		data);
	exit(EXIT_FAILURE);
}

static void
expect(const char *data, size_t len, const char *start)
{
	if (len < strlen(start) || memcmp(data, start, strlen(start)) != 0)
		unexpected(data, len);
}

/* Bytes up to and with the first newline, 0 where there is none. */
static size_t
line_length(const char *data, size_t len)
{
	const char *end = memchr(data, '\n', len);

	return end == NULL ? 0 : (size_t)(end - data) + 1;
}

/* 64 bytes that begin with the number of the job, so that no two are alike. */
static void
add_body(struct buf *out, uint64_t number)
{
	char *to = buf_reserve(out, BODY_BYTES);

	memset(to, 'x', BODY_BYTES);
	for (int i = 15; i >= 0; i--) {
		to[i] = "0123456789abcdef"[number & 15];
		number >>= 4;
	}
	buf_commit(out, BODY_BYTES);
}

/* ---- inflightd, and the echo server -------------------------------------- */

static void
inflight_request(enum step step, const struct job *job, struct buf *out)
{
	buf_add(out, SPAN("{\"id\":"));
	buf_add_uint(out, job->number);
	switch (step) {
	case STEP_PUT:
		buf_add(out, SPAN(",\"method\":\"enqueue\",\"params\":{\"queue\":\"bench\","
				  "\"key\":\"k"));
		buf_add_uint(out, job->number);
		buf_add(out, SPAN("\",\"msg\":\""));
		add_body(out, job->number);
		buf_add(out, SPAN("\"}}\n"));
		break;
	case STEP_TAKE:
		buf_add(out, SPAN(",\"method\":\"dequeue\",\"params\":{\"queue\":\"bench\","
				  "\"wait_ms\":0}}\n"));
		break;
	case STEP_ACK:
		buf_add(out, SPAN(",\"method\":\"finish\",\"params\":{\"set\":\""));
		buf_append(out, job->token, job->token_len);
		buf_add(out, SPAN("\"}}\n"));
		break;
	}
}

static size_t
inflight_answer(enum step step, struct job *job, const char *data, size_t len)
{
	static const char before[] = "\"result\":{\"set\":\"", done[] = "\"finished\":1";
	size_t line = line_length(data, len);

	if (line == 0)
		return 0;
	switch (step) {
	case STEP_PUT:
		if (memmem(data, line, "\"depth\":", 8) == NULL)
			unexpected(data, line);
		break;
	case STEP_TAKE: {
		const char *at = memmem(data, line, before, sizeof(before) - 1);
		const char *token = at == NULL ? data : at + sizeof(before) - 1;
		const char *end = memchr(token, '"', (size_t)(data + line - token));

		if (at == NULL || end == NULL || (size_t)(end - token) > sizeof(job->token))
			unexpected(data, line);
		job->token_len = (size_t)(end - token);
		memcpy(job->token, token, job->token_len);
		break;
	}
	case STEP_ACK:
		if (memmem(data, line, done, sizeof(done) - 1) == NULL)
			unexpected(data, line);
		break;
	}
	return line;
}

static size_t
echo_answer(enum step step, struct job *job, const char *data, size_t len)
{
	size_t line = line_length(data, len);

	(void)step, (void)job;
	if (line > 0)
		expect(data, line, "{\"id\":");
	return line;
}

/* ---- beanstalkd ---------------------------------------------------------- */

static void
beanstalk_request(enum step step, const struct job *job, struct buf *out)
{
	switch (step) {
	case STEP_PUT:
		buf_add(out, SPAN("put 0 0 60 64\r\n"));
		add_body(out, job->number);
		break;
	case STEP_TAKE:
		buf_add(out, SPAN("reserve-with-timeout 0"));
		break;
	case STEP_ACK:
		buf_add(out, SPAN("delete "));
		buf_append(out, job->token, job->token_len);
		break;
	}
	buf_add(out, SPAN("\r\n"));
}

static size_t
beanstalk_answer(enum step step, struct job *job, const char *data, size_t len)
{
	static const char reserved[] = "RESERVED ";
	size_t line = line_length(data, len);

	if (line == 0)
		return 0;
	if (step == STEP_PUT) {
		expect(data, line, "INSERTED ");
		return line;
	}
	if (step == STEP_ACK) {
		expect(data, line, "DELETED");
		return line;
	}
	expect(data, line, reserved);
	if (len < line + BODY_BYTES + 2)
		return 0;
	const char *token = data + sizeof(reserved) - 1;
	const char *end = memchr(token, ' ', line - (sizeof(reserved) - 1));

	if (end == NULL || (size_t)(end - token) > sizeof(job->token))
		unexpected(data, line);
	job->token_len = (size_t)(end - token);
	memcpy(job->token, token, job->token_len);
	return line + BODY_BYTES + 2;
}

/* ---- redis-server -------------------------------------------------------- */

/* ":1\r\n", or "$64\r\n" and the body, which becomes the token. */
static size_t
redis_answer(enum step step, struct job *job, const char *data, size_t len)
{
	size_t line = line_length(data, len);

	if (line == 0)
		return 0;
	if (step != STEP_TAKE) {
		expect(data, line, ":");
		if (data[1] == '-' || data[1] == '0')
			unexpected(data, line);
		return line;
	}
	expect(data, line, "$64\r\n");
	if (len < line + BODY_BYTES + 2)
		return 0;
	memcpy(job->token, data + line, BODY_BYTES);
	job->token_len = BODY_BYTES;
	return line + BODY_BYTES + 2;
}

static void
redis_list_request(enum step step, const struct job *job, struct buf *out)
{
	switch (step) {
	case STEP_PUT:
		buf_add(out, SPAN("*3\r\n$5\r\nLPUSH\r\n$5\r\nbench\r\n$64\r\n"));
		add_body(out, job->number);
		break;
	case STEP_TAKE:
		buf_add(out, SPAN("*3\r\n$9\r\nRPOPLPUSH\r\n$5\r\nbench\r\n$5\r\ntaken"));
		break;
	case STEP_ACK:
		/* From the end, where the oldest is: what costs the server least. */
		buf_add(out, SPAN("*4\r\n$4\r\nLREM\r\n$5\r\ntaken\r\n$2\r\n-1\r\n$64\r\n"));
		buf_append(out, job->token, job->token_len);
		break;
	}
	buf_add(out, SPAN("\r\n"));
}

static char put_script[41], take_script[41];

static void
load_script(const char *address, const char *script, char *ret)
{
	char line[2048];
	int fd = socket_connect(address);
	int len = snprintf(line, sizeof(line), "*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$%zu\r\n%s\r\n",
		strlen(script), script);

	if (fd < 0 || len < 0 || (size_t)len >= sizeof(line) ||
		write(fd, line, (size_t)len) != len) {
		fprintf(stderr, "wire_bench: %s: the script could not be sent\n", address);
		exit(EXIT_FAILURE);
	}
	ssize_t n = read(fd, line, sizeof(line));

	if (n != 47)
		unexpected(line, n < 0 ? 0 : (size_t)n);
	memcpy(ret, line + 5, 40);
	close(fd);
}

static void
redis_merge_prepare(const char *address)
{
	load_script(address, redis_put_script, put_script);
	load_script(address, redis_take_script, take_script);
}

static void
redis_merge_request(enum step step, const struct job *job, struct buf *out)
{
	char key[20];
	int len;

	if (step == STEP_TAKE) {
		buf_add(out, SPAN("*4\r\n$7\r\nEVALSHA\r\n$40\r\n"));
		buf_append(out, take_script, 40);
		buf_add(out, SPAN("\r\n$1\r\n1\r\n$5\r\nmerge\r\n"));
		return;
	}
	/* Depth and width: ten million, and the 1024 of an inflightd queue. */
	len = snprintf(key, sizeof(key), "k%llu", (unsigned long long)job->number);
	buf_add(out, SPAN("*8\r\n$7\r\nEVALSHA\r\n$40\r\n"));
	buf_append(out, put_script, 40);
	buf_add(out, SPAN("\r\n$1\r\n1\r\n$5\r\nmerge\r\n$"));
	buf_add_uint(out, (uint64_t)len);
	buf_add(out, SPAN("\r\n"));
	buf_append(out, key, (size_t)len);
	buf_add(out, SPAN("\r\n$64\r\n"));
	add_body(out, job->number);
	buf_add(out, SPAN("\r\n$8\r\n10000000\r\n$4\r\n1024\r\n"));
}

/* ---- the table ----------------------------------------------------------- */

static const struct peer peers[] = {
	{"inflightd", STEP_ACK, "{\"method\":\"ping\"}\n", NULL, inflight_request, inflight_answer},
	{"echo", STEP_PUT, "{\"method\":\"ping\"}\n", NULL, inflight_request, echo_answer},
	{"beanstalkd", STEP_ACK, "list-tube-used\r\n", NULL, beanstalk_request, beanstalk_answer},
	{"redis-list", STEP_ACK, "PING\r\n", NULL, redis_list_request, redis_answer},
	{"redis-merge", STEP_TAKE, "PING\r\n", redis_merge_prepare, redis_merge_request,
		redis_answer},
};

const struct peer *
peer_find(const char *kind)
{
	for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
		if (strcmp(peers[i].kind, kind) == 0)
			return &peers[i];
	}
	return NULL;
}
