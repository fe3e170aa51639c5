/*
 * Reading the file of principals. Each section makes one; a key may stand in it again
 * and adds to what is there. What a section must have is looked at when it
 * ends, and told with the line where it began.
 *
 * A file may hold digests only, never a token, so that reading it lets nobody in.
 */
#include <config.h>

#include "auth/auth_file.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define QUOTED_SIZE    264
#define TOKEN_BEGINS   "sha256:"
#define ID_MAX         UINT64_C(4294967294) /* the next is no user, "no change" to the system */
#define NOT_FOR_OTHERS (S_IWGRP | S_IXGRP | S_IRWXO)

struct reading {
	struct ini_taker taker;
	struct auth_rules *rules;
	struct principal *principal; /* of the section under way; NULL before the first */
	unsigned section_line;
	bool has_credential; /* the section under way */
};

struct key {
	const char *name;
	/* Takes one word of the list that is the value. */
	bool (*take)(struct reading *reading, struct span word, char *why);
};

static bool
fail(char *why, const char *what, struct span culprit)
{
	char quoted[QUOTED_SIZE];

	snprintf(why, INI_WHY_SIZE, "%s \"%s\"", what, log_text(quoted, culprit));
	return false;
}

/* ---- the keys ---------------------------------------------------------- */

/* `owner` has that credential already; NULL: nobody had it. */
static bool
credential_taken(
	struct reading *reading, const struct principal *owner, const char *kind, char *why)
{
	reading->has_credential = true;
	if (owner == NULL)
		return true;
	snprintf(why, INI_WHY_SIZE, "this %s is given to %s already", kind, owner->name);
	return false;
}

/* The message does not repeat the value: somebody may have written the token itself there. */
static bool
take_token(struct reading *reading, struct span word, char *why)
{
	struct span begins = SPAN(TOKEN_BEGINS);
	struct digest digest;

	if (!span_starts_with(word, begins) ||
		!digest_parse(span_make(word.ptr + begins.len, word.len - begins.len), &digest)) {
		snprintf(why, INI_WHY_SIZE,
			"a token is written " TOKEN_BEGINS " and the %d hexadecimal digits of its "
			"SHA-256; inflightd --make-token makes one",
			DIGEST_HEX_CHARS);
		return false;
	}
	if (!rules_has_room_for_token(reading->rules)) {
		snprintf(why, INI_WHY_SIZE, "there are more than %d tokens", RULES_MAX_TOKENS);
		return false;
	}
	return credential_taken(reading,
		rules_add_token(reading->rules, reading->principal, &digest), "token", why);
}

static bool
take_role(struct reading *reading, struct span word, char *why)
{
	unsigned role = role_parse(word);

	if (role == 0)
		return fail(why, "the roles are producer, worker, reader and admin, not", word);
	reading->principal->roles |= role;
	return true;
}

static bool
take_pattern(struct patterns *patterns, struct span word, char *why)
{
	const char *wrong = patterns_add(patterns, word);

	return wrong == NULL || fail(why, wrong, word);
}

static bool
take_queue(struct reading *reading, struct span word, char *why)
{
	return take_pattern(&reading->principal->queues, word, why);
}

static bool
take_group(struct reading *reading, struct span word, char *why)
{
	return take_pattern(&reading->principal->groups, word, why);
}

/* All of the word is digits, and it is an id. */
static bool
parse_id(struct span word, uint32_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < word.len; i++) {
		if (word.ptr[i] < '0' || word.ptr[i] > '9' || value > ID_MAX)
			return false;
		value = value * 10 + (uint64_t)(word.ptr[i] - '0');
	}
	if (word.len == 0 || value > ID_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* A name of the system, fit for getpwnam(); false where it is too long to be one. */
static bool
copy_name(struct span word, char *out, size_t size)
{
	if (word.len >= size)
		return false;
	memcpy(out, word.ptr, word.len);
	out[word.len] = '\0';
	return true;
}

static bool
take_uid(struct reading *reading, struct span word, char *why)
{
	const struct passwd *user = NULL;
	char name[64];
	uint32_t uid;

	if (!parse_id(word, &uid)) {
		if (copy_name(word, name, sizeof(name)))
			user = getpwnam(name);
		if (user == NULL)
			return fail(why, "there is no user", word);
		uid = user->pw_uid;
	}
	return credential_taken(
		reading, rules_add_uid(reading->rules, reading->principal, uid), "user", why);
}

static bool
take_gid(struct reading *reading, struct span word, char *why)
{
	const struct group *group = NULL;
	char name[64];
	uint32_t gid;

	if (!parse_id(word, &gid)) {
		if (copy_name(word, name, sizeof(name)))
			group = getgrnam(name);
		if (group == NULL)
			return fail(why, "there is no group", word);
		gid = group->gr_gid;
	}
	return credential_taken(
		reading, rules_add_gid(reading->rules, reading->principal, gid), "group", why);
}

static bool
take_certificate(struct reading *reading, struct span word, char *why)
{
	return credential_taken(reading,
		rules_add_certificate(reading->rules, reading->principal, word), "certificate",
		why);
}

static const struct key keys[] = {
	{"token", take_token},
	{"role", take_role},
	{"queues", take_queue},
	{"groups", take_group},
	{"uid", take_uid},
	{"gid", take_gid},
	{"certificate", take_certificate},
};

/* ---- lines ------------------------------------------------------------- */

/* Cuts the first word off a list with commas; false at its end. */
static bool
next_word(struct span *list, struct span *ret)
{
	const char *comma;
	struct span word;

	if (list->ptr == NULL)
		return false;
	comma = memchr(list->ptr, ',', list->len);
	word = *list;
	if (comma != NULL) {
		word.len = (size_t)(comma - list->ptr);
		*list = span_make(comma + 1, list->len - word.len - 1);
	} else {
		list->ptr = NULL;
	}
	while (word.len > 0 && (word.ptr[0] == ' ' || word.ptr[0] == '\t'))
		word = span_make(word.ptr + 1, word.len - 1);
	while (word.len > 0 && (word.ptr[word.len - 1] == ' ' || word.ptr[word.len - 1] == '\t'))
		word.len--;
	*ret = word;
	return true;
}

static bool
read_value(void *arg, const char *name, const char *value, char *why)
{
	struct reading *reading = arg;
	struct span list = span_str(value);
	const struct key *key = NULL;
	struct span word;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, name) == 0)
			key = &keys[i];
	}
	if (key == NULL)
		return fail(why, "there is no key", span_str(name));
	if (reading->principal == NULL)
		return fail(why, "before the first section stands", span_str(name));
	while (next_word(&list, &word)) {
		if (word.len == 0)
			return fail(why, "something is missing in the list of", span_str(name));
		if (!key->take(reading, word, why))
			return false;
	}
	return true;
}

