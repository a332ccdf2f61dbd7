/* SPDX-License-Identifier: MIT */
/*
 * P6, P7: page flips of a guest that are shown by a consumer, a process of its own that is done
 * with each frame at once, by copy and directly.  Somebody else's daemon shows them itself.
 */
#include <config.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "floor.h"
#include "use.h"
#include "work.h"
#include "xen/displif.h"
#include "xenav-proto.h"
#include "xenav.h"

#define FB        50u
#define GUEST_CPU 0
#define OTHER_CPU 1
#define FLIPS_MAX 64
#define WARM_UP   4
#define DIRECT_MS 6 /* between two direct ones */
#define MB_BYTES  1000000u

enum shape { SMALL, FULL_HD, UHD, SHAPES };

static const struct {
	unsigned width_px, height_px;
	unsigned n;        /* flips in a repetition */
	unsigned pause_ms; /* between two copied ones, so that no budget is used up */
} shapes[SHAPES] = {{640, 480, 40, 6}, {1920, 1080, 24, 15}, {3840, 2160, 12, 50}};

struct flip_metrics {
	struct metric event, answer, cpu, switches, copied;
};

#define METRICS(id, way, size, most, peer)                                                         \
	{                                                                                          \
		{id, way " flip " size ": PG_FLIP to event, p50", "us", most, peer},               \
			{id, way " flip " size ": PG_FLIP to answer, p50", "us", 0, 1.0},          \
			{id, way " flip " size ": the daemon's CPU a flip", "us", most, peer},     \
			{id, way " flip " size ": its switches a flip", "", 0, 0},                 \
			{id, way " flip " size ": bytes copied a flip", "MB", 0, 0},               \
	}

static const struct flip_metrics copies[SHAPES] = {
	METRICS("P7", "copied", "640x480", 0, 1.0),
	METRICS("P7", "copied", "1080p", 1.1, 1.0),
	METRICS("P7", "copied", "4K", 1.1, 1.0),
};
static const struct flip_metrics directs[SHAPES] = {
	METRICS("P6", "direct", "640x480", 0, 0),
	METRICS("P6", "direct", "1080p", 0, 0),
	METRICS("P6", "direct", "4K", 0, 0),
};

/* -------- the consumer -------- */

static struct shown {
	uint32_t frames;
	uint32_t way;
} * shown;
static uint32_t wanted_ways;
static pid_t consumer = -1;

static void on_added(void *, struct xenav_connector *con)
{
	xenav_connector_set_ways(con, wanted_ways);
	xenav_connector_claim(con);
}

static void on_claimed(void *, struct xenav_connector *con)
{
	/* No event waits for its refresh. */
	xenav_connector_set_refresh(con, XENAV_REFRESH_MIN_NS);
}

static void on_frame(void *, struct xenav_connector *con, const struct xenav_frame *frame)
{
	shown->way = frame->way;
	__atomic_add_fetch(&shown->frames, 1, __ATOMIC_RELEASE);
	xenav_frame_done(con);
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.connector_added = on_added,
	.connector_claimed = on_claimed,
	.frame = on_frame,
};

static void consume(void)
{
	struct xenav *x;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (xenav_open(&x, lab.socket, "bench", &listener, NULL) < 0)
		_exit(1);
	do {
		struct pollfd pfd = {.fd = xenav_get_fd(x), .events = POLLIN};

		poll(&pfd, 1, -1);
	} while (xenav_dispatch(x) >= 0);
	_exit(0);
}

static bool has_frame(void *)
{
	return __atomic_load_n(&shown->frames, __ATOMIC_ACQUIRE) > 0;
}

static const char *start_consumer(struct guest *guest, uint32_t ways)
{
	if (!shown)
		shown = mmap(NULL, sizeof *shown, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shown == MAP_FAILED)
		return "no memory is shared";
	shown->frames = 0;
	wanted_ways = ways;
	fflush(NULL);
	consumer = fork();
	if (consumer == 0)
		consume();
	return guest_run_until(guest, has_frame, NULL, WAIT_MS) ? NULL
								: "the consumer sees no frame";
}

static void stop_consumer(void)
{
	if (consumer <= 0)
		return;
	kill(consumer, SIGKILL);
	waitpid(consumer, NULL, 0);
	consumer = -1;
}

/* -------- the guest -------- */

static struct rig_guest rg;
static struct dbuf dbufs[2];
static double answers[FLIPS_MAX], events[FLIPS_MAX];

static const char *begin_screen(enum shape shape)
{
	const unsigned w = shapes[shape].width_px;
	const unsigned h = shapes[shape].height_px;
	const char *problem = work_guest_begin(&rg, work_domid(), w, h);

	for (unsigned i = 0; i < 2 && !problem; i++) {
		if (dbuf_create(&rg.display, &dbufs[i], 900 + i, w, h, 32) < 0 ||
		    fb_attach(&rg.display, &dbufs[i], FB + i, RIG_XR24) < 0)
			problem = "a guest has no framebuffer";
		else
			memset(dbuf_pixels(&dbufs[i]), (int)i + 1, (size_t)w * h * 4);
	}
	if (!problem && crtc_config(CRTC(&rg, 0), FB, &dbufs[0]) < 0)
		problem = "SET_CONFIG fails";
	return problem;
}

static bool is_flipped(void *)
{
	return !CRTC(&rg, 0)->flipping;
}

