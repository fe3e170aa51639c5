/*
 * Putting the parts together in the right order, and taking a new configuration
 * while they run. Things die in the opposite order: the server with its connections
 * first, then the service with its queues.
 */
#include <config.h>

#include "daemon/daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "command/figures.h"
#include "daemon/audit_file.h"
#include "daemon/confine.h"
#include "daemon/random.h"
#include "daemon/systemd.h"

#define RUN_DIR    "/run/inflightd"
#define RUN_SOCKET RUN_DIR "/inflightd.sock"

struct daemon {
	struct config config;
	const struct config_source *source;
	struct audit_file audit;
	struct service *service;
	struct server *server;
	struct http *http; /* NULL: it is not listened for */
};

/* ---- the seed ------------------------------------------------------------ */

/*
 * The fence begins at the time of day in microseconds: a daemon delivers far less than
 * a million sets a second, so the fences of a later run are larger than those before.
 */
static bool
make_seed(struct core_seed *seed)
{
	static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	struct timespec now;
	uint64_t number;

	memset(seed, 0, sizeof(*seed));
	if (!random_bytes(&seed->hash, sizeof(seed->hash)) ||
		!random_bytes(&seed->token, sizeof(seed->token)) ||
		!random_bytes(&number, sizeof(number))) {
		log_error("no random numbers: %m");
		return false;
	}
	for (size_t i = 0; i < sizeof(seed->incarnation) - 1; i++) {
		seed->incarnation[i] = letters[number % 36];
		number /= 36;
	}
	CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
	seed->first_fence = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	return true;
}

/* ---- the configuration into the parts ------------------------------------ */

static void
preset_queues(struct daemon *daemon)
{
	for (size_t i = 0; i < daemon->config.preset_count; i++) {
		const struct preset *preset = &daemon->config.presets[i];
		struct queue_configure_args args = {
			.queue = span_str(preset->name),
			.options = preset->options,
			.given = QUEUE_DEPTH | QUEUE_WIDTH | QUEUE_WINDOW | QUEUE_QUIET |
				 QUEUE_EXCLUSIVE | QUEUE_LEASE | QUEUE_ATTEMPTS,
		};

		service_preset_queue(daemon->service, &args);
	}
}

/* The certificates are read again even where the options are the same: the files may not be. */
static bool
use_tls(struct daemon *daemon, const struct config *config, char *error)
{
	struct tls_config tls = config_tls(config);

	return !config_has_tls(config) || server_set_tls(daemon->server, &tls, error);
}

/* The first address in use that this configuration may not serve, NULL where there is none. */
static const char *
unguarded_address(const struct server *server, const struct config *config)
{
	const char *address;

	for (size_t i = 0; (address = server_address(server, i)) != NULL; i++) {
		if (!config_may_serve(config, address))
			return address;
	}
	return NULL;
}

/* A new configuration that can be used; false: nothing changed, *error says why. */
static bool
load_fresh(struct daemon *daemon, struct config *fresh, char *error)
{
	const char *address;

	if (!config_load(fresh, daemon->source, error))
		return false;
	address = unguarded_address(daemon->server, fresh);
	if (address != NULL)
		snprintf(error, CONFIG_ERROR_SIZE,
			"%s can be reached from other hosts, and nothing would authenticate them",
			address);
	else if (use_tls(daemon, fresh, error))
		return true;
	config_fini(fresh);
	return false;
}

/*
 * On SIGHUP. The new configuration replaces the old one whole or not at all; what only a
 * start can change goes on as it is, and the log says so.
 */
