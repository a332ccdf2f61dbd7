/* SPDX-License-Identifier: MIT */
/*
 * Players between the real daemon and a card with a clock of its own: a guest counts, and the card
 * hears every number once and in order.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "card-rig.h"
#include "xen/sndif.h"

static struct card card;
static struct rig_guest rg;
static uint32_t next; /* the number that the guest says next */

static struct pcm *begin(uint16_t domid)
{
	rig_start(&rg, domid);
	next = 1;
	return PLAY(&rg);
}

static void open_pcm(struct pcm *pcm, const struct pcm_params *params)
{
	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
}

static int say(struct pcm *pcm, uint32_t frames)
{
	static uint32_t samples[CARD_HEARD];
	const uint32_t n = frames < CARD_HEARD ? frames : CARD_HEARD;

	for (uint32_t i = 0; i < n; i++)
		samples[i] = next + i;
	next += n;
	return pcm_write(pcm, samples, n);
}

/* Say the first ones, and start. */
static void begin_to_say(struct pcm *pcm, uint32_t frames)
{
	assert_int_equal(say(pcm, frames), 0);
	assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_START), 0);
}

static void close_pcm(struct pcm *pcm)
{
	assert_int_equal(pcm_drain(pcm), 0);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
}

static void end(void)
{
	card_stop(&card);
	rig_stop(&rg);
}

/* The numbers rise, by one except after a takeover, and so many other times. */
static void expect_few_jumps_but(unsigned others)
{
	unsigned jumps = 0;

	for (uint32_t i = 1; i < card.n_heard; i++) {
		assert_true(card.heard[i] > card.heard[i - 1]);
		jumps += card.heard[i] != card.heard[i - 1] + 1;
	}
	assert_in_range(jumps, 0, card.stats.takeovers + others);
}

static void expect_few_jumps(void)
{
	expect_few_jumps_but(0);
}

/* The card has heard all numbers from first on. */
static void expect_heard(uint32_t from, uint32_t first, uint32_t frames)
{
	assert_true(card.n_heard >= from + frames);
	for (uint32_t i = 0; i < frames; i++)
		assert_int_equal(card.heard[from + i], first + i);
}

/*
 * All that was said is heard.  When nobody could run for a second xenavd's clock has taken over, as
 * it should: then some of it is skipped.
 */
static bool expect_all_heard(uint32_t frames)
{
	expect_few_jumps();
	assert_int_equal(card.stats.frames, card.n_heard);
	if (card.stats.takeovers > 0) {
		printf("# the card was late on this busy machine\n");
		assert_in_range(card.n_heard + card.stats.skipped_frames, 0, frames);
		return false;
	}
	assert_int_equal(card.n_heard, frames);
	assert_int_equal(card.stats.skipped_frames, 0);
	return true;
}

static bool has_heard(void *frames)
{
	return card.n_heard >= *(const uint32_t *)frames;
}

static void wait_heard(uint32_t frames)
{
	assert_true(guest_run_until(&rg.guest, has_heard, &frames, WAIT_MS));
}

TEST(every_frame_is_heard_once_and_in_order_whatever_the_clock)
{
	static const int ppm[] = {500, -500, 30000};
	/* The first guest goes round its buffer. */
	static const uint32_t n_frames[] = {42000, 18000, 18000};

	for (uint16_t i = 0; i < sizeof ppm / sizeof ppm[0]; i++) {
		struct pcm *pcm = begin((uint16_t)(1 + i));

		card_init(&card, XENAV_PLAYBACK);
		card.ppm = ppm[i];
		card_start(&card, &rg);
		open_pcm(pcm, &card_params);
		assert_int_equal(say(pcm, n_frames[i]), 0);
		close_pcm(pcm);
		end();
		if (expect_all_heard(n_frames[i]))
			expect_heard(0, 1, n_frames[i]);
	}
}

static bool is_stopped(void *pcm)
{
	return ((const struct pcm *)pcm)->stopped;
}

