/*
 * What the clients ask for: mostly ops in and sets out, now and then everything else.
 */
#include <config.h>

#include "torture/client.h"

#include <stdio.h>
#include <string.h>

static const char *
pick_token(struct client *client)
{
	if (client->token_count == 0)
		return "0-none";
	return client->tokens[--client->token_count];
}

static void
ask_enqueue(struct client *client, char *text, size_t size)
{
	unsigned queue = random_below(&client->random, QUEUES);
	uint64_t op = ++client->next_op;
	char more[80] = "";

	/* One in twenty is a repeat, or waits for its outcome, or may expire. */
	switch (random_below(&client->random, 60)) {
	case 0:
		op -= op > 1;
		break;
	case 1:
		(void)snprintf(
			more, sizeof(more), ",\"wait_ms\":%u", random_below(&client->random, 40));
		break;
	case 2:
		(void)snprintf(more, sizeof(more), ",\"ttl_ms\":%u",
			1 + random_below(&client->random, 60));
		break;
	case 3:
		(void)snprintf(
			more, sizeof(more), ",\"delay_ms\":%u", random_below(&client->random, 30));
		break;
	case 4:
		(void)snprintf(more, sizeof(more), ",\"group\":\"g%u\"",
			random_below(&client->random, 20));
		break;
	default:
		break;
	}
	(void)snprintf(text, size,
		"\"enqueue\",\"params\":{\"queue\":\"t%u\",\"key\":%u,\"op\":\"%llu-%llu\"%s}",
		queue, random_below(&client->random, 200), (unsigned long long)client->pid,
		(unsigned long long)op, more);
}

static void
ask_dequeue(struct client *client, char *text, size_t size)
{
	unsigned wait_ms =
		random_below(&client->random, 4) == 0 ? random_below(&client->random, 50) : 0;
	const char *own = random_below(&client->random, 3) == 0 ? ",\"release_on_close\":true" : "";
	unsigned queue = random_below(&client->random, QUEUES);

	if (random_below(&client->random, 20) == 0)
		(void)snprintf(text, size,
			"\"dequeue\",\"params\":{\"queue\":\"t%u\",\"key\":%u,\"wait_ms\":%u%s}",
			queue, random_below(&client->random, 200), wait_ms, own);
	else if (random_below(&client->random, 10) == 0)
		(void)snprintf(text, size,
			"\"dequeue\",\"params\":{\"queues\":[\"t%u\",\"t%u\"],\"wait_ms\":%u%s}",
			queue, (queue + 1) % QUEUES, wait_ms, own);
	else
		(void)snprintf(text, size,
			"\"dequeue\",\"params\":{\"queue\":\"t%u\",\"wait_ms\":%u%s}", queue,
			wait_ms, own);
}

static void
ask_group(struct client *client, char *text, size_t size)
{
	static const char *const forms[] = {
		"\"group.create\",\"params\":{\"group\":\"g%u\",\"retain_ms\":20,\"timeout_ms\":"
		"500}",
		"\"group.seal\",\"params\":{\"group\":\"g%u\"}",
		"\"group.wait\",\"params\":{\"group\":\"g%u\",\"wait_ms\":20}",
		"\"group.create\",\"params\":{\"group\":\"g%u\",\"retain_ms\":20,\"size\":5,"
		"\"on_complete\":{\"queue\":\"t0\",\"key\":\"done\"}}",
		"\"group.add\",\"params\":{\"group\":\"g%u\",\"op\":\"x\"}",
		"\"group.finish\",\"params\":{\"group\":\"g%u\",\"op\":\"x\"}",
		"\"group.delete\",\"params\":{\"group\":\"g%u\"}",
	};
	unsigned form = random_below(&client->random, 7);
	char *at;

	(void)snprintf(text, size, "%s", forms[form]);
	at = strstr(text, "%u");
	(void)snprintf(at, size - (size_t)(at - text), "%u%s", random_below(&client->random, 20),
		forms[form] + (at - text) + 2);
}

