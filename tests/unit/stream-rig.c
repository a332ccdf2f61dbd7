/* SPDX-License-Identifier: MIT */
/* See stream-rig.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "count-fds.h"
#include "stream-rig.h"
#include "test.h"

struct rig rig;
static int fds_before;

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

/* -------- guest buffers and the worker -------- */

struct gbuf {
	gbuf_mapped mapped;
	void (*unmapped)(void *data);
	void *data;
	uint32_t size_bytes;
	bool unmapping;
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

void rig_work(void)
{
	struct gbuf *gbuf;

	while ((gbuf = queue)) {
		queue = gbuf->next;
		if (gbuf->written) {
			gbuf->written(rig.late_rc, gbuf->data);
			free(gbuf);
			continue;
		}
		if (!gbuf->unmapping && rig.late_rc == 0) {
			rig.n_mapped++;
			gbuf->mapped(gbuf, 0, gbuf->data);
			continue;
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
	if (bytes > rig.most_bytes)
		rig.most_bytes = bytes;
}

void channel_charge_map(struct channel *, uint32_t bytes)
{
	rig.mapped_bytes += bytes;
}

void channel_go_on(struct channel *, channel_more more)
{
	assert_null(rig.more);
	rig.more = more;
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

void rig_send(struct xensnd_req *req)
{
	uint8_t image[RING_SLOT_BYTES];

	req->id = rig.next_id++;
	memset(req->reserved, 0xee, sizeof req->reserved); /* Linux does not clear its slots */
	memcpy(image, req, sizeof image);
	stream_request(&rig.stream.channel, image, &rig.stream);
	while (rig.more && !rig.holds) {
		channel_more more = rig.more;

		rig.more = NULL;
		more(&rig.stream.channel, &rig.stream);
	}
}

int rig_request(struct xensnd_req *req)
{
	unsigned before = rig.n_rsp;
	uint8_t image[RING_SLOT_BYTES];
	size_t used = 8;

	rig_send(req);
	rig_work();
	assert_int_equal(rig.n_rsp, before + 1);
	assert_int_equal(rig.rsp.id, req->id);
	assert_int_equal(rig.rsp.operation, req->operation);
	assert_true(rig.rsp.status <= 0);
	memcpy(image, &rig.rsp, sizeof image);
	if (req->operation == XENSND_OP_HW_PARAM_QUERY && rig.rsp.status == 0)
		used = 48;
	assert_int_equal(image[3], 0);
	for (size_t i = used; i < sizeof image; i++)
		assert_int_equal(image[i], 0);
	return rig.rsp.status;
}

int rig_open_as(uint8_t format, uint8_t channels, uint32_t buffer, uint32_t period)
{
	struct xensnd_req req = {.operation = XENSND_OP_OPEN};
	int status;

	req.op.open.pcm_rate = RIG_RATE;
	req.op.open.pcm_format = format;
	req.op.open.pcm_channels = channels;
	req.op.open.buffer_sz = buffer;
	req.op.open.period_sz = period;
	req.op.open.gref_directory = 8;
	status = rig_request(&req);
	if (status == 0)
		rig.position = rig.be_cur_frame = rig.hw_ptr = rig.out_frames = 0;
	return status;
}

int rig_open(void)
{
	return rig_open_as(XENSND_PCM_FORMAT_S16_LE, 2, RIG_BUFFER, RIG_PERIOD);
}

int rig_close(void)
{
	struct xensnd_req req = {.operation = XENSND_OP_CLOSE};
	int status = rig_request(&req);

	rig.started = false;
	assert_int_equal(rig.n_unskipped, 0);
	return status;
}

int rig_trigger(uint8_t type)
{
	struct xensnd_req req = {.operation = XENSND_OP_TRIGGER};
	int status;

	req.op.trigger.type = type;
	rig.triggering = true;
	status = rig_request(&req);
	rig.triggering = false;
	rig.started = type == XENSND_OP_TRIGGER_START || type == XENSND_OP_TRIGGER_RESUME;
	if (rig.stream.state != XENAV_STREAM_STARTED)
		assert_int_equal(rig.n_unskipped, 0);
	return status;
}

int rig_transfer(uint8_t op, uint32_t offset_bytes, uint32_t length_bytes)
{
	struct xensnd_req req = {.operation = op};

	req.op.rw.offset = offset_bytes;
	req.op.rw.length = length_bytes;
	return rig_request(&req);
}

uint8_t rig_pattern(uint64_t position_bytes)
{
	return (uint8_t)(position_bytes * 31 + position_bytes / 251 + 7);
}

int rig_write(uint64_t position_bytes, uint32_t length_bytes)
{
	uint32_t offset = (uint32_t)(position_bytes % rig.stream.open.buffer_sz);

	for (uint32_t i = 0; i < length_bytes; i++)
		rig.guest[offset + i] = rig_pattern(position_bytes + i);
	return rig_transfer(XENSND_OP_WRITE, offset, length_bytes);
}

/* -------- the consumer -------- */

static void drop_ring(void)
{
	if (rig.ring)
		munmap(rig.ring, RIG_MAX);
	rig.ring = NULL;
}

static void on_opened(const struct stream_opening *opening, void *data)
{
	int prot = rig.stream.published.direction == XENAV_CAPTURE ? PROT_READ | PROT_WRITE
								   : PROT_READ;

	assert_ptr_equal(data, &rig);
	assert_true(opening->generation != 0);
	/* A resync tells the same opening, until the guest closes it. */
	assert_int_equal(opening->generation == rig.opening.generation, rig.is_open);
	rig.is_open = true;
	rig.opening = *opening;
	rig.n_opened++;
	drop_ring();
	rig.ring = mmap(NULL, RIG_MAX, prot, MAP_SHARED, opening->fd, 0);
	assert_ptr_not_equal(rig.ring, MAP_FAILED);
}

static void on_state(uint32_t generation, uint32_t state, uint64_t position_frames, void *)
{
	assert_int_equal(generation, rig.opening.generation);
	assert_true(rig.n_states < RIG_TOLD);
	rig.states[rig.n_states].state = state;
	rig.states[rig.n_states++].position_frames = position_frames;
}

static void on_written(uint32_t generation, uint64_t position_frames, uint32_t frames, void *)
{
	assert_int_equal(generation, rig.opening.generation);
	assert_true(frames > 0);
	assert_true(rig.n_data < RIG_TOLD);
	rig.data[rig.n_data].position_bytes = position_frames * rig.opening.frame_bytes;
	rig.data[rig.n_data++].bytes = frames * rig.opening.frame_bytes;
}

static void on_closed(uint32_t generation, void *)
{
	assert_int_equal(generation, rig.opening.generation);
	rig.is_open = false;
	rig.n_closed++;
}

static void on_volume(const struct stream_volume *volume, void *)
{
	assert_int_equal(volume->generation, rig.opening.generation);
	assert_in_range(volume->n_channels, 1, XENAV_VOLUME_CHANNELS);
	assert_true(volume->first_channel + volume->n_channels <= rig.stream.open.pcm_channels);
	assert_true((uint64_t)volume->muted >> volume->n_channels == 0);
	rig.n_volumes++;
	rig.states_at_volume = rig.n_states;
	for (unsigned i = 0; i < volume->n_channels; i++) {
		rig.volume_mdb[volume->first_channel + i] = volume->volume_mdb[i];
		rig.muted[volume->first_channel + i] = volume->muted >> i & 1;
	}
}

const struct stream_listener rig_listener = {
	.opened = on_opened,
	.state = on_state,
	.written = on_written,
	.closed = on_closed,
	.volume = on_volume,
};

static void on_added(struct stream *, void *)
{
	rig.n_added++;
}

static void on_removed(struct stream *, void *)
{
	rig.n_removed++;
}

static const struct stream_observer observer = {on_added, on_removed};

/* -------- the whole -------- */

void rig_init(uint8_t direction)
{
	struct published_stream config = {
		.direction = direction,
		.limits = {.formats = UINT64_C(0x1ffffff),
			   .channels_min = 1,
			   .channels_max = 2,
			   .buffer_max_bytes = RIG_MAX},
	};

	memset(&rig, 0, sizeof rig);
	rig.now_ns = 1000 * NS_PER_SEC_;
	rig.env.observer = &observer;
	log_source_init(&rig.log, "vsnd 3/0");
	log_threshold = LOG_LEVEL_ERR;
	rig.stream.env = &rig.env;
	rig.domain = (struct guest_info){3, "guest", "", GUEST_POLICY_INIT};
	rig.stream.guest = &rig.domain;
	rig.stream.log = &rig.log;
	rig.stream.announced = true;
	audience_init(&rig.stream);
	assert_int_equal(stream_init(&rig.stream, &config), 0);
}

int rig_setup(void **)
{
	fds_before = count_fds();
	rig_init(XENAV_PLAYBACK);
	return 0;
}

int rig_teardown(void **)
{
	rig.started = false;
	if (!rig.stream.dead)
		stream_kill(&rig.stream);
	rig_work();
	drop_ring();
	assert_int_equal(rig.n_mapped, 0);
	assert_int_equal(rig.n_removed, 1);
	assert_null(timer);
	assert_int_equal(count_fds(), fds_before);
	return 0;
}
