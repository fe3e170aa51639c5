/*
 * What systemd and its like say to a service and hear from it, without libsystemd:
 * sockets that were opened before the start (LISTEN_FDS), and state messages
 * (NOTIFY_SOCKET). Both protocols are public and promised to stay.
 */
#ifndef INFLIGHT_DAEMON_SYSTEMD_H
#define INFLIGHT_DAEMON_SYSTEMD_H

#include <stdbool.h>

#define SYSTEMD_FIRST_FD 3

/*
 * How many sockets were passed, from SYSTEMD_FIRST_FD on; 0 where none were or they are
 * meant for another process. Takes the variables out of the environment and sets the
 * descriptors close-on-exec, so that no child mistakes them for its own. False: the
 * variables make no sense, and *error (at least 256 bytes) says why.
 */
bool systemd_listen_fds(int *ret, char *error);

/* Sends `state`, lines of NAME=VALUE; does nothing where nobody wants to know. */
void systemd_notify(const char *state);

/* READY=1, and RELOADING=1 with the time that has to go with it. */
void systemd_notify_ready(void);
void systemd_notify_reloading(void);

#endif
