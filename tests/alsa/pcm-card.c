/* SPDX-License-Identifier: MIT */
/* The plugin of card.h: a PCM of type xenavtest { file PATH }. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>

#include "card.h"

#define RING_FRAMES 262144u

struct plug {
	snd_pcm_ioplug_t io;
	struct card *card;
	uint8_t *ring;
	uint32_t frame_bytes;
	uint64_t appl_frames; /* written, or read, since prepare */
	uint64_t hw_frames;   /* played, or captured, since prepare */
	uint64_t start_ns;
	uint64_t start_frames;
	snd_pcm_uframes_t boundary;
	bool running;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* -------- what is played -------- */

static void hear_count(struct card *c, uint32_t count)
{
	if (count == 0) {
		c->pending_frames += c->sound_frames > 0;
		return;
	}
	c->silent_frames += c->pending_frames;
	c->pending_frames = 0;
	if (c->next && count > c->next)
		c->lost_frames += count - c->next;
	if (c->next && count < c->next)
		c->again_frames++;
	if (!c->next || count >= c->next) {
		c->sound_frames++;
		c->next = count + 1;
	}
}

static void hear(struct plug *p, const uint8_t *frame)
{
	struct card *c = p->card;
	uint32_t count;

	if (p->frame_bytes == sizeof count) {
		memcpy(&count, frame, sizeof count);
		hear_count(c, count);
	}
	if (c->tape_bytes + p->frame_bytes <= CARD_TAPE_BYTES) {
		memcpy(c->tape + c->tape_bytes, frame, p->frame_bytes);
		c->tape_bytes += p->frame_bytes;
	}
	c->played_frames++;
}

static uint8_t *slot(struct plug *p, uint64_t frame)
{
	return p->ring + (size_t)(frame % RING_FRAMES) * p->frame_bytes;
}

static void capture(struct plug *p, uint8_t *frame)
{
	const uint32_t count = (uint32_t)++p->card->captured_frames;

	if (p->frame_bytes == sizeof count)
		memcpy(frame, &count, sizeof count);
	else
		memset(frame, (int)count & 0x7f, p->frame_bytes);
}

/* Play or capture up to this frame. */
static void move_to(struct plug *p, uint64_t frames)
{
	for (; p->hw_frames < frames; p->hw_frames++) {
		if (p->io.stream == SND_PCM_STREAM_PLAYBACK)
			hear(p, slot(p, p->hw_frames));
		else
			capture(p, slot(p, p->hw_frames));
	}
}

/* -------- the clock -------- */

static uint64_t due_frames(const struct plug *p, uint64_t at_ns)
{
	const double rate = p->io.rate * (1.0 + p->card->drift_ppm / 1e6);
	const uint32_t grain = p->card->grain_frames ? p->card->grain_frames : 1;
	const uint64_t since = (uint64_t)((double)(at_ns - p->start_ns) * rate / 1e9);

	return p->start_frames + since / grain * grain;
}

static snd_pcm_sframes_t run_dry(struct plug *p)
{
	if (p->io.stream == SND_PCM_STREAM_PLAYBACK)
		move_to(p, p->appl_frames);
	p->card->xrun = 0;
	p->card->xruns++;
	p->running = false;
	return -EPIPE;
}

static snd_pcm_sframes_t on_pointer(snd_pcm_ioplug_t *io)
{
	struct plug *p = io->private_data;
	struct card *c = p->card;
	const uint64_t at_ns = now_ns();
	uint64_t due;

	if (c->gone) {
		snd_pcm_ioplug_set_state(io, SND_PCM_STATE_DISCONNECTED);
	} else if (c->suspend && p->running) {
		c->suspend = 0;
		p->running = false;
		p->start_frames = p->hw_frames;
		snd_pcm_ioplug_set_state(io, SND_PCM_STATE_SUSPENDED);
	} else if (p->running) {
		due = due_frames(p, at_ns);
		if (c->xrun || (io->stream == SND_PCM_STREAM_PLAYBACK
					? due > p->appl_frames
					: due > p->appl_frames + io->buffer_size))
			return run_dry(p);
		move_to(p, due);
		c->at_frames = due;
		c->moved_ns = at_ns;
	}
	return (snd_pcm_sframes_t)(p->hw_frames % p->boundary);
}

