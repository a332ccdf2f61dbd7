/* SPDX-License-Identifier: MIT */
/* See published.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "input/published.h"
#include "report/log.h"
#include "xen/kbdif.h"
#include "xen/store-features.h"
#include "xen/tree.h"

/* Linux assumes these when a feature is missing. */
#define DEFAULT_WIDTH    800
#define DEFAULT_HEIGHT   600
#define DEFAULT_CONTACTS 1

/* Coordinates: more than any box of screens has. */
#define MAX_EXTENT 0xffffff

#define MAX_CONTACTS 256

static int read_ref(const struct tree *config, const char *node, uint32_t *ref,
		    struct log_source *log)
{
	const int rc = tree_get_u32(config, UINT32_MAX, ref, "%s", node);

	if (rc < 0)
		log_warn_from(log, "The frontend has published no usable %s: %s", node,
			      strerror(-rc));
	return rc;
}

/* One of ours; a malformed one is the toolstack's mistake, and as good as none. */
static uint32_t feature(const struct tree *config, const char *node, uint32_t max,
			uint32_t otherwise, struct log_source *log)
{
	uint32_t value;
	int rc = tree_get_u32(config, max, &value, STORE_FEATURE "%s", node);

	if (rc == 0)
		return value;
	if (rc != -ENOENT)
		log_warn_from(log, "Ignored the malformed %s", node);
	return otherwise;
}

/* A request of the guest, which counts only if the feature was offered. */
static bool requested(const struct tree *config, const char *node)
{
	uint32_t value;

	return tree_get_u32(config, UINT32_MAX, &value, "%s", node) == 0 && value != 0;
}

static void read_pointer(struct input_caps *caps, const struct tree *config, struct log_source *log)
{
	caps->pointer = feature(config, XENKBD_FIELD_FEAT_DSBL_POINTER, UINT32_MAX, 0, log) == 0;
	caps->absolute = caps->pointer &&
			 feature(config, XENKBD_FIELD_FEAT_ABS_POINTER, UINT32_MAX, 0, log) &&
			 requested(config, XENKBD_FIELD_REQ_ABS_POINTER);
	caps->width = feature(config, XENKBD_FIELD_WIDTH, MAX_EXTENT, DEFAULT_WIDTH, log);
	caps->height = feature(config, XENKBD_FIELD_HEIGHT, MAX_EXTENT, DEFAULT_HEIGHT, log);
}

static void read_touch(struct input_caps *caps, const struct tree *config, struct log_source *log)
{
	caps->touch = feature(config, XENKBD_FIELD_FEAT_MTOUCH, UINT32_MAX, 0, log) &&
		      requested(config, XENKBD_FIELD_REQ_MTOUCH);
	if (!caps->touch)
		return;
	caps->touch_width = feature(config, XENKBD_FIELD_MT_WIDTH, MAX_EXTENT, DEFAULT_WIDTH, log);
	caps->touch_height =
		feature(config, XENKBD_FIELD_MT_HEIGHT, MAX_EXTENT, DEFAULT_HEIGHT, log);
	caps->contacts =
		feature(config, XENKBD_FIELD_MT_NUM_CONTACTS, MAX_CONTACTS, DEFAULT_CONTACTS, log);
	if (caps->contacts > INPUT_CONTACTS)
		caps->contacts = INPUT_CONTACTS;
}

/* A driver without a pointer dereferences NULL at any key. */
static void check_caps(const struct input_caps *caps, bool keyboard, struct log_source *log)
{
	if (!caps->pointer && keyboard)
		log_warn_from(log, "Keys are not sent: Linux crashes at a key when the pointer is "
				   "disabled (" XENKBD_FIELD_FEAT_DSBL_POINTER ")");
	else if (!caps->pointer && !caps->touch)
		log_warn_from(log, "Keyboard and pointer are disabled and there is no touch "
				   "screen: the device is of no use");
}

int input_published_read(struct input_published *published, const struct tree *config,
			 struct log_source *log)
{
	struct input_caps *caps = &published->caps;
	const char *id = tree_get(config, STORE_FEATURE XENKBD_FIELD_UNIQUE_ID);
	bool keyboard;
	int rc;

	memset(published, 0, sizeof *published);
	rc = read_ref(config, XENKBD_FIELD_RING_GREF, &published->refs.page_gref, log);
	if (rc == 0)
		rc = read_ref(config, XENKBD_FIELD_EVT_CHANNEL, &published->refs.port, log);
	if (rc < 0)
		return rc;
	snprintf(published->unique_id, sizeof published->unique_id, "%s", id ? id : "");
	keyboard = feature(config, XENKBD_FIELD_FEAT_DSBL_KEYBRD, UINT32_MAX, 0, log) == 0;
	read_pointer(caps, config, log);
	read_touch(caps, config, log);
	caps->keyboard = keyboard && caps->pointer;
	check_caps(caps, keyboard, log);
	return 0;
}
