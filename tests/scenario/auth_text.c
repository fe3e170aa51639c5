/*
 * Found like the scenarios themselves, in the source folder.
 */
#include <config.h>

#include "scenario/auth_text.h"

#include <stdio.h>
#include <stdlib.h>

bool
auth_text_read(const char *name, struct buf *text)
{
	const char *srcdir = getenv("srcdir");
	char path[512];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/tests/scenario/%s", srcdir == NULL ? "." : srcdir, name);
	file = fopen(path, "r");
	if (file == NULL)
		return false;
	do {
		len = fread(buf_reserve(text, 4096), 1, 4096, file);
		buf_commit(text, len);
	} while (len > 0);
	fclose(file);
	return true;
}
