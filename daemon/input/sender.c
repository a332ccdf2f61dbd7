/* SPDX-License-Identifier: MIT */
/* See sender.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/clock.h"
#include "input/keeping.h"
#include "input/sender.h"
#include "xen/kbdif.h"
#include "xen/kbdlink.h"

/* Between two notifications of a guest, and two events of motion. */
#define PAUSE_NS NS_PER_MS

/* For keys that wait for a guest that does not say when it has read: first, and after a while. */
#define LOOK_FIRST_NS (4 * NS_PER_MS)
#define LOOK_LAST_NS  (128 * NS_PER_MS)

/* -------- what is sent -------- */

/* The page has more slots than the guest should find full. */
static unsigned room(struct sender *sender)
{
	const unsigned kept = XENKBD_IN_RING_LEN - INPUT_AT_ONCE;
	const unsigned space = kbdlink_space(sender->link);

	return space > kept ? space - kept : 0;
}

static bool may_have_key(struct sender *sender, uint64_t now)
{
	const bool is_read = kbdlink_space(sender->link) == XENKBD_IN_RING_LEN;

	return pace_allows(&sender->pace, is_read, sender->feeders.n_waiting, now);
}

/* Let a key that waits into the state, if the guest may have another one, or the motion behind the
 * last. */
static bool let_in(struct sender *sender, uint64_t now)
{
	if (!may_have_key(sender, now) && sender->feeders.n_waiting > 0)
		return false;
	return feeders_next(&sender->feeders);
}

/* The next event, with keys that wait before those that may be down since earlier. */
static bool next_event(struct sender *sender, unsigned space, uint64_t now,
		       union xenkbd_in_event *event)
{
	do {
		if (!input_state_next(&sender->state, INPUT_SPARE, event))
			continue;
		if (event->type == XENKBD_TYPE_KEY)
			pace_add(&sender->pace);
		return true;
	} while (let_in(sender, now));
	return input_state_next(&sender->state, space, event);
}

/* -------- when it is sent -------- */

static void come_back(struct sender *sender, uint64_t at_ns, uint64_t now)
{
	const struct timeval tv = timeval_of_ns(at_ns > now ? at_ns - now : 0);

	if (event_pending(sender->timer, EV_TIMEOUT, NULL) && sender->timer_ns <= at_ns)
		return;
	sender->timer_ns = at_ns;
	event_add(sender->timer, &tv);
}

/* Keys wait for the guest to read, which it says, or for time to pass. */
static void wait_for_guest(struct sender *sender, uint64_t now)
{
	const unsigned n_waiting = sender->feeders.n_waiting;

	if (n_waiting == 0)
		return;
	may_have_key(sender, now);
	if (sender->pace.is_read) {
		sender->look_ns = LOOK_FIRST_NS;
		come_back(sender, pace_next_ns(&sender->pace, n_waiting), now);
	} else {
		come_back(sender, now + sender->look_ns, now);
	}
}

static void keep(const struct sender *sender)
{
	struct kept_input kept;

	if (!sender->slot)
		return;
	kept_input_take(&kept, &sender->state, kbdlink_prod(sender->link), sender->feeders.n);
	keeping_input_write(sender->slot, &kept);
}

static void push(struct sender *sender, uint64_t now)
{
	union xenkbd_in_event event;
	unsigned space = room(sender);
	unsigned n = 0;

	while (n < space && next_event(sender, space - n, now, &event)) {
		kbdlink_put(sender->link, &event);
		n++;
	}
	wait_for_guest(sender, now);
	if (n > 0) {
		keep(sender);
		kbdlink_publish(sender->link);
		sender->n_events += n;
		sender->pushed_ns = now;
		sender->unnotified = true;
	}
	if (n < space)
		feeders_placed(&sender->feeders);
}

static void notify(struct sender *sender, uint64_t now)
{
	if (!sender->unnotified)
		return;
	if (now < sender->notified_ns + PAUSE_NS) {
		come_back(sender, sender->notified_ns + PAUSE_NS, now);
		return;
	}
	sender->unnotified = false;
	sender->notified_ns = now;
	kbdlink_notify(sender->link);
}

void sender_push(struct sender *sender)
{
	push(sender, now_ns());
}

void sender_flush(struct sender *sender)
{
	const uint64_t now = now_ns();

	if (now < sender->pushed_ns + PAUSE_NS)
		come_back(sender, sender->pushed_ns + PAUSE_NS, now);
	else
		push(sender, now);
	notify(sender, now);
	feeders_tell(&sender->feeders);
}

void sender_send(struct sender *sender)
{
	const uint64_t now = now_ns();

	push(sender, now);
	notify(sender, now);
	feeders_tell(&sender->feeders);
}

/* -------- life -------- */

static void on_timer(evutil_socket_t, short, void *arg)
{
	struct sender *sender = arg;

	if (sender->look_ns < LOOK_LAST_NS)
		sender->look_ns *= 2;
	sender_send(sender);
}

int sender_init(struct sender *sender, struct kbdlink *link, const struct input_caps *caps,
		struct event_base *base)
{
	memset(sender, 0, sizeof *sender);
	sender->link = link;
	sender->look_ns = LOOK_FIRST_NS;
	input_state_init(&sender->state, caps);
	feeders_init(&sender->feeders, &sender->state);
	sender->timer = event_new(base, -1, 0, on_timer, sender);
	return sender->timer ? 0 : -ENOMEM;
}

void sender_end(struct sender *sender)
{
	feeders_end(&sender->feeders);
	push(sender, now_ns());
	if (sender->unnotified)
		kbdlink_notify(sender->link);
	sender->unnotified = false;
	event_del(sender->timer);
}

void sender_destroy(struct sender *sender)
{
	if (!sender->timer)
		return;
	feeders_end(&sender->feeders);
	event_free(sender->timer);
	sender->timer = NULL;
}
