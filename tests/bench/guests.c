/* SPDX-License-Identifier: MIT */
/*
 * Hostile guests.  A frontend's directory is the guest's own, so a card may have as many streams
 * as we serve, whatever the toolstack gave it; and one page directory serves all of them.
 */
#include <config.h>

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attacks.h"
#include "daemon/rig.h"
#include "xen/sndif.h"
#include "xenav.h"

#define PCMS          4
#define STREAMS       8 /* of a PCM */
#define LARGE_BYTES   (4u << 20)
#define NODES_TO_FILL 900 /* xenstored lets a guest have a thousand */

static struct rig_guest bad;
static struct guest_buffer large;

/* -------- coming and going -------- */

static const char *come(const char *type)
{
	const char *problem = rig_create(&bad, ATTACKER_DOMID);

	memset(&large, 0, sizeof large);
	rig_sound = rig_many_streams(PCMS, STREAMS, type);
	if (!problem)
		problem = rig_attach(&bad);
	rig_sound = rig_sound_nodes;
	if (!problem)
		problem = rig_load(&bad);
	return problem ? problem : rig_connect(&bad);
}

static void leave(void)
{
	rig_destroy(&bad);
}

/* -------- requests -------- */

static void open_image(uint8_t image[SLOT_BYTES], uint32_t size_bytes)
{
	struct xensnd_req req = {.operation = XENSND_OP_OPEN};

	req.op.open.pcm_rate = 48000;
	req.op.open.pcm_format = XENSND_PCM_FORMAT_S16_LE;
	req.op.open.pcm_channels = 2;
	req.op.open.buffer_sz = size_bytes;
	req.op.open.period_sz = size_bytes / 4;
	req.op.open.gref_directory = guest_buffer_directory(&large);
	memcpy(image, &req, SLOT_BYTES);
}

static void rw_image(uint8_t image[SLOT_BYTES], uint8_t op, uint32_t length)
{
	struct xensnd_req req = {.operation = op};

	req.op.rw.length = length;
	memcpy(image, &req, SLOT_BYTES);
}

static void plain_image(uint8_t image[SLOT_BYTES], uint8_t op)
{
	memset(image, 0, SLOT_BYTES);
	image[2] = op;
}

/* All streams are open with 4 MiB. */
static const char *open_large(const char *type)
{
	const char *problem = come(type);
	uint8_t image[SLOT_BYTES];

	if (problem)
		return problem;
	if (guest_buffer_alloc(&bad.guest, &large, LARGE_BYTES) < 0)
		return "no memory for a buffer";
	open_image(image, LARGE_BYTES);
	for (unsigned i = 0; i < bad.sound.n_pcms; i++)
		if (channel_request(&bad.sound.pcms[i].channel, image) != 0)
			fprintf(stderr, "bench-attacks: stream %u cannot be opened\n", i);
	return NULL;
}

static const char *open_playback(void)
{
	return open_large("p");
}

static const char *open_capture(void)
{
	return open_large("c");
}

static unsigned flood_all(const uint8_t image[SLOT_BYTES])
{
	unsigned answered = 0;

	for (unsigned i = 0; i < bad.sound.n_pcms; i++)
		answered += channel_flood(&bad.sound.pcms[i].channel, image);
	/* A guest cannot ask faster than it is answered; and to look is no attack. */
	if (answered == 0)
		usleep(100);
	return answered;
}

static unsigned read_large(void)
{
	uint8_t image[SLOT_BYTES];

	rw_image(image, XENSND_OP_READ, LARGE_BYTES);
	return flood_all(image);
}

static unsigned write_large(void)
{
	uint8_t image[SLOT_BYTES];

	rw_image(image, XENSND_OP_WRITE, LARGE_BYTES);
	return flood_all(image);
}

static unsigned ask_small(void)
{
	uint8_t image[SLOT_BYTES];

	plain_image(image, XENSND_OP_HW_PARAM_QUERY);
	return flood_all(image);
}

/* Every stream is opened anew, which has the old buffer unmapped and one of the same pages mapped.
 */
static unsigned map_large(void)
{
	uint8_t image[SLOT_BYTES];

	open_image(image, LARGE_BYTES);
	return flood_all(image);
}

/* What is answered of the STARTs is followed by STOPs, and so on. */
static unsigned trigger_all(void)
{
	static uint8_t type = XENSND_OP_TRIGGER_STOP;
	struct xensnd_req req = {.operation = XENSND_OP_TRIGGER};
	uint8_t image[SLOT_BYTES];

	type = type == XENSND_OP_TRIGGER_STOP ? XENSND_OP_TRIGGER_START : XENSND_OP_TRIGGER_STOP;
	req.op.trigger.type = type;
	memcpy(image, &req, SLOT_BYTES);
	return flood_all(image);
}

/* One ring; each request takes a page on the worker. */
static unsigned ask_worker(void)
{
	uint8_t image[SLOT_BYTES];
	unsigned answered;

	rw_image(image, XENSND_OP_GET_VOLUME, 64);
	answered = channel_flood(&bad.sound.pcms[0].channel, image);
	if (answered == 0)
		usleep(100);
	return answered;
}

