/* SPDX-License-Identifier: MIT */
/*
 * The life of a device: the toolstack attaches it, the guest's drivers connect, play and flip, and
 * it is removed, or its guest is, while nobody is looking or in the middle of everything; and the
 * daemon's own life meanwhile.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#include "rig.h"
#include "xen/sndif.h"

static struct rig_guest rg;

TEST(a_guest_plays_and_flips_without_any_consumer)
{
	struct dbuf dbuf;

	rig_start(&rg, 1);
	assert_fine(rig_play(&rg, 4800));
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
	assert_int_equal(CRTC(&rg, 0)->last_cookie, 7);
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	rig_stop(&rg);
}

/* Positions that came late tell of several periods at once, and say nothing: eight in a row that
 * each wake the guest do. */
TEST(a_period_wakes_the_guest_although_it_counts_only_more_than_a_period)
{
	static const uint8_t samples[RIG_BUFFER_FRAMES * 4];
	unsigned in_a_row = 0;
	struct pcm *pcm;

	rig_start(&rg, 2);
	pcm = PLAY(&rg);
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	assert_int_equal(pcm_write(pcm, samples, RIG_BUFFER_FRAMES), 0);
	for (unsigned i = 0; i < 12000 && in_a_row < 8; i++) {
		const unsigned positions = pcm->positions, periods = pcm->periods;

		assert_int_equal(pcm_write(pcm, samples, rig_params.period_frames), 0);
		if (pcm->positions > positions)
			in_a_row = pcm->periods - periods < pcm->positions - positions
					   ? 0
					   : in_a_row + 1;
	}
	assert_int_equal(in_a_row, 8);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	rig_stop(&rg);
}

TEST(a_capture_without_a_consumer_is_silence_in_real_time)
{
	uint8_t samples[2400 * 4];
	struct pcm *pcm;

	rig_start(&rg, 3);
	pcm = CAPTURE(&rg);
	memset(samples, 0x5a, sizeof samples);
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	assert_int_equal(pcm_read(pcm, samples, 2400), 0);
	for (size_t i = 0; i < sizeof samples; i++)
		assert_int_equal(samples[i], 0);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	rig_stop(&rg);
}

TEST(a_stream_that_was_never_opened_is_closed_with_success)
{
	rig_start(&rg, 4);
	pcm_open(PLAY(&rg));
	assert_int_equal(pcm_hw_params(PLAY(&rg), &rig_params), 0);
	assert_int_equal(pcm_hw_free(PLAY(&rg)), 0);
	pcm_close(PLAY(&rg));
	rig_stop(&rg);
}

TEST(hw_params_twice_opens_an_open_stream_anew)
{
	uint8_t samples[240 * 4] = {0};
	struct pcm *pcm;

	rig_start(&rg, 5);
	pcm = PLAY(&rg);
	pcm_open(pcm);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
		assert_int_equal(pcm_prepare(pcm), 0);
		assert_int_equal(pcm_write(pcm, samples, 240), 0);
	}
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	rig_stop(&rg);
}

TEST(after_an_xrun_the_stream_starts_at_the_beginning_of_its_buffer)
{
	uint8_t samples[960 * 4] = {0};
	struct pcm *pcm;

	rig_start(&rg, 6);
	pcm = PLAY(&rg);
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pcm_prepare(pcm), 0);
		assert_int_equal(pcm_write(pcm, samples, 960), 0);
		assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_START), 0);
		guest_run(&rg.guest, 37 + 11 * i);
		assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP), 0);
	}
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	/* pcm_prepare() and the events have complained to the guest if anything was wrong. */
	rig_stop(&rg);
}

TEST(a_device_is_attached_and_removed_without_any_driver)
{
	assert_fine(rig_create(&rg, 7));
	for (unsigned i = 0; i < 20; i++) {
		assert_fine(rig_attach(&rg));
		assert_int_equal(toolstack_remove_device(&rg.ts, "vsnd", 7, 0), 0);
		assert_int_equal(toolstack_remove_device(&rg.ts, "vdispl", 7, 0), 0);
	}
	assert_fine(rig_destroy(&rg));
}

TEST(a_device_that_is_attached_again_is_served_again)
{
	rig_start(&rg, 8);
	for (unsigned i = 0; i < 8; i++) {
		assert_fine(rig_detach(&rg));
		/* With and without time for the daemon to see that it is gone. */
		guest_run(&rg.guest, i % 2 ? 100 : 0);
		assert_fine(rig_attach(&rg));
		assert_fine(rig_load(&rg));
		assert_fine(rig_connect(&rg));
		assert_fine(rig_play(&rg, 240));
	}
	rig_stop(&rg);
}

