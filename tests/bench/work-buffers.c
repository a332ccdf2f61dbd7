/* SPDX-License-Identifier: MIT */
/* P1: DBUF_CREATE and DBUF_DESTROY of buffers of several sizes, whose memory the guest has already.
 */
#include <config.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "use.h"
#include "work.h"
#include "xen/displif.h"

#define DOMID    70
#define COOKIE   900
#define TIMES    9
#define PAUSE_US 60000 /* a guest pays for mappings from its budget */
#define DIR_REFS 1023u

enum shape { ONE_PAGE, FULL_HD, UHD, SHAPES };

static const struct {
	unsigned width_px, height_px;
} shapes[SHAPES] = {{32, 32}, {1920, 1080}, {3840, 2160}};

static const struct buffer_metrics {
	struct metric create, destroy, cpu;
} metrics[SHAPES] = {
	{{"P1", "DBUF_CREATE of 1 page, p50", "us", 0, 0},
	 {"P1", "DBUF_DESTROY of 1 page, p50", "us", 0, 0},
	 {"P1", "create and destroy 1 page: the daemon's CPU", "us", 0, 0}},
	{{"P1", "DBUF_CREATE of 2025 pages, p50", "us", 0, 0.7},
	 {"P1", "DBUF_DESTROY of 2025 pages, p50", "us", 0, 0},
	 {"P1", "create and destroy 2025 pages: the daemon's CPU", "us", 0, 0}},
	{{"P1", "DBUF_CREATE of 8100 pages, p50", "us", 0, 0.7},
	 {"P1", "DBUF_DESTROY of 8100 pages, p50", "us", 0, 0},
	 {"P1", "create and destroy 8100 pages: the daemon's CPU", "us", 0, 0}},
};

static struct rig_guest rg;
static struct guest_buffer buffer;
static double creates[TIMES], destroys[TIMES];

static bool ask(struct xendispl_req *req, double *us)
{
	const uint64_t start = now_ns();
	uint8_t image[SLOT_BYTES];
	int rc;

	memcpy(image, req, sizeof image);
	rc = channel_request(&CRTC(&rg, 0)->channel, image);
	*us = (double)(now_ns() - start) / 1e3;
	return rc == 0;
}

static const char *create_and_destroy(enum shape shape, unsigned i)
{
	struct xendispl_req create = {.operation = XENDISPL_OP_DBUF_CREATE};
	struct xendispl_req destroy = {.operation = XENDISPL_OP_DBUF_DESTROY};

	create.op.dbuf_create.dbuf_cookie = COOKIE;
	create.op.dbuf_create.width = shapes[shape].width_px;
	create.op.dbuf_create.height = shapes[shape].height_px;
	create.op.dbuf_create.bpp = 32;
	create.op.dbuf_create.buffer_sz = buffer.size_bytes;
	create.op.dbuf_create.gref_directory = guest_buffer_directory(&buffer);
	destroy.op.dbuf_destroy.dbuf_cookie = COOKIE;
	if (!ask(&create, &creates[i]))
		return "DBUF_CREATE fails";
	usleep(PAUSE_US);
	if (!ask(&destroy, &destroys[i]))
		return "DBUF_DESTROY fails";
	usleep(PAUSE_US);
	return NULL;
}

static const char *measure(enum shape shape, unsigned column)
{
	const size_t bytes = (size_t)shapes[shape].width_px * shapes[shape].height_px * 4;
	const char *problem = NULL;
	struct use before, after;

	if (guest_buffer_alloc(&rg.guest, &buffer, (uint32_t)bytes) < 0)
		return "no memory for a buffer";
	problem = create_and_destroy(shape, 0);
	before = use_of(lab.xenavd);
	for (unsigned i = 0; i < TIMES && !problem; i++)
		problem = create_and_destroy(shape, i);
	after = use_of(lab.xenavd);
	guest_buffer_free(&rg.guest, &buffer);
	if (problem)
		return problem;
	table_add(&metrics[shape].create, column, table_percentile(creates, TIMES, 50));
	table_add(&metrics[shape].destroy, column, table_percentile(destroys, TIMES, 50));
	table_add(&metrics[shape].cpu, column,
		  (double)(after.cpu_ns - before.cpu_ns) / TIMES / 1e3);
	return NULL;
}

static const char *run(const struct side *, unsigned column)
{
	const char *problem = work_guest_begin(&rg, work_domid(), 640, 480);

	for (unsigned s = 0; s < SHAPES && !problem; s++)
		problem = measure(s, column);
	work_guest_end(&rg);
	return problem;
}

/* The directory is read, and so many pages are mapped and touched, in as few calls as can be. */
static double floor_us(unsigned n_pages)
{
	const unsigned n_dirs = (n_pages + DIR_REFS - 1) / DIR_REFS;
	const size_t page = MACHINE_PAGE;
	const int fd = memfd_create("floor", MFD_CLOEXEC);
	uint8_t directory[MACHINE_PAGE];
	uint64_t start;
	uint8_t *map;

	if (fd < 0 || ftruncate(fd, (off_t)(n_pages * page)) < 0)
		return 0;
	map = mmap(NULL, n_pages * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (map == MAP_FAILED)
		return 0;
	munmap(map, n_pages * page);
	start = now_ns();
	for (unsigned i = 0; i < n_dirs; i++)
		if (pread(fd, directory, sizeof directory, (off_t)(i * page)) < 0)
			break;
	map = mmap(NULL, n_pages * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	start = now_ns() - start;
	munmap(map, n_pages * page);
	close(fd);
	return (double)start / 1e3;
}

static const char *floor_of_all(void)
{
	for (unsigned s = 0; s < SHAPES; s++)
		table_add(&metrics[s].create, TABLE_FLOOR,
			  floor_us(shapes[s].width_px * shapes[s].height_px * 4 / MACHINE_PAGE));
	return NULL;
}

const struct work buffer_work = {.name = "buffers",
				 .metrics = &metrics[0].create,
				 .n_metrics = METRICS_IN(metrics),
				 .run = run,
				 .floor = floor_of_all};
