/* SPDX-License-Identifier: MIT */
/* See audience.h. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "audience.h"
#include "base/clock.h"
#include "xenav.h"

#define TURN_MS 5

/* -------- sound -------- */

static struct ear *ear_of(struct audience *a, const struct xenav_stream *s)
{
	return &a->ears[xenav_stream_get_info(s)->domid % MAX_EARS];
}

static void on_stream_added(void *data, struct xenav_stream *s)
{
	struct audience *a = data;

	a->n_streams++;
	memset(ear_of(a, s), 0, sizeof(struct ear));
	xenav_stream_watch(s);
}

static void on_opened(void *data, struct xenav_stream *s, const struct xenav_pcm *)
{
	memset(ear_of(data, s), 0, sizeof(struct ear));
}

static void hear(struct audience *a, struct ear *ear, uint32_t sample)
{
	const uint32_t n = witness_sample_number(sample);
	const unsigned opening = witness_sample_opening(sample);

	if (ear->next == 0) {
		ear->next = n;
		ear->opening = opening;
	}
	if (opening != ear->opening || n == 0) {
		a->strange++;
	} else if (n < ear->next) {
		a->twice++;
	} else if (n > ear->next) {
		a->gaps++;
		a->lost += n - ear->next;
		a->untold += !ear->told;
	}
	a->heard++;
	ear->next = n + 1;
	ear->told = false;
}

static void on_data(void *data, struct xenav_stream *s, uint64_t, const void *samples,
		    uint32_t frames)
{
	struct audience *a = data;

	for (uint32_t i = 0; i < frames; i++) {
		uint32_t sample;

		memcpy(&sample, (const uint8_t *)samples + (size_t)i * 4, sizeof sample);
		hear(a, ear_of(a, s), sample);
	}
}

static void on_lost(void *data, struct xenav_stream *s, uint64_t, uint32_t)
{
	ear_of(data, s)->told = true;
}

/* -------- pictures -------- */

static void on_connector_added(void *data, struct xenav_connector *c)
{
	struct audience *a = data;

	a->n_connectors++;
	a->newest[xenav_connector_get_info(c)->domid % MAX_EARS] = 0;
	xenav_connector_claim(c);
}

static void on_frame(void *data, struct xenav_connector *c, const struct xenav_frame *frame)
{
	struct audience *a = data;
	uint32_t *newest = &a->newest[xenav_connector_get_info(c)->domid % MAX_EARS];
	const uint32_t n = frame->pixels ? witness_picture(frame->pixels, frame->stride_bytes) : 0;

	if (n == 0)
		a->torn++;
	else if (n < *newest)
		a->older++;
	else
		a->pictures++;
	*newest = n > *newest ? n : *newest;
	xenav_frame_done(c);
}

/* -------- keys -------- */

static void on_input_added(void *data, struct xenav_input *in)
{
	struct audience *a = data;
	const unsigned i = xenav_input_get_info(in)->domid % MAX_EARS;

	a->n_inputs++;
	memset(&a->hands[i], 0, sizeof a->hands[i]);
	xenav_input_feed(in);
}

static void on_input_ready(void *data, struct xenav_input *in)
{
	struct audience *a = data;

	a->hands[xenav_input_get_info(in)->domid % MAX_EARS].in = in;
}

static void on_input_removed(void *data, struct xenav_input *in)
{
	struct audience *a = data;

	a->hands[xenav_input_get_info(in)->domid % MAX_EARS].in = NULL;
}

static bool send_key(struct xenav_input *in, uint16_t key, bool down)
{
	return xenav_input_key(in, key, down) == 0 && xenav_input_flush(in) == 0;
}

/* A key down, or up again, at a time; and in the end the last one, which stays down. */
static void type(struct audience *a, unsigned i)
{
	const uint16_t key = witness_keys[a->hands[i].n % witness_n_keys];
	const bool rests = !a->types && !a->hands[i].down;

	if (!a->hands[i].in || (rests && a->hands[i].rests))
		return;
	if (rests) {
		a->hands[i].rests = send_key(a->hands[i].in, witness_last_key, true);
		return;
	}
	if (!send_key(a->hands[i].in, key, !a->hands[i].down))
		return;
	a->hands[i].down = !a->hands[i].down;
	if (a->hands[i].down)
		a->typed++;
	else
		a->hands[i].n++;
}

/* -------- the connection -------- */

static void on_paused(void *data)
{
	((struct audience *)data)->pauses++;
}

static void on_disconnected(void *data, int error)
{
	((struct audience *)data)->failed = error;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.disconnected = on_disconnected,
	.stream_added = on_stream_added,
	.stream_opened = on_opened,
	.stream_data = on_data,
	.stream_lost = on_lost,
	.connector_added = on_connector_added,
	.frame = on_frame,
	.input_added = on_input_added,
	.input_ready = on_input_ready,
	.input_removed = on_input_removed,
	.paused = on_paused,
};

static void *run(void *arg)
{
	struct audience *a = arg;
	uint64_t next_ns = 0;

	while (!a->stop && a->failed == 0) {
		struct pollfd pfd = {xenav_get_fd(a->x), xenav_get_events(a->x), 0};

		poll(&pfd, 1, TURN_MS);
		if (xenav_dispatch(a->x) < 0)
			break;
		if (now_ns() < next_ns)
			continue;
		next_ns = now_ns() + TURN_MS * NS_PER_MS;
		for (unsigned i = 0; i < MAX_EARS; i++)
			type(a, i);
	}
	return NULL;
}

void audience_start(struct audience *a)
{
	memset(a, 0, sizeof *a);
	a->types = true;
	assert_int_equal(xenav_open(&a->x, lab.socket, "audience", &listener, a), 0);
	assert_int_equal(pthread_create(&a->thread, NULL, run, a), 0);
}

void audience_rest(struct audience *a)
{
	a->types = false;
}

void audience_stop(struct audience *a)
{
	a->stop = true;
	pthread_join(a->thread, NULL);
	xenav_close(a->x);
}