TEST(a_guest_that_stops_writing_has_an_underrun_and_goes_on)
{
	struct pcm *pcm = begin(4);
	int rc = 0;

	card_init(&card, XENAV_PLAYBACK);
	card_start(&card, &rg);
	open_pcm(pcm, &card_params);
	begin_to_say(pcm, 4000);
	/* The card goes on, and the guest is told of it. */
	assert_true(guest_run_until(&rg.guest, is_stopped, pcm, WAIT_MS));
	rc = say(pcm, 10);
	assert_int_equal(rc, -EPIPE);
	next -= 10;
	assert_int_equal(pcm_prepare(pcm), 0);
	assert_int_equal(say(pcm, 5000), 0);
	close_pcm(pcm);
	end();
	if (expect_all_heard(9000))
		expect_heard(0, 1, 9000);
	assert_int_equal(card.stats.late_frames, 0);
}

TEST(a_pause_repeats_and_loses_nothing)
{
	struct pcm *pcm = begin(5);
	uint64_t position;

	card_init(&card, XENAV_PLAYBACK);
	card_start(&card, &rg);
	open_pcm(pcm, &card_params);
	begin_to_say(pcm, 20000);
	wait_heard(500);
	assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_PAUSE), 0);
	position = pcm->position_bytes;
	guest_run(&rg.guest, 300);
	assert_int_equal(pcm->position_bytes, position);
	assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_RESUME), 0);
	assert_int_equal(say(pcm, 4000), 0);
	close_pcm(pcm);
	end();
	if (expect_all_heard(24000))
		expect_heard(0, 1, 24000);
}

TEST(what_is_written_again_in_time_is_heard_in_its_new_form)
{
	struct pcm *pcm = begin(6);

	card_init(&card, XENAV_PLAYBACK);
	card_start(&card, &rg);
	open_pcm(pcm, &card_params);
	begin_to_say(pcm, 32000);
	wait_heard(500);
	/* The last frames, of half a second, are replaced. */
	pcm->appl_total -= 4000;
	next = 100001;
	assert_int_equal(say(pcm, 4000), 0);
	close_pcm(pcm);
	end();
	expect_few_jumps_but(1);
	if (card.stats.takeovers == 0) {
		assert_int_equal(card.n_heard, 32000);
		expect_heard(0, 1, 28000);
		expect_heard(28000, 100001, 4000);
	}
}

/* -------- late programs -------- */

/* Half a buffer is a second: then the clock takes over. */
static const struct pcm_params late_params = {XENSND_PCM_FORMAT_S32_LE, 1, 4, 8000, 16000, 80};

/* The guest writes for so long; it does not wait for a late program. */
static void go_on(struct pcm *pcm, unsigned frames)
{
	int rc = 0;

	for (; frames >= 400 && rc == 0; frames -= 400)
		rc = say(pcm, 400);
	if (rc == -EPIPE) {
		assert_int_equal(pcm_hw_free(pcm), 0);
		pcm_close(pcm);
		end();
		print_message("# The guest itself had no time for two seconds\n");
		skip();
	}
	assert_int_equal(rc, 0);
}

static uint32_t last_heard(void)
{
	return card.heard[card.n_heard - 1];
}

/* The guest writes until something is heard that is said from now on. */
static void go_on_until_heard(struct pcm *pcm)
{
	const uint32_t said = next - 1;

	while (last_heard() <= said)
		go_on(pcm, 400);
	go_on(pcm, 8000);
}

TEST(after_the_reader_stalls_it_goes_on_with_the_lowest_latency)
{
	struct pcm *pcm = begin(7);
	uint64_t ahead;

	card_init(&card, XENAV_PLAYBACK);
	card_start(&card, &rg);
	open_pcm(pcm, &late_params);
	go_on(pcm, 20000);
	/* The guest is not stopped. */
	card.card_stalls = true;
	go_on(pcm, 20000);
	card.card_stalls = false;
	go_on_until_heard(pcm);
	/* What the guest has written and the card has not read is a buffer, less the delay. */
	ahead = next - 1 - last_heard();
	close_pcm(pcm);
	end();
	/* ... and half of one more, when the card is late again: not what was said in the stall. */
	assert_in_range(ahead, 0, late_params.buffer_frames * 3 / 2);
	assert_true(card.stats.takeovers > 0);
	expect_few_jumps();
	if (last_heard() == next - 1)
		assert_int_equal(card.n_heard + card.stats.skipped_frames, next - 1);
}

