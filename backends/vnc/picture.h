/* SPDX-License-Identifier: MIT */
/*
 * The picture that clients see: the guest's connectors side by side, in their order, as XRGB8888.
 */
#ifndef XENAV_VNC_PICTURE_H
#define XENAV_VNC_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenav.h"

#define PICTURE_MAX_AREAS 16

/* A wider row of connectors continues below: libvncserver sends no wider lines. */
#define PICTURE_MAX_WIDTH_PX 8000u

/* What clients see while there is no connector. */
#define PICTURE_EMPTY_WIDTH_PX  640u
#define PICTURE_EMPTY_HEIGHT_PX 480u

/* A connector's place in it. */
struct area {
	struct xenav_connector *c;
	uint32_t x_px, y_px, width_px, height_px;
	bool is_held;            /* its last frame is not done */
	bool was_asked_again;    /* for its present picture */
	bool is_odd;             /* its frames cannot be shown, which was said */
	uint64_t looked_ns;      /* when a frame came last */
	uint64_t stale_until_ns; /* another frame shows here until its present one comes, or then */
	uint64_t again_ns;       /* the time between two questions for its present picture */
};

struct picture {
	uint32_t *pixels;
	uint32_t width_px, height_px;
	struct area areas[PICTURE_MAX_AREAS];
	unsigned int n;
	/* Pixels have changed. */
	void (*changed)(void *data, const struct xenav_rect *rect);
	/* There are other pixels, of another size: all of them have changed.  The pixels before are
	 * freed when this returns. */
	void (*resized)(void *data);
	void *data;
};

/* The picture without a connector; the functions of the picture are set. @return 0 or -ENOMEM. */
int picture_init(struct picture *picture);
void picture_finish(struct picture *picture);

/* @return its area, or NULL if there is no room for it. */
struct area *picture_add(struct picture *picture, struct xenav_connector *c);
void picture_remove(struct picture *picture, const struct xenav_connector *c);
void picture_clear(struct picture *picture);

/* Ask for the connector's present picture; what is shown is old until it comes. */
void area_ask_again(struct area *area, uint64_t now_ns);

/* A frame has come. @return whether pixels have changed, or -errno if it cannot be shown. */
int picture_take(struct picture *picture, struct area *area, const struct xenav_frame *frame);

/* The connector shows nothing. */
void picture_blank(struct picture *picture, const struct area *area);

struct area *picture_find(struct picture *picture, const struct xenav_connector *c);

/* @return the area with that pixel, else the nearest one, and the pixel in it; NULL: there is none.
 */
const struct area *picture_at(const struct picture *picture, int x_px, int y_px, int32_t *area_x,
			      int32_t *area_y);

#endif
