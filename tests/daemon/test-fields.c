/* SPDX-License-Identifier: MIT */
/*
 * Every length, offset, size and count field of every request, in 0, 1, its greatest legal value
 * and that one less and one more, 2^31 and 2^32-1: each has its defined answer, in one table.
 * Everything else in the request is right.  The daemon is asked through a real ring.
 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "xen/displif.h"
#include "xen/sndif.h"

#define BUFFER 3840u /* bytes; 960 frames of 4 */
#define WIDTH  64u
#define HEIGHT 48u
#define BPP    32u
#define SIZE   (WIDTH * HEIGHT * BPP / 8)

enum state { CLOSED, OPEN, NO_DBUF, DBUF, FB, CONFIGURED };
enum ring { PLAYBACK, RECORDING, DISPLAY_0 };

#define EDGES 7

struct row {
	const char *name;
	enum ring ring;
	uint8_t op;
	enum state state;
	size_t offset;
	size_t bytes;
	uint32_t max;
	/* of 0, 1, max - 1, max, max + 1, 2^31, 2^32 - 1 */
	int answer[EDGES];
};

#define FIELD(type, member) offsetof(type, op.member), sizeof(((type *)0)->op.member)
#define SND(member)         FIELD(struct xensnd_req, member)
#define DISPL(member)       FIELD(struct xendispl_req, member)

#define OK   0
#define INV  (-EINVAL)
#define NOEN (-ENOENT)
#define NOSP (-ENOSPC)
#define FLT  (-EFAULT)

static const struct row rows[] = {
	/* The buffer is 3840 bytes, the limit of the stream 65536; its pages are granted to 4096.
	 */
	{"OPEN.buffer_sz",
	 PLAYBACK,
	 XENSND_OP_OPEN,
	 CLOSED,
	 SND(open.buffer_sz),
	 65536,
	 {INV, INV, INV, INV, INV, INV, INV}},
	{"OPEN.period_sz",
	 PLAYBACK,
	 XENSND_OP_OPEN,
	 CLOSED,
	 SND(open.period_sz),
	 BUFFER,
	 {OK, OK, OK, OK, INV, INV, INV}},
	{"OPEN.pcm_rate",
	 PLAYBACK,
	 XENSND_OP_OPEN,
	 CLOSED,
	 SND(open.pcm_rate),
	 48000,
	 {INV, INV, INV, OK, INV, INV, INV}},
	{"OPEN.pcm_channels",
	 PLAYBACK,
	 XENSND_OP_OPEN,
	 CLOSED,
	 SND(open.pcm_channels),
	 2,
	 {INV, OK, OK, OK, INV, INV, INV}},
	{"OPEN.pcm_format",
	 PLAYBACK,
	 XENSND_OP_OPEN,
	 CLOSED,
	 SND(open.pcm_format),
	 24,
	 {INV, OK, INV, INV, INV, INV, INV}},
	{"WRITE.offset",
	 PLAYBACK,
	 XENSND_OP_WRITE,
	 OPEN,
	 SND(rw.offset),
	 BUFFER - 4,
	 {OK, INV, INV, OK, INV, INV, INV}},
	{"WRITE.length",
	 PLAYBACK,
	 XENSND_OP_WRITE,
	 OPEN,
	 SND(rw.length),
	 BUFFER,
	 {OK, INV, INV, OK, INV, INV, INV}},
	{"READ.offset",
	 RECORDING,
	 XENSND_OP_READ,
	 OPEN,
	 SND(rw.offset),
	 BUFFER - 4,
	 {OK, INV, INV, OK, INV, INV, INV}},
	{"READ.length",
	 RECORDING,
	 XENSND_OP_READ,
	 OPEN,
	 SND(rw.length),
	 BUFFER,
	 {OK, INV, INV, OK, INV, INV, INV}},
	{"TRIGGER.type",
	 PLAYBACK,
	 XENSND_OP_TRIGGER,
	 OPEN,
	 SND(trigger.type),
	 3,
	 {OK, OK, OK, OK, INV, OK /* its low byte is 0 */, INV}},
	{"DBUF_CREATE.width",
	 DISPLAY_0,
	 XENDISPL_OP_DBUF_CREATE,
	 NO_DBUF,
	 DISPL(dbuf_create.width),
	 WIDTH,
	 {INV, OK, OK, OK, INV, INV, INV}},
	{"DBUF_CREATE.height",
	 DISPLAY_0,
	 XENDISPL_OP_DBUF_CREATE,
	 NO_DBUF,
	 DISPL(dbuf_create.height),
	 HEIGHT,
	 {INV, OK, OK, OK, INV, INV, INV}},
	{"DBUF_CREATE.bpp",
	 DISPLAY_0,
	 XENDISPL_OP_DBUF_CREATE,
	 NO_DBUF,
	 DISPL(dbuf_create.bpp),
	 BPP,
	 {INV, OK, OK, OK, INV, INV, INV}},
	{"DBUF_CREATE.buffer_sz",
	 DISPLAY_0,
	 XENDISPL_OP_DBUF_CREATE,
	 NO_DBUF,
	 DISPL(dbuf_create.buffer_sz),
	 SIZE,
	 {INV, INV, INV, OK, INV, NOSP, NOSP}},
	{"DBUF_CREATE.data_ofs",
	 DISPLAY_0,
	 XENDISPL_OP_DBUF_CREATE,
	 NO_DBUF,
	 DISPL(dbuf_create.data_ofs),
	 0,
	 {OK, INV, INV, OK, INV, INV, INV}},
	{"FB_ATTACH.width",
	 DISPLAY_0,
	 XENDISPL_OP_FB_ATTACH,
	 DBUF,
	 DISPL(fb_attach.width),
	 WIDTH,
	 {INV, OK, OK, OK, INV, INV, INV}},
	{"FB_ATTACH.height",
	 DISPLAY_0,
	 XENDISPL_OP_FB_ATTACH,
	 DBUF,
	 DISPL(fb_attach.height),
	 HEIGHT,
	 {INV, OK, OK, OK, INV, INV, INV}},
	{"SET_CONFIG.x",
	 DISPLAY_0,
	 XENDISPL_OP_SET_CONFIG,
	 FB,
	 DISPL(set_config.x),
	 WIDTH - 1,
	 {OK, OK, OK, OK, INV, INV, INV}},
	{"SET_CONFIG.y",
	 DISPLAY_0,
	 XENDISPL_OP_SET_CONFIG,
	 FB,
	 DISPL(set_config.y),
	 HEIGHT - 1,
	 {OK, OK, OK, OK, INV, INV, INV}},
	{"SET_CONFIG.width",
	 DISPLAY_0,
	 XENDISPL_OP_SET_CONFIG,
	 FB,
	 DISPL(set_config.width),
	 WIDTH,
	 {INV, OK, OK, OK, OK, OK, OK}},
	{"SET_CONFIG.height",
	 DISPLAY_0,
	 XENDISPL_OP_SET_CONFIG,
	 FB,
	 DISPL(set_config.height),
	 HEIGHT,
	 {INV, OK, OK, OK, OK, OK, OK}},
	{"SET_CONFIG.bpp",
	 DISPLAY_0,
	 XENDISPL_OP_SET_CONFIG,
	 FB,
	 DISPL(set_config.bpp),
	 64,
	 {INV, OK, OK, OK, INV, INV, INV}},
};

