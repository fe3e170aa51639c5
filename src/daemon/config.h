/*
 * The configuration: every option's value, and the queues preset by name. It comes
 * from a source: the defaults, then the file, then the command line. A configuration
 * is loaded and checked as a whole; one that is wrong anywhere is not used at all.
 *
 * A struct config owns its strings from config_init() to config_fini(). A struct
 * config_source borrows the command line.
 */
#ifndef INFLIGHT_DAEMON_CONFIG_H
#define INFLIGHT_DAEMON_CONFIG_H

#include "auth/rules.h"
#include "base/log.h"
#include "command/service.h"
#include "daemon/options.h"
#include "http/http.h"
#include "server/server.h"
#include "server/tls.h"

struct address_list {
	char **at;
	size_t count;
};

/* A [queue NAME] section. */
struct preset {
	char *name;
	struct queue_options options; /* all of them, once the configuration is loaded */
	unsigned given;               /* which the section named: enum queue_option_bit */
};

struct config {
	struct service_config service;
	struct address_list listen;
	char *http_listen; /* "": none */
	struct http_config http;
	uint64_t socket_mode;
	char *socket_group;    /* "": the process's own */
	char *tls_certificate; /* this and the other files: "" where there is none */
	char *tls_key;
	char *tls_client_ca;
	uint64_t tls_min_version; /* enum tls_version */
	uint64_t handshake_timeout_ms;
	bool seccomp;
	bool core_dumps;
	char *auth_file;
	struct auth_rules *rules; /* what stands in it; NULL: none, or it was taken */
	uint64_t log_level;       /* enum log_level */
	uint64_t log_format;      /* enum log_format */
	char *audit;              /* "": no audit stream */
	struct preset *presets;
	size_t preset_count;
};

struct config_source {
	const char *file;  /* NULL: none */
	const char **sets; /* NAME=VALUE, in the order given */
	size_t set_count;
	const char **listens;
	size_t listen_count;
};

#define CONFIG_WHY_SIZE   640
#define CONFIG_ERROR_SIZE 1024

/* The defaults of the option table. */
void config_init(struct config *config);
void config_fini(struct config *config);

/*
 * Makes a whole configuration. False: *config holds nothing, and *error (at least
 * CONFIG_ERROR_SIZE) is one line that names the place, the option and what is allowed.
 */
bool config_load(struct config *config, const struct config_source *source, char *error);

/*
 * Sets one option, of the preset where that is not NULL. `why` (at least
 * CONFIG_WHY_SIZE) gets the end of a sentence about `name`.
 */
bool config_set(struct config *config, struct preset *preset, const char *name, const char *value,
	char *why);

/* A new preset; NULL where the name is not one for a queue or is taken already. */
struct preset *config_add_preset(struct config *config, const char *name, char *why);

/* Reads the file into the configuration (config_file.c). */
bool config_read_file(struct config *config, const char *path, char *error);

/* What can only be seen in the whole (config_check.c). False: *error is as of config_load(). */
bool config_check(const struct config *config, char *error);

/*
 * May that address be served? One that other hosts can reach only where peers are
 * authenticated, by the auth file or by their certificates.
 */
bool config_may_serve(const struct config *config, const char *address);

/* Hands the rules over, NULL where there are none. */
struct auth_rules *config_take_rules(struct config *config);

/* What the server is to be told; borrows from the configuration. */
struct server_config config_server(const struct config *config);
bool config_has_tls(const struct config *config);
struct tls_config config_tls(const struct config *config);

/*
 * Exchanges the values that only a start can change, so that `fresh` tells what is in
 * force and a later reload is compared with that.
 */
void config_keep(struct config *fresh, struct config *running);

/*
 * Do options that only a start can change have other values in the two? Then `names`
 * (at least CONFIG_WHY_SIZE) tells which.
 */
bool config_needs_restart(const struct config *running, const struct config *fresh, char *names);

/* Up to 64 bytes of peers' or users' text, fit for a message; `out` has 264 bytes. */
#define CONFIG_QUOTED_SIZE 264
const char *config_quote(char *out, const char *text);

#endif
