/*
 * Tests of what holds bytes: spans, buffers, blobs, copied strings.
 */
#include <config.h>

#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/blob.h"
#include "base/buf.h"

START_TEST(span_order)
{
	ck_assert_int_lt(span_compare(SPAN("a"), SPAN("b")), 0);
	ck_assert_int_lt(span_compare(SPAN("a"), SPAN("aa")), 0);
	ck_assert_int_gt(span_compare(SPAN("aa"), SPAN("a")), 0);
	ck_assert_int_eq(span_compare(SPAN("aa"), SPAN("aa")), 0);
	ck_assert_int_lt(span_compare(SPAN("a"), SPAN("\xff")), 0);
	ck_assert_int_eq(span_compare(span_make(NULL, 0), SPAN("")), 0);
	ck_assert_int_lt(span_compare(SPAN("a\0a"), SPAN("a\0b")), 0);
}
END_TEST

START_TEST(span_equality)
{
	ck_assert(span_equal(span_make(NULL, 0), SPAN("")));
	ck_assert(span_equal(SPAN("a\0b"), SPAN("a\0b")));
	ck_assert(!span_equal(SPAN("a\0b"), SPAN("a\0c")));
	ck_assert(!span_equal(SPAN("a"), SPAN("ab")));
	ck_assert(span_starts_with(SPAN("ab"), span_make(NULL, 0)));
	ck_assert(span_starts_with(SPAN("ab"), SPAN("ab")));
	ck_assert(!span_starts_with(SPAN("ab"), SPAN("abc")));
	ck_assert(!span_starts_with(SPAN("ab"), SPAN("b")));
}
END_TEST

START_TEST(buf_empty)
{
	struct buf buf;

	buf_init(&buf);
	ck_assert_uint_eq(buf_len(&buf), 0);
	ck_assert_ptr_nonnull(buf_span(&buf).ptr);
	buf_append(&buf, NULL, 0);
	ck_assert_uint_eq(buf.capacity, 0);
	buf_consume(&buf, 0);
	buf_truncate(&buf, 0);
	buf_release(&buf, 0);
	buf_fini(&buf);
}
END_TEST

/* A random mix of appends and reads, held against a counter as the stream. */
START_TEST(buf_is_a_stream)
{
	struct buf buf;
	unsigned written = 0, seen = 0;

	buf_init(&buf);
	for (int i = 0; i < 20000; i++) {
		unsigned len = (unsigned)rand() % 200;

		if (rand() % 2 == 0) {
			char *room = buf_reserve(&buf, len);

			for (unsigned k = 0; k < len; k++)
				room[k] = (char)(written++ % 251);
			buf_commit(&buf, len);
		} else {
			struct span span = buf_span(&buf);

			len = len < span.len ? len : (unsigned)span.len;
			for (unsigned k = 0; k < len; k++)
				ck_assert_uint_eq((unsigned char)span.ptr[k], seen++ % 251);
			buf_consume(&buf, len);
		}
		ck_assert_uint_eq(buf_len(&buf), written - seen);
	}
	buf_fini(&buf);
}
END_TEST

/* A reader that is always a little behind must not make the buffer grow. */
START_TEST(buf_reuses_what_was_consumed)
{
	struct buf buf;

	buf_init(&buf);
	buf_append(&buf, "0123456789", 10);
	for (int i = 0; i < 100000; i++) {
		buf_append(&buf, "0123456789", 10);
		buf_consume(&buf, 10);
	}
	ck_assert_uint_le(buf.capacity, 128);
	ck_assert(span_equal(buf_span(&buf), SPAN("0123456789")));
	buf_fini(&buf);
}
END_TEST

START_TEST(buf_cut_and_release)
{
	struct buf buf;

	buf_init(&buf);
	buf_add(&buf, SPAN("abcdef"));
	buf_add_char(&buf, 'g');
	buf_consume(&buf, 2);
	buf_truncate(&buf, 3);
	ck_assert(span_equal(buf_span(&buf), SPAN("cde")));
	buf_release(&buf, buf.capacity);
	ck_assert_uint_eq(buf_len(&buf), 0);
	ck_assert_uint_gt(buf.capacity, 0);
	buf_release(&buf, buf.capacity - 1);
	ck_assert_uint_eq(buf.capacity, 0);
	ck_assert_ptr_null(buf.data);
	buf_fini(&buf);
}
END_TEST

