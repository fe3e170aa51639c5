/* Where the tool's token comes from. */
#include <config.h>

#include "cli/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"

#define LINE_SIZE 256 /* room for the longest token, its line end, and to see a longer one */

static bool
give(struct inflight *client, const char *token, const char *where)
{
	if (inflight_set_token(client, token) == INFLIGHT_OK)
		return true;
	report("%s: the token is not 1 to 200 bytes of valid UTF-8", where);
	return false;
}

/* The first line of the file; what follows may be the line for the daemon's file. */
static bool
give_from_file(struct inflight *client, const char *path)
{
	char line[LINE_SIZE] = "";
	FILE *file = fopen(path, "re");
	bool good = file != NULL && (fgets(line, sizeof line, file) != NULL || !ferror(file));

	if (!good)
		report("%s: %s", path, strerror(errno));
	if (file != NULL)
		fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	good = good && give(client, line, path);
	explicit_bzero(line, sizeof line);
	return good;
}

bool
token_use(struct inflight *client, const char *file)
{
	const char *token = getenv("INFLIGHT_TOKEN");

	if (file == NULL)
		file = getenv("INFLIGHT_TOKEN_FILE");
	if (file != NULL)
		return give_from_file(client, file);
	return token == NULL || give(client, token, "INFLIGHT_TOKEN");
}
