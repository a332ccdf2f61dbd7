/* SPDX-License-Identifier: MIT */
/* A guest's program that records: it says each second what it has heard, and keeps it in a file. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/container.h"
#include "demo/ear.h"
#include "demo/pcm.h"
#include "demo/programs.h"
#include "demo/stage.h"
#include "xen/sndif.h"

#define LOOK_MS  10
#define PAUSE_MS 500

struct recorder {
	struct pcm pcm;
	struct ear ear;
	FILE *file; /* NULL: none */
	uint64_t read_frames;
	uint64_t said_frames;
	uint32_t reading; /* the frames of the READ under way */
	bool finished;
};

static struct recorder *recorder_of(struct pcm *pcm)
{
	return CONTAINER(pcm, struct recorder, pcm);
}

static const struct options *options_of(const struct recorder *recorder)
{
	return recorder->pcm.plug.stage->options;
}

static void say_heard(struct recorder *recorder)
{
	const struct ear *ear = &recorder->ear;
	const uint64_t frames = ear->n_silent + ear->n_tune + ear->n_other;

	if (frames == 0)
		return;
	stage_say(&recorder->pcm.plug,
		  "event=heard position=%llu frames=%llu silent=%llu tune=%llu other=%llu",
		  (unsigned long long)recorder->said_frames, (unsigned long long)frames,
		  (unsigned long long)ear->n_silent, (unsigned long long)ear->n_tune,
		  (unsigned long long)ear->n_other);
	ear_clear(&recorder->ear);
	recorder->said_frames += frames;
}

/* The answer to READ has come. */
static void take(struct recorder *recorder)
{
	const uint32_t bytes = tune_frame_bytes(&options_of(recorder)->tune);
	const uint8_t *samples = pcm_at(&recorder->pcm, recorder->read_frames);

	ear_hear(&recorder->ear, samples, recorder->reading);
	if (recorder->file &&
	    (fwrite(samples, bytes, recorder->reading, recorder->file) != recorder->reading ||
	     fflush(recorder->file) != 0)) {
		log_err("Could not write to %s: %s", options_of(recorder)->record, strerror(errno));
		fclose(recorder->file);
		recorder->file = NULL;
	}
	recorder->read_frames += recorder->reading;
	recorder->reading = 0;
	if (recorder->read_frames - recorder->said_frames >= options_of(recorder)->tune.rate_hz)
		say_heard(recorder);
}

static void open_it(struct recorder *recorder)
{
	struct pcm *pcm = &recorder->pcm;

	if (options_of(recorder)->wait && !plug_is_driven(&pcm->plug)) {
		pcm_sleep(pcm, LOOK_MS);
		return;
	}
	recorder->read_frames = recorder->said_frames = 0;
	recorder->reading = 0;
	ear_begin(&recorder->ear);
	pcm_open(pcm);
}

static void stopped(struct recorder *recorder)
{
	if (recorder->finished) {
		say_heard(recorder);
		pcm_close(&recorder->pcm);
		return;
	}
	recorder->read_frames = recorder->pcm.position_frames;
	recorder->said_frames = recorder->read_frames;
	ear_begin(&recorder->ear);
	pcm_trigger(&recorder->pcm, XENSND_OP_TRIGGER_START);
}

static bool is_over(const struct recorder *recorder)
{
	const struct options *o = options_of(recorder);

	return o->seconds && recorder->read_frames >= (uint64_t)o->seconds * o->tune.rate_hz;
}

static void record(struct recorder *recorder)
{
	struct pcm *pcm = &recorder->pcm;
	const uint64_t there = pcm->position_frames - recorder->read_frames;
	const uint32_t contiguous = pcm_contiguous(pcm, recorder->read_frames);

	if (is_over(recorder)) {
		recorder->finished = true;
		pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP);
	} else if (there > options_of(recorder)->buffer_frames) {
		say_heard(recorder);
		stage_say(&pcm->plug, "event=overrun position=%llu read=%llu",
			  (unsigned long long)pcm->position_frames,
			  (unsigned long long)recorder->read_frames);
		pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP);
	} else if (there >= options_of(recorder)->period_frames || there >= contiguous) {
		recorder->reading = there < contiguous ? (uint32_t)there : contiguous;
		pcm_move(pcm, recorder->read_frames, recorder->reading);
	}
}

static void go_on(struct pcm *pcm)
{
	struct recorder *recorder = recorder_of(pcm);

	if (recorder->reading > 0)
		take(recorder);
	switch (pcm->state) {
	case PCM_CLOSED:
		if (recorder->finished) {
			recorder->finished = false;
			pcm_sleep(pcm, PAUSE_MS);
		} else {
			open_it(recorder);
		}
		break;
	case PCM_STOPPED:
		stopped(recorder);
		break;
	case PCM_STARTED:
		record(recorder);
		break;
	}
}

static void gone(struct pcm *pcm)
{
	recorder_of(pcm)->finished = false;
	recorder_of(pcm)->reading = 0;
}

static void finish(struct pcm *pcm)
{
	struct recorder *recorder = recorder_of(pcm);

	pcm_finish(pcm);
	ear_finish(&recorder->ear);
	if (recorder->file)
		fclose(recorder->file);
	free(recorder);
}

static const struct pcm_program program = {
	.capture = true,
	.go_on = go_on,
	.gone = gone,
	.finish = finish,
};

/* The first recorder has the file. */
static int open_file(struct recorder *recorder, const struct options *o)
{
	static bool taken;

	if (taken || !o->record)
		return 0;
	taken = true;
	recorder->file = fopen(o->record, "we");
	if (recorder->file)
		return 0;
	log_err("Could not open %s: %s", o->record, strerror(errno));
	return -errno;
}

int recorder_create(struct stage *stage, const struct role *role)
{
	struct recorder *recorder = calloc(1, sizeof *recorder);
	int rc;

	if (!recorder)
		return -ENOMEM;
	rc = ear_init(&recorder->ear, &stage->options->tune);
	if (rc == 0)
		rc = open_file(recorder, stage->options);
	if (rc == 0)
		rc = pcm_create(&recorder->pcm, &program, stage, role);
	if (rc == 0)
		return 0;
	ear_finish(&recorder->ear);
	if (recorder->file)
		fclose(recorder->file);
	free(recorder);
	return rc;
}
