/*
 * A core on a test bench: a clock that stands until it is moved, hooks that record,
 * and a small language for the verbs, so that a test reads like a transcript:
 *
 *     EXPECT(&rig, "enqueue q k a", "new d1 w1");
 *     EXPECT(&rig, "take q", "1 k a1 [a]");
 *     EXPECT(&rig, "finish 1 result=7", "f1 r0");
 *
 * A command is a verb, its words in the order of the protocol, then name=value and
 * +flags; core_rig_queue.c, core_rig_op.c and core_rig_group.c have the verbs, core_rig_say.c
 * says how answers are written. A refused verb
 * answers with "!" and the error's name. core_check() runs after every command.
 *
 * The rig owns its core; rig_fini() frees it, which CHECKs that no byte is left.
 */
#ifndef INFLIGHT_TESTS_UNIT_CORE_RIG_H
#define INFLIGHT_TESTS_UNIT_CORE_RIG_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/core.h"

#define RIG_TOKEN_MAX 64

struct rig_token {
	char text[RIG_TOKEN_MAX];
	size_t len;
};

struct rig {
	struct core *core;
	struct core_config config;
	uint64_t now_ns;
	bool in_use;              /* what the hook queue_in_use answers */
	struct buf hooks;         /* what the hooks told: "ready q k; group g" */
	struct buf said;          /* the answer being written */
	struct rig_token *tokens; /* by fence, for those that take answered */
	size_t token_count;
};

/* The clock starts at one second, fences at 1; made op ids are "rig-1", "rig-2" ... */
void rig_init(struct rig *rig);
void rig_init_with(struct rig *rig, const struct core_config *config);
void rig_fini(struct rig *rig);

/* Runs one command; the answer is valid until the next. */
const char *rig_do(struct rig *rig, const char *command);
const char *rig_do_unchecked(struct rig *rig, const char *command); /* without core_check() */

/* What the hooks told since the last call; valid until the next command. */
const char *rig_hooks(struct rig *rig);

/* Moves the clock and does all that is due. */
void rig_pass_ns(struct rig *rig, uint64_t ns);
void rig_pass_ms(struct rig *rig, uint64_t ms);
void rig_settle(struct rig *rig);

/* The token that a take answered with this fence. */
struct span rig_token(const struct rig *rig, uint64_t fence);

/* memory_bytes of the stats. */
uint64_t rig_bytes(struct rig *rig);

/* Changes the configuration of the core under test to rig->config. */
void rig_configure(struct rig *rig);

/* ck_assert() writes to a file each time it holds; where that is a million times, this. */
#define NEED(condition)                                         \
	do {                                                    \
		if (!(condition))                               \
			ck_abort_msg("not so: %s", #condition); \
	} while (0)

#define EXPECT(rig, command, answer) ck_assert_str_eq(rig_do((rig), (command)), (answer))
#define EXPECT_HOOKS(rig, told)      ck_assert_str_eq(rig_hooks(rig), (told))
#define RIG_TESTS(tests)             (tests), sizeof(tests) / sizeof((tests)[0])

/* What main() does: runs the tests as one suite; the exit status. */
int rig_main(const char *name, const TTest *const *tests, size_t count);

#endif
