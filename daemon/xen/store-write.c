/* SPDX-License-Identifier: MIT */
/* See store-write.h. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "report/cleanup.h"
#include "xen/store-features.h"
#include "xen/store-paths.h"
#include "xen/store-write.h"

#define PATH_ROOM 256
#define TRIES     50

static int write_text(struct xs_handle *xs, xs_transaction_t t, const char *path, const char *text)
{
	return xs_write(xs, t, path, text, (unsigned)strlen(text)) ? 0 : -errno;
}

static int write_state(struct xs_handle *xs, xs_transaction_t t, uint16_t own_domid,
		       const struct device_id *id, int state)
{
	char path[PATH_ROOM];
	char text[16];

	store_backend_path(own_domid, id, "state", path, sizeof path);
	snprintf(text, sizeof text, "%d", state);
	return write_text(xs, t, path, text);
}

static int write_error(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id,
		       const char *error)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof path, "/local/domain/%u/error/backend/%s/%u/%u/error", own_domid,
		 id->kind->name, id->domid, id->devid);
	return write_text(xs, XBT_NULL, path, error);
}

static int write_versions(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id)
{
	char path[PATH_ROOM];

	store_backend_path(own_domid, id, "versions", path, sizeof path);
	return write_text(xs, XBT_NULL, path, id->kind->versions);
}

static int has_leaf(struct xs_handle *xs, xs_transaction_t t, uint16_t own_domid,
		    const struct device_id *id, const char *leaf)
{
	char path[PATH_ROOM];
	CLEANUP_FREE char *text = NULL;

	store_backend_path(own_domid, id, leaf, path, sizeof path);
	text = xs_read(xs, t, path, NULL);
	return text ? 0 : -errno;
}

/* -------- with features -------- */

/* Only a node that exists is written, and so the guest stays its owner. */
static int renew_frontend(struct xs_handle *xs, xs_transaction_t t, const struct device_id *id)
{
	char path[STORE_PATH_MAX];
	CLEANUP_FREE char *old = NULL;
	int rc;

	store_frontend_path(id, "state", path, sizeof path);
	old = xs_read(xs, t, path, NULL);
	if (!old || atoi(old) != XB_INITIALISED)
		return 0;
	rc = write_text(xs, t, path, "1");
	return rc == -EACCES ? 0 : rc;
}

static int write_offer(struct xs_handle *xs, xs_transaction_t t, uint16_t own_domid,
		       const struct device_id *id, int state, const struct store_box *box)
{
	/* Writing would create a removed directory again. */
	int rc = has_leaf(xs, t, own_domid, id, "state");

	if (rc == 0 && state != STORE_SAME_STATE)
		rc = write_state(xs, t, own_domid, id, XB_INIT_WAIT);
	if (rc == 0)
		rc = store_write_features(xs, t, own_domid, id, box);
	return rc == 0 && state == STORE_OFFER_ANEW ? renew_frontend(xs, t, id) : rc;
}

/* In a transaction, because the features depend on what the frontend has read. */
static int write_with_features(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id,
			       int state)
{
	/* Outside of the transaction, which a guest could disturb. */
	const struct store_box box = store_read_box(xs, id->domid);

	for (unsigned tries = 0; tries < TRIES; tries++) {
		xs_transaction_t t = xs_transaction_start(xs);
		int rc;

		if (t == XBT_NULL)
			return -errno;
		rc = write_offer(xs, t, own_domid, id, state, &box);
		if (xs_transaction_end(xs, t, rc < 0))
			return rc;
		if (errno != EAGAIN)
			return -errno;
	}
	return -EAGAIN;
}

int store_write(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id, int state,
		const char *error)
{
	int rc = error ? write_error(xs, own_domid, id, error) : 0;

	if (rc < 0)
		return rc;
	if (!id->kind->versions &&
	    (state == XB_INIT_WAIT || state == STORE_OFFER_ANEW || state == STORE_SAME_STATE))
		return write_with_features(xs, own_domid, id, state);
	if (state == STORE_OFFER_ANEW)
		state = XB_INIT_WAIT;
	/* The state comes last: whoever sees it finds the rest. */
	if (state == XB_INIT_WAIT)
		rc = write_versions(xs, own_domid, id);
	return rc < 0 ? rc : write_state(xs, XBT_NULL, own_domid, id, state);
}

/* -------- removal -------- */

/* Remove a directory, and the one above it if that has nothing else. */
static int remove_in(struct xs_handle *xs, xs_transaction_t t, char *path)
{
	CLEANUP_FREE char **names = NULL;
	unsigned n = 0;

	if (!xs_rm(xs, t, path))
		return -errno;
	*strrchr(path, '/') = '\0';
	names = xs_directory(xs, t, path, &n);
	return names && n == 0 && !xs_rm(xs, t, path) ? -errno : 0;
}

int store_remove_revived(struct xs_handle *xs, uint16_t own_domid, const struct device_id *id)
{
	for (unsigned tries = 0; tries < TRIES; tries++) {
		xs_transaction_t t = xs_transaction_start(xs);
		char path[PATH_ROOM];
		int rc = 0;

		if (t == XBT_NULL)
			return -errno;
		store_backend_path(own_domid, id, NULL, path, sizeof path);
		if (has_leaf(xs, t, own_domid, id, "frontend-id") == -ENOENT)
			rc = remove_in(xs, t, path);
		if (xs_transaction_end(xs, t, rc < 0))
			return rc == -ENOENT ? 0 : rc;
		if (errno != EAGAIN)
			return -errno;
	}
	return -EAGAIN;
}
