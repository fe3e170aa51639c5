/*
 * Who is let in: what is known of a peer that has just connected, and whether there is
 * room for it.
 */
#ifndef INFLIGHT_SERVER_ADMISSION_H
#define INFLIGHT_SERVER_ADMISSION_H

#include "server/address.h"
#include "server/listener.h"

/* Takes `fd`: it becomes a connection, or is told why not and closed. */
void
admission_decide(struct listeners *listeners, const struct address *peer, int fd, uint64_t now_ns);

#endif
