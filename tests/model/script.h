/*
 * Random commands for the model test, from a seed.
 */
#ifndef INFLIGHT_TESTS_MODEL_SCRIPT_H
#define INFLIGHT_TESTS_MODEL_SCRIPT_H

#include "model.h"

#define SCRIPT_QUEUES 5
#define SCRIPT_GROUPS 6

struct script {
	uint64_t random;
	char text[1024];
	size_t len;
};

/* A number below `bound`. */
uint64_t script_below(struct script *script, uint64_t bound);

/* The next command; looks at the model for what is worth naming. */
const char *script_next(struct script *script, struct model *model);

/* A configuration with small limits. */
void script_config(struct script *script, struct core_config *ret);

#endif
