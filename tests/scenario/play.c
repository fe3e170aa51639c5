/*
 * The player: goes through the steps of a scenario and holds what comes back
 * against what is expected. It owns the answers it has read from the world until the scenario is
 * over.
 */
#include <config.h>

#include "scenario/play.h"

#include "base/alloc.h"
#include "base/list.h"
#include "scenario/answer.h"
#include "scenario/expect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct player {
	struct world *world;
	const struct scenario *scenario;
	const struct step *step;
	struct bindings bindings;
	struct list answers[PEERS_MAX]; /* read, not yet matched */
	char *matched[PEERS_MAX];       /* the line of the answer matched last */
	char *error;
};

__attribute__((format(printf, 2, 3))) static bool
player_fail(struct player *player, const char *format, ...)
{
	va_list args;
	int len = snprintf(player->error, PLAY_ERROR_SIZE, "%s:%d: (%s) ",
		player->scenario->script->path,
		player->step == NULL ? player->scenario->line : player->step->line,
		player->scenario->name);

	va_start(args, format);
	vsnprintf(player->error + len, PLAY_ERROR_SIZE - (size_t)len, format, args);
	va_end(args);
	return false;
}

/* Turns what a peer received into answers; what ends without newline stays. */
static bool
read_answers(struct player *player, int peer)
{
	struct buf *received = &player->world->talkers[peer].received;
	char why[WHY_SIZE];

	for (;;) {
		struct span bytes = buf_span(received);
		const char *end = memchr(bytes.ptr, '\n', bytes.len);
		struct answer *answer;

		if (end == NULL)
			return true;
		answer = answer_new(span_make(bytes.ptr, (size_t)(end - bytes.ptr)), why);
		if (answer == NULL)
			return player_fail(player, "%s, got:\n    %.*s", why,
				(int)(end - bytes.ptr), bytes.ptr);
		list_append(&player->answers[peer], &answer->node);
		buf_consume(received, (size_t)(end - bytes.ptr) + 1);
	}
}

/* What a peer sent beyond what is expected, for messages. */
static const char *
waiting_line(const struct player *player, int peer)
{
	struct list_node *first = list_first(&player->answers[peer]);

	return first != NULL ? container_of(first, struct answer, node)->line : NULL;
}

static void
keep_matched(struct player *player, struct answer *answer)
{
	int peer = player->step->peer;

	free(player->matched[peer]);
	player->matched[peer] = answer->line;
	answer->line = NULL;
	list_remove(&answer->node);
	answer_free(answer);
}

/* The answer to hold against the expectation: the next, or the first one with its id. */
static struct answer *
choose_answer(struct player *player, const struct wanted *wanted)
{
	struct list *answers = &player->answers[player->step->peer];

	list_for_each (node, answers) {
		struct answer *answer = container_of(node, struct answer, node);

		if (!player->world->ops->any_order || wanted_may_be(wanted, answer))
			return answer;
	}
	return NULL;
}

static bool
play_expectation(struct player *player, const char *text)
{
	const struct step *step = player->step;
	struct world *world = player->world;
	struct wanted wanted;
	struct answer *answer = NULL;
	char why[WHY_SIZE];
	bool good;

	if (!wanted_init(&wanted, step, text, why))
		return player_fail(player, "%s in: %s", why, text);
	good = read_answers(player, step->peer);
	if (good && (answer = choose_answer(player, &wanted)) == NULL) {
		world->ops->await(world, step->peer, AWAIT_LINE);
		good = read_answers(player, step->peer);
		answer = choose_answer(player, &wanted);
	}
	if (good && answer == NULL) {
		const char *line = waiting_line(player, step->peer);

		good = player_fail(player, "no such answer\n    expected: %s\n    got:      %s",
			text, line == NULL ? "nothing" : line);
	}
	if (good && !wanted_match(&wanted, &player->bindings, answer, world->ops->any_order, why))
		good = player_fail(
			player, "%s\n    expected: %s\n    got:      %s", why, text, answer->line);
	if (good)
		keep_matched(player, answer);
	wanted_fini(&wanted);
	return good;
}

static bool
play_quiet(struct player *player, int peer)
{
	struct world *world = player->world;

	world->ops->await(world, peer, AWAIT_QUIET);
	if (!read_answers(player, peer))
		return false;
	if (waiting_line(player, peer) != NULL)
		return player_fail(player, "%c has an answer nobody expected\n    got:      %s",
			'A' + peer, waiting_line(player, peer));
	if (buf_len(&world->talkers[peer].received) > 0)
		return player_fail(player, "%c got a piece of a line", 'A' + peer);
	return true;
}

