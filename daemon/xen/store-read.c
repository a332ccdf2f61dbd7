/* SPDX-License-Identifier: MIT */
/* See store-read.h. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "base/number.h"
#include "report/cleanup.h"
#include "xen/store-ask.h"
#include "xen/store-config.h"
#include "xen/store-features.h"
#include "xen/store-paths.h"
#include "xen/store-read.h"
#include "xen/tree.h"

#define PATH_ROOM 256

static void scan_domain(struct xs_handle *xs, uint16_t own_domid, struct device_id *id,
			void (*found)(const struct device_id *id, void *data), void *data)
{
	char path[PATH_ROOM];
	unsigned n = 0;
	CLEANUP_FREE char **names = NULL;

	snprintf(path, sizeof path, "/local/domain/%u/backend/%s/%u", own_domid, id->kind->name,
		 id->domid);
	names = xs_directory(xs, XBT_NULL, path, &n);
	for (unsigned i = 0; names && i < n; i++)
		if (parse_u16(names[i], &id->devid) == 0)
			found(id, data);
}

void store_scan(struct xs_handle *xs, uint16_t own_domid, const struct store_kind *kind,
		void (*found)(const struct device_id *id, void *data), void *data)
{
	struct device_id id = {.kind = kind};
	char path[STORE_PATH_MAX];
	unsigned n = 0;
	CLEANUP_FREE char **names = NULL;

	store_kind_path(own_domid, kind, path, sizeof path);
	names = xs_directory(xs, XBT_NULL, path, &n);
	for (unsigned i = 0; names && i < n; i++)
		if (parse_u16(names[i], &id.domid) == 0)
			scan_domain(xs, own_domid, &id, found, data);
}

static int read_own(struct store_asker *a, uint16_t own_domid, const struct device_id *id,
		    const char *leaf, int otherwise)
{
	char path[PATH_ROOM];

	store_backend_path(own_domid, id, leaf, path, sizeof path);
	return store_ask_number(a, path, otherwise);
}

void store_read_device(struct store_asker *a, uint16_t own_domid, unsigned what,
		       struct store_view *view)
{
	const struct device_id *id = &view->id;

	if (what & STORE_DEVICE)
		view->present = read_own(a, own_domid, id, "frontend-id", -1) == id->domid;
	if (view->present && (what & STORE_STATE)) {
		view->be_state = read_own(a, own_domid, id, "state", XB_UNKNOWN);
		view->present = view->be_state != XB_UNKNOWN;
	}
	if (view->present && (what & STORE_ONLINE))
		view->online = read_own(a, own_domid, id, "online", 1) != 0;
	if (view->present)
		return;
	view->online = false;
	view->be_state = view->fe_state = XB_UNKNOWN;
}

static char *read_frontend_state(struct store_asker *a, const struct device_id *id)
{
	char path[STORE_PATH_MAX];

	store_frontend_path(id, "state", path, sizeof path);
	return store_ask(a, path);
}

void store_read_frontend(struct store_asker *a, struct store_view *view)
{
	CLEANUP_FREE char *text = read_frontend_state(a, &view->id);
	uint32_t state;

	if (!view->present || !text || parse_u32(text, UINT16_MAX, &state) < 0)
		state = XB_UNKNOWN;
	view->fe_state = (int)state;
	if (view->domain_hidden)
		view->domain_alive = text != NULL;
}

void store_read_domain(struct store_asker *a, struct store_view *view)
{
	CLEANUP_FREE char *text = NULL;

	view->domain_hidden = false;
	view->domain_alive = store_ask_domain(a, view->id.domid, &view->domain_hidden);
	if (!view->domain_hidden)
		return;
	text = read_frontend_state(a, &view->id);
	view->domain_alive = text != NULL;
}

static void read_name(struct store_asker *a, uint16_t domid, char name[GUEST_NAME_BYTES])
{
	char path[PATH_ROOM];
	CLEANUP_FREE char *text = NULL;

	snprintf(path, sizeof path, "/local/domain/%u/name", domid);
	text = store_ask(a, path);
	snprintf(name, GUEST_NAME_BYTES, "%s", text ? text : "");
}

/* The node holds "/vm/UUID"; any other value counts as no UUID. */
static void read_uuid(struct store_asker *a, uint16_t domid, char uuid[GUEST_UUID_BYTES])
{
	char path[PATH_ROOM];
	CLEANUP_FREE char *text = NULL;

	uuid[0] = '\0';
	snprintf(path, sizeof path, "/local/domain/%u/vm", domid);
	text = store_ask(a, path);
	if (text && strncmp(text, "/vm/", 4) == 0 && strlen(text + 4) == GUEST_UUID_BYTES - 1 &&
	    strspn(text + 4, "0123456789abcdefABCDEF-") == GUEST_UUID_BYTES - 1)
		strcpy(uuid, text + 4);
}

bool store_has_published(const struct store_view *view)
{
	return view->fe_state == XB_INITIALISED ||
	       (view->id.kind->early && view->fe_state == XB_CONNECTED);
}

/* The configuration is most of what there is to read.  It is needed for a connection, and again
 * when the frontend may have published other rings; an early frontend is connected also when none
 * has been read, because an earlier daemon has served it. */
static bool is_needed(const struct store_view *view, unsigned stirs, const struct tree *rings)
{
	if (view->be_state == XB_CONNECTED)
		return stirs > 0 || (view->id.kind->early && !rings);
	return view->be_state == XB_INIT_WAIT;
}

/* Not read before: an earlier daemon may have kept what it takes to go on.  Or read before the
 * frontend has come to 4 on a longer way than from 3. */
static bool may_go_on(const struct store_view *view, unsigned stirs, const struct tree *rings)
{
	return view->be_state == XB_CONNECTED && view->fe_state == XB_CONNECTED &&
	       (!rings || stirs > 1);
}

bool store_read_published(struct store_asker *a, uint16_t own_domid, unsigned stirs,
			  const struct tree *rings, struct store_view *view)
{
	const struct device_id *id = &view->id;

	if (!may_go_on(view, stirs, rings) &&
	    (!store_has_published(view) || !is_needed(view, stirs, rings)))
		return false;
	if (view->be_state == XB_CONNECTED && rings && store_same_rings(a, id, rings))
		return true;
	read_name(a, id->domid, view->domain_name);
	read_uuid(a, id->domid, view->domain_uuid);
	view->config_rc = store_read_config(a, id, &view->config);
	if (view->config_rc == 0 && !id->kind->versions)
		view->config_rc = store_read_features(a, own_domid, id, view->config);
	return true;
}
