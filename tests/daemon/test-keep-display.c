/* SPDX-License-Identifier: MIT */
/*
 * Displays across the end of xenavd by SIGKILL: the guest hears of nothing, its flips go on, what
 * it shows is there, and buffers that it was supplied with are the same.
 */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#include "rig.h"
#include "xenav.h"

#define W      64
#define H      48
#define PIXELS (W * H)

#define CONFIG                                                                                     \
	"[guest *]\n"                                                                              \
	"be-alloc = yes\n"                                                                         \
	"supplied-mib = 1\n"                                                                       \
	"[consumer *]\n"                                                                           \
	"display = claim\n"

static const char config[] = CONFIG;
static const char direct_config[] = CONFIG "direct = yes\n";

static struct rig_guest rg;

/* -------- a consumer, which does not live through it -------- */

static struct {
	struct xenav *x;
	uint32_t pixels[PIXELS];
	unsigned n_frames;
} consumer;

static void on_connector_added(void *, struct xenav_connector *con)
{
	xenav_connector_set_ways(con, XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	/* xenavd may keep it for the consumer before, whose end it has not noticed. */
	if (xenav_connector_get_info(con)->connector == 0)
		xenav_connector_claim_wait(con);
}

static void on_frame(void *, struct xenav_connector *con, const struct xenav_frame *frame)
{
	assert_int_equal(frame->width_px, W);
	assert_int_equal(frame->height_px, H);
	for (uint32_t y = 0; y < H; y++)
		memcpy(consumer.pixels + (size_t)y * W,
		       (const uint8_t *)frame->pixels + (size_t)y * frame->stride_bytes, W * 4);
	consumer.n_frames++;
	xenav_frame_done(con);
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.connector_added = on_connector_added,
	.frame = on_frame,
};

static bool has_frame(void *data)
{
	const uint32_t *first = data;

	assert_true(xenav_dispatch(consumer.x) >= 0);
	return consumer.n_frames > 0 && consumer.pixels[0] == *first;
}

/* Whoever claims the connector now is shown that. */
static void assert_shows(uint32_t first)
{
	memset(&consumer, 0, sizeof consumer);
	assert_int_equal(xenav_open(&consumer.x, lab.socket, "test", &listener, NULL), 0);
	assert_true(guest_run_until(&rg.guest, has_frame, &first, WAIT_MS));
	for (uint32_t i = 0; i < PIXELS; i++)
		assert_int_equal(consumer.pixels[i], first + i);
	xenav_close(consumer.x);
}

/* -------- a guest -------- */

static void fill(const struct dbuf *dbuf, uint32_t first)
{
	for (uint32_t i = 0; i < PIXELS; i++)
		dbuf_pixels(dbuf)[i] = first + i;
}

static void start_showing(uint16_t domid, struct dbuf dbufs[2])
{
	rig_start(&rg, domid);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(dbuf_create(&rg.display, &dbufs[i], 10 + i, W, H, 32), 0);
		fill(&dbufs[i], i << 16);
		assert_int_equal(fb_attach(&rg.display, &dbufs[i], 20 + i, RIG_XR24), 0);
	}
	assert_int_equal(crtc_config(CRTC(&rg, 0), 20, &dbufs[0]), 0);
}

static void stop_showing(struct dbuf dbufs[2])
{
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(fb_detach(&rg.display, 20 + i), 0);
		assert_int_equal(dbuf_destroy(&rg.display, &dbufs[i]), 0);
	}
	/* The frontends have published their rings once, and nobody has told them anything. */
	assert_int_equal(rg.display.front.connects, 1);
	assert_int_equal(rg.display.front.state, 4);
	rig_stop(&rg);
}

