/*
 * The network of the torture: two namespaces and a veth pair, and what can go wrong there.
 * Everything has this process's number in its name and goes with it; the namespaces take
 * their rules, links and addresses along.
 */
#include <config.h>

#include "torture/torture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGS_MAX 24

void
torture_sleep_ms(unsigned ms)
{
	struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		continue;
}

int
run_command(const char *const *argv)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		torture_fail("fork");
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Runs the words of a command, separated by single blanks. */
static bool __attribute__((format(printf, 1, 2))) run_words(const char *format, ...)
{
	char text[400];
	const char *argv[ARGS_MAX + 1];
	unsigned count = 0;
	char *save = text;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	while (save != NULL && count < ARGS_MAX)
		argv[count++] = strsep(&save, " ");
	argv[count] = NULL;
	return run_command(argv) == 0;
}

unsigned
network_prefix(const struct network *network, bool daemon_side, const char **argv)
{
	if (!network->isolated)
		return 0;
	argv[0] = "ip";
	argv[1] = "netns";
	argv[2] = "exec";
	argv[3] = daemon_side ? network->daemon_ns : network->client_ns;
	return 4;
}

static bool
make_pair(const struct network *network)
{
	return run_words("ip -n %s link add veth0 type veth peer name veth0 netns %s",
		       network->daemon_ns, network->client_ns) &&
	       run_words("ip -n %s addr add 10.77.0.1/24 dev veth0", network->daemon_ns) &&
	       run_words("ip -n %s addr add 10.77.0.2/24 dev veth0", network->client_ns) &&
	       run_words("ip -n %s link set lo up", network->daemon_ns) &&
	       run_words("ip -n %s link set lo up", network->client_ns) &&
	       run_words("ip -n %s link set veth0 up", network->daemon_ns) &&
	       run_words("ip -n %s link set veth0 up", network->client_ns);
}

void
network_open(struct network *network)
{
	(void)snprintf(
		network->daemon_ns, sizeof(network->daemon_ns), "torture-d-%d", (int)getpid());
	(void)snprintf(
		network->client_ns, sizeof(network->client_ns), "torture-c-%d", (int)getpid());
	(void)snprintf(network->address, sizeof(network->address), "127.0.0.1");
	network->isolated = false;
	if (network->why_not != NULL)
		return;
	if (geteuid() != 0) {
		network->why_not = "no root";
		return;
	}
	network->isolated = run_words("ip netns add %s", network->daemon_ns) &&
			    run_words("ip netns add %s", network->client_ns) && make_pair(network);
	if (network->isolated) {
		(void)snprintf(network->address, sizeof(network->address), "10.77.0.1");
		return;
	}
	network->why_not = "network namespaces cannot be made";
	(void)run_words("ip netns del %s", network->daemon_ns);
	(void)run_words("ip netns del %s", network->client_ns);
}

void
network_close(struct network *network)
{
	if (!network->isolated)
		return;
	network->isolated = false;
	(void)run_words("ip netns del %s", network->daemon_ns);
	(void)run_words("ip netns del %s", network->client_ns);
}

/* ---- faults -------------------------------------------------------------------------- */

/* For some time a rule of nft holds for packets on that device of the daemon's side. */
static bool
filter(const struct network *network, const char *device, const char *what, unsigned ms)
{
	const char *ns = network->daemon_ns;
	bool good;

	good = run_words("ip netns exec %s nft add table inet torture", ns) &&
	       run_words("ip netns exec %s nft add chain inet torture input "
			 "{ type filter hook input priority 0 ; }",
		       ns) &&
	       run_words("ip netns exec %s nft add rule inet torture input iifname %s %s", ns,
		       device, what);
	if (good)
		torture_sleep_ms(ms);
	(void)run_words("ip netns exec %s nft delete table inet torture", ns);
	return good;
}

static bool
rate(const struct network *network)
{
	bool good = run_words(
		"tc -n %s qdisc add dev veth0 root tbf rate 2mbit burst 16kbit latency 50ms",
		network->daemon_ns);

	if (good)
		torture_sleep_ms(500);
	(void)run_words("tc -n %s qdisc del dev veth0 root", network->daemon_ns);
	return good;
}

static bool
link_down(const struct network *network)
{
	if (!run_words("ip -n %s link set veth0 down", network->daemon_ns))
		return false;
	torture_sleep_ms(300);
	return run_words("ip -n %s link set veth0 up", network->daemon_ns);
}

bool
network_fault(struct network *network, enum fault fault, struct random *random)
{
	const char *device = random_below(random, 2) == 0 ? "lo" : "veth0";
	char loss[80];

	if (!network->isolated)
		return false;
	switch ((int)fault) {
	case FAULT_LOSS:
		(void)snprintf(loss, sizeof(loss), "numgen random mod 100 < %u drop",
			1 + random_below(random, 30));
		return filter(network, device, loss, 500);
	case FAULT_REJECT:
		return filter(network, device, "meta l4proto tcp reject with tcp reset", 100);
	case FAULT_LINK:
		return link_down(network);
	case FAULT_RATE:
		return rate(network);
	case FAULT_SS_KILL:
		return run_words("ip netns exec %s ss -K state established", network->daemon_ns);
	default:
		return false;
	}
}
