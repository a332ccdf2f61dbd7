/* SPDX-License-Identifier: MIT */
/* See lending.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "base/container.h"
#include "buffer/gbuf.h"
#include "display/context.h"
#include "display/lending.h"
#include "display/offers.h"
#include "report/log.h"

static bool is_out(const struct handout *handout)
{
	return handout->state == HANDOUT_GIVEN || handout->state == HANDOUT_LEAVING;
}

static uint32_t index_of(const struct lending *lending, const struct handout *handout)
{
	return HANDOUT_FIRST + (uint32_t)(handout - lending->all);
}

struct handout *lending_find(struct lending *lending, const struct gbuf *gbuf)
{
	for (unsigned i = 0; i < HANDOUTS; i++)
		if (lending->all[i].state != HANDOUT_FREE && lending->all[i].gbuf == gbuf)
			return &lending->all[i];
	return NULL;
}

bool lending_has(const struct lending *lending, const struct gbuf *gbuf)
{
	for (unsigned i = 0; i < HANDOUTS; i++)
		if (is_out(&lending->all[i]) && (!gbuf || lending->all[i].gbuf == gbuf))
			return true;
	return false;
}

/* Take back what the handout has lent. */
static void handout_free(struct handout *handout)
{
	if (is_out(handout))
		lend_end(&handout->lend);
	*handout = (struct handout){.lend = LEND_INIT};
}

void lending_end(struct lending *lending)
{
	lending->ended = true;
	lending->making = NULL;
	for (unsigned i = 0; i < HANDOUTS; i++)
		handout_free(&lending->all[i]);
}

/* Ask the consumer to release it. */
static void recall(struct lending *lending, struct handout *handout)
{
	handout->state = HANDOUT_LEAVING;
	lending->listener->gone(index_of(lending, handout), lending->data);
}

/* The handout of the oldest frame, but not of the last frame or the one before.  NULL while a
 * handout is free, or soon will be. */
static struct handout *find_spare(struct lending *lending)
{
	struct handout *oldest = NULL;

	for (unsigned i = 0; i < HANDOUTS; i++) {
		struct handout *handout = &lending->all[i];

		if (handout->state == HANDOUT_FREE || handout->state == HANDOUT_LEAVING)
			return NULL;
		if (handout->state != HANDOUT_MAKING && handout->serial < lending->serial &&
		    (!oldest || handout->serial < oldest->serial))
			oldest = handout;
	}
	return oldest;
}

/* A guest with more buffers than there are indices never waits for one: the oldest goes in time. */
static void make_room(struct lending *lending)
{
	struct handout *spare = find_spare(lending);

	if (!spare)
		return;
	if (spare->state == HANDOUT_GIVEN)
		recall(lending, spare);
	else
		handout_free(spare);
}

static void run_lend(struct job *job)
{
	lend_run(&CONTAINER(job, struct lending, job)->lend);
}

/* Announce what has been lent. */
static void give_buffer(struct lending *lending, struct handout *handout)
{
	const struct connector_buffer buffer = {
		.index = index_of(lending, handout),
		.size_bytes = lending->lend.size_bytes,
		.way = lending->lend.way,
		.offset_bytes = lending->lend.offset_bytes,
		.offered = lending->drives ? offers_index(lending->context->offers, lending->index,
							  gbuf_offer_key(handout->gbuf))
					   : 0,
		.fd = lending->lend.fd,
	};

	handout->state = HANDOUT_GIVEN;
	handout->lend = lending->lend;
	handout->lend.fd = -1;
	handout->lend.gbuf = NULL;
	handout->serial = lending->serial;
	lending->listener->buffer(&buffer, lending->data);
	if (!lending->ended)
		make_room(lending);
}

static void refuse(struct lending *lending, struct handout *handout, const char *why)
{
	handout->state = HANDOUT_REFUSED;
	handout->serial = lending->serial;
	log_about(lending->context->log, LOG_LEVEL_INFO, LOG_CONNECTOR(lending->index),
		  "A buffer of connector %u is copied: %s", lending->index, why);
}

static void on_lent(struct job *job)
{
	struct lending *lending = CONTAINER(job, struct lending, job);
	struct handout *handout = lending->making;

	lending->making = NULL;
	if (handout && lending->lend.rc < 0)
		refuse(lending, handout, strerror(-lending->lend.rc));
	if (handout && lending->lend.rc == 0) {
		give_buffer(lending, handout);
		lend_passed(&lending->lend);
	} else {
		lend_end(&lending->lend);
	}
	lending->lent(lending);
}

static struct handout *find_free(struct lending *lending)
{
	for (unsigned i = 0; i < HANDOUTS; i++)
		if (lending->all[i].state == HANDOUT_FREE)
			return &lending->all[i];
	return NULL;
}

bool lending_start(struct lending *lending, struct gbuf *gbuf)
{
	struct handout *handout;
	int rc;

	if (!lending->ways)
		return false;
	handout = find_free(lending);
	if (!handout) {
		make_room(lending); /* for the next buffer */
		return false;
	}
	handout->state = HANDOUT_MAKING;
	handout->gbuf = gbuf;
	rc = lend_begin(&lending->lend, gbuf, lending->ways);
	if (rc == -EOPNOTSUPP) {
		/* Nothing to log: the kernel cannot, or no consumer could use this buffer. */
		handout->state = HANDOUT_REFUSED;
		return false;
	}
	if (rc < 0) {
		refuse(lending, handout, rc == -ENOSPC ? "too many pages are lent" : strerror(-rc));
		return false;
	}
	lending->making = handout;
	lending->job.run = run_lend;
	lending->job.done = on_lent;
	worker_submit(lending->context->env->xen->worker, &lending->job);
	return true;
}

struct connector_frame lending_frame(struct lending *lending, struct handout *handout,
				     const struct region *region, uint64_t serial)
{
	handout->serial = serial;
	return (struct connector_frame){
		.serial = serial,
		.buffer = index_of(lending, handout),
		.offset_bytes = (uint32_t)region->src_offset_bytes,
		.width_px = region->width_px,
		.height_px = region->height_px,
		.stride_bytes = (uint32_t)region->src_stride_bytes,
		.fourcc = region->fourcc,
	};
}

int lending_freed(struct lending *lending, uint32_t index, uint64_t *serial)
{
	struct handout *handout;

	if (index < HANDOUT_FIRST || index >= HANDOUT_FIRST + HANDOUTS)
		return -EINVAL;
	handout = &lending->all[index - HANDOUT_FIRST];
	if (!is_out(handout))
		return -EINVAL;
	if (handout->state == HANDOUT_LEAVING) {
		handout_free(handout);
		return 0;
	}
	lend_end(&handout->lend);
	*serial = handout->serial;
	refuse(lending, handout, "the consumer cannot use it");
	return 1;
}

void lending_take_back(struct lending *lending, const struct gbuf *gbuf)
{
	for (unsigned i = 0; i < HANDOUTS && !lending->ended; i++) {
		struct handout *handout = &lending->all[i];

		if (handout->state == HANDOUT_FREE || (gbuf && handout->gbuf != gbuf))
			continue;
		if (handout == lending->making)
			lending->making = NULL;
		if (handout->state == HANDOUT_GIVEN)
			recall(lending, handout);
		else if (handout->state != HANDOUT_LEAVING)
			handout_free(handout);
	}
}

void lending_give_up(struct lending *lending, const struct gbuf *gbuf)
{
	for (unsigned i = 0; i < HANDOUTS; i++)
		if (!gbuf || lending->all[i].gbuf == gbuf)
			handout_free(&lending->all[i]);
}