TEST(after_the_connection_stalls_the_reader_goes_on)
{
	struct pcm *pcm = begin(8);

	card_init(&card, XENAV_PLAYBACK);
	card_start(&card, &rg);
	open_pcm(pcm, &late_params);
	go_on(pcm, 20000);
	card.connection_stalls = true;
	go_on(pcm, 20000);
	card.connection_stalls = false;
	go_on_until_heard(pcm);
	close_pcm(pcm);
	end();
	assert_true(card.stats.takeovers > 0);
}

/* -------- other openings under a reader -------- */

/* A read holds frames of one opening: of one byte, and silence. */
static void check_bytes(struct card *c, const void *samples, uint32_t frames)
{
	const uint8_t *bytes = samples;
	uint8_t byte = 0;

	for (uint32_t i = 0; i < frames; i++) {
		if (bytes[i] == 0 || bytes[i] == 0x80)
			continue;
		c->broken_reads += (byte && bytes[i] != byte) || bytes[i] < 0x11 || bytes[i] > 0x44;
		byte = bytes[i];
	}
	c->n_heard += frames;
}

TEST(a_guest_that_opens_in_other_formats_is_read_on)
{
	static const struct pcm_params formats[] = {
		{XENSND_PCM_FORMAT_U8, 1, 1, 8000, 1600, 80},
		{XENSND_PCM_FORMAT_S32_LE, 2, 8, 48000, 8000, 480},
		{XENSND_PCM_FORMAT_S16_LE, 2, 4, 44100, 4410, 441},
		{XENSND_PCM_FORMAT_S16_LE, 1, 2, 48000, 16000, 480},
	};
	static uint8_t samples[65536];
	struct pcm *pcm = begin(9);

	card_init(&card, XENAV_PLAYBACK);
	card.on_read = check_bytes;
	card_start(&card, &rg);
	for (unsigned i = 0; i < 40; i++) {
		const struct pcm_params *p = &formats[i % 4];

		memset(samples, 0x11 * (int)(1 + i % 4), sizeof samples);
		open_pcm(pcm, p);
		assert_int_equal(pcm_write(pcm, samples, p->buffer_frames), 0);
		assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_START), 0);
		guest_run(&rg.guest, 20);
		/* Half of them are closed, the others opened again at once. */
		if (i % 2)
			assert_int_equal(pcm_hw_free(pcm), 0);
		else
			assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP), 0);
	}
	pcm_close(pcm);
	end();
	assert_int_equal(card.broken_reads, 0);
	assert_int_equal(card.openings, 40);
	assert_true(card.n_heard > 0);
}

/* -------- capture -------- */

/* What a card records counts; silence is in it where the card was late. */
static void expect_counted(const uint32_t *got, uint32_t n)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (card.stats.takeovers > 0 && got[i] == 0)
			continue;
		assert_true(got[i] > last);
		assert_true(card.stats.takeovers > 0 || got[i] == last + 1);
		last = got[i];
	}
	assert_true(last > 0);
	assert_true(card.stats.takeovers > 0 || card.stats.skipped_frames == 0);
}

static void expect_recorded(int ppm, uint16_t domid)
{
	static uint32_t got[16000];
	struct pcm *pcm;

	begin(domid);
	pcm = CAPTURE(&rg);
	card_init(&card, XENAV_CAPTURE);
	card.ppm = ppm;
	card_start(&card, &rg);
	open_pcm(pcm, &card_params);
	for (unsigned i = 0; i < sizeof got / sizeof got[0]; i += 400)
		assert_int_equal(pcm_read(pcm, got + i, 400), 0);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	end();
	expect_counted(got, sizeof got / sizeof got[0]);
	assert_int_equal(card.stats.late_frames, 0);
}

TEST(every_frame_is_recorded_once_and_in_order_whatever_the_clock)
{
	expect_recorded(500, 10);
	expect_recorded(-500, 11);
}
