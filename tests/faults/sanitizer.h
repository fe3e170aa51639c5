/*
 * The address sanitizer has an allocator of its own, before which nothing preloaded can stand.
 */
#ifndef INFLIGHT_TESTS_FAULTS_SANITIZER_H
#define INFLIGHT_TESTS_FAULTS_SANITIZER_H

#include <stddef.h>

#if defined(__has_feature) /* clang tells it this way, gcc by the macro */
#if __has_feature(address_sanitizer)
#define HAS_OWN_ALLOCATOR 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HAS_OWN_ALLOCATOR 1
#endif
#ifndef HAS_OWN_ALLOCATOR
#define HAS_OWN_ALLOCATOR 0
#endif

/* Why no allocation can be made to fail in this build; NULL where it can. */
static inline const char *
why_never_scarce(void)
{
#if HAS_OWN_ALLOCATOR
	return "the sanitizer allocates";
#elif defined(HAVE_COVERAGE)
	return "gcov needs memory itself, and does not ask whether it got it";
#else
	return NULL;
#endif
}

#endif
