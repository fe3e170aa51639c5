/*
 * The verbs of the model on groups, the lists, and the table of all verbs.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "core_rig_verbs.h"
#include "model.h"

#define NUMBER(n) ((unsigned long long)(n))
#define SAY(...)  say(&model->out, __VA_ARGS__)

bool
m_group_is_full(struct model *model, const struct m_group *group)
{
	if (group->sealed) {
		SAY("!group_sealed");
		return true;
	}
	if (group->count < model->config.max_group_ops)
		return false;
	model->refused[2]++;
	SAY("!limit max_group_ops %llu", NUMBER(model->config.max_group_ops));
	return true;
}

static bool
may_create(struct model *model, struct words *words)
{
	uint64_t count = 0;

	for (size_t i = 0; i < M_MAX; i++)
		count += model->groups[i].used;
	if (m_group(model, m_word(words, 1)) != NULL) {
		SAY("!group_exists");
		return false;
	}
	if (count >= model->config.max_groups) {
		model->refused[1]++;
		SAY("!limit max_groups %llu", NUMBER(model->config.max_groups));
		return false;
	}
	if (words_number(words, "size", 0) > model->config.max_group_ops) {
		model->refused[2]++;
		SAY("!limit max_group_ops %llu", NUMBER(model->config.max_group_ops));
		return false;
	}
	return true;
}

/* The op of the parent that is to stand for the group; false: refused. */
static bool
may_adopt(struct model *model, struct words *words, struct m_group **ret_parent, char *ret_id)
{
	const char *name = words_named(words, "parent");
	const char *id = words_named(words, "op");

	*ret_parent = NULL;
	m_put(ret_id, id == NULL ? "" : id);
	if (name == NULL)
		return true;
	*ret_parent = m_group(model, name);
	if (*ret_parent == NULL) {
		SAY("!no_such_group %s", name);
		return false;
	}
	if (m_group_is_full(model, *ret_parent)) {
		SAY(" %s", name);
		return false;
	}
	if (id != NULL && m_member(*ret_parent, id) != NULL) {
		SAY("!invalid_params on_complete.op");
		return false;
	}
	if (id == NULL)
		m_make_id(model, NULL, *ret_parent, ret_id);
	return true;
}

static struct m_group *
free_group(struct model *model)
{
	for (size_t i = 0; i < M_MAX; i++)
		if (!model->groups[i].used)
			return &model->groups[i];
	ck_abort_msg("too many groups");
	return NULL;
}

static void
m_gcreate(struct model *model, struct words *words)
{
	struct m_group *group;
	struct m_group *parent;
	const char *queue = words_named(words, "queue");
	const char *key = words_named(words, "key");
	uint64_t timeout = words_number(words, "timeout", 0);
	char id[M_NAME];

	if (!may_create(model, words) || !may_adopt(model, words, &parent, id))
		return;
	SAY("ok");
	group = free_group(model);
	memset(group, 0, sizeof(*group));
	group->used = true;
	m_put(group->name, m_word(words, 1));
	m_put(group->queue, queue == NULL ? "" : queue);
	m_put(group->key, key == NULL ? "" : key);
	m_put(group->op, id);
	group->has_size = words_flag(words, "size");
	group->size = words_number(words, "size", 0);
	group->auto_complete = words_flag(words, "auto");
	group->retain = words_number(words, "retain", 300000);
	if (parent != NULL) {
		group->parent = m_member_new(parent, id, group->key, NULL);
		group->parent->child = group;
		m_group_grown(model, parent);
	}
	if (timeout > 0) {
		group->timer = time_after_ms(model->now, timeout);
		group->tie = model->seq++;
	}
	m_group_grown(model, group);
}

static void
say_group_op(struct model *model, const char *id, const struct m_group *group, bool duplicate)
{
	SAY("%s%sout=%llu%s", id, id[0] == '\0' ? "" : " ", NUMBER(m_outstanding(group)),
		duplicate ? " dup" : "");
}

static void
m_gadd(struct model *model, struct words *words, struct m_group *group)
{
	const char *id = m_word(words, 2);
	char made[M_NAME];

	if (id != NULL && m_member(group, id) != NULL) {
		say_group_op(model, id, group, true);
		return;
	}
	if (m_group_is_full(model, group))
		return;
	if (id == NULL) {
		m_make_id(model, NULL, group, made);
		id = made;
	}
	m_member_new(group, id, "", NULL);
	m_group_grown(model, group);
	say_group_op(model, id, group, false);
}

static void
m_gfinish(struct model *model, struct words *words, struct m_group *group)
{
	const char *error = words_named(words, "error");
	const char *result = words_named(words, "result");
	struct m_member *member = m_member(group, m_word(words, 2));
	bool duplicate;

	if (member == NULL) {
		SAY("!no_such_op");
		return;
	}
	duplicate = member->outcome != OUTCOME_NONE || group->timed_out;
	m_settle(model, member, error != NULL ? OUTCOME_ERROR : OUTCOME_RESULT,
		error != NULL    ? error
		: result == NULL ? "null"
				 : result);
	say_group_op(model, member->id, group, duplicate);
}

