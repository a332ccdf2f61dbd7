/* SPDX-License-Identifier: MIT */
/* See selection.h. */
#include <config.h>

#include <limits.h>
#include <string.h>

#include "common/args.h"
#include "common/selection.h"

bool selection_has_domain(const struct selection *s, uint32_t domid, const char *name)
{
	return !s->domain || strcmp(s->domain, name) == 0 ||
	       args_number(s->domain, INT_MAX) == (long)domid;
}

bool selection_has_object(const struct selection *s, uint32_t devid, const char *unique_id)
{
	if (s->device >= 0 && s->device != (long)devid)
		return false;
	return !s->unique_id || strcmp(s->unique_id, unique_id) == 0;
}
