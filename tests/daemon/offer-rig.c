/* SPDX-License-Identifier: MIT */
/* See offer-rig.h. */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "offer-rig.h"

struct rig_guest rg;
struct dbuf dbufs[2];
struct consumer driver, watcher;
static char text[256];
uint32_t memory[2];
int offers[2];
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

struct consumer seen;

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

void forget_error(void)
{
	pthread_mutex_lock(&lock);
	driver.offer_error = 0;
	pthread_mutex_unlock(&lock);
}

void await(bool (*done)(void))
{
	assert_true(guest_run_until(&rg.guest, look, &done, WAIT_MS));
}

void start(uint16_t number)
{
	pthread_mutex_lock(&lock);
	domid = number;
	driver.claimed = false; /* of the guest before */
	pthread_mutex_unlock(&lock);
	rig_start(&rg, number);
}

bool is_claimed(void)
{
	return (!driver.x || driver.claimed) && (!watcher.x || watcher.claimed);
}

void enter(struct consumer *c, uint32_t ways, bool watches)
{
	pthread_mutex_lock(&lock);
	*c = (struct consumer){.ways = ways, .watches = watches};
	assert_int_equal(xenav_open(&c->x, lab.socket, "test", &listener, c), 0);
	pthread_mutex_unlock(&lock);
	await(is_claimed);
}

void leave(struct consumer *c)
{
	pthread_mutex_lock(&lock);
	xenav_close(c->x);
	*c = (struct consumer){0};
	pthread_mutex_unlock(&lock);
}

int offer(uint32_t index, int fd, uint32_t size_bytes)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = xenav_connector_offer_buffer(driver.con, index, fd, size_bytes);
	pthread_mutex_unlock(&lock);
	return rc;
}

uint32_t wanted;

bool driver_sees(void)
{
	return driver.n_frames > 0 && driver.first == wanted;
}

bool watcher_sees(void)
{
	return watcher.n_frames > 0 && watcher.first == wanted;
}

bool is_refused(void)
{
	return driver.offer_error != 0;
}

bool watcher_is_told(void)
{
	return watcher.n_blanks > 0 && lab_log_has(&lab, "the dma-buf cannot be mapped");
}

void offer_both(void)
{
	assert_int_equal(offer(1, offers[0], BYTES), 0);
	assert_int_equal(offer(2, offers[1], BYTES), 0);
	assert_int_equal(offer(3, offers[0], BYTES - 1), 0);
	await(is_refused);
	assert_int_equal(seen.offer_error, -EINVAL);
	forget_error();
}

void draw(const struct dbuf *dbuf, uint32_t number)
{
	/* The consumers look at the same memory. */
	pthread_mutex_lock(&lock);
	for (uint32_t i = 0; i < W * H; i++)
		dbuf_pixels(dbuf)[i] = number + i;
	pthread_mutex_unlock(&lock);
	wanted = number;
}

void create(unsigned i)
{
	assert_int_equal(dbuf_create(&rg.display, &dbufs[i], 900 + i, W, H, 32), 0);
	assert_int_equal(fb_attach(&rg.display, &dbufs[i], FB + i, RIG_XR24), 0);
}

void destroy(unsigned i)
{
	assert_int_equal(fb_detach(&rg.display, FB + i), 0);
	assert_int_equal(dbuf_destroy(&rg.display, &dbufs[i]), 0);
}

void show(unsigned i, uint32_t number)
{
	draw(&dbufs[i], number);
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB + i, &dbufs[i]), 0);
}

long long count(const char *name)
{
	return lab_status(&lab, "device=0 connector=0", name);
}

int offer_rig_begin(void **state)
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

int offer_rig_end(void **state)
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

bool is_ungranted(void)
{
	return machine->domains[0].n_grants == n_grants;
}
