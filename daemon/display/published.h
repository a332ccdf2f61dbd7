/* SPDX-License-Identifier: MIT */
/* The nodes that a vdispl frontend has published, checked.  A guest wrote all of them. */
#ifndef XENAVD_DISPLAY_PUBLISHED_H
#define XENAVD_DISPLAY_PUBLISHED_H

#include <stdbool.h>
#include <stdint.h>

#include "xen/channel.h"

/* Linux knows four. */
#define DISPLAY_MAX_CONNECTORS 16

#define DISPLAY_UNIQUE_ID_MAX 95

struct published_connector {
	uint32_t width_px;
	uint32_t height_px;
	char unique_id[DISPLAY_UNIQUE_ID_MAX + 1]; /* its index unless the toolstack named it */
	struct channel_refs refs;
};

struct published_display {
	bool be_alloc; /* the frontend may ask us to allocate */
	int version;   /* of the protocol, 1 or 2 */
	unsigned n_connectors;
	struct published_connector connectors[DISPLAY_MAX_CONNECTORS];
};

/*
 * A connector without any of its ring nodes does not exist, nor do those behind it.
 *
 * @return 0; -ENOENT when something is missing, -EINVAL when something is malformed, both logged.
 */
int published_display_read(struct published_display *display, const struct tree *tree,
			   struct log_source *log);

/* "800x600": two decimal numbers of 1 to GEOMETRY_MAX_PX. @return 0 or -EINVAL. */
int resolution_parse(const char *text, uint32_t *width_px, uint32_t *height_px);

#endif
