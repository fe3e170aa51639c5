/*
 * Allocation that ends the process when the machine has nothing left. What these
 * functions return belongs to the caller and is freed with free().
 */
#include <config.h>

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* Written without stdio, which may itself want memory. */
void
out_of_memory(void)
{
	static const char message[] = "error: out of memory\n";

	(void)log_write(message, sizeof(message) - 1);
	abort();
}

bool
memory_is_left(size_t size)
{
	void *ptr = malloc(size);

	free(ptr);
	return ptr != NULL;
}

void *
xmalloc(size_t size)
{
	void *ptr = malloc(size == 0 ? 1 : size);

	if (ptr == NULL)
		out_of_memory();
	return ptr;
}

void *
xcalloc(size_t count, size_t size)
{
	void *ptr = count == 0 || size == 0 ? calloc(1, 1) : calloc(count, size);

	if (ptr == NULL)
		out_of_memory();
	return ptr;
}

void *
xaligned(size_t align, size_t size)
{
	void *ptr = aligned_alloc(align, size);

	if (ptr == NULL)
		out_of_memory();
	return ptr;
}

void *
xrealloc(void *ptr, size_t size)
{
	ptr = realloc(ptr, size == 0 ? 1 : size);
	if (ptr == NULL)
		out_of_memory();
	return ptr;
}

char *
xstrdup(const char *str)
{
	return xstrndup(str, strlen(str));
}

char *
xstrndup(const char *str, size_t len)
{
	size_t n = strnlen(str, len);
	char *copy = xmalloc(n + 1);

	memcpy(copy, str, n);
	copy[n] = '\0';
	return copy;
}
