/*
 * Where a scenario is played: a service in this process under a clock of its
 * own, or a daemon behind sockets. A world lives for one scenario and owns its
 * peers and whatever they talk to.
 */
#ifndef INFLIGHT_TESTS_SCENARIO_WORLD_H
#define INFLIGHT_TESTS_SCENARIO_WORLD_H

#include "base/buf.h"
#include "scenario/script.h"

#define PEERS_MAX 1100 /* scripts name the first 26 A to Z */

/* What the player sees of a connection. */
struct talker {
	bool used;
	bool ended;          /* by the daemon, after `received` */
	struct buf received; /* not yet read by the player */
};

struct world {
	const struct world_ops *ops;
	struct talker talkers[PEERS_MAX];
};

enum await { AWAIT_LINE, AWAIT_END, AWAIT_QUIET };

struct world_ops {
	const char *name;
	enum run_on run_on;
	bool any_order; /* answers with ids may come in any order */
	int variants;   /* how often each scenario is played */
	/* NULL: *error (WHY_SIZE bytes) says which option is wrong. */
	struct world *(*open)(const struct scenario *scenario, int variant, char *error);
	void (*send)(struct world *world, int peer, struct span bytes);
	void (*eof)(struct world *world, int peer);
	void (*close)(struct world *world, int peer);
	void (*advance)(struct world *world, uint64_t ms);
	/* The same without a turn: what is sent next is there in the first one. */
	void (*jump)(struct world *world, uint64_t ms);
	/* Until what is awaited is there, or surely will not come. */
	void (*await)(struct world *world, int peer, enum await what);
	void (*free)(struct world *world);
};

extern const struct world_ops world_memory;
extern const struct world_ops world_delayed;
extern const struct world_ops world_sockets;

/* The seed of everything random: INFLIGHT_SEED, or made up and printed by the first call. */
uint64_t world_seed(void);

/* Plays all scenarios of the folder in a world of that kind; the exit status of a test program. */
int run_scenarios(const struct world_ops *ops);

#endif
