/*
 * What TLS costs: the same requests over several ways to one daemon, turn about, and
 * the processor time of everybody who had a part in serving them. bench/tls starts the
 * daemon, a tunnel beside it where one is installed, and this program.
 */
#include <config.h>

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "report.h"
#include "socket.h"

static const char usage[] =
	"usage: tls_bench [-r ROUNDS] [-n REQUESTS] [-j FILE] -w NAME,PID[+PID],ADDRESS [-w ...]\n"
	"  -w  a way to the daemon: unix:PATH, tcp:HOST:PORT or tls:HOST:PORT\n";

#define WAYS_MAX        8
#define PIDS_MAX        2
#define CONNECTIONS_MAX 50
#define LOAD_CORE       1

struct way {
	const char *name;
	const char *address;
	pid_t pids[PIDS_MAX];
	size_t pid_count;
};

struct cell {
	unsigned connections;
	unsigned pipeline;
};

static const struct cell cells[] = {{50, 1}, {1, 128}};

struct client {
	int fd;
	SSL *ssl; /* NULL: plain */
};

static void
fail(const char *what)
{
	fprintf(stderr, "tls_bench: %s\n", what);
	exit(1);
}

/* Of all threads: a tunnel has one for each connection. */
static uint64_t
way_cpu_ns(const struct way *way)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < way->pid_count; i++) {
		struct timespec used;
		clockid_t clock;

		if (clock_getcpuclockid(way->pids[i], &clock) != 0 ||
			clock_gettime(clock, &used) != 0)
			fail("a server is gone");
		sum += (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
	}
	return sum;
}

static void
client_open(struct client *client, const struct way *way, SSL_CTX *context)
{
	bool is_tls = strncmp(way->address, "tls:", 4) == 0;
	char address[160];

	snprintf(address, sizeof(address), "%s%s", is_tls ? "tcp:" : "",
		is_tls ? way->address + 4 : way->address);
	*client = (struct client){.fd = socket_connect(address)};
	if (client->fd < 0)
		fail("cannot connect");
	if (!is_tls)
		return;
	client->ssl = SSL_new(context);
	if (client->ssl == NULL || SSL_set_fd(client->ssl, client->fd) != 1 ||
		SSL_connect(client->ssl) != 1)
		fail("no TLS");
}

static void
client_close(struct client *client)
{
	if (client->ssl != NULL)
		SSL_shutdown(client->ssl);
	SSL_free(client->ssl);
	close(client->fd);
}

static void
client_send(const struct client *client, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t sent = client->ssl == NULL ? send(client->fd, data, len, MSG_NOSIGNAL)
						   : SSL_write(client->ssl, data, (int)len);

		if (sent <= 0)
			fail("cannot send");
		data += sent;
		len -= (size_t)sent;
	}
}

/* Reads until so many answers have ended. */
static void
client_hear(const struct client *client, unsigned answers)
{
	char data[65536];

	while (answers > 0) {
		ssize_t len = client->ssl == NULL ? recv(client->fd, data, sizeof(data), 0)
						  : SSL_read(client->ssl, data, sizeof(data));

		if (len <= 0)
			fail("cannot read");
		for (ssize_t i = 0; i < len; i++)
			answers -= data[i] == '\n';
	}
}

/* A job of two requests that leaves nothing behind. */
static void
add_request(char *out, size_t size, uint64_t number)
{
	if (number % 2 == 0)
		snprintf(out, size,
			"{\"id\":%llu,\"method\":\"enqueue\",\"queue\":\"tls\",\"key\":%llu,"
			"\"msg\":{\"text\":\"sixty-four bytes of message, or somewhere near "
			"it\"}}\n",
			(unsigned long long)number, (unsigned long long)number);
	else
		snprintf(out, size,
			"{\"id\":%llu,\"method\":\"dequeue\",\"queue\":\"tls\",\"lease_ms\":0,"
			"\"wait_ms\":0}\n",
			(unsigned long long)number);
}

