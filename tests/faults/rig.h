/*
 * A daemon under a plan of faults, and what must hold of it whatever fails. The rig
 * owns the daemon, its folder and the plan. A rule that is broken fails the running
 * Check test, with the fault that broke it.
 */
#ifndef INFLIGHT_TESTS_FAULTS_RIG_H
#define INFLIGHT_TESTS_FAULTS_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "e2e/harness.h"
#include "faults/fault.h"
#include "faults/trace.h"

enum rig_kind {
	RIG_WORK,  /* a Unix and a TCP listener */
	RIG_START, /* and a stale socket file in the way, and a socket that is passed in */
	RIG_KINDS
};

struct rig {
	struct daemon daemon;
	struct fault_plan *plan;
	struct fault fault;
	int notify_fd;
	int passed_fd; /* -1: none */
	struct trace trace;
	unsigned descriptors;
	unsigned lost;       /* connections that ended though nobody asked for that */
	uint64_t sent_bytes; /* to the daemon: reading one byte a time takes its turns */
	uint64_t turns;      /* that it took, as it said at the end of the workload */
	bool is_gone;        /* the daemon does not take connections any more */
};

/* The name of a call in the plan. */
const char *fault_name(enum fault_call call);

void rig_require(const struct rig *rig, bool good, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* False: the daemon did not start, as it should when that fails; nothing is left then. */
bool rig_start(struct rig *rig, const struct fault *fault, enum rig_kind kind);

/* The calls that have failed; where they are traced, after the end. */
uint64_t rig_hits(struct rig *rig);

/* No call fails from here on. */
void rig_disarm(struct rig *rig);

/* Requires as many descriptors as at the start, when nobody is connected. */
void rig_require_descriptors(struct rig *rig);

/* After SIGTERM: requires a good end, one without spinning. */
void rig_end(struct rig *rig);

/*
 * After a fault of memory: the daemon may have aborted, saying so, or ended with an
 * error, or have gone on. True where it has aborted.
 */
bool rig_end_short_of_memory(struct rig *rig, bool has_started);

/* Ends it all, also after rig_end(). */
void rig_fini(struct rig *rig);

#endif
