/* SPDX-License-Identifier: MIT */
/*
 * Consumers that may have what a guest shows as it is, through the real daemon and libxenav: every
 * pixel arrives, no byte is copied, and the guest has its memory back when it is told so, whatever
 * becomes of the consumer.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"
#include "xenav.h"

#define W      640u
#define H      480u
#define PIXELS (W * H)
#define FB     50u /* and 51 */
#define ALL    (XENAV_WAY_COPY | XENAV_WAY_DIRECT | XENAV_WAY_DMABUF)

/* A consumer on a thread of its own. */
struct consumer {
	pthread_t thread;
	struct xenav *x;
	uint32_t ways;
	int stop, stuck;
	int claimed, n_frames, n_gone, disconnected;
	int driver_fd;         /* of the dma-buf that a driver has not let go of yet, or 0 */
	uint64_t driver_waits; /* the number of waits after which it closes the dma-buf */
	uint32_t way;          /* of the last frame */
	uint32_t first;        /* its first pixel: the number of the picture */
	uint32_t pixels[PIXELS];
};

static struct consumer *consumer;
static struct rig_guest rg;
static struct dbuf dbufs[2];
static char text[256];

#define GET(field)        __atomic_load_n(&consumer->field, __ATOMIC_SEQ_CST)
#define SET(field, value) __atomic_store_n(&consumer->field, (value), __ATOMIC_SEQ_CST)

static void on_added(void *data, struct xenav_connector *con)
{
	struct consumer *c = data;

	if (xenav_connector_get_info(con)->connector != 0)
		return;
	xenav_connector_set_ways(con, c->ways);
	xenav_connector_claim(con);
}

static void on_claimed(void *data, struct xenav_connector *con)
{
	struct consumer *c = data;

	__atomic_store_n(&c->claimed, (int)xenav_connector_get_ways(con), __ATOMIC_SEQ_CST);
}

/* Map a dma-buf as a driver does. */
static const uint8_t *import(const struct xenav_frame *frame)
{
	uint32_t first, count;

	assert_true(machine_dmabuf_frames(frame->dmabuf_fd, &first, &count));
	assert_int_equal(frame->dmabuf_size_bytes, count * MACHINE_PAGE);
	return (const uint8_t *)machine_frame(first) + frame->offset_bytes;
}

static void on_frame(void *data, struct xenav_connector *con, const struct xenav_frame *frame)
{
	struct consumer *c = data;

	const uint8_t *pixels = frame->pixels ? frame->pixels : import(frame);

	for (uint32_t y = 0; y < frame->height_px && y < H; y++)
		memcpy(c->pixels + (size_t)y * W, pixels + (size_t)y * frame->stride_bytes,
		       (size_t)(frame->width_px < W ? frame->width_px : W) * 4);
	if (GET(driver_waits) > 0 && frame->dmabuf_fd >= 0 && !GET(driver_fd))
		SET(driver_fd, dup(frame->dmabuf_fd));
	__atomic_store_n(&c->way, frame->way, __ATOMIC_SEQ_CST);
	__atomic_store_n(&c->first, c->pixels[0], __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&c->n_frames, 1, __ATOMIC_SEQ_CST);
	xenav_frame_done(con);
}

static void on_gone(void *data, struct xenav_connector *, uint64_t)
{
	struct consumer *c = data;

	__atomic_add_fetch(&c->n_gone, 1, __ATOMIC_SEQ_CST);
}

static void on_disconnected(void *data, int error)
{
	struct consumer *c = data;

	__atomic_store_n(&c->disconnected, error, __ATOMIC_SEQ_CST);
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.disconnected = on_disconnected,
	.connector_added = on_added,
	.connector_claimed = on_claimed,
	.frame = on_frame,
	.frame_gone = on_gone,
};

static void run_driver(void)
{
	const int fd = GET(driver_fd);

	if (!fd || machine_calls(CALL_DMABUF_WAIT) < GET(driver_waits))
		return;
	/* First, because the guest goes on as soon as it is closed. */
	SET(driver_fd, 0);
	SET(driver_waits, 0);
	close(fd);
}

