/*
 * Runs of the `inflight` tool against a test's own daemon.
 */
#ifndef INFLIGHT_TESTS_CLI_HELPER_H
#define INFLIGHT_TESTS_CLI_HELPER_H

#include "harness.h"

/* The words of a command line as the argument of the functions below. */
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Starts `inflight -s ADDRESS WORDS...`. */
void cli_start(struct program *program, const struct daemon *daemon, const char *const *words);

/*
 * Runs it to its end and requires the status, and these texts on its outputs: `out` as a whole,
 * `err` somewhere in it ("": nothing there). NULL: not looked at.
 */
void cli_run(const struct daemon *daemon, const char *const *words, const char *input, int status,
	const char *out, const char *err);

/* The same for a program that was started and ends now. */
void cli_end(struct program *program, int status, const char *out, const char *err);

/* A worker of `sums`: adds up the numbers of each line with the system's awk. */
void cli_start_sums(struct program *program, const struct daemon *daemon, const char *jobs);

/* A named pipe in the daemon's folder that a command reads to wait for cli_let_go(). */
const char *cli_gate(const struct daemon *daemon);
void cli_let_go(const struct daemon *daemon);

#endif
