/*
 * The files that the tool uses at tls: addresses.
 */
#ifndef INFLIGHT_CLI_TLS_H
#define INFLIGHT_CLI_TLS_H

#include "cli/cli.h"

/*
 * Gives the handle what $INFLIGHT_TLS_CA, $INFLIGHT_TLS_CERTIFICATE and $INFLIGHT_TLS_KEY name;
 * nothing where none is set. False after a report.
 */
bool tls_use(struct inflight *client);

#endif