static struct rig_guest rg;
static struct guest_buffer sound_buffer, display_buffer;

static int ask_sound(struct pcm *pcm, struct xensnd_req *req)
{
	uint8_t image[SLOT_BYTES];

	memcpy(image, req, sizeof image);
	return channel_request(&pcm->channel, image);
}

static int ask_display(struct xendispl_req *req)
{
	uint8_t image[SLOT_BYTES];

	memcpy(image, req, sizeof image);
	return channel_request(&CRTC(&rg, 0)->channel, image);
}

/* -------- requests that are right -------- */

static struct xensnd_req good_sound(uint8_t op)
{
	struct xensnd_req req = {.operation = op};

	switch (op) {
	case XENSND_OP_OPEN:
		req.op.open.pcm_rate = 48000;
		req.op.open.pcm_format = XENSND_PCM_FORMAT_S16_LE;
		req.op.open.pcm_channels = 2;
		req.op.open.buffer_sz = BUFFER;
		req.op.open.gref_directory = guest_buffer_directory(&sound_buffer);
		req.op.open.period_sz = 960;
		break;
	case XENSND_OP_READ:
	case XENSND_OP_WRITE:
		req.op.rw.length = 4;
		break;
	default:
		break;
	}
	return req;
}

static struct xendispl_req good_display(uint8_t op)
{
	struct xendispl_req req = {.operation = op};

