/* What stands for the screen in a build without curses: it says so, and nothing asks for more. */
#include <config.h>

#include "cli/report.h"
#include "cli/top_screen.h"

bool
top_screen_open(void)
{
	report("this inflight was built without curses (Debian: libncurses-dev); "
	       "inflight top --once prints what is there now");
	return false;
}

void
top_screen_close(void)
{
}

void
top_screen_size(size_t *ret_width, size_t *ret_height)
{
	*ret_width = 0;
	*ret_height = 0;
}

void
top_screen_draw(const struct top_frame *frame)
{
	(void)frame;
}

uint32_t
top_screen_key(void)
{
	return 0;
}
