/*
 * The verbs of the tool. Each is one const row: its words, what it takes, what it
 * says about itself, what it runs. Dispatch, usage, help, the completion of shells
 * and the check of the manual all come from the rows.
 */
#ifndef INFLIGHT_CLI_VERB_H
#define INFLIGHT_CLI_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/arguments.h"
#include "cli/cli.h"

enum value_kind {
	VALUE_TEXT,  /* names, keys, ids, tokens: text, whatever it looks like */
	VALUE_JSON,  /* JSON where it is JSON, else text; "-" is standard input */
	VALUE_COUNT, /* a whole number */
	VALUE_MS,    /* a span of time: 1500, 1500ms, 1.5s, 10m, 2h or 1d */
	VALUE_WORD,  /* one of `words` */
	VALUE_FLAG,  /* an option without a value; where it gives a param also --no-NAME */
};

/* What the shell may complete a value with, besides `words`. */
enum completes {
	COMPLETES_NOTHING,
	COMPLETES_QUEUE,
	COMPLETES_GROUP,
	COMPLETES_VERB,
	COMPLETES_FILE,
	COMPLETES_COMMAND,
};

/* An operand or an option of a verb. */
struct verb_arg {
	const char *name;  /* an operand in capitals; an option's long name, "": it has none */
	char letter;       /* an option's short name; 0: it has none */
	const char *param; /* the param of the method that it gives; NULL: the verb uses it */
	enum value_kind kind;
	enum completes completes;
	bool optional;      /* an operand that may be missing */
	const char *unless; /* the option that makes it optional; NULL: none does */
	bool many;          /* the last operand: takes all that follow */
	bool verbatim;      /* the same, and options behind its first word are not the tool's */
	int64_t min;        /* of a number */
	int64_t max;        /* of a number; 0: MS_MAX for a span of time, else 2^53 */
	const char *value;  /* what the help calls an option's value */
	const char *const *words;
	const char *summary; /* half a sentence */
};

/* Ends the rows of operands or options. */
#define VERB_ARGS_END        \
	{                    \
		.name = NULL \
	}

struct verb {
	const char *name;                /* its words: "enqueue", "queue create" */
	const char *method;              /* the method that it stands for; NULL: none alone */
	const char *summary;             /* one line */
	const char *more;                /* further lines for its help; NULL: none */
	const struct verb_arg *operands; /* NULL: none */
	const struct verb_arg *options;  /* NULL: none of its own */
	int (*run)(const struct common *common, const struct arguments *args);
};

/* Every verb in the order of the help; NULL beyond the last. */
const struct verb *verb_at(size_t i);

/*
 * The verb that `words` begin with, by its words or by the name of its method, and how many words
 * that took; NULL where there is none.
 */
const struct verb *verb_find(size_t count, const char *const *words, size_t *ret_used);

/* Whether some verb of two words begins with this one. */
bool verb_is_family(const char *word);

/* The options of every verb, which may stand before it as well. */
extern const struct verb_arg common_options[];

/* How many rows there are before the end. */
size_t verb_args_count(const struct verb_arg *rows);

/* ---- what the rows run ---- */

/* Sends the verb's method with the params of its arguments and shows the result. */
int run_method(const struct common *common, const struct arguments *args);

int run_bench(const struct common *common, const struct arguments *args);
int run_completion(const struct common *common, const struct arguments *args);
int run_enqueue(const struct common *common, const struct arguments *args);
int run_help(const struct common *common, const struct arguments *args);
int run_map(const struct common *common, const struct arguments *args);
int run_queue_stats(const struct common *common, const struct arguments *args);
int run_top(const struct common *common, const struct arguments *args);
int run_watch(const struct common *common, const struct arguments *args);
int run_work(const struct common *common, const struct arguments *args);

/* ---- the rows, by what they are about ---- */

extern const struct verb verb_enqueue;
extern const struct verb verb_dequeue;
extern const struct verb verb_finish;
extern const struct verb verb_release;
extern const struct verb verb_extend;
extern const struct verb verb_cancel;

extern const struct verb verb_queue_create;
extern const struct verb verb_queue_update;
extern const struct verb verb_queue_list;
extern const struct verb verb_queue_stats;
extern const struct verb verb_queue_peek;
extern const struct verb verb_queue_pause;
extern const struct verb verb_queue_resume;
extern const struct verb verb_queue_close;
extern const struct verb verb_queue_open;
extern const struct verb verb_queue_purge;
extern const struct verb verb_queue_kick;
extern const struct verb verb_queue_delete;

extern const struct verb verb_group_create;
extern const struct verb verb_group_add;
extern const struct verb verb_group_finish;
extern const struct verb verb_group_seal;
extern const struct verb verb_group_wait;
extern const struct verb verb_group_list;
extern const struct verb verb_group_delete;

extern const struct verb verb_map;
extern const struct verb verb_work;
extern const struct verb verb_watch;
extern const struct verb verb_top;
extern const struct verb verb_bench;
extern const struct verb verb_completion;
extern const struct verb verb_ping;
extern const struct verb verb_info;
extern const struct verb verb_stats;
extern const struct verb verb_methods;
extern const struct verb verb_rpc_discover;
extern const struct verb verb_help;

#endif