static void *run(void *arg)
{
	struct consumer *c = arg;

	while (!__atomic_load_n(&c->stop, __ATOMIC_SEQ_CST)) {
		struct pollfd pfd = {.fd = xenav_get_fd(c->x), .events = POLLIN};

		poll(&pfd, 1, 2);
		run_driver();
		if (!__atomic_load_n(&c->stuck, __ATOMIC_SEQ_CST) && xenav_dispatch(c->x) < 0)
			break;
	}
	return NULL;
}

static bool has_claimed(void *)
{
	return GET(claimed) != 0;
}

static void start_consumer(uint32_t ways)
{
	consumer = calloc(1, sizeof *consumer);
	consumer->ways = ways;
	assert_int_equal(xenav_open(&consumer->x, lab.socket, "test", &listener, consumer), 0);
	assert_int_equal(pthread_create(&consumer->thread, NULL, run, consumer), 0);
	assert_true(guest_run_until(&rg.guest, has_claimed, NULL, WAIT_MS));
}

static void stop_consumer(void)
{
	SET(stop, 1);
	pthread_join(consumer->thread, NULL);
	xenav_close(consumer->x);
	free(consumer);
	consumer = NULL;
}

/* Xenavd with a file that lets who runs the test have everything, or not. */
static void start(bool direct)
{
	snprintf(text, sizeof text,
		 "[guest *]\nbe-alloc = yes\n[consumer user %u]\ndisplay = claim\ndirect = %s\n",
		 (unsigned)geteuid(), direct ? "yes" : "no");
	rig_restart(text);
}

/* -------- pictures -------- */

static uint32_t pixel(uint32_t number, uint32_t i)
{
	return i == 0 ? number : (i + number * PIXELS) * 2654435761u;
}

static void draw(const struct dbuf *dbuf, uint32_t number)
{
	uint32_t *pixels = dbuf_pixels(dbuf);

	for (uint32_t i = 0; i < PIXELS; i++)
		pixels[i] = pixel(number, i);
}

static bool is_seen(void *data)
{
	const uint32_t *number = data;

	return GET(n_frames) > 0 && GET(first) == *number;
}

static void assert_seen(uint32_t number)
{
	assert_true(guest_run_until(&rg.guest, is_seen, &number, WAIT_MS));
	for (uint32_t i = 0; i < PIXELS; i++)
		assert_int_equal(consumer->pixels[i], pixel(number, i));
}

/* Two buffers, the first of which is shown with picture number 1. */
static void show(void)
{
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(dbuf_create(&rg.display, &dbufs[i], 900 + i, W, H, 32), 0);
		assert_int_equal(fb_attach(&rg.display, &dbufs[i], FB + i, RIG_XR24), 0);
	}
	draw(&dbufs[0], 1);
	assert_int_equal(crtc_config(CRTC(&rg, 0), FB, &dbufs[0]), 0);
}

static void hide(void)
{
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(fb_detach(&rg.display, FB + i), 0);
		assert_int_equal(dbuf_destroy(&rg.display, &dbufs[i]), 0);
	}
}

/* Show so many pictures from the given number on, in turn, the first on the second buffer. */
static void flip_through(uint32_t from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const unsigned back = (i + 1) % 2;

		draw(&dbufs[back], from + i);
		assert_int_equal(crtc_flip(CRTC(&rg, 0), FB + back), 0);
		assert_seen(from + i);
	}
}

static long long count(const char *name)
{
	return lab_status(&lab, "device=0 connector=0", name);
}

/* Mappings of guest memory in this process, apart from that of all of it. */
static unsigned n_maps(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[512];
	unsigned n = 0;

	while (file && fgets(line, sizeof line, file)) {
		unsigned long long from, to;

		if (strstr(line, lab.dir) && sscanf(line, "%llx-%llx", &from, &to) == 2)
			n += to - from == (PIXELS * 4ull + 4095) / 4096 * 4096;
	}
	if (file)
		fclose(file);
	return n;
}

