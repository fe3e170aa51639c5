/*
 * The language of the *.scn files: who sends what, and what must come back. A
 * script is one file, read whole; it owns its text and its scenarios.
 *
 *   # comment                  to the end of the line, whole lines only
 *   == name                    begins a scenario
 *   % option=value             the daemon runs with that option
 *   % auth_file=NAME           who may do what: a file in this folder
 *   % run=memory,sockets       only there, of: memory delayed sockets
 *   A> line                    connection A sends that line (A to Z, opened by first use)
 *   A>> "GET\x20/\r\n"         A sends those bytes, no newline added
 *   A< json                    the next answer of A
 *   A= {...}                   the next answer of A, success with that result
 *   A=7 {...}                  the answer of A to id 7, success with that result
 *   A? name text               the next answer of A is that error, text is in its message
 *   A?7 name text              the same of the answer to id 7
 *   A~ text                    the answer matched last contains these very bytes
 *   A^ text                    and it does not contain these
 *   A.                         A has no answer waiting
 *   A!                         the daemon closed A
 *   A-                         A sends no more (half-close)
 *   A#                         A is gone (closed)
 *   +501ms                     time passes
 *   +501ms!                    time passes, and what is sent next is there in the very moment
 *                              in which the daemon looks at the clock again
 *
 * A line that begins with white space continues the one before. In what is sent and what is
 * expected
 *
 *   "$NAME"                    stands for what was bound to NAME
 *   <200*ab>                   stands for 200 times ab, where # is the number of the copy, from 1
 *
 * and in what is expected
 *
 *   "$any" "$string" "$uint"   any value, string, non-negative integer
 *   "$string=NAME"             the same, bound to NAME (upper case)
 *   "$has:text"                a string that contains text
 *   "...":0                    in an object: others are allowed; "..." last in an array too
 *
 * Objects compare without order, numbers by their spelling.
 */
#ifndef INFLIGHT_TESTS_SCENARIO_SCRIPT_H
#define INFLIGHT_TESTS_SCENARIO_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHY_SIZE 1024 /* room for a sentence that says why something failed */

enum step_kind {
	STEP_SEND,
	STEP_BYTES,
	STEP_ANSWER,
	STEP_RESULT,
	STEP_ERROR,
	STEP_CONTAINS,
	STEP_LACKS,
	STEP_QUIET,
	STEP_CLOSED,
	STEP_EOF,
	STEP_CLOSE,
	STEP_TIME,
	STEP_MOMENT,
};

struct step {
	enum step_kind kind;
	int line;
	int peer;   /* 0 for A */
	char *id;   /* STEP_RESULT, STEP_ERROR: JSON, NULL where none is said */
	char *text; /* what follows, continuation lines joined */
	uint64_t ms;
};

enum run_on { RUN_MEMORY = 1 << 0, RUN_DELAYED = 1 << 1, RUN_SOCKETS = 1 << 2 };

struct scenario_option {
	char *name;
	char *value;
};

struct scenario {
	const struct script *script;
	char *name;
	int line;
	unsigned run_on; /* enum run_on */
	bool is_timed;   /* it has a time step; else time passes by itself */
	struct scenario_option *options;
	size_t option_count;
	struct step *steps;
	size_t step_count;
};

struct script {
	char *path;
	struct scenario *scenarios;
	size_t count;
};

/* NULL where the file cannot be read or understood; *error (WHY_SIZE bytes) says why. */
struct script *script_load(const char *path, char *error);
void script_free(struct script *script);

#endif
