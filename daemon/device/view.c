/* SPDX-License-Identifier: MIT */
/* See view.h. */
#include <config.h>

#include <string.h>

#include "config/policy.h"
#include "device/view.h"
#include "xen/tree.h"

bool view_has_rings(const struct store_view *view)
{
	return store_has_published(view) || view->fe_state == XB_CONNECTED;
}

bool view_has_other_rings(const struct store_view *view, const struct tree *served)
{
	return view->config && view_has_rings(view) &&
	       !(served && tree_same_but(served, view->config, "state"));
}

static void set_names(struct store_view *view, const char name[GUEST_NAME_BYTES],
		      const char uuid[GUEST_UUID_BYTES])
{
	memcpy(view->domain_name, name, sizeof view->domain_name);
	memcpy(view->domain_uuid, uuid, sizeof view->domain_uuid);
}

void view_replace(struct store_view *view, struct store_view *newer, bool keep)
{
	if (keep && !newer->config && view->config) {
		newer->config = view->config;
		set_names(newer, view->domain_name, view->domain_uuid);
	} else {
		tree_destroy(view->config);
	}
	*view = *newer;
	newer->config = NULL;
}

void view_return_config(struct store_view *view, struct tree **config,
			const struct guest_info *guest)
{
	if (view->config) {
		tree_destroy(*config);
	} else {
		view->config = *config;
		set_names(view, guest->name, guest->uuid);
	}
	*config = NULL;
}
