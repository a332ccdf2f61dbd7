/* SPDX-License-Identifier: MIT */
/* The fields of displif.h, in the order in which they stand there. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "fields-priv.h"
#include "xen/displif.h"

#define WIDTH  64u
#define HEIGHT 48u
#define BPP    32u
#define SIZE   (WIDTH * HEIGHT * BPP / 8)
#define XR24   0x34325258u

#define AT(member) FIELD_AT(struct xendispl_req, member)
#define D          FIELD_DISPLAY

/* clang-format off */
const struct field_row fields_display[] = {
	{"DBUF_CREATE.(reserved of the header)", D, XENDISPL_OP_DBUF_CREATE, NO_DBUF,
	 FIELD_RESERVED, 1, {OK, OK, OK, OK, OK, OK, OK}},
	{"DBUF_CREATE.dbuf_cookie", D, XENDISPL_OP_DBUF_CREATE, NO_DBUF,
	 AT(op.dbuf_create.dbuf_cookie), UINT64_MAX, {INV, OK, OK, OK, INV, OK, OK}},
	/* A second CREATE replaces the first: Linux sends one after a time-out. */
	{"DBUF_CREATE.dbuf_cookie of one that is there", D, XENDISPL_OP_DBUF_CREATE, DBUF,
	 AT(op.dbuf_create.dbuf_cookie), DBUF_COOKIE, {INV, OK, OK, OK, OK, OK, OK}},
	{"DBUF_CREATE.width", D, XENDISPL_OP_DBUF_CREATE, NO_DBUF, AT(op.dbuf_create.width), WIDTH,
	 {INV, OK, OK, OK, INV, INV, INV}},
	{"DBUF_CREATE.height", D, XENDISPL_OP_DBUF_CREATE, NO_DBUF, AT(op.dbuf_create.height),
	 HEIGHT, {INV, OK, OK, OK, INV, INV, INV}},
	{"DBUF_CREATE.bpp", D, XENDISPL_OP_DBUF_CREATE, NO_DBUF, AT(op.dbuf_create.bpp), BPP,
	 {INV, OK, OK, OK, INV, INV, INV}},
	{"DBUF_CREATE.buffer_sz at least", D, XENDISPL_OP_DBUF_CREATE, NO_DBUF,
	 AT(op.dbuf_create.buffer_sz), SIZE, {INV, INV, INV, OK, OK, NOSP, NOSP}},
	{"DBUF_CREATE.buffer_sz, as granted", D, XENDISPL_OP_DBUF_CREATE, NO_DBUF,
	 AT(op.dbuf_create.buffer_sz), FIELD_PIXELS_BYTES, {INV, INV, OK, OK, INV, NOSP, NOSP}},
	/* More than is granted here, but as much as a domain may have. */
	{"DBUF_CREATE.buffer_sz at most", D, XENDISPL_OP_DBUF_CREATE, NO_DBUF,
	 AT(op.dbuf_create.buffer_sz), FIELD_DOMAIN_BYTES, {INV, INV, INV, INV, NOSP, NOSP, NOSP}},
	/* Without be-alloc nobody asks for anything there, and Linux leaves it as it is. */
	{"DBUF_CREATE.flags", D, XENDISPL_OP_DBUF_CREATE, NO_DBUF, AT(op.dbuf_create.flags),
	 XENDISPL_DBUF_FLG_REQ_ALLOC, {OK, OK, OK, OK, OK, OK, OK}},
	{"DBUF_CREATE.gref_directory", D, XENDISPL_OP_DBUF_CREATE, NO_DBUF,
	 AT(op.dbuf_create.gref_directory), 8191, {INV, FIELD_ERROR, FLT, FLT, FLT, FLT, FLT}},
	{"DBUF_CREATE.data_ofs", D, XENDISPL_OP_DBUF_CREATE, NO_DBUF, AT(op.dbuf_create.data_ofs),
	 0, {OK, INV, INV, OK, INV, INV, INV}},

	{"DBUF_DESTROY.dbuf_cookie", D, XENDISPL_OP_DBUF_DESTROY, DBUF,
	 AT(op.dbuf_destroy.dbuf_cookie), DBUF_COOKIE,
	 {NOEN, NOEN, NOEN, OK, NOEN, NOEN, NOEN}},

	{"FB_ATTACH.dbuf_cookie", D, XENDISPL_OP_FB_ATTACH, DBUF, AT(op.fb_attach.dbuf_cookie),
	 DBUF_COOKIE, {NOEN, NOEN, NOEN, OK, NOEN, NOEN, NOEN}},
	{"FB_ATTACH.fb_cookie", D, XENDISPL_OP_FB_ATTACH, DBUF, AT(op.fb_attach.fb_cookie),
	 UINT64_MAX, {INV, OK, OK, OK, INV, OK, OK}},
	{"FB_ATTACH.fb_cookie of one that is there", D, XENDISPL_OP_FB_ATTACH, FB,
	 AT(op.fb_attach.fb_cookie), FB_COOKIE, {INV, OK, OK, OK, OK, OK, OK}},
	{"FB_ATTACH.width", D, XENDISPL_OP_FB_ATTACH, DBUF, AT(op.fb_attach.width), WIDTH,
	 {INV, OK, OK, OK, INV, INV, INV}},
	{"FB_ATTACH.height", D, XENDISPL_OP_FB_ATTACH, DBUF, AT(op.fb_attach.height), HEIGHT,
	 {INV, OK, OK, OK, INV, INV, INV}},
	{"FB_ATTACH.pixel_format", D, XENDISPL_OP_FB_ATTACH, DBUF, AT(op.fb_attach.pixel_format),
	 XR24, {INV, INV, INV, OK, INV, INV, INV}},

	{"FB_DETACH.fb_cookie", D, XENDISPL_OP_FB_DETACH, FB, AT(op.fb_detach.fb_cookie),
	 FB_COOKIE, {NOEN, NOEN, NOEN, OK, NOEN, NOEN, NOEN}},

	/* 0 with all the rest: that is no reset. */
	{"SET_CONFIG.fb_cookie", D, XENDISPL_OP_SET_CONFIG, FB, AT(op.set_config.fb_cookie),
	 FB_COOKIE, {NOEN, NOEN, NOEN, OK, NOEN, NOEN, NOEN}},
	{"SET_CONFIG.x", D, XENDISPL_OP_SET_CONFIG, FB, AT(op.set_config.x), WIDTH - 1,
	 {OK, OK, OK, OK, INV, INV, INV}},
	{"SET_CONFIG.y", D, XENDISPL_OP_SET_CONFIG, FB, AT(op.set_config.y), HEIGHT - 1,
	 {OK, OK, OK, OK, INV, INV, INV}},
	/* Linux says how large the framebuffer is; what of it lies outside is cut off. */
	{"SET_CONFIG.width", D, XENDISPL_OP_SET_CONFIG, FB, AT(op.set_config.width), 800,
	 {INV, OK, OK, OK, OK, OK, OK}},
	{"SET_CONFIG.height", D, XENDISPL_OP_SET_CONFIG, FB, AT(op.set_config.height), 600,
	 {INV, OK, OK, OK, OK, OK, OK}},
	{"SET_CONFIG.bpp", D, XENDISPL_OP_SET_CONFIG, FB, AT(op.set_config.bpp), 64,
	 {INV, OK, OK, OK, INV, INV, INV}},

	{"PG_FLIP.fb_cookie", D, XENDISPL_OP_PG_FLIP, CONFIGURED, AT(op.pg_flip.fb_cookie),
	 FB_COOKIE, {NOEN, NOEN, NOEN, OK, NOEN, NOEN, NOEN}},
	{"PG_FLIP.fb_cookie of a dark connector", D, XENDISPL_OP_PG_FLIP, FB,
	 AT(op.pg_flip.fb_cookie), FB_COOKIE, {NOEN, NOEN, NOEN, INV, NOEN, NOEN, NOEN}},

	{"GET_EDID.buffer_sz", D, XENDISPL_OP_GET_EDID, NO_DBUF, AT(op.get_edid.buffer_sz),
	 XENDISPL_EDID_MAX_SIZE, {INV, INV, INV, OK, OK, OK, OK}},
	{"GET_EDID.gref_directory", D, XENDISPL_OP_GET_EDID, NO_DBUF,
	 AT(op.get_edid.gref_directory), 8191, {INV, FIELD_ERROR, FLT, FLT, FLT, FLT, FLT}},
};
/* clang-format on */
const size_t n_fields_display = sizeof fields_display / sizeof fields_display[0];

