/* SPDX-License-Identifier: MIT */
/*
 * Consumers that offer dma-bufs of their own for what a guest draws, through the real daemon and
 * libxenav: the guest's pixels are in them, nothing is copied, and everybody has back what is
 * theirs, whoever goes first.
 */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rig.h"
#include "xenav.h"

#define W     64u
#define H     48u
#define PAGES (W * H * 4 / MACHINE_PAGE)
#define BYTES (PAGES * MACHINE_PAGE)
#define FB    50u /* and 51 */
#define ALL   (XENAV_WAY_COPY | XENAV_WAY_DIRECT | XENAV_WAY_DMABUF)

/* A consumer that is served while a guest waits. */
struct consumer {
	struct xenav *x;
	struct xenav_connector *con;
	uint32_t ways;
	bool watches;
	bool claimed;
	int offer_error;
	unsigned n_frames;
	unsigned n_blanks;
	struct xenav_frame frame;
	uint32_t first; /* pixel of the last frame */
};

static struct rig_guest rg;
static struct dbuf dbufs[2];
static struct consumer driver, watcher;
static char text[256];
static uint32_t memory[2]; /* first frames of what is offered */
static int offers[2];
static uint32_t n_grants; /* of ours, before */

static const uint32_t *pixels_of(const struct xenav_frame *frame)
{
	uint32_t first, count;

	if (frame->pixels)
		return frame->pixels;
	assert_true(machine_dmabuf_frames(frame->dmabuf_fd, &first, &count));
	return (const uint32_t *)machine_frame(first) + frame->offset_bytes / 4;
}

/* The guest under test: one that is gone may still be there for its consumers. */
static uint16_t domid;

static void on_added(void *data, struct xenav_connector *con)
{
	struct consumer *c = data;

	const struct xenav_connector_info *info = xenav_connector_get_info(con);

	if (info->connector != 0 || info->domid != domid)
		return;
	c->con = con;
	xenav_connector_set_ways(con, c->ways);
	if (c->watches)
		xenav_connector_watch(con);
	else
		xenav_connector_claim(con);
}

static void on_removed(void *data, struct xenav_connector *con)
{
	struct consumer *c = data;

	if (c->con != con)
		return;
	c->con = NULL;
	c->claimed = false;
}

static void on_claimed(void *data, struct xenav_connector *)
{
	((struct consumer *)data)->claimed = true;
}

/* The daemon may not have noticed the end of the previous driver: claim again. */
static void on_claim_failed(void *, struct xenav_connector *con, int error)
{
	assert_int_equal(error, -EBUSY);
	xenav_connector_claim(con);
}

static void on_frame(void *data, struct xenav_connector *con, const struct xenav_frame *frame)
{
	struct consumer *c = data;

	c->frame = *frame;
	c->first = pixels_of(frame)[0];
	for (uint32_t i = 1; i < W * H; i++)
		assert_int_equal(pixels_of(frame)[i], c->first + i);
	c->n_frames++;
	xenav_frame_done(con);
}

static void on_blank(void *data, struct xenav_connector *)
{
	((struct consumer *)data)->n_blanks++;
}

static void on_offer_failed(void *data, struct xenav_connector *, int error)
{
	((struct consumer *)data)->offer_error = error;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.connector_added = on_added,
	.connector_removed = on_removed,
	.connector_claimed = on_claimed,
	.connector_claim_failed = on_claim_failed,
	.frame = on_frame,
	.blank = on_blank,
	.connector_offer_failed = on_offer_failed,
};

/* A thread serves the consumers, because they have to answer while the guest waits. */
static pthread_t thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool stop;

static bool serve_all(void)
{
	bool stopped;

	pthread_mutex_lock(&lock);
	while (driver.x && xenav_dispatch(driver.x) > 0)
		;
	while (watcher.x && xenav_dispatch(watcher.x) > 0)
		;
	stopped = stop;
	pthread_mutex_unlock(&lock);
	return !stopped;
}

static void *run(void *)
{
	while (serve_all())
		usleep(500);
	return NULL;
}

/* The driver as it was at the last look, for the thread of the test. */
static struct consumer seen;

static bool look(void *data)
{
	bool (*done)(void) = *(bool (**)(void))data;
	bool is_done;

	pthread_mutex_lock(&lock);
	is_done = done();
	seen = driver;
	pthread_mutex_unlock(&lock);
	return is_done;
}

static void forget_error(void)
{
	pthread_mutex_lock(&lock);
	driver.offer_error = 0;
	pthread_mutex_unlock(&lock);
}

static void await(bool (*done)(void))
{
	assert_true(guest_run_until(&rg.guest, look, &done, WAIT_MS));
}

static void start(uint16_t number)
{
	pthread_mutex_lock(&lock);
	domid = number;
	driver.claimed = false; /* of the guest before */
	pthread_mutex_unlock(&lock);
	rig_start(&rg, number);
}

static bool is_claimed(void)
{
	return (!driver.x || driver.claimed) && (!watcher.x || watcher.claimed);
}

