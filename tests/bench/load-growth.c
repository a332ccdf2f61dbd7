/* SPDX-License-Identifier: MIT */
/* How costs grow with guests, pages and pixels: GG, GP, GX. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "load.h"
#include "rows.h"
#include "xen/displif.h"
#include "xenav.h"

#define DOMID     90
#define REPEATS   41
#define PER_POINT 6 /* points that the seconds of a load are divided by */

/* -------- guests -------- */

static const char *run_guests(const struct load *load, unsigned seconds)
{
	static const unsigned counts[PER_POINT] = {1, 2, 4, 8, 16, 32};
	static struct load_window w;

	for (unsigned i = 0; i < PER_POINT; i++) {
		struct load_spec spec = *load->spec;
		const char *problem;

		spec.guests = counts[i];
		problem = load_flow(&spec, seconds / PER_POINT + 1, &w, load_guests);
		if (problem)
			return problem;
		rows_add((struct row){.id = load->name,
				      .unit = "% CPU",
				      .value = load_percent(w.to.xenavd_ns - w.from.xenavd_ns,
							    &w.from, &w.to)},
			 "xenavd with %u guests", counts[i]);
	}
	return NULL;
}

/* -------- pages -------- */

static struct rig_guest rg;

/* @return the answer. */
static int ask(const struct xendispl_req *req)
{
	uint8_t image[SLOT_BYTES];

	memcpy(image, req, sizeof image);
	return channel_request(&CRTC(&rg, 0)->channel, image);
}

static const char *create_and_destroy(const struct guest_buffer *buffer, struct hist *hist)
{
	struct xendispl_req req = {.operation = XENDISPL_OP_DBUF_CREATE};
	const uint64_t begin = now_ns();

	req.op.dbuf_create.dbuf_cookie = 7;
	req.op.dbuf_create.width = MACHINE_PAGE / 4;
	req.op.dbuf_create.height = buffer->size_bytes / MACHINE_PAGE;
	req.op.dbuf_create.bpp = 32;
	req.op.dbuf_create.buffer_sz = buffer->size_bytes;
	req.op.dbuf_create.gref_directory = guest_buffer_directory(buffer);
	if (ask(&req) != 0)
		return "DBUF_CREATE is refused";
	hist_record(hist, now_ns() - begin);
	memset(&req, 0, sizeof req);
	req.operation = XENDISPL_OP_DBUF_DESTROY;
	req.op.dbuf_destroy.dbuf_cookie = 7;
	if (ask(&req) != 0)
		return "DBUF_DESTROY is refused";
	/* What a guest has to spend on mappings comes back. */
	guest_run(&rg.guest, 30);
	return NULL;
}

static const char *measure_pages(const char *id, unsigned pages)
{
	static struct hist hist;
	struct guest_buffer buffer;
	const char *problem = NULL;

	hist_init(&hist);
	if (guest_buffer_alloc(&rg.guest, &buffer, pages * MACHINE_PAGE) < 0)
		return "no memory for a buffer";
	for (unsigned i = 0; i < REPEATS && !problem; i++)
		problem = create_and_destroy(&buffer, &hist);
	guest_buffer_free(&rg.guest, &buffer);
	rows_add((struct row){.id = id,
			      .unit = "us",
			      .value = (double)hist_percentile_ns(&hist, 50) / 1000,
			      .min = (double)hist.min_ns / 1000,
			      .max = (double)hist.max_ns / 1000,
			      .n = REPEATS},
		 "DBUF_CREATE of %u pages", pages);
	return problem;
}

static const char *run_pages(const struct load *load, unsigned)
{
	static const unsigned counts[] = {1, 300, 900, 2025, 4050, 8100};
	const char *problem = rig_bring_up(&rg, DOMID);

	for (unsigned i = 0; i < sizeof counts / sizeof counts[0] && !problem; i++)
		problem = measure_pages(load->name, counts[i]);
	rig_destroy(&rg);
	return problem;
}

/* -------- pixels -------- */

static const char *measure_pixels(const char *id, const struct load_spec *spec, unsigned seconds)
{
	static struct load_window w;
	const char *problem = load_flow(spec, seconds, &w, load_guests);
	const struct hist *hist = &load_guests[0].times[LOAD_QUIET][LOAD_FLIP_EVENT];

	if (problem)
		return problem;
	rows_add((struct row){.id = id,
			      .unit = "us",
			      .value = (double)hist_percentile_ns(hist, 50) / 1000,
			      .min = (double)hist->min_ns / 1000,
			      .max = (double)hist->max_ns / 1000,
			      .n = (unsigned)hist->n,
			      .floor = spec->supplied ? 0
						      : load_copy_floor_ns(1, spec->width_px,
									   spec->height_px) /
								1000},
		 "flip of %ux%u, %s, to its event", spec->width_px, spec->height_px,
		 spec->supplied ? "direct" : "copied");
	return NULL;
}

static const char *run_pixels(const struct load *load, unsigned seconds)
{
	static const unsigned sizes[PER_POINT][2] = {{320, 240},   {640, 480},   {1280, 720},
						     {1920, 1080}, {2560, 1440}, {3840, 2160}};

	for (unsigned i = 0; i < 2 * PER_POINT; i++) {
		struct load_spec spec = *load->spec;
		const char *problem;

		spec.supplied = i % 2;
		spec.ways = i % 2 ? XENAV_WAY_DIRECT : XENAV_WAY_COPY;
		spec.width_px = sizes[i / 2][0];
		spec.height_px = sizes[i / 2][1];
		problem = measure_pixels(load->name, &spec, seconds / (2 * PER_POINT) + 1);
		if (problem)
			return problem;
	}
	return NULL;
}

static const struct load_spec plain = {
	.guests = 1,
	.width_px = 640,
	.height_px = 480,
	.refresh_ns = NS_PER_SEC / 60,
	.streams = 2,
	.period_frames = 480,
	.buffer_frames = 3840,
};

static const struct load_spec seen = {
	.guests = 1,
	.refresh_ns = NS_PER_SEC / 60,
	.rest_ms = 20,
	.consumers = true,
};

const struct load load_growth[] = {
	{"GG", "L1 with 1 to 32 guests", 30, 0, run_guests, &plain},
	{"GP", "DBUF_CREATE of 1 to 8100 pages", 0, 0, run_pages, NULL},
	{"GX", "flips of 320x240 to 3840x2160, copied and direct", 36, 0, run_pixels, &seen},
	{0},
};
