/* SPDX-License-Identifier: MIT */
/* See store-read.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "base/number.h"
#include "report/cleanup.h"
#include "xen/store-config.h"
#include "xen/store-features.h"
#include "xen/store-paths.h"
#include "xen/store-read.h"
#include "xen/tree.h"

#define PATH_ROOM   256
#define WRITE_TRIES 50

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

void store_scan(struct xs_handle *xs, uint16_t own_domid, const struct store_kind *const kinds[],
		void (*found)(const struct device_id *id, void *data), void *data)
{
	for (; *kinds; kinds++) {
		struct device_id id = {.kind = *kinds};
		char path[STORE_PATH_MAX];
		unsigned n = 0;
		CLEANUP_FREE char **names = NULL;

		store_kind_path(own_domid, id.kind, path, sizeof path);
		names = xs_directory(xs, XBT_NULL, path, &n);
		for (unsigned i = 0; names && i < n; i++)
			if (parse_u16(names[i], &id.domid) == 0)
				scan_domain(xs, own_domid, &id, found, data);
	}
}

/* The number at a path, or otherwise if there is none. */
static int read_number(struct xs_handle *xs, const char *path, int otherwise)
{
	CLEANUP_FREE char *text = xs_read(xs, XBT_NULL, path, NULL);
	uint32_t value;

	if (!text || parse_u32(text, UINT16_MAX, &value) < 0)
		return otherwise;
	return (int)value;
}

static void read_name(struct xs_handle *xs, uint16_t domid, char name[GUEST_NAME_BYTES])
{
	char path[PATH_ROOM];
	CLEANUP_FREE char *text = NULL;

	snprintf(path, sizeof path, "/local/domain/%u/name", domid);
	text = xs_read(xs, XBT_NULL, path, NULL);
	snprintf(name, GUEST_NAME_BYTES, "%s", text ? text : "");
}

/* The node holds "/vm/UUID"; any other value counts as no UUID. */
static void read_uuid(struct xs_handle *xs, uint16_t domid, char uuid[GUEST_UUID_BYTES])
{
	char path[PATH_ROOM];
	CLEANUP_FREE char *text = NULL;

	uuid[0] = '\0';
	snprintf(path, sizeof path, "/local/domain/%u/vm", domid);
	text = xs_read(xs, XBT_NULL, path, NULL);
	if (text && strncmp(text, "/vm/", 4) == 0 && strlen(text + 4) == GUEST_UUID_BYTES - 1 &&
	    strspn(text + 4, "0123456789abcdefABCDEF-") == GUEST_UUID_BYTES - 1)
		strcpy(uuid, text + 4);
}

bool store_domain_alive(struct xs_handle *xs, const struct device_id *id, bool *hidden)
{
	char path[STORE_PATH_MAX];
	CLEANUP_FREE char *state = NULL;

	errno = 0;
	*hidden = false;
	if (xs_is_domain_introduced(xs, id->domid))
		return true;
	*hidden = errno == EACCES;
	if (!*hidden)
		return false;
	store_frontend_path(id, "state", path, sizeof path);
	state = xs_read(xs, XBT_NULL, path, NULL);
	return state != NULL;
}

bool store_has_published(const struct store_view *view)
{
	return view->fe_state == XB_INITIALISED ||
	       (view->id.kind->early && view->fe_state == XB_CONNECTED);
}

/* The configuration is most of what there is to read.  It is needed for a connection, and again
 * when the frontend may have published other rings; an early frontend is connected also when none
 * has been read, because an earlier daemon has served it. */
static bool is_needed(const struct store_view *view, bool stirred, const struct tree *rings)
{
	if (view->be_state == XB_CONNECTED)
		return stirred || (view->id.kind->early && !rings);
	return view->be_state == XB_INIT_WAIT;
}

/* Not read before: an earlier daemon may have kept what it takes to go on. */
static bool may_go_on(const struct store_view *view, const struct tree *rings)
{
	return view->be_state == XB_CONNECTED && view->fe_state == XB_CONNECTED && !rings;
}

/* The requests for a view without configuration, roughly, with those for its watch. */
#define VIEW_REQUESTS 8

