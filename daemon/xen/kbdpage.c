/* SPDX-License-Identifier: MIT */
/* See kbdpage.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "xen/kbdif.h"
#include "xen/kbdpage.h"

_Static_assert(XENKBD_IN_RING_LEN == 51, "51 slots for events to the guest");
_Static_assert(sizeof(union xenkbd_in_event) == XENKBD_IN_EVENT_SIZE, "slots are 40 bytes");

static struct xenkbd_page *shared(const struct kbdpage *kp)
{
	return kp->page;
}

static uint32_t read_once(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

int kbdpage_init(struct kbdpage *kp, void *page)
{
	kp->page = page;
	kp->prod = read_once(&shared(kp)->in_prod);
	kp->cons = read_once(&shared(kp)->in_cons);
	return kbdpage_space(kp) < 0 ? -EPROTO : 0;
}

int kbdpage_resume(struct kbdpage *kp, void *page, uint32_t prod)
{
	kp->page = page;
	kp->prod = prod;
	kp->cons = read_once(&shared(kp)->in_cons);
	if (prod - kp->cons > XENKBD_IN_RING_LEN)
		return -EPROTO;
	kbdpage_publish(kp);
	return 0;
}

int kbdpage_space(const struct kbdpage *kp)
{
	const uint32_t cons = read_once(&shared(kp)->in_cons);
	const uint32_t used = kp->prod - cons;

	if (used <= XENKBD_IN_RING_LEN)
		return (int)(XENKBD_IN_RING_LEN - used);
	return cons == 0 && read_once(&shared(kp)->in_prod) == 0 ? 0 : -EPROTO;
}

/* 2^32 is not a multiple of 51, so one slot is used twice when the counter wraps; guests count the
 * same way. */
void kbdpage_put(struct kbdpage *kp, const union xenkbd_in_event *event)
{
	memcpy(&XENKBD_IN_RING_REF(kp->page, kp->prod), event, sizeof *event);
	kp->prod++;
}

void kbdpage_publish(struct kbdpage *kp)
{
	__atomic_store_n(&shared(kp)->in_prod, kp->prod, __ATOMIC_RELEASE);
}

bool kbdpage_drain(struct kbdpage *kp)
{
	const uint32_t prod = read_once(&shared(kp)->out_prod);
	const uint32_t cons = read_once(&shared(kp)->in_cons);
	const bool sent = read_once(&shared(kp)->out_cons) != prod;
	const bool read = cons != kp->cons;

	if (sent)
		__atomic_store_n(&shared(kp)->out_cons, prod, __ATOMIC_RELEASE);
	kp->cons = cons;
	return sent || read;
}
