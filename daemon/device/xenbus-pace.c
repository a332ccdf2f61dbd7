/* SPDX-License-Identifier: MIT */
/* See xenbus-pace.h. */
#include <config.h>

#include "base/clock.h"
#include "device/xenbus-pace.h"
#include "device/xenbus.h"

#define OFFERS_FREE       5
#define OFFERS_WINDOW_NS  (10 * NS_PER_SEC)
#define BACKOFF_MAX_SHIFT 6
/* A kexec needs four writes, loading and unloading a module five in two seconds. */
#define WRITES_FREE    32
#define WRITE_EVERY_NS (200 * NS_PER_MS)

static uint64_t next_offer_ns(const struct xenbus *xb)
{
	unsigned shift;

	if (xb->offers < OFFERS_FREE)
		return 0;
	shift = xb->offers - OFFERS_FREE;
	if (shift > BACKOFF_MAX_SHIFT)
		shift = BACKOFF_MAX_SHIFT;
	return xb->last_offer_ns + (NS_PER_SEC << shift);
}

uint64_t xenbus_offer_due(struct xenbus *xb, uint64_t now_ns)
{
	const uint64_t next_ns = next_offer_ns(xb);
	const uint64_t quiet_ns = now_ns - xb->last_offer_ns;

	if ((xb->offers < OFFERS_FREE && now_ns - xb->first_offer_ns > OFFERS_WINDOW_NS) ||
	    quiet_ns > (NS_PER_SEC << BACKOFF_MAX_SHIFT) + OFFERS_WINDOW_NS) {
		xb->offers = 0;
		xb->told = false;
		return 0;
	}
	return next_ns > now_ns ? next_ns : 0;
}

void xenbus_offered(struct xenbus *xb, uint64_t now_ns)
{
	if (xb->offers++ == 0)
		xb->first_offer_ns = now_ns;
	xb->last_offer_ns = now_ns;
}

void xenbus_excuse(struct xenbus *xb)
{
	if (xb->offers > OFFERS_FREE)
		xb->offers = OFFERS_FREE;
}

bool xenbus_may_write(struct xenbus *xb, uint64_t now_ns, uint64_t *again_ns)
{
	const uint64_t ahead_ns = WRITES_FREE * WRITE_EVERY_NS;

	if (xb->written_up_ns <= now_ns) {
		xb->written_up_ns = now_ns;
		xb->held_up = false;
	}
	if (xb->written_up_ns - now_ns > ahead_ns) {
		*again_ns = xb->written_up_ns - ahead_ns;
		return false;
	}
	xb->written_up_ns += WRITE_EVERY_NS;
	return true;
}
