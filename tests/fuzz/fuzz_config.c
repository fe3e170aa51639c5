/*
 * Fuzz target: any bytes as the configuration file, with and without a command line
 * over it. Either a whole configuration comes out, or one line of an error.
 */
#include <config.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_loaded(struct config *config)
{
	struct queue_options *defaults = &config->service.core.queue_defaults;

	CHECK(config->service.max_line >= 64);
	CHECK(defaults->depth >= 1 && defaults->depth <= 1000000000);
	CHECK(config->socket_group != NULL);
	for (size_t i = 0; i < config->preset_count; i++) {
		CHECK(config->presets[i].name[0] != '\0');
		CHECK(config->presets[i].options.width >= 1);
	}
	config_fini(config);
}

static void
load(const char *path, const char **sets, size_t set_count)
{
	struct config_source source = {.file = path, .sets = sets, .set_count = set_count};
	char error[CONFIG_ERROR_SIZE] = "";
	struct config config;

	if (config_load(&config, &source, error))
		check_loaded(&config);
	else
		CHECK(error[0] != '\0' && strchr(error, '\n') == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *sets[] = {"depth=7", "max_memory=1G"};
	int fd = memfd_create("config", MFD_CLOEXEC);
	char path[64];

	CHECK(fd >= 0);
	CHECK(write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	load(path, NULL, 0);
	load(path, sets, 2);
	close(fd);
	return 0;
}
