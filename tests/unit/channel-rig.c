/* SPDX-License-Identifier: MIT */
/* See channel-rig.h. */
#include <config.h>

#include <event2/event.h>
#include <string.h>

#include "base/deadline.h"
#include "channel-rig.h"
#include "machine-rig.h"
#include "test.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"
#include "xen/xen.h"

/* -------- a device -------- */

static struct event_base *base;
static struct xen xen;
static struct log_source source;
struct channel channels[CHANNELS];
static struct channel *list[CHANNELS];
struct channel_set set;
static struct channel_refs refs[CHANNELS];
int n_connected, connect_rc, n_broke, n_gone, n_requests, n_room;
uint8_t last_request[64];
bool answer_at_once, tear_down_in_request, tear_down_when_connected;
uint32_t charged_bytes;

void on_gone(struct channel_set *)
{
	n_gone++;
}

void on_connected(struct channel_set *s, int rc)
{
	n_connected++;
	connect_rc = rc;
	if (tear_down_when_connected)
		channel_set_disconnect(s, on_gone);
}

void on_broke(struct channel_set *)
{
	n_broke++;
}

static void on_room(struct channel *, void *)
{
	n_room++;
}

void answer(struct channel *ch)
{
	uint8_t rsp[64];

	memcpy(rsp, last_request, sizeof rsp);
	rsp[4] ^= 0xff;
	channel_respond(ch, rsp);
}

static void on_request(struct channel *ch, const uint8_t req[64], void *)
{
	n_requests++;
	memcpy(last_request, req, 64);
	channel_charge(ch, charged_bytes);
	if (tear_down_in_request)
		channel_set_disconnect(&set, on_gone);
	if (answer_at_once)
		answer(ch);
}

static uint32_t grant_page(void)
{
	const int64_t frame = machine_frames_alloc(GUEST, 1);
	const int64_t ref = machine_grant(GUEST, 0, (uint32_t)frame, false);

	assert_true(frame >= 0 && ref >= 0);
	return (uint32_t)ref;
}

int setup(void **)
{
	machine_up();
	memset(&set, 0, sizeof set);
	n_connected = connect_rc = n_broke = n_gone = n_requests = n_room = 0;
	answer_at_once = true;
	charged_bytes = 0;
	tear_down_in_request = tear_down_when_connected = false;
	log_threshold = LOG_LEVEL_ERR;
	log_source_init(&source, "vsnd 3/0");
	base = event_base_new();
	if (deadlines_open(&xen.deadlines, base) < 0 ||
	    evtchn_open(&xen.evtchn, base, xen.deadlines) < 0 || gnttab_open(&xen.gnttab) < 0 ||
	    worker_start(&xen.worker, base) < 0)
		return -1;
	for (uint32_t i = 0; i < CHANNELS; i++) {
		refs[i] = (struct channel_refs){
			.ring_ref = grant_page(),
			.ring_port = offer_port(GUEST),
			.event_ref = grant_page(),
			.event_port = offer_port(GUEST),
		};
		channel_init(&channels[i], &refs[i], on_request, on_room, NULL);
		list[i] = &channels[i];
	}
	set.xen = &xen;
	set.domid = GUEST;
	set.log = &source;
	set.channels = list;
	set.n_channels = CHANNELS;
	return 0;
}

int teardown(void **)
{
	worker_stop(xen.worker);
	assert_int_equal(bound_ports(), 0);
	evtchn_close(xen.evtchn);
	deadlines_close(xen.deadlines);
	gnttab_close(xen.gnttab);
	event_base_free(base);
	machine_down();
	return 0;
}

void wait_for(const int *count, int n)
{
	while (*count < n)
		event_base_loop(base, EVLOOP_ONCE);
}

void turn_loop(int turns)
{
	while (turns-- > 0)
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

void connect_set(void)
{
	channel_set_connect(&set, on_connected, on_broke);
	wait_for(&n_connected, 1);
	turn_loop(5);
}

void disconnect_set(void)
{
	channel_set_disconnect(&set, on_gone);
	wait_for(&n_gone, 1);
	turn_loop(5);
	assert_int_equal(n_gone, 1);
}

/* -------- the frontend of a channel -------- */

void clear_pages(void)
{
	for (unsigned i = 0; i < CHANNELS; i++) {
		memset(ring_page(i), 0, MACHINE_PAGE);
		memset(event_page(i), 0, MACHINE_PAGE);
	}
}

uint32_t *ring_page(unsigned i)
{
	return granted_page(GUEST, refs[i].ring_ref);
}

uint32_t *event_page(unsigned i)
{
	return granted_page(GUEST, refs[i].event_ref);
}

uint8_t *slot(uint32_t *page, uint32_t i)
{
	return (uint8_t *)page + 64 + (size_t)i * 64;
}

void post_request(unsigned i, uint8_t fill)
{
	uint32_t *page = ring_page(i);

	memset(slot(page, page[0] % 32), fill, 64);
	__atomic_store_n(&page[0], page[0] + 1, __ATOMIC_RELEASE);
	machine_port_notify(GUEST, refs[i].ring_port);
}

uint32_t ring_port(unsigned i)
{
	return refs[i].ring_port;
}

uint32_t event_port(unsigned i)
{
	return refs[i].event_port;
}
