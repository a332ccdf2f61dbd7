/* SPDX-License-Identifier: MIT */
/* See store-features.h. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "report/cleanup.h"
#include "xen/kbdif.h"
#include "xen/store-ask.h"
#include "xen/store-features.h"
#include "xen/store-paths.h"
#include "xen/tree.h"

#define MAX_DISPLAYS   4
#define MAX_CONNECTORS 16
#define MAX_PX         32767
#define MAX_NODES      64

/* -------- the box -------- */

static void add_display(struct xs_handle *xs, uint16_t domid, const char *devid,
			struct store_box *box)
{
	for (unsigned i = 0; i < MAX_CONNECTORS; i++) {
		char path[STORE_PATH_MAX];
		CLEANUP_FREE char *text = NULL;
		struct store_box screen;

		snprintf(path, sizeof path,
			 "/local/domain/%u/device/" STORE_SCREENS "/%.5s/%u/resolution", domid,
			 devid, i);
		text = xs_read(xs, XBT_NULL, path, NULL);
		if (!text ||
		    parse_resolution(text, MAX_PX, &screen.width_px, &screen.height_px) < 0)
			return;
		box->width_px += screen.width_px;
		if (box->height_px < screen.height_px)
			box->height_px = screen.height_px;
	}
}

struct store_box store_read_box(struct xs_handle *xs, uint16_t domid)
{
	struct store_box box = {0};
	char path[STORE_PATH_MAX];
	CLEANUP_FREE char **names = NULL;
	unsigned n = 0;

	snprintf(path, sizeof path, "/local/domain/%u/device/" STORE_SCREENS, domid);
	names = xs_directory(xs, XBT_NULL, path, &n);
	for (unsigned i = 0; names && i < n && i < MAX_DISPLAYS; i++)
		add_display(xs, domid, names[i], &box);
	return box;
}

/* -------- writing -------- */

/* Our own directory of a device, in a transaction or none. */
struct own_dir {
	struct xs_handle *xs;
	xs_transaction_t t;
	uint16_t own_domid;
	const struct device_id *id;
};

static char *read_feature(const struct own_dir *dir, const char *leaf)
{
	char path[STORE_PATH_MAX];

	store_backend_path(dir->own_domid, dir->id, leaf, path, sizeof path);
	return xs_read(dir->xs, dir->t, path, NULL);
}

/* @return 0, also when the toolstack has said it; or -errno. */
static int write_default(const struct own_dir *dir, const char *leaf, uint32_t value)
{
	CLEANUP_FREE char *old = read_feature(dir, leaf);
	char path[STORE_PATH_MAX];
	char text[16];

	if (old)
		return 0;
	store_backend_path(dir->own_domid, dir->id, leaf, path, sizeof path);
	snprintf(text, sizeof text, "%u", value);
	return xs_write(dir->xs, dir->t, path, text, (unsigned)strlen(text)) ? 0 : -errno;
}

/* A frontend that has left 1 has read what there was. */
static bool is_read(const struct own_dir *dir)
{
	char path[STORE_PATH_MAX];
	CLEANUP_FREE char *state = NULL;

	store_frontend_path(dir->id, "state", path, sizeof path);
	state = xs_read(dir->xs, dir->t, path, NULL);
	return state && strcmp(state, "1") != 0;
}

static bool is_set(const struct own_dir *dir, const char *leaf)
{
	CLEANUP_FREE char *text = read_feature(dir, leaf);

	return text && strcmp(text, "0") != 0;
}

int store_write_features(struct xs_handle *xs, xs_transaction_t t, uint16_t own_domid,
			 const struct device_id *id, const struct store_box *box)
{
	const struct own_dir dir = {xs, t, own_domid, id};
	int rc;

	if (is_read(&dir) || is_set(&dir, XENKBD_FIELD_FEAT_DSBL_POINTER))
		return 0;
	rc = write_default(&dir, XENKBD_FIELD_FEAT_ABS_POINTER, 1);
	if (rc == 0 && box->width_px > 0)
		rc = write_default(&dir, XENKBD_FIELD_WIDTH, box->width_px);
	if (rc == 0 && box->height_px > 0)
		rc = write_default(&dir, XENKBD_FIELD_HEIGHT, box->height_px);
	return rc;
}

/* -------- reading -------- */

int store_read_features(struct store_asker *a, uint16_t own_domid, const struct device_id *id,
			struct tree *config)
{
	char path[STORE_PATH_MAX];
	CLEANUP_FREE char **names = NULL;
	unsigned n = 0;
	int rc = 0;

	store_backend_path(own_domid, id, NULL, path, sizeof path);
	names = store_ask_directory(a, path, &n);
	if (n > MAX_NODES)
		return -E2BIG;
	for (unsigned i = 0; i < n && rc == 0; i++) {
		CLEANUP_FREE char *value = NULL;

		/* Ours to change, and no feature. */
		if (strcmp(names[i], "state") == 0)
			continue;
		store_backend_path(own_domid, id, names[i], path, sizeof path);
		value = store_ask(a, path);
		snprintf(path, sizeof path, STORE_FEATURE "%s", names[i]);
		if (value && *value)
			rc = tree_add(config, path, value);
	}
	return rc;
}
