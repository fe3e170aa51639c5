/*
 * Runs a fuzz target once over every file of the folders given as arguments, or
 * of CORPUS where there are none, so that `make check` replays with any compiler
 * what the fuzzer once found. Prints what Check would print at the end. A target
 * that objects to an input aborts the program: the last name printed is that input's.
 */
#include <config.h>

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t inputs;
static size_t errors;

static void
complain(const char *path)
{
	perror(path);
	errors++;
}

/* The whole file in memory of just its size, so that a sanitizer sees its end. */
static void
run_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size == 0 ? 1 : size);

	inputs++;
	if (file == NULL || data == NULL || fread(data, 1, size, file) != size) {
		complain(path);
	} else {
		puts(path);
		fflush(stdout);
		LLVMFuzzerTestOneInput(data, size);
	}
	free(data);
	if (file != NULL)
		fclose(file);
}

static void
run_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);

	if (count < 0) {
		complain(folder);
		return;
	}
	for (int i = 0; i < count; i++) {
		char path[4096];
		struct stat status;

		snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
		free(entries[i]);
		if (stat(path, &status) != 0)
			complain(path);
		else if (S_ISREG(status.st_mode))
			run_file(path, (size_t)status.st_size);
	}
	free(entries);
}

int
main(int argc, char **argv)
{
	size_t done;

	for (int i = 1; i < argc; i++)
		run_folder(argv[i]);
#ifdef CORPUS
	if (argc < 2)
		run_folder(CORPUS);
#endif
	done = inputs > errors ? inputs - errors : 0;
	printf("%zu%%: Checks: %zu, Failures: 0, Errors: %zu\n",
		inputs == 0 ? 0 : 100 * done / inputs, inputs, errors);
	return inputs == 0 || errors > 0 ? 1 : 0;
}
