/*
 * Rules for tests: written as in the file, but with token = NAME where the file would have the
 * digest of that token.
 */
#ifndef INFLIGHT_TESTS_UNIT_AUTH_FIXTURE_H
#define INFLIGHT_TESTS_UNIT_AUTH_FIXTURE_H

#include <check.h>
#include <string.h>

#include "auth/auth_file.h"

/* Appends `text` with the digests in it. */
static inline void
auth_text(struct buf *out, const char *text)
{
	static const char key[] = "token = ";
	const char *at;

	while ((at = strstr(text, key)) != NULL) {
		struct span token = span_make(at + strlen(key), strcspn(at + strlen(key), "\n"));
		struct digest digest = digest_of(token);
		char hex[DIGEST_HEX_CHARS + 1];

		digest_format(&digest, hex);
		buf_append(out, text, (size_t)(at - text));
		buf_add(out, SPAN("token = sha256:"));
		buf_add(out, span_str(hex));
		text = token.ptr + token.len;
	}
	buf_add(out, span_str(text));
}

/* New rules; the test fails where the text is wrong. */
static inline struct auth_rules *
auth_rules_of(const char *text)
{
	char error[INI_ERROR_SIZE];
	struct auth_rules *rules;
	struct buf file;

	buf_init(&file);
	auth_text(&file, text);
	rules = auth_file_parse("test.auth", &file, error);
	buf_fini(&file);
	if (rules == NULL)
		ck_abort_msg("%s", error);
	return rules;
}

#endif
