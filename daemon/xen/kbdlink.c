/* SPDX-License-Identifier: MIT */
/* See kbdlink.h.  The page is mapped on the worker, everything else happens on the event loop. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "base/container.h"
#include "report/log.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"
#include "xen/kbdlink.h"
#include "xen/xen.h"

static struct kbdlink *link_of(struct job *job)
{
	return CONTAINER(job, struct kbdlink, job);
}

static void link_break(struct kbdlink *link)
{
	if (link->broken)
		return;
	link->broken = true;
	log_warn_from(link->log, "The frontend broke its page of events");
	link->events->broke(link);
}

static int on_event(void *data, uint32_t *work)
{
	struct kbdlink *link = data;

	*work = kbdpage_drain(&link->page);
	if (!link->broken)
		link->events->room(link);
	return 0;
}

static void run_map(struct job *job)
{
	struct kbdlink *link = link_of(job);

	link->rc = gnttab_map_page(link->xen->gnttab, link->domid, link->refs.page_gref,
				   &link->mapped);
}

static void run_unmap(struct job *job)
{
	struct kbdlink *link = link_of(job);

	gnttab_unmap_page(link->xen->gnttab, link->mapped);
	link->mapped = NULL;
}

static void submit(struct kbdlink *link, void (*run)(struct job *), void (*done)(struct job *))
{
	link->working = true;
	link->job.run = run;
	link->job.done = done;
	worker_submit(link->xen->worker, &link->job);
}

static void on_unmapped(struct job *job)
{
	struct kbdlink *link = link_of(job);

	link->working = false;
	if (link->leaving)
		link->events->gone(link);
	else
		link->events->connected(link, link->rc);
}

static int attach(struct kbdlink *link)
{
	int rc = link->resumes ? kbdpage_resume(&link->page, link->mapped, link->prod)
			       : kbdpage_init(&link->page, link->mapped);

	if (rc < 0)
		return rc;
	rc = evtchn_bind(link->xen->evtchn, link->domid, link->refs.port, on_event, link);
	if (rc < 0) {
		log_warn_from(link->log, "Cannot bind event-channel %u: %s", link->refs.port,
			      strerror(-rc));
		return rc;
	}
	link->port = rc;
	link->bound = true;
	return 0;
}

static void on_mapped(struct job *job)
{
	struct kbdlink *link = link_of(job);

	link->working = false;
	if (link->rc == 0 && !link->leaving)
		link->rc = attach(link);
	else if (link->rc < 0 && !link->leaving)
		log_warn_from(link->log, "Cannot map page-gref %u: %s", link->refs.page_gref,
			      strerror(-link->rc));
	if (link->rc < 0 || link->leaving)
		submit(link, run_unmap, on_unmapped);
	else
		link->events->connected(link, 0);
}

void kbdlink_connect(struct kbdlink *link)
{
	submit(link, run_map, on_mapped);
}

void kbdlink_disconnect(struct kbdlink *link)
{
	link->leaving = true;
	if (link->bound)
		evtchn_unbind(link->xen->evtchn, link->port);
	link->bound = false;
	if (!link->working)
		submit(link, run_unmap, on_unmapped);
}

uint32_t kbdlink_prod(const struct kbdlink *link)
{
	return link->page.prod;
}

bool kbdlink_was_used(const struct kbdlink *link)
{
	return link->page.prod != 0;
}

unsigned kbdlink_space(struct kbdlink *link)
{
	int space;

	if (!link->bound || link->broken)
		return 0;
	space = kbdpage_space(&link->page);
	if (space >= 0)
		return (unsigned)space;
	link_break(link);
	return 0;
}

void kbdlink_put(struct kbdlink *link, const union xenkbd_in_event *event)
{
	kbdpage_put(&link->page, event);
}

void kbdlink_publish(struct kbdlink *link)
{
	if (link->bound && !link->broken)
		kbdpage_publish(&link->page);
}

void kbdlink_notify(struct kbdlink *link)
{
	if (link->bound && !link->broken)
		evtchn_notify(link->xen->evtchn, link->port);
}
