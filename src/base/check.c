/*
 * What a failed assertion does: one line on standard error, then abort(). It owns nothing.
 */
#include <config.h>

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

void
check_failed(const char *condition, const char *file, int line, const char *func)
{
	char text[1024];
	int len = snprintf(text, sizeof(text), "error: %s:%d: %s: check failed: %s\n", file, line,
		func, condition);

	(void)log_write(text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
	abort();
}