static void
run_cell(struct report *report, const struct way *way, struct cell cell, uint64_t requests,
	SSL_CTX *context)
{
	struct client clients[CONNECTIONS_MAX];
	uint64_t done = 0;
	uint64_t start;
	double cpu_us;
	char name[80];

	for (unsigned i = 0; i < cell.connections; i++)
		client_open(&clients[i], way, context);
	start = way_cpu_ns(way);
	while (done < requests) {
		for (unsigned i = 0; i < cell.connections; i++) {
			char batch[32768];
			size_t len = 0;

			for (unsigned k = 0; k < cell.pipeline; k++, done++) {
				add_request(batch + len, sizeof(batch) - len, done);
				len += strlen(batch + len);
			}
			client_send(&clients[i], batch, len);
		}
		for (unsigned i = 0; i < cell.connections; i++)
			client_hear(&clients[i], cell.pipeline);
	}
	cpu_us = (double)(way_cpu_ns(way) - start) / 1000.0 / (double)done;
	for (unsigned i = 0; i < cell.connections; i++)
		client_close(&clients[i]);
	snprintf(name, sizeof(name), "%ux%u %s", cell.connections, cell.pipeline, way->name);
	report_add(report, name, "cpu us/request", cpu_us);
}

/* What a connection costs from its beginning to its end, with one request. */
static void
run_connections(struct report *report, const struct way *way, unsigned count, SSL_CTX *context)
{
	uint64_t start = way_cpu_ns(way);
	struct client client;
	char name[80];

	for (unsigned i = 0; i < count; i++) {
		client_open(&client, way, context);
		client_send(&client, "{\"method\":\"ping\"}\n", 18);
		client_hear(&client, 1);
		client_close(&client);
	}
	snprintf(name, sizeof(name), "connect %s", way->name);
	report_add(report, name, "cpu us/connection",
		(double)(way_cpu_ns(way) - start) / 1000.0 / (double)count);
}

/* Cuts NAME,PID[+PID],ADDRESS in place. */
static void
read_way(struct way *way, char *text)
{
	char *pids = strchr(text, ',');
	char *address = pids == NULL ? NULL : strchr(pids + 1, ',');

	if (address == NULL)
		fail(usage);
	*pids++ = '\0';
	*address++ = '\0';
	*way = (struct way){.name = text, .address = address};
	while (way->pid_count < PIDS_MAX && *pids >= '0' && *pids <= '9') {
		way->pids[way->pid_count++] = (pid_t)strtol(pids, &pids, 10);
		if (*pids == '+')
			pids++;
	}
}

int
main(int argc, char **argv)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	struct way ways[WAYS_MAX];
	struct report report;
	const char *json = NULL;
	size_t way_count = 0;
	unsigned long rounds = 3;
	uint64_t requests = 100000;
	int option;

	while ((option = getopt(argc, argv, "r:n:j:w:")) != -1) {
		if (option == 'r')
			rounds = strtoul(optarg, NULL, 10);
		else if (option == 'n')
			requests = strtoull(optarg, NULL, 10);
		else if (option == 'j')
			json = optarg;
		else if (option == 'w' && way_count < WAYS_MAX)
			read_way(&ways[way_count++], optarg);
		else
			fail(usage);
	}
	if (context == NULL || way_count == 0)
		fail(usage);
	report_init(&report);
	if (!process_pin(0, LOAD_CORE))
		fail("cannot stay on one core");
	for (unsigned long round = 0; round < rounds; round++) {
		for (size_t c = 0; c < sizeof(cells) / sizeof(cells[0]); c++)
			for (size_t i = 0; i < way_count; i++)
				run_cell(&report, &ways[i], cells[c], requests, context);
		for (size_t i = 0; i < way_count; i++)
			run_connections(&report, &ways[i], 300, context);
	}
	SSL_CTX_free(context);
	return report_finish(&report, "tls_bench", json);
}
