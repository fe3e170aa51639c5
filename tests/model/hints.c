/*
 * Hints: what the core has to tell, so that nobody waits beside what there is.
 */
#include <config.h>

#include <string.h>

#include "model.h"

static bool
was_told(const char *told, const char *must)
{
	size_t len = strlen(must);

	while (*told != '\0') {
		size_t end = strcspn(told, ";");

		if (end == len && strncmp(told, must, len) == 0)
			return true;
		told += end;
		told += strspn(told, "; ");
	}
	return false;
}

/* "ready q" will do for "ready q k". */
static bool
was_told_in_some_way(const char *told, char *must)
{
	char *key = strrchr(must, ' ');

	if (was_told(told, must))
		return true;
	if (strncmp(must, "ready ", 6) == 0 && key > must + 5)
		*key = '\0';
	return was_told(told, must);
}

const char *
model_missing_hint(struct model *model, const char *told)
{
	struct buf *musts = &model->musts;
	char *must;

	model_hints(model);
	buf_add_char(musts, '\0');
	for (must = musts->data + musts->head; *must != '\0';) {
		char *end = strchr(must, '\n');

		*end = '\0';
		if (!was_told_in_some_way(told, must))
			return must;
		must = end + 1;
	}
	buf_truncate(musts, 0);
	return NULL;
}
