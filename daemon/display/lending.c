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

void lending_end(struct lending *lending)
{
	lending->ended = true;
	lending->making = NULL;
	for (unsigned i = 0; i < HANDOUTS; i++)
		handout_free(&lending->handouts.all[i]);
}

/* Ask the consumer to release it. */
static void recall(struct lending *lending, struct handout *handout)
{
	handout->state = HANDOUT_LEAVING;
	lending->listener->gone(handout_index(&lending->handouts, handout), lending->data);
}

/* A guest with more buffers than there are indices never waits for one: the oldest goes in time,
 * but not what is shown now or was before it. */
static void make_room(struct lending *lending)
{
	struct handout *spare = handouts_spare(&lending->handouts, lending->serial);

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
	const struct offers *offers = lending->offers;
	const struct connector_buffer buffer = {
		.index = handout_index(&lending->handouts, handout),
		.size_bytes = lending->lend.size_bytes,
		.way = lending->lend.way,
		.offset_bytes = lending->lend.offset_bytes,
		.offered = offers ? offers_index(offers, gbuf_offer_key(handout->gbuf)) : 0,
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
	log_info_from(lending->context->log, "A buffer of connector %u is copied: %s",
		      lending->index, why);
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
		lend_passed(&lending->lend); /* but it stays lent */
	} else {
		lend_end(&lending->lend);
	}
	lending->lent(lending);
}

bool lending_start(struct lending *lending, struct gbuf *gbuf)
{
	struct handout *handout;
	int rc;

	if (!lending->ways)
		return false;
	handout = handouts_add(&lending->handouts, gbuf, HANDOUT_MAKING);
	if (!handout) {
		make_room(lending); /* for the next one */
		return false;
	}
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
		.buffer = handout_index(&lending->handouts, handout),
		.offset_bytes = (uint32_t)region->src_offset_bytes,
		.width_px = region->width_px,
		.height_px = region->height_px,
		.stride_bytes = (uint32_t)region->src_stride_bytes,
		.fourcc = region->fourcc,
	};
}

int lending_freed(struct lending *lending, uint32_t index, uint64_t *serial)
{
	struct handout *handout = handouts_at(&lending->handouts, index);

	if (!handout)
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
		struct handout *handout = &lending->handouts.all[i];

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
		if (!gbuf || lending->handouts.all[i].gbuf == gbuf)
			handout_free(&lending->handouts.all[i]);
}
