/* SPDX-License-Identifier: MIT */
/* A stream of the sound frontend, see sound.h: what each call of ALSA sends. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "sound-priv.h"
#include "xen/sndif.h"

/* snd_pcm_period_elapsed(): the core looks where the hardware is. */
static void period_elapsed(struct pcm *pcm)
{
	pcm->periods++;
	if (!pcm->capture && pcm->hw_total >= pcm->appl_total)
		pcm->stopped = true;
	if (pcm->capture && pcm->hw_total - pcm->appl_total >= pcm->params.buffer_frames)
		pcm->stopped = true;
}

/* xen_snd_front_alsa_handle_cur_pos() */
void pcm_on_event(struct channel *ch, const uint8_t image[SLOT_BYTES])
{
	struct pcm *pcm = ch->data;
	struct xensnd_evt evt;
	uint64_t frame;
	uint32_t delta;

	memcpy(&evt, image, sizeof evt);
	if (evt.type != XENSND_EVT_CUR_POS)
		return;
	if (pcm->params.buffer_frames == 0) {
		guest_oops(ch->guest,
			   "a position for a stream that is not configured: divide error");
		return;
	}
	if (!pcm->running)
		guest_oops(ch->guest, "a position outside of START..STOP");
	if (evt.op.cur_pos.position < pcm->position_bytes)
		guest_oops(ch->guest, "a position goes back");
	pcm->position_bytes = evt.op.cur_pos.position;
	pcm->positions++;
	frame = pcm->position_bytes / pcm->params.frame_bytes;
	delta = (uint32_t)(frame - pcm->be_frame);
	pcm->be_frame = frame;
	pcm->hw_ptr = (pcm->hw_ptr + delta) % pcm->params.buffer_frames;
	pcm->hw_total += delta;
	pcm->out_frames += delta;
	if (pcm->out_frames > pcm->params.period_frames) {
		pcm->out_frames %= pcm->params.period_frames;
		period_elapsed(pcm);
	}
}

static int send(struct pcm *pcm, struct xensnd_req *req)
{
	uint8_t image[SLOT_BYTES];

	memcpy(image, req, sizeof image);
	return channel_request(&pcm->channel, image);
}

/* stream_clear() */
static void clear(struct pcm *pcm)
{
	channel_clear(&pcm->channel, pcm->card->front.guest->linux_7_2);
}

void pcm_open(struct pcm *pcm)
{
	pcm->held = true;
	pcm->channel.deaf = false;
	clear(pcm);
	memset(&pcm->params, 0, sizeof pcm->params);
	/* These events were sent while no stream was open. */
	channel_run(&pcm->channel);
}

static int query(struct pcm *pcm, const struct pcm_params *params)
{
	struct xensnd_req req = {.operation = XENSND_OP_HW_PARAM_QUERY};
	struct xensnd_query_hw_param *space = &req.op.hw_param;
	struct xensnd_resp rsp;
	int rc;

	space->formats = UINT64_C(1) << params->format;
	space->rates.min = space->rates.max = params->rate_hz;
	space->channels.min = space->channels.max = params->channels;
	space->buffer.min = 1;
	space->buffer.max = UINT32_MAX;
	space->period.min = 1;
	space->period.max = UINT32_MAX;
	rc = send(pcm, &req);
	if (rc < 0)
		return rc;
	memcpy(&rsp, pcm->channel.answer, sizeof rsp);
	if (rsp.resp.hw_param.buffer.max < params->buffer_frames ||
	    rsp.resp.hw_param.formats != req.op.hw_param.formats)
		return -EINVAL;
	return 0;
}

/* Five rules ask, each until nothing changes any more; then a buffer, without closing the old. */
int pcm_hw_params(struct pcm *pcm, const struct pcm_params *params)
{
	int rc = 0;

	if (pcm->card->gone)
		return -ENODEV;
	for (unsigned rule = 0; rule < 5 && rc == 0; rule++)
		rc = query(pcm, params);
	if (rc < 0)
		return rc;
	guest_buffer_free(pcm->channel.guest, &pcm->buffer);
	rc = guest_buffer_alloc(pcm->channel.guest, &pcm->buffer,
				params->buffer_frames * params->frame_bytes);
	if (rc < 0)
		return rc;
	pcm->params = *params;
	pcm->is_open = false;
	clear(pcm);
	return 0;
}

