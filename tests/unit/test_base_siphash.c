/*
 * Tests of SipHash-1-3. The reference here is written from the definition, with the
 * numbers of rounds as arguments and no eye to speed; the published value for two and
 * four rounds shows that the reference is right.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"

static uint64_t
left(uint64_t x, unsigned bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static void
rounds(uint64_t v[4], int count)
{
	while (count-- > 0) {
		v[0] += v[1];
		v[1] = left(v[1], 13);
		v[1] ^= v[0];
		v[0] = left(v[0], 32);
		v[2] += v[3];
		v[3] = left(v[3], 16);
		v[3] ^= v[2];
		v[0] += v[3];
		v[3] = left(v[3], 21);
		v[3] ^= v[0];
		v[2] += v[1];
		v[1] = left(v[1], 17);
		v[1] ^= v[2];
		v[2] = left(v[2], 32);
	}
}

/* The message is padded with zeros and its length to whole words, as the paper says. */
static uint64_t
reference(int c, int d, const struct siphash_key *key, const unsigned char *data, size_t len)
{
	uint64_t v[4] = {key->k0 ^ UINT64_C(0x736f6d6570736575),
		key->k1 ^ UINT64_C(0x646f72616e646f6d), key->k0 ^ UINT64_C(0x6c7967656e657261),
		key->k1 ^ UINT64_C(0x7465646279746573)};
	size_t words = len / 8 + 1;

	for (size_t word = 0; word < words; word++) {
		uint64_t m = 0;

		for (size_t byte = 0; byte < 8; byte++) {
			size_t at = word * 8 + byte;
			uint64_t value = at < len ? data[at] : 0;

			if (at == words * 8 - 1)
				value = len & 0xff;
			m |= value << (8 * byte);
		}
		v[3] ^= m;
		rounds(v, c);
		v[0] ^= m;
	}
	v[2] ^= 0xff;
	rounds(v, d);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The key of the published values: the bytes 0 to 15. */
static const struct siphash_key key_0_15 = {
	UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};

START_TEST(reference_is_right)
{
	unsigned char data[15];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)i;
	ck_assert_uint_eq(
		reference(2, 4, &key_0_15, data, sizeof(data)), UINT64_C(0xa129ca6149be45e5));
}
END_TEST

START_TEST(every_length)
{
	unsigned char data[600];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 31);
	for (size_t len = 0; len < 520; len++) {
		for (size_t offset = 0; offset < 9; offset += 3) {
			ck_assert_uint_eq(siphash13(&key_0_15, data + offset, len),
				reference(1, 3, &key_0_15, data + offset, len));
		}
	}
}
END_TEST

/* What another implementation of SipHash-1-3 (CPython's, with a key of zeros) says. */
START_TEST(known_values)
{
	static const struct siphash_key zero = {0, 0};

	ck_assert_int_eq((int64_t)siphash13(&zero, "abc", 3), INT64_C(-4594863902769663758));
	ck_assert_uint_eq(siphash13(&key_0_15, "", 0), UINT64_C(0xabac0158050fc4dc));
	ck_assert_uint_eq(siphash13(&key_0_15, NULL, 0), UINT64_C(0xabac0158050fc4dc));
}
END_TEST

START_TEST(key_matters)
{
	struct siphash_key key = key_0_15;
	uint64_t hash = siphash13(&key, "abc", 3);

	key.k0 ^= 1;
	ck_assert_uint_ne(siphash13(&key, "abc", 3), hash);
	key.k0 ^= 1;
	key.k1 ^= UINT64_C(1) << 63;
	ck_assert_uint_ne(siphash13(&key, "abc", 3), hash);
	ck_assert_uint_ne(siphash13(&key_0_15, "abc\0", 4), hash);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base_siphash");
	TCase *tcase = tcase_create("siphash");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, reference_is_right);
	tcase_add_test(tcase, every_length);
	tcase_add_test(tcase, known_values);
	tcase_add_test(tcase, key_matters);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