/* By hand, with the directories above them: xenstored tells of the topmost only. */
TEST(devices_whose_directories_are_removed_leave_nothing)
{
	rig_start(&rg, 21);
	assert_true(xs_rm(rg.ts.xs, XBT_NULL, "/local/domain/0/backend/vsnd/21"));
	assert_true(xs_rm(rg.ts.xs, XBT_NULL, "/local/domain/0/backend/vdispl"));
	assert_true(lab_settles(&lab, &rig_at_rest, WAIT_MS));
	assert_fine(rig_destroy(&rg));
}

TEST(a_device_is_removed_in_the_middle_of_sound_and_flips)
{
	uint8_t samples[960 * 4] = {0};
	struct dbuf dbuf;
	struct pcm *pcm;

	rig_start(&rg, 9);
	pcm = PLAY(&rg);
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	assert_int_equal(pcm_write(pcm, samples, 960), 0);
	assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_START), 0);
	display_open(&rg.display);
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
	assert_int_equal(toolstack_begin_removal(&rg.ts, "vsnd", 9, 0), 0);
	assert_int_equal(toolstack_begin_removal(&rg.ts, "vdispl", 9, 0), 0);
	/* The program goes on until its card says no; only then does xenwatch come through, and the
	 * display hears of it. */
	for (unsigned i = 0; i < WAIT_MS && !rg.sound.gone; i++)
		guest_run(&rg.guest, 1);
	assert_int_equal(pcm_write(pcm, samples, 960), -ENODEV);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	assert_true(front_wait(&rg.display.front, 1, WAIT_MS));
	dbuf_destroy(&rg.display, &dbuf);
	rig_stop(&rg);
}

TEST(unloading_the_drivers_sees_2_and_loading_them_connects_again)
{
	rig_start(&rg, 10);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(front_unload(&rg.sound.front));
		sound_forget(&rg.sound);
		assert_true(front_unload(&rg.display.front));
		display_forget(&rg.display);
		/* The core writes 6 after that, and 1 when the driver comes again. */
		front_switch(&rg.sound.front, 6);
		front_switch(&rg.sound.front, 1);
		front_switch(&rg.display.front, 6);
		front_switch(&rg.display.front, 1);
		assert_fine(rig_load(&rg));
		assert_fine(rig_connect(&rg));
	}
	rig_stop(&rg);
}

TEST(a_guest_that_shuts_down_sees_5_at_once)
{
	rig_start(&rg, 11);
	assert_true(front_shut_down(&rg.sound.front));
	assert_true(front_shut_down(&rg.display.front));
	sound_forget(&rg.sound);
	display_forget(&rg.display);
	assert_fine(rig_destroy(&rg));
}

TEST(a_guest_is_killed_in_every_phase_and_leaves_nothing)
{
	uint8_t samples[960 * 4] = {0};

	for (unsigned phase = 0; phase < 6; phase++) {
		uint16_t domid = (uint16_t)(20 + phase);
		struct dbuf dbuf;

		assert_fine(rig_create(&rg, domid));
		assert_fine(rig_attach(&rg));
		if (phase > 0)
			assert_fine(rig_load(&rg));
		if (phase > 1)
			assert_fine(rig_connect(&rg));
		if (phase > 2) {
			pcm_open(PLAY(&rg));
			assert_int_equal(pcm_hw_params(PLAY(&rg), &rig_params), 0);
			assert_int_equal(pcm_prepare(PLAY(&rg)), 0);
		}
		if (phase > 3) {
			assert_int_equal(pcm_write(PLAY(&rg), samples, 960), 0);
			assert_int_equal(pcm_trigger(PLAY(&rg), XENSND_OP_TRIGGER_START), 0);
		}
		if (phase > 4) {
			assert_fine(rig_show(&rg, &dbuf, 0, 7));
			assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
		}
		/* Even without libxl taking the devices away first. */
		if (phase % 2)
			machine_domain_destroy(domid);
		assert_fine(rig_destroy(&rg));
		assert_true(lab_settles(&lab, &rig_at_rest, WAIT_MS));
		assert_int_equal(machine_mapped_of(domid), 0);
	}
}

