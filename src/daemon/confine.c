/*
 * See confine.h. The filter is in call_filter.c, or call_filter_none.c in a build without.
 */
#include <config.h>

#include "daemon/confine.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/log.h"

bool
confine_process(bool core_dumps)
{
	static const struct rlimit nothing = {0, 0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		log_error("new privileges cannot be ruled out: %m");
		return false;
	}
	if (core_dumps)
		return true;
	/* The limit is for a core file, the flag for a helper that takes cores, and debuggers. */
	if (setrlimit(RLIMIT_CORE, &nothing) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
		log_error("core files cannot be ruled out: %m");
		return false;
	}
	return true;
}
