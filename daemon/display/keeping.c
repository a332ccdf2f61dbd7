/* SPDX-License-Identifier: MIT */
/* See keeping.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "buffer/gbuf.h"
#include "display/context.h"
#include "display/keeping.h"
#include "display/screen.h"
#include "display/tables.h"
#include "journal/journal.h"
#include "xen/displif.h"

_Static_assert(sizeof(struct kept_dbuf) == 56, "a record has no padding");
_Static_assert(sizeof(struct kept_fb) == 40, "a record has no padding");
_Static_assert(sizeof(struct kept_screen) == 40 + 8 * FLIPS_MAX_OWED, "a record has no padding");
_Static_assert(sizeof(struct kept_screen) <= JOURNAL_DATA_BYTES, "a screen fits a record");

/* -------- records -------- */

/* Only a request that was under way can have left a response that is not published: it is the next
 * one. */
static bool is_next(uint32_t response, uint32_t rsp_prod)
{
	return response == rsp_prod + 1;
}

bool kept_counts(const struct kept_span *span, uint32_t rsp_prod)
{
	if (is_next(span->born, rsp_prod))
		return false;
	return !span->ending || is_next(span->dies, rsp_prod);
}

int kept_dbuf_check(const struct kept_dbuf *kept, struct dbuf_shape *shape)
{
	if (kept->cookie == 0)
		return -EINVAL;
	/* An imported buffer cannot be supplied. */
	if (kept->kind != GBUF_MAPPED && kept->bpp == 0)
		return -EINVAL;
	return dbuf_shape_init(shape, kept->size_bytes, kept->data_ofs, kept->width_px,
			       kept->height_px, kept->bpp);
}

int kept_screen_flips(const struct kept_screen *kept, uint32_t rsp_prod, uint32_t event_prod,
		      uint64_t flips[FLIPS_MAX_OWED])
{
	const uint32_t n_sent = event_prod - kept->first_event;
	uint32_t n = kept->n_flips;

	if (n > FLIPS_MAX_OWED)
		return -EINVAL;
	if (n == 0)
		return 0;
	if (is_next(kept->born, rsp_prod))
		n--;
	if (n_sent > n)
		return -EINVAL;
	memcpy(flips, kept->flips + n_sent, (n - n_sent) * sizeof *flips);
	return (int)(n - n_sent);
}

/* -------- writing -------- */

static struct journal *journal_of(const struct display_context *context)
{
	return context->env->xen->journal;
}

static struct journal_key key_of(const struct display_context *context, uint8_t type,
				 uint16_t channel, uint64_t id)
{
	return (struct journal_key){
		.type = type,
		.kind = JOURNAL_DISPLAY,
		.domid = context->guest.domid,
		.devid = context->devid,
		.channel = channel,
		.id = id,
	};
}

/* All of them are made by requests on the ring of connector 0. */
static uint32_t next_response(const struct tables *tables)
{
	return channel_rsp_prod(&tables->connectors[0].channel) + 1;
}

void keeping_dbuf(const struct tables *tables, struct dbuf *dbuf,
		  const struct xendispl_dbuf_create_req *create)
{
	const struct display_context *context = tables->context;
	const struct journal_key key = key_of(context, JOURNAL_DBUF, 0, dbuf->cookie);
	const struct kept_dbuf kept = {
		.cookie = dbuf->cookie,
		.size_bytes = create->buffer_sz,
		.data_ofs = dbuf->shape.data_ofs,
		.width_px = create->width,
		.height_px = create->height,
		.bpp = create->bpp,
		.gref_directory = create->gref_directory,
		.kind = gbuf_kind(dbuf->gbuf),
		.number = gbuf_number(dbuf->gbuf),
		.span.born = next_response(tables),
	};

	dbuf->slot = journal_add(journal_of(context), &key, &kept, sizeof kept);
}

void keeping_fb(const struct tables *tables, struct fb *fb,
		const struct xendispl_fb_attach_req *attach)
{
	const struct display_context *context = tables->context;
	const struct journal_key key = key_of(context, JOURNAL_FB, 0, fb->cookie);
	const struct kept_fb kept = {
		.cookie = fb->cookie,
		.dbuf_cookie = attach->dbuf_cookie,
		.width_px = attach->width,
		.height_px = attach->height,
		.fourcc = attach->pixel_format,
		.span.born = next_response(tables),
	};

	fb->slot = journal_add(journal_of(context), &key, &kept, sizeof kept);
}

/* Both records begin with other fields, so the span is found by their type. */
static void end_span(struct journal_slot *slot, struct kept_span *span, void *kept, size_t size,
		     uint32_t dies)
{
	journal_read(slot, kept, size);
	span->dies = dies;
	span->ending = 1;
	journal_write(slot, kept, size);
}

void keeping_ends(struct tables *tables, struct journal_slot *slot)
{
	const uint32_t dies = next_response(tables);
	struct kept_dbuf dbuf;
	struct kept_fb fb;

	if (!slot)
		return;
	if (journal_key(slot)->type == JOURNAL_DBUF)
		end_span(slot, &dbuf.span, &dbuf, sizeof dbuf, dies);
	else
		end_span(slot, &fb.span, &fb, sizeof fb, dies);
	tables->ending[tables->n_ending++] = slot;
}

void keeping_answered(struct tables *tables)
{
	while (tables->n_ending > 0)
		journal_remove(tables->ending[--tables->n_ending]);
}

void keeping_screen(struct connector *conn)
{
	const struct journal_key key =
		key_of(conn->context, JOURNAL_SCREEN, conn->index, conn->index);
	struct kept_screen kept = {
		.fb_cookie = conn->picture.gbuf ? conn->picture.fb_cookie : 0,
		.view = conn->view,
		.configured = conn->configured,
		.first_event = channel_event_prod(&conn->channel),
		.born = conn->flip_born,
	};

	if (!journal_of(conn->context))
		return;
	kept.n_flips = flips_list(&conn->flips, kept.flips);
	if (conn->slot)
		journal_write(conn->slot, &kept, sizeof kept);
	else
		conn->slot = journal_add(journal_of(conn->context), &key, &kept, sizeof kept);
}
