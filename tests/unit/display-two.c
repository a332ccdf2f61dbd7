/* SPDX-License-Identifier: MIT */
/* See display-two.h. */
#include <config.h>

#include "config/policy.h"
#include "display-two.h"

struct rig rig;

int call(unsigned connector, struct xendispl_req req)
{
	return fake_call(connector, &req);
}

int setup(void **)
{
	static const char *const two[] = {"800x600", "640x480", NULL};

	rig_policy.max_mapped_pages = MAPPED_PAGES;
	rig_setup(&rig, two);
	return 0;
}

int teardown(void **)
{
	rig_teardown(&rig);
	return 0;
}
