/* SPDX-License-Identifier: MIT */
/*
 * A call that Xen refuses concerns one guest: that guest gets an error and tries again or does
 * without, and the guest beside it notices nothing.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#include "rig.h"
#include "xen/displif.h"
#include "xen/sndif.h"

#define VICTIM (victim.guest.domid)

static struct rig_guest victim, bystander;
static uint16_t next_domid = 40;

static void assert_bystander_well(void)
{
	assert_fine(rig_play(&bystander, 240));
	assert_int_equal(bystander.sound.front.connects, 1);
	assert_int_equal(bystander.display.front.connects, 1);
}

static void start_both(void)
{
	rig_start(&bystander, next_domid++);
	rig_start(&victim, next_domid++);
}

static void stop_both(void)
{
	assert_bystander_well();
	rig_stop(&victim);
	rig_stop(&bystander);
}

/* One call fails while a guest connects: it is told so with 6, and connects at the next offer. */
static void assert_connects_in_the_end(enum machine_call call, uint32_t after, int error)
{
	char line[64];

	rig_start(&bystander, next_domid++);
	assert_fine(rig_create(&victim, next_domid++));
	assert_fine(rig_attach(&victim));
	machine_order(call, VICTIM, after, 1, error, 0);
	assert_fine(rig_load(&victim));
	assert_fine(rig_connect(&victim));
	assert_fine(rig_play(&victim, 240));
	/* A display that has got no further than 3 keeps its rings; a sound card makes new ones. */
	snprintf(line, sizeof line, "%u/0: Could not connect to the frontend", VICTIM);
	assert_true(lab_log_has(&lab, line));
	stop_both();
}

TEST(a_ring_that_cannot_be_mapped_is_an_error_of_one_connection)
{
	assert_connects_in_the_end(CALL_MAP, 0, EINVAL);
	assert_connects_in_the_end(CALL_MAP, 3, ENOMEM);
}

TEST(a_port_that_cannot_be_bound_is_an_error_of_one_connection)
{
	assert_connects_in_the_end(CALL_BIND, 0, EINVAL);
	assert_connects_in_the_end(CALL_BIND, 2, ENOSPC);
}

TEST(a_buffer_that_cannot_be_mapped_is_an_error_of_one_request)
{
	static const struct {
		enum machine_call call;
		int error;
		int status;
	} cases[] = {
		{CALL_MAP, ENOMEM, -ENOMEM},
		{CALL_MAP, EINVAL, -EFAULT},
		{CALL_COPY_SEGMENT, -3, -EFAULT},
		{CALL_COPY, ENOTTY, -EIO},
	};
	struct dbuf dbuf;

	start_both();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		pcm_open(PLAY(&victim));
		assert_int_equal(pcm_hw_params(PLAY(&victim), &rig_params), 0);
		machine_order(cases[i].call, VICTIM, 0, 1, cases[i].error, 0);
		assert_int_equal(pcm_prepare(PLAY(&victim)), cases[i].status);
		assert_int_equal(pcm_prepare(PLAY(&victim)), 0);
		assert_int_equal(pcm_hw_free(PLAY(&victim)), 0);
		pcm_close(PLAY(&victim));

		machine_order(cases[i].call, VICTIM, 0, 1, cases[i].error, 0);
		assert_int_equal(dbuf_create(&victim.display, &dbuf, 9, 64, 48, 32),
				 cases[i].status);
		/* Linux destroys what it could not create. */
		assert_int_equal(dbuf_destroy(&victim.display, &dbuf), -ENOENT);
	}
	stop_both();
}

TEST(a_full_maptrack_is_an_error_of_the_guest_that_asks)
{
	struct dbuf dbuf;

	start_both();
	machine->maptrack_limit = machine->n_tracked + 1;
	assert_int_equal(dbuf_create(&victim.display, &dbuf, 9, 64, 48, 32), -EFAULT);
	machine->maptrack_limit = MACHINE_MAPTRACK;
	dbuf_destroy(&victim.display, &dbuf);
	stop_both();
}

