/* A stranger's program: built with what pkg-config says of the installed library. */
#include <inflight.h>

#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	struct inflight *client = inflight_new("tcp:no port");
	int good = client != NULL && argc == 2 && strcmp(inflight_version(), argv[1]) == 0 &&
		   inflight_connect(client, 0) == INFLIGHT_INVALID &&
		   *inflight_trouble(client) != '\0';

	if (!good)
		fprintf(stderr, "version %s\n", inflight_version());
	inflight_free(client);
	return good ? 0 : 1;
}
