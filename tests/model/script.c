/*
 * Few names and small numbers, so that commands meet: five queues, four keys, a dozen ids.
 */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

/* splitmix64 */
static uint64_t
next_random(struct script *script)
{
	uint64_t z = script->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t
script_below(struct script *script, uint64_t bound)
{
	return next_random(script) % bound;
}

static bool
one_in(struct script *script, uint64_t n)
{
	return script_below(script, n) == 0;
}

static void __attribute__((format(printf, 2, 3)))
add(struct script *script, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(
		script->text + script->len, sizeof(script->text) - script->len, format, args);
	va_end(args);
	script->len += (size_t)len;
	NEED(script->len < sizeof(script->text));
}

static int
below(struct script *script, int bound)
{
	return (int)script_below(script, (uint64_t)bound);
}

static int
some_ms(struct script *script)
{
	static const int values[] = {1, 2, 3, 5, 10, 20, 50, 100};

	return values[below(script, 8)];
}

static void
add_queue(struct script *script)
{
	add(script, " q%d", below(script, 2) * below(script, SCRIPT_QUEUES));
}

static void
add_key(struct script *script)
{
	add(script, " k%d", below(script, 4));
}

static void
add_id(struct script *script)
{
	add(script, " o%d", below(script, 12));
}

static void
add_group(struct script *script)
{
	add(script, " g%d", below(script, SCRIPT_GROUPS));
}

static void
add_options(struct script *script)
{
	if (one_in(script, 4))
		add(script, " depth=%d", 1 + below(script, 4));
	if (one_in(script, 4))
		add(script, " width=%d", 1 + below(script, 4));
	if (one_in(script, 3))
		add(script, " window=%d", one_in(script, 3) ? 0 : some_ms(script));
	if (one_in(script, 4))
		add(script, " quiet=%d", one_in(script, 3) ? 0 : some_ms(script));
	if (one_in(script, 6))
		add(script, " lease=%d", one_in(script, 3) ? 0 : some_ms(script));
	if (one_in(script, 3))
		add(script, " attempts=%d", below(script, 4));
	if (one_in(script, 2))
		add(script, " exclusive=%d", below(script, 2));
}

static void
make_enqueue(struct script *script)
{
	add(script, "enqueue");
	add_queue(script);
	add_key(script);
	if (!one_in(script, 4))
		add_id(script);
	if (one_in(script, 3))
		add(script, " msg=%d", below(script, 100));
	if (one_in(script, 3))
		add(script, " group=g%d", below(script, SCRIPT_GROUPS));
	if (one_in(script, 4))
		add(script, " delay=%d", some_ms(script));
	if (one_in(script, 4))
		add(script, " ttl=%d", some_ms(script));
	if (one_in(script, 6))
		add(script, " +watch");
}

static void
make_take(struct script *script)
{
	add(script, "take");
	add_queue(script);
	if (one_in(script, 3))
		add(script, " key=k%d", below(script, 4));
	if (one_in(script, 4))
		add(script, " lease=%d", one_in(script, 3) ? 0 : some_ms(script));
	if (one_in(script, 2))
		add(script, " +create");
	if (one_in(script, 3))
		add(script, " owner=%d", 1 + below(script, 3));
	if (one_in(script, 4))
		add(script, " holder=h%d", below(script, 3));
}

/* A fence out of the last ones; mostly one of a lease that is there. */
static struct m_set *
add_fence(struct script *script, struct model *model)
{
	uint64_t back = script_below(script, 12);
	struct m_set *found = NULL;

	list_for_each (node, &model->sets)
		if (SET(node)->state == SET_LEASED && (found == NULL || one_in(script, 3)))
			found = SET(node);
	if (found == NULL || one_in(script, 5))
		add(script, " %d", (int)(model->next_fence > back ? model->next_fence - back : 1));
	else
		add(script, " %d", (int)found->fence);
	return found;
}

static void
make_finish(struct script *script, struct model *model)
{
	struct m_set *set;

	add(script, "finish");
	set = add_fence(script, model);
	if (set != NULL && one_in(script, 2)) {
		list_for_each (node, &set->ops)
			if (one_in(script, 2) && script->len < 800)
				add(script, " %s%c%d", OP(node)->id, one_in(script, 3) ? '!' : ':',
					below(script, 10));
		if (one_in(script, 10))
			add(script, " o%d:1", below(script, 12));
	}
	if (one_in(script, 3))
		add(script, " result=%s", one_in(script, 2) ? "null" : "7");
	if (one_in(script, 5))
		add(script, " error=8");
}

static void
make_lease_verb(struct script *script, struct model *model)
{
	switch (below(script, 5)) {
	case 0:
	case 1:
		add(script, "release");
		add_fence(script, model);
		if (one_in(script, 3))
			add(script, " delay=%d", some_ms(script));
		if (one_in(script, 3))
			add(script, " +undelivered");
		return;
	case 2:
		add(script, "extend");
		add_fence(script, model);
		if (one_in(script, 2))
			add(script, " lease=%d", one_in(script, 4) ? 0 : some_ms(script));
		return;
	case 3:
		if (one_in(script, 4)) {
			add(script, "owner_gone %d", 1 + below(script, 3));
			return;
		}
		break;
	}
	make_finish(script, model);
}

static void
make_queue_verb(struct script *script)
{
	static const char *const scopes[] = {"pending", "held", "dead", "all"};
	static const char *const states[] = {"waiting", "ready", "leased", "held", "dead"};
	static const char *const verbs[] = {"create", "update", "close", "open", "open", "delete",
		"pause", "resume", "resume", "purge", "kick", "kick", "peek", "peek", "cancel",
		"cancel"};
	const char *verb = verbs[below(script, 16)];

	add(script, "%s", verb);
	add_queue(script);
	if (verb[0] == 'u' || (verb[0] == 'c' && verb[1] == 'r'))
		add_options(script);
	if (verb[0] == 'd' && one_in(script, 2))
		add(script, " +force");
	if (strcmp(verb, "purge") == 0)
		add(script, " %s", scopes[below(script, 4)]);
	if (verb[0] == 'k' && one_in(script, 2))
		add(script, " %d", below(script, 3));
	if (strcmp(verb, "cancel") == 0)
		add_id(script);
	if (strcmp(verb, "peek") != 0)
		return;
	add(script, " %s +age", states[below(script, 5)]);
	if (one_in(script, 3))
		add(script, " key=k%d", below(script, 4));
	if (one_in(script, 3))
		add(script, " count=%d", below(script, 4));
}

static void
make_group_create(struct script *script)
{
	add(script, "gcreate");
	add_group(script);
	if (one_in(script, 3))
		add(script, " size=%d", below(script, 5));
	if (one_in(script, 4))
		add(script, " +auto");
	if (one_in(script, 3))
		add(script, " timeout=%d", some_ms(script));
	add(script, " retain=%d", one_in(script, 4) ? 0 : some_ms(script) * 3);
	if (one_in(script, 2))
		return;
	add(script, " queue=q%d key=k%d", below(script, SCRIPT_QUEUES), below(script, 4));
	if (one_in(script, 2))
		add(script, " op=o%d", below(script, 12));
	if (one_in(script, 2))
		add(script, " parent=g%d", below(script, SCRIPT_GROUPS));
}

static void
make_group_verb(struct script *script)
{
	static const char *const verbs[] = {
		"gadd", "gadd", "gfinish", "gfinish", "gseal", "gpoll", "gdelete"};
	const char *verb = verbs[below(script, one_in(script, 3) ? 7 : 6)];

	if (one_in(script, 3)) {
		make_group_create(script);
		return;
	}
	add(script, "%s", verb);
	add_group(script);
	if (verb[1] == 'f' || (verb[1] == 'a' && one_in(script, 2)))
		add_id(script);
	if (verb[1] == 'f' && one_in(script, 2))
		add(script, " %s=3", one_in(script, 2) ? "error" : "result");
}

static void
make_other(struct script *script, struct model *model)
{
	switch (below(script, 4)) {
	case 0:
		add(script, "%s count=%d", one_in(script, 2) ? "queues" : "groups",
			below(script, 5));
		if (one_in(script, 3))
			add(script, " prefix=%s", one_in(script, 2) ? "q" : "g2");
		if (one_in(script, 2))
			add(script, " after=%c%d", one_in(script, 2) ? 'q' : 'g', below(script, 5));
		return;
	case 1:
		add(script, "drop %d", (int)script_below(script, model->next_watch + 1));
		return;
	default:
		add(script, "poll %d", (int)script_below(script, model->next_watch + 1));
	}
}

const char *
script_next(struct script *script, struct model *model)
{
	int choice = below(script, 100);
	size_t watches = 0;

	script->len = 0;
	for (size_t i = 0; i < M_MAX; i++) {
		struct m_watch *watch = &model->watches[i];

		watches += watch->used;
		if (watch->used && script->len == 0 && one_in(script, 40)) {
			add(script, "%s %d", one_in(script, 4) ? "drop" : "poll", (int)watch->id);
			return script->text;
		}
	}
	if (choice < 35 && model->ops < 100 && watches < M_MAX)
		make_enqueue(script);
	else if (choice < 55)
		make_take(script);
	else if (choice < 75)
		make_lease_verb(script, model);
	else if (choice < 87)
		make_queue_verb(script);
	else if (choice < 97)
		make_group_verb(script);
	else
		make_other(script, model);
	return script->text;
}

void
script_config(struct script *script, struct core_config *ret)
{
	core_config_init(ret);
	ret->queue_defaults.depth = 1 + script_below(script, 5);
	ret->queue_defaults.width = 1 + script_below(script, 5);
	ret->queue_defaults.lease_ms = one_in(script, 8) ? 0 : (uint64_t)some_ms(script) * 2;
	ret->queue_defaults.exclusive = one_in(script, 2);
	ret->queue_defaults.max_attempts = one_in(script, 2) ? 0 : script_below(script, 4);
	ret->queue_defaults.window_ms = one_in(script, 2) ? 0 : (uint64_t)some_ms(script);
	ret->queue_defaults.quiet_ms = one_in(script, 2) ? 0 : (uint64_t)some_ms(script);
	ret->auto_create = !one_in(script, 8);
	ret->queue_idle_ms = one_in(script, 2) ? 0 : (uint64_t)some_ms(script);
	ret->max_queues = 2 + script_below(script, 4);
	ret->max_groups = 2 + script_below(script, 5);
	ret->max_group_ops = 2 + script_below(script, 8);
	ret->max_memory = 0;
}
