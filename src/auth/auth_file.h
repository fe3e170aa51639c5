/*
 * The file that says who is who and who may do what: inflightd-auth(5).
 */
#ifndef INFLIGHT_AUTH_AUTH_FILE_H
#define INFLIGHT_AUTH_AUTH_FILE_H

#include "auth/rules.h"
#include "base/buf.h"
#include "ini/ini_file.h"

#define AUTH_NAME_MAX 64 /* bytes of a principal's name */

/*
 * Reads the file, which nobody else may change and only its group may read. Returns new rules;
 * NULL: *error (at least INI_ERROR_SIZE) is one line that names the file, the line and the culprit.
 */
struct auth_rules *auth_file_read(const char *path, char *error);

/* The same for what stands in such a file, consuming it; `path` is for the error. */
struct auth_rules *auth_file_parse(const char *path, struct buf *text, char *error);

#endif
