/*
 * Reads *.scn files; see script.h for the language. A script owns everything in
 * it and lives until script_free().
 */
#include <config.h>

#include "scenario/script.h"

#include "base/alloc.h"
#include "base/check.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct script *script;
	struct scenario *scenario; /* the one being read, NULL before the first */
	char **last;               /* the text a continuation line goes to, NULL where none may */
	int line;
	char *error;
};

static const struct {
	const char *sign;
	enum step_kind kind;
	bool has_id;
} signs[] = {
	{">>", STEP_BYTES, false}, /* before ">" */
	{">", STEP_SEND, false},
	{"<", STEP_ANSWER, false},
	{"=", STEP_RESULT, true},
	{"?", STEP_ERROR, true},
	{"~", STEP_CONTAINS, false},
	{"^", STEP_LACKS, false},
	{".", STEP_QUIET, false},
	{"!", STEP_CLOSED, false},
	{"-", STEP_EOF, false},
	{"#", STEP_CLOSE, false},
};

static bool
reader_fail(struct reader *reader, const char *what)
{
	snprintf(reader->error, WHY_SIZE, "%s:%d: %s", reader->script->path, reader->line, what);
	return false;
}

static char *
skip_space(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static void
trim_end(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
}

static bool
read_heading(struct reader *reader, char *line)
{
	struct script *script = reader->script;
	struct scenario *scenario;

	script->scenarios =
		xrealloc(script->scenarios, (script->count + 1) * sizeof(*script->scenarios));
	scenario = &script->scenarios[script->count++];
	*scenario = (struct scenario){
		.script = script,
		.name = xstrdup(skip_space(line)),
		.line = reader->line,
		.run_on = RUN_MEMORY | RUN_DELAYED | RUN_SOCKETS,
	};
	reader->scenario = scenario;
	return true;
}

static bool
read_run_on(struct reader *reader, const char *value)
{
	unsigned run_on = 0;

	if (strstr(value, "memory") != NULL)
		run_on |= RUN_MEMORY;
	if (strstr(value, "delayed") != NULL)
		run_on |= RUN_DELAYED;
	if (strstr(value, "sockets") != NULL)
		run_on |= RUN_SOCKETS;
	if (run_on == 0)
		return reader_fail(reader, "run= takes memory, delayed, sockets");
	reader->scenario->run_on &= run_on;
	return true;
}

static bool
read_option(struct reader *reader, char *line)
{
	struct scenario *scenario = reader->scenario;
	char *name = skip_space(line);
	char *equals = strchr(name, '=');
	size_t size = (scenario->option_count + 1) * sizeof(*scenario->options);

	if (equals == NULL)
		return reader_fail(reader, "an option is name=value");
	if (strncmp(name, "run=", 4) == 0)
		return read_run_on(reader, equals + 1);
	scenario->options = xrealloc(scenario->options, size);
	scenario->options[scenario->option_count++] = (struct scenario_option){
		.name = xstrndup(name, (size_t)(equals - name)),
		.value = xstrdup(equals + 1),
	};
	return true;
}

static struct step *
add_step(struct reader *reader, enum step_kind kind)
{
	struct scenario *scenario = reader->scenario;
	size_t size = (scenario->step_count + 1) * sizeof(*scenario->steps);
	struct step *step;

	scenario->steps = xrealloc(scenario->steps, size);
	step = &scenario->steps[scenario->step_count++];
	*step = (struct step){.kind = kind, .line = reader->line};
	return step;
}

static bool
read_time(struct reader *reader, char *line)
{
	struct step *step = add_step(reader, STEP_TIME);
	char *end;

	errno = 0;
	step->ms = strtoull(line, &end, 10);
	if (strcmp(end, "ms!") == 0)
		step->kind = STEP_MOMENT;
	else if (errno != 0 || end == line || strcmp(end, "ms") != 0)
		return reader_fail(reader, "time is told as +501ms, or +501ms!");
	reader->scenario->run_on &= ~(unsigned)RUN_SOCKETS;
	reader->scenario->is_timed = true;
	return true;
}

/* The id stands right behind the sign: A=7 {...} */
static char *
read_id(struct step *step, char *text)
{
	char *end = text;

	if (*text == '\0' || isspace((unsigned char)*text))
		return text;
	while (*end != '\0' && !isspace((unsigned char)*end))
		end++;
	step->id = xstrndup(text, (size_t)(end - text));
	return end;
}

static bool
read_step(struct reader *reader, char *line)
{
	int peer = line[0] - 'A';
	char *text = line + 1;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		struct step *step;

		if (strncmp(text, signs[i].sign, strlen(signs[i].sign)) != 0)
			continue;
		step = add_step(reader, signs[i].kind);
		step->peer = peer;
		text += strlen(signs[i].sign);
		if (signs[i].has_id)
			text = read_id(step, text);
		step->text = xstrdup(*text == ' ' ? text + 1 : text);
		reader->last = &step->text;
		return true;
	}
	return reader_fail(reader, "no such step");
}

static bool
read_continuation(struct reader *reader, char *line)
{
	char *rest = skip_space(line);
	size_t len;

	if (reader->last == NULL)
		return reader_fail(reader, "nothing to continue");
	len = strlen(*reader->last);
	*reader->last = xrealloc(*reader->last, len + strlen(rest) + 1);
	memcpy(*reader->last + len, rest, strlen(rest) + 1);
	return true;
}

static bool
read_line(struct reader *reader, char *line)
{
	trim_end(line);
	if (line[0] == '\0' || line[0] == '#')
		return true;
	if (line[0] == ' ' || line[0] == '\t')
		return read_continuation(reader, line);
	reader->last = NULL;
	if (strncmp(line, "== ", 3) == 0)
		return read_heading(reader, line + 3);
	if (reader->scenario == NULL)
		return reader_fail(reader, "a scenario begins with == name");
	if (line[0] == '%')
		return read_option(reader, line + 1);
	if (line[0] == '+')
		return read_time(reader, line + 1);
	if (line[0] >= 'A' && line[0] <= 'Z')
		return read_step(reader, line);
	return reader_fail(reader, "no such line");
}

struct script *
script_load(const char *path, char *error)
{
	struct reader reader = {.error = error};
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	bool good = true;

	if (file == NULL) {
		snprintf(error, WHY_SIZE, "%s: %s", path, strerror(errno));
		return NULL;
	}
	reader.script = xcalloc(1, sizeof(*reader.script));
	reader.script->path = xstrdup(path);
	while (good && getline(&line, &size, file) >= 0) {
		reader.line++;
		good = read_line(&reader, line);
	}
	free(line);
	fclose(file);
	if (good)
		return reader.script;
	script_free(reader.script);
	return NULL;
}

static void
scenario_fini(struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->step_count; i++) {
		free(scenario->steps[i].id);
		free(scenario->steps[i].text);
	}
	for (size_t i = 0; i < scenario->option_count; i++) {
		free(scenario->options[i].name);
		free(scenario->options[i].value);
	}
	free(scenario->steps);
	free(scenario->options);
	free(scenario->name);
}

void
script_free(struct script *script)
{
	if (script == NULL)
		return;
	for (size_t i = 0; i < script->count; i++)
		scenario_fini(&script->scenarios[i]);
	free(script->scenarios);
	free(script->path);
	free(script);
}
