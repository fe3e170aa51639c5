/*
 * Numbers as people read them: "1 204", "3.2 s", "1.5 MiB".
 */
#ifndef INFLIGHT_CLI_HUMAN_H
#define INFLIGHT_CLI_HUMAN_H

#include <stdint.h>

#define HUMAN_SIZE 32 /* room for any of them */

/* Each writes into `out` and returns it. */
const char *human_count(char out[HUMAN_SIZE], int64_t count); /* "1 204" */
const char *human_ms(char out[HUMAN_SIZE], int64_t ms);       /* "840 ms", "3.2 s", "2 h 5 min" */
const char *human_us(char out[HUMAN_SIZE], int64_t us);       /* "73 us", else as human_ms() */
const char *human_bytes(char out[HUMAN_SIZE], int64_t bytes); /* "512 B", "1.5 MiB" */
const char *human_rate(char out[HUMAN_SIZE], double per_second); /* "0.4/s", "1 204/s" */

#endif
