/*
 * What systemd and its like say to a service and hear from it, without libsystemd:
 * sockets that were opened before the start (LISTEN_FDS), state messages (NOTIFY_SOCKET), and
 * how often to show that one is alive (WATCHDOG_USEC). These protocols are public and promised
 * to stay.
 */
#ifndef INFLIGHT_DAEMON_SYSTEMD_H
#define INFLIGHT_DAEMON_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>

#define SYSTEMD_FIRST_FD  3
#define SYSTEMD_FDS_MAX   256
#define SYSTEMD_NAME_SIZE 256

/* Sockets that were passed in: descriptors SYSTEMD_FIRST_FD and up, with what they are called. */
struct systemd_fds {
	int count;   /* 0 where none were, or they are meant for another process */
	char *names; /* as LISTEN_FDNAMES had them, "a:b:c"; NULL: without names */
};

/*
 * Takes the variables out of the environment and sets the descriptors close-on-exec, so that no
 * child mistakes them for its own. False: the variables make no sense, and *error (at least 256
 * bytes) says why; nothing is to be freed.
 */
bool systemd_fds_init(struct systemd_fds *fds, char *error);
void systemd_fds_fini(struct systemd_fds *fds);

/* Is descriptor `fd` called `name`? */
bool systemd_fd_is(const struct systemd_fds *fds, int fd, const char *name);

/*
 * How often the service manager wants to hear that the daemon is alive, in milliseconds: half the
 * time after which it would be taken for dead. 0: it does not want to know.
 */
uint64_t systemd_watchdog_ms(void);

/*
 * What the service manager hears; nothing is sent where it does not want to know. `status` is a
 * line for people, which `systemctl status` shows until the next one.
 */
void systemd_notify_ready(const char *status);
void systemd_notify_reloading(void);
void systemd_notify_alive(const char *status);

/* The end has begun, and may take so long. */
void systemd_notify_stopping(uint64_t longest_ms);

#endif
