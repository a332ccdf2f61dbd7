/* SPDX-License-Identifier: MIT */
/*
 * A guest's program that plays the tune: it keeps the buffer full, a period at a time.  The sample
 * at a position is always that of the tune at this position; what was not written in time is left
 * out.
 */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/container.h"
#include "demo/pcm.h"
#include "demo/programs.h"
#include "demo/stage.h"
#include "xen/sndif.h"

/* How often to look for a consumer, and the pause between two openings. */
#define LOOK_MS  10
#define PAUSE_MS 500

/* The steps of WORD_VOLUME: down by 6 dB each time, then muted, then loud again. */
#define VOLUME_STEP_MDB (-6000)
#define VOLUME_STEPS    4

struct player {
	struct pcm pcm;
	uint64_t written_frames;
	uint64_t change_frames; /* the position of the next change of volume, or underrun */
	unsigned n_changes;
	bool late;     /* writes nothing until the buffer has run empty */
	bool finished; /* this opening is to be closed */
};

static struct player *player_of(struct pcm *pcm)
{
	return CONTAINER(pcm, struct player, pcm);
}

static const struct options *options_of(const struct player *player)
{
	return player->pcm.plug.stage->options;
}

static uint64_t every_frames(const struct player *player)
{
	const struct options *o = options_of(player);

	return (uint64_t)o->every_ms * o->tune.rate_hz / 1000;
}

/* The position behind the last frame of an opening. */
static uint64_t end_frames(const struct player *player)
{
	const struct options *o = options_of(player);

	return o->seconds ? (uint64_t)o->seconds * o->tune.rate_hz : UINT64_MAX;
}

/* -------- closed -------- */

static void open_it(struct player *player)
{
	struct pcm *pcm = &player->pcm;

	if (options_of(player)->wait && !plug_is_driven(&pcm->plug)) {
		pcm_sleep(pcm, LOOK_MS);
		return;
	}
	player->written_frames = 0;
	player->change_frames = every_frames(player);
	player->n_changes = 0;
	player->late = player->finished = false;
	pcm_open(pcm);
}

/* -------- writing -------- */

/* The frames that are not written yet. */
static uint64_t left(const struct player *player)
{
	const uint64_t end = end_frames(player);

	return end > player->written_frames ? end - player->written_frames : 0;
}

/* The frames that can be written now, up to the end of the buffer or of the tune. */
static uint32_t space(const struct player *player)
{
	const struct pcm *pcm = &player->pcm;
	const uint64_t filled = player->written_frames - pcm->position_frames;
	uint64_t frames = options_of(player)->buffer_frames - filled;

	if (frames > pcm_contiguous(pcm, player->written_frames))
		frames = pcm_contiguous(pcm, player->written_frames);
	return frames < left(player) ? (uint32_t)frames : (uint32_t)left(player);
}

static void write_frames(struct player *player, uint32_t frames)
{
	struct pcm *pcm = &player->pcm;

	tune_fill(&options_of(player)->tune, player->written_frames,
		  pcm_at(pcm, player->written_frames), frames);
	pcm_move(pcm, player->written_frames, frames);
	player->written_frames += frames;
}

/* Programs write whole periods, where neither the buffer nor the tune ends before. */
static bool is_worth_writing(const struct player *player, uint32_t frames)
{
	return frames >= options_of(player)->period_frames ||
	       (frames > 0 && (frames == pcm_contiguous(&player->pcm, player->written_frames) ||
			       frames == left(player)));
}

/* -------- stopped -------- */

static void prepare(struct player *player)
{
	struct pcm *pcm = &player->pcm;
	uint32_t frames;

	if (player->finished || pcm->position_frames >= end_frames(player)) {
		player->finished = true;
		pcm_close(pcm);
		return;
	}
	/* A stop moves on to the next beginning of the buffer. */
	if (player->written_frames < pcm->position_frames)
		player->written_frames = pcm->position_frames;
	frames = space(player);
	if (frames > 0)
		write_frames(player, frames);
	else
		pcm_trigger(pcm, XENSND_OP_TRIGGER_START);
}

