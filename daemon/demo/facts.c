/* SPDX-License-Identifier: MIT */
/* See facts.h. */
#include <config.h>

#include <unistd.h>

#include "base/clock.h"
#include "base/container.h"
#include "buffer/account.h"
#include "buffer/pool.h"
#include "demo/facts.h"
#include "demo/plug.h"
#include "demo/stage.h"
#include "xen/store.h"

static const struct facts *facts_of(const struct status_host *ops)
{
	return CONTAINER(ops, struct facts, ops);
}

static uint32_t number_of(const struct plug *plug)
{
	switch (plug->ops->kind) {
	case PLUG_CARD:
		return XENAV_DEVICE_SOUND;
	case PLUG_DISPLAY:
		return XENAV_DEVICE_DISPLAY;
	case PLUG_INPUT:
		return XENAV_DEVICE_INPUT;
	}
	return 0;
}

static uint64_t key(uint32_t domid, uint32_t kind, uint32_t devid)
{
	return (uint64_t)domid << 32 | kind << 16 | devid;
}

static uint64_t key_of(const struct plug *plug)
{
	return key(plug->guest.domid, number_of(plug), plug->role.devid);
}

/* A device is connected or not there at all. */
static bool next(const struct status_host *ops, struct status_device *device)
{
	struct xenav_msg_status_device *msg = &device->msg;
	const uint64_t last = key(msg->domid, msg->kind, msg->devid);
	const struct plug *plug, *found = NULL;

	LIST_FOREACH (plug, &facts_of(ops)->stage->plugs, link)
		if (plug->connected && key_of(plug) > last &&
		    (!found || key_of(plug) < key_of(found)))
			found = plug;
	if (!found)
		return false;
	device->guest = found->guest;
	*msg = (struct xenav_msg_status_device){
		.domid = found->guest.domid,
		.devid = found->role.devid,
		.kind = number_of(found),
		.backend_state = XB_CONNECTED,
		.frontend_state = XB_CONNECTED,
		.objects = 1,
	};
	return true;
}

/* Made-up guests pay for nothing. */
static void guest(const struct status_host *ops, const struct guest_info *who,
		  struct xenav_msg_status_guest *msg)
{
	account_of_guest(who->domid, &msg->mapped_pages, &msg->copied_pages);
	msg->supplied_pages = supply_pages_of(facts_of(ops)->stage->display.supply, who->domid);
}

static void tell_daemon(const struct status_host *ops, struct xenav_msg_status_daemon *msg)
{
	const struct facts *facts = facts_of(ops);

	msg->pid = (uint32_t)getpid();
	msg->uptime_ns = now_ns() - facts->start_ns;
	account_count(&msg->mapped_pages, &msg->lent_pages);
	msg->supplied_pages = supply_pages(facts->stage->display.supply);
}

void facts_init(struct facts *facts, const struct stage *stage)
{
	*facts = (struct facts){
		.ops = {.next = next, .guest = guest, .daemon = tell_daemon},
		.stage = stage,
		.start_ns = now_ns(),
	};
}
