/* The tool's front door: options before the verb, and which verb it is. */
#include <config.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/report.h"

static int
run_verb(const struct common *common, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct common *common, int argc, char **argv);
	} verbs[] = {{"help", verb_help}, {"map", verb_map}, {"work", verb_work}};

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (strcmp(argv[0], verbs[i].name) == 0)
			return verbs[i].run(common, argc, argv);
	}
	return verb_call(common, argc, argv);
}

int
main(int argc, char **argv)
{
	struct common common = {.timeout_ms = -1};
	int option;

	while ((option = getopt(argc, argv, "+s:t:hV")) != -1) {
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
