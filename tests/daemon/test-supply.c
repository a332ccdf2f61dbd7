/* SPDX-License-Identifier: MIT */
/*
 * Guests that have their buffers from us (be_alloc), and draw into them: what they see of that
 * memory is theirs alone, what they show arrives, and what they cost is limited whatever they do.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#include "rig.h"
#include "xen/displif.h"
#include "xenav.h"

#define PIXELS (64 * 48)
#define CAP    256u /* pages: supplied-mib = 1 */

/* The guests of these tests, and one that has to do without. */
#define OUTSIDER 130
static const char config[] = "[guest guest130]\n"
			     "be-alloc = no\n"
			     "[guest *]\n"
			     "be-alloc = yes\n"
			     "supplied-mib = 1\n"
			     "[consumer *]\n"
			     "display = claim\n";

static struct rig_guest rg, other;

static uint32_t supplied(void)
{
	return lab_use(&lab).supplied;
}

static void fill(const struct dbuf *dbuf, uint32_t pixel)
{
	for (uint32_t i = 0; i < PIXELS; i++)
		dbuf_pixels(dbuf)[i] = pixel;
}

static void assert_filled(const struct dbuf *dbuf, uint32_t pixel)
{
	for (uint32_t i = 0; i < PIXELS; i++)
		assert_int_equal(dbuf_pixels(dbuf)[i], pixel);
}

static void create(struct rig_guest *guest, struct dbuf *dbuf, uint64_t cookie)
{
	assert_int_equal(dbuf_create(&guest->display, dbuf, cookie, 64, 48, 32), 0);
	/* A page that held something else once does not show it. */
	assert_filled(dbuf, 0);
}

/* -------- what is shown -------- */

static struct {
	struct xenav *x;
	bool claimed;
	uint32_t pixels[PIXELS];
	unsigned n_frames;
} consumer;

static void on_connector_added(void *, struct xenav_connector *con)
{
	if (xenav_connector_get_info(con)->connector == 0)
		xenav_connector_claim(con);
}

static void on_connector_claimed(void *, struct xenav_connector *)
{
	consumer.claimed = true;
}

static void on_frame(void *, struct xenav_connector *con, const struct xenav_frame *frame)
{
	assert_int_equal(frame->width_px, 64);
	assert_int_equal(frame->height_px, 48);
	for (uint32_t y = 0; y < 48; y++)
		memcpy(consumer.pixels + (size_t)y * 64,
		       (const uint8_t *)frame->pixels + (size_t)y * frame->stride_bytes,
		       sizeof consumer.pixels / 48);
	consumer.n_frames++;
	xenav_frame_done(con);
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.connector_added = on_connector_added,
	.connector_claimed = on_connector_claimed,
	.frame = on_frame,
};

/* The consumer and the guest take turns. */
static bool has_claimed(void *)
{
	assert_true(xenav_dispatch(consumer.x) >= 0);
	return consumer.claimed;
}

static bool shows(void *data)
{
	const uint32_t *pixel = data;

	assert_true(xenav_dispatch(consumer.x) >= 0);
	for (uint32_t i = 0; i < PIXELS; i++)
		if (consumer.pixels[i] != *pixel + i)
			return false;
	return consumer.n_frames > 0;
}

TEST(every_pixel_of_a_supplied_buffer_reaches_the_consumer)
{
	struct dbuf dbufs[2];

	rig_start(&rg, 100);
	memset(&consumer, 0, sizeof consumer);
	assert_int_equal(xenav_open(&consumer.x, lab.socket, "test", &listener, NULL), 0);
	assert_true(guest_run_until(&rg.guest, has_claimed, NULL, WAIT_MS));
	for (unsigned i = 0; i < 2; i++) {
		create(&rg, &dbufs[i], 10 + i);
		assert_int_equal(fb_attach(&rg.display, &dbufs[i], 20 + i, RIG_XR24), 0);
	}
	assert_int_equal(crtc_config(CRTC(&rg, 0), 20, &dbufs[0]), 0);
	for (uint32_t n = 1; n <= 10; n++) {
		uint32_t first = n << 16;

		for (uint32_t i = 0; i < PIXELS; i++)
			dbuf_pixels(&dbufs[n % 2])[i] = first + i;
		assert_int_equal(crtc_flip(CRTC(&rg, 0), 20 + n % 2), 0);
		assert_true(guest_run_until(&rg.guest, shows, &first, WAIT_MS));
	}
	/* Nothing of the guest's own was mapped for that. */
	assert_int_equal(supplied(), 2 * 3);
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(fb_detach(&rg.display, 20 + i), 0);
		assert_int_equal(dbuf_destroy(&rg.display, &dbufs[i]), 0);
	}
	xenav_close(consumer.x);
	rig_stop(&rg);
}

/* -------- who may -------- */

TEST(a_guest_that_may_not_have_our_memory_is_told_so)
{
	struct dbuf dbuf;

	rig_start(&rg, OUTSIDER);
	assert_int_equal(dbuf_create(&rg.display, &dbuf, 9, 64, 48, 32), -EPERM);
	dbuf_destroy(&rg.display, &dbuf);
	assert_int_equal(supplied(), 0);
	assert_true(lab_log_has(&lab, "vdispl 130/0: DBUF_CREATE of 0x9"));
	assert_true(lab_log_has(&lab, "be-alloc in xenavd.conf"));
	rig_stop(&rg);
}

