/* SPDX-License-Identifier: MIT */
/*
 * See recall.h.  What an earlier process wrote is checked like a request.  Records that do not
 * count are removed; see keeping.h.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/gbuf.h"
#include "display/context.h"
#include "display/keeping.h"
#include "display/recall.h"
#include "display/screen.h"
#include "display/tables.h"
#include "journal/journal.h"
#include "report/log.h"

struct recall;

struct mapping {
	struct recall *recall;
	struct dbuf *dbuf;
	bool ending;
};

struct recall {
	struct tables *tables;
	void (*done)(int rc, void *data);
	void *data;
	unsigned n_under_way; /* mappings, and the reading of the records */
	int rc;               /* the first error */
	unsigned n_mappings;
	struct mapping mappings[TABLES_MAX_DBUFS];
};

static int refuse(struct recall *recall, int rc, const char *why)
{
	log_warn_from(recall->tables->context->log, "Cannot go on as before the restart: %s (%s)",
		      why, strerror(-rc));
	return rc;
}

/* Call take for each record of that type. */
static int for_each(struct recall *recall, uint8_t type,
		    int (*take)(struct recall *recall, struct journal_slot *slot))
{
	const struct display_context *context = recall->tables->context;
	struct journal *journal = context->env->xen->journal;
	const struct journal_key device = {
		.kind = JOURNAL_DISPLAY,
		.domid = context->guest.domid,
		.devid = context->devid,
	};
	struct journal_slot *slot = journal_next(journal, &device, type, NULL);
	int rc = 0;

	while (slot && rc == 0) {
		struct journal_slot *next = journal_next(journal, &device, type, slot);

		rc = take(recall, slot);
		slot = next;
	}
	return rc;
}

static uint32_t generic_rsp_prod(const struct recall *recall)
{
	return channel_rsp_prod(&recall->tables->connectors[0].channel);
}

/* -------- screens -------- */

static int take_screen(struct recall *recall, struct journal_slot *slot)
{
	struct tables *tables = recall->tables;
	const unsigned index = journal_key(slot)->channel;
	uint64_t flips[FLIPS_MAX_OWED];
	struct kept_screen kept;
	struct connector *conn;
	struct fb *fb;
	int n;

	journal_read(slot, &kept, sizeof kept);
	if (index >= tables->n_connectors || tables->connectors[index].slot)
		return refuse(recall, -EINVAL, "a record of no connector");
	conn = &tables->connectors[index];
	conn->slot = slot;
	fb = fb_find(tables, kept.fb_cookie);
	n = kept_screen_flips(&kept, channel_rsp_prod(&conn->channel),
			      channel_event_prod(&conn->channel), flips);
	if (n < 0)
		return refuse(recall, n, "the page flips of a connector do not fit its events");
	if (kept.configured > 1 || (kept.fb_cookie && (!kept.configured || !fb)) ||
	    screen_recall(conn, fb && fb->gbuf ? fb : NULL, &kept.view, kept.configured) < 0)
		return refuse(recall, -EINVAL, "a connector cannot show what it showed");
	conn->flip_born = kept.born;
	flips_recall(&conn->flips, flips, (unsigned)n);
	return 0;
}

/* -------- framebuffers -------- */

static int take_fb(struct recall *recall, struct journal_slot *slot)
{
	struct tables *tables = recall->tables;
	const struct dbuf *dbuf;
	struct fb_shape shape;
	struct kept_fb kept;
	struct fb *fb;

	journal_read(slot, &kept, sizeof kept);
	if (!kept_counts(&kept.span, generic_rsp_prod(recall))) {
		journal_remove(slot);
		return 0;
	}
	dbuf = dbuf_find(tables, kept.dbuf_cookie);
	fb = fb_free_entry(tables);
	if (kept.cookie == 0 || !dbuf || !fb || fb_find(tables, kept.cookie) ||
	    fb_shape_init(&shape, &dbuf->shape, kept.width_px, kept.height_px, kept.fourcc) < 0)
		return refuse(recall, -EINVAL, "a framebuffer does not fit its display buffer");
	*fb = (struct fb){
		.cookie = kept.cookie,
		.gbuf = dbuf->gbuf,
		.shape = shape,
		.slot = slot,
	};
	return 0;
}

/* -------- display buffers -------- */

