/* SPDX-License-Identifier: MIT */
/*
 * xt-pcm make FORMAT CHANNELS RATE SECONDS SEED > FILE
 * xt-pcm check FORMAT CHANNELS RATE SECONDS SEED FILE
 *
 * Makes a file of noise that is known in advance (pattern.h), or checks that a recording holds
 * exactly that noise from its first sample on. FORMAT is s16 or u8, in a WAV file, or s24 or s32,
 * without any header: WAV packs 24 bits into three bytes, and the sound card does not.
 */
#include "pattern.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 44

struct sound {
	const char *form;
	uint32_t sample_bytes;
	uint32_t bits; /* of a sample that count: the lowest */
	bool raw;
	uint32_t channels;
	uint32_t rate;
	uint32_t samples; /* of all channels */
	uint32_t seed;
};

static void put32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> 8 * i);
}

static void put16(unsigned char *at, uint32_t value)
{
	at[0] = (unsigned char)value;
	at[1] = (unsigned char)(value >> 8);
}

static uint32_t get32(const unsigned char *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint32_t sample(const struct sound *sound, uint32_t index)
{
	return xt_noise(sound->seed, index) >> (32 - sound->bits);
}

static bool set_format(struct sound *sound, const char *form)
{
	static const struct sound formats[] = {
		{.form = "u8", .sample_bytes = 1, .bits = 8},
		{.form = "s16", .sample_bytes = 2, .bits = 16},
		{.form = "s24", .sample_bytes = 4, .bits = 24, .raw = true},
		{.form = "s32", .sample_bytes = 4, .bits = 32, .raw = true},
	};

	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		if (strcmp(form, formats[i].form) == 0) {
			*sound = formats[i];
			return true;
		}
	}
	return false;
}

static int write_header(const struct sound *sound, FILE *file)
{
	unsigned char h[HEADER_BYTES] = "RIFF....WAVEfmt ";
	uint32_t frame_bytes = sound->sample_bytes * sound->channels;
	uint32_t data_bytes = sound->samples * sound->sample_bytes;

	put32(h + 4, HEADER_BYTES - 8 + data_bytes);
	put32(h + 16, 16);
	put16(h + 20, 1);
	put16(h + 22, sound->channels);
	put32(h + 24, sound->rate);
	put32(h + 28, sound->rate * frame_bytes);
	put16(h + 32, frame_bytes);
	put16(h + 34, 8 * sound->sample_bytes);
	memcpy(h + 36, "data", 4);
	put32(h + 40, data_bytes);
	return fwrite(h, sizeof(h), 1, file) == 1 ? 0 : -1;
}

static int make(const struct sound *sound)
{
	if (!sound->raw && write_header(sound, stdout) != 0)
		return 1;
	for (uint32_t i = 0; i < sound->samples; i++) {
		uint32_t value = sample(sound, i);

		for (uint32_t byte = 0; byte < sound->sample_bytes; byte++)
			putchar((int)(value >> 8 * byte & 0xffu));
	}
	return fflush(stdout) == 0 ? 0 : 1;
}

/* Finds the data and checks that the header tells the format we asked for. */
static FILE *open_data(const struct sound *sound, const char *path)
{
	FILE *file = fopen(path, "rb");
	unsigned char h[HEADER_BYTES];

	if (file != NULL && sound->raw)
		return file;
	if (file == NULL || fread(h, sizeof(h), 1, file) != 1) {
		fprintf(stderr, "xt-pcm: %s: %s\n", path, file ? "too short" : strerror(errno));
		return NULL;
	}
	if (memcmp(h, "RIFF", 4) != 0 || memcmp(h + 36, "data", 4) != 0 ||
	    h[22] != sound->channels || get32(h + 24) != sound->rate ||
	    h[34] != 8 * sound->sample_bytes) {
		fprintf(stderr, "xt-pcm: %s: not the format asked for\n", path);
		return NULL;
	}
	return file;
}

/* The bits that count of the next sample, or false at the end. */
static bool read_sample(const struct sound *sound, FILE *file, uint32_t *value)
{
	unsigned char bytes[4] = {0};

	if (fread(bytes, sound->sample_bytes, 1, file) != 1)
		return false;
	*value = get32(bytes) & UINT32_MAX >> (32 - sound->bits);
	return true;
}

static int check(const struct sound *sound, const char *path)
{
	FILE *file = open_data(sound, path);
	uint32_t wrong = 0;

	if (file == NULL)
		return 1;
	for (uint32_t i = 0; i < sound->samples; i++) {
		uint32_t want = sample(sound, i);
		uint32_t got;

		if (!read_sample(sound, file, &got)) {
			printf("ends after %" PRIu32 " of %" PRIu32 " samples\n", i,
			       sound->samples);
			return 1;
		}
		if (got != want && wrong++ < 8)
			printf("sample %" PRIu32 " is %04" PRIx32 ", not %04" PRIx32 "\n", i, got,
			       want);
	}
	printf("%" PRIu32 " samples, %" PRIu32 " wrong\n", sound->samples, wrong);
	return wrong == 0 ? 0 : 1;
}

static uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	struct sound sound;

	if (argc < 7) {
		fprintf(stderr,
			"usage: xt-pcm make|check FORMAT CHANNELS RATE SECONDS SEED [FILE]\n");
		return 2;
	}
	if (!set_format(&sound, argv[2])) {
		fprintf(stderr, "xt-pcm: there is no format %s\n", argv[2]);
		return 2;
	}
	sound.channels = number(argv[3]);
	sound.rate = number(argv[4]);
	sound.samples = sound.channels * sound.rate * number(argv[5]);
	sound.seed = number(argv[6]);
	if (strcmp(argv[1], "check") == 0 && argc == 8)
		return check(&sound, argv[7]);
	return make(&sound);
}
