/*
 * One answer line of the daemon, and what a step wants of one. Both own what
 * they parsed. Every answer is held against the form that all answers have, in
 * either dialect, before a step looks at it.
 */
#ifndef INFLIGHT_TESTS_SCENARIO_ANSWER_H
#define INFLIGHT_TESTS_SCENARIO_ANSWER_H

#include "base/list.h"
#include "scenario/expect.h"
#include "scenario/script.h"

struct answer {
	struct list_node node;
	char *line;
	json_t *json;
};

/* Returns new; NULL where the line is no answer, *error (WHY_SIZE bytes) says why. */
struct answer *answer_new(struct span line, char *error);
void answer_free(struct answer *answer);

struct wanted {
	enum step_kind kind;
	json_t *json; /* STEP_ANSWER: the answer; STEP_RESULT: the result */
	json_t *id;   /* NULL: none is said */
	char *name;   /* STEP_ERROR: of the error, and what its message contains */
	char *message;
};

/* Parses the expanded text of a step; false: *error (WHY_SIZE bytes). */
bool wanted_init(struct wanted *wanted, const struct step *step, const char *text, char *error);
void wanted_fini(struct wanted *wanted);

/* Has the answer the id that is wanted? For answers in any order. */
bool wanted_may_be(const struct wanted *wanted, const struct answer *answer);

bool wanted_match(const struct wanted *wanted, struct bindings *bindings,
	const struct answer *answer, bool any_order, char *error);

#endif
