/* SPDX-License-Identifier: MIT */
/* See keypage.h: both ends of it, in place of daemon/xen/kbdlink.c. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/container.h"
#include "demo/keypage.h"
#include "xen/kbdlink.h"
#include "xen/tree.h"
#include "xen/xen.h"

static LIST_HEAD(, keypage) pages = LIST_HEAD_INITIALIZER(pages);

/* -------- the guest's end -------- */

static void on_wake(evutil_socket_t, short, void *arg)
{
	struct keypage *page = arg;
	union xenkbd_in_event taken[XENKBD_IN_RING_LEN];
	const unsigned n = page->n_shown;

	memcpy(taken, page->events, n * sizeof taken[0]);
	page->n_placed -= n;
	memmove(page->events, &page->events[n], page->n_placed * sizeof taken[0]);
	page->n_shown = 0;
	for (unsigned i = 0; i < n; i++)
		page->event(page, &taken[i]);
	if (page->link)
		page->link->events->room(page->link);
}

int keypage_open(struct keypage *page, struct event_base *base)
{
	static uint32_t last;

	page->wake = event_new(base, -1, 0, on_wake, page);
	if (!page->wake)
		return -ENOMEM;
	page->number = ++last;
	LIST_INSERT_HEAD(&pages, page, list);
	return 0;
}

void keypage_close(struct keypage *page)
{
	if (!page->wake)
		return;
	event_free(page->wake);
	page->wake = NULL;
	LIST_REMOVE(page, list);
}

int keypage_publish(const struct keypage *page, struct tree *tree)
{
	char text[12];
	int rc;

	snprintf(text, sizeof text, "%u", page->number);
	rc = tree_add(tree, XENKBD_FIELD_RING_GREF, text);
	if (rc == 0)
		rc = tree_add(tree, XENKBD_FIELD_EVT_CHANNEL, text);
	return rc;
}

/* -------- the daemon's end -------- */

static struct keypage *page_of(const struct kbdlink *link)
{
	struct keypage *page;

	LIST_FOREACH (page, &pages, list)
		if (page->link == link)
			return page;
	return NULL;
}

static int join(struct kbdlink *link)
{
	struct keypage *page;

	LIST_FOREACH (page, &pages, list) {
		if (page->number != link->refs.page_gref || page->link)
			continue;
		page->link = link;
		page->n_placed = page->n_shown = 0;
		return 0;
	}
	return -EINVAL;
}

/* The job is only a mark, like the mapping of a page. */
static void run_nothing(struct job *)
{
}

static void on_marked(struct job *job)
{
	struct kbdlink *link = CONTAINER(job, struct kbdlink, job);

	link->working = false;
	if (link->leaving)
		link->events->gone(link);
	else
		link->events->connected(link, join(link));
}

static void submit(struct kbdlink *link)
{
	link->working = true;
	link->job.run = run_nothing;
	link->job.done = on_marked;
	worker_submit(link->xen->worker, &link->job);
}

void kbdlink_connect(struct kbdlink *link)
{
	submit(link);
}

/* The guest still reads what was shown to it. */
void kbdlink_disconnect(struct kbdlink *link)
{
	struct keypage *page = page_of(link);

	link->leaving = true;
	if (page)
		page->link = NULL;
	if (!link->working)
		submit(link);
}

/* Nothing outlives the process. */
uint32_t kbdlink_prod(const struct kbdlink *)
{
	return 0;
}

bool kbdlink_was_used(const struct kbdlink *)
{
	return false;
}

unsigned kbdlink_space(struct kbdlink *link)
{
	const struct keypage *page = page_of(link);

	return page ? XENKBD_IN_RING_LEN - page->n_placed : 0;
}

void kbdlink_put(struct kbdlink *link, const union xenkbd_in_event *event)
{
	struct keypage *page = page_of(link);

	if (page && page->n_placed < XENKBD_IN_RING_LEN)
		page->events[page->n_placed++] = *event;
}

void kbdlink_publish(struct kbdlink *link)
{
	struct keypage *page = page_of(link);

	if (page)
		page->n_shown = page->n_placed;
}

void kbdlink_notify(struct kbdlink *link)
{
	struct keypage *page = page_of(link);

	if (page)
		event_active(page->wake, EV_TIMEOUT, 0);
}