/* Nothing is mapped any more, as soon as the consumer's thread has had its turn. */
static bool maps_go(void)
{
	for (unsigned i = 0; i < WAIT_MS && n_maps() > 0; i++)
		usleep(1000);
	return n_maps() == 0;
}

/* A machine so slow that the consumer was too late for half a second says nothing of it. */
static void assert_not_parted_from(void)
{
	if (!lab_log_has(&lab, "does not release memory that its guest wants back"))
		assert_int_equal(GET(disconnected), 0);
}

static void begin_guest(uint16_t domid, const char *be_alloc)
{
	struct toolstack_node nodes[8];

	memcpy(nodes, rig_display_nodes, 6 * sizeof nodes[0]);
	nodes[0].value = be_alloc;
	assert_fine(rig_create(&rg, domid));
	assert_int_equal(toolstack_add_device(&rg.ts, "vsnd", domid, 0, rig_sound_nodes), 0);
	assert_int_equal(toolstack_add_device(&rg.ts, "vdispl", domid, 0, nodes), 0);
	assert_int_equal(toolstack_wait_connection(&rg.ts, "vsnd", domid, 0), 0);
	assert_int_equal(toolstack_wait_connection(&rg.ts, "vdispl", domid, 0), 0);
	assert_fine(rig_load(&rg));
	assert_fine(rig_connect(&rg));
}

/* -------- the tests -------- */

static void see_every_pixel(uint16_t domid, const char *be_alloc)
{
	start(true);
	begin_guest(domid, be_alloc);
	show();
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_int_equal(GET(claimed), XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_seen(1);
	flip_through(2, 60);
	assert_int_equal(GET(way), XENAV_WAY_DIRECT);
	assert_int_equal(n_maps(), 2);
	assert_int_equal(count("copied_bytes"), 0);
	assert_int_equal(count("copied_frames"), 0);
	assert_true(count("direct_frames") >= 61);
	assert_int_equal(count("flips"), 60);
	hide();
	assert_true(maps_go());
	stop_consumer();
	rig_stop(&rg);
}

#define DIRECT(name) TEST_WITH(name, rig_begin, rig_end_as_usual)

DIRECT(nothing_is_copied_of_what_a_guest_has_allocated)
{
	see_every_pixel(110, "0");
}

DIRECT(nothing_is_copied_of_what_a_guest_was_supplied_with)
{
	see_every_pixel(111, "1");
}

DIRECT(who_is_not_trusted_gets_copies)
{
	start(false);
	rig_start(&rg, 112);
	show();
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_int_equal(GET(claimed), XENAV_WAY_COPY);
	assert_seen(1);
	flip_through(2, 5);
	assert_int_equal(GET(way), XENAV_WAY_COPY);
	assert_int_equal(n_maps(), 0);
	assert_int_equal(count("direct_frames"), 0);
	assert_true(count("copied_bytes") >= 6 * PIXELS * 4);
	hide();
	stop_consumer();
	rig_stop(&rg);
}

DIRECT(what_cannot_be_lent_is_copied)
{
	start(true);
	rig_start(&rg, 113);
	show();
	machine_order(CALL_SLOT, 113, 0, 1, EMFILE, 0);
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_seen(1);
	assert_int_equal(GET(way), XENAV_WAY_COPY);
	flip_through(2, 1);
	assert_int_equal(GET(way), XENAV_WAY_DIRECT);
	hide();
	stop_consumer();
	rig_stop(&rg);
}

/* As a process of its own, that can be killed. */
static pid_t fork_consumer(int told)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	consumer = calloc(1, sizeof *consumer);
	consumer->ways = XENAV_WAY_COPY | XENAV_WAY_DIRECT;
	if (xenav_open(&consumer->x, lab.socket, "child", &listener, consumer) < 0)
		_exit(1);
	while (consumer->n_frames == 0) {
		struct pollfd pfd = {.fd = xenav_get_fd(consumer->x), .events = POLLIN};

		poll(&pfd, 1, -1);
		xenav_dispatch(consumer->x);
	}
	if (write(told, &consumer->way, sizeof consumer->way) < 0)
		_exit(1);
	for (;;)
		pause();
}

