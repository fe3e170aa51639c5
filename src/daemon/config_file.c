/*
 * The configuration file:
 *
 *	# a comment
 *	max_memory = 512M
 *	[queue thumbs]
 *	depth = 10
 */
#include <config.h>

#include "daemon/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "ini/ini_file.h"

_Static_assert(CONFIG_WHY_SIZE <= INI_WHY_SIZE && CONFIG_ERROR_SIZE >= INI_ERROR_SIZE,
	"what is said about the configuration has to fit");

struct reading {
	struct config *config;
	bool in_section;          /* the last preset is what is being set */
	bool given[OPTION_COUNT]; /* in this section so far */
};

/* `line` is "[..." without white space around it. */
static bool
read_section(void *arg, struct span line, char *why)
{
	struct reading *reading = arg;
	size_t at = strlen("[queue ");
	struct preset *preset;
	char *name;

	if (!span_starts_with(line, SPAN("[queue ")) || line.ptr[line.len - 1] != ']') {
		snprintf(
			why, CONFIG_WHY_SIZE, "the sections of this file are written [queue NAME]");
		return false;
	}
	while (line.ptr[at] == ' ' || line.ptr[at] == '\t')
		at++;
	name = xstrndup(line.ptr + at, line.len - 1 - at);
	preset = config_add_preset(reading->config, name, why);
	free(name);
	if (preset == NULL)
		return false;
	reading->in_section = true;
	memset(reading->given, 0, sizeof(reading->given));
	return true;
}

static bool
read_value(void *arg, const char *name, const char *value, char *why)
{
	struct reading *reading = arg;
	struct config *config = reading->config;
	const struct option_row *row = option_find(name);
	struct preset *preset =
		reading->in_section ? &config->presets[config->preset_count - 1] : NULL;

	if (!config_set(config, preset, name, value, why))
		return false;
	if (reading->given[option_index(row)] && row->type != OPTION_LIST) {
		snprintf(why, CONFIG_WHY_SIZE, "%s is given a second time", name);
		return false;
	}
	reading->given[option_index(row)] = true;
	return true;
}

bool
config_read_file(struct config *config, const char *path, char *error)
{
	struct reading reading = {.config = config};
	struct ini_taker taker = {
		.arg = &reading,
		.forms = "NAME = VALUE nor [queue NAME]",
		.section = read_section,
		.value = read_value,
	};
	struct stat st;
	struct buf text;
	bool good;

	buf_init(&text);
	good = ini_file_load(path, &text, &st, error) && ini_file_parse(path, &text, &taker, error);
	buf_fini(&text);
	return good;
}