static void end(struct recall *recall)
{
	void (*done)(int rc, void *data) = recall->done;
	void *data = recall->data;
	int rc = recall->rc;

	if (--recall->n_under_way > 0)
		return;
	if (recall->tables->context->dead) {
		free(recall);
		return;
	}
	if (rc == 0)
		rc = for_each(recall, JOURNAL_FB, take_fb);
	if (rc == 0)
		rc = for_each(recall, JOURNAL_SCREEN, take_screen);
	free(recall);
	done(rc, data);
}

static void on_mapped(struct gbuf *gbuf, int rc, void *data)
{
	const struct mapping *mapping = data;
	struct recall *recall = mapping->recall;
	const struct display_context *context = recall->tables->context;

	if (context->dead)
		gbuf_unmap(context->env->xen, gbuf, NULL, NULL);
	else if (rc == 0)
		mapping->dbuf->gbuf = gbuf;
	else if (!mapping->ending && recall->rc == 0)
		/* The guest may have given up waiting for the end of a buffer. */
		recall->rc =
			refuse(recall, rc,
			       gbuf_explain(&context->guest, mapping->dbuf->shape.size_bytes, rc));
	end(recall);
}

static int map(struct recall *recall, struct dbuf *dbuf, const struct kept_dbuf *kept)
{
	const struct display_context *context = recall->tables->context;
	struct mapping *mapping = &recall->mappings[recall->n_mappings++];
	int rc;

	*mapping = (struct mapping){recall, dbuf, kept->span.ending};
	rc = gbuf_map(context->env->xen, &context->guest, kept->gref_directory, kept->size_bytes,
		      false, on_mapped, mapping);
	if (rc < 0)
		return refuse(recall, rc, gbuf_explain(&context->guest, kept->size_bytes, rc));
	recall->n_under_way++;
	return 0;
}

static int take_back(struct recall *recall, struct dbuf *dbuf, const struct kept_dbuf *kept)
{
	const struct display_context *context = recall->tables->context;
	int rc;

	if (!context->be_alloc || !context->guest.policy.be_alloc)
		return refuse(recall, -EPERM,
			      "this guest may not be supplied with buffers (be-alloc in "
			      "xenavd.conf)");
	rc = gbuf_recall(&dbuf->gbuf, context->env->supply, &context->guest, kept->number,
			 kept->gref_directory, kept->size_bytes);
	return rc < 0 ? refuse(recall, rc, "a buffer that was supplied is gone") : 0;
}

static int get_memory(struct recall *recall, struct dbuf *dbuf, const struct kept_dbuf *kept)
{
	switch (kept->kind) {
	case GBUF_MAPPED:
		return map(recall, dbuf, kept);
	case GBUF_SUPPLIED:
		return take_back(recall, dbuf, kept);
	case GBUF_OFFERED:
		return refuse(recall, -EOPNOTSUPP, "the guest uses the memory of a consumer");
	default:
		return refuse(recall, -EINVAL, "a display buffer of an unknown kind");
	}
}

static int take_dbuf(struct recall *recall, struct journal_slot *slot)
{
	struct tables *tables = recall->tables;
	struct dbuf_shape shape;
	struct kept_dbuf kept;
	struct dbuf *dbuf;

	journal_read(slot, &kept, sizeof kept);
	if (!kept_counts(&kept.span, generic_rsp_prod(recall))) {
		journal_remove(slot);
		return 0;
	}
	dbuf = dbuf_free_entry(tables);
	if (!dbuf || dbuf_find(tables, kept.cookie) || kept_dbuf_check(&kept, &shape) < 0)
		return refuse(recall, -EINVAL, "size and geometry of a display buffer do not fit");
	*dbuf = (struct dbuf){.cookie = kept.cookie, .shape = shape, .slot = slot};
	return get_memory(recall, dbuf, &kept);
}

void recall_display(struct tables *tables, void (*done)(int rc, void *data), void *data)
{
	struct recall *recall = calloc(1, sizeof *recall);

	if (!recall) {
		done(-ENOMEM, data);
		return;
	}
	recall->tables = tables;
	recall->done = done;
	recall->data = data;
	recall->n_under_way = 1;
	recall->rc = for_each(recall, JOURNAL_DBUF, take_dbuf);
	end(recall);
}