DIRECT(a_consumer_that_is_killed_and_comes_back_gets_the_picture_again)
{
	uint32_t way = 0;
	int told[2];
	pid_t pid;

	start(true);
	rig_start(&rg, 114);
	show();
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pipe(told), 0);
		pid = fork_consumer(told[1]);
		assert_true(pid > 0);
		assert_int_equal(read(told[0], &way, sizeof way), sizeof way);
		assert_int_equal(way, XENAV_WAY_DIRECT);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close(told[0]);
		close(told[1]);
	}
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_seen(1);
	assert_int_equal(GET(way), XENAV_WAY_DIRECT);
	flip_through(2, 5);
	assert_int_equal(count("copied_bytes"), 0);
	hide();
	stop_consumer();
	rig_stop(&rg);
}

static bool is_disconnected(void *)
{
	return GET(disconnected) != 0;
}

DIRECT(a_consumer_that_hangs_does_not_keep_a_guest_waiting)
{
	start(true);
	rig_start(&rg, 115);
	show();
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_seen(1);
	SET(stuck, 1);
	/* Within the time that Linux waits for an answer. */
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	assert_int_equal(fb_detach(&rg.display, FB), 0);
	(void)dbuf_destroy(&rg.display, &dbufs[0]);
	assert_int_equal(rg.guest.late, 0);
	assert_true(lab_log_has(&lab, "does not release memory that its guest wants back"));
	assert_int_equal(fb_detach(&rg.display, FB + 1), 0);
	assert_int_equal(dbuf_destroy(&rg.display, &dbufs[1]), 0);
	/* The consumer reads of its end as soon as it runs again. */
	SET(stuck, 0);
	assert_true(guest_run_until(&rg.guest, is_disconnected, NULL, WAIT_MS));
	stop_consumer();
	rig_stop(&rg);
}

DIRECT(a_guest_that_is_killed_is_let_go_of)
{
	start(true);
	rig_start(&rg, 116);
	show();
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
	assert_seen(1);
	assert_int_equal(n_maps(), 1);
	assert_fine(rig_destroy(&rg));
	assert_true(maps_go());
	assert_not_parted_from();
	stop_consumer();
}

DIRECT(devices_go_while_their_buffers_are_lent)
{
	start(true);
	for (uint16_t i = 0; i < 3; i++) {
		rig_start(&rg, (uint16_t)(117 + i));
		show();
		start_consumer(XENAV_WAY_COPY | XENAV_WAY_DIRECT);
		assert_seen(1);
		SET(stuck, i == 2);
		rig_stop(&rg);
		if (i < 2) {
			assert_true(maps_go());
			assert_not_parted_from();
		}
		stop_consumer();
	}
}

/* -------- dma-bufs -------- */

static void start_with_dmabufs(uint16_t domid)
{
	machine->dmabuf_errno = 0;
	start(true);
	assert_false(lab_log_has(&lab, "dma-bufs"));
	rig_start(&rg, domid);
	show();
}

DIRECT(nothing_is_copied_of_what_leaves_as_a_dmabuf)
{
	const uint64_t n_slots = machine_calls(CALL_SLOT);
	uint64_t n_exports;

	start_with_dmabufs(120);
	n_exports = machine_calls(CALL_DMABUF_EXPORT);
	start_consumer(ALL);
	assert_int_equal(GET(claimed), ALL);
	assert_seen(1);
	flip_through(2, 20);
	assert_int_equal(GET(way), XENAV_WAY_DMABUF);
	/* One of each buffer, also for who comes later. */
	stop_consumer();
	start_consumer(ALL);
	assert_seen(21);
	flip_through(22, 20);
	assert_int_equal(GET(way), XENAV_WAY_DMABUF);
	assert_int_equal(machine_calls(CALL_DMABUF_EXPORT), n_exports + 2);
	assert_int_equal(machine_calls(CALL_SLOT), n_slots);
	assert_int_equal(count("copied_bytes"), 0);
	assert_int_equal(count("direct_frames"), 0);
	assert_true(count("dmabuf_frames") >= 42);
	hide();
	stop_consumer();
	rig_stop(&rg);
}

