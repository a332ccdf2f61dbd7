/* SPDX-License-Identifier: MIT */
/* See probe.h. */
#include <config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/rig.h"
#include "probe.h"
#include "xen/displif.h"
#include "xen/sndif.h"

/* Well within any budget, and often enough for a p99. */
#define PAUSE_US 1500

const char *const probe_names[PROBE_KINDS] = {"HW_PARAM_QUERY", "DBUF_CREATE+DESTROY"};

#define WIDTH_PX  64
#define HEIGHT_PX 48

static struct rig_guest good;
static struct guest_buffer buffer;

const char *probe_begin(uint16_t domid)
{
	const char *problem = rig_create(&good, domid);

	if (!problem)
		problem = rig_attach(&good);
	if (!problem)
		problem = rig_load(&good);
	if (!problem)
		problem = rig_connect(&good);
	if (!problem && guest_buffer_alloc(&good.guest, &buffer, WIDTH_PX * HEIGHT_PX * 4) < 0)
		problem = "no memory for a buffer";
	return problem;
}

const char *probe_end(void)
{
	return rig_destroy(&good);
}

static bool ask_sound(void)
{
	struct xensnd_req req = {.operation = XENSND_OP_HW_PARAM_QUERY};
	uint8_t image[SLOT_BYTES];

	req.op.hw_param.formats = UINT64_MAX;
	req.op.hw_param.rates.max = UINT32_MAX;
	req.op.hw_param.channels.max = UINT32_MAX;
	req.op.hw_param.buffer.max = UINT32_MAX;
	req.op.hw_param.period.max = UINT32_MAX;
	memcpy(image, &req, sizeof image);
	return channel_request(&PLAY(&good)->channel, image) == 0;
}

/* Always the same memory: what the fake machine needs to find some is not to be measured. */
static bool ask_display(void)
{
	struct channel *ch = &CRTC(&good, 0)->channel;
	struct xendispl_req create = {.operation = XENDISPL_OP_DBUF_CREATE};
	struct xendispl_req destroy = {.operation = XENDISPL_OP_DBUF_DESTROY};
	uint8_t image[SLOT_BYTES];

	create.op.dbuf_create.dbuf_cookie = 7;
	create.op.dbuf_create.width = WIDTH_PX;
	create.op.dbuf_create.height = HEIGHT_PX;
	create.op.dbuf_create.bpp = 32;
	create.op.dbuf_create.buffer_sz = buffer.size_bytes;
	create.op.dbuf_create.gref_directory = guest_buffer_directory(&buffer);
	memcpy(image, &create, sizeof image);
	if (channel_request(ch, image) != 0)
		return false;
	destroy.op.dbuf_destroy.dbuf_cookie = 7;
	memcpy(image, &destroy, sizeof image);
	return channel_request(ch, image) == 0;
}

static bool (*const asks[PROBE_KINDS])(void) = {ask_sound, ask_display};

void probe_run(struct probe *probe, unsigned ms)
{
	const uint64_t until = now_ns() + ms * NS_PER_MS;

	while (now_ns() < until) {
		for (unsigned kind = 0; kind < PROBE_KINDS; kind++) {
			const uint64_t start = now_ns();

			if (!asks[kind]())
				probe->failures++;
			if (probe->n[kind] < PROBE_SAMPLES)
				probe->ns[kind][probe->n[kind]++] = now_ns() - start;
			usleep(PAUSE_US);
		}
	}
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t probe_percentile(struct probe *probe, enum probe_kind kind, unsigned percent)
{
	const size_t n = probe->n[kind];

	if (n == 0)
		return 0;
	qsort(probe->ns[kind], n, sizeof probe->ns[kind][0], compare);
	return probe->ns[kind][(n - 1) * percent / 100];
}