static bool
play_closed(struct player *player, int peer)
{
	struct world *world = player->world;

	world->ops->await(world, peer, AWAIT_END);
	if (!world->talkers[peer].ended)
		return player_fail(player, "%c is not closed", 'A' + peer);
	return play_quiet(player, peer);
}

static bool
play_contains(struct player *player, const char *text)
{
	const char *line = player->matched[player->step->peer];
	bool wanted = player->step->kind == STEP_CONTAINS;

	if (line != NULL && (strstr(line, text) != NULL) == wanted)
		return true;
	return player_fail(player, "the answer %s: %s\n    got:      %s",
		wanted ? "does not contain" : "contains", text, line == NULL ? "nothing" : line);
}

/* What does not have to be expanded first. */
static bool
play_plain_step(struct player *player)
{
	struct world *world = player->world;
	const struct step *step = player->step;

	switch (step->kind) {
	case STEP_QUIET:
		return play_quiet(player, step->peer);
	case STEP_CLOSED:
		return play_closed(player, step->peer);
	case STEP_EOF:
		world->ops->eof(world, step->peer);
		return true;
	case STEP_CLOSE:
		world->ops->close(world, step->peer);
		return true;
	case STEP_TIME:
		world->ops->advance(world, step->ms);
		return true;
	case STEP_MOMENT:
		world->ops->jump(world, step->ms);
		return true;
	case STEP_SEND:
	case STEP_BYTES:
	case STEP_ANSWER:
	case STEP_RESULT:
	case STEP_ERROR:
	case STEP_CONTAINS:
	case STEP_LACKS:
		break;
	}
	return player_fail(player, "no such step");
}

static bool
play_text_step(struct player *player, const char *text)
{
	struct world *world = player->world;
	const struct step *step = player->step;
	struct buf bytes;
	char why[WHY_SIZE];
	bool good = true;

	if (step->kind == STEP_CONTAINS || step->kind == STEP_LACKS)
		return play_contains(player, text);
	if (step->kind != STEP_SEND && step->kind != STEP_BYTES)
		return play_expectation(player, text);
	buf_init(&bytes);
	if (step->kind == STEP_BYTES && !expect_unescape(text, &bytes, why))
		good = player_fail(player, "%s", why);
	if (step->kind == STEP_SEND) {
		buf_append(&bytes, text, strlen(text));
		buf_add_char(&bytes, '\n');
	}
	if (good)
		world->ops->send(world, step->peer, buf_span(&bytes));
	buf_fini(&bytes);
	return good;
}

static bool
play_step(struct player *player)
{
	struct buf text;
	char why[WHY_SIZE];
	bool good;

	if (player->step->kind >= STEP_QUIET)
		return play_plain_step(player);
	buf_init(&text);
	if (expect_expand(&player->bindings, player->step->text, &text, why))
		good = play_text_step(player, buf_span(&text).ptr);
	else
		good = player_fail(player, "%s", why);
	buf_fini(&text);
	return good;
}

/* Nobody may have got more than was expected, and nobody was cut off. */
static bool
play_end(struct player *player)
{
	player->step = NULL;
	for (int i = 0; i < PEERS_MAX; i++)
		if (player->world->talkers[i].used && !play_quiet(player, i))
			return false;
	return true;
}

static void
player_fini(struct player *player)
{
	for (int i = 0; i < PEERS_MAX; i++) {
		struct list_node *node;

		while ((node = list_pop(&player->answers[i])) != NULL)
			answer_free(container_of(node, struct answer, node));
		free(player->matched[i]);
	}
	bindings_fini(&player->bindings);
}

bool
play_scenario(
	const struct world_ops *ops, const struct scenario *scenario, int variant, char *error)
{
	struct player player = {.scenario = scenario, .error = error};
	char why[WHY_SIZE];
	bool good = true;

	player.world = ops->open(scenario, variant, why);
	if (player.world == NULL)
		return player_fail(&player, "%s", why);
	for (int i = 0; i < PEERS_MAX; i++)
		list_init(&player.answers[i]);
	for (size_t i = 0; good && i < scenario->step_count; i++) {
		player.step = &scenario->steps[i];
		good = play_step(&player);
	}
	good = good && play_end(&player);
	player_fini(&player);
	ops->free(player.world);
	return good;
}
