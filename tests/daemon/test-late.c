/* SPDX-License-Identifier: MIT */
/*
 * A consumer, through libxenav and the real socket, that comes late: what it is told is true all
 * the same, and it is told what it has missed.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rig.h"
#include "xen/sndif.h"
#include "xenav.h"

static struct rig_guest rg;

/* Driven by the test's own thread, which lets it sleep by doing something else. */
struct consumer {
	struct xenav *x;
	struct xenav_stream *s;
	bool claimed;
	unsigned n_opened, n_closed, n_states;
	int state;
	unsigned n_lost_in_between; /* times that nobody knew how much */
	uint64_t n_lost, n_heard;   /* frames */
	unsigned n_wrong;           /* of those heard */
};

static struct consumer consumer;

static void on_stream_added(void *, struct xenav_stream *s)
{
	if (xenav_stream_get_info(s)->direction == XENAV_PLAYBACK)
		xenav_stream_claim(s);
}

static void on_claimed(void *, struct xenav_stream *s)
{
	consumer.s = s;
	consumer.claimed = true;
}

static void on_opened(void *, struct xenav_stream *, const struct xenav_pcm *)
{
	consumer.n_opened++;
}

static void on_state(void *, struct xenav_stream *, int state, uint64_t)
{
	consumer.state = state;
	consumer.n_states++;
}

static void on_closed(void *, struct xenav_stream *)
{
	consumer.n_closed++;
}

static void on_lost(void *, struct xenav_stream *, uint64_t, uint32_t frames)
{
	consumer.n_lost_in_between += frames == 0;
	consumer.n_lost += frames;
}

static uint32_t sample(uint64_t i)
{
	return (uint32_t)i * 2654435761u;
}

static void on_data(void *, struct xenav_stream *, uint64_t position_frames, const void *samples,
		    uint32_t frames)
{
	for (uint32_t i = 0; i < frames; i++)
		consumer.n_wrong += ((const uint32_t *)samples)[i] != sample(position_frames + i);
	consumer.n_heard += frames;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.stream_added = on_stream_added,
	.stream_claimed = on_claimed,
	.stream_opened = on_opened,
	.stream_state = on_state,
	.stream_data = on_data,
	.stream_closed = on_closed,
	.stream_lost = on_lost,
};

static bool dispatch(void *data)
{
	const bool *flag = data;

	while (xenav_dispatch(consumer.x) > 0)
		;
	return *flag;
}

static void start_consumer(void)
{
	memset(&consumer, 0, sizeof consumer);
	assert_int_equal(xenav_open(&consumer.x, lab.socket, "test", &listener, NULL), 0);
	assert_true(guest_run_until(&rg.guest, dispatch, &consumer.claimed, WAIT_MS));
}

static struct pcm *start(uint16_t domid, uint32_t period_frames)
{
	struct pcm_params params = rig_params;
	struct pcm *pcm;

	rig_start(&rg, domid);
	start_consumer();
	pcm = PLAY(&rg);
	pcm_open(pcm);
	params.period_frames = period_frames;
	assert_int_equal(pcm_hw_params(pcm, &params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	return pcm;
}

static void stop(struct pcm *pcm)
{
	if (pcm->params.buffer_frames > 0)
		assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
	xenav_close(consumer.x);
	rig_stop(&rg);
}

static bool has_caught_up(void *)
{
	const bool yes = true;

	dispatch((void *)(uintptr_t)&yes);
	return consumer.n_lost_in_between > 0 && consumer.state == XENAV_STREAM_STARTED;
}

static bool has_closed(void *)
{
	const bool yes = true;

	dispatch((void *)(uintptr_t)&yes);
	return consumer.n_closed > 0;
}

/* More than the socket and the queue behind it can hold.  Who takes nothing for two seconds is
 * disconnected: where this takes long, the consumer takes some. */
static void flood(struct pcm *pcm)
{
	uint64_t taken_ns = now_ns();

	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_START), 0);
		assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP), 0);
		if (now_ns() < taken_ns + NS_PER_SEC / 2)
			continue;
		xenav_dispatch(consumer.x);
		taken_ns = now_ns();
	}
}

TEST(a_flood_of_triggers_is_one_opening)
{
	struct pcm *pcm = start(70, rig_params.period_frames);

	for (unsigned i = 0; i < 3; i++) {
		consumer.n_lost_in_between = 0;
		flood(pcm);
		assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_START), 0);
		assert_true(guest_run_until(&rg.guest, has_caught_up, NULL, WAIT_MS));
		assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP), 0);
	}
	assert_int_equal(pcm_hw_free(pcm), 0);
	assert_true(guest_run_until(&rg.guest, has_closed, NULL, WAIT_MS));
	assert_int_equal(consumer.n_opened, 1);
	assert_int_equal(consumer.n_closed, 1);
	/* Data that did not fit was left out. */
	assert_true(consumer.n_states < 3000);
	stop(pcm);
}

/*
 * A consumer claims, and then sleeps while xenavd's own clock takes the guest through its buffer.
 */
TEST(who_drives_and_sleeps_hears_nothing_wrong)
{
	static uint32_t samples[2 * RIG_BUFFER_FRAMES];
	const uint32_t frames = sizeof samples / sizeof samples[0];
	/* A consumer that sleeps is told of so few writes that its socket holds them. */
	struct pcm *pcm = start(71, 24000);

	for (uint32_t i = 0; i < frames; i++)
		samples[i] = sample(i);
	assert_int_equal(pcm_write(pcm, samples, frames), 0);
	assert_int_equal(pcm_drain(pcm), 0);
	assert_int_equal(pcm_hw_free(pcm), 0);
	assert_true(guest_run_until(&rg.guest, has_closed, NULL, WAIT_MS));
	assert_int_equal(consumer.n_wrong, 0);
	assert_int_equal(consumer.n_lost, RIG_BUFFER_FRAMES);
	assert_int_equal(consumer.n_heard, RIG_BUFFER_FRAMES);
	stop(pcm);
}
