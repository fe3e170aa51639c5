/* The tool's front door: the options before the verb, and which verb it is. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/safe.h"
#include "cli/show.h"
#include "cli/usage.h"
#include "cli/verb.h"

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

/*
 * Whether the words behind the verb are name=value, as those of a method are. A queue whose name
 * looks so can be given behind "--".
 */
static bool
are_named(int argc, char **argv)
{
	size_t len = argc == 0 ? 0 : strspn(argv[0], "abcdefghijklmnopqrstuvwxyz_");

	return len > 0 && (argv[0][len] == '=' || strncmp(argv[0] + len, ":=", 2) == 0);
}

/* What -h and -V ask for; `verb` may be NULL. */
static int
answer(char asked, const struct verb *verb)
{
	if (asked == 'V')
		printf("inflight %s\n", inflight_version());
	else if (verb != NULL)
		usage_print_verb(stdout, verb);
	else
		usage_print_all(stdout);
	return show_end();
}

static int
run_verb(const struct verb *verb, const struct common *outer, int argc, char **argv)
{
	struct common common = *outer;
	struct arguments args;
	char asked;
	int status;

	if (!arguments_read(&args, verb, &common, argc, argv, &asked))
		status = usage_wrong(verb);
	else if (asked != 0)
		status = answer(asked, verb);
	else
		status = verb->run(&common, &args);
	arguments_fini(&args);
	return status;
}

/* What the words mean: a verb, a method by its name, or a mistake. */
static int
run_words(const struct common *common, int argc, char **argv)
{
	size_t used = 0;
	const struct verb *verb =
		verb_find((size_t)argc, (const char *const *)(uintptr_t)argv, &used);

	if (verb == NULL)
		return call_unknown(common, argc, argv);
	argc -= (int)used;
	argv += used;
	if (verb->method == NULL || !are_named(argc, argv))
		return run_verb(verb, common, argc, argv);
	return call_method(common, verb->method, argc, argv);
}

int
main(int argc, char **argv)
{
	struct common common = {.timeout_ms = -1};
	int next;
	char asked;

	if (!fill_standard_streams())
		return STATUS_USAGE;
	safe_init();
	if (!arguments_common(&common, argc, argv, &next, &asked)) {
		report_try("inflight -h");
		return STATUS_USAGE;
	}
	if (asked != 0)
		return answer(asked, NULL);
	if (next == argc) {
		report("no method or verb is given");
		report_try("inflight -h");
		return STATUS_USAGE;
	}
	return run_words(&common, argc - next, argv + next);
}
