/* SPDX-License-Identifier: MIT */
/* libxenav: connectors over a restart of the daemon. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pause-rig.h"
#include "wire/edid.h"
#include "wire/wire.h"

static void give_frame(struct pause *p, uint64_t serial)
{
	int fd = fake_memfd(4096);

	fake_buffer(p->t.sock, 2, 0, 4096, fd);
	close(fd);
	fake_frame(p->t.sock, 2, serial, 0, 4, 4, 16, "XR24");
}

static void claim_again(struct pause *p)
{
	pause_come_back(p);
	fake_connector_added(p->t.sock, 2, "c");
	pause_expect_over(p, "resumed ");
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 2);
	fake_claimed(p->t.sock, 2);
	client_dispatch(&p->t);
}

PAUSE_TEST(pixels_stay_and_frames_go_on)
{
	struct pause *p = *state;

	client_claim_connector(&p->t);
	give_frame(p, 1);
	client_expect_log(&p->t, "frame:1:4x4/16:XR24:0 ");
	pause_hang_up(p);
	assert_int_equal(*((const unsigned char *)p->t.frame.pixels + 5), 5);
	/* Done in the pause: the next one is wanted afterwards. */
	assert_int_equal(xenav_frame_done(p->t.c), 0);
	assert_int_equal(xenav_frame_done(p->t.c), -EINVAL);
	claim_again(p);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_FRAME_READY, 2);
	client_expect_silence(&p->t);
	assert_int_equal(*((const unsigned char *)p->t.frame.pixels + 5), 5);
	give_frame(p, 1);
	client_expect_log(&p->t, "frame:2:4x4/16:XR24:0 ");
	assert_int_equal(xenav_frame_done(p->t.c), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_FRAME_DONE, 2);
	assert_int_equal(p->msg.frame_done.serial, 1);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_FRAME_READY, 2);
}

PAUSE_TEST(a_frame_that_is_held_is_done_later)
{
	struct pause *p = *state;

	client_claim_connector(&p->t);
	give_frame(p, 7);
	client_expect_log(&p->t, "frame:7:4x4/16:XR24:0 ");
	for (unsigned int i = 0; i < 3; i++) {
		pause_hang_up(p);
		claim_again(p);
		client_expect_silence(&p->t);
	}
	assert_int_equal(*((const unsigned char *)p->t.frame.pixels + 5), 5);
	assert_int_equal(xenav_frame_done(p->t.c), 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_FRAME_READY, 2);
	give_frame(p, 1);
	client_expect_log(&p->t, "frame:8:4x4/16:XR24:0 ");
}

PAUSE_TEST(the_guests_own_memory_goes_at_once)
{
	struct pause *p = *state;
	int fd = fake_memfd(8192);

	fake_connector_added(p->t.sock, 2, "c");
	client_dispatch(&p->t);
	xenav_connector_set_ways(p->t.c, XENAV_WAY_DIRECT);
	xenav_connector_claim(p->t.c);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CLAIM, 2);
	fake_claimed_ways(p->t.sock, 2, XENAV_WAY_DIRECT);
	fake_buffer_way(p->t.sock, 2, 3, 4096, XENAV_WAY_DIRECT, 4096, fd);
	close(fd);
	fake_frame(p->t.sock, 2, 1, 3, 4, 4, 16, "XR24");
	client_dispatch(&p->t);
	p->t.log[0] = 0;
	close(p->t.sock);
	p->t.sock = -1;
	client_expect_log(&p->t, "gone:1 paused ");
	/* The connection's socket is closed as well. */
	leaks_after(&(struct leaks){p->t.leaks.fds + 3, p->t.leaks.memfd_maps});
	assert_int_equal(xenav_frame_done(p->t.c), 0);
}

PAUSE_TEST(what_the_driver_has_set_is_set_again)
{
	static const unsigned char start[] = {0, 255, 255, 255, 255, 255, 255, 0};
	unsigned char edid[128] = {0};
	struct pause *p = *state;

	memcpy(edid, start, sizeof start);
	edid_seal_block(edid);
	client_claim_connector(&p->t);
	assert_int_equal(xenav_connector_set_edid(p->t.c, edid, sizeof edid), 0);
	assert_int_equal(xenav_connector_set_refresh(p->t.c, 10000000), 0);
	pause_hang_up(p);
	claim_again(p);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_FRAME_READY, 2);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CONNECTOR_EDID, 2);
	assert_memory_equal(p->msg.connector_edid.block, edid, sizeof edid);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_CONNECTOR_REFRESH, 2);
	assert_int_equal(p->msg.connector_refresh.period_ns, 10000000);
}