static void
m_gpoll(struct model *model, const struct m_group *group)
{
	uint64_t failed = 0;

	for (uint64_t i = 0; i < group->count; i++) {
		enum outcome_kind outcome = group->members[i].outcome;

		failed +=
			outcome != OUTCOME_RESULT && (outcome != OUTCOME_NONE || group->timed_out);
	}
	SAY("%s ops=%llu out=%llu failed=%llu [", group->complete ? "done" : "open",
		NUMBER(group->count), NUMBER(m_outstanding(group)), NUMBER(failed));
	for (uint64_t i = 0; i < group->count; i++) {
		const struct m_member *member = &group->members[i];
		struct outcome_view view = {member->outcome, span_str(member->json)};

		if (view.kind == OUTCOME_NONE && group->timed_out)
			view.kind = OUTCOME_TIMEOUT;
		SAY("%s%s", i == 0 ? "" : " ", member->id);
		if (member->key[0] != '\0')
			SAY("/%s", member->key);
		if (view.kind == OUTCOME_NONE)
			continue;
		SAY("=");
		say_outcome(&model->out, &view);
	}
	SAY("]");
}

static void
run_group_verb(struct model *model, struct words *words, const char *verb)
{
	struct m_group *group = m_group(model, m_word(words, 1));

	if (group == NULL) {
		SAY("!no_such_group");
	} else if (strcmp(verb, "gadd") == 0) {
		m_gadd(model, words, group);
	} else if (strcmp(verb, "gfinish") == 0) {
		m_gfinish(model, words, group);
	} else if (strcmp(verb, "gpoll") == 0) {
		m_gpoll(model, group);
	} else if (strcmp(verb, "gseal") == 0) {
		group->sealed = true;
		m_group_check(model, group);
		say_group_op(model, "", group, false);
	} else {
		SAY("ok");
		m_must(model, "group ", group->name, NULL);
		m_group_forget(model, group);
	}
}

static void
m_totals(struct model *model)
{
	uint64_t queues = 0;
	uint64_t groups = 0;
	uint64_t leases = 0;

	for (size_t i = 0; i < M_MAX; i++) {
		queues += model->queues[i].used;
		groups += model->groups[i].used;
	}
	list_for_each (node, &model->sets)
		leases += SET(node)->state == SET_LEASED;
	SAY("q%llu g%llu l%llu", NUMBER(queues), NUMBER(groups), NUMBER(leases));
	say_counters(&model->out, &model->totals);
	SAY(" refused m0 q%llu g%llu o%llu", NUMBER(model->refused[0]), NUMBER(model->refused[1]),
		NUMBER(model->refused[2]));
}

/* The smallest name that matches and lies beyond the last one, NULL: none. */
static const char *
next_name(struct model *model, bool of_queues, const char *prefix, const char *last)
{
	const char *next = NULL;

	for (size_t i = 0; i < M_MAX; i++) {
		const char *name = of_queues ? model->queues[i].name : model->groups[i].name;

		if (!(of_queues ? model->queues[i].used : model->groups[i].used) ||
			strncmp(name, prefix, strlen(prefix)) != 0 || strcmp(name, last) <= 0)
			continue;
		if (next == NULL || strcmp(name, next) < 0)
			next = name;
	}
	return next;
}

static void
m_list(struct model *model, struct words *words, bool of_queues)
{
	const char *prefix = words_named(words, "prefix");
	const char *last = words_named(words, "after");
	uint64_t count = words_number(words, "count", 100);
	const char *gap = "";

	last = last == NULL ? "" : last;
	for (; count > 0; count--) {
		last = next_name(model, of_queues, prefix == NULL ? "" : prefix, last);
		if (last == NULL)
			return;
		SAY("%s%s", gap, last);
		gap = " ";
	}
}

void
m_run(struct model *model, struct words *words)
{
	static const struct {
		const char *name;
		void (*run)(struct model *model, struct words *words);
	} rows[] = {{"create", m_create}, {"enqueue", m_enqueue_verb}, {"take", m_take},
		{"finish", m_finish}, {"release", m_release}, {"extend", m_extend},
		{"owner_gone", m_owner_gone}, {"poll", m_poll}, {"drop", m_drop},
		{"gcreate", m_gcreate}};
	const char *verb = m_word(words, 0);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, verb) != 0)
			continue;
		rows[i].run(model, words);
		return;
	}
	if (strcmp(verb, "totals") == 0)
		m_totals(model);
	else if (strcmp(verb, "queues") == 0 || strcmp(verb, "groups") == 0)
		m_list(model, words, verb[0] == 'q');
	else if (verb[0] == 'g')
		run_group_verb(model, words, verb);
	else
		m_queue_verb(model, words, verb);
}
