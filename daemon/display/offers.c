/* SPDX-License-Identifier: MIT */
/* See offers.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>

#include "base/closer.h"
#include "display/context.h"
#include "display/offers.h"
#include "xen/dmabuf.h"
#include "xenshbuf.h"

static void end(struct offer *offer, struct supply *supply)
{
	if (offer->it.key == 0)
		return;
	supply_end_offer(supply, offer->it.key);
	closer_close(offer->it.fd, NOBODY);
	*offer = (struct offer){0};
}

void offers_end(struct offers *offers, struct supply *supply)
{
	for (unsigned i = 0; i < XENAV_MAX_OFFERS; i++)
		end(&offers->all[i], supply);
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

int offers_put(struct offers *offers, const struct display_context *context, uint32_t index,
	       uint32_t size_bytes, int fd)
{
	static uint64_t last_key;
	struct offer *offer;
	int rc;

	if (index >= XENAV_MAX_OFFERS)
		return -EINVAL;
	rc = check(context, size_bytes, fd);
	if (rc < 0)
		return rc;
	offer = &offers->all[index];
	if (offer->it.key && supply_offer_is_taken(context->env->supply, offer->it.key))
		return -EBUSY;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	end(offer, context->env->supply);
	offer->it = (struct supply_offer){
		.key = ++last_key,
		.fd = fd,
		.pages = xenshbuf_pages(size_bytes),
	};
	return 0;
}

struct offer *offers_fitting(struct offers *offers, const struct supply *supply, uint32_t pages)
{
	struct offer *best = NULL;

	for (unsigned i = 0; i < XENAV_MAX_OFFERS; i++) {
		struct offer *offer = &offers->all[i];

		if (offer->it.key != 0 && !offer->failed && offer->it.pages >= pages &&
		    (!best || offer->it.pages < best->it.pages) &&
		    !supply_offer_is_taken(supply, offer->it.key))
			best = offer;
	}
	return best;
}

struct offer *offers_find(struct offers *offers, uint64_t key)
{
	const uint32_t index = offers_index(offers, key);

	return index ? &offers->all[index - 1] : NULL;
}

uint32_t offers_index(const struct offers *offers, uint64_t key)
{
	for (unsigned i = 0; key && i < XENAV_MAX_OFFERS; i++)
		if (offers->all[i].it.key == key)
			return i + 1;
	return 0;
}
