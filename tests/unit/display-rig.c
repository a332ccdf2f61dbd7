/* SPDX-License-Identifier: MIT */
/* The display and the consumer of display-fake.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/deadline.h"
#include "base/engine.h"
#include "config/policy.h"
#include "display-fake.h"
#include "display/screen.h"
#include "machine-rig.h"
#include "test.h"
#include "xen/tree.h"
#include "xen/xen.h"

static void on_added(struct connector *conn, void *data)
{
	struct rig *rig = data;

	rig->connectors[rig->n_connectors++] = conn;
}

static void on_removed(struct connector *, void *data)
{
	struct rig *rig = data;

	assert_true(rig->n_connectors > 0);
	rig->n_connectors--;
}

static const struct connector_observer observer = {on_added, on_removed};

static void on_connected(void *data, int rc)
{
	struct rig *rig = data;

	rig->n_connected++;
	rig->connected_rc = rc;
}

static void on_gone(void *data)
{
	struct rig *rig = data;

	rig->n_gone++;
	rig->engine = NULL;
}

static void on_broke(void *data)
{
	struct rig *rig = data;

	rig->n_broke++;
	rig_disconnect(rig);
}

static const struct engine_events events = {on_connected, on_broke, on_gone};

static void fill_tree(struct tree *tree, const char *const *resolutions, bool be_alloc)
{
	static const char *const refs[] = {"req-ring-ref", "req-event-channel", "evt-ring-ref",
					   "evt-event-channel"};
	char path[64];

	assert_int_equal(tree_add(tree, "be-alloc", be_alloc ? "1" : "0"), 0);
	for (unsigned i = 0; resolutions[i]; i++) {
		snprintf(path, sizeof path, "%u/resolution", i);
		assert_int_equal(tree_add(tree, path, resolutions[i]), 0);
		for (unsigned j = 0; j < 4; j++) {
			snprintf(path, sizeof path, "%u/%s", i, refs[j]);
			assert_int_equal(tree_add(tree, path, "17"), 0);
		}
	}
}

struct guest_policy rig_policy = GUEST_POLICY_INIT;

static void make_engine(struct rig *rig)
{
	const struct guest_info guest = {GUEST, "guest", "", rig_policy};
	struct tree *tree;

	assert_int_equal(tree_create(&tree), 0);
	fill_tree(tree, rig->resolutions, rig->be_alloc);
	assert_int_equal(display_create(&rig->engine, &rig->env, &guest, 0, tree, &rig->log), 0);
	tree_destroy(tree);
	rig->engine->events = &events;
	rig->engine->data = rig;
}

void rig_create(struct rig *rig, const char *const *resolutions, bool be_alloc)
{
	memset(rig, 0, sizeof *rig);
	rig->resolutions = resolutions;
	rig->be_alloc = be_alloc;
	fake_begin();
	rig->base = event_base_new();
	assert_non_null(rig->base);
	assert_int_equal(deadlines_open(&fake_xen.deadlines, rig->base), 0);
	log_source_init(&rig->log, "vdispl 1/0");
	assert_int_equal(supply_create(&rig->supply, &fake_xen), 0);
	rig->env = (struct display_env){&fake_xen, rig->supply, rig->base, &observer, rig};
	make_engine(rig);
}

void rig_again(struct rig *rig)
{
	assert_null(rig->engine);
	rig->ending = false;
	rig->n_connected = rig->n_gone = 0;
	make_engine(rig);
	rig->engine->resumes = true;
	rig_connect(rig);
}

void rig_connect(struct rig *rig)
{
	rig->engine->ops->connect(rig->engine);
}

void rig_setup(struct rig *rig, const char *const *resolutions)
{
	rig_create(rig, resolutions, false);
	rig_connect(rig);
	fake_worker_drain();
	assert_int_equal(rig->n_connected, 1);
	assert_int_equal(rig->connected_rc, 0);
}

void rig_disconnect(struct rig *rig)
{
	assert_false(rig->ending);
	rig->ending = true;
	rig->engine->ops->disconnect(rig->engine);
}

void rig_teardown(struct rig *rig)
{
	if (!rig->ending)
		rig_disconnect(rig);
	fake_worker_drain();
	assert_int_equal(rig->n_gone, 1);
	assert_int_equal(rig->n_connectors, 0);
	supply_destroy(rig->supply);
	assert_int_equal(rig_timers(rig), 0);
	deadlines_close(fake_xen.deadlines);
	fake_xen.deadlines = NULL;
	event_base_free(rig->base);
	fake_end();
}

void rig_wait_events(struct rig *rig, unsigned connector, unsigned n_events)
{
	while (fake.channels[connector].n_events < n_events) {
		assert_true(rig_timers(rig) > 0);
		assert_int_equal(event_base_loop(rig->base, EVLOOP_ONCE), 0);
	}
	assert_int_equal(fake.channels[connector].n_events, n_events);
}

void rig_next_refresh(struct rig *rig)
{
	for (unsigned i = 0; i < rig->n_connectors; i++) {
		rig->connectors[i]->flips.free_ns = 0;
		flips_room(&rig->connectors[i]->flips);
	}
}

int rig_timers(const struct rig *rig)
{
	/* One event is that of all deadlines. */
	return event_base_get_num_events(rig->base, EVENT_BASE_COUNT_ADDED) - 1 +
	       (int)deadlines_count(fake_xen.deadlines);
}