void store_read_view(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id,
		     bool stirred, const struct tree *rings, struct store_view *view,
		     uint32_t *requests)
{
	char path[PATH_ROOM];

	memset(view, 0, sizeof *view);
	*requests = VIEW_REQUESTS;
	view->id = *id;
	view->domain_alive = store_domain_alive(xs, id, &view->domain_hidden);
	store_backend_path(own_domid, id, "frontend-id", path, sizeof path);
	if (read_number(xs, path, -1) != id->domid)
		return;
	store_backend_path(own_domid, id, "state", path, sizeof path);
	view->be_state = read_number(xs, path, XB_UNKNOWN);
	view->present = view->be_state != XB_UNKNOWN;
	if (!view->present)
		return;
	store_backend_path(own_domid, id, "online", path, sizeof path);
	view->online = read_number(xs, path, 1) != 0;
	store_frontend_path(id, "state", path, sizeof path);
	view->fe_state = read_number(xs, path, XB_UNKNOWN);
	if (!may_go_on(view, rings) &&
	    (!store_has_published(view) || !is_needed(view, stirred, rings)))
		return;
	if (view->be_state == XB_CONNECTED && rings && store_same_rings(xs, id, rings, requests))
		return;
	read_name(xs, id->domid, view->domain_name);
	read_uuid(xs, id->domid, view->domain_uuid);
	view->config_rc = store_read_config(xs, id, &view->config, requests);
	if (view->config_rc == 0 && !id->kind->versions)
		view->config_rc = store_read_features(xs, own_domid, id, view->config, requests);
}

static bool write_text(struct xs_handle *xs, xs_transaction_t t, const char *path, const char *text)
{
	return xs_write(xs, t, path, text, (unsigned)strlen(text));
}

static bool writes_features(const struct device_id *id, int state)
{
	return !id->kind->versions && (state == XB_INIT_WAIT || state == STORE_SAME_STATE);
}

/* Only a node that exists is written, and so the guest stays its owner. */
static int renew_frontend(struct xs_handle *xs, xs_transaction_t t, const struct device_id *id)
{
	char path[STORE_PATH_MAX];
	CLEANUP_FREE char *old = NULL;

	store_frontend_path(id, "state", path, sizeof path);
	old = xs_read(xs, t, path, NULL);
	if (!old || atoi(old) != XB_INITIALISED)
		return 0;
	return write_text(xs, t, path, "1") || errno == EACCES ? 0 : -errno;
}

static int write_in(struct xs_handle *xs, xs_transaction_t t, uint16_t own_domid,
		    const struct device_id *id, int state, const char *error,
		    const struct store_box *box)
{
	char path[PATH_ROOM];
	char text[16];
	CLEANUP_FREE char *old = NULL;
	int rc;

	/* Writing would create a removed directory again. */
	store_backend_path(own_domid, id, "state", path, sizeof path);
	old = xs_read(xs, t, path, NULL);
	if (!old)
		return -errno;
	snprintf(text, sizeof text, "%d", state);
	if (state != STORE_SAME_STATE && !write_text(xs, t, path, text))
		return -errno;
	if (writes_features(id, state)) {
		rc = store_write_features(xs, t, own_domid, id, box);
		if (rc < 0)
			return rc;
	} else if (state == XB_INIT_WAIT) {
		store_backend_path(own_domid, id, "versions", path, sizeof path);
		if (!write_text(xs, t, path, id->kind->versions))
			return -errno;
	}
	if (error) {
		snprintf(path, sizeof path, "/local/domain/%u/error/backend/%s/%u/%u/error",
			 own_domid, id->kind->name, id->domid, id->devid);
		if (!write_text(xs, t, path, error))
			return -errno;
	}
	return 0;
}

int store_write(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id, int state,
		const char *error)
{
	const bool renew = state == STORE_OFFER_ANEW;
	struct store_box box = {0};

	if (renew)
		state = XB_INIT_WAIT;
	/* Outside of the transaction, which a guest could disturb. */
	if (writes_features(id, state))
		box = store_read_box(xs, id->domid);
	for (unsigned tries = 0; tries < WRITE_TRIES; tries++) {
		xs_transaction_t t = xs_transaction_start(xs);
		int rc;

		if (t == XBT_NULL)
			return -errno;
		rc = write_in(xs, t, own_domid, id, state, error, &box);
		if (rc == 0 && renew)
			rc = renew_frontend(xs, t, id);
		if (xs_transaction_end(xs, t, rc < 0))
			return rc;
		if (errno != EAGAIN)
			return -errno;
	}
	return -EAGAIN;
}