static void
reload(void *arg)
{
	struct daemon *daemon = arg;
	char error[CONFIG_ERROR_SIZE];
	struct config fresh;
	struct server_config server_config;
	char names[CONFIG_WHY_SIZE];
	char status[CONFIG_ERROR_SIZE + 20];

	systemd_notify_reloading();
	if (!load_fresh(daemon, &fresh, error)) {
		log_error("not reloaded: %s", error);
		snprintf(status, sizeof(status), "not reloaded: %s", error);
		systemd_notify_ready(status);
		return;
	}
	if (config_needs_restart(&daemon->config, &fresh, names))
		LOG(LOG_LEVEL_WARNING, "changed, but only a restart can use it",
			LOG_TEXT("options", names));
	config_keep(&fresh, &daemon->config);
	config_fini(&daemon->config);
	daemon->config = fresh;
	log_set_level((enum log_level)daemon->config.log_level);
	log_set_format((enum log_format)daemon->config.log_format);
	service_configure(daemon->service, &daemon->config.service);
	service_authenticate(daemon->service, config_take_rules(&daemon->config));
	preset_queues(daemon);
	server_config = config_server(&daemon->config);
	server_configure(daemon->server, &server_config);
	if (daemon->http != NULL)
		http_configure(daemon->http, &daemon->config.http);
	log_info("reloaded");
	systemd_notify_ready("serving, reloaded");
}

/* ---- listeners ----------------------------------------------------------- */

/* Where no address was asked for: a socket in /run, or in the user's own folder there. */
static bool
default_address(char *out, size_t size)
{
	const char *own = getenv("XDG_RUNTIME_DIR");

	if ((mkdir(RUN_DIR, 0755) == 0 || errno == EEXIST) && access(RUN_DIR, W_OK | X_OK) == 0) {
		snprintf(out, size, "unix:%s", RUN_SOCKET);
		return true;
	}
	if (own == NULL || own[0] != '/') {
		log_error("no listener: %s: %m, and XDG_RUNTIME_DIR names no folder; use -l",
			RUN_DIR);
		return false;
	}
	if ((size_t)snprintf(out, size, "unix:%s/inflightd.sock", own) >= size) {
		log_error("no listener: the path in XDG_RUNTIME_DIR is too long; use -l");
		return false;
	}
	return true;
}

static bool
listen_on(struct server *server, const char *address)
{
	char error[256];

	if (server_listen(server, address, error))
		return true;
	log_error("%s", error);
	return false;
}

/* The guest that serves HTTP, made for the first address that wants it. */
static bool
host_http(struct daemon *daemon, char *error)
{
	if (daemon->http != NULL)
		return true;
	daemon->http = http_new(daemon->service, &daemon->config.http, error);
	return daemon->http != NULL && server_host(daemon->server, http_guest(daemon->http), error);
}

/* What a socket is called says what is spoken there. */
static enum server_wire
wire_of(const struct systemd_fds *passed, int fd)
{
	if (systemd_fd_is(passed, fd, "tls"))
		return SERVER_TLS;
	return systemd_fd_is(passed, fd, "http") ? SERVER_HTTP : SERVER_LINES;
}

static bool
adopt_one(struct daemon *daemon, int fd, enum server_wire wire)
{
	char error[256];

	if ((wire != SERVER_HTTP || host_http(daemon, error)) &&
		server_adopt(daemon->server, fd, wire, error))
		return true;
	log_error("%s", error);
	return false;
}

/* `ret_count` is told how many of them are for requests. */
static bool
adopt(struct daemon *daemon, const struct systemd_fds *passed, int *ret_count)
{
	const char *address;

	*ret_count = 0;
	for (int fd = SYSTEMD_FIRST_FD; fd < SYSTEMD_FIRST_FD + passed->count; fd++) {
		enum server_wire wire = wire_of(passed, fd);

		if (!adopt_one(daemon, fd, wire))
			return false;
		*ret_count += wire != SERVER_HTTP;
	}
	address = unguarded_address(daemon->server, &daemon->config);
	if (address == NULL)
		return true;
	log_error("the socket passed in, %s, can be reached from other hosts, and nothing here "
		  "authenticates them; set auth_file",
		address);
	return false;
}

static bool
adopt_passed(struct daemon *daemon, int *ret_count)
{
	struct systemd_fds passed;
	char error[256];
	bool good;

	if (!systemd_fds_init(&passed, error)) {
		log_error("%s", error);
		return false;
	}
	good = adopt(daemon, &passed, ret_count);
	systemd_fds_fini(&passed);
	return good;
}

