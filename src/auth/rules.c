/*
 * The rules own the principals' first references and a copy of every credential.
 */
#include <config.h>

#include "auth/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct id_rule {
	uint32_t id;
	struct principal *principal;
};

struct id_rules {
	struct id_rule *at;
	size_t count;
};

struct certificate_rule {
	char *name;
	struct principal *principal;
};

struct auth_rules {
	struct principal **principals;
	size_t principal_count;
	struct digest *tokens;
	struct principal **token_owners; /* of the token in the same place */
	size_t token_count;
	struct id_rules uids;
	struct id_rules gids;
	struct certificate_rule *certificates;
	size_t certificate_count;
};

struct auth_rules *
rules_new(void)
{
	return xcalloc(1, sizeof(struct auth_rules));
}

void
rules_free(struct auth_rules *rules)
{
	if (rules == NULL)
		return;
	for (size_t i = 0; i < rules->principal_count; i++)
		principal_unref(rules->principals[i]);
	for (size_t i = 0; i < rules->certificate_count; i++)
		free(rules->certificates[i].name);
	free(rules->principals);
	free(rules->tokens);
	free(rules->token_owners);
	free(rules->uids.at);
	free(rules->gids.at);
	free(rules->certificates);
	free(rules);
}

size_t
rules_count(const struct auth_rules *rules)
{
	return rules->principal_count;
}

struct principal *
rules_add(struct auth_rules *rules, struct span name)
{
	size_t count = rules->principal_count;

	if (count >= RULES_MAX_PRINCIPALS)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (span_equal(name, span_str(rules->principals[i]->name)))
			return NULL;
	}
	rules->principals = xrealloc(rules->principals, (count + 1) * sizeof(*rules->principals));
	rules->principals[count] = principal_new(name);
	rules->principal_count++;
	return rules->principals[count];
}

/* ---- tokens ------------------------------------------------------------ */

bool
rules_has_room_for_token(const struct auth_rules *rules)
{
	return rules->token_count < RULES_MAX_TOKENS;
}

/* Not for what a peer shows: how long this takes tells what is found. */
static const struct principal *
token_owner(const struct auth_rules *rules, const struct digest *digest)
{
	for (size_t i = 0; i < rules->token_count; i++) {
		if (memcmp(rules->tokens[i].bytes, digest->bytes, DIGEST_SIZE) == 0)
			return rules->token_owners[i];
	}
	return NULL;
}

const struct principal *
rules_add_token(struct auth_rules *rules, struct principal *principal, const struct digest *digest)
{
	const struct principal *owner = token_owner(rules, digest);
	size_t count = rules->token_count;

	if (owner != NULL)
		return owner;
	rules->tokens = xrealloc(rules->tokens, (count + 1) * sizeof(*rules->tokens));
	rules->token_owners =
		xrealloc(rules->token_owners, (count + 1) * sizeof(*rules->token_owners));
	rules->tokens[count] = *digest;
	rules->token_owners[count] = principal;
	rules->token_count++;
	return NULL;
}

struct principal *
rules_by_token(const struct auth_rules *rules, const struct digest *digest)
{
	size_t at = digest_find(rules->tokens, rules->token_count, digest);

	return at < rules->token_count ? rules->token_owners[at] : NULL;
}

/* ---- users, groups, certificates --------------------------------------- */

static struct principal *
find_id(const struct id_rules *rules, uint32_t id)
{
	for (size_t i = 0; i < rules->count; i++) {
		if (rules->at[i].id == id)
			return rules->at[i].principal;
	}
	return NULL;
}

static const struct principal *
add_id(struct id_rules *rules, struct principal *principal, uint32_t id)
{
	const struct principal *owner = find_id(rules, id);

	if (owner != NULL)
		return owner;
	rules->at = xrealloc(rules->at, (rules->count + 1) * sizeof(*rules->at));
	rules->at[rules->count++] = (struct id_rule){id, principal};
	return NULL;
}

const struct principal *
rules_add_uid(struct auth_rules *rules, struct principal *principal, uint32_t uid)
{
	return add_id(&rules->uids, principal, uid);
}

const struct principal *
rules_add_gid(struct auth_rules *rules, struct principal *principal, uint32_t gid)
{
	return add_id(&rules->gids, principal, gid);
}

static struct principal *
find_certificate(const struct auth_rules *rules, struct span name)
{
	for (size_t i = 0; i < rules->certificate_count; i++) {
		if (span_equal(name, span_str(rules->certificates[i].name)))
			return rules->certificates[i].principal;
	}
	return NULL;
}

const struct principal *
rules_add_certificate(struct auth_rules *rules, struct principal *principal, struct span name)
{
	const struct principal *owner = find_certificate(rules, name);
	size_t count = rules->certificate_count;

	if (owner != NULL)
		return owner;
	rules->certificates =
		xrealloc(rules->certificates, (count + 1) * sizeof(*rules->certificates));
	rules->certificates[rules->certificate_count++] =
		(struct certificate_rule){xstrndup(name.ptr, name.len), principal};
	return NULL;
}

struct principal *
rules_by_identity(const struct auth_rules *rules, const struct peer_identity *identity)
{
	struct principal *found = NULL;

	if (identity->certificate != NULL)
		found = find_certificate(rules, span_str(identity->certificate));
	if (found == NULL && identity->has_cred)
		found = find_id(&rules->uids, identity->uid);
	if (found == NULL && identity->has_cred)
		found = find_id(&rules->gids, identity->gid);
	return found;
}