/* Completes the section under way; `why` is about its first line. */
static bool
end_section(struct reading *reading, char *why)
{
	struct principal *principal = reading->principal;

	if (principal == NULL)
		return true;
	reading->taker.line = reading->section_line;
	if (principal->roles == 0)
		return fail(why, "no role is given to", span_str(principal->name));
	if (!reading->has_credential)
		return fail(why, "neither token, uid, gid nor certificate is given to",
			span_str(principal->name));
	if (principal->queues.count == 0)
		patterns_add(&principal->queues, SPAN("*"));
	if (principal->groups.count == 0)
		patterns_add(&principal->groups, SPAN("*"));
	return true;
}

static bool
is_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			strchr("._@-", c) == NULL)
			return false;
	}
	return name.len > 0 && name.len <= AUTH_NAME_MAX;
}

static bool
read_section(void *arg, struct span line, char *why)
{
	struct reading *reading = arg;
	unsigned here = reading->taker.line;
	struct span name = span_make(line.ptr + 1, line.len < 2 ? 0 : line.len - 2);

	if (!end_section(reading, why))
		return false;
	reading->taker.line = here;
	if (line.ptr[line.len - 1] != ']' || !is_name(name))
		return fail(why,
			"a section is written [NAME], with 1 to 64 letters, digits and . _ @ -, "
			"not",
			line);
	if (rules_count(reading->rules) == RULES_MAX_PRINCIPALS)
		return fail(why, "there are more than 4096 principals, the first beyond is", name);
	reading->principal = rules_add(reading->rules, name);
	if (reading->principal == NULL)
		return fail(why, "there is a section already for", name);
	reading->section_line = here;
	reading->has_credential = false;
	return true;
}

/* ---- the file ---------------------------------------------------------- */

static bool
read_rules(struct reading *reading, const char *path, struct buf *text, char *error)
{
	char why[INI_WHY_SIZE];

	if (!ini_file_parse(path, text, &reading->taker, error))
		return false;
	if (!end_section(reading, why)) {
		ini_file_fail(path, reading->taker.line, why, error);
		return false;
	}
	if (rules_count(reading->rules) == 0) {
		ini_file_fail(path, reading->taker.line,
			"there is no section, so nobody could do anything", error);
		return false;
	}
	return true;
}

struct auth_rules *
auth_file_parse(const char *path, struct buf *text, char *error)
{
	struct reading reading = {
		.taker = {.forms = "KEY = VALUE nor [NAME]",
			.section = read_section,
			.value = read_value},
		.rules = rules_new(),
	};

	reading.taker.arg = &reading;
	if (read_rules(&reading, path, text, error))
		return reading.rules;
	rules_free(reading.rules);
	return NULL;
}

/*
 * Its group may read it, so that a daemon without rights can be given it by root; more
 * would let others say who they are, or see who is known here.
 */
static bool
check_owner(const char *path, const struct stat *st, char *error)
{
	if (st->st_uid != 0 && st->st_uid != geteuid()) {
		snprintf(error, INI_ERROR_SIZE,
			"%.300s: belongs to user %lu; it must be root's or the daemon's own", path,
			(unsigned long)st->st_uid);
		return false;
	}
	if ((st->st_mode & NOT_FOR_OTHERS) != 0) {
		snprintf(error, INI_ERROR_SIZE,
			"%.300s: has the permissions %04o; at most 0640 is safe (chmod 0600)", path,
			(unsigned)st->st_mode & 07777);
		return false;
	}
	return true;
}

struct auth_rules *
auth_file_read(const char *path, char *error)
{
	struct auth_rules *rules = NULL;
	struct stat st;
	struct buf text;

	buf_init(&text);
	if (ini_file_load(path, &text, &st, error) && check_owner(path, &st, error))
		rules = auth_file_parse(path, &text, error);
	buf_fini(&text);
	return rules;
}
