/*
 * Names of our own making: op ids and lease tokens.
 *
 * An op id is the incarnation and a number that only grows, so it is new by itself,
 * unless a client has chosen one that we had yet to give out. Such a client is noticed
 * when it comes, and from then on every id is looked up before it is given.
 *
 * A token is the fence and its keyed checksum, so it needs no table of strings and one
 * of an earlier run never fits.
 */
#include <config.h>

#include <string.h>

#include "core/parts.h"

/* The digits of a number at `out`; returns how many. */
static size_t
put_decimal(char *out, uint64_t value)
{
	char digits[20];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	for (size_t i = 0; i < count; i++)
		out[i] = digits[count - 1 - i];
	return count;
}

static size_t
put_id(struct core *core, char out[MADE_ID_MAX])
{
	size_t len = strlen(core->seed.incarnation);

	memcpy(out, core->seed.incarnation, len);
	out[len++] = '-';
	return len + put_decimal(out + len, core->next_op++);
}

struct span
core_make_id(
	struct core *core, struct queue *queue, const struct group *group, char out[MADE_ID_MAX])
{
	struct span id;

	do
		id = span_make(out, put_id(core, out));
	while (core->ids_are_guessed && ((queue != NULL && op_find(queue, id) != NULL) ||
						(group != NULL && member_find(group, id) != NULL)));
	return id;
}

/* The number behind the incarnation, 0 where the id is no number of ours. */
static uint64_t
id_number(const struct core *core, struct span id)
{
	size_t len = strlen(core->seed.incarnation);
	uint64_t number = 0;

	if (id.len <= len + 1 || id.len > len + 20 ||
		memcmp(id.ptr, core->seed.incarnation, len) != 0 || id.ptr[len] != '-')
		return 0;
	for (size_t i = len + 1; i < id.len; i++) {
		if (id.ptr[i] < '0' || id.ptr[i] > '9')
			return 0;
		number = number * 10 + (uint64_t)(id.ptr[i] - '0');
	}
	return number;
}

void
core_note_id(struct core *core, struct span id)
{
	if (id.ptr != NULL && id_number(core, id) >= core->next_op)
		core->ids_are_guessed = true;
}

struct span
lease_token(const struct core *core, uint64_t fence, char out[TOKEN_MAX])
{
	static const char hex[] = "0123456789abcdef";
	uint64_t proof = siphash13(&core->seed.token, &fence, sizeof(fence));
	size_t len = put_decimal(out, fence);

	out[len++] = '-';
	for (int shift = 60; shift >= 0; shift -= 4)
		out[len++] = hex[proof >> shift & 15];
	return span_make(out, len);
}

uint64_t
token_fence(const struct core *core, struct span token)
{
	char made[TOKEN_MAX];
	uint64_t fence = 0;

	for (size_t i = 0; i < token.len && i < 20 && token.ptr[i] != '-'; i++) {
		if (token.ptr[i] < '0' || token.ptr[i] > '9')
			return 0;
		fence = fence * 10 + (uint64_t)(token.ptr[i] - '0');
	}
	return span_equal(lease_token(core, fence, made), token) ? fence : 0;
}
