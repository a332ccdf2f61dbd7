/* SPDX-License-Identifier: MIT */
/* See picture.h. */
#include <config.h>

#include <errno.h>
#include <limits.h>

#include "view/formats.h"
#include "view/picture.h"

/* The brightness, of 255, of a picture that is not up to date. */
#define DIM 96

/* The format that xenav_frame_to_xrgb8888() makes. */
#define CONVERTED SDL_PIXELFORMAT_RGB888

static bool has_textures_of(SDL_Renderer *renderer, uint32_t format)
{
	SDL_RendererInfo info;

	if (SDL_GetRendererInfo(renderer, &info) < 0)
		return false;
	for (Uint32 i = 0; i < info.num_texture_formats; i++)
		if (info.texture_formats[i] == format)
			return true;
	return false;
}

/* SDL hands the stride to OpenGL in whole pixels. */
static uint32_t choose_format(SDL_Renderer *renderer, const struct xenav_frame *frame)
{
	const uint32_t format = format_of_pixels(frame->fourcc);

	if (!format || frame->stride_bytes % SDL_BYTESPERPIXEL(format) != 0 ||
	    frame->stride_bytes > INT_MAX || !has_textures_of(renderer, format))
		return CONVERTED;
	return format;
}

static int prepare(struct picture *picture, SDL_Renderer *renderer, uint32_t format,
		   struct size size)
{
	if (picture->texture && picture->format == format &&
	    picture->size.width_px == size.width_px && picture->size.height_px == size.height_px)
		return 0;
	picture_forget(picture);
	picture->texture = SDL_CreateTexture(renderer, format, SDL_TEXTUREACCESS_STREAMING,
					     (int)size.width_px, (int)size.height_px);
	if (!picture->texture)
		return -ENOMEM;
	picture->format = format;
	picture->size = size;
	return 0;
}

static int convert(SDL_Texture *texture, const struct xenav_frame *frame)
{
	void *pixels;
	int stride_bytes, rc;

	if (SDL_LockTexture(texture, NULL, &pixels, &stride_bytes) < 0)
		return -EIO;
	rc = xenav_frame_to_xrgb8888(frame, pixels, (size_t)stride_bytes);
	SDL_UnlockTexture(texture);
	return rc;
}

int picture_update(struct picture *picture, SDL_Renderer *renderer, const struct xenav_frame *frame)
{
	const uint32_t format = choose_format(renderer, frame);
	int rc;

	if (!frame->pixels || frame->width_px > INT_MAX || frame->height_px > INT_MAX)
		return -EOPNOTSUPP;
	rc = prepare(picture, renderer, format, (struct size){frame->width_px, frame->height_px});
	if (rc < 0)
		return rc;
	if (format != format_of_pixels(frame->fourcc) ||
	    frame->stride_bytes % SDL_BYTESPERPIXEL(format) != 0)
		return convert(picture->texture, frame);
	return SDL_UpdateTexture(picture->texture, NULL, frame->pixels, (int)frame->stride_bytes) <
			       0
		       ? -EIO
		       : 0;
}

void picture_draw(struct picture *picture, SDL_Renderer *renderer, struct size window, bool is_dim)
{
	const Uint8 light = is_dim ? DIM : 255;
	struct place place;
	SDL_Rect to;

	SDL_SetRenderDrawColor(renderer, 0, 0, 0, 255);
	SDL_RenderClear(renderer);
	if (!picture->texture)
		return;
	place = place_fit(picture->size, window);
	to = (SDL_Rect){place.x_px, place.y_px, (int)place.size.width_px,
			(int)place.size.height_px};
	SDL_SetTextureScaleMode(picture->texture, place_is_whole(&place, picture->size)
							  ? SDL_ScaleModeNearest
							  : SDL_ScaleModeLinear);
	SDL_SetTextureColorMod(picture->texture, light, light, light);
	SDL_RenderCopy(renderer, picture->texture, NULL, &to);
}

void picture_forget(struct picture *picture)
{
	if (picture->texture)
		SDL_DestroyTexture(picture->texture);
	*picture = (struct picture){0};
}
