/*
 * The daemon: a configuration, a service and a server put together. It owns all
 * three from daemon_run()'s beginning to its end.
 */
#ifndef INFLIGHT_DAEMON_DAEMON_H
#define INFLIGHT_DAEMON_DAEMON_H

#include "daemon/config.h"

/*
 * Starts, prints the ready lines, serves until SIGTERM or SIGINT, cleans up. Takes
 * what *config owns. False: it could not start or go on, and the log says why.
 */
bool daemon_run(struct config *config, const struct config_source *source);

#endif
