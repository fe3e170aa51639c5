/*
 * What the machine is made of, for the files of src/core alone; parts.h has what they do
 * for each other.
 *
 *   core ─┬─ queues ── queue ─┬─ bins ── bin ── sets ── set ── ops ── op
 *         │                   ├─ keys ── the first of all sets of a key
 *         │                   └─ ops by id
 *         ├─ leases ── lease ── its set
 *         ├─ groups ── group ── members ── member ── its op, while there is one
 *         ├─ watches ── watch ── its op, while there is one
 *         └─ timers: everything that is due, in one heap
 *
 * A set's state is the bin it stands in, and set_enter()/set_leave() are the only
 * ones to move it. To throw away a million sets, their bin is replaced by an empty one
 * and *doomed*: from that moment whatever is in it counts as gone, while core_tick()
 * ends its ops one after the other. Whoever reaches a set, op or lease by another way
 * (an id, a token, a timer) asks set_is_doomed() first.
 *
 * Ownership: a queue owns its bins, a bin its sets, a set its ops and its lease, a group
 * its members. Ops point to members and watches and back; the side that dies first cuts
 * the link.
 *
 * A set and an op carry what every one of them needs. What only some have, for a time,
 * stands in a record beside them: a window, a lease, an op's ties.
 */
#ifndef INFLIGHT_CORE_MACHINE_H
#define INFLIGHT_CORE_MACHINE_H

#include "base/check.h"
#include "base/clock.h"
#include "base/heap.h"
#include "base/index.h"
#include "base/list.h"
#include "base/map.h"
#include "base/pool.h"
#include "core/core.h"

#define MADE_ID_MAX     32    /* bytes of an op id of our making */
#define TOKEN_MAX       48    /* bytes of a lease token */
#define RECENT_FINISHES 10000 /* the contract's memory for repeated finishes */
#define RECENT_CHAINS   16384 /* a power of two above it */

/* What heap_node.kind says in core.timers. */
enum timer_kind {
	TIMER_WINDOW,        /* a waiting set gets ready */
	TIMER_LEASE,         /* a leased set goes back */
	TIMER_TTL,           /* an op expires */
	TIMER_GROUP_TIMEOUT, /* a group ends with what it has */
	TIMER_GROUP_RETAIN,  /* a completed group is forgotten */
	TIMER_QUEUE_IDLE,    /* a queue nobody used is forgotten */
};

enum bin_kind { BIN_PENDING, BIN_HELD, BIN_LEASED, BIN_DEAD };
#define BIN_KINDS 4

struct queue;
struct set;

/*
 * All sets of a queue in one condition. `sets` holds those that are not pending, oldest
 * first. Pending ones are in `ready`, or in `waiting` while their window is open, or in
 * `ending` once a close has ended it, be the queue open again or not.
 */
struct bin {
	struct queue *queue;
	enum bin_kind kind;
	enum outcome_kind doom; /* how its ops end; NONE while it lives */
	uint64_t set_count;
	uint64_t op_count;
	struct list sets;
	/* BIN_PENDING only: */
	struct heap ready;   /* in the order of being handed out */
	struct list waiting; /* windows */
	struct list ending;  /* windows that a close has ended; to be made ready */
	uint64_t waiting_count;
	uint64_t ending_count;
	uint32_t era; /* of the windows in `waiting`; those of an earlier one are in `ending` */
	struct list_node doomed_node;
};

struct queue {
	struct map_node node;
	struct core *core;
	struct queue_options options;
	struct bin *bins[BIN_KINDS];
	struct map keys; /* of each the first set, see keys.c */
	struct map ops;  /* by id, whatever their state */
	struct queue_counters counters;
	struct queue_histograms histograms;
	struct heap_node idle_timer;
	struct list_node closing_node; /* in core.closing while windows are being ended */
	struct list_node kicking_node; /* in core.kicking while dead sets are to come back */
	uint64_t kicks;                /* so many, the oldest, if they died before `kick_until` */
	uint64_t kick_until;           /* a number of core.next_seq */
	uint64_t touched_ns;
	unsigned doomed_bins; /* thrown away and not worked off yet; they keep a deleted queue */
	bool by_first_use;    /* may be forgotten when idle */
	bool closed;
	bool paused;
	bool gone; /* deleted: only its doomed bins keep it */
	uint16_t name_len;
	char name[];
};

/* What a set is for its key, see keys.c. */
enum key_place {
	KEY_UNKNOWN, /* not to be found by it */
	KEY_FIRST,   /* in the queue's map */
	KEY_TWIN,    /* behind the first */
};

struct set {
	struct bin *bin;
	union {
		/*
		 * key and tie: since when it is ready and its number, which make its place in the
		 * order; of a waiting set, when it will be. It is linked in the bin's `ready`,
		 * while it waits in the timers, else by `link` in the bin's `sets`.
		 */
		struct heap_node place;
		struct { /* what fits into the node's spare bytes */
			char node[offsetof(struct heap_node, spare)];
			uint8_t state : 4;     /* enum set_state */
			uint8_t key_place : 4; /* enum key_place */
			uint16_t key_len;
		};
	};
	struct list_node twins; /* the ring of all sets of its key */
	struct op *ops;         /* the first of a ring, NULL: none */
	union {
		struct lease *lease;     /* leased */
		struct set *newest_dead; /* dead: of the oldest of its key; see keys.c */
		struct window *window;   /* else; NULL: not waiting, nor to wait again */
	};
	uint64_t created_ns;    /* when its first op came */
	struct map_node by_key; /* the hash is always there, KEY_FIRST is in the map */
	uint32_t op_count;
	char key[];
};

