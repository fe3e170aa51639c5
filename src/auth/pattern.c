/*
 * A handful of patterns each, so they are tried one after the other.
 */
#include <config.h>

#include "auth/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void
patterns_fini(struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		free(patterns->at[i].text);
	free(patterns->at);
	*patterns = (struct patterns){NULL, 0};
}

static struct span
text_of(const struct pattern *pattern)
{
	return span_make(pattern->text, pattern->len);
}

const char *
patterns_add(struct patterns *patterns, struct span text)
{
	bool is_prefix = text.len > 0 && text.ptr[text.len - 1] == '*';
	struct pattern *pattern;

	if (is_prefix)
		text.len--;
	else if (text.len == 0)
		return "a pattern is empty";
	if (text.len > PATTERN_MAX_BYTES)
		return "a pattern is longer than a name may be, 200 bytes";
	if (memchr(text.ptr, '*', text.len) != NULL)
		return "the * of a pattern stands at its end or not at all";
	patterns->at = xrealloc(patterns->at, (patterns->count + 1) * sizeof(*patterns->at));
	pattern = &patterns->at[patterns->count++];
	*pattern = (struct pattern){xstrndup(text.ptr, text.len), text.len, is_prefix};
	return NULL;
}

bool
patterns_match(const struct patterns *patterns, struct span name)
{
	for (size_t i = 0; i < patterns->count; i++) {
		const struct pattern *pattern = &patterns->at[i];

		if (pattern->is_prefix ? span_starts_with(name, text_of(pattern))
				       : span_equal(name, text_of(pattern)))
			return true;
	}
	return false;
}

bool
patterns_cover(const struct patterns *patterns, struct span prefix)
{
	for (size_t i = 0; i < patterns->count; i++) {
		const struct pattern *pattern = &patterns->at[i];

		if (pattern->is_prefix && span_starts_with(prefix, text_of(pattern)))
			return true;
	}
	return false;
}

bool
patterns_equal(const struct patterns *a, const struct patterns *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (a->at[i].is_prefix != b->at[i].is_prefix ||
			!span_equal(text_of(&a->at[i]), text_of(&b->at[i])))
			return false;
	}
	return true;
}
