/*
 * The whole configuration: the file and its mistakes, sections, the command line over
 * the file, what a reload cannot change.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_fixture.h"

/* What the service takes for granted and what the table says are the same. */
START_TEST(test_defaults)
{
	struct config_source source = {0};
	struct service_config service;
	struct config config;

	service_config_init(&service);
	ck_assert(config_load(&config, &source, fixture_error));
	require_same_service(&config.service, &service);
	ck_assert_uint_eq(config.listen.count, 0);
	ck_assert_uint_eq(config.preset_count, 0);
	ck_assert_uint_eq(config.log_level, LOG_LEVEL_INFO);
	ck_assert_uint_eq(config_server(&config).socket_mode, 0660);
	ck_assert_uint_eq(config_server(&config).max_connections, service.max_connections);
	ck_assert_ptr_null(config_server(&config).socket_group);
	config_fini(&config);
}
END_TEST

START_TEST(test_file)
{
	struct config config;

	require_load(&config, "\xef\xbb\xbf# comment\n"
			      "; another\r\n"
			      "\n"
			      "max_line=100\r\n"
			      "  max_batch   =  7   \n"
			      "\tdepth = 12 ; as many as there are\n"
			      "max_memory = 2M\n"
			      "listen = tcp:127.0.0.1:0\n"
			      "exclusive = on\n"
			      "listen = unix:/tmp/a=b\n"
			      "socket_group = ${HOME}~$HOME\n"
			      "width = 9");
	ck_assert_uint_eq(config.service.max_line, 100);
	ck_assert_uint_eq(config.service.max_batch, 7);
	ck_assert_uint_eq(config.service.core.queue_defaults.depth, 12);
	ck_assert_uint_eq(config.service.core.max_memory, 2097152);
	ck_assert(config.service.core.queue_defaults.exclusive);
	ck_assert_uint_eq(config.service.core.queue_defaults.width, 9);
	ck_assert_uint_eq(config.listen.count, 2);
	ck_assert_str_eq(config.listen.at[0], "tcp:127.0.0.1:0");
	ck_assert_str_eq(config.listen.at[1], "unix:/tmp/a=b");
	/* Nothing is expanded. */
	ck_assert_str_eq(config.socket_group, "${HOME}~$HOME");
	config_fini(&config);
	require_load(&config, "");
	config_fini(&config);
	require_load(&config, "\n\n#");
	config_fini(&config);
}
END_TEST

static const struct {
	const char *text;
	const char *needle; /* the end of the message, after the file's name */
} bad_files[] = {
	{"depth = 0\n",
		":1: depth: \"0\" is not allowed: it must be an integer from 1 to 1000000000"},
	{"\n# x\nmax_lines = 5\n", ":3: there is no option \"max_lines\""},
	{"depth = 1\nwidth = 2\ndepth = 1\n", ":3: depth is given a second time"},
	{"depth\n", ":1: neither NAME = VALUE nor [queue NAME]"},
	{"width = 1\ndepth 10\nwidth = x\n", ":2: neither NAME = VALUE"},
	{"width = x\ndepth 10\n", ":1: width: \"x\""},
	{"= 10\n", ":1: there is no option \"\""},
	{"depth =\n", ":1: depth: \"\""},
	{"depth = 10 # ten\n", ":1: depth: \"10 # ten\""},
	{"depth = \"10\"\n", ":1: depth: \"\"10\"\""},
	{"depth = 10\n  20\n", ":2: neither NAME = VALUE"},
	{"depth = 1\n  width = 0\n", ":2: width: \"0\""},
	{"depth = 1\x01\n", ":1: there is a control character"},
	{"log_level = debug\ndepth = \x1b[31m\n", ":2: there is a control character"},
	{"include(\"/etc/passwd\")\n", ":1: neither NAME = VALUE"},
	{"include = /etc/passwd\n", ":1: there is no option \"include\""},
	{"!include /etc/passwd\n", ":1: neither NAME = VALUE"},
	{"depth = ${DEPTH}\n", ":1: depth: \"${DEPTH}\""},
	{"depth = $DEPTH\n", ":1: depth: \"$DEPTH\""},
	{"listen = nowhere\n", ":1: listen: address \"nowhere\": "},
	{"listen =\n", ":1: listen: address \"\": "},
	{"listen = tcp:0.0.0.0:0\n", "\"tcp:0.0.0.0:0\" can be reached from other hosts"},
	{"listen = tcp:[::]:0\n", "\"tcp:[::]:0\" can be reached from other hosts"},
	{"[thumbs]\n", ":1: the sections of this file are written [queue NAME]"},
	{"[queue]\n", ":1: the sections of this file"},
	{"[Queue a]\n", ":1: the sections of this file"},
	{"[queue a\n", ":1: the sections of this file"},
	{"[queue a] x\n", ":1: the sections of this file"},
	{"[\n", ":1: the sections of this file"},
	{"[queue ]\n", ":1: \"\" is no name for a queue"},
	{"[queue a\tb]\n", ":1: \"a\\x09b\" is no name for a queue"},
	{"[queue \xff]\n", ":1: \"\\xff\" is no name for a queue"},
	{"[queue \xed\xa0\x80]\n", "is no name for a queue"},
	{"[queue a]\n[queue b]\n[queue a]\n", ":3: queue \"a\" has a section already"},
	{"[queue a]\nmax_line = 100\n", ":2: there is no option \"max_line\" of queues"},
	{"[queue a]\ndepth = 1\ndepth = 2\n", ":3: depth is given a second time"},
	{"[queue a]\ndepth = 1000000001\n", ":2: depth: \"1000000001\""},
	{"max_queues = 1\n[queue a]\n[queue b]\n",
		"max_queues: 1 is less than the 2 queues preset"},
};

