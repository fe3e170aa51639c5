/*
 * Tests of the pool: objects do not overlap, memory is used again and given back.
 */
#include <config.h>

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"

#define MANY 100000

struct object {
	unsigned char *bytes;
	size_t size;
	unsigned char mark;
};

/* Every byte is still what it was when the object was made. */
static void
expect_marks(const struct object *object)
{
	size_t kept = 0;

	while (kept < object->size && object->bytes[kept] == object->mark)
		kept++;
	ck_assert_uint_eq(kept, object->size);
}

static void
make(struct pool *pool, struct object *object, size_t size, unsigned char mark)
{
	object->bytes = pool_alloc(pool, size);
	object->size = size;
	object->mark = mark;
	memset(object->bytes, mark, size);
	ck_assert_uint_eq((uintptr_t)object->bytes % 8, 0);
}

static void
unmake(struct pool *pool, struct object *object)
{
	expect_marks(object);
	pool_free(pool, object->bytes, object->size);
	object->bytes = NULL;
}

START_TEST(random_calls)
{
	struct pool pool;
	struct object *objects = calloc(3000, sizeof(*objects));

	ck_assert_ptr_nonnull(objects);
	pool_init(&pool);
	for (int i = 0; i < 300000; i++) {
		struct object *object = &objects[rand() % 3000];

		if (object->bytes != NULL)
			unmake(&pool, object);
		else
			make(&pool, object, (size_t)(rand() % (POOL_SIZE_MAX + 40)) + 1,
				(unsigned char)i);
	}
	for (int i = 0; i < 3000; i++)
		if (objects[i].bytes != NULL)
			unmake(&pool, &objects[i]);
	pool_fini(&pool);
	free(objects);
}
END_TEST

/* Many of one size, then of another: what the first leave, the second use. */
START_TEST(memory_moves_between_sizes)
{
	struct pool pool;
	struct object *objects = calloc(MANY, sizeof(*objects));
	size_t arenas = 0;

	ck_assert_ptr_nonnull(objects);
	pool_init(&pool);
	for (int round = 0; round < 4; round++) {
		size_t size = round % 2 == 0 ? 64 : 56;

		for (int i = 0; i < MANY; i++)
			make(&pool, &objects[i], size, (unsigned char)i);
		if (round == 0)
			arenas = pool.arenas;
		ck_assert_uint_le(pool.arenas, arenas);
		for (int i = 0; i < MANY; i++)
			unmake(&pool, &objects[i]);
		ck_assert_uint_le(pool.arenas, 2);
	}
	pool_fini(&pool);
	free(objects);
}
END_TEST

START_TEST(costs)
{
	ck_assert_uint_eq(pool_cost(1), 8);
	ck_assert_uint_eq(pool_cost(8), 8);
	ck_assert_uint_eq(pool_cost(9), 16);
	ck_assert_uint_eq(pool_cost(POOL_SIZE_MAX), POOL_SIZE_MAX);
	ck_assert_uint_gt(pool_cost(POOL_SIZE_MAX + 1), POOL_SIZE_MAX + 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base_pool");
	TCase *tcase = tcase_create("pool");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, random_calls);
	tcase_add_test(tcase, memory_moves_between_sizes);
	tcase_add_test(tcase, costs);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
