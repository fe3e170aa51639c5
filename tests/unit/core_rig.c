/*
 * The bench itself: core, clock, hooks, and the loop of a test program.
 */
#include <config.h>

#include "core_rig.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "core_rig_verbs.h"
#include "core_rig_words.h"

/* ---- hooks ------------------------------------------------------------------ */

static void
tell(struct rig *rig, const char *what, struct span name, struct span key)
{
	if (buf_len(&rig->hooks) > 0)
		buf_add(&rig->hooks, SPAN("; "));
	buf_add(&rig->hooks, span_str(what));
	buf_add_char(&rig->hooks, ' ');
	buf_add(&rig->hooks, name);
	if (key.ptr == NULL)
		return;
	buf_add_char(&rig->hooks, ' ');
	buf_add(&rig->hooks, key);
}

static void
hook_queue_ready(void *arg, struct span queue, struct span key)
{
	tell(arg, "ready", queue, key);
}

static void
hook_queue_gone(void *arg, struct span queue)
{
	tell(arg, "gone", queue, span_make(NULL, 0));
}

static void
hook_group_done(void *arg, struct span group)
{
	tell(arg, "group", group, span_make(NULL, 0));
}

static void
hook_watch_done(void *arg, uint64_t watch)
{
	struct rig *rig = arg;

	tell(rig, "watch ", span_make("", 0), span_make(NULL, 0));
	buf_truncate(&rig->hooks, buf_len(&rig->hooks) - 1);
	buf_add_uint(&rig->hooks, watch);
}

static bool
hook_queue_in_use(void *arg, struct span queue)
{
	const struct rig *rig = arg;

	(void)queue;
	return rig->in_use;
}

/* "g:3/1" is group g, three ops, one of them failed. */
static void
hook_render_group(void *arg, const struct group_view *view, struct buf *out)
{
	(void)arg;
	NEED(view->done);
	buf_add(out, view->group);
	buf_add_char(out, ':');
	buf_add_uint(out, view->ops);
	buf_add_char(out, '/');
	buf_add_uint(out, view->failed);
}

/* ---- life --------------------------------------------------------------------- */

void
rig_init(struct rig *rig)
{
	struct core_config config;

	core_config_init(&config);
	rig_init_with(rig, &config);
}

void
rig_init_with(struct rig *rig, const struct core_config *config)
{
	const struct core_seed seed = {
		.hash = {1, 2},
		.token = {3, 4},
		.incarnation = "rig",
		.first_fence = 1,
	};
	const struct core_hooks hooks = {
		.arg = rig,
		.queue_ready = hook_queue_ready,
		.queue_gone = hook_queue_gone,
		.group_done = hook_group_done,
		.watch_done = hook_watch_done,
		.queue_in_use = hook_queue_in_use,
		.render_group = hook_render_group,
	};

	memset(rig, 0, sizeof(*rig));
	buf_init(&rig->hooks);
	buf_init(&rig->said);
	rig->config = *config;
	rig->now_ns = 1000 * NS_PER_MS;
	rig->core = core_new(config, &seed, &hooks);
	rig_settle(rig);
}

void
rig_fini(struct rig *rig)
{
	core_check(rig->core);
	core_free(rig->core);
	buf_fini(&rig->hooks);
	buf_fini(&rig->said);
	free(rig->tokens);
}

void
rig_configure(struct rig *rig)
{
	core_configure(rig->core, &rig->config);
}

/* ---- commands ------------------------------------------------------------------- */

static const struct rig_verb *
find_verb(struct span name)
{
	static const struct rig_verb *const tables[] = {
		rig_queue_verbs, rig_op_verbs, rig_group_verbs};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct rig_verb *verb = tables[i]; verb->name != NULL; verb++)
			if (span_equal(span_str(verb->name), name))
				return verb;
	ck_abort_msg("no such verb: %s", name.ptr);
	return NULL;
}

const char *
rig_do_unchecked(struct rig *rig, const char *command)
{
	struct words words;

	words_split(&words, command);
	buf_truncate(&rig->said, 0);
	find_verb(words_at(&words, 0))->run(rig, &words);
	if (buf_len(&rig->said) > 0 && buf_span(&rig->said).ptr[0] != '!')
		words_check_all_used(&words);
	buf_add_char(&rig->said, '\0');
	return buf_span(&rig->said).ptr;
}

const char *
rig_do(struct rig *rig, const char *command)
{
	const char *answer = rig_do_unchecked(rig, command);

	core_check(rig->core);
	return answer;
}

const char *
rig_hooks(struct rig *rig)
{
	buf_truncate(&rig->said, 0);
	buf_add(&rig->said, buf_span(&rig->hooks));
	buf_add_char(&rig->said, '\0');
	buf_truncate(&rig->hooks, 0);
	return buf_span(&rig->said).ptr;
}

void
rig_settle(struct rig *rig)
{
	while (core_tick(rig->core, rig->now_ns, 10000))
		continue;
	core_check(rig->core);
	NEED(core_next_due(rig->core) > rig->now_ns);
}

void
rig_pass_ns(struct rig *rig, uint64_t ns)
{
	rig->now_ns += ns;
	rig_settle(rig);
}

void
rig_pass_ms(struct rig *rig, uint64_t ms)
{
	rig_pass_ns(rig, ms * NS_PER_MS);
}

void
rig_keep_token(struct rig *rig, uint64_t fence, struct span token)
{
	NEED(token.len < RIG_TOKEN_MAX);
	if (fence >= rig->token_count) {
		size_t count = (size_t)fence * 2 + 16;

		rig->tokens = xrealloc(rig->tokens, count * sizeof(*rig->tokens));
		memset(rig->tokens + rig->token_count, 0,
			(count - rig->token_count) * sizeof(*rig->tokens));
		rig->token_count = count;
	}
	memcpy(rig->tokens[fence].text, token.ptr, token.len);
	rig->tokens[fence].len = token.len;
}

struct span
rig_token(const struct rig *rig, uint64_t fence)
{
	if (fence >= rig->token_count)
		return SPAN("no-such-token");
	return span_make(rig->tokens[fence].text, rig->tokens[fence].len);
}

uint64_t
rig_bytes(struct rig *rig)
{
	struct stats_answer stats;
	struct refusal refusal;

	NEED(core_stats(rig->core, rig->now_ns, &(struct no_args){0}, &stats, &refusal) ==
		ERR_NONE);
	return stats.memory_bytes;
}

int
rig_main(const char *name, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 0); /* a hang is for the harness to see */
	for (size_t i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