static void enter(struct consumer *c, uint32_t ways, bool watches)
{
	pthread_mutex_lock(&lock);
	*c = (struct consumer){.ways = ways, .watches = watches};
	assert_int_equal(xenav_open(&c->x, lab.socket, "test", &listener, c), 0);
	pthread_mutex_unlock(&lock);
	await(is_claimed);
}

static void leave(struct consumer *c)
{
	pthread_mutex_lock(&lock);
	xenav_close(c->x);
	*c = (struct consumer){0};
	pthread_mutex_unlock(&lock);
}

static int offer(uint32_t index, int fd, uint32_t size_bytes)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = xenav_connector_offer_buffer(driver.con, index, fd, size_bytes);
	pthread_mutex_unlock(&lock);
	return rc;
}

static uint32_t wanted;

static bool driver_sees(void)
{
	return driver.n_frames > 0 && driver.first == wanted;
}

static bool watcher_sees(void)
{
	return watcher.n_frames > 0 && watcher.first == wanted;
}

static bool is_refused(void)
{
	return driver.offer_error != 0;
}

static bool watcher_is_told(void)
{
	return watcher.n_blanks > 0 && lab_log_has(&lab, "the dma-buf cannot be mapped");
}

/* Offers that are not refused by now are taken: the answer to a bad one comes after them. */
static void offer_both(void)
{
	assert_int_equal(offer(1, offers[0], BYTES), 0);
	assert_int_equal(offer(2, offers[1], BYTES), 0);
	assert_int_equal(offer(3, offers[0], BYTES - 1), 0);
	await(is_refused);
	assert_int_equal(seen.offer_error, -EINVAL);
	forget_error();
}

static void draw(const struct dbuf *dbuf, uint32_t number)
{
	/* The consumers look at the same memory. */
	pthread_mutex_lock(&lock);
	for (uint32_t i = 0; i < W * H; i++)
		dbuf_pixels(dbuf)[i] = number + i;
	pthread_mutex_unlock(&lock);
	wanted = number;
}

static void create(unsigned i)
{
	assert_int_equal(dbuf_create(&rg.display, &dbufs[i], 900 + i, W, H, 32), 0);
	assert_int_equal(fb_attach(&rg.display, &dbufs[i], FB + i, RIG_XR24), 0);
}

static void destroy(unsigned i)
{
	assert_int_equal(fb_detach(&rg.display, FB + i), 0);
	assert_int_equal(dbuf_destroy(&rg.display, &dbufs[i]), 0);
}

static void show(unsigned i, uint32_t number)
{
	draw(&dbufs[i], number);
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB + i, &dbufs[i]), 0);
}

static long long count(const char *name)
{
	return lab_status(&lab, "device=0 connector=0", name);
}

static int begin(void **state)
{
	if (rig_begin(state) != 0)
		return -1;
	snprintf(text, sizeof text,
		 "[guest *]\nbe-alloc = yes\nsupplied-mib = 1\n"
		 "[consumer user %u]\ndisplay = claim\ndirect = yes\n",
		 (unsigned)geteuid());
	/* As on x86: what can be offered has nothing to do with what can be exported. */
	machine->dmabuf_errno = 0;
	machine->dmabuf_unexportable = true;
	rig_restart(text);
	for (unsigned i = 0; i < 2; i++) {
		memory[i] = (uint32_t)machine_frames_alloc(0, PAGES);
		offers[i] = machine_dmabuf(memory[i], PAGES);
		assert_true(offers[i] >= 0);
	}
	n_grants = machine->domains[0].n_grants;
	stop = false;
	assert_int_equal(pthread_create(&thread, NULL, run, NULL), 0);
	rig_display = rig_be_alloc_nodes;
	return 0;
}

static int end(void **state)
{
	int rc;

	pthread_mutex_lock(&lock);
	stop = true;
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	for (unsigned i = 0; i < 2; i++) {
		close(offers[i]);
		machine_frames_free(memory[i], PAGES);
	}
	rig_display = rig_display_nodes;
	rc = rig_end_as_usual(state);
	machine->dmabuf_errno = ENOTTY;
	machine->dmabuf_unmappable = machine->dmabuf_unexportable = false;
	return rc;
}

static bool is_ungranted(void)
{
	return machine->domains[0].n_grants == n_grants;
}

/* -------- the tests -------- */

#define OFFER(name) TEST_WITH(name, begin, end)

OFFER(a_guest_draws_into_what_its_consumer_offers)
{
	const uint64_t n_imports = machine_calls(CALL_DMABUF_IMPORT);
	const uint64_t n_allocs = machine_calls(CALL_ALLOC);

	start(130);
	enter(&driver, ALL, false);
	offer_both();
	for (uint32_t round = 0; round < 5; round++) {
		create(0);
		create(1);
		show(0, 1000 * round + 1);
		await(driver_sees);
		assert_int_equal(seen.frame.way, XENAV_WAY_DMABUF);
		assert_true(seen.frame.offered == 1 || seen.frame.offered == 2);
		assert_int_equal(((uint32_t *)machine_frame(memory[seen.frame.offered - 1]))[0],
				 wanted);
		assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
		destroy(0);
		destroy(1);
	}
	assert_int_equal(count("copied_bytes"), 0);
	/* A guest that never lets go of a page costs no more grants than these. */
	assert_int_equal(machine_calls(CALL_DMABUF_IMPORT), n_imports + 2);
	assert_int_equal(machine_calls(CALL_ALLOC), n_allocs);
	leave(&driver);
	await(is_ungranted);
	rig_stop(&rg);
}

