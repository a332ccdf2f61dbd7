/* SPDX-License-Identifier: MIT */
/* See pcm.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/container.h"
#include "demo/pcm.h"
#include "demo/stage.h"
#include "sound/format.h"
#include "xen/sndif.h"
#include "xen/tree.h"

static const struct options *options_of(const struct pcm *pcm)
{
	return pcm->plug.stage->options;
}

static uint32_t frame_bytes(const struct pcm *pcm)
{
	return tune_frame_bytes(&options_of(pcm)->tune);
}

static void go_on(struct pcm *pcm)
{
	if (!pcm->failed && !port_is_busy(&pcm->port))
		pcm->program->go_on(pcm);
}

static void on_timer(evutil_socket_t, short, void *arg)
{
	go_on(arg);
}

void pcm_sleep(struct pcm *pcm, uint32_t ms)
{
	const struct timeval tv = timeval_of_ns(ms * NS_PER_MS);

	event_add(pcm->timer, &tv);
}

/* -------- requests -------- */

static void ask(struct pcm *pcm, struct xensnd_req *req)
{
	uint8_t image[RING_SLOT_BYTES];

	pcm->asked = req->operation;
	memcpy(image, req, sizeof image);
	port_send(&pcm->port, image);
}

void pcm_open(struct pcm *pcm)
{
	const struct options *o = options_of(pcm);
	struct xensnd_req req = {.operation = XENSND_OP_OPEN};
	const uint32_t bytes = o->buffer_frames * frame_bytes(pcm);

	if (!pcm->memory && memory_create(&pcm->memory, pcm->plug.guest.domid, bytes) < 0) {
		log_err("%s: No memory for a buffer", pcm->plug.log.name);
		pcm->failed = true;
		return;
	}
	req.op.open.pcm_rate = o->tune.rate_hz;
	req.op.open.pcm_format = o->tune.format;
	req.op.open.pcm_channels = o->tune.channels;
	req.op.open.buffer_sz = bytes;
	req.op.open.gref_directory = pcm->memory->reference;
	req.op.open.period_sz = o->period_frames * frame_bytes(pcm);
	ask(pcm, &req);
}

void pcm_close(struct pcm *pcm)
{
	struct xensnd_req req = {.operation = XENSND_OP_CLOSE};

	ask(pcm, &req);
}

void pcm_trigger(struct pcm *pcm, uint8_t type)
{
	struct xensnd_req req = {.operation = XENSND_OP_TRIGGER};

	req.op.trigger.type = type;
	pcm->trigger = type;
	ask(pcm, &req);
}

uint8_t *pcm_at(const struct pcm *pcm, uint64_t position_frames)
{
	return pcm->memory->data +
	       position_frames % options_of(pcm)->buffer_frames * frame_bytes(pcm);
}

uint32_t pcm_contiguous(const struct pcm *pcm, uint64_t position_frames)
{
	const uint32_t buffer_frames = options_of(pcm)->buffer_frames;

	return buffer_frames - (uint32_t)(position_frames % buffer_frames);
}

void pcm_move(struct pcm *pcm, uint64_t position_frames, uint32_t frames)
{
	struct xensnd_req req = {
		.operation = pcm->program->capture ? XENSND_OP_READ : XENSND_OP_WRITE,
	};

	req.op.rw.offset = (uint32_t)(pcm_at(pcm, position_frames) - pcm->memory->data);
	req.op.rw.length = frames * frame_bytes(pcm);
	ask(pcm, &req);
}

/* The values stand at the end of the buffer until the answer, in the place of samples. */
static void set_values(struct pcm *pcm, uint8_t operation, const void *value, uint32_t bytes)
{
	struct xensnd_req req = {.operation = operation};
	const struct options *o = options_of(pcm);
	const uint32_t all = bytes * o->tune.channels;
	const uint32_t end = o->buffer_frames * frame_bytes(pcm);

	if (all > end || all > sizeof pcm->saved)
		return;
	memcpy(pcm->saved, pcm->memory->data + end - all, all);
	pcm->n_saved = all;
	for (uint32_t at = end - all; at < end; at += bytes)
		memcpy(pcm->memory->data + at, value, bytes);
	req.op.rw.offset = end - all;
	req.op.rw.length = all;
	ask(pcm, &req);
}

static void restore_samples(struct pcm *pcm)
{
	const uint32_t end = options_of(pcm)->buffer_frames * frame_bytes(pcm);

	if (pcm->n_saved > 0)
		memcpy(pcm->memory->data + end - pcm->n_saved, pcm->saved, pcm->n_saved);
	pcm->n_saved = 0;
}

void pcm_set_volume(struct pcm *pcm, int32_t volume_mdb)
{
	set_values(pcm, XENSND_OP_SET_VOLUME, &volume_mdb, sizeof volume_mdb);
}

void pcm_set_mute(struct pcm *pcm, bool muted)
{
	const uint8_t meant = 1;

	set_values(pcm, muted ? XENSND_OP_MUTE : XENSND_OP_UNMUTE, &meant, sizeof meant);
}

/* -------- answers and events -------- */

static void say_state(struct pcm *pcm, const char *state)
{
	stage_say(&pcm->plug, "state=%s position=%llu", state,
		  (unsigned long long)pcm->position_frames);
}

