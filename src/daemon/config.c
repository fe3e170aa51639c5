/*
 * Putting a configuration together. Values go through config_set() wherever they
 * come from; what can only be seen in the whole is checked at the end (config_check.c).
 */
#include <config.h>

#include "daemon/config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth_file.h"
#include "base/alloc.h"
#include "base/check.h"

const char *
config_quote(char *out, const char *text)
{
	return log_text(out, span_str(text));
}

/* Where the value of that option lives. */
static void *
option_place(struct config *config, struct preset *preset, const struct option_row *row)
{
	if (row->queue_bit == 0)
		return (char *)config + row->offset;
	if (preset != NULL)
		return (char *)&preset->options + row->offset;
	return (char *)&config->service.core.queue_defaults + row->offset;
}

static void
list_clear(struct address_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->at[i]);
	free(list->at);
	*list = (struct address_list){NULL, 0};
}

static void
list_add(struct address_list *list, const char *text)
{
	list->at = xrealloc(list->at, (list->count + 1) * sizeof(*list->at));
	list->at[list->count++] = xstrdup(text);
}

/* Stores what option_parse() accepted. */
static void
store(void *place, const struct option_row *row, const char *text, uint64_t number)
{
	char **string = place;

	switch (row->type) {
	case OPTION_BOOL:
		*(bool *)place = number != 0;
		return;
	case OPTION_INTEGER:
	case OPTION_SIZE:
	case OPTION_MS:
	case OPTION_WORD:
	case OPTION_MODE:
		*(uint64_t *)place = number;
		return;
	case OPTION_STRING:
		free(*string);
		*string = xstrdup(text);
		return;
	case OPTION_LIST:
		list_add(place, text);
		return;
	}
}

void
config_init(struct config *config)
{
	*config = (struct config){0};
	for (const struct option_row *row = option_table; row->name != NULL; row++) {
		uint64_t number = 0;

		if (row->type == OPTION_LIST)
			continue;
		CHECK(option_parse(row, row->fallback, &number));
		store(option_place(config, NULL, row), row, row->fallback, number);
	}
}

void
config_fini(struct config *config)
{
	for (size_t i = 0; i < config->preset_count; i++)
		free(config->presets[i].name);
	free(config->presets);
	for (const struct option_row *row = option_table; row->name != NULL; row++) {
		if (row->type == OPTION_STRING)
			free(*(char **)option_place(config, NULL, row));
	}
	rules_free(config->rules);
	list_clear(&config->listen);
	*config = (struct config){0};
}

/* The rule for queue names. jansson refuses what is not UTF-8. */
static bool
name_is_valid(const char *name)
{
	size_t len = strlen(name);
	json_t *text;

	if (len == 0 || len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return false;
	}
	text = json_stringn(name, len);
	json_decref(text);
	return text != NULL;
}

struct preset *
config_add_preset(struct config *config, const char *name, char *why)
{
	char quoted[CONFIG_QUOTED_SIZE];
	struct preset *preset;

	if (!name_is_valid(name)) {
		snprintf(why, CONFIG_WHY_SIZE,
			"\"%s\" is no name for a queue; it must be 1 to %d bytes of UTF-8 without "
			"control characters",
			config_quote(quoted, name), NAME_MAX_BYTES);
		return NULL;
	}
	for (size_t i = 0; i < config->preset_count; i++) {
		if (strcmp(config->presets[i].name, name) == 0) {
			snprintf(why, CONFIG_WHY_SIZE, "queue \"%s\" has a section already",
				config_quote(quoted, name));
			return NULL;
		}
	}
	config->presets =
		xrealloc(config->presets, (config->preset_count + 1) * sizeof(*config->presets));
	preset = &config->presets[config->preset_count++];
	*preset = (struct preset){.name = xstrdup(name)};
	return preset;
}

static bool
fail_value(const char *name, const char *value, const char *rule, char *why)
{
	char quoted[CONFIG_QUOTED_SIZE];

	snprintf(why, CONFIG_WHY_SIZE, "%s: \"%s\" is not allowed: %s", name,
		config_quote(quoted, value), rule);
	return false;
}

bool
config_set(struct config *config, struct preset *preset, const char *name, const char *value,
	char *why)
{
	const struct option_row *row = option_find(name);
	char quoted[CONFIG_QUOTED_SIZE];
	char allowed[OPTION_ALLOWED_SIZE];
	char rule[256];
	uint64_t number = 0;

	if (row == NULL || (preset != NULL && row->queue_bit == 0)) {
		snprintf(why, CONFIG_WHY_SIZE, "there is no option \"%s\"%s",
			config_quote(quoted, name), preset == NULL ? "" : " of queues");
		return false;
	}
	if (!option_parse(row, value, &number)) {
		option_allowed(row, allowed);
		snprintf(rule, sizeof(rule), "it must be %s", allowed);
		return fail_value(name, value, rule, why);
	}
	if (row->type == OPTION_LIST && !server_address_is_valid(value, rule)) {
		snprintf(why, CONFIG_WHY_SIZE, "%s: %s", name, rule);
		return false;
	}
	store(option_place(config, preset, row), row, value, number);
	if (preset != NULL)
		preset->given |= row->queue_bit;
	return true;
}

