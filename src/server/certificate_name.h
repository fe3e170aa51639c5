/*
 * Whom a certificate names: the common name of its subject; of one without, the first name
 * (DNS, URI or mail address) of subjectAltName.
 */
#ifndef INFLIGHT_SERVER_CERTIFICATE_NAME_H
#define INFLIGHT_SERVER_CERTIFICATE_NAME_H

#include <openssl/types.h>

/* A new string; NULL where there is no certificate, or it names nobody. */
char *certificate_name(const X509 *certificate);

#endif