static void opened(struct pcm *pcm)
{
	const struct options *o = options_of(pcm);

	pcm->state = PCM_STOPPED;
	pcm->position_frames = 0;
	stage_say(&pcm->plug, "state=opened rate=%u format=%s channels=%u buffer=%u period=%u",
		  o->tune.rate_hz, format_name(o->tune.format), o->tune.channels, o->buffer_frames,
		  o->period_frames);
}

static void closed(struct pcm *pcm)
{
	pcm->state = PCM_CLOSED;
	memory_destroy(pcm->memory);
	pcm->memory = NULL;
	say_state(pcm, "closed");
}

static void triggered(struct pcm *pcm)
{
	const bool starts = pcm->trigger == XENSND_OP_TRIGGER_START;

	pcm->state = starts ? PCM_STARTED : PCM_STOPPED;
	say_state(pcm, starts ? "started" : "stopped");
}

static void take_state(struct pcm *pcm)
{
	restore_samples(pcm);
	switch (pcm->asked) {
	case XENSND_OP_OPEN:
		opened(pcm);
		break;
	case XENSND_OP_CLOSE:
		closed(pcm);
		break;
	case XENSND_OP_TRIGGER:
		triggered(pcm);
		break;
	default:
		break;
	}
}

/* Limits of a consumer make an opening fail: the guest tries again, as a program does. */
static bool is_retried(const struct pcm *pcm, int32_t status)
{
	return pcm->asked == XENSND_OP_OPEN && status == -EINVAL;
}

static void on_answered(struct port *port, const uint8_t image[RING_SLOT_BYTES])
{
	struct pcm *pcm = CONTAINER(port, struct pcm, port);
	struct xensnd_resp rsp;

	memcpy(&rsp, image, sizeof rsp);
	if (rsp.status == 0) {
		take_state(pcm);
		go_on(pcm);
		return;
	}
	stage_say(&pcm->plug, "event=refused operation=%u error=%s", rsp.operation,
		  strerror(-rsp.status));
	if (is_retried(pcm, rsp.status))
		pcm_sleep(pcm, options_of(pcm)->every_ms);
	else
		pcm->failed = true;
}

static void on_event(struct port *port, const uint8_t image[RING_SLOT_BYTES])
{
	struct pcm *pcm = CONTAINER(port, struct pcm, port);
	struct xensnd_evt evt;

	memcpy(&evt, image, sizeof evt);
	if (evt.type != XENSND_EVT_CUR_POS || pcm->state == PCM_CLOSED)
		return;
	pcm->position_frames = evt.op.cur_pos.position / frame_bytes(pcm);
	if (pcm->state == PCM_STARTED)
		go_on(pcm);
}

/* -------- the device -------- */

static struct pcm *pcm_of(struct plug *plug)
{
	return CONTAINER(plug, struct pcm, plug);
}

static int add_number(struct tree *tree, const char *path, uint32_t value)
{
	char text[12];

	snprintf(text, sizeof text, "%u", value);
	return tree_add(tree, path, text);
}

static int publish(struct plug *plug, struct tree *tree)
{
	struct pcm *pcm = pcm_of(plug);
	const struct options *o = options_of(pcm);
	int rc;

	rc = add_number(tree, "sample-rates", o->tune.rate_hz);
	if (rc == 0)
		rc = tree_add(tree, "sample-formats", format_name(o->tune.format));
	if (rc == 0)
		rc = add_number(tree, "channels-min", o->tune.channels);
	if (rc == 0)
		rc = add_number(tree, "channels-max", o->tune.channels);
	if (rc == 0)
		rc = tree_add(tree, "0/name", pcm->program->capture ? "Microphone" : "Speaker");
	if (rc == 0)
		rc = tree_add(tree, "0/0/type", pcm->program->capture ? "c" : "p");
	if (rc == 0)
		rc = tree_add(tree, "0/0/unique-id", plug->role.unique_id);
	if (rc == 0)
		rc = port_publish(&pcm->port, tree, "0/0", "");
	return rc;
}

static void up(struct plug *plug)
{
	go_on(pcm_of(plug));
}

static void down(struct plug *plug)
{
	struct pcm *pcm = pcm_of(plug);

	event_del(pcm->timer);
	memory_destroy(pcm->memory);
	pcm->memory = NULL;
	pcm->state = PCM_CLOSED;
	pcm->failed = false;
	pcm->n_saved = 0;
	pcm->program->gone(pcm);
}

static void finish(struct plug *plug)
{
	struct pcm *pcm = pcm_of(plug);

	pcm->program->finish(pcm);
}

static const struct plug_ops ops = {
	.kind = PLUG_CARD,
	.publish = publish,
	.up = up,
	.down = down,
	.finish = finish,
};

int pcm_create(struct pcm *pcm, const struct pcm_program *program, struct stage *stage,
	       const struct role *role)
{
	int rc;

	pcm->program = program;
	pcm->port.answered = on_answered;
	pcm->port.event = on_event;
	pcm->timer = evtimer_new(stage->base, on_timer, pcm);
	rc = pcm->timer ? port_open(&pcm->port, stage->base) : -ENOMEM;
	if (rc < 0) {
		pcm_finish(pcm);
		return rc;
	}
	plug_init(&pcm->plug, &ops, stage, role);
	return 0;
}

void pcm_finish(struct pcm *pcm)
{
	port_close(&pcm->port);
	if (pcm->timer)
		event_free(pcm->timer);
	memory_destroy(pcm->memory);
}
