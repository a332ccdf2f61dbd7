/* SPDX-License-Identifier: MIT */
/* xenav-pipewire and a real PipeWire server: the volumes of guests and of the desktop. */
#include <config.h>

#include <string.h>

#include "pipewire/pw-rig.h"

#define NODE   "xenav.guest127.0.0.0"
#define OFFSET 60000u

static struct rig_guest rg;
static struct desk_node seen;

struct volume {
	float left, right;
	bool muted;
};

static bool is_near(float a, float b)
{
	return a > b - 0.001f && a < b + 0.001f;
}

static bool has_volume(void *data)
{
	const struct volume *v = data;

	return desk_look(desk, NODE, &seen) && seen.n_volumes == 2 && seen.muted == v->muted &&
	       is_near(seen.volumes[0], v->left) && is_near(seen.volumes[1], v->right);
}

static void expect_in_mixer(float left, float right, bool muted)
{
	struct volume v = {left, right, muted};

	if (!guest_run_until(&rg.guest, has_volume, &v, WAIT_MS))
		fail_msg("the mixer shows %f and %f%s", (double)seen.volumes[0],
			 (double)seen.volumes[1], seen.muted ? ", muted" : "");
}

static void set(int32_t left, int32_t right)
{
	assert_int_equal(pcm_set_volume(PLAY(&rg), OFFSET, (const int32_t[]){left, right}), 0);
}

static void mute(bool muted, uint8_t left, uint8_t right)
{
	assert_int_equal(pcm_mute(PLAY(&rg), muted, OFFSET, (const uint8_t[]){left, right}), 0);
}

static void start(void)
{
	rig_start(&rg, 127);
	RUN("--domain=127");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
}

static void stop(void)
{
	pw_rig_shut(PLAY(&rg));
	rig_stop(&rg);
}

TEST(a_volume_that_the_guest_moves_moves_in_the_mixer)
{
	start();
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, NODE);
	set(-6021, -20000);
	expect_in_mixer(0.5f, 0.1f, false);
	mute(true, 1, 1);
	expect_in_mixer(0.5f, 0.1f, true);
	mute(false, 1, 1);
	expect_in_mixer(0.5f, 0.1f, false);
	/* PipeWire mutes all channels or none. */
	mute(true, 0, 1);
	expect_in_mixer(0.5f, 0.0f, false);
	mute(false, 0, 1);
	set(0, 0);
	expect_in_mixer(1.0f, 1.0f, false);
	stop();
}

TEST(a_volume_that_was_moved_before_is_there_from_the_beginning)
{
	start();
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, NODE);
	set(-20000, -6021);
	expect_in_mixer(0.1f, 0.5f, false);
	pw_rig_shut(PLAY(&rg));
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, NODE);
	expect_in_mixer(0.1f, 0.5f, false);
	stop();
}

/* -------- the other way -------- */

#define TUNE_FRAMES 24000u

static size_t play_at_half(void)
{
	static int16_t samples[TUNE_FRAMES * 2];
	struct ear *ear = pw_rig_listen(&rg.guest);
	size_t heard;

	for (unsigned i = 0; i < TUNE_FRAMES; i++)
		samples[2 * i] = samples[2 * i + 1] = (int16_t)(pw_rig_tune(i) / 2);
	assert_int_equal(pcm_prepare(PLAY(&rg)), 0);
	assert_int_equal(pcm_write(PLAY(&rg), samples, TUNE_FRAMES), 0);
	assert_int_equal(pcm_drain(PLAY(&rg)), 0);
	pw_rig_hear_out(&rg.guest);
	heard = pw_rig_heard(ear, 0, TUNE_FRAMES, 0);
	ear_close(ear);
	return heard;
}

TEST(a_volume_that_the_mixer_moves_is_heard_and_told)
{
	const float twice[2] = {2.0f, 2.0f}, one[2] = {1.0f, 1.0f};
	size_t heard = 0;
	int32_t mdb[2];

	start();
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, NODE);
	assert_int_equal(desk_set_volume(desk, NODE, one, 2, true), 0);
	pw_rig_wait_said(&rg.guest, "volume=100% muted", 1);
	assert_int_equal(desk_set_volume(desk, NODE, twice, 2, false), 0);
	pw_rig_wait_said(&rg.guest, "volume=200%", 1);
	expect_in_mixer(2.0f, 2.0f, false);
	for (unsigned i = 0; i < ATTEMPTS && heard < TUNE_FRAMES; i++)
		heard = play_at_half();
	assert_int_equal(heard, TUNE_FRAMES);
	/* The protocol has no way to tell the guest: its own volume is what it has set. */
	assert_int_equal(pcm_get_volume(PLAY(&rg), OFFSET, mdb), 0);
	assert_int_equal(mdb[0], 0);
	stop();
}

int main(void)
{
	return pw_rig_main();
}
