/* SPDX-License-Identifier: MIT */
/* See frames-rig.h. */
#include <config.h>

#include "frames-rig.h"
#include "test.h"

void show(unsigned fb)
{
	assert_int_equal(call(req_set_config(rig_fb(fb), 0, 0, 4096, 4096, 32)), 0);
}

void reset(void)
{
	assert_int_equal(call(req_set_config(0, 0, 0, 0, 0, 0)), 0);
}

int setup(void **)
{
	static const char *const one[] = {"800x600", NULL};

	rig_setup(&rig, one);
	consumer = (struct consumer){0};
	return 0;
}

void ready(void)
{
	connector_ready(consumer.conn, &consumer, false);
	fake_worker_drain();
}

void next(void)
{
	connector_done(consumer.conn, &consumer, consumer.frame.serial);
	ready();
}

void assert_shows(unsigned n, uint32_t fb_w, uint32_t fb_h, uint32_t x, uint32_t y)
{
	const struct connector_frame *frame = &consumer.frame;
	const uint32_t *pixels = rig_pixels(n, fb_w, fb_h);

	assert_int_equal(frame->fourcc, FAKE_XR24);
	for (uint32_t row = 0; row < frame->height_px; row++)
		assert_memory_equal(consumer_row(&consumer, row), pixels + (y + row) * fb_w + x,
				    frame->width_px * 4);
}

void wait_frames(unsigned n_frames)
{
	while (consumer.n_frames < n_frames) {
		assert_true(rig_timers(&rig) > 0);
		assert_int_equal(event_base_loop(rig.base, EVLOOP_ONCE), 0);
		fake_worker_drain();
	}
	assert_int_equal(consumer.n_frames, n_frames);
}
