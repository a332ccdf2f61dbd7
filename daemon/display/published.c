/* SPDX-License-Identifier: MIT */
/*
 * See published.h.  Numbers are parsed strictly: a resolution that is nearly right is an error of
 * that frontend's attempt to connect, and of nothing else.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "display/geometry.h"
#include "display/published.h"
#include "report/log.h"
#include "xen/displif.h"
#include "xen/tree.h"

/* The largest modes of Linux. */
#define LINUX_MAX_WIDTH_PX  4095
#define LINUX_MAX_HEIGHT_PX 2047

/* Digits of a uint32_t. */
#define MAX_DIGITS 10

int resolution_parse(const char *text, uint32_t *width_px, uint32_t *height_px)
{
	uint32_t w, h;

	if (parse_resolution(text, GEOMETRY_MAX_PX, &w, &h) < 0 || w == 0 || h == 0)
		return -EINVAL;
	*width_px = w;
	*height_px = h;
	return 0;
}

static int read_resolution(struct published_connector *connector, const struct tree *tree,
			   unsigned index, struct log_source *log)
{
	const char *text = tree_get(tree, "%u/" XENDISPL_FIELD_RESOLUTION, index);

	if (!text) {
		log_about(log, LOG_LEVEL_WARN, LOG_CONNECTOR(index),
			  "Connector %u has no " XENDISPL_FIELD_RESOLUTION, index);
		return -ENOENT;
	}
	if (resolution_parse(text, &connector->width_px, &connector->height_px) < 0) {
		log_about(log, LOG_LEVEL_WARN, LOG_CONNECTOR(index),
			  "Connector %u has the malformed resolution '%.32s'", index, text);
		return -EINVAL;
	}
	return 0;
}

static int read_unique_id(struct published_connector *connector, const struct tree *tree,
			  unsigned index, struct log_source *log)
{
	const char *text = tree_get(tree, "%u/" XENDISPL_FIELD_UNIQUE_ID, index);

	if (!text && !tree_has(tree, "%u/" XENDISPL_FIELD_UNIQUE_ID, index))
		text = "";
	if (!text || strlen(text) > DISPLAY_UNIQUE_ID_MAX) {
		log_about(log, LOG_LEVEL_WARN, LOG_CONNECTOR(index),
			  "Connector %u has a malformed " XENDISPL_FIELD_UNIQUE_ID, index);
		return -EINVAL;
	}
	if (*text)
		memcpy(connector->unique_id, text, strlen(text) + 1);
	else
		snprintf(connector->unique_id, sizeof connector->unique_id, "%u", index);
	return 0;
}

/* Other frontends may have larger modes, so the connector is served. */
static void check_linux(const struct published_connector *connector, unsigned index,
			struct log_source *log)
{
	if (connector->width_px > LINUX_MAX_WIDTH_PX || connector->height_px > LINUX_MAX_HEIGHT_PX)
		log_about(log, LOG_LEVEL_WARN, LOG_CONNECTOR(index),
			  "Connector %u (%s) has %ux%u pixels: a guest with Linux shows "
			  "nothing on it, which has modes up to %ux%u",
			  index, connector->unique_id, connector->width_px, connector->height_px,
			  LINUX_MAX_WIDTH_PX, LINUX_MAX_HEIGHT_PX);
}

static int read_connector(struct published_connector *connector, const struct tree *tree,
			  unsigned index, struct log_source *log)
{
	char dir[MAX_DIGITS + 1];
	int rc;

	rc = read_resolution(connector, tree, index, log);
	if (rc < 0)
		return rc;
	rc = read_unique_id(connector, tree, index, log);
	if (rc < 0)
		return rc;
	check_linux(connector, index, log);
	snprintf(dir, sizeof dir, "%u", index);
	rc = channel_refs_read(tree, dir, "req-", &connector->refs);
	if (rc < 0)
		log_about(log, LOG_LEVEL_WARN, LOG_CONNECTOR(index),
			  "Connector %u has published no usable ring: %s", index, strerror(-rc));
	return rc;
}

/* Linux does not publish a version, and speaks the latest. */
static int read_version(struct published_display *display, const struct tree *tree,
			struct log_source *log)
{
	const char *text = tree_get(tree, XENDISPL_FIELD_FE_VERSION);
	uint32_t version = 2;

	if (text && (parse_u32(text, 2, &version) < 0 || version == 0)) {
		log_warn_from(log, "The frontend speaks version '%.32s', and 1 and 2 are offered",
			      text);
		return -EINVAL;
	}
	display->version = (int)version;
	return 0;
}

/* A frontend publishes no more connectors than it knows itself, Linux four. */
static bool published(const struct tree *tree, unsigned index)
{
	char dir[MAX_DIGITS + 1];

	snprintf(dir, sizeof dir, "%u", index);
	return channel_refs_exist(tree, dir, "req-");
}

int published_display_read(struct published_display *display, const struct tree *tree,
			   struct log_source *log)
{
	const char *be_alloc = tree_get(tree, XENDISPL_FIELD_BE_ALLOC);
	unsigned n = 0;
	int rc;

	memset(display, 0, sizeof *display);
	rc = read_version(display, tree, log);
	if (rc < 0)
		return rc;
	/* displif.h: any other value means that the frontend allocates. */
	display->be_alloc = be_alloc && strcmp(be_alloc, "1") == 0;
	for (; published(tree, n); n++) {
		if (n == DISPLAY_MAX_CONNECTORS) {
			log_warn_from(log, "There are more than %u connectors", n);
			return -EINVAL;
		}
		rc = read_connector(&display->connectors[n], tree, n, log);
		if (rc < 0)
			return rc;
	}
	if (n == 0) {
		log_warn_from(log, "There is no connector with a ring");
		return -ENOENT;
	}
	display->n_connectors = n;
	return 0;
}