static void keep_showing(uint16_t domid, const char *way)
{
	struct dbuf dbufs[2];
	char connector[48];

	start_showing(domid, dbufs);
	rig_kill();
	assert_shows(0);
	for (uint32_t n = 1; n <= 6; n++) {
		fill(&dbufs[n % 2], n << 16);
		assert_int_equal(crtc_flip(CRTC(&rg, 0), 20 + n % 2), 0);
		rig_kill();
		assert_shows(n << 16);
	}
	assert_true(lab_log_has(&lab, "Went on with"));
	snprintf(connector, sizeof connector, "domain=%u device=0 connector=0", domid);
	assert_true(lab_status(&lab, connector, way) > 0);
	stop_showing(dbufs);
}

TEST(what_a_guest_shows_is_there_right_after_the_restart)
{
	keep_showing(150, "copied_frames");
}

TEST(an_orderly_restart_is_not_noticed_either)
{
	struct dbuf dbufs[2];

	start_showing(149, dbufs);
	for (uint32_t n = 1; n <= 3; n++) {
		fill(&dbufs[n % 2], n << 16);
		assert_int_equal(crtc_flip(CRTC(&rg, 0), 20 + n % 2), 0);
		assert_int_equal(lab_stop_xenavd(&lab, SIGUSR2), 0);
		assert_int_equal(lab_start_xenavd(&lab), 0);
		assert_shows(n << 16);
	}
	stop_showing(dbufs);
}

TEST(a_display_that_its_frontend_left_and_took_again_goes_on_too)
{
	struct dbuf dbuf;

	rig_start(&rg, 151);
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	rig_kill();
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	assert_fine(rig_detach(&rg));
	rig_kill();
	assert_fine(rig_attach(&rg));
	assert_fine(rig_load(&rg));
	assert_fine(rig_connect(&rg));
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	rig_kill();
	assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	rig_stop(&rg);
}

/* -------- flips, and no rest -------- */

#define LIFE_US 50000u /* at most, of an xenavd */

static bool over;
static unsigned n_answers; /* that the guest has had */
static pthread_t killer;

static void note_answer(void)
{
	__atomic_add_fetch(&n_answers, 1, __ATOMIC_SEQ_CST);
}

/* On a slow machine a life may be too short for any answer: after two such lives the next ones are
 * longer, until there are answers again. */
static unsigned next_life_us(unsigned life_us, bool was_barren)
{
	static unsigned n_barren;

	n_barren = was_barren ? n_barren + 1 : 0;
	if (n_barren == 0)
		return life_us > 2 * LIFE_US ? life_us / 2 : LIFE_US;
	return n_barren % 2 == 0 && life_us < 100 * LIFE_US ? life_us * 4 : life_us;
}

/* Restarts until the guest has had enough. */
static void *kill_on(void *)
{
	unsigned seed = 1, life_us = LIFE_US, before = 0, now;
	long failed = 0;

	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE) && failed == 0) {
		usleep((useconds_t)rand_r(&seed) % life_us);
		now = __atomic_load_n(&n_answers, __ATOMIC_SEQ_CST);
		life_us = next_life_us(life_us, now == before);
		before = now;
		lab_stop_xenavd(&lab, SIGKILL);
		failed = lab_start_xenavd(&lab);
	}
	return (void *)failed;
}

static void start_killing(void)
{
	over = false;
	assert_int_equal(pthread_create(&killer, NULL, kill_on, NULL), 0);
}

/* A child of a thread ends with it, so the last xenavd is started here. */
static void stop_killing(void)
{
	void *failed;

	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	assert_int_equal(pthread_join(killer, &failed), 0);
	assert_null(failed);
	rig_kill();
}

TEST(every_flip_gets_its_event_however_often_xenavd_is_killed)
{
	struct dbuf dbufs[2];

	start_showing(152, dbufs);
	start_killing();
	for (unsigned i = 0; i < 60; i++) {
		assert_int_equal(crtc_flip(CRTC(&rg, 0), 20 + i % 2), 0);
		note_answer();
	}
	stop_killing();
	assert_int_equal(CRTC(&rg, 0)->flips, 60);
	assert_int_equal(rg.guest.late, 0);
	stop_showing(dbufs);
}

