/*
 * The rules: who is who. Each credential (the digest of a token, a user or group of
 * this machine, the name in a certificate) belongs to one principal. Rules are
 * filled once, then only asked; to change them, new ones take their place.
 */
#ifndef INFLIGHT_AUTH_RULES_H
#define INFLIGHT_AUTH_RULES_H

#include "auth/digest.h"
#include "auth/principal.h"

#define RULES_MAX_PRINCIPALS 4096
#define RULES_MAX_TOKENS     4096 /* all are compared each time */

struct auth_rules;

/*
 * What is known of a peer without its saying so: the credentials of a Unix socket's other
 * end, and the name that a certificate proved. All zero is a peer that nothing is known of.
 */
struct peer_identity {
	bool has_cred;
	uint32_t uid;            /* where has_cred */
	uint32_t gid;            /* the peer's effective group alone */
	const char *certificate; /* NULL: none */
};

struct auth_rules *rules_new(void);
void rules_free(struct auth_rules *rules); /* NULL is accepted */

size_t rules_count(const struct auth_rules *rules); /* of principals */

/* A new principal, which belongs to the rules. NULL where there are too many or it is there. */
struct principal *rules_add(struct auth_rules *rules, struct span name);

/*
 * Give the principal a credential. They return NULL, or whose it is already; of tokens there is
 * a most, which is asked before.
 */
bool rules_has_room_for_token(const struct auth_rules *rules);
const struct principal *
rules_add_token(struct auth_rules *rules, struct principal *principal, const struct digest *digest);
const struct principal *
rules_add_uid(struct auth_rules *rules, struct principal *principal, uint32_t uid);
const struct principal *
rules_add_gid(struct auth_rules *rules, struct principal *principal, uint32_t gid);
const struct principal *
rules_add_certificate(struct auth_rules *rules, struct principal *principal, struct span name);

/* Whose token that is; NULL: nobody's. Takes as long for any token. */
struct principal *rules_by_token(const struct auth_rules *rules, const struct digest *digest);

/* Who the peer is: by certificate, else by its user, else by its group; NULL: nobody known. */
struct principal *
rules_by_identity(const struct auth_rules *rules, const struct peer_identity *identity);

#endif