TEST(a_daemon_that_is_stopped_leaves_2_and_the_next_one_connects)
{
	rig_start(&rg, 12);
	assert_int_equal(lab_stop_xenavd(&lab, SIGTERM), 0);
	/* The daemon left without waiting for the guest, which runs only now. */
	assert_int_equal(toolstack_backend_state(&rg.ts, "vsnd", 12, 0), 2);
	assert_int_equal(toolstack_backend_state(&rg.ts, "vdispl", 12, 0), 2);
	assert_true(front_wait(&rg.sound.front, 3, WAIT_MS));
	assert_true(front_wait(&rg.display.front, 3, WAIT_MS));
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_fine(rig_connect(&rg));
	assert_int_equal(rg.sound.front.connects, 2);
	assert_int_equal(rg.display.front.connects, 2);
	assert_fine(rig_play(&rg, 960));
	rig_stop(&rg);
}

TEST(a_daemon_that_was_killed_is_renegotiated_with_by_the_next_one)
{
	struct dbuf dbuf;

	rig_start(&rg, 13);
	display_open(&rg.display);
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	lab_stop_xenavd(&lab, SIGKILL);
	assert_int_equal(machine_mapped_of(13), 0);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(front_wait(&rg.display.front, 3, WAIT_MS));
	assert_fine(rig_connect(&rg));
	dbuf_destroy(&rg.display, &dbuf);
	assert_fine(rig_play(&rg, 960));
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	rig_stop(&rg);
}

/* The daemon sees the frontend in 3 before and after, and has written its 4 meanwhile. */
TEST(rings_that_are_published_anew_unseen_are_noticed)
{
	uint64_t calls;
	unsigned ms = 0;

	assert_fine(rig_create(&rg, 15));
	assert_fine(rig_attach(&rg));
	assert_fine(rig_load(&rg));
	/* What is mapped later is of the card. */
	assert_true(front_wait(&rg.display.front, 4, WAIT_MS));
	front_publish(&rg.sound.front);
	assert_int_equal(toolstack_wait_backend(&rg.ts, "vsnd", 15, 0, 4, WAIT_MS), 0);
	assert_int_equal(lab_freeze(lab.xenavd), 0);
	front_switch(&rg.sound.front, 1);
	front_publish(&rg.sound.front);
	calls = machine_calls(CALL_MAP);
	kill(lab.xenavd, SIGCONT);
	/* Before the driver has looked at the 4: the guest stands still. */
	while (machine_calls(CALL_MAP) == calls && ms++ < WAIT_MS)
		usleep(1000);
	assert_true(machine_calls(CALL_MAP) > calls);
	assert_fine(rig_connect(&rg));
	assert_fine(rig_play(&rg, 240));
	rig_stop(&rg);
}

static const struct toolstack_node many_streams[] = {
	{"sample-rates", "500,8000, 44100,48000", false},
	{"sample-formats", "s16_le,dsd_u8", false},
	{"0/0/type", "p", false},
	{"0/1/type", "c", false},
	{"0/2/type", "p", false},
	{"0/3/type", "p", false},
	{"0/4/type", "p", false},
	{"0/5/type", "p", false},
	{"0/6/type", "p", false},
	{"0/7/type", "p", false},
	{"0/8/type", "p", false},
	{"0/9/type", "p", false},
	{0},
};

static const struct toolstack_node many_connectors[] = {
	{"0/resolution", "640x480", true},
	{"1/resolution", "640x480", true},
	{"2/resolution", "640x480", true},
	{"3/resolution", "640x480", true},
	{"4/resolution", "640x480", true},
	{"5/resolution", "640x480", true},
	{0},
};

/* Linux takes eight streams of a PCM and four connectors, and rates and formats that it knows. */
TEST(more_than_linux_knows_keeps_no_device_from_connecting)
{
	assert_fine(rig_create(&rg, 14));
	assert_int_equal(toolstack_add_device(&rg.ts, "vsnd", 14, 0, many_streams), 0);
	assert_int_equal(toolstack_add_device(&rg.ts, "vdispl", 14, 0, many_connectors), 0);
	assert_fine(rig_load(&rg));
	assert_fine(rig_connect(&rg));
	assert_int_equal(rg.sound.n_pcms, 8);
	assert_int_equal(rg.display.n_crtcs, 4);
	assert_true(lab_log_has(
		&lab, "Ignored 3 unknown sample rates and formats, the first one is '500'"));
	assert_fine(rig_play(&rg, 960));
	rig_stop(&rg);
}
