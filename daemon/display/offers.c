/* SPDX-License-Identifier: MIT */
/* See offers.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>

#include "base/closer.h"
#include "display/context.h"
#include "display/offers.h"
#include "report/log.h"
#include "xen/dmabuf.h"
#include "xenshbuf.h"

static void end(struct offers *offers, struct offer *offer)
{
	if (offer->it.key == 0)
		return;
	supply_end_offer(offers->context->env->supply, offer->it.key);
	closer_close(offer->it.fd, NOBODY);
	*offer = (struct offer){0};
}

void offers_end(struct offers *offers, unsigned connector)
{
	for (unsigned i = 0; i < XENAV_MAX_OFFERS; i++)
		end(offers, &offers->all[connector][i]);
}

static int check(const struct display_context *context, uint32_t size_bytes, int fd)
{
	if (!context->be_alloc || !context->guest.policy.be_alloc)
		return -EPERM;
	if (size_bytes == 0 || size_bytes % XENSHBUF_PAGE_BYTES != 0 ||
	    dmabuf_size_bytes(fd) < size_bytes)
		return -EINVAL;
	return dmabuf_can_import() ? 0 : -EOPNOTSUPP;
}

static bool is_taken(const struct offers *offers, const struct offer *offer)
{
	return offer->it.key && supply_offer_is_taken(offers->context->env->supply, offer->it.key);
}

int offers_put(struct offers *offers, unsigned connector, uint32_t index, uint32_t size_bytes,
	       int fd)
{
	static uint64_t last_key;
	struct offer *offer;
	int rc;

	if (index >= XENAV_MAX_OFFERS)
		return -EINVAL;
	rc = check(offers->context, size_bytes, fd);
	if (rc < 0)
		return rc;
	offer = &offers->all[connector][index];
	if (is_taken(offers, offer))
		return -EBUSY;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	end(offers, offer);
	offer->it = (struct supply_offer){
		.key = ++last_key,
		.fd = fd,
		.pages = xenshbuf_pages(size_bytes),
	};
	return 0;
}

const struct offer *offers_fitting(const struct offers *offers, uint32_t size_bytes)
{
	const uint32_t pages = xenshbuf_pages(size_bytes);
	const struct offer *best = NULL;

	for (unsigned i = 0; i < DISPLAY_MAX_CONNECTORS; i++)
		for (unsigned j = 0; j < XENAV_MAX_OFFERS; j++) {
			const struct offer *offer = &offers->all[i][j];

			if (offer->it.key != 0 && !offer->failed && offer->it.pages >= pages &&
			    (!best || offer->it.pages < best->it.pages) && !is_taken(offers, offer))
				best = offer;
		}
	return best;
}

void offers_fail(struct offers *offers, uint64_t key, const char *why)
{
	for (unsigned i = 0; i < DISPLAY_MAX_CONNECTORS; i++) {
		const uint32_t index = offers_index(offers, i, key);

		if (index == 0)
			continue;
		offers->all[i][index - 1].failed = true;
		log_about(offers->context->log, LOG_LEVEL_INFO, LOG_CONNECTOR(i),
			  "Buffer %u that a consumer offers for connector %u is not used: %s",
			  index - 1, i, why);
	}
}

uint32_t offers_index(const struct offers *offers, unsigned connector, uint64_t key)
{
	for (unsigned i = 0; key && i < XENAV_MAX_OFFERS; i++)
		if (offers->all[connector][i].it.key == key)
			return i + 1;
	return 0;
}
