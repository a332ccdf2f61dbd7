/* SPDX-License-Identifier: MIT */
/* See selection.h. */
#include <config.h>

#include "common/selection.h"
#include "xenav.h"

bool selection_has_domain(const struct selection *s, uint32_t domid, const char *name)
{
	return xenav_selects(s->domain, NULL, domid, name, NULL);
}

bool selection_has_object(const struct selection *s, uint32_t devid, const char *unique_id)
{
	if (s->device >= 0 && s->device != (long)devid)
		return false;
	return xenav_selects(NULL, s->unique_id, 0, NULL, unique_id);
}