static int on_start(snd_pcm_ioplug_t *io)
{
	struct plug *p = io->private_data;

	p->start_ns = now_ns();
	p->start_frames = p->hw_frames;
	p->running = true;
	p->card->starts++;
	return 0;
}

static int on_stop(snd_pcm_ioplug_t *io)
{
	struct plug *p = io->private_data;

	p->running = false;
	return 0;
}

static int on_prepare(snd_pcm_ioplug_t *io)
{
	struct plug *p = io->private_data;

	if (p->card->gone)
		return -ENODEV;
	p->running = false;
	p->appl_frames = p->hw_frames = 0;
	return 0;
}

static int on_resume(snd_pcm_ioplug_t *io)
{
	struct plug *p = io->private_data;

	p->card->resumes++;
	if (p->card->cannot_wake)
		return 0;
	p->start_ns = now_ns();
	p->running = true;
	return snd_pcm_ioplug_set_state(io, SND_PCM_STATE_RUNNING);
}

static int on_delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *delay)
{
	const struct plug *p = io->private_data;
	const uint64_t fill = io->stream == SND_PCM_STREAM_PLAYBACK ? p->appl_frames - p->hw_frames
								    : p->hw_frames - p->appl_frames;

	*delay = (snd_pcm_sframes_t)(fill + p->card->extra_frames);
	return 0;
}

/* -------- samples -------- */

static snd_pcm_sframes_t on_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
				     snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
	struct plug *p = io->private_data;
	uint8_t *at = (uint8_t *)areas->addr + areas->first / 8 + offset * areas->step / 8;

	if (p->card->gone)
		return -ENODEV;
	if (p->card->late_xrun && p->running) {
		p->card->late_xrun = 0;
		return run_dry(p);
	}
	for (snd_pcm_uframes_t i = 0; i < size; i++, at += p->frame_bytes, p->appl_frames++) {
		if (io->stream == SND_PCM_STREAM_PLAYBACK)
			memcpy(slot(p, p->appl_frames), at, p->frame_bytes);
		else
			memcpy(at, slot(p, p->appl_frames), p->frame_bytes);
	}
	return (snd_pcm_sframes_t)size;
}

static int on_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *)
{
	struct plug *p = io->private_data;
	struct card *c = p->card;

	p->frame_bytes = (uint32_t)snd_pcm_format_physical_width(io->format) / 8 * io->channels;
	free(p->ring);
	p->ring = calloc(RING_FRAMES, p->frame_bytes);
	c->rate_hz = io->rate;
	c->channels = io->channels;
	c->format = (uint32_t)io->format;
	c->frame_bytes = p->frame_bytes;
	c->period_frames = (uint32_t)io->period_size;
	c->buffer_frames = (uint32_t)io->buffer_size;
	return p->ring ? 0 : -ENOMEM;
}

static int on_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params)
{
	struct plug *p = io->private_data;

	return snd_pcm_sw_params_get_boundary(params, &p->boundary);
}

static int on_close(snd_pcm_ioplug_t *io)
{
	struct plug *p = io->private_data;

	p->card->closes++;
	close(io->poll_fd);
	card_unmap(p->card);
	free(p->ring);
	free(p);
	return 0;
}

/* -------- opening -------- */

static const snd_pcm_ioplug_callback_t callbacks = {
	.start = on_start,
	.stop = on_stop,
	.pointer = on_pointer,
	.transfer = on_transfer,
	.close = on_close,
	.hw_params = on_hw_params,
	.sw_params = on_sw_params,
	.prepare = on_prepare,
	.resume = on_resume,
	.delay = on_delay,
};

static int set_formats(struct plug *p)
{
	const uint32_t usual = 1u << SND_PCM_FORMAT_S16_LE | 1u << SND_PCM_FORMAT_S16_BE |
			       1u << SND_PCM_FORMAT_S24_LE | 1u << SND_PCM_FORMAT_S24_BE |
			       1u << SND_PCM_FORMAT_S32_LE | 1u << SND_PCM_FORMAT_S32_BE;
	const uint32_t wanted = p->card->formats ? p->card->formats : usual;
	unsigned int list[32], n = 0;

	for (unsigned int i = 0; i < 32; i++)
		if (wanted & 1u << i)
			list[n++] = i;
	return snd_pcm_ioplug_set_param_list(&p->io, SND_PCM_IOPLUG_HW_FORMAT, n, list);
}