int pcm_prepare(struct pcm *pcm)
{
	struct xensnd_req req = {.operation = XENSND_OP_OPEN};
	int rc;

	if (pcm->card->gone)
		return -ENODEV;
	/* The core begins at 0, and the driver has nothing to be told so. */
	pcm->stopped = false;
	pcm->appl_total = 0;
	pcm->hw_total = 0;
	if (pcm->is_open) {
		if (pcm->hw_ptr != 0)
			guest_oops(pcm->channel.guest,
				   "a stop left the position inside the buffer");
		return 0;
	}
	req.op.open.pcm_rate = pcm->params.rate_hz;
	req.op.open.pcm_format = pcm->params.format;
	req.op.open.pcm_channels = pcm->params.channels;
	req.op.open.buffer_sz = pcm->buffer.size_bytes;
	req.op.open.gref_directory = guest_buffer_directory(&pcm->buffer);
	req.op.open.period_sz = pcm->params.period_frames * pcm->params.frame_bytes;
	rc = send(pcm, &req);
	if (rc < 0)
		return rc;
	pcm->is_open = true;
	pcm->position_bytes = 0;
	pcm->be_frame = 0;
	pcm->hw_ptr = 0;
	pcm->out_frames = 0;
	return 0;
}

int pcm_trigger(struct pcm *pcm, uint8_t type)
{
	struct xensnd_req req = {.operation = XENSND_OP_TRIGGER};
	bool starts = type == XENSND_OP_TRIGGER_START || type == XENSND_OP_TRIGGER_RESUME;
	int rc;

	req.op.trigger.type = type;
	if (starts)
		pcm->running = true;
	rc = send(pcm, &req);
	/* Events that come with the answer were sent before it. */
	channel_run(&pcm->channel);
	if (!starts || rc < 0)
		pcm->running = false;
	return rc;
}

static uint32_t avail(const struct pcm *pcm)
{
	uint64_t filled = pcm->appl_total - pcm->hw_total;

	if (pcm->capture)
		return (uint32_t)(pcm->hw_total - pcm->appl_total);
	return filled > pcm->params.buffer_frames ? pcm->params.buffer_frames
						  : (uint32_t)(pcm->params.buffer_frames - filled);
}

static bool can_go_on(void *data)
{
	const struct pcm *pcm = data;

	return pcm->stopped || pcm->card->gone || (!pcm->draining && avail(pcm) > 0);
}

static int wait_for_room(struct pcm *pcm)
{
	struct guest *guest = pcm->channel.guest;

	if (!guest_run_until(guest, can_go_on, pcm, guest->stall_ms))
		return -EIO;
	if (pcm->card->gone)
		return -ENODEV;
	if (!pcm->stopped)
		return 0;
	pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP);
	return -EPIPE;
}

/* Up to the end of the buffer. */
static int transfer(struct pcm *pcm, uint8_t *samples, uint32_t *frames)
{
	uint32_t at = (uint32_t)(pcm->appl_total % pcm->params.buffer_frames);
	uint32_t room = avail(pcm);
	uint32_t n = *frames < room ? *frames : room;
	struct xensnd_req req = {.operation = pcm->capture ? XENSND_OP_READ : XENSND_OP_WRITE};
	uint8_t *shared;
	int rc;

	if (n > pcm->params.buffer_frames - at)
		n = pcm->params.buffer_frames - at;
	req.op.rw.offset = at * pcm->params.frame_bytes;
	req.op.rw.length = n * pcm->params.frame_bytes;
	shared = pcm->buffer.pages.data + req.op.rw.offset;
	if (!pcm->capture)
		memcpy(shared, samples, req.op.rw.length);
	rc = send(pcm, &req);
	if (rc < 0)
		return rc;
	if (pcm->capture)
		memcpy(samples, shared, req.op.rw.length);
	pcm->appl_total += n;
	*frames = n;
	return 0;
}