	switch (op) {
	case XENDISPL_OP_DBUF_CREATE:
		req.op.dbuf_create.dbuf_cookie = 1;
		req.op.dbuf_create.width = WIDTH;
		req.op.dbuf_create.height = HEIGHT;
		req.op.dbuf_create.bpp = BPP;
		req.op.dbuf_create.buffer_sz = SIZE;
		req.op.dbuf_create.gref_directory = guest_buffer_directory(&display_buffer);
		break;
	case XENDISPL_OP_DBUF_DESTROY:
		req.op.dbuf_destroy.dbuf_cookie = 1;
		break;
	case XENDISPL_OP_FB_ATTACH:
		req.op.fb_attach.dbuf_cookie = 1;
		req.op.fb_attach.fb_cookie = 2;
		req.op.fb_attach.width = WIDTH;
		req.op.fb_attach.height = HEIGHT;
		req.op.fb_attach.pixel_format = RIG_XR24;
		break;
	case XENDISPL_OP_SET_CONFIG:
		req.op.set_config.fb_cookie = 2;
		req.op.set_config.width = WIDTH;
		req.op.set_config.height = HEIGHT;
		req.op.set_config.bpp = BPP;
		break;
	default:
		break;
	}
	return req;
}

static int do_sound(struct pcm *pcm, uint8_t op)
{
	struct xensnd_req req = good_sound(op);

	return ask_sound(pcm, &req);
}

static int do_display(uint8_t op)
{
	struct xendispl_req req = good_display(op);

	return ask_display(&req);
}

static void bring_to(const struct row *row, struct pcm *pcm)
{
	if (row->state == OPEN)
		assert_int_equal(do_sound(pcm, XENSND_OP_OPEN), 0);
	if (row->state >= DBUF)
		assert_int_equal(do_display(XENDISPL_OP_DBUF_CREATE), 0);
	if (row->state >= FB)
		assert_int_equal(do_display(XENDISPL_OP_FB_ATTACH), 0);
}

static void bring_back(const struct row *row, struct pcm *pcm)
{
	if (row->ring == DISPLAY_0)
		do_display(XENDISPL_OP_DBUF_DESTROY);
	else
		assert_int_equal(do_sound(pcm, XENSND_OP_CLOSE), 0);
}

static int ask(const struct row *row, struct pcm *pcm, uint32_t value)
{
	struct xendispl_req displ = good_display(row->op);
	struct xensnd_req snd = good_sound(row->op);

	if (row->ring == DISPLAY_0) {
		memcpy((uint8_t *)&displ + row->offset, &value, row->bytes);
		return ask_display(&displ);
	}
	memcpy((uint8_t *)&snd + row->offset, &value, row->bytes);
	return ask_sound(pcm, &snd);
}

static unsigned check(const struct row *row)
{
	const uint32_t values[EDGES] = {
		0, 1, row->max - 1, row->max, row->max + 1, UINT32_C(1) << 31, UINT32_MAX,
	};
	struct pcm *pcm = row->ring == RECORDING ? CAPTURE(&rg) : PLAY(&rg);
	unsigned wrong = 0;

	for (unsigned i = 0; i < EDGES; i++) {
		int answer;

		bring_to(row, pcm);
		answer = ask(row, pcm, values[i]);
		if (answer != row->answer[i]) {
			print_message("# %s = %u: %d, not %d\n", row->name, values[i], answer,
				      row->answer[i]);
			wrong++;
		}
		bring_back(row, pcm);
	}
	return wrong;
}

static void every_field_at_every_edge_has_its_defined_answer(void **state)
{
	unsigned wrong = 0;

	rig_start(&rg, 80);
	assert_int_equal(guest_buffer_alloc(&rg.guest, &sound_buffer, BUFFER), 0);
	assert_int_equal(guest_buffer_alloc(&rg.guest, &display_buffer, SIZE), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		wrong += check(&rows[i]);
	assert_int_equal(guest_buffer_free(&rg.guest, &sound_buffer), 0);
	assert_int_equal(guest_buffer_free(&rg.guest, &display_buffer), 0);
	assert_int_equal(wrong, 0);
	rig_stop(&rg);
}

static void an_operation_that_does_not_exist_is_answered_so(void **state)
{
	rig_start(&rg, 81);
	for (unsigned op = 0; op < 256; op++) {
		struct xensnd_req snd = {.operation = (uint8_t)op};
		struct xendispl_req displ = {.operation = (uint8_t)op};

		if (op > XENSND_OP_HW_PARAM_QUERY)
			assert_int_equal(ask_sound(PLAY(&rg), &snd), -EOPNOTSUPP);
		if (op < XENDISPL_OP_DBUF_CREATE || op > XENDISPL_OP_GET_EDID)
			assert_int_equal(ask_display(&displ), -EOPNOTSUPP);
	}
	rig_stop(&rg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_field_at_every_edge_has_its_defined_answer),
		TEST(an_operation_that_does_not_exist_is_answered_so),
	};

	return rig_main("fields", tests);
}
