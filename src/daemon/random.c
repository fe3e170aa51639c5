/*
 * getrandom() to the last byte.
 */
#include <config.h>

#include "daemon/random.h"

#include <errno.h>
#include <sys/random.h>

bool
random_bytes(void *out, size_t len)
{
	char *at = out;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}
