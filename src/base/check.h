/*
 * Assertions that stay on in every build. CHECK() states what the code relies on;
 * when it does not hold the process says where and aborts, because a daemon that
 * lost its invariants must not go on handing out work.
 */
#ifndef INFLIGHT_BASE_CHECK_H
#define INFLIGHT_BASE_CHECK_H

#define CHECK(condition)                                                        \
	do {                                                                    \
		if (__builtin_expect(!(condition), 0))                          \
			check_failed(#condition, __FILE__, __LINE__, __func__); \
	} while (0)

/* For the end of an enum switch without default. */
#define UNREACHABLE() check_failed("unreachable", __FILE__, __LINE__, __func__)

void check_failed(const char *condition, const char *file, int line, const char *func)
	__attribute__((noreturn, cold));

#endif
