/* SPDX-License-Identifier: MIT */
/*
 * Buffers that the consumer which drives a connector offers for what its guest wants to be supplied
 * with.  Offers end with the claim; what a guest has of them by then it keeps.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>

#include "base/closer.h"
#include "display/display-priv.h"
#include "report/log.h"
#include "xen/dmabuf.h"
#include "xenshbuf.h"

static void end(struct display *display, struct offer *offer)
{
	if (offer->it.key == 0)
		return;
	supply_end_offer(display->env->supply, offer->it.key);
	closer_close(offer->it.fd, NOBODY);
	*offer = (struct offer){0};
}

void offers_end(struct connector *conn)
{
	for (unsigned i = 0; i < XENAV_MAX_OFFERS; i++)
		end(conn->display, &conn->offers[i]);
}

static int check(const struct display *display, uint32_t size_bytes, int fd)
{
	if (!display->be_alloc || !display->guest.policy.be_alloc)
		return -EPERM;
	if (size_bytes == 0 || size_bytes % XENSHBUF_PAGE_BYTES != 0 ||
	    dmabuf_size_bytes(fd) < size_bytes)
		return -EINVAL;
	return dmabuf_can_import() ? 0 : -EOPNOTSUPP;
}

int connector_offer(struct connector *conn, uint32_t index, uint32_t size_bytes, int fd)
{
	static uint64_t last_key;
	struct display *display = conn->display;
	struct offer *offer;
	int rc;

	if (!conn->claims[CONNECTOR_DRIVER] || index >= XENAV_MAX_OFFERS)
		return -EINVAL;
	rc = check(display, size_bytes, fd);
	if (rc < 0)
		return rc;
	offer = &conn->offers[index];
	if (offer->it.key && supply_offer_is_taken(display->env->supply, offer->it.key))
		return -EBUSY;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	end(display, offer);
	offer->it = (struct supply_offer){
		.key = ++last_key,
		.fd = fd,
		.pages = xenshbuf_pages(size_bytes),
	};
	return 0;
}

static bool fits(const struct display *display, const struct offer *offer, uint32_t pages)
{
	return offer->it.key != 0 && !offer->failed && offer->it.pages >= pages &&
	       !supply_offer_is_taken(display->env->supply, offer->it.key);
}

struct offer *offers_fitting(struct display *display, uint32_t size_bytes)
{
	const uint32_t pages = xenshbuf_pages(size_bytes);
	struct offer *best = NULL;

	for (unsigned i = 0; i < display->n_connectors; i++) {
		struct offer *offers = display->connectors[i].offers;

		for (unsigned j = 0; j < XENAV_MAX_OFFERS; j++)
			if (fits(display, &offers[j], pages) &&
			    (!best || offers[j].it.pages < best->it.pages))
				best = &offers[j];
	}
	return best;
}

void offers_failed(struct display *display, uint64_t key, const char *why)
{
	for (unsigned i = 0; i < display->n_connectors; i++) {
		struct connector *conn = &display->connectors[i];

		for (unsigned j = 0; j < XENAV_MAX_OFFERS; j++) {
			if (conn->offers[j].it.key != key)
				continue;
			conn->offers[j].failed = true;
			log_info_from(
				display->log,
				"Buffer %u that a consumer offers for connector %u is not used: %s",
				j, conn->index, why);
		}
	}
}

uint32_t offers_index(const struct connector *conn, uint64_t key)
{
	for (unsigned i = 0; key && i < XENAV_MAX_OFFERS; i++)
		if (conn->offers[i].it.key == key)
			return i + 1;
	return 0;
}