/* The flag is in memory that Linux does not clear: without the node it means nothing. */
TEST(without_the_node_of_the_toolstack_nothing_is_supplied)
{
	struct dbuf dbuf;

	rig_display = rig_display_nodes;
	rig_start(&rg, 101);
	rig_display = rig_be_alloc_nodes;
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	/* As if it had one: the directory is empty, and taken to name the guest's own pages. */
	rg.display.be_alloc = true;
	assert_int_equal(dbuf_create(&rg.display, &dbuf, 9, 64, 48, 32), -EINVAL);
	dbuf_destroy(&rg.display, &dbuf);
	rg.display.be_alloc = false;
	assert_int_equal(supplied(), 0);
	rig_stop(&rg);
}

/* -------- what it costs -------- */

TEST(a_buffer_made_and_destroyed_for_ever_costs_no_more_than_one)
{
	struct dbuf dbuf;

	rig_start(&rg, 102);
	for (unsigned i = 0; i < 500; i++) {
		create(&rg, &dbuf, 9);
		fill(&dbuf, i + 1);
		assert_int_equal(dbuf_destroy(&rg.display, &dbuf), 0);
	}
	assert_int_equal(supplied(), 3);
	rig_stop(&rg);
}

TEST(a_guest_that_never_unmaps_costs_no_more_than_its_cap)
{
	unsigned n_refused = 0;
	unsigned n_fds;

	rig_start(&rg, 103);
	rg.display.never_unmaps = true;
	n_fds = lab_use(&lab).fds;
	for (unsigned i = 0; i < 2000; i++) {
		struct dbuf dbuf;
		int rc;

		rc = dbuf_create(&rg.display, &dbuf, 9, 32, 32 * (1 + i % 9), 32);
		if (rc < 0) {
			assert_int_equal(rc, -ENOSPC);
			n_refused++;
		}
		assert_int_equal(dbuf_destroy(&rg.display, &dbuf), rc < 0 ? -ENOENT : 0);
		if (i % 500 == 0)
			assert_true(supplied() <= CAP);
	}
	assert_true(supplied() <= CAP);
	assert_true(lab_use(&lab).fds <= n_fds + 64);
	assert_int_equal(n_refused, 0);
	rig_stop(&rg);
}

TEST(more_than_the_policy_allows_is_refused_and_said)
{
	struct dbuf dbufs[3];

	rig_start(&rg, 104);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(dbuf_create(&rg.display, &dbufs[i], i + 1, 320, 409, 32), 0);
	assert_int_equal(supplied(), 256);
	assert_int_equal(dbuf_create(&rg.display, &dbufs[2], 3, 32, 32, 32), -ENOSPC);
	assert_true(lab_log_has(&lab, "supplied-mib in xenavd.conf"));
	for (unsigned i = 0; i < 3; i++)
		dbuf_destroy(&rg.display, &dbufs[i]);
	/* One that fits is there now. */
	assert_int_equal(dbuf_create(&rg.display, &dbufs[2], 3, 32, 32, 32), 0);
	assert_int_equal(dbuf_destroy(&rg.display, &dbufs[2]), 0);
	rig_stop(&rg);
}

/* -------- who sees it -------- */

TEST(a_canary_of_one_domain_is_never_seen_by_another)
{
	struct dbuf mine[8], theirs[8];

	rig_start(&rg, 105);
	rig_start(&other, 106);
	/* Both keep mapped whatever they were given. */
	rg.display.never_unmaps = other.display.never_unmaps = true;
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 8; i++) {
			create(&rg, &mine[i], 10 + i);
			fill(&mine[i], 0xca0000 + round);
			create(&other, &theirs[i], 10 + i);
			fill(&theirs[i], 0xdead0000 + round);
		}
		for (unsigned i = 0; i < 8; i++) {
			assert_filled(&mine[i], 0xca0000 + round);
			assert_filled(&theirs[i], 0xdead0000 + round);
			assert_int_equal(dbuf_destroy(&rg.display, &mine[i]), 0);
			assert_int_equal(dbuf_destroy(&other.display, &theirs[i]), 0);
		}
	}
	rig_stop(&other);
	rig_stop(&rg);
}

static void give_uuid(unsigned life)
{
	char vm[64];

	snprintf(vm, sizeof vm, "/vm/00000000-0000-4000-9000-%012u", life);
	assert_true(xs_write(rg.ts.xs, XBT_NULL, "/local/domain/107/vm", vm, (unsigned)strlen(vm)));
}

/* The end of the one before is so short ago that xenavd may not have heard of it: the number alone
 * is not who it is. */
