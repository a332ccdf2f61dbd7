/* SPDX-License-Identifier: MIT */
/* The daemon and a frontend talk through the store before there is a ring. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "fields/fields.h"
#include "rig.h"
#include "xen/displif.h"
#include "xen/sndif.h"

#define MANY 16u /* as many connectors as are served */

static struct rig_guest rg;

static void assert_node(const char *path, const char *value)
{
	char *text = xs_read(rg.ts.xs, XBT_NULL, path, NULL);

	assert_non_null(text);
	assert_string_equal(text, value);
	free(text);
}

/* Numbers of its own, so that no two tests have the same domain. */
static void create_with(uint16_t domid, const char *kind, const struct toolstack_node *nodes)
{
	assert_fine(rig_create(&rg, domid));
	assert_int_equal(toolstack_add_device(&rg.ts, kind, domid, 0, nodes), 0);
	assert_int_equal(toolstack_wait_connection(&rg.ts, kind, domid, 0), 0);
}

static void assert_refused(struct front *front, const char *line)
{
	const char *kind = front->ops->kind;
	char said[96];

	assert_true(front_wait_backend(front, 6, WAIT_MS));
	snprintf(said, sizeof said, "%s %u/0: %s", kind, rg.guest.domid, line);
	assert_true(lab_log_has(&lab, said));
	assert_int_equal(machine_mapped_of(rg.guest.domid), 0);
	assert_fine(rig_destroy(&rg));
}

/* -------- versions -------- */

#define VERSIONS "/local/domain/0/backend/vsnd/130/0/versions"

TEST(the_versions_there_are_stand_in_the_store_before_2)
{
	struct rig_guest other;
	char text[16];

	assert_fine(rig_create(&rg, 130));
	assert_fine(rig_attach(&rg));
	assert_node(VERSIONS, "2");
	assert_node("/local/domain/0/backend/vdispl/130/0/versions", "1,2");
	/* The guest may read them, and nobody else. */
	assert_true(ringstore_read(&rg.guest.store, 0, VERSIONS, text, sizeof text) > 0);
	assert_string_equal(text, "2");
	assert_int_equal(ringstore_write(&rg.guest.store, 0, VERSIONS, "9"), -EACCES);
	assert_fine(rig_create(&other, 129));
	assert_int_equal(ringstore_read(&other.guest.store, 0, VERSIONS, text, sizeof text),
			 -EACCES);
	assert_fine(rig_destroy(&other));
	assert_fine(rig_destroy(&rg));
}

TEST(a_frontend_that_speaks_another_version_is_told_6)
{
	static const struct toolstack_node card[] = {
		{"0/0/type", "p", false}, {"version", "1", false}, {0}};
	static const struct toolstack_node display[] = {
		{"0/resolution", "64x48", true}, {"version", "3", false}, {0}};

	create_with(131, "vsnd", card);
	assert_int_equal(sound_load(&rg.sound, &rg.guest, 0), 0);
	assert_refused(&rg.sound.front, "Cannot use the frontend's configuration: bad version");
	create_with(132, "vdispl", display);
	assert_int_equal(display_load(&rg.display, &rg.guest, 0), 0);
	assert_refused(&rg.display.front, "The frontend speaks version '3'");
}

static int ask(uint8_t op, uint32_t data_ofs, struct guest_buffer *buffer)
{
	struct xendispl_req req;
	uint8_t image[SLOT_BYTES];

	field_display_request(image, op, guest_buffer_directory(buffer));
	memcpy(&req, image, sizeof req);
	if (op == XENDISPL_OP_DBUF_CREATE)
		req.op.dbuf_create.data_ofs = data_ofs;
	memcpy(image, &req, sizeof image);
	return channel_request(&CRTC(&rg, 0)->channel, image);
}

/* Version 1 has no GET_EDID, and a reserved field in the place of data_ofs. */
TEST(a_display_that_speaks_version_1_is_served_so)
{
	static const struct toolstack_node nodes[] = {
		{"0/resolution", "64x48", true}, {"version", "1", false}, {0}};
	struct guest_buffer buffer;

	create_with(133, "vdispl", nodes);
	assert_int_equal(display_load(&rg.display, &rg.guest, 0), 0);
	assert_true(front_wait(&rg.display.front, 4, WAIT_MS));
	assert_int_equal(guest_buffer_alloc(&rg.guest, &buffer, FIELD_PIXELS_BYTES), 0);
	assert_int_equal(ask(XENDISPL_OP_GET_EDID, 0, &buffer), -EOPNOTSUPP);
	assert_int_equal(ask(XENDISPL_OP_DBUF_CREATE, UINT32_MAX, &buffer), 0);
	assert_int_equal(ask(XENDISPL_OP_DBUF_DESTROY, 0, &buffer), 0);
	assert_int_equal(guest_buffer_free(&rg.guest, &buffer), 0);
	display_forget(&rg.display);
	assert_fine(rig_destroy(&rg));
}

