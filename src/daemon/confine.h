/*
 * What the process gives up so that a flaw in it is worth less: nobody of the same user
 * may look into it, it leaves no core file, it never gains a privilege; and, where that is
 * asked for, the kernel refuses every system call that serving does not need.
 */
#ifndef INFLIGHT_DAEMON_CONFINE_H
#define INFLIGHT_DAEMON_CONFINE_H

#include <stdbool.h>

/* For good, and before anything else. False, with a message logged: it could not. */
bool confine_process(bool core_dumps);

/* Can calls be filtered in this build at all? */
bool confine_has_filter(void);

/* For good, once everything is open. False: *error (256 bytes) says why. */
bool confine_calls(char *error);

#endif
