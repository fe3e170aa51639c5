/*
 * See http.h.
 */
#include <config.h>

#include "http.h"

#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

int
http_start(struct daemon *daemon, const char *const *args)
{
	/* Leases that a test leaves are not waited for at its end. */
	const char *all[32] = {"-o", "http_listen=http:127.0.0.1:0", "-o", "drain_timeout_ms=0"};
	const char *line;
	size_t n = 4;

	for (; args != NULL && *args != NULL; args++) {
		ck_assert_uint_lt(n, 31);
		all[n++] = *args;
	}
	daemon_start(daemon, all);
	line = stream_line(&daemon->program.out);
	ck_assert_ptr_nonnull(line);
	ck_assert_msg(strncmp(line, "ready http:127.0.0.1:", 21) == 0, "%s", line);
	return (int)strtol(strrchr(line, ':') + 1, NULL, 10);
}

int
http_connect(int port)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons((in_port_t)port);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

void
http_send(int fd, const char *text)
{
	size_t len = strlen(text);

	ck_assert_int_eq(send(fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Puts the chunks of a body together, where they stand; returns how long they are. */
static size_t
join_chunks(char *body)
{
	char *to = body;
	char *at = body;

	for (;;) {
		char *end;
		size_t len = strtoul(at, &end, 16);

		ck_assert_msg(end != at && strncmp(end, "\r\n", 2) == 0, "no chunk: %.40s", at);
		if (len == 0)
			break;
		memmove(to, end + 2, len);
		to += len;
		at = end + 2 + len;
		ck_assert_int_eq(strncmp(at, "\r\n", 2), 0);
		at += 2;
	}
	*to = '\0';
	return (size_t)(to - body);
}

struct answer
http_read(int fd)
{
	struct answer answer = {0};
	struct stream stream;
	char *end;

	stream_init(&stream, fd);
	answer.text = strdup(stream_rest(&stream));
	stream_fini(&stream);
	ck_assert_msg(
		strncmp(answer.text, "HTTP/1.1 ", 9) == 0, "no answer: \"%.60s\"", answer.text);
	answer.status = (int)strtol(answer.text + 9, NULL, 10);
	answer.headers = strstr(answer.text, "\r\n") + 2;
	end = strstr(answer.text, "\r\n\r\n");
	ck_assert_ptr_nonnull(end);
	end[2] = '\0';
	answer.body = end + 4;
	answer.body_len = strlen(answer.body);
	if (strcmp(http_header(&answer, "Transfer-Encoding"), "chunked") == 0 &&
		answer.body_len > 0)
		answer.body_len = join_chunks(answer.body);
	return answer;
}

void
http_free(struct answer *answer)
{
	free(answer->text);
}

struct answer
http_get(int port, const char *path, const char *headers)
{
	int fd = http_connect(port);
	char text[1024];

	snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%s\r\n", path, headers);
	http_send(fd, text);
	return http_read(fd);
}

json_t *
http_get_json(int port, const char *path, int status)
{
	struct answer answer = http_get(port, path, "");
	json_error_t error;
	json_t *json = json_loads(answer.body, JSON_REJECT_DUPLICATES, &error);

	ck_assert_msg(answer.status == status, "%s: %d %s", path, answer.status, answer.body);
	ck_assert_str_eq(http_header(&answer, "Content-Type"), "application/json");
	ck_assert_msg(json != NULL, "%s: %s", path, answer.body);
	http_free(&answer);
	return json;
}

void
http_require(int port, const char *path, int status, const char *body)
{
	struct answer answer = http_get(port, path, "");

	ck_assert_msg(answer.status == status, "%s: %d %s", path, answer.status, answer.body);
	require_in(answer.body, body);
	http_free(&answer);
}

const char *
http_header(const struct answer *answer, const char *name)
{
	static char value[256];
	size_t len = strlen(name);

	for (const char *at = answer->headers; *at != '\0'; at = strstr(at, "\r\n") + 2) {
		if (strncasecmp(at, name, len) != 0 || at[len] != ':')
			continue;
		at += len + 1 + strspn(at + len + 1, " ");
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r"), at);
		return value;
	}
	return "";
}
