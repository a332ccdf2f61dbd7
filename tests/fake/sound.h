/* SPDX-License-Identifier: MIT */
/*
 * The sound frontend of Linux (sound/xen), as its source describes it, with the faults
 * it has: it wakes its program only when more than a period has gone by, its positions survive a
 * stop, a position at the wrong time divides by zero, and a card that programs have open keeps
 * xenwatch waiting.
 */
#ifndef XENAVD_FRONT_SOUND_H
#define XENAVD_FRONT_SOUND_H

#include "channel.h"
#include "guest.h"

#define SOUND_STREAMS 32

struct sound;

/* The numbers of snd_pcm_hw_params that matter here. */
struct pcm_params {
	uint8_t format; /* XENSND_PCM_FORMAT_* */
	uint8_t channels;
	uint32_t frame_bytes;
	uint32_t rate_hz;
	uint32_t buffer_frames;
	uint32_t period_frames;
};

struct pcm {
	struct sound *card;
	struct channel channel;
	char dir[8];
	bool capture;
	bool held;    /* a program has it open */
	bool is_open; /* OPEN was answered with 0 */
	bool running;
	bool draining;
	bool stopped;             /* XRUN, or drained: the program has to prepare it anew */
	struct pcm_params params; /* buffer_frames is 0 until hw_params */
	struct guest_buffer buffer;
	/* the driver's */
	uint64_t position_bytes;
	uint64_t be_frame;
	uint32_t hw_ptr;
	uint32_t out_frames;
	unsigned periods; /* times that the program was woken */
	unsigned positions;
	/* Positions of the ALSA core since prepare */
	uint64_t hw_total;
	uint64_t appl_total;
};

struct sound {
	struct front front;
	struct pcm pcms[SOUND_STREAMS];
	unsigned n_pcms;
	bool exists; /* the card is registered */
	bool gone;   /* disconnected: programs get -ENODEV */
	int resume;  /* the backend's state that waits for programs to close */
};

int sound_load(struct sound *card, struct guest *guest, unsigned devid);

/* Its domain was destroyed, or its device removed: tidy up without a word. */
void sound_forget(struct sound *card);

void pcm_open(struct pcm *pcm);
int pcm_hw_params(struct pcm *pcm, const struct pcm_params *params);
int pcm_prepare(struct pcm *pcm);
int pcm_trigger(struct pcm *pcm, uint8_t type);

/* Write, or read, as snd_pcm_writei() would; playback starts when the buffer is full.
 * @return 0, -EPIPE for an XRUN, -ENODEV, or what the backend said. */
int pcm_write(struct pcm *pcm, const void *samples, uint32_t frames);
int pcm_read(struct pcm *pcm, void *samples, uint32_t frames);

/* Play what is written to its end. */
int pcm_drain(struct pcm *pcm);
int pcm_hw_free(struct pcm *pcm);
void pcm_close(struct pcm *pcm);

/* -------- requests that Linux does not send -------- */

/* XENSND_OP_SET_VOLUME, GET_VOLUME, MUTE or UNMUTE, with whatever is in the buffer there. */
int pcm_volume(struct pcm *pcm, uint8_t op, uint32_t offset, uint32_t length);

/* With a value for each channel of the open stream, at that offset of its buffer. */
int pcm_set_volume(struct pcm *pcm, uint32_t offset, const int32_t *mdb);
int pcm_get_volume(struct pcm *pcm, uint32_t offset, int32_t *mdb);
int pcm_mute(struct pcm *pcm, bool mute, uint32_t offset, const uint8_t *channels);

#endif
