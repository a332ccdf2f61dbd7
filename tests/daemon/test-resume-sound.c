/* SPDX-License-Identifier: MIT */
/*
 * Sound across a restart of xenavd: the guest sees no state change, its program no error, its
 * kernel no event out of step.  And what leads to the clean renegotiation instead.
 */
#include <config.h>

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake/service.h"
#include "journal/format.h"
#include "rig.h"
#include "xen/sndif.h"

static struct rig_guest rg;

static const uint8_t samples[40500 * 4];

/* Five seconds of buffer: no guest runs dry on a busy machine, dead xenavds included. */
static const struct pcm_params params = {
	.format = XENSND_PCM_FORMAT_S16_LE,
	.channels = 2,
	.frame_bytes = 4,
	.rate_hz = 8000,
	.buffer_frames = 40000,
	.period_frames = 160,
};

static void __attribute__((constructor)) managed(void)
{
	rig_managed = true;
	rig_as_impatient_as_linux = true;
}

static struct pcm *begin(uint16_t domid)
{
	rig_start(&rg, domid);
	pcm_open(PLAY(&rg));
	assert_int_equal(pcm_hw_params(PLAY(&rg), &params), 0);
	return PLAY(&rg);
}

static void restart(int sig)
{
	lab_stop_xenavd(&lab, sig);
	assert_int_equal(lab_start_xenavd(&lab), 0);
}

static void expect_unnoticed(void)
{
	guest_run(&rg.guest, 50);
	assert_int_equal(rg.sound.front.state, 4);
	assert_int_equal(rg.sound.front.connects, 1);
	assert_int_equal(front_backend_state(&rg.sound.front), 4);
	for (unsigned i = 0; i < rg.sound.n_pcms; i++)
		assert_int_equal(rg.sound.pcms[i].channel.n_dropped, 0);
	assert_int_equal(rg.guest.oopses, 0);
	assert_int_equal(rg.guest.late, 0);
}

static bool has_connected_again(void *)
{
	return rg.sound.front.connects > 1 && rg.sound.front.state == 4;
}

static void expect_renegotiated(void)
{
	if (PLAY(&rg)->held) {
		guest_run(&rg.guest, 100);
		pcm_hw_free(PLAY(&rg));
		pcm_close(PLAY(&rg));
	}
	assert_true(guest_run_until(&rg.guest, has_connected_again, NULL, 3 * WAIT_MS));
	assert_fine(rig_play(&rg, 2400));
}

static void end(void)
{
	assert_fine(rig_connect(&rg)); /* the display may have started over */
	rig_stop(&rg);
}

static void finish(struct pcm *pcm)
{
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	expect_unnoticed();
	end();
}

TEST(a_playing_program_notices_neither_kills_nor_restarts)
{
	static const int signals[] = {SIGKILL, SIGUSR2};

	for (uint16_t domid = 1; domid <= 2; domid++) {
		struct pcm *pcm = begin(domid);

		assert_int_equal(pcm_prepare(pcm), 0);
		assert_int_equal(pcm_write(pcm, samples, 39000), 0);
		for (unsigned i = 0; i < 8; i++) {
			assert_int_equal(pcm_write(pcm, samples, 1500), 0);
			restart(signals[i % 2]);
			expect_unnoticed();
		}
		assert_int_equal(pcm_drain(pcm), 0);
		assert_int_equal(pcm->appl_total, 51000);
		finish(pcm);
	}
}

TEST(a_stream_is_found_in_every_state_of_its_life)
{
	struct pcm *pcm = begin(3);

	restart(SIGKILL); /* configured */
	assert_int_equal(pcm_prepare(pcm), 0);
	restart(SIGKILL); /* open */
	assert_int_equal(pcm_write(pcm, samples, 36000), 0);
	restart(SIGKILL); /* filled */
	assert_int_equal(pcm_write(pcm, samples, 4500), 0);
	restart(SIGKILL); /* running */
	assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_PAUSE), 0);
	restart(SIGKILL); /* paused */
	assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_RESUME), 0);
	assert_int_equal(pcm_write(pcm, samples, 4500), 0);
	assert_int_equal(pcm_drain(pcm), 0);
	restart(SIGKILL); /* stopped */
	assert_int_equal(pcm_prepare(pcm), 0);
	assert_int_equal(pcm_write(pcm, samples, 40500), 0);
	assert_int_equal(pcm_hw_free(pcm), 0);
	restart(SIGKILL); /* closed */
	assert_int_equal(pcm_hw_params(pcm, &params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	assert_int_equal(pcm_write(pcm, samples, 40500), 0);
	finish(pcm);
}

TEST(a_recording_goes_on_too)
{
	static uint8_t heard[800 * 4];
	struct pcm *pcm;

	rig_start(&rg, 4);
	pcm = CAPTURE(&rg);
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(pcm_read(pcm, heard, 400), 0);
		restart(SIGKILL);
	}
	assert_int_equal(pcm_read(pcm, heard, 800), 0);
	finish(pcm);
}

