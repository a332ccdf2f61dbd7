/* SPDX-License-Identifier: MIT */
/* The seams of stream-rig.h: the clock and timers, guest buffers, the worker, and the channel. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stream-rig.h"
#include "test.h"
#include "xen/worker.h"

struct rig rig;

/* -------- time and timers -------- */

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

int __wrap_clock_gettime(clockid_t, struct timespec *ts)
{
	ts->tv_sec = (time_t)(rig.now_ns / NS_PER_SEC_);
	ts->tv_nsec = (long)(rig.now_ns % NS_PER_SEC_);
	return 0;
}

struct event {
	event_callback_fn callback;
	void *arg;
	uint64_t interval_ns; /* 0: not armed */
	uint64_t due_ns;
};

static struct event *timer; /* the stream's; there is only one */

struct event *event_new(struct event_base *, evutil_socket_t fd, short events,
			event_callback_fn callback, void *arg)
{
	assert_null(timer);
	assert_int_equal(fd, -1);
	assert_int_equal(events, EV_PERSIST);
	timer = calloc(1, sizeof *timer);
	assert_non_null(timer);
	timer->callback = callback;
	timer->arg = arg;
	return timer;
}

int event_add(struct event *event, const struct timeval *tv)
{
	event->interval_ns = (uint64_t)tv->tv_sec * NS_PER_SEC_ + (uint64_t)tv->tv_usec * 1000;
	/* More often than every 2 ms would be a busy loop. */
	assert_in_range(event->interval_ns, 2000000, 20000000);
	event->due_ns = rig.now_ns + event->interval_ns;
	return 0;
}

int event_del(struct event *event)
{
	event->interval_ns = 0;
	return 0;
}

void event_free(struct event *event)
{
	assert_ptr_equal(event, timer);
	free(timer);
	timer = NULL;
}

void rig_run_ms(unsigned ms)
{
	uint64_t until = rig.now_ns + ms * 1000000ull;

	while (timer && timer->interval_ns && timer->due_ns <= until) {
		rig.now_ns = timer->due_ns;
		timer->due_ns += timer->interval_ns;
		timer->callback(-1, EV_TIMEOUT, timer->arg);
	}
	rig.now_ns = until;
}

bool rig_has_timer(void)
{
	return timer != NULL;
}

/* -------- guest buffers and the worker -------- */

struct gbuf {
	gbuf_mapped mapped;
	void (*unmapped)(void *data);
	void *data;
	uint32_t size_bytes;
	bool unmapping;
	unsigned n_held;
	void (*written)(int rc, void *data);
	struct gbuf *next; /* of those that wait for the worker */
};

static struct gbuf *queue;

static void enqueue(struct gbuf *gbuf)
{
	struct gbuf **last = &queue;

	while (*last)
		last = &(*last)->next;
	gbuf->next = NULL;
	*last = gbuf;
}

int gbuf_map(const struct xen *, const struct guest_info *guest, uint32_t, uint32_t size_bytes,
	     bool writable, gbuf_mapped mapped, void *data)
{
	struct gbuf *gbuf;

	assert_int_equal(guest->domid, 3);
	if (rig.map_rc < 0)
		return rig.map_rc;
	gbuf = calloc(1, sizeof *gbuf);
	assert_non_null(gbuf);
	gbuf->mapped = mapped;
	gbuf->data = data;
	gbuf->size_bytes = size_bytes;
	rig.mapped_writable = writable;
	enqueue(gbuf);
	return 0;
}

const char *gbuf_explain(const struct guest_info *, uint32_t, int)
{
	return "it cannot be mapped";
}

void gbuf_unmap(const struct xen *, struct gbuf *gbuf, void (*unmapped)(void *data), void *data)
{
	if (!gbuf && !unmapped)
		return;
	assert_non_null(gbuf);
	gbuf->unmapping = true;
	gbuf->unmapped = unmapped;
	gbuf->data = data;
	if (gbuf->n_held == 0)
		enqueue(gbuf);
}

void gbuf_hold(struct gbuf *gbuf)
{
	assert_false(gbuf->unmapping);
	gbuf->n_held++;
}

void gbuf_let_go(struct gbuf *gbuf)
{
	assert_true(gbuf->n_held > 0);
	if (--gbuf->n_held == 0 && gbuf->unmapping)
		enqueue(gbuf);
}