/* Linux sleeps between the answer and the event, and so does this. */
static const char *flip(unsigned number, double *answer_us, double *event_us)
{
	struct crtc *crtc = CRTC(&rg, 0);
	struct xendispl_req req;
	uint8_t image[SLOT_BYTES];
	uint64_t start, answered;

	memset(&req, 0, sizeof req);
	req.operation = XENDISPL_OP_PG_FLIP;
	req.op.pg_flip.fb_cookie = FB + (number + 1) % 2;
	memcpy(image, &req, sizeof image);
	crtc->flipping = true;
	start = now_ns();
	if (channel_request(&crtc->channel, image) != 0)
		return "PG_FLIP fails";
	answered = now_ns();
	if (!guest_run_until(&rg.guest, is_flipped, NULL, WAIT_MS))
		return "a flip has no event";
	*answer_us = (double)(answered - start) / 1e3;
	*event_us = (double)(now_ns() - start) / 1e3;
	return NULL;
}

static const char *flip_all(unsigned first, unsigned n, unsigned pause_ms)
{
	const char *problem = NULL;

	for (unsigned i = 0; i < n && !problem; i++) {
		usleep(pause_ms * 1000);
		problem = flip(first + i, &answers[i], &events[i]);
	}
	return problem;
}

static const char *measure(const struct flip_metrics *m, enum shape shape, unsigned column,
			   bool ours, bool direct)
{
	const unsigned pause_ms = direct ? DIRECT_MS : shapes[shape].pause_ms;
	const unsigned n = direct ? shapes[SMALL].n : shapes[shape].n;
	const char *problem = flip_all(0, WARM_UP, pause_ms);
	long long copied = ours ? lab_status(&lab, "connector=0", "copied_bytes") : 0;
	struct use before, after;

	usleep(pause_ms * 1000);
	before = use_of(lab.xenavd);
	if (!problem)
		problem = flip_all(WARM_UP, n, pause_ms);
	usleep(pause_ms * 1000);
	after = use_of(lab.xenavd);
	if (problem)
		return problem;
	table_add(&m->event, column, table_percentile(events, n, 50));
	table_add(&m->answer, column, table_percentile(answers, n, 50));
	table_add(&m->cpu, column, (double)(after.cpu_ns - before.cpu_ns) / n / 1e3);
	table_add(&m->switches, column, (double)(after.switches - before.switches) / n);
	if (ours) {
		copied = lab_status(&lab, "connector=0", "copied_bytes") - copied;
		table_add(&m->copied, column, (double)copied / n / MB_BYTES);
	}
	return NULL;
}

static void pin(int guest, int others)
{
	use_pin(0, guest);
	use_pin(lab.xenavd, others);
	if (consumer > 0)
		use_pin(consumer, others);
}

static const char *run_shape(const struct flip_metrics *m, enum shape shape, unsigned column,
			     bool ours, uint32_t ways)
{
	const char *problem = begin_screen(shape);

	if (!problem && ours)
		problem = start_consumer(&rg.guest, ways);
	/* Without copies, whose thread needs the other processor, everybody has a place. */
	if (!problem && ways & XENAV_WAY_DIRECT)
		pin(GUEST_CPU, OTHER_CPU);
	if (!problem)
		problem = measure(m, shape, column, ours, ways & XENAV_WAY_DIRECT);
	pin(-1, -1);
	if (!problem && ours && shown->way != (ways & XENAV_WAY_DIRECT ? XENAV_WAY_DIRECT : ways))
		problem = "frames are shown in another way";
	stop_consumer();
	work_guest_end(&rg);
	return problem;
}

/* -------- both ways -------- */

static const char *run_copy(const struct side *side, unsigned column)
{
	const char *problem = NULL;

	for (unsigned s = 0; s < SHAPES && !problem; s++)
		problem = run_shape(&copies[s], s, column, !side->is_peer, XENAV_WAY_COPY);
	return problem;
}

static const char *floor_copy(void)
{
	for (unsigned s = 0; s < SHAPES; s++) {
		const size_t bytes = (size_t)shapes[s].width_px * shapes[s].height_px * 4;
		const double us = floor_memcpy_ns(bytes, 9, shapes[s].pause_ms) / 1e3;

		table_add(&copies[s].event, TABLE_FLOOR, us);
		table_add(&copies[s].cpu, TABLE_FLOOR, us);
	}
	return NULL;
}

const struct work copy_work = {.name = "copies",
			       .metrics = &copies[0].event,
			       .n_metrics = METRICS_IN(copies),
			       .run = run_copy,
			       .floor = floor_copy};

static const char *run_direct(const struct side *, unsigned column)
{
	const char *problem = NULL;

	for (unsigned s = 0; s < SHAPES && !problem; s++)
		problem =
			run_shape(&directs[s], s, column, true, XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	return problem;
}

/* The guest and the daemon wake each other across processors, the daemon and the consumer on one.
 */
static const char *floor_direct(void)
{
	double us;

	use_pin(0, GUEST_CPU);
	us = (floor_ping_pong_ns(OTHER_CPU, 256) + floor_ping_pong_ns(GUEST_CPU, 256)) / 1e3;
	use_pin(0, -1);
	for (unsigned s = 0; s < SHAPES; s++)
		table_add(&directs[s].event, TABLE_FLOOR, us);
	return NULL;
}

const struct work direct_work = {.name = "direct",
				 .metrics = &directs[0].event,
				 .n_metrics = METRICS_IN(directs),

				 .direct = true,
				 .ours_only = true,
				 .run = run_direct,
				 .floor = floor_direct};
