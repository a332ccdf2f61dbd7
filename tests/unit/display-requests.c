/* SPDX-License-Identifier: MIT */
/* The requests of display-fake.h. */
#include <config.h>

#include <string.h>

#include "display-fake.h"

/* Unused bytes have the slot's old contents. */
static struct xendispl_req req_of(uint8_t operation)
{
	struct xendispl_req req;

	memset(&req, 0xa5, sizeof req);
	req.operation = operation;
	return req;
}

struct xendispl_req req_dbuf_create(uint64_t cookie, uint32_t w, uint32_t h, uint32_t bpp,
				    uint32_t size, uint32_t gref)
{
	struct xendispl_req req = req_of(XENDISPL_OP_DBUF_CREATE);

	req.op.dbuf_create.dbuf_cookie = cookie;
	req.op.dbuf_create.width = w;
	req.op.dbuf_create.height = h;
	req.op.dbuf_create.bpp = bpp;
	req.op.dbuf_create.buffer_sz = size;
	req.op.dbuf_create.gref_directory = gref;
	req.op.dbuf_create.data_ofs = 0;
	return req;
}

struct xendispl_req req_dbuf_destroy(uint64_t cookie)
{
	struct xendispl_req req = req_of(XENDISPL_OP_DBUF_DESTROY);

	req.op.dbuf_destroy.dbuf_cookie = cookie;
	return req;
}

struct xendispl_req req_fb_attach(uint64_t dbuf, uint64_t fb, uint32_t w, uint32_t h,
				  uint32_t fourcc)
{
	struct xendispl_req req = req_of(XENDISPL_OP_FB_ATTACH);

	req.op.fb_attach.dbuf_cookie = dbuf;
	req.op.fb_attach.fb_cookie = fb;
	req.op.fb_attach.width = w;
	req.op.fb_attach.height = h;
	req.op.fb_attach.pixel_format = fourcc;
	return req;
}

struct xendispl_req req_fb_detach(uint64_t fb)
{
	struct xendispl_req req = req_of(XENDISPL_OP_FB_DETACH);

	req.op.fb_detach.fb_cookie = fb;
	return req;
}

struct xendispl_req req_set_config(uint64_t fb, uint32_t x, uint32_t y, uint32_t w, uint32_t h,
				   uint32_t bpp)
{
	struct xendispl_req req = req_of(XENDISPL_OP_SET_CONFIG);

	req.op.set_config.fb_cookie = fb;
	req.op.set_config.x = x;
	req.op.set_config.y = y;
	req.op.set_config.width = w;
	req.op.set_config.height = h;
	req.op.set_config.bpp = bpp;
	return req;
}

struct xendispl_req req_pg_flip(uint64_t fb)
{
	struct xendispl_req req = req_of(XENDISPL_OP_PG_FLIP);

	req.op.pg_flip.fb_cookie = fb;
	return req;
}

struct xendispl_req req_get_edid(uint32_t size, uint32_t gref)
{
	struct xendispl_req req = req_of(XENDISPL_OP_GET_EDID);

	req.op.get_edid.buffer_sz = size;
	req.op.get_edid.gref_directory = gref;
	return req;
}
