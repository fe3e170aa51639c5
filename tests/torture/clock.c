/*
 * Preloaded into the daemon: its time of day is off by the seconds that the file
 * $TORTURE_CLOCK tells, which changes while it runs. Other clocks are the machine's.
 */
#include <config.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long
offset_s(void)
{
	const char *path = getenv("TORTURE_CLOCK");
	char text[32] = "";
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtol(text, NULL, 10);
}

int
clock_gettime(clockid_t clock, struct timespec *ret)
{
	static __typeof__(&clock_gettime) real;
	int rc;

	if (real == NULL)
		real = REAL(clock_gettime);
	rc = real(clock, ret);
	if (rc == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		ret->tv_sec += offset_s();
	return rc;
}

int
gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	int rc = REAL(gettimeofday)(ret, zone);

	if (rc == 0)
		ret->tv_sec += offset_s();
	return rc;
}

time_t
time(time_t *ret)
{
	time_t now = REAL(time)(NULL) + offset_s();

	if (ret != NULL)
		*ret = now;
	return now;
}