/* A kernel, and an Xen, may have all that is needed and still export none: it is tried once. */
DIRECT(where_nothing_can_be_exported_it_is_tried_once)
{
	static const struct {
		int error;
		bool unexportable;
		const char *says;
	} kernels[] = {
		{ENOTTY, false, "the kernel has no CONFIG_XEN_GNTDEV_DMABUF"},
		{EINVAL, false, "the kernel exports none in a PV domain"},
		{0, true, "Xen does not map them for devices here"},
	};

	for (unsigned i = 0; i < 3; i++) {
		uint64_t n_exports;

		machine->dmabuf_errno = kernels[i].error;
		machine->dmabuf_unexportable = kernels[i].unexportable;
		start(true);
		n_exports = machine_calls(CALL_DMABUF_EXPORT);
		assert_true(lab_log_has(&lab, kernels[i].says));
		assert_int_equal(lab_log_has(&lab, "Cannot grant consumers' dma-bufs"),
				 kernels[i].error != 0);
		rig_start(&rg, (uint16_t)(121 + i));
		show();
		start_consumer(ALL);
		assert_seen(1);
		flip_through(2, 5);
		assert_int_equal(GET(way), XENAV_WAY_DIRECT);
		assert_int_equal(machine_calls(CALL_DMABUF_EXPORT), n_exports);
		hide();
		stop_consumer();
		rig_stop(&rg);
	}
	machine->dmabuf_unexportable = false;
}

DIRECT(what_cannot_be_exported_goes_another_way)
{
	start_with_dmabufs(123);
	machine_order(CALL_DMABUF_EXPORT, 123, 0, 1, ENOMEM, 0);
	start_consumer(ALL);
	assert_seen(1);
	assert_int_equal(GET(way), XENAV_WAY_DIRECT);
	flip_through(2, 1);
	assert_int_equal(GET(way), XENAV_WAY_DMABUF);
	hide();
	stop_consumer();
	/* The same for a consumer that can take nothing else. */
	show();
	machine_order(CALL_DMABUF_EXPORT, 123, 0, 1, EINVAL, 0);
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DMABUF);
	assert_seen(1);
	assert_int_equal(GET(way), XENAV_WAY_COPY);
	hide();
	stop_consumer();
	rig_stop(&rg);
}

DIRECT(who_is_not_trusted_gets_no_dmabuf)
{
	machine->dmabuf_errno = 0;
	start(false);
	rig_start(&rg, 124);
	show();
	start_consumer(ALL);
	assert_int_equal(GET(claimed), XENAV_WAY_COPY);
	assert_seen(1);
	assert_int_equal(GET(way), XENAV_WAY_COPY);
	hide();
	stop_consumer();
	rig_stop(&rg);
}

/* The guest would say so if it was answered with pages mapped. */
DIRECT(a_buffer_is_the_guests_again_when_the_driver_lets_go)
{
	start_with_dmabufs(125);
	start_consumer(ALL);
	SET(driver_waits, machine_calls(CALL_DMABUF_WAIT) + 5);
	flip_through(2, 1);
	hide();
	assert_int_equal(GET(driver_fd), 0);
	assert_int_equal(rg.guest.late, 0);
	stop_consumer();
	rig_stop(&rg);
}

DIRECT(devices_and_guests_go_while_their_buffers_are_dmabufs)
{
	start_with_dmabufs(126);
	start_consumer(ALL);
	assert_seen(1);
	rig_stop(&rg);
	assert_int_equal(GET(disconnected), 0);
	rig_start(&rg, 127);
	show();
	assert_seen(1);
	assert_int_equal(GET(way), XENAV_WAY_DMABUF);
	assert_fine(rig_destroy(&rg));
	for (unsigned i = 0; i < WAIT_MS && machine_mapped_of(127) > 0; i++)
		usleep(1000);
	assert_int_equal(machine_mapped_of(127), 0);
	assert_int_equal(GET(disconnected), 0);
	stop_consumer();
}
