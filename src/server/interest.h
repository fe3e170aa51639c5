/*
 * What a connection waits for: its two events and its place in the watch. Callbacks
 * note what is ready in the lists of connections.h and do nothing else.
 */
#ifndef INFLIGHT_SERVER_INTEREST_H
#define INFLIGHT_SERVER_INTEREST_H

#include "server/connection.h"

/* Makes the events; nothing is waited for yet. */
void interest_init(struct connection *conn);

/* Waits for input instead of for the peer's end alone. False: errno says why. */
bool interest_read(struct connection *conn);
void interest_stop_reading(struct connection *conn);

/* Waits, once, until the socket takes more. False: errno says why. */
bool interest_write(struct connection *conn);
void interest_stop_writing(struct connection *conn);

/* Watches for the peer's end where it is not read. False: errno says why. */
bool interest_watch(struct connection *conn);
void interest_unwatch(struct connection *conn);

#endif
