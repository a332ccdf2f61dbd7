/* SPDX-License-Identifier: MIT */
/* See direct-rig.h. */
#include <config.h>

#include "direct-rig.h"
#include "test.h"

struct rig rig;
struct consumer consumer, watcher;

int call(struct xendispl_req req)
{
	return fake_call(0, &req);
}

void flip(unsigned fb)
{
	rig_next_refresh(&rig);
	assert_int_equal(call(req_pg_flip(rig_fb(fb))), 0);
}

void show(unsigned fb)
{
	assert_int_equal(call(req_set_config(rig_fb(fb), 0, 0, W, H, 32)), 0);
}

int setup(void **)
{
	static const char *const one[] = {"800x600", NULL};

	rig_setup(&rig, one);
	consumer = (struct consumer){.ways = XENAV_WAY_COPY | XENAV_WAY_DIRECT};
	watcher = (struct consumer){.ways = XENAV_WAY_COPY | XENAV_WAY_DIRECT};
	return 0;
}

int teardown(void **)
{
	rig_teardown(&rig);
	consumer_forget(&consumer);
	consumer_forget(&watcher);
	return 0;
}

void claim(void)
{
	assert_int_equal(consumer_claim(&consumer, rig.connectors[0]), 0);
}

void ready_of(struct consumer *who)
{
	connector_ready(who->conn, who, false);
	fake_worker_drain();
}

void ready(void)
{
	ready_of(&consumer);
}

void done(void)
{
	connector_done(consumer.conn, &consumer, consumer.frame.serial);
}

void begin(void)
{
	rig_make_fb(1, W, H);
	show(1);
	claim();
	ready();
	assert_int_equal(consumer.n_frames, 1);
}

void start_with_dmabufs(void)
{
	fake.dmabufs_available = true;
	consumer.ways = watcher.ways = XENAV_WAYS;
	begin();
}

void assert_shows(const struct consumer *who, unsigned n)
{
	const uint32_t *pixels = rig_pixels(n, W, H);

	assert_int_equal(who->frame.width_px, W);
	assert_int_equal(who->frame.height_px, H);
	for (uint32_t row = 0; row < H; row++)
		assert_memory_equal(consumer_row(who, row), pixels + row * W, W * 4);
}
