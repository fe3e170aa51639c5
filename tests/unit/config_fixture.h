/*
 * Configurations for tests: from a text, from a setting, and what must be in the error.
 */
#ifndef INFLIGHT_TESTS_CONFIG_FIXTURE_H
#define INFLIGHT_TESTS_CONFIG_FIXTURE_H

#include "daemon/config.h"

/* The message of the last configuration that was refused. */
extern char fixture_error[CONFIG_ERROR_SIZE];

/* A temporary file with that content; unlink() it. The path is good until the next call. */
const char *write_file(const char *text, size_t len);

bool load_bytes(struct config *config, const char *text, size_t len);
bool load_text(struct config *config, const char *text);
bool load_set(struct config *config, const char *set); /* as by -o */

/* These two fail the test. */
void require_load(struct config *config, const char *text);
void require_error(const char *needle);
void require_same_service(const struct service_config *a, const struct service_config *b);

#endif
