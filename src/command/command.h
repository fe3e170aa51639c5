/*
 * The commands. Each is one const row beside its handler: name, what it takes,
 * what it answers, who may send it. Parsing, errors, `methods` and
 * `rpc.discover` all come from the row.
 */
#ifndef INFLIGHT_COMMAND_COMMAND_H
#define INFLIGHT_COMMAND_COMMAND_H

#include "auth/principal.h"
#include "command/request.h"
#include "json/args.h"

enum command_flag {
	COMMAND_QUEUE = 1 << 0,     /* the args of its call begin with a queue's name */
	COMMAND_GROUP = 1 << 1,     /* the args of its call begin with a group's name */
	COMMAND_NO_NOTIFY = 1 << 2, /* makes no sense without an answer */
	COMMAND_NO_DRAIN = 1 << 3,  /* refused while the daemon shuts down */
	COMMAND_AUTH = 1 << 4,      /* is there only where authentication is configured */
};

/*
 * Who may send it, where authentication is configured: any one of the roles in the
 * set, or an admin. None of them: admins alone.
 */
enum permit {
	PERMIT_ADMIN = 0,
	PERMIT_PRODUCE = ROLE_PRODUCER,
	PERMIT_WORK = ROLE_WORKER,
	PERMIT_READ = ROLE_READER,
	PERMIT_KNOWN = ROLES_ALL,          /* whoever is known */
	PERMIT_ANYONE = 1 << (ROLE_COUNT), /* also a peer that nobody knows yet */
};

/* What a member of a result holds. */
enum member_type {
	MEMBER_STRING,
	MEMBER_STRING_OR_NULL,
	MEMBER_INTEGER,
	MEMBER_BOOL,
	MEMBER_JSON,    /* whatever was sent */
	MEMBER_STRINGS, /* an array */
	MEMBER_OBJECT,  /* with `members` */
	MEMBER_OBJECTS, /* an array of such */
};

struct result_member {
	const char *name; /* NULL ends the table */
	enum member_type type;
	bool optional;
	const struct result_member *members;
};

#define RESULT_END           \
	{                    \
		.name = NULL \
	}
#define ARGS_END             \
	{                    \
		.name = NULL \
	}

/* The params that nearly every method begins with. */
#define QUEUE_ARG                                                                             \
	{                                                                                     \
		PARAM("queue"), .type = ARG_NAME, .required = true, .subject = SUBJECT_QUEUE, \
				.summary = "Name of the queue."                               \
	}
#define GROUP_ARG                                                                             \
	{                                                                                     \
		PARAM("group"), .type = ARG_NAME, .required = true, .subject = SUBJECT_GROUP, \
				.summary = "Name of the group."                               \
	}

#define ERR_BIT(err) (UINT32_C(1) << (err))

/* The beginning of a row: its name, and how long that is. */
#define COMMAND(word) .name = "" word, .name_len = sizeof(word) - 1

struct command {
	const char *name;
	size_t name_len;
	const char *summary;
	const struct arg_spec *args; /* in positional order */
	const struct result_member *result;
	unsigned flags;  /* enum command_flag */
	unsigned permit; /* enum permit */
	uint32_t errors; /* ERR_BIT() of those only some commands give */
	struct handled (*run)(struct request *req, const struct arg *args);
	/* Puts positional params where the table has them; NULL: they stand there. */
	void (*arrange)(struct members *elements);
};

/*
 * Where the commands stand by a hash of their names, so that most are found in one look.
 * More than twice as many places as commands; NULL in those that are empty.
 */
#define COMMAND_PLACES 128

struct command_index {
	const struct command *at[COMMAND_PLACES];
};

void command_index_init(struct command_index *index);

/* The command of that name, or NULL. */
const struct command *command_find(const struct command_index *index, struct span name);

/* Can this service do it, as it is configured? */
bool command_is_offered(const struct command *command, const struct service *service);

/* Was the name set aside for a command to come? */
bool command_is_reserved(struct span name);

/* Every command in byte order of the names; NULL beyond the last. */
const struct command *command_at(size_t i);

/* Shared tables. */
extern const struct arg_spec command_no_args[];
extern const struct result_member command_no_result[];
extern const struct result_member command_ops_result[]; /* what render_ops() writes */

/* The OpenRPC document of what that service offers, one line. */
void discover_write(struct buf *out, const struct service *service);

/* ---- cmd_queue.c ------------------------------------------------------- */
extern const struct command command_queue_close;
extern const struct command command_queue_create;
extern const struct command command_queue_delete;
extern const struct command command_queue_kick;
extern const struct command command_queue_list;
extern const struct command command_queue_open;
extern const struct command command_queue_pause;
extern const struct command command_queue_peek;
extern const struct command command_queue_purge;
extern const struct command command_queue_resume;
extern const struct command command_queue_stats;
extern const struct command command_queue_update;

/* ---- cmd_op.c ---------------------------------------------------------- */
extern const struct command command_cancel;
extern const struct command command_dequeue;
extern const struct command command_enqueue;

/* ---- cmd_lease.c ------------------------------------------------------- */
extern const struct command command_extend;
extern const struct command command_finish;
extern const struct command command_release;

/* ---- cmd_group.c ------------------------------------------------------- */
extern const struct command command_group_add;
extern const struct command command_group_create;
extern const struct command command_group_delete;
extern const struct command command_group_finish;
extern const struct command command_group_list;
extern const struct command command_group_seal;
extern const struct command command_group_wait;

/* ---- cmd_auth.c -------------------------------------------------------- */
extern const struct command command_auth;

/* ---- cmd_admin.c ------------------------------------------------------- */
extern const struct command command_info;
extern const struct command command_methods;
extern const struct command command_ping;
extern const struct command command_rpc_discover;
extern const struct command command_stats;

#endif
