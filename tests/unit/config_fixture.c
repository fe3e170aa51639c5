/*
 * See config_fixture.h.
 */
#include <config.h>

#include "config_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char fixture_error[CONFIG_ERROR_SIZE];

const char *
write_file(const char *text, size_t len)
{
	static char path[64];
	int fd;

	snprintf(path, sizeof(path),
		"/tmp/test_options.XX"
		"XX"
		"XX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
	return path;
}

bool
load_bytes(struct config *config, const char *text, size_t len)
{
	struct config_source source = {.file = write_file(text, len)};
	bool good = config_load(config, &source, fixture_error);

	unlink(source.file);
	return good;
}

bool
load_text(struct config *config, const char *text)
{
	return load_bytes(config, text, strlen(text));
}

bool
load_set(struct config *config, const char *set)
{
	struct config_source source = {.sets = &set, .set_count = 1};

	return config_load(config, &source, fixture_error);
}

void
require_load(struct config *config, const char *text)
{
	if (!load_text(config, text))
		ck_abort_msg("refused: %s", fixture_error);
}

void
require_error(const char *needle)
{
	if (strstr(fixture_error, needle) == NULL)
		ck_abort_msg("\"%s\" is not in \"%s\"", needle, fixture_error);
}

/* Every field by itself, because there is padding between them. */
void
require_same_service(const struct service_config *a, const struct service_config *b)
{
	const struct queue_options *x = &a->core.queue_defaults;
	const struct queue_options *y = &b->core.queue_defaults;

	ck_assert_uint_eq(a->max_line, b->max_line);
	ck_assert_uint_eq(a->max_batch, b->max_batch);
	ck_assert_uint_eq(a->max_parked, b->max_parked);
	ck_assert_uint_eq(a->max_output, b->max_output);
	ck_assert_uint_eq(a->max_connections, b->max_connections);
	ck_assert_uint_eq(a->drain_timeout_ms, b->drain_timeout_ms);
	ck_assert_uint_eq(a->core.auto_create, b->core.auto_create);
	ck_assert_uint_eq(a->core.queue_idle_ms, b->core.queue_idle_ms);
	ck_assert_uint_eq(a->core.max_queues, b->core.max_queues);
	ck_assert_uint_eq(a->core.max_groups, b->core.max_groups);
	ck_assert_uint_eq(a->core.max_group_ops, b->core.max_group_ops);
	ck_assert_uint_eq(a->core.max_memory, b->core.max_memory);
	ck_assert_uint_eq(x->depth, y->depth);
	ck_assert_uint_eq(x->width, y->width);
	ck_assert_uint_eq(x->window_ms, y->window_ms);
	ck_assert_uint_eq(x->quiet_ms, y->quiet_ms);
	ck_assert_uint_eq(x->lease_ms, y->lease_ms);
	ck_assert_uint_eq(x->max_attempts, y->max_attempts);
	ck_assert_uint_eq(x->exclusive, y->exclusive);
}
