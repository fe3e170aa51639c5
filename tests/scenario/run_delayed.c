/* Plays the scenarios in the world "delayed". */
#include <config.h>

#include "scenario/world.h"

int
main(void)
{
	return run_scenarios(&world_delayed);
}
