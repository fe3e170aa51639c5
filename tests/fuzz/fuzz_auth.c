/*
 * Fuzz target: any bytes as the auth file. Either rules come out in which everybody has a role,
 * or one line of an error.
 */
#include <config.h>

#include <string.h>

#include "auth/auth_file.h"
#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_known(const struct principal *principal)
{
	if (principal == NULL)
		return;
	CHECK(principal->name[0] != '\0' && strlen(principal->name) <= AUTH_NAME_MAX);
	CHECK(principal->roles != 0 && (principal->roles & ~ROLES_ALL) == 0);
	CHECK(principal->queues.count > 0 && principal->groups.count > 0);
	(void)patterns_match(&principal->queues, SPAN("thumbs-1"));
	(void)patterns_cover(&principal->groups, SPAN("g"));
}

/* Whoever can be asked for. */
static void
check_rules(const struct auth_rules *rules)
{
	struct digest digest;

	for (uint32_t id = 0; id < 8; id++) {
		struct peer_identity identity = {.has_cred = true, .uid = id, .gid = id};

		check_known(rules_by_identity(rules, &identity));
	}
	memset(&digest, 0x11, sizeof(digest));
	check_known(rules_by_token(rules, &digest));
	CHECK(rules_count(rules) > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[INI_ERROR_SIZE] = "";
	struct auth_rules *rules;
	struct buf text;

	buf_init(&text);
	buf_append(&text, data, size);
	rules = auth_file_parse("fuzz.auth", &text, error);
	if (rules != NULL)
		check_rules(rules);
	else
		CHECK(error[0] != '\0' && strchr(error, '\n') == NULL);
	rules_free(rules);
	buf_fini(&text);
	return 0;
}
