/*
 * What stands for the filter of system calls in a build without libseccomp.
 */
#include <config.h>

#include <stdio.h>

#include "daemon/confine.h"

bool
confine_has_filter(void)
{
	return false;
}

bool
confine_calls(char *error)
{
	snprintf(error, 256, "this inflightd was built without seccomp (configure --with-seccomp)");
	return false;
}
