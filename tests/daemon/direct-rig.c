/* SPDX-License-Identifier: MIT */
/* See direct-rig.h. */
#include <config.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "direct-rig.h"

struct consumer *consumer;
struct rig_guest rg;
struct dbuf dbufs[2];
static char text[256];

static void on_added(void *data, struct xenav_connector *con)
{
	struct consumer *c = data;

	if (xenav_connector_get_info(con)->connector != 0)
		return;
	xenav_connector_set_ways(con, c->ways);
	/* xenavd may not have noticed yet that the consumer before has left. */
	xenav_connector_claim_wait(con);
}

static void on_claimed(void *data, struct xenav_connector *con)
{
	struct consumer *c = data;

	__atomic_store_n(&c->claimed, (int)xenav_connector_get_ways(con), __ATOMIC_SEQ_CST);
}

/* Map a dma-buf as a driver does. */
static const uint8_t *import(const struct xenav_frame *frame)
{
	uint32_t first, count;

	assert_true(machine_dmabuf_frames(frame->dmabuf_fd, &first, &count));
	assert_int_equal(frame->dmabuf_size_bytes, count * MACHINE_PAGE);
	return (const uint8_t *)machine_frame(first) + frame->offset_bytes;
}

static void on_frame(void *data, struct xenav_connector *con, const struct xenav_frame *frame)
{
	struct consumer *c = data;

	const uint8_t *pixels = frame->pixels ? frame->pixels : import(frame);

	for (uint32_t y = 0; y < frame->height_px && y < H; y++)
		memcpy(c->pixels + (size_t)y * W, pixels + (size_t)y * frame->stride_bytes,
		       (size_t)(frame->width_px < W ? frame->width_px : W) * 4);
	if (GET(driver_waits) > 0 && frame->dmabuf_fd >= 0 && !GET(driver_fd))
		SET(driver_fd, dup(frame->dmabuf_fd));
	__atomic_store_n(&c->way, frame->way, __ATOMIC_SEQ_CST);
	__atomic_store_n(&c->first, c->pixels[0], __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&c->n_frames, 1, __ATOMIC_SEQ_CST);
	xenav_frame_done(con);
}

static void on_gone(void *data, struct xenav_connector *, uint64_t)
{
	struct consumer *c = data;

	__atomic_add_fetch(&c->n_gone, 1, __ATOMIC_SEQ_CST);
}

static void on_disconnected(void *data, int error)
{
	struct consumer *c = data;

	__atomic_store_n(&c->disconnected, error, __ATOMIC_SEQ_CST);
}

const struct xenav_listener listener = {
	.size = sizeof listener,
	.disconnected = on_disconnected,
	.connector_added = on_added,
	.connector_claimed = on_claimed,
	.frame = on_frame,
	.frame_gone = on_gone,
};

static void run_driver(void)
{
	const int fd = GET(driver_fd);

	if (!fd || machine_calls(CALL_DMABUF_WAIT) < GET(driver_waits))
		return;
	/* First, because the guest goes on as soon as it is closed. */
	SET(driver_fd, 0);
	SET(driver_waits, 0);
	close(fd);
}

static void *run(void *arg)
{
	struct consumer *c = arg;

	while (!__atomic_load_n(&c->stop, __ATOMIC_SEQ_CST)) {
		struct pollfd pfd = {.fd = xenav_get_fd(c->x), .events = POLLIN};
		const int stuck = __atomic_load_n(&c->stuck, __ATOMIC_SEQ_CST);

		__atomic_store_n(&c->is_stuck, stuck, __ATOMIC_SEQ_CST);
		poll(&pfd, 1, 2);
		run_driver();
		if (!stuck && xenav_dispatch(c->x) < 0)
			break;
	}
	return NULL;
}

static bool has_claimed(void *)
{
	return GET(claimed) != 0;
}

void start_consumer(uint32_t ways)
{
	consumer = calloc(1, sizeof *consumer);
	consumer->ways = ways;
	assert_int_equal(xenav_open(&consumer->x, lab.socket, "test", &listener, consumer), 0);
	/* Some are disconnected, and have to see that. */
	xenav_set_patience(consumer->x, 0);
	assert_int_equal(pthread_create(&consumer->thread, NULL, run, consumer), 0);
	assert_true(guest_run_until(&rg.guest, has_claimed, NULL, WAIT_MS));
}

void stop_consumer(void)
{
	SET(stop, 1);
	pthread_join(consumer->thread, NULL);
	xenav_close(consumer->x);
	free(consumer);
	consumer = NULL;
}

void let_hang(void)
{
	SET(stuck, 1);
	while (!GET(is_stuck))
		usleep(1000);
}

void start(bool direct)
{
	snprintf(text, sizeof text,
		 "[guest *]\nbe-alloc = yes\n[consumer user %u]\ndisplay = claim\ndirect = %s\n",
		 (unsigned)geteuid(), direct ? "yes" : "no");
	rig_restart(text);
}

/* -------- pictures -------- */

static uint32_t pixel(uint32_t number, uint32_t i)
{
	return i == 0 ? number : (i + number * PIXELS) * 2654435761u;
}

static void draw(const struct dbuf *dbuf, uint32_t number)
{
	uint32_t *pixels = dbuf_pixels(dbuf);

	for (uint32_t i = 0; i < PIXELS; i++)
		pixels[i] = pixel(number, i);
}

static bool is_seen(void *data)
{
	const uint32_t *number = data;

	return GET(n_frames) > 0 && GET(first) == *number;
}

void assert_seen(uint32_t number)
{
	assert_true(guest_run_until(&rg.guest, is_seen, &number, WAIT_MS));
	for (uint32_t i = 0; i < PIXELS; i++)
		assert_int_equal(consumer->pixels[i], pixel(number, i));
}

void show(void)
{
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(dbuf_create(&rg.display, &dbufs[i], 900 + i, W, H, 32), 0);
		assert_int_equal(fb_attach(&rg.display, &dbufs[i], FB + i, RIG_XR24), 0);
	}
	draw(&dbufs[0], 1);
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB, &dbufs[0]), 0);
}

void hide(void)
{
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(fb_detach(&rg.display, FB + i), 0);
		assert_int_equal(dbuf_destroy(&rg.display, &dbufs[i]), 0);
	}
}

void flip_through(uint32_t from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const unsigned back = (i + 1) % 2;

		draw(&dbufs[back], from + i);
		assert_int_equal(crtc_flip(CRTC(&rg, 0), FB + back), 0);
		assert_seen(from + i);
	}
}

long long count(const char *name)
{
	return lab_status(&lab, "device=0 connector=0", name);
}

unsigned n_maps(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[512];
	unsigned n = 0;

	while (file && fgets(line, sizeof line, file)) {
		unsigned long long from, to;

		if (strstr(line, lab.dir) && sscanf(line, "%llx-%llx", &from, &to) == 2)
			n += to - from == (PIXELS * 4ull + 4095) / 4096 * 4096;
	}
	if (file)
		fclose(file);
	return n;
}

bool maps_go(void)
{
	for (unsigned i = 0; i < WAIT_MS && n_maps() > 0; i++)
		usleep(1000);
	return n_maps() == 0;
}

void assert_not_parted_from(void)
{
	if (!lab_log_has(&lab, "does not release memory that its guest wants back"))
		assert_int_equal(GET(disconnected), 0);
}