TEST(a_domain_gets_nothing_of_the_one_that_had_its_number)
{
	uint32_t old = 0;
	struct dbuf dbuf;

	for (unsigned life = 0; life < 5; life++) {
		assert_fine(rig_create(&rg, 107));
		give_uuid(life);
		assert_fine(rig_attach(&rg));
		assert_fine(rig_load(&rg));
		assert_fine(rig_connect(&rg));
		create(&rg, &dbuf, 9);
		/* The buffer before may be on its way to the kernel, but is not this one. */
		assert_int_not_equal(dbuf.buffer.supplied.refs[0], old);
		old = dbuf.buffer.supplied.refs[0];
		fill(&dbuf, 0xca0000 + life);
		assert_int_equal(dbuf_destroy(&rg.display, &dbuf), 0);
		assert_fine(rig_detach(&rg));
		assert_fine(rig_destroy(&rg));
		/* Xen gives the number away only after all pages of the domain are unmapped. */
		while (machine->index_of[107] != 0)
			usleep(100);
	}
}

TEST(a_display_that_is_attached_again_has_its_domain_s_pool)
{
	struct dbuf dbuf;

	rig_start(&rg, 108);
	create(&rg, &dbuf, 9);
	assert_int_equal(dbuf_destroy(&rg.display, &dbuf), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_fine(rig_detach(&rg));
		assert_int_equal(supplied(), 3);
		assert_fine(rig_attach(&rg));
		assert_fine(rig_load(&rg));
		assert_fine(rig_connect(&rg));
		create(&rg, &dbuf, 9);
		fill(&dbuf, 0xca);
		assert_int_equal(dbuf_destroy(&rg.display, &dbuf), 0);
		assert_int_equal(supplied(), 3);
	}
	rig_stop(&rg);
}

/* -------- how it ends -------- */

static void start_with_two_buffers(uint16_t domid, struct dbuf dbufs[2])
{
	rig_start(&rg, domid);
	create(&rg, &dbufs[0], 1);
	assert_int_equal(fb_attach(&rg.display, &dbufs[0], 7, RIG_XR24), 0);
	assert_int_equal(crtc_config(CRTC(&rg, 0), 7, &dbufs[0]), 0);
	create(&rg, &dbufs[1], 2);
	assert_int_equal(dbuf_destroy(&rg.display, &dbufs[1]), 0);
}

TEST(a_guest_is_killed_in_every_phase_and_leaves_nothing)
{
	struct dbuf dbufs[2];
	struct dbuf dbuf;

	for (unsigned phase = 0; phase < 5; phase++) {
		start_with_two_buffers((uint16_t)(110 + phase), dbufs);
		if (phase == 1)
			assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
		if (phase == 2 || phase == 3)
			rg.guest.wait_ms = 20;
		if (phase == 2) {
			/* during the allocation of its pages */
			machine_order(CALL_ALLOC, 112, 0, 1, 0, 200000);
			dbuf_create(&rg.display, &dbuf, 3, 320, 200, 32);
		}
		if (phase == 3) {
			/* during the filling of its directory */
			machine_order(CALL_MAP, 113, 0, 1, 0, 200000);
			dbuf_create(&rg.display, &dbuf, 3, 64, 48, 32);
		}
		if (phase == 4)
			assert_int_equal(dbuf_destroy(&rg.display, &dbufs[0]), 0);
		assert_fine(rig_destroy(&rg));
		assert_true(lab_settles(&lab, &rig_at_rest, WAIT_MS));
	}
}

/* Without a toolstack that removes the devices first. */
TEST(a_domain_that_crashes_leaves_nothing)
{
	struct dbuf dbufs[2];

	start_with_two_buffers(120, dbufs);
	machine_domain_destroy(120);
	assert_true(lab_settles(&lab, &rig_at_rest, WAIT_MS));
	assert_fine(rig_destroy(&rg));
}

static bool is_connected_again(void *)
{
	return rg.display.front.connects == 2 && rg.display.front.state == 4;
}

static void restart(uint16_t domid, int sig, int status)
{
	struct dbuf dbufs[2];
	struct dbuf dbuf;

	start_with_two_buffers(domid, dbufs);
	fill(&dbufs[0], 0xca);
	assert_int_equal(lab_stop_xenavd(&lab, sig), status);
	assert_int_equal(machine_allocated(), 0);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	rig_at_rest = lab_use(&lab);
	assert_true(guest_run_until(&rg.guest, is_connected_again, NULL, WAIT_MS));
	/* The guest still has what the one before had supplied, and it is nobody else's. */
	create(&rg, &dbuf, 9);
	fill(&dbuf, 0xfe);
	assert_filled(&dbufs[0], 0xca);
	guest_buffer_unmap(&rg.guest, &dbufs[0].buffer);
	assert_int_equal(dbuf_destroy(&rg.display, &dbuf), 0);
	assert_fine(rig_detach(&rg));
	assert_fine(rig_destroy(&rg));
}

TEST(a_daemon_that_is_stopped_gives_all_back_and_the_next_one_supplies_anew)
{
	restart(121, SIGTERM, 0);
}

TEST(a_daemon_that_is_killed_takes_no_page_along)
{
	restart(122, SIGKILL, -1);
}

int main(void)
{
	rig_config = config;
	rig_display = rig_be_alloc_nodes;
	return rig_main();
}