/* -------- connectors -------- */

static struct toolstack_node many[MANY + 2];
static char many_names[MANY + 1][24];

static const struct toolstack_node *connectors(unsigned n)
{
	memset(many, 0, sizeof many);
	for (unsigned i = 0; i < n; i++) {
		snprintf(many_names[i], sizeof many_names[i], "%u/resolution", i);
		many[i] = (struct toolstack_node){many_names[i], "64x48", true};
	}
	return many;
}

TEST(a_guest_that_knows_them_may_have_sixteen_connectors)
{
	struct dbuf dbufs[MANY];

	create_with(134, "vdispl", connectors(MANY));
	assert_int_equal(display_load(&rg.display, &rg.guest, 0), 0);
	rg.display.max_crtcs = MANY;
	assert_true(front_wait(&rg.display.front, 4, WAIT_MS));
	for (unsigned i = 0; i < MANY; i++)
		assert_fine(rig_show(&rg, &dbufs[i], i, 100 + i));
	for (unsigned turn = 0; turn < 2; turn++)
		for (unsigned i = 0; i < MANY; i++)
			assert_int_equal(crtc_flip(CRTC(&rg, i), 100 + i), 0);
	for (unsigned i = 0; i < MANY; i++) {
		assert_int_equal(CRTC(&rg, i)->flips, 2);
		assert_int_equal(CRTC(&rg, i)->last_cookie, 100 + i);
		assert_fine(rig_hide(&rg, &dbufs[i], i, 100 + i));
	}
	assert_int_equal(rg.guest.oopses, 0);
	display_forget(&rg.display);
	assert_fine(rig_destroy(&rg));
}

TEST(a_guest_with_seventeen_connectors_is_told_6)
{
	create_with(135, "vdispl", connectors(MANY + 1));
	assert_int_equal(display_load(&rg.display, &rg.guest, 0), 0);
	rg.display.max_crtcs = MANY + 1;
	assert_refused(&rg.display.front, "There are more than 16 connectors");
}

/* -------- limits -------- */

static int open_as(struct pcm *pcm, uint8_t format, uint32_t rate_hz, uint8_t channels)
{
	const struct pcm_params params = {
		.format = format,
		.channels = channels,
		.frame_bytes = channels * (format == XENSND_PCM_FORMAT_F64_LE ? 8u : 1u),
		.rate_hz = rate_hz,
		.buffer_frames = 512,
		.period_frames = 128,
	};
	int rc;

	pcm_open(pcm);
	rc = pcm_hw_params(pcm, &params);
	if (rc == 0)
		rc = pcm_prepare(pcm);
	pcm_hw_free(pcm);
	pcm_close(pcm);
	return rc;
}

/* Card, device, stream; and the spelling of floats that libxl has of its own. */
TEST(a_stream_may_do_what_its_level_or_the_next_above_says)
{
	static const struct toolstack_node nodes[] = {
		{"sample-rates", "48000,8000", false},
		{"sample-formats", "f64_le", false},
		{"channels-max", "4", false},
		{"0/channels-max", "3", false},
		{"0/0/type", "p", false},
		{"0/0/sample-rates", "8000", false},
		{"0/1/type", "c", false},
		{"0/1/sample-formats", "u8", false},
		{"0/1/channels-max", "1", false},
		{0},
	};
	const uint8_t f64 = XENSND_PCM_FORMAT_F64_LE;
	const uint8_t u8 = XENSND_PCM_FORMAT_U8;

	create_with(136, "vsnd", nodes);
	assert_int_equal(sound_load(&rg.sound, &rg.guest, 0), 0);
	assert_true(front_wait(&rg.sound.front, 4, WAIT_MS));
	assert_int_equal(open_as(PLAY(&rg), f64, 8000, 3), 0);
	assert_int_equal(open_as(PLAY(&rg), f64, 8000, 4), -EINVAL);
	assert_int_equal(open_as(PLAY(&rg), f64, 48000, 3), -EINVAL);
	assert_int_equal(open_as(PLAY(&rg), u8, 8000, 3), -EINVAL);
	assert_int_equal(open_as(CAPTURE(&rg), u8, 48000, 1), 0);
	assert_int_equal(open_as(CAPTURE(&rg), u8, 8000, 1), 0);
	assert_int_equal(open_as(CAPTURE(&rg), u8, 8000, 2), -EINVAL);
	assert_int_equal(open_as(CAPTURE(&rg), f64, 8000, 1), -EINVAL);
	sound_forget(&rg.sound);
	assert_fine(rig_destroy(&rg));
}