TEST(buffers_come_and_go_however_often_xenavd_is_killed)
{
	rig_start(&rg, 153);
	start_killing();
	for (unsigned i = 0; i < 200; i++) {
		struct dbuf dbuf;

		assert_int_equal(dbuf_create(&rg.display, &dbuf, 9, W, H, 32), 0);
		note_answer();
		assert_int_equal(fb_attach(&rg.display, &dbuf, 20, RIG_XR24), 0);
		assert_int_equal(fb_detach(&rg.display, 20), 0);
		assert_int_equal(dbuf_destroy(&rg.display, &dbuf), 0);
		note_answer();
	}
	stop_killing();
	assert_int_equal(rg.display.front.connects, 1);
	rig_stop(&rg);
}

/* -------- supplied buffers -------- */

static uint32_t supplied(void)
{
	return lab_use(&lab).supplied;
}

TEST(a_guest_that_has_its_buffers_from_us_keeps_them)
{
	rig_display = rig_be_alloc_nodes;
	keep_showing(154, "copied_frames");
	rig_display = rig_display_nodes;
}

TEST_WITH(both_are_lent_to_consumers_after_the_restart_too, rig_begin, rig_end_as_usual)
{
	rig_restart(direct_config);
	keep_showing(158, "direct_frames");
	rig_display = rig_be_alloc_nodes;
	keep_showing(159, "direct_frames");
	rig_display = rig_display_nodes;
}

TEST(a_pool_outlives_xenavd_and_is_used_again)
{
	struct dbuf dbuf;
	uint32_t first;

	rig_display = rig_be_alloc_nodes;
	rig_start(&rg, 155);
	rg.display.never_unmaps = true;
	assert_int_equal(dbuf_create(&rg.display, &dbuf, 9, W, H, 32), 0);
	first = dbuf.buffer.supplied.refs[0];
	fill(&dbuf, 5);
	for (unsigned i = 0; i < 4; i++) {
		rig_kill();
		assert_int_equal(dbuf_pixels(&dbuf)[7], 5 + 7);
		assert_int_equal(dbuf_destroy(&rg.display, &dbuf), 0);
		rig_kill();
		assert_int_equal(supplied(), 3);
		assert_int_equal(dbuf_create(&rg.display, &dbuf, 9, W, H, 32), 0);
		assert_int_equal(dbuf.buffer.supplied.refs[0], first);
		assert_int_equal(dbuf_pixels(&dbuf)[7], 0);
		fill(&dbuf, 5);
	}
	assert_int_equal(dbuf_destroy(&rg.display, &dbuf), 0);
	rig_stop(&rg);
	rig_display = rig_display_nodes;
}

/* With removed, the toolstack has also removed its devices, so that nothing but the pool tells of
 * the domain. */
static void die_meanwhile(uint16_t domid, bool removed)
{
	static const char *const kinds[] = {"vsnd", "vdispl"};
	struct dbuf dbuf;
	char path[64];

	rig_display = rig_be_alloc_nodes;
	rig_start(&rg, domid);
	assert_int_equal(dbuf_create(&rg.display, &dbuf, 9, W, H, 32), 0);
	lab_stop_xenavd(&lab, SIGKILL);
	machine_domain_destroy(domid);
	for (unsigned i = 0; i < 2 && removed; i++) {
		snprintf(path, sizeof path, "/local/domain/0/backend/%s/%u", kinds[i], domid);
		assert_true(xs_rm(rg.ts.xs, XBT_NULL, path));
	}
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_fine(rig_destroy(&rg));
	assert_true(lab_settles(&lab, &rig_at_rest, WAIT_MS));
	assert_int_equal(supplied(), 0);
	rig_display = rig_display_nodes;
}

TEST(the_pool_of_a_domain_that_died_meanwhile_is_freed)
{
	die_meanwhile(156, false);
	die_meanwhile(157, true);
}

int main(void)
{
	rig_managed = true;
	rig_config = config;
	return rig_main();
}
