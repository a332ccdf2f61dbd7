/* SPDX-License-Identifier: MIT */
#include <config.h>

#include "rig.h"

int main(void)
{
	return rig_main();
}
