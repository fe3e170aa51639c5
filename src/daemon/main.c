/*
 * The program inflightd: reads its command line and hands over to the daemon.
 * Standard output carries the ready lines and nothing else, but for --help and
 * --version; everything meant for people goes to standard error.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/digest.h"
#include "base/alloc.h"
#include "daemon/daemon.h"
#include "daemon/random.h"

enum exit_status { EXIT_GOOD = 0, EXIT_UNUSABLE = 1, EXIT_USAGE = 2 };

enum action { RUN, CHECK_CONFIG, MAKE_TOKEN, PRINT_VERSION, PRINT_HELP, WRONG_USAGE };

/* Options without a letter. */
enum { OPTION_MAKE_TOKEN = 256 };

static const char short_options[] = "c:l:o:tVh";

static const struct option long_options[] = {
	{"config", required_argument, NULL, 'c'},
	{"listen", required_argument, NULL, 'l'},
	{"option", required_argument, NULL, 'o'},
	{"test", no_argument, NULL, 't'},
	{"make-token", no_argument, NULL, OPTION_MAKE_TOKEN},
	{"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char help[] =
	"usage: inflightd [-c FILE] [-l ADDRESS]... [-o NAME=VALUE]... [-t]\n"
	"       inflightd --make-token\n"
	"\n"
	"A queue daemon that merges messages with the same key and hands them out together.\n"
	"\n"
	"  -c, --config FILE        read this configuration file\n"
	"  -l, --listen ADDRESS     listen on unix:PATH, tcp:HOST:PORT or tls:HOST:PORT;\n"
	"                           may be given again\n"
	"  -o, --option NAME=VALUE  set an option of the configuration file\n"
	"  -t, --test               check the configuration and end\n"
	"      --make-token         print a new token, and its line for the auth file, and end\n"
	"  -V, --version            print the version and end\n"
	"  -h, --help               print this text and end\n"
	"\n"
	"Prints one line for each address once it accepts connections there:\n"
	"\"ready unix:PATH\" or \"ready tcp:127.0.0.1:PORT\". See inflightd(8).\n";

static enum action
wrong_usage(const char *what, const char *culprit)
{
	char quoted[CONFIG_QUOTED_SIZE];

	fprintf(stderr, "inflightd: %s \"%s\"\nTry inflightd --help.\n", what,
		config_quote(quoted, culprit));
	return WRONG_USAGE;
}

/* The arrays of `source` have room for one entry for each argument. */
static enum action
read_command_line(int argc, char **argv, struct config_source *source)
{
	enum action action = RUN;
	int option;

	while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		switch (option) {
		case 'c':
			if (source->file != NULL)
				return wrong_usage("a second configuration file", optarg);
			source->file = optarg;
			break;
		case 'l':
			source->listens[source->listen_count++] = optarg;
			break;
		case 'o':
			if (strchr(optarg, '=') == NULL || optarg[0] == '=')
				return wrong_usage("-o wants NAME=VALUE, not", optarg);
			source->sets[source->set_count++] = optarg;
			break;
		case 't':
			action = CHECK_CONFIG;
			break;
		case OPTION_MAKE_TOKEN:
			return MAKE_TOKEN;
		case 'V':
			return PRINT_VERSION;
		case 'h':
			return PRINT_HELP;
		default:
			/* getopt_long has said what is wrong. */
			fputs("Try inflightd --help.\n", stderr);
			return WRONG_USAGE;
		}
	}
	return optind == argc ? action : wrong_usage("unexpected argument", argv[optind]);
}

static int
print(const char *text)
{
	if (fputs(text, stdout) < 0 || fflush(stdout) != 0) {
		log_error("standard output: %m");
		return EXIT_UNUSABLE;
	}
	return EXIT_GOOD;
}

/*
 * Every one of the three standard descriptors must be open, or a listener would take its
 * number and the ready lines or the log would be written into that.
 */
static bool
open_standard(void)
{
	bool have_output = fcntl(STDOUT_FILENO, F_GETFD) >= 0;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) {
			log_error("descriptor %d is closed, and /dev/null cannot stand in: %m", fd);
			return false;
		}
	}
	if (!have_output)
		log_error("standard output is closed, but the ready lines go there; "
			  "redirect it to /dev/null if nobody reads them");
	return have_output;
}

/* 256 random bits, in the form in which peers show them, and what is to be known of them here. */
static int
make_token(void)
{
	char text[2 * (DIGEST_HEX_CHARS + 1) + 32];
	char token[DIGEST_HEX_CHARS + 1];
	char hex[DIGEST_HEX_CHARS + 1];
	struct digest digest;

	if (!random_bytes(digest.bytes, sizeof(digest.bytes))) {
		log_error("no random numbers: %m");
		return EXIT_UNUSABLE;
	}
	digest_format(&digest, token);
	digest = digest_of(span_str(token));
	digest_format(&digest, hex);
	snprintf(text, sizeof(text), "%s\ntoken = sha256:%s\n", token, hex);
	return print(text);
}

/* The files that a configuration names, as far as a start would read them. */
static bool
check_files(const struct config *config, char *error)
{
	struct tls_config tls = config_tls(config);
	struct tls_context *context;

	if (!config_has_tls(config))
		return true;
	context = tls_context_new(&tls, error);
	tls_context_free(context);
	return context != NULL;
}

static int
use_config(const struct config_source *source, enum action action)
{
	char error[CONFIG_ERROR_SIZE];
	struct config config;

	if (!config_load(&config, source, error)) {
		log_error("%s", error);
		return EXIT_UNUSABLE;
	}
	if (action == CHECK_CONFIG) {
		bool good = check_files(&config, error);

		config_fini(&config);
		if (!good) {
			log_error("%s", error);
			return EXIT_UNUSABLE;
		}
		fputs("inflightd: the configuration is good\n", stderr);
		return EXIT_GOOD;
	}
	return daemon_run(&config, source) ? EXIT_GOOD : EXIT_UNUSABLE;
}

static int
act(enum action action, const struct config_source *source)
{
	switch (action) {
	case RUN:
	case CHECK_CONFIG:
		return use_config(source, action);
	case MAKE_TOKEN:
		return make_token();
	case PRINT_VERSION:
		return print("inflightd " PACKAGE_VERSION "\n");
	case PRINT_HELP:
		return print(help);
	case WRONG_USAGE:
		return EXIT_USAGE;
	}
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct config_source source = {0};
	int status;

	/*
	 * Small blocks that were freed are else collected and joined all at once, which takes tens
	 * of milliseconds where a million ops were thrown away, in slices or not.
	 */
	mallopt(M_MXFAST, 0);
	if (!open_standard())
		return EXIT_UNUSABLE;
	/* A peer that has gone, at a socket or at the end of a pipe, is an error of write(). */
	sigaction(SIGPIPE, &ignore, NULL);
	source.sets = xcalloc((size_t)argc + 1, sizeof(*source.sets));
	source.listens = xcalloc((size_t)argc + 1, sizeof(*source.listens));
	status = act(read_command_line(argc, argv, &source), &source);
	free(source.sets);
	free(source.listens);
	return status;
}
