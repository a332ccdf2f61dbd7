/* SPDX-License-Identifier: MIT */
/* See record-guest.h. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sndfile.h>

#include "record-guest.h"

void guest_open(struct run *t, struct guest *g, uint32_t id, uint32_t generation)
{
	const uint32_t bytes = GUEST_BUFFER_FRAMES * 4;
	int fd = fake_ring(bytes);

	*g = (struct guest){.id = id, .generation = generation, .frames = 10000};
	g->ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(g->ring != MAP_FAILED);
	g->sound = malloc(g->frames * 4);
	for (size_t i = 0; i < g->frames * 2; i++)
		g->sound[i] = (int16_t)(i * 13 + generation);
	fake_opened(t->sock, id, generation, XENAV_FORMAT_S16_LE, 2, 48000, bytes, 512 * 4, fd);
	fake_state(t->sock, id, generation, XENAV_STREAM_STOPPED, 0);
	close(fd);
}

void guest_free(struct guest *g)
{
	munmap(g->ring, GUEST_BUFFER_FRAMES * 4);
	free(g->sound);
}

void guest_write(struct run *t, struct guest *g, uint32_t frames)
{
	for (uint32_t i = 0; i < frames; i++)
		memcpy(g->ring + (g->written + i) % GUEST_BUFFER_FRAMES * 2,
		       g->sound + (g->written + i) * 2, 4);
	fake_data(t->sock, g->id, g->generation, g->written, frames);
	g->written += frames;
}

void guest_play(struct run *t, struct guest *g)
{
	uint64_t played = 0, last = 0;

	guest_write(t, g, GUEST_BUFFER_FRAMES);
	fake_state(t->sock, g->id, g->generation, XENAV_STREAM_STARTED, 0);
	while (played < g->written) {
		played = run_position(t, g->id);
		/* A report about the opening before may still have been on its way. */
		if (t->msg.stream_position.generation != g->generation) {
			played = last;
			continue;
		}
		assert_true(played >= last && played - last <= GUEST_BUFFER_FRAMES);
		last = played;
		/* On a busy machine the clock of xenav-record goes on without the guest. */
		if (played > g->written)
			played = g->written;
		/* Overwrite all reported frames at once: they must be recorded by now. */
		while (g->written < g->frames && g->written + 100 <= played + GUEST_BUFFER_FRAMES)
			guest_write(t, g, g->written + 100 <= g->frames ? 100 : 1);
	}
}

void guest_expect_wav(struct run *t, const char *name, const struct guest *g, size_t frames)
{
	SF_INFO info = {0};
	char path[256];
	SNDFILE *f;
	int16_t *s = malloc((frames + 1) * 4);

	snprintf(path, sizeof path, "%s/%s", t->out, name);
	f = sf_open(path, SFM_READ, &info);
	assert_non_null(f);
	assert_int_equal(info.frames, frames);
	assert_int_equal(info.samplerate, 48000);
	assert_int_equal(info.channels, 2);
	assert_int_equal(info.format, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
	assert_int_equal(sf_readf_short(f, s, (sf_count_t)frames + 1), frames);
	assert_memory_equal(s, g->sound, frames * 4);
	sf_close(f);
	free(s);
}