static int move(struct pcm *pcm, uint8_t *samples, uint32_t frames)
{
	while (frames > 0) {
		uint32_t n = frames;
		int rc = 0;

		if (pcm->card->gone)
			return -ENODEV;
		if (avail(pcm) == 0 || pcm->stopped) {
			if (!pcm->running)
				rc = pcm_trigger(pcm, XENSND_OP_TRIGGER_START);
			rc = rc < 0 ? rc : wait_for_room(pcm);
		}
		if (rc == 0)
			rc = transfer(pcm, samples, &n);
		if (rc < 0)
			return rc;
		samples += (size_t)n * pcm->params.frame_bytes;
		frames -= n;
	}
	return 0;
}

int pcm_write(struct pcm *pcm, const void *samples, uint32_t frames)
{
	return move(pcm, (uint8_t *)(uintptr_t)samples, frames);
}

int pcm_read(struct pcm *pcm, void *samples, uint32_t frames)
{
	return move(pcm, samples, frames);
}

int pcm_drain(struct pcm *pcm)
{
	int rc = 0;

	if (pcm->appl_total == 0 || pcm->stopped)
		return 0;
	if (!pcm->running)
		rc = pcm_trigger(pcm, XENSND_OP_TRIGGER_START);
	pcm->draining = true;
	if (rc == 0)
		rc = wait_for_room(pcm);
	pcm->draining = false;
	return rc == -EPIPE ? 0 : rc;
}

int pcm_hw_free(struct pcm *pcm)
{
	struct xensnd_req req = {.operation = XENSND_OP_CLOSE};
	int rc;

	if (pcm->running)
		pcm_trigger(pcm, XENSND_OP_TRIGGER_STOP);
	/* Also when it was never opened. */
	rc = send(pcm, &req);
	if (guest_buffer_free(pcm->channel.guest, &pcm->buffer) > 0 && rc != -ETIMEDOUT)
		guest_oops(pcm->channel.guest, "CLOSE was answered with pages still mapped");
	memset(&pcm->params, 0, sizeof pcm->params);
	pcm->is_open = false;
	clear(pcm);
	return rc;
}

void pcm_close(struct pcm *pcm)
{
	pcm->held = false;
	pcm->channel.deaf = true;
	sound_closed(pcm->card);
}

int pcm_volume(struct pcm *pcm, uint8_t op, uint32_t offset, uint32_t length)
{
	struct xensnd_req req = {.operation = op};

	req.op.rw.offset = offset;
	req.op.rw.length = length;
	return send(pcm, &req);
}

/* sndif.h has the values in the buffer that OPEN named, beside the samples. */
static uint32_t values_bytes(const struct pcm *pcm, size_t each)
{
	return pcm->params.channels * (uint32_t)each;
}

int pcm_set_volume(struct pcm *pcm, uint32_t offset, const int32_t *mdb)
{
	const uint32_t bytes = values_bytes(pcm, sizeof *mdb);

	memcpy(pcm->buffer.pages.data + offset, mdb, bytes);
	return pcm_volume(pcm, XENSND_OP_SET_VOLUME, offset, bytes);
}

int pcm_get_volume(struct pcm *pcm, uint32_t offset, int32_t *mdb)
{
	const uint32_t bytes = values_bytes(pcm, sizeof *mdb);
	int rc = pcm_volume(pcm, XENSND_OP_GET_VOLUME, offset, bytes);

	memcpy(mdb, pcm->buffer.pages.data + offset, bytes);
	return rc;
}

int pcm_mute(struct pcm *pcm, bool mute, uint32_t offset, const uint8_t *channels)
{
	const uint32_t bytes = values_bytes(pcm, sizeof *channels);

	memcpy(pcm->buffer.pages.data + offset, channels, bytes);
	return pcm_volume(pcm, mute ? XENSND_OP_MUTE : XENSND_OP_UNMUTE, offset, bytes);
}
