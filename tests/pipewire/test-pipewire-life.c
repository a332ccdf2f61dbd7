/* SPDX-License-Identifier: MIT */
/* xenav-pipewire and servers that end, come back, or are not there. */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipewire/pw-rig.h"
#include "xen/sndif.h"

#define NODE        "xenav.guest130.0.0.0"
#define TUNE_FRAMES 24000u

static struct rig_guest rg;

static const char *play_tune(void)
{
	int16_t *samples = calloc(TUNE_FRAMES, 2 * sizeof *samples);
	const char *problem = NULL;

	for (unsigned i = 0; i < TUNE_FRAMES; i++)
		samples[2 * i] = samples[2 * i + 1] = pw_rig_tune(i);
	if (pcm_prepare(PLAY(&rg)) < 0 || pcm_write(PLAY(&rg), samples, TUNE_FRAMES) < 0)
		problem = "a write failed";
	else if (pcm_drain(PLAY(&rg)) < 0)
		problem = "the stream does not drain";
	free(samples);
	return problem;
}

static void expect_tune(void)
{
	size_t heard = 0;

	for (unsigned i = 0; i < ATTEMPTS && heard < TUNE_FRAMES; i++) {
		struct ear *ear = pw_rig_listen(&rg.guest);

		assert_fine(play_tune());
		pw_rig_hear_out(&rg.guest);
		heard = pw_rig_heard(ear, 0, TUNE_FRAMES, 0);
		ear_close(ear);
	}
	assert_int_equal(heard, TUNE_FRAMES);
}

/* The guest hears a clock while nobody plays: its stream does not stall, which would be -EIO.  It
 * runs dry wherever the test waits for something else. */
static void play_silence(unsigned ms)
{
	static const int16_t silence[480 * 2];
	int rc = 0;

	for (unsigned i = 0; i < ms / 10; i++) {
		if (rc == -EPIPE)
			assert_int_equal(pcm_prepare(PLAY(&rg)), 0);
		rc = pcm_write(PLAY(&rg), silence, 480);
		assert_true(rc == 0 || rc == -EPIPE);
	}
}

TEST(pipewire_ends_and_comes_back_while_the_guest_plays)
{
	unsigned fds;

	rig_start(&rg, 130);
	RUN("--domain=130", "--reconnect");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, NODE);
	play_silence(300);
	fds = pw_lab_fds(&pw_lab);
	for (unsigned i = 1; i <= 2; i++) {
		pw_lab_kill_servers(&pw_lab);
		pw_rig_wait_said(&rg.guest, "Lost the connection to PipeWire", i);
		play_silence(1500);
		pw_rig_restart_servers();
		pw_rig_wait_said(&rg.guest, "PipeWire is there", i);
		play_silence(1000);
		pw_rig_wait_running(&rg.guest, NODE);
	}
	assert_int_equal(pcm_drain(PLAY(&rg)), 0);
	expect_tune();
	assert_int_equal(pw_lab_fds(&pw_lab), fds);
	pw_rig_shut(PLAY(&rg));
	rig_stop(&rg);
}

TEST(pipewire_stands_still_while_the_guest_plays)
{
	rig_start(&rg, 130);
	RUN("--domain=130");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, NODE);
	play_silence(300);
	kill(pw_lab.pipewire, SIGSTOP);
	play_silence(2000);
	kill(pw_lab.pipewire, SIGCONT);
	play_silence(300);
	assert_int_equal(pcm_drain(PLAY(&rg)), 0);
	expect_tune();
	pw_rig_shut(PLAY(&rg));
	rig_stop(&rg);
}

TEST(without_reconnect_the_end_of_pipewire_is_its_own)
{
	rig_start(&rg, 130);
	RUN("--domain=130");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, NODE);
	pw_lab_kill_servers(&pw_lab);
	assert_int_equal(pw_lab_wait(&pw_lab, WAIT_MS), 1);
	assert_int_equal(pw_lab_said(&pw_lab, "Lost the connection to PipeWire"), 1);
	pw_rig_restart_servers();
	pw_rig_shut(PLAY(&rg));
	rig_stop(&rg);
}

TEST(a_server_that_is_not_there_is_told)
{
	RUN("--remote=nowhere");
	assert_int_equal(pw_lab_wait(&pw_lab, WAIT_MS), 1);
	assert_int_equal(pw_lab_said(&pw_lab, "Cannot connect to PipeWire: "), 1);
	pw_rig_run((const char *const[]){"--socket=/nowhere", NULL});
	assert_int_equal(pw_lab_wait(&pw_lab, WAIT_MS), 1);
	assert_int_equal(pw_lab_said(&pw_lab, "xenavd"), 1);
	pw_rig_run((const char *const[]){"--latency=511", NULL});
	assert_int_equal(pw_lab_wait(&pw_lab, WAIT_MS), 2);
	pw_rig_run((const char *const[]){"--capture-target=x", NULL});
	assert_int_equal(pw_lab_wait(&pw_lab, WAIT_MS), 2);
}

TEST(a_server_that_is_not_there_is_waited_for)
{
	rig_start(&rg, 130);
	pw_lab_kill_servers(&pw_lab);
	RUN("--domain=130", "--reconnect", "--latency=256", "--low-latency");
	pw_rig_wait_said(&rg.guest, "Cannot connect to PipeWire: ", 1);
	pw_rig_restart_servers();
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, NODE);
	expect_tune();
	pw_rig_shut(PLAY(&rg));
	rig_stop(&rg);
}

TEST_WITH(xenavd_ends_and_comes_back, pw_rig_begin, pw_rig_end)
{
	rig_start(&rg, 131);
	RUN("--reconnect");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
	assert_int_equal(rig_stop_xenavd(&rg), 0);
	guest_run(&rg.guest, 300);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(front_wait(&rg.sound.front, 4, WAIT_MS));
	assert_true(front_wait(&rg.display.front, 4, WAIT_MS));
	pw_rig_wait_said(&rg.guest, "claimed", 2);
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, "xenav.guest131.0.0.0");
	expect_tune();
	pw_rig_shut(PLAY(&rg));
	rig_stop(&rg);
}

TEST(another_consumer_that_leaves_hands_the_stream_on)
{
	rig_start(&rg, 130);
	RUN("--domain=130");
	pw_rig_wait_said(&rg.guest, "claimed", 1);
	pw_rig_open(&rg, PLAY(&rg), &pw_rig_params, NODE);
	/* The one that runs is the other consumer of the next. */
	{
		struct pw_lab first = pw_lab;

		RUN("--domain=130", "--remote=pipewire-0");
		guest_run(&rg.guest, 300);
		assert_int_equal(pw_lab_said(&pw_lab, "claimed"), 1);
		assert_int_equal(pw_lab_end(&first), 0);
	}
	pw_rig_wait_said(&rg.guest, "claimed", 2);
	pw_rig_wait_running(&rg.guest, NODE);
	expect_tune();
	pw_rig_shut(PLAY(&rg));
	rig_stop(&rg);
}

int main(void)
{
	return pw_rig_main();
}