START_TEST(test_bad_file)
{
	struct config config;
	size_t len;
	size_t need = strlen(bad_files[_i].needle);

	ck_assert_msg(!load_text(&config, bad_files[_i].text), "%s", bad_files[_i].text);
	require_error(bad_files[_i].needle);
	len = strlen(fixture_error);
	ck_assert_uint_ge(len, need);
	if (bad_files[_i].needle[0] == ':')
		ck_assert_int_eq(strncmp(fixture_error, "/tmp/test_options.", 18), 0);
	ck_assert_ptr_null(strchr(fixture_error, '\n'));
}
END_TEST

START_TEST(test_unreadable)
{
	struct config_source source = {.file = "/nonexistent/inflightd.conf"};
	struct config config;
	size_t size = (4u << 20) + 1;
	char *text = malloc(size);
	char pipe[64];

	ck_assert(!config_load(&config, &source, fixture_error));
	ck_assert_str_eq(fixture_error, "/nonexistent/inflightd.conf: No such file or directory");
	source.file = "/tmp";
	ck_assert(!config_load(&config, &source, fixture_error));
	require_error("/tmp: not a regular file");
	snprintf(pipe, sizeof(pipe), "/tmp/test_config.%ld", (long)getpid());
	ck_assert_int_eq(mkfifo(pipe, 0600), 0);
	source.file = pipe;
	ck_assert(!config_load(&config, &source, fixture_error));
	require_error(": not a regular file");
	unlink(pipe);
	ck_assert(!load_bytes(&config, "depth = 1\0\n", 11));
	require_error(":1: there is a control character");
	ck_assert_ptr_nonnull(text);
	memset(text, '\n', size);
	ck_assert(!load_bytes(&config, text, size));
	require_error("larger than 4 MiB");
	ck_assert(load_bytes(&config, text, size - 1));
	config_fini(&config);
	free(text);
}
END_TEST

/* inih's own limits must not cut anything. */
START_TEST(test_long_lines)
{
	struct config config;
	char text[1024];
	char name[208];

	snprintf(text, sizeof(text), "depth = %0190d\n", 5);
	ck_assert_uint_eq(strlen(text), 199);
	require_load(&config, text);
	ck_assert_uint_eq(config.service.core.queue_defaults.depth, 5);
	config_fini(&config);
	snprintf(text, sizeof(text), "width = 3\ndepth = %0191d\n", 5);
	ck_assert(!load_text(&config, text));
	require_error(":2: the line is longer than 198 bytes");
	snprintf(text, sizeof(text), "#%0300d\n%200s depth = 6 %200s\n", 0, "", "");
	ck_assert(!load_text(&config, text));
	require_error(":1: the line is longer");
	snprintf(text, sizeof(text), "%200s depth = 6 %200s\n", "", "");
	require_load(&config, text);
	ck_assert_uint_eq(config.service.core.queue_defaults.depth, 6);
	config_fini(&config);

	memset(name, 'q', sizeof(name));
	name[200] = '\0';
	snprintf(text, sizeof(text), "[queue %s]\n[queue %.199s]\nwidth = 4\n", name, name);
	require_load(&config, text);
	ck_assert_uint_eq(config.preset_count, 2);
	ck_assert_str_eq(config.presets[0].name, name);
	ck_assert_uint_eq(strlen(config.presets[1].name), 199);
	ck_assert_uint_eq(config.presets[1].options.width, 4);
	ck_assert_uint_eq(config.presets[0].options.width, 1024);
	config_fini(&config);
	snprintf(text, sizeof(text), "[queue %sq]\n", name);
	ck_assert(!load_text(&config, text));
	require_error("is no name for a queue");
}
END_TEST