OFFER(what_cannot_be_used_is_refused)
{
	start(131);
	enter(&driver, ALL, false);
	offer_both();
	assert_int_equal(offer(4, offers[0], BYTES), -EINVAL);
	assert_int_equal(offer(0, offers[0], 0), -EINVAL);
	assert_int_equal(offer(0, -1, BYTES), -EBADF);
	assert_int_equal(offer(0, offers[0], BYTES + MACHINE_PAGE), 0);
	await(is_refused);
	assert_int_equal(seen.offer_error, -EINVAL);
	create(0);
	forget_error();
	assert_int_equal(offer(1, offers[0], BYTES), 0);
	assert_int_equal(offer(2, offers[1], BYTES), 0);
	await(is_refused);
	assert_int_equal(seen.offer_error, -EBUSY);
	destroy(0);
	leave(&driver);
	/* Consumers that may have no dma-bufs, or only watch. */
	enter(&driver, XENAV_WAY_COPY | XENAV_WAY_DIRECT, false);
	assert_int_equal(offer(0, offers[0], BYTES), -EACCES);
	leave(&driver);
	enter(&driver, ALL, true);
	assert_int_equal(offer(0, offers[0], BYTES), -EPERM);
	leave(&driver);
	rig_stop(&rg);
	/* A guest that has memory of its own. */
	rig_display = rig_display_nodes;
	start(132);
	enter(&driver, ALL, false);
	assert_int_equal(offer(0, offers[0], BYTES), 0);
	await(is_refused);
	assert_int_equal(seen.offer_error, -EPERM);
	leave(&driver);
	rig_stop(&rg);
}

OFFER(the_pool_supplies_what_an_offer_cannot)
{
	int fd = memfd_create("no dma-buf", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, BYTES), 0);
	start(133);
	enter(&driver, ALL, false);
	offer_both();
	assert_int_equal(offer(1, fd, BYTES), 0);
	await(is_refused);
	assert_int_equal(seen.offer_error, -EINVAL);
	forget_error();
	assert_int_equal(offer(3, offers[0], BYTES - 1), 0);
	await(is_refused);
	machine_order(CALL_DMABUF_IMPORT, 133, 0, 2, ENOSPC, 0);
	create(0);
	assert_true(lab_log_has(&lab, "Buffer 1 that a consumer offers for connector 0"));
	assert_true(lab_log_has(&lab, "Buffer 2 that a consumer offers for connector 0"));
	show(0, 7);
	await(driver_sees);
	assert_int_equal(seen.frame.way, XENAV_WAY_DIRECT);
	assert_int_equal(seen.frame.offered, -1);
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	destroy(0);
	leave(&driver);
	rig_stop(&rg);
	close(fd);
}

OFFER(a_guest_goes_on_in_a_buffer_whose_consumer_has_gone)
{
	for (unsigned i = 0; i < 2; i++) {
		machine->dmabuf_unmappable = i == 1;
		start((uint16_t)(134 + i));
		enter(&driver, ALL, false);
		offer_both();
		create(0);
		show(0, 11);
		await(driver_sees);
		leave(&driver);
		enter(&watcher, XENAV_WAY_COPY, true);
		draw(&dbufs[0], 12);
		assert_int_equal(crtc_flip(CRTC(&rg, 0), FB), 0);
		await(i == 0 ? watcher_sees : watcher_is_told);
		/* A consumer that can import dma-bufs gets this one, as another consumer's. */
		enter(&driver, ALL, false);
		await(driver_sees);
		assert_int_equal(seen.frame.way, XENAV_WAY_DMABUF);
		assert_int_equal(seen.frame.offered, -1);
		leave(&driver);
		leave(&watcher);
		assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
		destroy(0);
		await(is_ungranted);
		rig_stop(&rg);
	}
}

OFFER(guests_and_devices_go_while_they_use_what_is_offered)
{
	start(136);
	enter(&driver, ALL, false);
	offer_both();
	create(0);
	show(0, 21);
	await(driver_sees);
	rig_stop(&rg);
	for (unsigned i = 0; i < WAIT_MS && !is_ungranted(); i++)
		usleep(1000);
	assert_true(is_ungranted());
	start(137);
	await(is_claimed);
	offer_both();
	create(0);
	show(0, 22);
	await(driver_sees);
	assert_int_equal(seen.frame.way, XENAV_WAY_DMABUF);
	assert_fine(rig_destroy(&rg));
	for (unsigned i = 0; i < WAIT_MS && !is_ungranted(); i++)
		usleep(1000);
	assert_true(is_ungranted());
	leave(&driver);
}