static unsigned ask_worker_everywhere(void)
{
	uint8_t image[SLOT_BYTES];

	rw_image(image, XENSND_OP_GET_VOLUME, 64);
	return flood_all(image);
}

/* -------- somebody who hears all of it -------- */

static pthread_t hearer;
static bool hearing;
static unsigned n_claimed;

static void on_stream_added(void *, struct xenav_stream *s)
{
	if (xenav_stream_get_info(s)->domid == ATTACKER_DOMID)
		xenav_stream_claim(s);
}

static void on_claimed(void *, struct xenav_stream *)
{
	__atomic_add_fetch(&n_claimed, 1, __ATOMIC_RELAXED);
}

static const struct xenav_listener hears = {
	.size = sizeof hears,
	.stream_added = on_stream_added,
	.stream_claimed = on_claimed,
};

static void *hear(void *arg)
{
	struct xenav *x = arg;

	while (__atomic_load_n(&hearing, __ATOMIC_RELAXED)) {
		struct pollfd pfd = {xenav_get_fd(x), xenav_get_events(x), 0};

		poll(&pfd, 1, 50);
		if (xenav_dispatch(x) < 0)
			break;
	}
	xenav_close(x);
	return NULL;
}

static const char *open_heard(void)
{
	const char *problem = open_playback();
	struct xenav *x;

	if (problem)
		return problem;
	if (xenav_open(&x, lab.socket, "bench", &hears, NULL) < 0)
		return "no consumer can connect";
	hearing = true;
	if (pthread_create(&hearer, NULL, hear, x) != 0) {
		xenav_close(x);
		hearing = false;
		return "there can be no thread";
	}
	for (unsigned i = 0; i < WAIT_MS; i++) {
		if (__atomic_load_n(&n_claimed, __ATOMIC_RELAXED) == bad.sound.n_pcms)
			return NULL;
		usleep(1000);
	}
	return "the consumer cannot claim the streams";
}

static void leave_heard(void)
{
	if (hearing) {
		__atomic_store_n(&hearing, false, __ATOMIC_RELAXED);
		pthread_join(hearer, NULL);
	}
	leave();
}

/* -------- events and the store -------- */

static const char *come_playing(void)
{
	return come("p");
}

static unsigned ask_nothing(void)
{
	usleep(1000);
	return 0;
}

static unsigned notify_all(void)
{
	for (unsigned i = 0; i < bad.sound.n_pcms; i++) {
		machine_port_notify(ATTACKER_DOMID, bad.sound.pcms[i].channel.ring_port);
		machine_port_notify(ATTACKER_DOMID, bad.sound.pcms[i].channel.event_port);
	}
	/* The machine has one lock, unlike Xen, and everybody needs it. */
	usleep(1000);
	return 2 * bad.sound.n_pcms;
}

static const char *fill_directory(void)
{
	const char *problem = come("p");

	for (unsigned i = 0; i < NODES_TO_FILL && !problem; i++) {
		char path[64];

		snprintf(path, sizeof path, "device/vsnd/0/x%u/y%u", i / 30, i % 30);
		/* Nodes beyond xenstored's quota do not exist. */
		if (ringstore_write(&bad.guest.store, 0, path, "0") < 0)
			break;
	}
	return problem;
}

static unsigned write_state(void)
{
	ringstore_write(&bad.guest.store, 0, "device/vsnd/0/state", "3");
	usleep(50000);
	return 1;
}

static unsigned flood_state(void)
{
	ringstore_flood(&bad.guest.store, "device/vsnd/0/state", "3333333333", 10);
	return 10;
}

const struct attack guest_attacks[] = {
	{"nothing", "a guest with 32 streams and nothing to say", NULL, come_playing, ask_nothing,
	 leave},
	{"reads", "READs of 4 MiB on 32 rings", NULL, open_capture, read_large, leave},
	{"writes", "WRITEs of 4 MiB on 32 rings", NULL, open_playback, write_large, leave},
	{"heard", "the same with a consumer that claims them all", NULL, open_heard, write_large,
	 leave_heard},
	{"requests", "HW_PARAM_QUERY on 32 rings", NULL, come_playing, ask_small, leave},
	{"triggers", "START and STOP on 32 rings that a consumer has claimed", NULL, open_heard,
	 trigger_all, leave_heard},
	{"worker", "GET_VOLUME on one ring", NULL, open_playback, ask_worker, leave},
	{"worker32", "GET_VOLUME on 32 rings", NULL, open_playback, ask_worker_everywhere, leave},
	{"maps", "OPEN with 4 MiB on 32 rings", NULL, open_playback, map_large, leave},
	{"events", "events that bring nothing, on 64 ports", NULL, come_playing, notify_all, leave},
	{"state20", "20 writes of state 3 a second, beside 900 nodes", NULL, fill_directory,
	 write_state, leave},
	{"states", "writes of state 3 without end, beside 900 nodes", NULL, fill_directory,
	 flood_state, leave},
	{0},
};
