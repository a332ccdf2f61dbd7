/* SPDX-License-Identifier: MIT */
/* See watch-rig.h. */
#include <config.h>

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "test.h"
#include "watch-rig.h"

struct watcher watchers[N_WATCHERS];

void leave(struct watcher *w)
{
	assert_true(w->there);
	w->there = false;
	stream_release(&rig.stream, w);
}

static void unmap(struct watcher *w)
{
	if (w->ring)
		munmap(w->ring, RIG_BUFFER + XENAV_RING_TAIL_ALIGN);
	w->ring = NULL;
}

static void on_told(struct watcher *w, enum told what)
{
	assert_true(w->there);
	if (w->leave_on == what)
		leave(w);
}

static void on_opened(const struct stream_opening *opening, void *data)
{
	struct watcher *w = data;
	struct stat st;

	assert_true(opening->generation != 0);
	assert_int_equal(opening->buffer_bytes, RIG_BUFFER);
	w->generation = opening->generation;
	w->n_opened++;
	assert_int_equal(fstat(opening->fd, &st), 0);
	w->ino = st.st_ino;
	unmap(w);
	w->ring = mmap(NULL, RIG_BUFFER + XENAV_RING_TAIL_ALIGN, PROT_READ, MAP_SHARED, opening->fd,
		       0);
	assert_ptr_not_equal(w->ring, MAP_FAILED);
	on_told(w, OPENED);
}

static void on_state(uint32_t generation, uint32_t, uint64_t position_frames, void *data)
{
	struct watcher *w = data;

	assert_int_equal(generation, w->generation);
	w->n_states++;
	w->position_frames = position_frames;
	on_told(w, STATE);
}

static void on_written(uint32_t generation, uint64_t position_frames, uint32_t frames, void *data)
{
	struct watcher *w = data;

	assert_int_equal(generation, w->generation);
	w->n_data++;
	w->data_start = position_frames * RIG_FRAME;
	w->data_end = (position_frames + frames) * RIG_FRAME;
	for (uint64_t at = w->data_start; at < w->data_end; at++)
		assert_int_equal(w->ring[at % RIG_BUFFER], rig_pattern(at));
	on_told(w, DATA);
}

static void on_closed(uint32_t generation, void *data)
{
	struct watcher *w = data;

	assert_int_equal(generation, w->generation);
	w->n_closed++;
	on_told(w, CLOSED);
}

static void on_volume(const struct stream_volume *volume, void *data)
{
	struct watcher *w = data;

	assert_int_equal(volume->generation, w->generation);
	w->n_volumes++;
	if (volume->first_channel == 0)
		w->volume_mdb = volume->volume_mdb[0];
	on_told(w, VOLUME);
}

/* Only the driver can be late. */
static void on_moved(uint32_t, uint64_t, uint64_t, void *)
{
	fail();
}

static uid_t user_of(void *data)
{
	const struct watcher *w = data;

	return w->uid;
}

const struct stream_listener listener = {.user = user_of,
					 .opened = on_opened,
					 .state = on_state,
					 .written = on_written,
					 .closed = on_closed,
					 .volume = on_volume,
					 .moved = on_moved};

int setup(void **state)
{
	memset(watchers, 0, sizeof watchers);
	return rig_setup(state);
}

int teardown(void **state)
{
	for (unsigned i = 0; i < N_WATCHERS; i++)
		unmap(&watchers[i]);
	return rig_teardown(state);
}

void watch(struct watcher *w)
{
	w->there = true;
	assert_int_equal(stream_claim(&rig.stream, XENAV_MODE_WATCH, &listener, w), 0);
	stream_resync(&rig.stream, w);
}

void claim(void)
{
	assert_int_equal(stream_claim(&rig.stream, XENAV_MODE_DRIVE, &rig_listener, &rig), 0);
	stream_resync(&rig.stream, &rig);
}

void release(void)
{
	stream_release(&rig.stream, &rig);
}

void report(uint64_t frames)
{
	stream_report(&rig.stream, rig.opening.generation, frames, rig.now_ns, 0);
}

uint64_t edge_told(const struct watcher *w)
{
	struct xenav_ring_tail tail;

	assert_int_equal(RIG_BUFFER % XENAV_RING_TAIL_ALIGN, 0);
	memcpy(&tail, w->ring + RIG_BUFFER, sizeof tail);
	return tail.edge_frames * RIG_FRAME;
}
