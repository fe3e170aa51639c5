/* The tool's front door: options before the verb, and which verb it is. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/report.h"

/*
 * A connection must not get the number of a standard stream that is closed. What stands in for it
 * can be used in the wrong direction only, so that using it fails as before.
 */
static bool
fill_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
			open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return false;
	}
	return true;
}

static int
run_verb(const struct common *common, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct common *common, int argc, char **argv);
	} verbs[] = {
		{"bench", verb_bench}, {"help", verb_help}, {"map", verb_map}, {"work", verb_work}};

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (strcmp(argv[0], verbs[i].name) == 0)
			return verbs[i].run(common, argc, argv);
	}
	return verb_call(common, argc, argv);
}

static const struct option long_options[] = {
	TOKEN_FILE_OPTION,
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

int
main(int argc, char **argv)
{
	struct common common = {.timeout_ms = -1};
	int option;

	if (!fill_standard_streams())
		return STATUS_USAGE;
	while ((option = getopt_long(argc, argv, "+s:t:hV", long_options, NULL)) != -1) {
		switch (option) {
		case 'h':
			print_usage();
			return STATUS_OK;
		case 'V':
			printf("inflight %s\n", inflight_version());
			return STATUS_OK;
		default:
			if (!common_option(&common, option, optarg))
				return usage_error();
		}
	}
	if (optind == argc) {
		report("no method or verb is given");
		return usage_error();
	}
	return run_verb(&common, argc - optind, argv + optind);
}