uint64_t rig_fb(unsigned n)
{
	return 0x200 + n;
}

uint32_t *rig_pixels(unsigned n, uint32_t w, uint32_t h)
{
	return (uint32_t *)(void *)fake_memory(1 + n, (size_t)w * h * 4);
}

void rig_make_fb(unsigned n, uint32_t w, uint32_t h)
{
	struct xendispl_req create = req_dbuf_create(0x100 + n, w, h, 32, w * h * 4, 1 + n);
	struct xendispl_req attach = req_fb_attach(0x100 + n, rig_fb(n), w, h, FAKE_XR24);
	uint32_t *pixels = rig_pixels(n, w, h);

	for (uint32_t i = 0; i < w * h; i++)
		pixels[i] = n << 24 | i;
	assert_int_equal(fake_call(0, &create), 0);
	assert_int_equal(fake_call(0, &attach), 0);
}

/* -------- the consumer -------- */

static void unmap(struct consumer *consumer, uint32_t index)
{
	if (consumer->maps[index])
		munmap((void *)(uintptr_t)consumer->maps[index], consumer->map_bytes[index]);
	consumer->maps[index] = NULL;
}

static void on_buffer(const struct connector_buffer *buffer, void *data)
{
	struct consumer *consumer = data;
	const uint32_t index = buffer->index;

	assert_true(index < XENAV_MAX_BUFFERS);
	assert_true(buffer->way & consumer->ways);
	if (buffer->way == XENAV_WAY_COPY)
		unmap(consumer, index);
	else
		assert_null(consumer->maps[index]); /* not before it is given back */
	consumer->maps[index] = mmap(NULL, buffer->size_bytes, PROT_READ, MAP_SHARED, buffer->fd,
				     (off_t)buffer->offset_bytes);
	assert_true(consumer->maps[index] != MAP_FAILED);
	consumer->map_bytes[index] = buffer->size_bytes;
	consumer->buffer_ways[index] = buffer->way;
	consumer->n_buffers++;
	if (consumer->release_in_buffer)
		connector_release(consumer->conn, consumer);
}

static void on_frame(const struct connector_frame *frame, void *data)
{
	struct consumer *consumer = data;

	consumer->n_frames++;
	assert_int_equal(frame->serial, consumer->frame.serial + 1);
	assert_true(frame->buffer < XENAV_MAX_BUFFERS);
	assert_non_null(consumer->maps[frame->buffer]);
	consumer->copied = consumer->buffer_ways[frame->buffer] == XENAV_WAY_COPY;
	if (consumer->copied)
		assert_int_equal(frame->stride_bytes % 64, 0);
	assert_true(frame->offset_bytes + (size_t)frame->stride_bytes * frame->height_px <=
		    consumer->map_bytes[frame->buffer]);
	if (consumer->frame.serial > 0 && consumer->copied)
		assert_int_not_equal(frame->buffer, consumer->frame.buffer);
	consumer->frame = *frame;
	if (consumer->release_in_frame)
		connector_release(consumer->conn, consumer);
	if (consumer->eager) {
		connector_done(consumer->conn, consumer, frame->serial);
		connector_ready(consumer->conn, consumer, false);
	}
}

static void on_blank(void *data)
{
	struct consumer *consumer = data;

	consumer->n_blanks++;
}

static void on_buffer_gone(uint32_t index, void *data)
{
	struct consumer *consumer = data;

	assert_non_null(consumer->maps[index]);
	assert_int_not_equal(consumer->buffer_ways[index], XENAV_WAY_COPY);
	consumer->n_gone++;
	consumer->gone = index;
	if (consumer->stubborn)
		return;
	unmap(consumer, index);
	assert_int_equal(connector_freed(consumer->conn, consumer, index), 0);
}

static void on_late(void *data)
{
	struct consumer *consumer = data;

	consumer->n_late++;
	if (consumer->release_when_late)
		connector_release(consumer->conn, consumer);
}

static const struct connector_listener listener = {
	.buffer = on_buffer,
	.gone = on_buffer_gone,
	.late = on_late,
	.frame = on_frame,
	.blank = on_blank,
};

static void begin(struct consumer *consumer, struct connector *conn)
{
	bool eager = consumer->eager;
	uint32_t ways = consumer->ways;

	memset(consumer, 0, sizeof *consumer);
	consumer->eager = eager;
	consumer->ways = ways ? ways : XENAV_WAY_COPY;
	consumer->conn = conn;
}

int consumer_claim(struct consumer *consumer, struct connector *conn)
{
	begin(consumer, conn);
	return connector_claim(conn, XENAV_MODE_DRIVE, &listener, consumer->ways, consumer);
}

int consumer_watch(struct consumer *consumer, struct connector *conn)
{
	begin(consumer, conn);
	return connector_claim(conn, XENAV_MODE_WATCH, &listener, consumer->ways, consumer);
}

void consumer_forget(struct consumer *consumer)
{
	for (unsigned i = 0; i < XENAV_MAX_BUFFERS; i++)
		unmap(consumer, i);
}

const uint8_t *consumer_row(const struct consumer *consumer, uint32_t y)
{
	const struct connector_frame *frame = &consumer->frame;

	return consumer->maps[frame->buffer] + frame->offset_bytes +
	       (size_t)y * frame->stride_bytes;
}
