/* SPDX-License-Identifier: MIT */
/* screenshot, where libpng was not there when this was built. */
#include <config.h>

#include "ctl.h"

int cmd_screenshot(const struct ctl *)
{
	return ctl_fail(CTL_UNAVAILABLE, "this xenavctl was built without libpng");
}
