/* SPDX-License-Identifier: MIT */
/* See formats.h. */
#include <config.h>

#include <SDL.h>
#include <stddef.h>

#include "view/formats.h"
#include "xenav.h"

#define FOURCC(a, b, c, d)                                                                         \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

/* DRM formats are little-endian, SDL's are words of this machine, but for the one of 24 bits.
 * SDL's own conversion of 16 bits is not exact, and graphics cards have no such textures. */
static const struct {
	uint32_t fourcc;
	uint32_t sdl;
} pixels[] = {
#if SDL_BYTEORDER == SDL_LIL_ENDIAN
	{FOURCC('X', 'R', '2', '4'), SDL_PIXELFORMAT_RGB888},
	{FOURCC('A', 'R', '2', '4'), SDL_PIXELFORMAT_RGB888},
	{FOURCC('X', 'B', '2', '4'), SDL_PIXELFORMAT_BGR888},
	{FOURCC('A', 'B', '2', '4'), SDL_PIXELFORMAT_BGR888},
#endif
	{FOURCC('R', 'G', '2', '4'), SDL_PIXELFORMAT_BGR24},
};

static const uint16_t samples[] = {
	[XENAV_FORMAT_S8] = AUDIO_S8,           [XENAV_FORMAT_U8] = AUDIO_U8,
	[XENAV_FORMAT_S16_LE] = AUDIO_S16LSB,   [XENAV_FORMAT_S16_BE] = AUDIO_S16MSB,
	[XENAV_FORMAT_U16_LE] = AUDIO_U16LSB,   [XENAV_FORMAT_U16_BE] = AUDIO_U16MSB,
	[XENAV_FORMAT_S32_LE] = AUDIO_S32LSB,   [XENAV_FORMAT_S32_BE] = AUDIO_S32MSB,
	[XENAV_FORMAT_FLOAT_LE] = AUDIO_F32LSB, [XENAV_FORMAT_FLOAT_BE] = AUDIO_F32MSB,
};

#define N(list) (sizeof(list) / sizeof(list)[0])

uint32_t format_of_pixels(uint32_t fourcc)
{
	for (size_t i = 0; i < N(pixels); i++)
		if (pixels[i].fourcc == fourcc)
			return pixels[i].sdl;
	return SDL_PIXELFORMAT_UNKNOWN;
}

uint16_t format_of_samples(uint8_t format)
{
	return format < N(samples) ? samples[format] : 0;
}