static bool
open_http(struct daemon *daemon)
{
	const char *address = daemon->config.http_listen;
	char error[256];

	if (*address == '\0')
		return true;
	if (host_http(daemon, error))
		return listen_on(daemon->server, address);
	log_error("%s", error);
	return false;
}

static bool
open_listeners(struct daemon *daemon)
{
	const struct address_list *list = &daemon->config.listen;
	char address[256];
	int passed;

	if (!adopt_passed(daemon, &passed))
		return false;
	for (size_t i = 0; i < list->count; i++) {
		if (!listen_on(daemon->server, list->at[i]))
			return false;
	}
	if (passed > 0 || list->count > 0)
		return true;
	return default_address(address, sizeof(address)) && listen_on(daemon->server, address);
}

/* One line for each listener; whoever started the daemon waits for them. */
static bool
print_ready(const struct server *server)
{
	const char *address;
	bool good = true;

	for (size_t i = 0; good && (address = server_address(server, i)) != NULL; i++)
		good = printf("ready %s\n", address) > 0;
	if (!good || fflush(stdout) != 0) {
		log_error("the ready lines cannot be written to standard output: %m");
		return false;
	}
	return true;
}

/* ---- what the service manager hears -------------------------------------- */

static void
tell_draining(void *arg)
{
	struct daemon *daemon = arg;

	systemd_notify_stopping(daemon->config.service.drain_timeout_ms + 2 * SERVER_LAST_WORDS_MS);
}

static void
tell_alive(void *arg)
{
	const struct daemon *daemon = arg;
	struct service_figures figures;
	char status[120];

	service_figures(daemon->service, &figures);
	snprintf(status, sizeof(status),
		"%s: %" PRIu64 " connections, %" PRIu64 " requests that wait",
		figures.draining ? "draining" : "serving", figures.connections, figures.waiters);
	systemd_notify_alive(status);
}

static struct server_hooks
make_hooks(struct daemon *daemon)
{
	uint64_t watchdog_ms = systemd_watchdog_ms();

	return (struct server_hooks){
		.reload = reload,
		.draining = tell_draining,
		.beat = watchdog_ms == 0 ? NULL : tell_alive,
		.beat_ms = watchdog_ms,
		.arg = daemon,
	};
}

/* ---- one run ------------------------------------------------------------- */

static bool
start(struct daemon *daemon)
{
	struct server_config config = config_server(&daemon->config);
	struct server_hooks hooks = make_hooks(daemon);
	char error[256];

	daemon->server = server_new(daemon->service, &config, error);
	if (daemon->server == NULL) {
		log_error("%s", error);
		return false;
	}
	server_set_hooks(daemon->server, &hooks);
	preset_queues(daemon);
	if (!use_tls(daemon, &daemon->config, error)) {
		log_error("%s", error);
		return false;
	}
	if (!open_listeners(daemon) || !open_http(daemon))
		return false;
	if (daemon->config.seccomp && !confine_calls(error)) {
		log_error("%s", error);
		return false;
	}
	if (!print_ready(daemon->server))
		return false;
	systemd_notify_ready("serving");
	LOG(LOG_LEVEL_INFO, "inflightd is ready", LOG_TEXT("version", PACKAGE_VERSION));
	return true;
}

bool
daemon_run(struct config *config, const struct config_source *source)
{
	struct daemon daemon = {.config = *config, .source = source};
	struct core_seed seed;
	bool good;

	log_set_level((enum log_level)config->log_level);
	log_set_format((enum log_format)config->log_format);
	if (!confine_process(config->core_dumps) || !make_seed(&seed) ||
		!audit_file_open(&daemon.audit, config->audit, &daemon.config.service.audit)) {
		config_fini(&daemon.config);
		return false;
	}
	daemon.service =
		service_new(&daemon.config.service, &seed, engine_memory_new, clock_now_ns());
	service_authenticate(daemon.service, config_take_rules(&daemon.config));
	service_begin(daemon.service, clock_now_ns());
	good = start(&daemon) && server_run(daemon.server);
	server_free(daemon.server);
	http_free(daemon.http);
	service_free(daemon.service);
	audit_file_close(&daemon.audit);
	config_fini(&daemon.config);
	return good;
}