/* Applies `text`, a NAME=VALUE of the command line. */
static bool
apply_set(struct config *config, const char *text, char *error)
{
	const char *equals = strchr(text, '=');
	size_t len = equals == NULL ? strlen(text) : (size_t)(equals - text);
	char *name = xstrndup(text, len);
	char why[CONFIG_WHY_SIZE];
	bool good = config_set(config, NULL, name, equals == NULL ? "" : equals + 1, why);

	free(name);
	if (!good)
		snprintf(error, CONFIG_ERROR_SIZE, "-o: %s", why);
	return good;
}

static bool
source_has_listen(const struct config_source *source)
{
	for (size_t i = 0; i < source->set_count; i++) {
		if (strncmp(source->sets[i], "listen=", strlen("listen=")) == 0)
			return true;
	}
	return source->listen_count > 0;
}

static bool
apply_command_line(struct config *config, const struct config_source *source, char *error)
{
	char why[CONFIG_WHY_SIZE];

	if (source_has_listen(source))
		list_clear(&config->listen);
	for (size_t i = 0; i < source->set_count; i++) {
		if (!apply_set(config, source->sets[i], error))
			return false;
	}
	for (size_t i = 0; i < source->listen_count; i++) {
		if (!config_set(config, NULL, "listen", source->listens[i], why)) {
			snprintf(error, CONFIG_ERROR_SIZE, "-l: %s", why);
			return false;
		}
	}
	return true;
}

/* What the sections left open is as the daemon's own defaults have it. */
static void
complete_presets(struct config *config)
{
	for (size_t i = 0; i < config->preset_count; i++) {
		struct preset *preset = &config->presets[i];
		struct queue_options given = preset->options;

		preset->options = config->service.core.queue_defaults;
		for (const struct option_row *row = option_table; row->name != NULL; row++) {
			size_t size = row->type == OPTION_BOOL ? sizeof(bool) : sizeof(uint64_t);

			if ((row->queue_bit & preset->given) != 0)
				memcpy((char *)&preset->options + row->offset,
					(const char *)&given + row->offset, size);
		}
	}
}

static bool
read_rules(struct config *config, char *error)
{
	if (config->auth_file[0] == '\0')
		return true;
	config->rules = auth_file_read(config->auth_file, error);
	return config->rules != NULL;
}

struct auth_rules *
config_take_rules(struct config *config)
{
	struct auth_rules *rules = config->rules;

	config->rules = NULL;
	return rules;
}

bool
config_load(struct config *config, const struct config_source *source, char *error)
{
	config_init(config);
	if ((source->file != NULL && !config_read_file(config, source->file, error)) ||
		!apply_command_line(config, source, error)) {
		config_fini(config);
		return false;
	}
	complete_presets(config);
	if (!read_rules(config, error) || !config_check(config, error)) {
		config_fini(config);
		return false;
	}
	return true;
}

static const char *
text_or_null(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

struct server_config
config_server(const struct config *config)
{
	return (struct server_config){
		.max_connections = config->service.max_connections,
		.max_unauthenticated = config->service.max_unauthenticated,
		.handshake_timeout_ms = config->handshake_timeout_ms,
		.socket_mode = (unsigned)config->socket_mode,
		.socket_group = text_or_null(config->socket_group),
	};
}

bool
config_has_tls(const struct config *config)
{
	return config->tls_certificate[0] != '\0' && config->tls_key[0] != '\0';
}

struct tls_config
config_tls(const struct config *config)
{
	return (struct tls_config){
		.certificate = config->tls_certificate,
		.key = config->tls_key,
		.client_ca = text_or_null(config->tls_client_ca),
		.min_version = (enum tls_version)config->tls_min_version,
	};
}

static bool
lists_equal(const struct address_list *a, const struct address_list *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++) {
		if (strcmp(a->at[i], b->at[i]) != 0)
			return false;
	}
	return a->count == b->count;
}

static size_t
value_size(const struct option_row *row)
{
	switch (row->type) {
	case OPTION_BOOL:
		return sizeof(bool);
	case OPTION_INTEGER:
	case OPTION_SIZE:
	case OPTION_MS:
	case OPTION_WORD:
	case OPTION_MODE:
		return sizeof(uint64_t);
	case OPTION_STRING:
		return sizeof(char *);
	case OPTION_LIST:
		return sizeof(struct address_list);
	}
	UNREACHABLE();
}

static bool
values_equal(const struct option_row *row, const void *a, const void *b)
{
	if (row->type == OPTION_STRING)
		return strcmp(*(char *const *)a, *(char *const *)b) == 0;
	if (row->type == OPTION_LIST)
		return lists_equal(a, b);
	return memcmp(a, b, value_size(row)) == 0;
}

bool
config_needs_restart(const struct config *running, const struct config *fresh, char *names)
{
	size_t len = 0;

	for (const struct option_row *row = option_table; row->name != NULL; row++) {
		const void *now = (const char *)running + row->offset;
		const void *then = (const char *)fresh + row->offset;

		if (row->reloadable || values_equal(row, now, then))
			continue;
		len += (size_t)snprintf(
			names + len, CONFIG_WHY_SIZE - len, "%s%s", len == 0 ? "" : " ", row->name);
		CHECK(len < CONFIG_WHY_SIZE);
	}
	return len > 0;
}

void
config_keep(struct config *fresh, struct config *running)
{
	for (const struct option_row *row = option_table; row->name != NULL; row++) {
		char aside[sizeof(struct address_list)];
		char *now = (char *)running + row->offset;
		char *then = (char *)fresh + row->offset;
		size_t size = value_size(row);

		if (row->reloadable)
			continue;
		memcpy(aside, then, size);
		memcpy(then, now, size);
		memcpy(now, aside, size);
	}
}
