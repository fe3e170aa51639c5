/*
 * What the kernel tells about a server under measurement, and about this program.
 */
#ifndef INFLIGHT_BENCH_PROCESS_H
#define INFLIGHT_BENCH_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* CPU time of this thread: what others do on the machine does not count. */
uint64_t cpu_ns(void);

uint64_t process_cpu_ns(pid_t pid);   /* of its main thread */
uint64_t process_resident(pid_t pid); /* bytes */

/* Keeps a process (0: this one) on that core; false where the system does not let it. */
bool process_pin(pid_t pid, int core);

#endif