static unsigned int or_usual(uint32_t wanted, unsigned int usual)
{
	return wanted ? wanted : usual;
}

static int set_space(struct plug *p)
{
	/* Plugins that convert write by the latter. */
	static const unsigned int access[] = {SND_PCM_ACCESS_RW_INTERLEAVED,
					      SND_PCM_ACCESS_MMAP_INTERLEAVED};
	const struct card *c = p->card;
	int rc;

	rc = snd_pcm_ioplug_set_param_list(&p->io, SND_PCM_IOPLUG_HW_ACCESS, 2, access);
	if (rc == 0)
		rc = set_formats(p);
	if (rc == 0)
		rc = snd_pcm_ioplug_set_param_minmax(&p->io, SND_PCM_IOPLUG_HW_RATE,
						     or_usual(c->rate_min_hz, 8000),
						     or_usual(c->rate_max_hz, 192000));
	if (rc == 0)
		rc = snd_pcm_ioplug_set_param_minmax(&p->io, SND_PCM_IOPLUG_HW_CHANNELS, 1,
						     or_usual(c->channels_max, 8));
	if (rc == 0)
		rc = snd_pcm_ioplug_set_param_minmax(&p->io, SND_PCM_IOPLUG_HW_PERIOD_BYTES,
						     or_usual(c->period_min_frames, 8) * 4,
						     1 << 18);
	if (rc == 0)
		rc = snd_pcm_ioplug_set_param_minmax(&p->io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 64,
						     1 << 19);
	if (rc == 0)
		rc = snd_pcm_ioplug_set_param_minmax(&p->io, SND_PCM_IOPLUG_HW_PERIODS, 2, 64);
	return rc;
}

static int open_plug(struct plug *p, const char *name, snd_pcm_stream_t stream, int mode)
{
	int rc;

	p->io.version = SND_PCM_IOPLUG_VERSION;
	p->io.name = "a card for tests";
	p->io.flags = SND_PCM_IOPLUG_FLAG_MONOTONIC | SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
	p->io.callback = &callbacks;
	p->io.private_data = p;
	p->io.poll_events = POLLOUT;
	p->io.poll_fd = eventfd(0, EFD_CLOEXEC);
	p->boundary = 1u << 30;
	rc = p->io.poll_fd < 0 ? -errno : snd_pcm_ioplug_create(&p->io, name, stream, mode);
	if (rc < 0) {
		if (p->io.poll_fd >= 0)
			close(p->io.poll_fd);
		card_unmap(p->card);
		free(p);
		return rc;
	}
	p->card->opens++;
	rc = set_space(p);
	if (rc < 0)
		snd_pcm_ioplug_delete(&p->io);
	return rc;
}

static const char *file_of(snd_config_t *conf)
{
	const char *path = NULL;
	snd_config_t *node;

	if (snd_config_search(conf, "file", &node) == 0)
		snd_config_get_string(node, &path);
	return path;
}

int _snd_pcm_xenavtest_open(snd_pcm_t **pcmp, const char *name, snd_config_t *root,
			    snd_config_t *conf, snd_pcm_stream_t stream, int mode);

SND_PCM_PLUGIN_DEFINE_FUNC(xenavtest)
{
	const char *path = file_of(conf);
	struct plug *p;
	int rc;

	(void)root;
	p = calloc(1, sizeof *p);
	if (!p)
		return -ENOMEM;
	p->card = path ? card_map(path, 0) : NULL;
	if (!p->card) {
		free(p);
		return -ENOENT;
	}
	rc = p->card->gone ? -ENODEV : -p->card->open_error;
	if (p->card->exclusive && p->card->opens != p->card->closes)
		rc = -EBUSY;
	if (rc < 0) {
		card_unmap(p->card);
		free(p);
		return rc;
	}
	rc = open_plug(p, name, stream, mode);
	if (rc == 0)
		*pcmp = p->io.pcm;
	return rc;
}

SND_PCM_PLUGIN_SYMBOL(xenavtest);