TEST(volumes_are_those_of_before)
{
	static const int32_t set[] = {-3000, -60000};
	struct pcm *pcm = begin(5);
	int32_t got[2] = {0};

	assert_int_equal(pcm_prepare(pcm), 0);
	assert_int_equal(pcm_set_volume(pcm, 0, set), 0);
	restart(SIGKILL);
	assert_int_equal(pcm_get_volume(pcm, 64, got), 0);
	assert_memory_equal(got, set, sizeof set);
	finish(pcm);
}

/* Its driver did not ask, and counts them. */
static bool all_answered(void *data)
{
	const struct channel *ch = data;

	return *channel_word(ch, WORD_RSP_PROD) == RING_SLOTS && rg.guest.late == RING_SLOTS;
}

TEST(requests_that_nobody_was_there_for_are_answered)
{
	struct xensnd_req req = {.operation = XENSND_OP_HW_PARAM_QUERY};
	struct channel *ch;
	uint8_t image[SLOT_BYTES];

	rig_start(&rg, 6);
	ch = &CAPTURE(&rg)->channel;
	memcpy(image, &req, sizeof image);
	lab_stop_xenavd(&lab, SIGKILL);
	channel_flood(ch, image);
	assert_int_equal(*channel_word(ch, WORD_REQ_PROD), RING_SLOTS);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(guest_run_until(&rg.guest, all_answered, ch, 3 * WAIT_MS));
	rg.guest.late = 0;
	expect_unnoticed();
	end();
}

/* -------- the clean renegotiation -------- */

TEST(a_stop_for_good_tells_the_frontend)
{
	pcm_close(begin(7));
	restart(SIGTERM);
	expect_renegotiated();
	end();
}

TEST(an_empty_store_leads_to_a_new_connection)
{
	struct pcm *pcm = begin(8);

	assert_int_equal(pcm_prepare(pcm), 0);
	lab_stop_xenavd(&lab, SIGKILL);
	service_forget(&lab, NULL);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	expect_renegotiated();
	/* With an empty store it has what its parent has open, too; rig_end() counts. */
	restart(SIGUSR2);
	end();
}

static void change_version(uint32_t version)
{
	int fd = service_get(&lab, "journal");
	struct journal_header *header;

	assert_true(fd >= 0);
	header = mmap(NULL, sizeof *header, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(header != MAP_FAILED);
	close(fd);
	assert_int_equal((uint32_t)header->version, JOURNAL_VERSION);
	journal_header_write(header, version, header->n_slots);
	munmap(header, sizeof *header);
}

TEST(the_journal_of_the_version_before_is_read)
{
	struct pcm *pcm = begin(9);

	assert_int_equal(pcm_prepare(pcm), 0);
	assert_int_equal(pcm_write(pcm, samples, 40500), 0);
	lab_stop_xenavd(&lab, SIGKILL);
	change_version(JOURNAL_VERSION - 1);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_int_equal(pcm_write(pcm, samples, 1500), 0);
	finish(pcm);
}

TEST(a_journal_of_the_future_leads_to_a_new_connection)
{
	struct pcm *pcm = begin(10);

	assert_int_equal(pcm_prepare(pcm), 0);
	lab_stop_xenavd(&lab, SIGKILL);
	change_version(JOURNAL_VERSION + 1);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	expect_renegotiated();
	end();
}

TEST(a_ring_that_does_not_fit_leads_to_a_new_connection)
{
	begin(11);
	lab_stop_xenavd(&lab, SIGKILL);
	*channel_word(&PLAY(&rg)->channel, WORD_RSP_PROD) += 7;
	assert_int_equal(lab_start_xenavd(&lab), 0);
	expect_renegotiated();
	rg.guest.oopses = rg.guest.late = 0; /* its ring was broken */
	end();
}

TEST(a_domain_that_has_ended_meanwhile_leaves_nothing)
{
	struct pcm *pcm = begin(12);

	assert_int_equal(pcm_prepare(pcm), 0);
	lab_stop_xenavd(&lab, SIGKILL);
	machine_domain_destroy(12);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_fine(rig_destroy(&rg));
	pcm = begin(12);
	assert_int_equal(pcm_prepare(pcm), 0);
	finish(pcm);
}
