/* SPDX-License-Identifier: MIT */
/*
 * A video source node with pictures of a guest's connector, in BGRx (XRGB8888 of DRM)
 * or BGRA, the same with opaque pixels.  It drives
 * its graph: a picture goes to all programs that look when it has changed, and at no other time.
 */
#ifndef XENAV_PIPEWIRE_VIDEO_NODE_H
#define XENAV_PIPEWIRE_VIDEO_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include <pipewire/pipewire.h>

#include "names.h"

/* Bytes of one pixel. */
#define PICTURE_PIXEL_BYTES 4

struct picture {
	uint8_t *pixels; /* rows of width_px opaque pixels, without gaps */
	uint32_t width_px;
	uint32_t height_px;
};

struct video;

struct video_config {
	struct pw_core *core;
	const struct names *names;
	const struct picture *picture; /* read whenever there is room for it */
	uint32_t max_fps;
	void *data; /* of the functions below */

	/* The first program looks, or the last one has left. */
	void (*looked_at)(void *data, bool looked_at);
	/* PipeWire has no use for the node; it is to be freed, but not in this function. */
	void (*failed)(void *data, const char *error);
};

/**
 * Make the node.  config is copied; its picture has to stay.
 *
 * @return 0 and *video, -ENOMEM or another -errno.
 */
int video_new(struct video **video, const struct video_config *config);

/* Remove it.  video may be NULL. */
void video_free(struct video *video);

/* The picture has other pixels: hand it on, if somebody looks. */
void video_show(struct video *video);

/* Is the picture not handed on yet, because no buffer was free?  Call video_show() again then. */
bool video_is_waiting(const struct video *video);

/* The picture has another size, and perhaps other memory. */
void video_resize(struct video *video);

/* The time between two pictures that the programs have agreed on. */
uint64_t video_get_interval_ns(const struct video *video);

#endif