_Static_assert(offsetof(struct set, twins) == sizeof(struct bin *) + sizeof(struct heap_node),
	"state and key length fit into the node");

struct window {
	struct list_node node; /* of a waiting set: in the bin's `waiting` or `ending` */
	struct set *set;
	uint64_t open_ns;  /* not ready before, 0: no such time */
	uint32_t era;      /* the bin's when it came */
	bool has_returned; /* waits for the delay of a release; its own window is behind it */
};

struct lease {
	struct map_node by_fence;
	struct set *set;
	struct heap_node timer;
	struct owner *owner; /* NULL: outlives its connection */
	struct list_node owner_node;
	struct blob *holder;
	uint64_t fence;
	uint64_t granted_ns;
	uint64_t lease_ms;
};

/* A connection that wants its leases released when it ends. */
struct owner {
	struct map_node node;
	struct list leases;
	struct list_node orphan_node; /* in core.orphans once it is gone */
	uint64_t id;
};

/* A finish that was done, remembered for repeats; see finish.c. */
struct recent {
	uint64_t fence;
	uint32_t finished;
	uint32_t released;
	uint32_t next; /* 1 + index of the next in its chain, 0: none */
};

struct op {
	struct op *next; /* the ring of its set's ops */
	struct op *prev;
	struct set *set;
	struct op_ties *ties;  /* NULL: it has none */
	struct map_node by_id; /* in its queue */
	uint32_t attempts;
	uint32_t msg_len;
	uint8_t id_len;
	bool reported; /* dead: its outcome was told already */
	char bytes[];  /* id, then msg */
};

/* What else wants to know of an op. */
struct op_ties {
	struct member *member; /* of a group, or NULL */
	struct watch *watches; /* first of those who wait for the outcome */
	struct ttl *ttl;       /* NULL: never expires */
};

struct ttl {
	struct heap_node timer;
	struct op *op;
	uint64_t due_ns;
};

struct watch {
	struct map_node node;
	struct watch *next;
	struct watch **link;         /* what points to this one; NULL where the op has ended */
	struct list_node group_node; /* hangs on a member: in its group's `watched` */
	uint64_t id;
	enum outcome_kind outcome;
	struct blob *json;
};

struct member {
	struct list_node node; /* in its group, in the order of adding */
	struct map_node by_id;
	struct group *group;
	struct op *op;         /* NULL: not queued, or ended */
	struct group *child;   /* the group whose completion it stands for, until then */
	struct watch *watches; /* of those who came while it had no op */
	enum outcome_kind outcome;
	struct blob *json;
	uint16_t id_len;
	uint16_t key_len;
	bool queued;  /* has a key to show */
	char bytes[]; /* id, then key */
};

struct group {
	struct map_node node;
	struct list members;
	struct list watched; /* watches that hang on members */
	struct map by_id;
	struct heap_node timer;          /* timeout before completion, retention after it */
	struct list_node completed_node; /* while its completion is being announced */
	struct list_node doomed_node;
	struct member *parent;          /* the op of another group that stands for this one */
	struct blob *on_complete_queue; /* NULL: nothing happens on completion */
	struct blob *on_complete_key;
	struct blob *on_complete_op;
	uint64_t ops;
	uint64_t outstanding;
	uint64_t failed;
	uint64_t size; /* seals itself at that many; TIME_NEVER: never */
	uint64_t retain_ms;
	bool auto_complete;
	bool sealed;
	bool complete;
	bool timed_out; /* members without outcome count as timed out */
	bool doomed;
	uint16_t name_len;
	char name[];
};

struct core {
	struct core_config config;
	struct core_seed seed;
	struct core_hooks hooks;
	uint64_t now_ns; /* of the verb or tick under way */
	uint64_t bytes;  /* held by everything below */
	struct pool pool;
	uint64_t next_seq;
	uint64_t next_fence;
	uint64_t next_op;
	bool ids_are_guessed; /* a client chose an id that we may come to */
	uint64_t next_watch;
	struct heap timers;
	struct map queues;
	struct queue *last_queue; /* the queue and the group asked for last, NULL: gone */
	struct group *last_group;
	struct index queue_names;
	struct map groups;
	struct index group_names;
	struct map leases;
	struct map owners;
	struct map watches;
	struct recent *recent;   /* ring of RECENT_FINISHES */
	uint32_t *recent_chains; /* RECENT_CHAINS */
	uint32_t recent_next;
	/* Work for core_tick(): */
	struct list closing; /* queues whose windows end because they were closed */
	struct list kicking; /* queues with dead sets that were kicked and are not back yet */
	struct list orphans; /* owners whose leases are to be released */
	struct list doomed_bins;
	uint64_t doomed_leases; /* of sets in them */
	struct list doomed_groups;
	struct list completed_groups; /* whose on_complete is being seen to; empty between verbs */
	bool announcing;
	struct set *spent;        /* delivered without a lease; lives until the next verb or tick */
	struct set **peeked;      /* what the last peek found, for its cursor */
	struct blob *null_result; /* the JSON null */
	struct blob *polled;      /* outcome that the last watch_poll showed */
	struct buf scratch;       /* for messages rendered at completion */
	char token[TOKEN_MAX];    /* of the last take, for its answer */
	struct queue_counters totals;
	struct queue_histograms histograms; /* the sums of all queues' */
	uint64_t live_ops; /* in queues, the dead included; not those of doomed bins */
	uint64_t refused_memory;
	uint64_t refused_queues;
	uint64_t refused_groups;
	uint64_t refused_group_ops;
};

#endif
