/*
 * See library.h.
 */
#include <config.h>

#include "scenario/library.h"

#include "base/alloc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
is_script(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && strcmp(entry->d_name + len - 4, ".scn") == 0;
}

static void
add_script(struct library *library, struct script *script, enum run_on run_on)
{
	size_t size = (library->script_count + 1) * sizeof(*library->scripts);
	size_t count = library->scenario_count + script->count;

	library->scripts = xrealloc(library->scripts, size);
	library->scripts[library->script_count++] = script;
	library->scenarios =
		xrealloc(library->scenarios, (count + 1) * sizeof(*library->scenarios));
	for (size_t i = 0; i < script->count; i++)
		if ((script->scenarios[i].run_on & run_on) != 0)
			library->scenarios[library->scenario_count++] = &script->scenarios[i];
}

static bool
load_folder(struct library *library, const char *folder, enum run_on run_on)
{
	struct dirent **entries;
	char error[WHY_SIZE];
	bool good = true;
	int count = scandir(folder, &entries, is_script, alphasort);

	for (int i = 0; i < count; i++) {
		char path[1024];
		struct script *script;

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		script = good ? script_load(path, error) : NULL;
		if (script != NULL) {
			add_script(library, script, run_on);
		} else if (good) {
			fprintf(stderr, "%s\n", error);
			good = false;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return good;
}

bool
library_load(struct library *library, enum run_on run_on)
{
	const char *srcdir = getenv("srcdir");
	char folder[512];

	*library = (struct library){0};
	snprintf(folder, sizeof(folder), "%s/tests/scenario", srcdir == NULL ? "." : srcdir);
	if (load_folder(library, folder, run_on) && library->scenario_count > 0)
		return true;
	fprintf(stderr, "no scenarios in %s\n", folder);
	return false;
}

void
library_fini(struct library *library)
{
	for (size_t i = 0; i < library->script_count; i++)
		script_free(library->scripts[i]);
	free(library->scripts);
	free(library->scenarios);
}
