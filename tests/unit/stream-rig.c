/* SPDX-License-Identifier: MIT */
/* See stream-rig.h. */
#include <config.h>

#include <string.h>
#include <sys/mman.h>

#include "count-fds.h"
#include "stream-rig.h"
#include "test.h"

static int fds_before;

/* -------- the guest's requests -------- */

void rig_send(struct xensnd_req *req)
{
	uint8_t image[RING_SLOT_BYTES];

	req->id = rig.next_id++;
	memset(req->reserved, 0xee, sizeof req->reserved); /* Linux does not clear its slots */
	memcpy(image, req, sizeof image);
	stream_request(&rig.stream.channel, image, &rig.stream);
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

static void on_moved(uint32_t generation, uint64_t position_frames, uint64_t when_ns, void *)
{
	assert_int_equal(generation, rig.opening.generation);
	assert_true(rig.started);
	rig.n_moved++;
	rig.moved_frames = position_frames;
	rig.moved_ns = when_ns;
}

const struct stream_listener rig_listener = {
	.opened = on_opened,
	.state = on_state,
	.written = on_written,
	.closed = on_closed,
	.volume = on_volume,
	.moved = on_moved,
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
	rig.env.xen = &rig.xen;
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
		stream_kill(&rig.stream, NULL, NULL);
	rig_work();
	drop_ring();
	assert_int_equal(rig.n_mapped, 0);
	assert_int_equal(rig.n_removed, 1);
	assert_false(rig_has_timer());
	assert_int_equal(count_fds(), fds_before);
	return 0;
}
