/*
 * A hundred clients that ask for little while something big goes on, and how long they
 * wait for their answers. They live in a process of their own, which owns their
 * connections, from pinger_start() to pinger_stop().
 */
#ifndef INFLIGHT_TESTS_SCALE_PINGER_H
#define INFLIGHT_TESTS_SCALE_PINGER_H

#include "e2e/harness.h"

struct pinger;

struct pinger_figures {
	unsigned long pings;
	unsigned p50_us;
	unsigned p99_us;
	unsigned max_us;
};

/* All of them are connected when it returns. */
struct pinger *pinger_start(const struct daemon *daemon);

/* Frees the pinger; every ping was answered. */
void pinger_stop(struct pinger *pinger, struct pinger_figures *ret);

#endif
