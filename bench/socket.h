/*
 * Sockets for the benchmark's own programs, by the daemon's words for addresses:
 * unix:PATH or tcp:HOST:PORT, HOST being an IPv4 address. The caller owns the
 * descriptors; all calls return -1 with errno set where they fail.
 */
#ifndef INFLIGHT_BENCH_SOCKET_H
#define INFLIGHT_BENCH_SOCKET_H

int socket_listen(const char *address, unsigned *ret_port); /* port 0 for Unix sockets */
int socket_accept(int listener);
int socket_connect(const char *address); /* blocking, without delay for small writes */

#endif
