/*
 * The verbs of the rig's language, for core_rig.c alone.
 */
#ifndef INFLIGHT_TESTS_UNIT_CORE_RIG_VERBS_H
#define INFLIGHT_TESTS_UNIT_CORE_RIG_VERBS_H

#include "core_rig.h"
#include "core_rig_words.h"

/* Runs the command; its answer is appended to rig->said. */
typedef void rig_verb_fn(struct rig *rig, struct words *words);

struct rig_verb {
	const char *name;
	rig_verb_fn *run;
};

/* Each ends with a row without name. */
extern const struct rig_verb rig_queue_verbs[];
extern const struct rig_verb rig_op_verbs[];
extern const struct rig_verb rig_group_verbs[];

/* Calls a verb of the core; on refusal says why and returns from the caller. */
#define CALL(rig, verb, args, ret)                                                       \
	do {                                                                             \
		struct refusal why = {0};                                                \
		enum err err = core_##verb((rig)->core, (rig)->now_ns, args, ret, &why); \
		NEED(err == why.err);                                                    \
		if (err != ERR_NONE) {                                                   \
			say_refusal(rig, &why);                                          \
			return;                                                          \
		}                                                                        \
	} while (0)

/* Remembers what a take answered. */
void rig_keep_token(struct rig *rig, uint64_t fence, struct span token);

/* Writing answers, core_rig_say.c. */
void say(struct rig *rig, const char *format, ...) __attribute__((format(printf, 2, 3)));
void say_span(struct rig *rig, struct span text);
void say_refusal(struct rig *rig, const struct refusal *refusal);
void say_outcome(struct rig *rig, const struct outcome_view *outcome);
void say_ops(struct rig *rig, struct op_cursor cursor);
void say_sets(struct rig *rig, struct set_cursor cursor, bool with_age);
void say_names(struct rig *rig, struct name_cursor cursor);
void say_members(struct rig *rig, struct member_cursor cursor);
void say_options(struct rig *rig, const struct queue_options *options);
void say_gauges(struct rig *rig, const struct queue_gauges *gauges);
void say_counters(struct rig *rig, const struct queue_counters *counters);

#endif
