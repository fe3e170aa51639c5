/*
 * audit_check FILE...: replays audit streams and says what they violate. Exit status 0:
 * nothing, 1: something, 2: a file cannot be read.
 */
#include <config.h>

#include "audit/history.h"

#include <stdio.h>
#include <stdlib.h>

static int
check_file(const char *path)
{
	struct history *h = calloc(1, sizeof(*h));
	int status = 2;

	if (h == NULL)
		return 2;
	history_init(h, path);
	if (history_read(h, path)) {
		status = history_end(h) ? 0 : 1;
		history_report(h);
	}
	history_fini(h);
	free(h);
	return status;
}

int
main(int argc, char **argv)
{
	int worst = argc < 2 ? 2 : 0;

	if (argc < 2)
		fprintf(stderr, "usage: audit_check FILE...\n");
	for (int i = 1; i < argc; i++) {
		int status = check_file(argv[i]);

		worst = status > worst ? status : worst;
	}
	return worst;
}