void field_display_request(uint8_t image[FIELD_SLOT_BYTES], uint8_t op, uint32_t gref)
{
	struct xendispl_req req = {.operation = op};

	switch (op) {
	case XENDISPL_OP_DBUF_CREATE:
		req.op.dbuf_create.dbuf_cookie = DBUF_COOKIE;
		req.op.dbuf_create.width = WIDTH;
		req.op.dbuf_create.height = HEIGHT;
		req.op.dbuf_create.bpp = BPP;
		req.op.dbuf_create.buffer_sz = SIZE;
		req.op.dbuf_create.gref_directory = gref;
		break;
	case XENDISPL_OP_DBUF_DESTROY:
		req.op.dbuf_destroy.dbuf_cookie = DBUF_COOKIE;
		break;
	case XENDISPL_OP_FB_ATTACH:
		req.op.fb_attach.dbuf_cookie = DBUF_COOKIE;
		req.op.fb_attach.fb_cookie = FB_COOKIE;
		req.op.fb_attach.width = WIDTH;
		req.op.fb_attach.height = HEIGHT;
		req.op.fb_attach.pixel_format = XR24;
		break;
	case XENDISPL_OP_FB_DETACH:
		req.op.fb_detach.fb_cookie = FB_COOKIE;
		break;
	case XENDISPL_OP_SET_CONFIG:
		req.op.set_config.fb_cookie = FB_COOKIE;
		req.op.set_config.width = WIDTH;
		req.op.set_config.height = HEIGHT;
		req.op.set_config.bpp = BPP;
		break;
	case XENDISPL_OP_PG_FLIP:
		req.op.pg_flip.fb_cookie = FB_COOKIE;
		break;
	case XENDISPL_OP_GET_EDID:
		req.op.get_edid.buffer_sz = XENDISPL_EDID_MAX_SIZE;
		req.op.get_edid.gref_directory = gref;
		break;
	default:
		break;
	}
	memcpy(image, &req, sizeof req);
}