START_TEST(buf_numbers)
{
	struct buf buf;
	char expected[32];
	uint64_t value = 1;

	buf_init(&buf);
	/* Each power of ten, one less and one more: every number of digits. */
	for (int digits = 1; digits <= 20; digits++, value *= 10) {
		for (int delta = -1; delta <= 1; delta++) {
			uint64_t number = value + (uint64_t)(int64_t)delta;

			buf_release(&buf, SIZE_MAX);
			buf_add_uint(&buf, number);
			snprintf(expected, sizeof(expected), "%" PRIu64, number);
			ck_assert(span_equal(buf_span(&buf), span_str(expected)));
		}
	}
	buf_release(&buf, SIZE_MAX);
	buf_add_uint(&buf, 0);
	buf_add_char(&buf, ' ');
	buf_add_uint(&buf, UINT64_MAX);
	ck_assert(span_equal(buf_span(&buf), SPAN("0 18446744073709551615")));
	buf_fini(&buf);
}
END_TEST

START_TEST(buf_consume_too_much_aborts)
{
	struct buf buf;

	buf_init(&buf);
	buf_add(&buf, SPAN("abc"));
	buf_consume(&buf, 4);
}
END_TEST

START_TEST(buf_reserve_too_much_aborts)
{
	struct buf buf;

	buf_init(&buf);
	buf_reserve(&buf, SIZE_MAX / 2 + 1);
}
END_TEST

START_TEST(blobs)
{
	char bytes[] = "a\0b";
	struct blob *blob = blob_new(span_make(bytes, 3));

	bytes[0] = 'x';
	ck_assert(span_equal(blob_span(blob), SPAN("a\0b")));
	ck_assert_ptr_eq(blob_ref(blob), blob);
	blob_unref(blob);
	ck_assert(span_equal(blob_span(blob), SPAN("a\0b")));
	blob_unref(blob);

	blob = blob_new(span_make(NULL, 0));
	ck_assert_uint_eq(blob_span(blob).len, 0);
	blob_unref(blob);
	blob_unref(NULL);
	ck_assert_ptr_null(blob_ref(NULL));
	ck_assert_uint_eq(blob_span(NULL).len, 0);
	ck_assert_ptr_nonnull(blob_span(NULL).ptr);
}
END_TEST

START_TEST(copies)
{
	char *copy = xstrdup("abc");

	ck_assert_str_eq(copy, "abc");
	copy = xrealloc(copy, 5000);
	ck_assert_str_eq(copy, "abc");
	free(copy);
	copy = xstrndup("abc", 2);
	ck_assert_str_eq(copy, "ab");
	free(copy);
	copy = xstrndup("abc", 3);
	ck_assert_str_eq(copy, "abc");
	free(copy);
	copy = xstrndup("abc", 4);
	ck_assert_str_eq(copy, "abc");
	free(copy);
	free(xmalloc(0));
	free(xcalloc(0, 8));
	copy = xcalloc(3, 3);
	ck_assert_int_eq(memcmp(copy, "\0\0\0\0\0\0\0\0\0", 9), 0);
	free(copy);
}
END_TEST

/* The address sanitizer asks for this: its allocator fails like malloc() does. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* Kept from the compiler, which would see that no such allocation can be made. */
static size_t volatile impossible = PTRDIFF_MAX;

START_TEST(no_memory_aborts)
{
	free(xmalloc(impossible));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base_bytes");
	TCase *tcase = tcase_create("bytes");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, span_order);
	tcase_add_test(tcase, span_equality);
	tcase_add_test(tcase, buf_empty);
	tcase_add_test(tcase, buf_is_a_stream);
	tcase_add_test(tcase, buf_reuses_what_was_consumed);
	tcase_add_test(tcase, buf_cut_and_release);
	tcase_add_test(tcase, buf_numbers);
	tcase_add_test_raise_signal(tcase, buf_consume_too_much_aborts, SIGABRT);
	tcase_add_test_raise_signal(tcase, buf_reserve_too_much_aborts, SIGABRT);
	tcase_add_test(tcase, blobs);
	tcase_add_test(tcase, copies);
	tcase_add_test_raise_signal(tcase, no_memory_aborts, SIGABRT);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
