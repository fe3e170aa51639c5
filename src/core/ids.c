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

/* The digits of a number at `out`; returns how many. Two at a time, for half the divisions. */
static size_t
put_decimal(char *out, uint64_t value)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930"
				    "31323334353637383940414243444546474849505152535455565758596061"
				    "62636465666768697071727374757677787980818283848586878889909192"
				    "93949596979899";
	char digits[20];
	size_t at = sizeof(digits);

	for (; value >= 100; value /= 100) {
		at -= 2;
		memcpy(digits + at, pairs + 2 * (value % 100), 2);
	}
	at -= 2;
	memcpy(digits + at, pairs + 2 * value, 2);
	at += value < 10;
	memcpy(out, digits + at, sizeof(digits) - at);
	return sizeof(digits) - at;
}

/*
 * Eight digits, all at once: the nibbles are spread over the bytes of a word, and what is
 * above nine gets the distance to the letters.
 */
static void
put_hex(char *out, uint32_t value)
{
	uint64_t x = value;
	uint64_t letters;

	x = (x << 16 | x) & UINT64_C(0x0000ffff0000ffff);
	x = (x << 8 | x) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x << 4 | x) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	letters = (x + UINT64_C(0x0606060606060606)) >> 4 & UINT64_C(0x0101010101010101);
	x += UINT64_C(0x3030303030303030) + letters * ('a' - '0' - 10);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	memcpy(out, &x, sizeof(x));
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
core_make_id(struct core *core, struct queue *queue, const struct group *group,
	char out[MADE_ID_MAX], uint32_t *ret_hash)
{
	struct span id;

	do {
		id = span_make(out, put_id(core, out));
		*ret_hash = core_hash(core, id);
	} while (core->ids_are_guessed &&
		 ((queue != NULL && op_find(queue, id, *ret_hash) != NULL) ||
			 (group != NULL && member_find(group, id, *ret_hash) != NULL)));
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
	uint64_t proof = siphash13(&core->seed.token, &fence, sizeof(fence));
	size_t len = put_decimal(out, fence);

	out[len++] = '-';
	put_hex(out + len, (uint32_t)(proof >> 32));
	put_hex(out + len + 8, (uint32_t)proof);
	return span_make(out, len + 16);
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
