/*
 * A crowd of peers of one service in this process; see crowd.h. The world lives
 * from crowd_begin() to crowd_end().
 */
#include <config.h>

#include "scenario/crowd.h"

#include "base/alloc.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_SIZE 1024

static struct world *world;
static uint64_t random_state;

void
crowd_begin(int engine)
{
	static const struct scenario scenario = {.is_timed = true};
	char error[WHY_SIZE];

	world = (engine == 0 ? &world_memory : &world_delayed)->open(&scenario, 0, error);
	ck_assert_ptr_nonnull(world);
	random_state = world_seed() | 1;
}

void
crowd_end(void)
{
	world->ops->free(world);
	world = NULL;
}

unsigned
crowd_random_below(unsigned bound)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)((random_state >> 11) % bound);
}

unsigned *
crowd_shuffled(unsigned count)
{
	unsigned *order = xcalloc(count, sizeof(*order));

	for (unsigned i = 0; i < count; i++) {
		unsigned j = crowd_random_below(i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	return order;
}

void
crowd_say(int peer, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	ck_assert_int_lt(len, (int)sizeof(line) - 1);
	line[len++] = '\n';
	world->ops->send(world, peer, span_make(line, (size_t)len));
}

json_t *
crowd_next(int peer)
{
	struct buf *received = &world->talkers[peer].received;
	struct span bytes = buf_span(received);
	const char *newline = memchr(bytes.ptr, '\n', bytes.len);
	json_error_t why;
	json_t *answer;

	if (newline == NULL)
		return NULL;
	answer = json_loadb(bytes.ptr, (size_t)(newline - bytes.ptr), 0, &why);
	ck_assert_msg(answer != NULL, "not JSON: %.*s", (int)(newline - bytes.ptr), bytes.ptr);
	buf_consume(received, (size_t)(newline - bytes.ptr) + 1);
	return answer;
}

json_t *
crowd_hear(int peer)
{
	world->ops->await(world, peer, AWAIT_LINE);
	return crowd_next(peer);
}

json_t *
crowd_hear_result(int peer)
{
	json_t *answer = crowd_hear(peer);
	json_t *result = json_incref(json_object_get(answer, "result"));

	ck_assert_msg(json_is_object(result), "no result: %s",
		json_string_value(json_object_get(answer, "error")));
	json_decref(answer);
	return result;
}

bool
crowd_hear_error(int peer, const char *name)
{
	json_t *answer = crowd_hear(peer);
	const char *error = json_string_value(json_object_get(answer, "error"));
	bool same = error != NULL && strncmp(error, name, strlen(name)) == 0;

	ck_assert_ptr_nonnull(answer);
	json_decref(answer);
	return same;
}

json_int_t
crowd_number_of(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	ck_assert_msg(json_is_integer(value), "no number %s", name);
	return json_integer_value(value);
}

const char *
crowd_text_of(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	ck_assert_msg(value != NULL, "no string %s", name);
	return value;
}

void
crowd_skip(int peer)
{
	json_decref(crowd_hear_result(peer));
}

json_int_t
crowd_stat_of(const char *queue, const char *name)
{
	int peer = PEERS_MAX - 1;
	json_t *stats;
	json_int_t value;

	if (queue == NULL)
		crowd_say(peer, "{\"method\":\"stats\"}");
	else
		crowd_say(peer, "{\"method\":\"queue.stats\",\"queue\":\"%s\"}", queue);
	stats = crowd_hear_result(peer);
	value = crowd_number_of(stats, name);
	json_decref(stats);
	return value;
}

char *
crowd_take(int peer)
{
	json_t *result;
	char *token = NULL;

	crowd_say(peer, "{\"method\":\"dequeue\",\"queue\":\"q\",\"wait_ms\":0}");
	result = crowd_hear_result(peer);
	if (json_is_string(json_object_get(result, "set")))
		token = xstrdup(crowd_text_of(result, "set"));
	json_decref(result);
	return token;
}

void
crowd_settle(void)
{
	world->ops->await(world, 0, AWAIT_QUIET);
}

void
crowd_close(int peer)
{
	world->ops->close(world, peer);
}

void
crowd_advance(uint64_t ms)
{
	world->ops->advance(world, ms);
}

void
crowd_half_close(int peer)
{
	world->ops->eof(world, peer);
}

bool
crowd_is_ended(int peer)
{
	return world->talkers[peer].ended;
}