/* -------- started -------- */

static void change_volume(struct player *player)
{
	const unsigned step = player->n_changes++ % (VOLUME_STEPS + 2);
	const int32_t mdb = step < VOLUME_STEPS ? VOLUME_STEP_MDB * ((int32_t)step + 1) : 0;

	player->change_frames += every_frames(player);
	if (step < VOLUME_STEPS) {
		stage_say(&player->pcm.plug, "event=volume mdb=%d", mdb);
		pcm_set_volume(&player->pcm, mdb);
	} else if (step == VOLUME_STEPS) {
		stage_say(&player->pcm.plug, "event=mute");
		pcm_set_mute(&player->pcm, true);
	} else {
		stage_say(&player->pcm.plug, "event=unmute");
		pcm_set_mute(&player->pcm, false);
	}
}

/* Every other underrun the guest plays on, as programs do that asked not to be stopped; else it
 * stops and begins anew, as ALSA does without being asked. */
static void run_dry(struct player *player)
{
	struct pcm *pcm = &player->pcm;
	const bool plays_on = player->late && player->n_changes % 2 == 0;

	stage_say(&pcm->plug, "event=underrun position=%llu written=%llu stops=%d",
		  (unsigned long long)pcm->position_frames,
		  (unsigned long long)player->written_frames, !plays_on);
	player->late = false;
	player->change_frames = pcm->position_frames + every_frames(player);
	if (!plays_on) {
		pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP);
		return;
	}
	/* Far enough ahead that the position has not passed there meanwhile. */
	player->written_frames = pcm->position_frames + options_of(player)->buffer_frames / 2;
	if (space(player) > 0)
		write_frames(player, space(player));
}

/* @return whether it was time for it. */
static bool change(struct player *player)
{
	if (player->pcm.position_frames < player->change_frames)
		return false;
	if (player->pcm.plug.role.word == WORD_VOLUME) {
		change_volume(player);
	} else if (player->pcm.plug.role.word == WORD_UNDERRUN) {
		player->n_changes += !player->late;
		player->late = true;
	} else {
		return false;
	}
	return true;
}

static void play(struct player *player)
{
	struct pcm *pcm = &player->pcm;
	const uint32_t frames = pcm->position_frames <= player->written_frames ? space(player) : 0;

	if (left(player) == 0 && pcm->position_frames >= player->written_frames) {
		player->finished = true;
		pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP);
	} else if (pcm->position_frames > player->written_frames) {
		run_dry(player);
	} else if (!change(player) && !player->late && is_worth_writing(player, frames)) {
		write_frames(player, frames);
	}
}

/* -------- the program -------- */

static void go_on(struct pcm *pcm)
{
	struct player *player = player_of(pcm);

	switch (pcm->state) {
	case PCM_CLOSED:
		if (player->finished) {
			player->finished = false;
			pcm_sleep(pcm, PAUSE_MS);
		} else {
			open_it(player);
		}
		break;
	case PCM_STOPPED:
		prepare(player);
		break;
	case PCM_STARTED:
		play(player);
		break;
	}
}

static void gone(struct pcm *pcm)
{
	player_of(pcm)->finished = false;
}

static void finish(struct pcm *pcm)
{
	pcm_finish(pcm);
	free(player_of(pcm));
}

static const struct pcm_program program = {
	.go_on = go_on,
	.gone = gone,
	.finish = finish,
};

int player_create(struct stage *stage, const struct role *role)
{
	struct player *player = calloc(1, sizeof *player);
	int rc;

	if (!player)
		return -ENOMEM;
	rc = pcm_create(&player->pcm, &program, stage, role);
	if (rc < 0)
		free(player);
	return rc;
}
