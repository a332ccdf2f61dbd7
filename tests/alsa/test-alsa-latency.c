/* SPDX-License-Identifier: MIT */
/*
 * How long a position takes from the card to the guest: at every CUR_POS event, the guest's
 * position is compared with where the card is at that moment.  The numbers are printed and not
 * judged, because they depend on what else the machine does.
 */
#include <config.h>

#include <errno.h>

#include "alsa/alsa-process.h"
#include "base/clock.h"
#include "bench/spread.h"
#include "fake/sound-priv.h"
#include "xen/sndif.h"

#define SAMPLES_WANTED 100

static struct alsa_lab t;

/* As much buffer as the guest's configuration has: 341 ms, in periods of 25 ms. */
static const struct pcm_params params = {
	.format = XENSND_PCM_FORMAT_S32_LE,
	.channels = 1,
	.frame_bytes = 4,
	.rate_hz = 48000,
	.buffer_frames = 16384,
	.period_frames = 1200,
};

static struct spread seen;

static void look(struct channel *ch, const uint8_t image[SLOT_BYTES])
{
	const struct card *c = t.alsa.card;
	const struct pcm *pcm = ch->data;
	double card;

	pcm_on_event(ch, image);
	if (c->at_frames == 0)
		return;
	card = (double)c->at_frames + (double)(now_ns() - c->moved_ns) * params.rate_hz / 1e9;
	spread_add(&seen, (card - (double)pcm->hw_total) * 1000 / params.rate_hz);
}

static void show(const char *latency)
{
	if (seen.n == 0)
		return;
	spread_sort(&seen);
	print_message("# %s: %u positions are behind the card by p1 %.2f, p50 %.2f, p99 %.2f, at "
		      "most %.2f ms; %u underruns\n",
		      latency, seen.n, spread_at(&seen, 1), spread_at(&seen, 50),
		      spread_at(&seen, 99), spread_at(&seen, 100), t.alsa.card->xruns);
}

static void measure(const char *latency, uint16_t domid)
{
	int rc;

	seen.n = 0;
	alsa_lab_start(&t, domid);
	alsa_run(&t, "--pcm=card", latency, NULL);
	PLAY(&t.rg)->channel.on_event = look;
	guest_opens_with(&t, &params);
	do
		rc = guest_writes(&t, 48000);
	while (rc == 0 && seen.n < SAMPLES_WANTED);
	guest_closes(&t);
	PLAY(&t.rg)->channel.on_event = pcm_on_event;
	show(latency);
	alsa_lab_stop(&t);
	if (rc == -EPIPE) {
		print_message("# The guest itself had no time for a third of a second\n");
		skip();
	}
	assert_int_equal(rc, 0);
}

TEST(positions_reach_the_guest_with_20_ms_queued)
{
	measure("--latency=20", 150);
}

TEST(positions_reach_the_guest_with_5_ms_queued)
{
	measure("--latency=5", 151);
}

int main(void)
{
	return alsa_main("playback = claim\n");
}