/* A stand-in for the job, which works on the guest's memory. */
int gbuf_write(const struct xen *, struct gbuf *gbuf, uint32_t offset_bytes, const void *bytes,
	       uint32_t n_bytes, void (*written)(int rc, void *data), void *data)
{
	struct gbuf *job;

	assert_false(gbuf->unmapping);
	assert_true(offset_bytes <= gbuf->size_bytes);
	assert_true(n_bytes <= gbuf->size_bytes - offset_bytes);
	if (rig.write_rc < 0)
		return rig.write_rc;
	job = calloc(1, sizeof *job);
	assert_non_null(job);
	job->written = written;
	job->data = data;
	if (rig.late_rc == 0)
		memcpy(rig.guest + offset_bytes, bytes, n_bytes);
	enqueue(job);
	return 0;
}

void *gbuf_data(const struct gbuf *gbuf)
{
	assert_false(gbuf->unmapping);
	return rig.guest;
}

uint32_t gbuf_size_bytes(const struct gbuf *gbuf)
{
	return gbuf->size_bytes;
}

static void serve_buffer(struct gbuf *gbuf)
{
	if (gbuf->written) {
		gbuf->written(rig.late_rc, gbuf->data);
		free(gbuf);
		return;
	}
	if (!gbuf->unmapping && rig.late_rc == 0) {
		rig.n_mapped++;
		gbuf->mapped(gbuf, 0, gbuf->data);
		return;
	}
	if (gbuf->unmapping) {
		rig.n_mapped--;
		if (gbuf->unmapped)
			gbuf->unmapped(gbuf->data);
	} else {
		gbuf->mapped(NULL, rig.late_rc, gbuf->data);
	}
	free(gbuf);
}

static struct job *copy; /* a stream has one at a time */

void worker_submit_copy(struct worker *, struct job *job)
{
	assert_null(copy);
	copy = job;
}

bool rig_copy_step(void)
{
	struct job *job = copy;

	if (!job)
		return false;
	job->more = false;
	job->run(job);
	if (job->more)
		return true;
	copy = NULL;
	job->done(job);
	return false;
}

void rig_work(void)
{
	struct gbuf *gbuf;

	while (queue || copy) {
		while (rig_copy_step())
			;
		gbuf = queue;
		if (!gbuf)
			continue;
		queue = gbuf->next;
		serve_buffer(gbuf);
	}
}

/* -------- the channel, with Linux at its other end -------- */

void channel_init(struct channel *ch, const struct channel_refs *, channel_request request,
		  void (*)(struct channel *ch, void *owner), void *owner)
{
	assert_ptr_equal(request, stream_request);
	ch->owner = owner;
}

void channel_charge(struct channel *, uint32_t bytes)
{
	rig.charged_bytes += bytes;
}

void channel_charge_map(struct channel *, uint32_t bytes)
{
	rig.mapped_bytes += bytes;
}

void channel_respond(struct channel *, const uint8_t image[RING_SLOT_BYTES])
{
	memcpy(&rig.rsp, image, sizeof rig.rsp);
	rig.n_rsp++;
	if (rig.rsp.operation == XENSND_OP_CLOSE)
		assert_int_equal(rig.n_mapped, 0);
}

/* evtchnl_interrupt_evt() and xen_snd_front_alsa_handle_cur_pos() */
int channel_event(struct channel *, uint8_t image[RING_SLOT_BYTES])
{
	struct xensnd_evt evt;
	uint64_t frames, delta;

	memcpy(&evt, image, sizeof evt);
	assert_int_equal(evt.type, XENSND_EVT_CUR_POS);
	/* Anywhere else this is a division by zero in the guest's kernel. */
	assert_true(rig.started || rig.triggering);
	assert_non_null(rig.stream.buffer);
	for (size_t i = 16; i < sizeof evt; i++)
		assert_int_equal(image[i], 0);
	if (rig.full)
		return -EAGAIN;
	assert_true(evt.op.cur_pos.position >= rig.position);
	rig.position = evt.op.cur_pos.position;
	rig.n_events++;
	rig.n_unskipped++;
	frames = rig.position / rig.stream.frame_bytes;
	delta = frames - rig.be_cur_frame;
	rig.be_cur_frame = frames;
	rig.hw_ptr = (rig.hw_ptr + delta) % (rig.stream.open.buffer_sz / rig.stream.frame_bytes);
	rig.out_frames += delta;
	if (rig.out_frames > rig.stream.open.period_sz / rig.stream.frame_bytes) {
		rig.out_frames %= rig.stream.open.period_sz / rig.stream.frame_bytes;
		rig.n_elapsed++;
	}
	return 0;
}

/* Linux 7.2 counts events anew whenever a stream stands still. */
void channel_skip_events(struct channel *)
{
	rig.n_unskipped = 0;
}

void channel_void_events(struct channel *)
{
	rig.n_voids++;
}