/* Every page of the buffer and of its directory in turn is not granted. */
TEST(a_grant_that_does_not_exist_maps_nothing_at_any_position)
{
	struct dbuf dbuf;

	start_both();
	for (unsigned bad = 0; bad < 4; bad++) {
		struct xendispl_req req = {.operation = XENDISPL_OP_DBUF_CREATE};
		struct lab_use use = lab_use(&lab);
		struct guest_buffer buffer;
		uint8_t image[SLOT_BYTES];

		assert_int_equal(guest_buffer_alloc(&victim.guest, &buffer, 64 * 48 * 4), 0);
		machine_grant_end(VICTIM, bad == 3 ? buffer.dir.refs[0] : buffer.pages.refs[bad]);
		req.op.dbuf_create.dbuf_cookie = 5;
		req.op.dbuf_create.width = 64;
		req.op.dbuf_create.height = 48;
		req.op.dbuf_create.bpp = 32;
		req.op.dbuf_create.buffer_sz = buffer.size_bytes;
		req.op.dbuf_create.gref_directory = guest_buffer_directory(&buffer);
		memcpy(image, &req, sizeof image);
		assert_int_equal(channel_request(&CRTC(&victim, 0)->channel, image), -EFAULT);
		assert_int_equal(lab_use(&lab).maps, use.maps);
		guest_buffer_free(&victim.guest, &buffer);
	}
	assert_int_equal(dbuf_create(&victim.display, &dbuf, 5, 64, 48, 32), 0);
	assert_int_equal(dbuf_destroy(&victim.display, &dbuf), 0);
	stop_both();
}

/* A slow map keeps its own ring waiting, nobody else's. */
TEST(a_map_that_takes_its_time_delays_no_ring_but_its_own)
{
	struct dbuf dbuf, other;

	start_both();
	assert_fine(rig_show(&bystander, &other, 0, 7));
	machine_order(CALL_MAP, VICTIM, 0, 1, 0, 300000);
	assert_int_equal(dbuf_create(&victim.display, &dbuf, 9, 64, 48, 32), 0);
	assert_int_equal(crtc_flip(CRTC(&bystander, 0), 7), 0);
	assert_int_equal(dbuf_destroy(&victim.display, &dbuf), 0);
	assert_fine(rig_hide(&bystander, &other, 0, 7));
	stop_both();
}

/* A buffer that is still being mapped, unless this process is slower than that. */
static void create_slowly(struct dbuf *dbuf, uint32_t delay_us)
{
	int rc;

	victim.guest.wait_ms = 20;
	machine_order(CALL_MAP, VICTIM, 0, 1, 0, delay_us);
	rc = dbuf_create(&victim.display, dbuf, 9, 64, 48, 32);
	assert_true(rc == -ETIMEDOUT || rc == 0);
}

TEST(a_domain_is_killed_while_its_buffer_is_being_mapped)
{
	struct dbuf dbuf;

	start_both();
	create_slowly(&dbuf, 200000);
	assert_fine(rig_destroy(&victim));
	assert_bystander_well();
	rig_stop(&bystander);
}

/* A device that is seen after its domain has gone is not stale. */
TEST(a_device_of_a_dead_domain_is_forgotten_whatever_is_still_seen_of_it)
{
	struct dbuf dbuf;
	char path[64];

	start_both();
	snprintf(path, sizeof path, "/local/domain/0/backend/vdispl/%u", VICTIM);
	create_slowly(&dbuf, 500000);
	assert_true(xs_rm(victim.ts.xs, XBT_NULL, path));
	machine_domain_destroy(VICTIM);
	while (xs_is_domain_introduced(victim.ts.xs, VICTIM))
		usleep(1000);
	for (int i = 0; i < 20; i++) {
		char leaf[80];

		snprintf(leaf, sizeof leaf, "%s/0", path);
		assert_true(xs_write(victim.ts.xs, XBT_NULL, leaf, "", 0));
		assert_true(xs_rm(victim.ts.xs, XBT_NULL, path));
	}
	assert_fine(rig_destroy(&victim));
	/* One that was not forgotten would be in the way of the next, once its pages are free. */
	while (machine_mapped_of(next_domid - 1) > 0)
		usleep(1000);
	rig_start(&victim, next_domid - 1);
	stop_both();
}