START_TEST(test_sections)
{
	struct config config;
	static const char text[] = "depth = 50\n"
				   "[queue thumbs]\n"
				   "depth = 10\n"
				   "exclusive = yes\n"
				   "[queue  a b]c ]\n"
				   "  [queue \xc3\xa4]\n"
				   "width = 2\n"
				   "depth = 9\n"
				   "window_ms = 1\n"
				   "quiet_ms = 2\n"
				   "lease_ms = 0\n"
				   "max_attempts = 4\n";

	require_load(&config, text);
	ck_assert_uint_eq(config.preset_count, 3);
	ck_assert_str_eq(config.presets[0].name, "thumbs");
	ck_assert_uint_eq(config.presets[0].options.depth, 10);
	ck_assert(config.presets[0].options.exclusive);
	ck_assert_uint_eq(config.presets[0].options.lease_ms, 30000);
	/* A section without options makes its queue all the same. */
	ck_assert_str_eq(config.presets[1].name, "a b]c ");
	ck_assert_uint_eq(config.presets[1].options.depth, 50);
	ck_assert(!config.presets[1].options.exclusive);
	ck_assert_str_eq(config.presets[2].name, "\xc3\xa4");
	ck_assert_uint_eq(config.presets[2].options.width, 2);
	ck_assert_uint_eq(config.presets[2].options.depth, 9);
	ck_assert_uint_eq(config.presets[2].options.window_ms, 1);
	ck_assert_uint_eq(config.presets[2].options.quiet_ms, 2);
	ck_assert_uint_eq(config.presets[2].options.lease_ms, 0);
	ck_assert_uint_eq(config.presets[2].options.max_attempts, 4);
	ck_assert_uint_eq(config.service.core.queue_defaults.depth, 50);
	config_fini(&config);
}
END_TEST

START_TEST(test_command_line_over_file)
{
	static const char text[] = "depth = 5\nwidth = 6\nlisten = unix:/tmp/file\n"
				   "[queue a]\nwidth = 7\n";
	const char *sets[] = {"depth=8", "max_line=64K", "depth=9"};
	const char *listens[] = {"unix:/tmp/one", "tcp:localhost:0"};
	struct config_source source = {.sets = sets, .set_count = 3};
	struct config config;

	source.file = write_file(text, strlen(text));
	ck_assert(config_load(&config, &source, fixture_error));
	ck_assert_uint_eq(config.service.core.queue_defaults.depth, 9);
	ck_assert_uint_eq(config.service.core.queue_defaults.width, 6);
	ck_assert_uint_eq(config.service.max_line, 65536);
	/* What a section leaves out is as the command line has it. */
	ck_assert_uint_eq(config.presets[0].options.depth, 9);
	ck_assert_uint_eq(config.presets[0].options.width, 7);
	ck_assert_uint_eq(config.listen.count, 1);
	ck_assert_str_eq(config.listen.at[0], "unix:/tmp/file");
	config_fini(&config);

	source.listens = listens;
	source.listen_count = 2;
	ck_assert(config_load(&config, &source, fixture_error));
	ck_assert_uint_eq(config.listen.count, 2);
	ck_assert_str_eq(config.listen.at[0], "unix:/tmp/one");
	ck_assert_str_eq(config.listen.at[1], "tcp:localhost:0");
	config_fini(&config);

	sets[1] = "listen=unix:/tmp/set";
	ck_assert(config_load(&config, &source, fixture_error));
	ck_assert_uint_eq(config.listen.count, 3);
	ck_assert_str_eq(config.listen.at[0], "unix:/tmp/set");
	config_fini(&config);

	listens[1] = "tcp:nowhere";
	ck_assert(!config_load(&config, &source, fixture_error));
	require_error("-l: listen: address \"tcp:nowhere\": ");
	unlink(source.file);
}
END_TEST

START_TEST(test_restart)
{
	struct config running;
	struct config fresh;
	char names[CONFIG_WHY_SIZE] = "";

	require_load(&running, "listen = unix:/tmp/a\nsocket_group = g\n");
	require_load(&fresh, "listen = unix:/tmp/a\nsocket_group = g\ndepth = 3\n");
	ck_assert(!config_needs_restart(&running, &fresh, names));
	config_fini(&fresh);
	require_load(&fresh, "listen = unix:/tmp/b\nsocket_mode = 0600\ndepth = 3\n");
	ck_assert(config_needs_restart(&running, &fresh, names));
	ck_assert_str_eq(names, "listen socket_mode socket_group");
	config_keep(&fresh, &running);
	ck_assert(!config_needs_restart(&fresh, &fresh, names));
	ck_assert_str_eq(fresh.listen.at[0], "unix:/tmp/a");
	ck_assert_str_eq(fresh.socket_group, "g");
	ck_assert_uint_eq(fresh.socket_mode, 0660);
	ck_assert_uint_eq(fresh.service.core.queue_defaults.depth, 3);
	config_fini(&fresh);
	config_fini(&running);
}
END_TEST

static Suite *
config_suite(void)
{
	Suite *suite = suite_create("config");
	TCase *whole = tcase_create("whole");

	tcase_add_test(whole, test_defaults);
	tcase_add_test(whole, test_file);
	tcase_add_loop_test(
		whole, test_bad_file, 0, (int)(sizeof(bad_files) / sizeof(bad_files[0])));
	tcase_add_test(whole, test_unreadable);
	tcase_add_test(whole, test_long_lines);
	tcase_add_test(whole, test_sections);
	tcase_add_test(whole, test_command_line_over_file);
	tcase_add_test(whole, test_restart);
	suite_add_tcase(suite, whole);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(config_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