static void
ask_lease(struct client *client, char *text, size_t size)
{
	unsigned what = random_below(&client->random, 20);
	const char *token = pick_token(client);

	if (what == 0)
		(void)snprintf(text, size,
			"\"release\",\"params\":{\"set\":\"%s\",\"delay_ms\":%u}", token,
			random_below(&client->random, 2) * 10);
	else if (what == 1)
		(void)snprintf(text, size, "\"extend\",\"params\":{\"set\":\"%s\"}", token);
	else if (what == 2)
		(void)snprintf(
			text, size, "\"finish\",\"params\":{\"set\":\"%s\",\"error\":1}", token);
	else if (what == 3)
		(void)snprintf(
			text, size, "\"finish\",\"params\":{\"set\":\"%s\",\"results\":{}}", token);
	else if (what != 4) /* else it is forgotten: its lease will expire */
		(void)snprintf(text, size, "\"finish\",\"params\":{\"set\":\"%s\"}", token);
	else
		(void)snprintf(text, size, "\"ping\"");
}

static void
ask_admin(struct client *client, char *text, size_t size)
{
	static const char *const forms[][2] = {
		{"queue.pause", ""},
		{"queue.resume", ""},
		{"queue.resume", ""},
		{"queue.close", ""},
		{"queue.open", ""},
		{"queue.open", ""},
		{"queue.kick", ",\"count\":100"},
		{"queue.stats", ""},
		{"queue.purge", ",\"state\":\"all\""},
		{"queue.purge", ",\"state\":\"held\""},
		{"queue.delete", ",\"force\":true"},
		{"queue.update", ",\"exclusive\":true"},
		{"queue.update", ",\"exclusive\":false"},
		{"queue.update", ",\"window_ms\":15,\"quiet_ms\":3"},
		{"queue.update", ",\"window_ms\":0,\"quiet_ms\":0"},
		{"queue.update", ",\"lease_ms\":0"},
		{"queue.update", ",\"lease_ms\":20,\"max_attempts\":2"},
		{"queue.update", ",\"lease_ms\":300,\"max_attempts\":0"},
		{"queue.update", ",\"depth\":20,\"width\":3"},
		{"queue.update", ",\"depth\":150,\"width\":8"},
	};
	unsigned form = random_below(&client->random, sizeof(forms) / sizeof(forms[0]));

	(void)snprintf(text, size, "\"%s\",\"params\":{\"queue\":\"t%u\"%s}", forms[form][0],
		random_below(&client->random, QUEUES), forms[form][1]);
}

static void
ask_cancel(struct client *client, char *text, size_t size)
{
	(void)snprintf(text, size, "\"cancel\",\"params\":{\"queue\":\"t%u\",\"op\":\"%llu-%llu\"}",
		random_below(&client->random, QUEUES), (unsigned long long)client->pid,
		(unsigned long long)(client->next_op - random_below(&client->random, 20)));
}

void
client_ask(struct client *client)
{
	char text[400];
	unsigned what = random_below(&client->random, 1000);
	uint64_t id = ++client->next_id;
	int len;

	if (client->token_count > 0 && what < 450)
		ask_lease(client, text, sizeof(text));
	else if (what < 720)
		ask_enqueue(client, text, sizeof(text));
	else if (what < 980)
		ask_dequeue(client, text, sizeof(text));
	else if (what < 990)
		ask_cancel(client, text, sizeof(text));
	else if (what < 998)
		ask_group(client, text, sizeof(text));
	else
		ask_admin(client, text, sizeof(text));
	len = snprintf(client->out + client->out_len, sizeof(client->out) - client->out_len,
		"{\"jsonrpc\":\"2.0\",\"id\":%llu,\"method\":%s}\n", (unsigned long long)id, text);
	client->out_len += (size_t)len;
	client->asked_ns[id % PIPELINE] = torture_now_ns();
	client->under_way++;
	__atomic_fetch_add(&client->board->requests, 1, __ATOMIC_RELAXED);
}
