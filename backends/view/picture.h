/* SPDX-License-Identifier: MIT */
/* The newest frame of a connector as a texture of SDL. */
#ifndef XENAV_VIEW_PICTURE_H
#define XENAV_VIEW_PICTURE_H

#include <SDL.h>
#include <stdbool.h>

#include "view/place.h"
#include "xenav.h"

struct picture {
	SDL_Texture *texture; /* NULL: there has been no frame */
	uint32_t format;      /* SDL_PIXELFORMAT_* of the texture */
	struct size size;
};

/*
 * Take over the pixels of the frame: SDL reads them where they are, unless the renderer has no
 * textures of their format.
 *
 * @return 0, -EOPNOTSUPP for a format that nobody converts, -ENOMEM if SDL cannot make the texture,
 * or -EIO.
 */
int picture_update(struct picture *picture, SDL_Renderer *renderer,
		   const struct xenav_frame *frame);

/* Draw it into a window of that size, and black around it; darker if it is not up to date. */
void picture_draw(struct picture *picture, SDL_Renderer *renderer, struct size window, bool is_dim);

/* The next frame needs a new texture.  Idempotent. */
void picture_forget(struct picture *picture);

#endif
