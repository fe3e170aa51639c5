/*
 * Where the audit stream goes: a file, or a descriptor that was passed in. One that
 * cannot be written to any more ends the stream: the log says so, once, and the
 * daemon goes on. What is in the file then is whole records, but maybe the last.
 */
#ifndef INFLIGHT_DAEMON_AUDIT_FILE_H
#define INFLIGHT_DAEMON_AUDIT_FILE_H

#include "command/audit.h"

struct audit_file {
	int fd; /* -1: none */
};

/*
 * Opens `place`: the path of a file, which is appended to, or fd:N; empty: no stream
 * is wanted. *sink borrows the audit_file. False: the log has said why.
 */
bool audit_file_open(struct audit_file *file, const char *place, struct audit_sink *sink);
void audit_file_close(struct audit_file *file);

#endif
