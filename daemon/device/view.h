/* SPDX-License-Identifier: MIT */
/*
 * The newest view of a device, with the configuration that no engine has been made from yet.  A
 * view has the names of the domain only together with a configuration.
 */
#ifndef XENAVD_DEVICE_VIEW_H
#define XENAVD_DEVICE_VIEW_H

#include <stdbool.h>

#include "xen/store.h"

struct guest_info;

/* Is the frontend in a state in which it has rings? */
bool view_has_rings(const struct store_view *view);

/* Has the view a configuration with other rings than served, which may be NULL? */
bool view_has_other_rings(const struct store_view *view, const struct tree *served);

/* Replace the view by a newer one, whose configuration goes with it.  With keep the old
 * configuration stays, and the names with it, unless the newer view has one. */
void view_replace(struct store_view *view, struct store_view *newer, bool keep);

/* Give back the configuration that an engine was made from, and the names of its guest, unless the
 * view has another one; config is NULL afterwards. */
void view_return_config(struct store_view *view, struct tree **config,
			const struct guest_info *guest);

#endif
