/*
 * Writes block: a record that is not out yet holds back the answers behind it, so a
 * slow reader at the end of a pipe slows the daemon down rather than losing records.
 */
#include <config.h>

#include "daemon/audit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* Waits where the descriptor was passed in as one that does not block. */
static bool
wait_writable(int fd)
{
	struct pollfd poller = {.fd = fd, .events = POLLOUT};

	return poll(&poller, 1, -1) >= 0 || errno == EINTR;
}

static bool
write_records(void *arg, struct span records)
{
	struct audit_file *file = arg;

	while (records.len > 0) {
		ssize_t len = write(file->fd, records.ptr, records.len);

		if (len >= 0) {
			records.ptr += len;
			records.len -= (size_t)len;
		} else if (errno == EAGAIN && wait_writable(file->fd)) {
			continue;
		} else if (errno != EINTR) {
			log_error("the audit stream ends here, it cannot be written: %m");
			return false;
		}
	}
	return true;
}

/* The number in fd:N, -1 where it is none. */
static int
descriptor_of(const char *text)
{
	int fd = 0;

	if (*text == '\0')
		return -1;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' || fd > 100000)
			return -1;
		fd = fd * 10 + (*text - '0');
	}
	return fd;
}

bool
audit_file_open(struct audit_file *file, const char *place, struct audit_sink *sink)
{
	static const char prefix[] = "fd:";
	char quoted[264];

	file->fd = -1;
	*sink = (struct audit_sink){0};
	if (place[0] == '\0')
		return true;
	if (strncmp(place, prefix, strlen(prefix)) == 0)
		file->fd = fcntl(descriptor_of(place + strlen(prefix)), F_DUPFD_CLOEXEC, 0);
	else
		file->fd = open(place, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (file->fd < 0) {
		log_error("audit: \"%s\": %m", log_text(quoted, span_str(place)));
		return false;
	}
	*sink = (struct audit_sink){.write = write_records, .arg = file};
	return true;
}

void
audit_file_close(struct audit_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
