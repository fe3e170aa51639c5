/*
 * The torture: the real daemon with its audit stream on, client processes that keep what
 * was acknowledged to them, and everything in between failing all the time. Afterwards
 * the stream must follow from itself (tests/audit), and the clients' logs from it.
 *
 *   clients -- veth pair between two network namespaces -- fault proxy -- daemon
 *
 * Where namespaces cannot be made (no root), the same without them over the loopback
 * device, and the report says so. One program has all the parts: `torture proxy` and
 * `torture client` are started by `torture`.
 */
#ifndef INFLIGHT_TESTS_TORTURE_TORTURE_H
#define INFLIGHT_TESTS_TORTURE_TORTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CLIENTS    4
#define LOG_BUFFER 512
#define PATH_SIZE  256

enum fault {
	FAULT_CUT,      /* by the proxy: both sides closed in the middle of something */
	FAULT_RESET,    /* with RST */
	FAULT_HALF,     /* the client's end is passed on, its answers still come */
	FAULT_SPLIT,    /* bytes in pieces */
	FAULT_DELAY,    /* held back for some milliseconds */
	FAULT_THROTTLE, /* answers not read for some time */
	FAULT_KILL,     /* a client ends by SIGKILL */
	FAULT_STOP,     /* a client is stopped and goes on later */
	FAULT_RELOAD,   /* SIGHUP to the daemon */
	FAULT_HOG,      /* more connections than the daemon has descriptors */
	FAULT_LOSS,     /* packets dropped by nft */
	FAULT_REJECT,   /* packets answered by a reset by nft */
	FAULT_LINK,     /* the link is down for some time */
	FAULT_RATE,     /* tc tbf */
	FAULT_SS_KILL,  /* ss -K on the daemon's side */
	FAULT_CLOCK,    /* the time of day jumps */
	FAULT_COUNT,
};

/* In a file that all processes map. */
struct board {
	uint64_t faults[FAULT_COUNT];
	uint64_t requests;
	uint64_t answers;
	uint64_t connections;
	bool calm; /* no more faults: the end is near */
};

/* What a client was told, one for each answer. */
enum heard { HEARD_OTHER, HEARD_ENQUEUED, HEARD_SET, HEARD_FINISHED };

struct entry {
	uint64_t call_ns; /* when the request was given to the socket */
	uint64_t return_ns;
	uint64_t seq;  /* told by the answer */
	uint64_t name; /* hash of the op or the token */
	uint64_t what; /* enum heard */
};

struct random {
	uint64_t state;
};

static inline uint64_t
random_next(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline unsigned
random_below(struct random *random, unsigned bound)
{
	return (unsigned)(random_next(random) % bound);
}

/* FNV-1a. */
static inline uint64_t
hash_name(const char *text, size_t len)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
	return hash;
}

uint64_t torture_now_ns(void);
struct board *board_map(const char *path);
_Noreturn void torture_fail(const char *what);

/* ---- proxy.c, client.c: the programs within ---------------------------------- */

/* Listens on `address`, says its port on standard output, passes on to `port` of 127.0.0.1. */
int proxy_main(const char *address, uint16_t port, uint64_t seed, const char *board);
int
client_main(const char *address, uint16_t port, uint64_t seed, const char *board, const char *log);

/* ---- network.c ------------------------------------------------------------------ */

struct network {
	bool isolated; /* in namespaces */
	char daemon_ns[32], client_ns[32];
	char address[32]; /* where the proxy listens */
	const char *why_not;
};

void network_open(struct network *network);
void network_close(struct network *network);
/* Puts `ip netns exec NAME` before a command where there are namespaces; argv has room. */
unsigned network_prefix(const struct network *network, bool daemon_side, const char **argv);
/* Does a fault of the network for some time; false where it cannot. */
bool network_fault(struct network *network, enum fault fault, struct random *random);
/* Runs a command to its end; its exit status. */
int run_command(const char *const *argv);
void torture_sleep_ms(unsigned ms);

struct torture {
	char dir[PATH_SIZE - 64], board_path[PATH_SIZE], stream[PATH_SIZE], clock[PATH_SIZE];
	char logs[CLIENTS][PATH_SIZE];
	const char *self, *clock_shim;
	struct board *board;
	struct network network;
	struct random random;
	pid_t daemon, proxy, clients[CLIENTS];
	uint16_t daemon_port, proxy_port;
	uint64_t seed, started;
	bool quick;
};

/* ---- processes.c ------------------------------------------------------------------ */

/* Starts a program; *out, where wanted, is the reading end of its standard output. */
pid_t start_process(const struct torture *t, const char *const *argv, int *out, bool is_daemon);
void start_daemon(struct torture *t);
void start_proxy(struct torture *t);
void start_client(struct torture *t, unsigned i);
/* Signals a process of ours and waits for its end: its status. */
int end_process(pid_t *pid, int signo);
/* Takes more connections than the daemon may have descriptors, and keeps them. */
int hog_main(uint16_t port);

/* ---- compare.c -------------------------------------------------------------------- */

/* Holds the clients' logs against the stream; the number of contradictions. */
uint64_t compare_logs(const char *stream, const char *const *logs, unsigned count);

#endif
