/* SPDX-License-Identifier: MIT */
/*
 * The shared page of kbdif: 51 slots of 40 bytes for events to the guest, and 25 for events from
 * it, none of which is defined.  The page is hostile memory: every word is read once, and our own
 * counter is the only truth.
 */
#ifndef XENAVD_KBDPAGE_H
#define XENAVD_KBDPAGE_H

#include <stdbool.h>
#include <stdint.h>

union xenkbd_in_event;

struct kbdpage {
	void *page;
	uint32_t prod;
	uint32_t cons; /* the guest's, when it was looked at last */
};

/*
 * Attach to a page: a fresh one is zeroed, and in one that was served before the events go on where
 * they ended.
 *
 * @return 0, -EPROTO when the frontend's counter makes no sense.
 */
int kbdpage_init(struct kbdpage *kp, void *page);

/*
 * Attach to a page of before a restart, with the number of the next event: the guest is shown all
 * events before that.
 *
 * @return 0, -EPROTO when the frontend's counter makes no sense, or the page was cleared.
 */
int kbdpage_resume(struct kbdpage *kp, void *page, uint32_t prod);

/*
 * The number of events that fit, or -EPROTO when the frontend's counter makes no sense.  None fit
 * in a page that has been cleared: a guest that comes back from a suspend does so, and then
 * publishes the page anew.
 */
int kbdpage_space(const struct kbdpage *kp);

/* Place an event into a free slot; the guest does not see it before kbdpage_publish(). */
void kbdpage_put(struct kbdpage *kp, const union xenkbd_in_event *event);

/* Show the guest all events that were placed. */
void kbdpage_publish(struct kbdpage *kp);

/* Take the events of the guest as read.  @return whether it has sent any or read ours since the
 * last call: an event that brings neither costs more. */
bool kbdpage_drain(struct kbdpage *kp);

#endif
