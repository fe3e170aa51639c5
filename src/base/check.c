/*
 * What a failed assertion does: one line on standard error, then abort(). It owns nothing.
 */
#include <config.h>

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

void
check_failed(const char *condition, const char *file, int line, const char *func)
{
	fprintf(stderr, "error: %s:%d: %s: check failed: %s\n", file, line, func, condition);
	abort();
}
