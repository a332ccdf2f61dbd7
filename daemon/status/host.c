/* SPDX-License-Identifier: MIT */
/* See host.h. */
#include <config.h>

#include <unistd.h>

#include "base/clock.h"
#include "base/container.h"
#include "buffer/account.h"
#include "buffer/pool.h"
#include "device/device.h"
#include "device/kinds.h"
#include "device/registry.h"
#include "status/host.h"
#include "xen/evtchn.h"
#include "xen/xen.h"

/* The numbers of the protocol, in the order of device_kinds. */
_Static_assert(XENAV_DEVICE_SOUND == 1 && XENAV_DEVICE_DISPLAY == 2 && XENAV_DEVICE_INPUT == 3,
	       "places in device_kinds");

static uint32_t number_of(const struct store_kind *kind)
{
	uint32_t number = 1;

	while (device_kinds[number - 1] != kind)
		number++;
	return number;
}

/* @return NULL for 0. */
static const struct store_kind *kind_of(uint32_t number)
{
	return number > 0 ? device_kinds[number - 1] : NULL;
}

static const struct xen_host *host_of(const struct status_host *ops)
{
	return CONTAINER(ops, struct xen_host, ops);
}

static bool next(const struct status_host *ops, struct status_device *device)
{
	struct xenav_msg_status_device *msg = &device->msg;
	const struct device_id last = {
		.kind = kind_of(msg->kind),
		.domid = (uint16_t)msg->domid,
		.devid = (uint16_t)msg->devid,
	};
	const struct device *it = registry_after(host_of(ops)->registry, last.kind ? &last : NULL);
	int backend, frontend;

	if (!it)
		return false;
	device_get_states(it, &backend, &frontend);
	device_get_guest(it, &device->guest);
	*msg = (struct xenav_msg_status_device){
		.domid = device_get_id(it)->domid,
		.devid = device_get_id(it)->devid,
		.kind = number_of(device_get_id(it)->kind),
		.backend_state = (uint32_t)backend,
		.frontend_state = (uint32_t)frontend,
		.objects = device_running(it) ? device_channels(it) : 0,
	};
	return true;
}

static void guest(const struct status_host *ops, const struct guest_info *who,
		  struct xenav_msg_status_guest *msg)
{
	const struct xen_host *host = host_of(ops);
	struct evtchn_usage usage;

	evtchn_usage(host->xen->evtchn, who->domid, &usage);
	msg->tokens_per_sec = usage.tokens_per_sec;
	msg->tokens = usage.tokens;
	msg->waits = usage.waits;
	account_of_guest(who->domid, &msg->mapped_pages, &msg->copied_pages);
	msg->supplied_pages = supply_pages_of(host->supply, who->domid);
}

static void tell_daemon(const struct status_host *ops, struct xenav_msg_status_daemon *msg)
{
	const struct xen_host *host = host_of(ops);

	msg->domid = host->domid;
	msg->pid = (uint32_t)getpid();
	msg->uptime_ns = now_ns() - host->start_ns;
	account_count(&msg->mapped_pages, &msg->lent_pages);
	msg->supplied_pages = supply_pages(host->supply);
}

void xen_host_init(struct xen_host *host)
{
	host->ops = (struct status_host){.next = next, .guest = guest, .daemon = tell_daemon};
	host->start_ns = now_ns();
}
