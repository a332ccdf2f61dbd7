/* SPDX-License-Identifier: MIT */
/*
 * See stream.h and stream-priv.h.  The guest opens, writes and triggers; the consumer or the timer
 * moves the position.  CUR_POS events tell the guest, several in a period, because Linux wakes its
 * application only when more than a period has gone by.
 *
 * No event is sent outside of START..STOP: a position for a stream that is not configured makes the
 * guest's kernel divide by zero.  Outside, the next event would have the id 0, because Linux from
 * 7.2 on counts events anew whenever it clears a stream that stands still, for instance between two
 * hw_params, and does not tell.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/clock.h"
#include "base/container.h"
#include "report/news.h"
#include "sound/format.h"
#include "sound/hwparams.h"
#include "sound/keeping.h"
#include "sound/mover.h"
#include "sound/stream-priv.h"
#include "xenav-proto.h"

#define TICK_MIN_NS (2 * NS_PER_MS)
#define TICK_MAX_NS (20 * NS_PER_MS)

/* Ticks in a period, and the least number of events; the most is twice as many. */
#define TICKS_PER_PERIOD 4

static void tell_position(struct stream *stream)
{
	struct xensnd_evt evt;
	uint8_t image[RING_SLOT_BYTES];

	if (stream->open.period_sz == 0 || stream->told_frames == stream->progress.position_frames)
		return;
	memset(&evt, 0, sizeof evt);
	evt.type = XENSND_EVT_CUR_POS;
	evt.op.cur_pos.position = stream->progress.position_frames * stream->frame_bytes;
	memcpy(image, &evt, sizeof image);
	keeping_write(stream);
	/* Positions are cumulative: the next event makes up for one that finds no room. */
	if (channel_event(&stream->channel, image) == 0)
		stream->told_frames = stream->progress.position_frames;
}

static void tell_progress(struct stream *stream)
{
	uint64_t moved = stream->progress.position_frames - stream->told_frames;

	if (moved * stream->frame_bytes >= stream->open.period_sz / (2 * TICKS_PER_PERIOD))
		tell_position(stream);
}

static void arm_timer(struct stream *stream)
{
	uint64_t bytes_per_sec = (uint64_t)stream->progress.rate * stream->frame_bytes;
	uint64_t tick_ns = TICK_MAX_NS;
	struct timeval tv;

	if (stream->open.period_sz > 0)
		tick_ns = stream->open.period_sz * NS_PER_SEC / bytes_per_sec / TICKS_PER_PERIOD;
	if (tick_ns < TICK_MIN_NS)
		tick_ns = TICK_MIN_NS;
	if (tick_ns > TICK_MAX_NS)
		tick_ns = TICK_MAX_NS;
	tv = timeval_of_ns(tick_ns);
	event_add(stream->timer, &tv);
}

static void on_tick(evutil_socket_t, short, void *arg)
{
	struct stream *stream = arg;
	const uint64_t now = now_ns();

	progress_tick(&stream->progress, now);
	if (progress_takes_over(&stream->progress)) {
		log_full(stream->log, LOG_LEVEL_INFO, LOG_CONSUMER_LATE, STREAM_NAMED(stream),
			 "Stream %u/%u: The consumer is late: xenavd's clock goes on",
			 stream->published.pcm, stream->published.stream);
		audience_takeover(stream, now);
		news_of(XENAV_EVENT_LATE, stream, 0);
	}
	tell_progress(stream);
}

/* -------- what the guest does -------- */

void stream_respond(struct stream *stream, const struct xensnd_req *req, int status)
{
	struct xensnd_resp rsp;
	uint8_t image[RING_SLOT_BYTES];

	memset(&rsp, 0, sizeof rsp);
	rsp.id = req->id;
	rsp.operation = req->operation;
	rsp.status = status;
	if (status == 0 && req->operation == XENSND_OP_HW_PARAM_QUERY)
		rsp.resp.hw_param = req->op.hw_param;
	memcpy(image, &rsp, sizeof image);
	keeping_write(stream);
	channel_respond(&stream->channel, image);
}

int stream_init(struct stream *stream, const struct published_stream *published)
{
	stream->published = *published;
	stream->bounds = (struct xensnd_query_hw_param)HWPARAMS_ANY;
	stream->timer = event_new(stream->env->base, -1, EV_PERSIST, on_tick, stream);
	channel_init(&stream->channel, &published->refs, stream_request, NULL, stream);
	return stream->timer ? 0 : -ENOMEM;
}

void stream_prepare(struct stream *stream, const struct xensnd_open_req *req)
{
	stream->open = *req;
	stream->frame_bytes = format_frame_bytes(req->pcm_format, req->pcm_channels);
	stream->state = XENAV_STREAM_STOPPED;
	stream->told_frames = 0;
	stream->stood_frames = 0;
	silence_init(&stream->silence, req->buffer_sz);
	progress_open(&stream->progress,
		      format_frames_per_sec(req->pcm_format, req->pcm_channels, req->pcm_rate),
		      req->buffer_sz / stream->frame_bytes);
	progress_carry_on(&stream->progress, req->period_sz / stream->frame_bytes,
			  stream->published.direction == XENAV_CAPTURE);
}

void stream_opened(struct stream *stream, struct gbuf *buffer, const struct xensnd_open_req *req)
{
	stream->buffer = buffer;
	if (++stream->generation == 0)
		stream->generation = 1;
	stream->n_openings++;
	stream_prepare(stream, req);
	log_debug("%s: Stream %u/%u opened: %u Hz, %s, %u channels, buffer %u, period %u",
		  stream->log->name, stream->published.pcm, stream->published.stream, req->pcm_rate,
		  format_name(req->pcm_format), req->pcm_channels, req->buffer_sz, req->period_sz);
	news_of(XENAV_EVENT_OPENED, stream, 0);
	audience_opened(stream);
}

struct gbuf *stream_closed(struct stream *stream)
{
	struct gbuf *buffer = stream->buffer;

	if (!buffer)
		return NULL;
	event_del(stream->timer);
	stream->buffer = NULL;
	stream->progress.running = false;
	/* Linux would read the remaining events at its next opening, before the stream is
	 * configured. */
	channel_void_events(&stream->channel);
	channel_skip_events(&stream->channel);
	keeping_write(stream);
	audience_closed(stream);
	/* A request that is being served is not answered any more. */
	mover_abandon(stream->transfer.mover);
	stream->transfer.mover = NULL;
	news_of(XENAV_EVENT_CLOSED, stream, 0);
	log_debug("%s: Stream %u/%u closed", stream->log->name, stream->published.pcm,
		  stream->published.stream);
	return buffer;
}

static void change_state(struct stream *stream)
{
	news_of(XENAV_EVENT_STATE, stream, stream->state);
	audience_state(stream);
}

static void start(struct stream *stream)
{
	if (stream->state == XENAV_STREAM_STARTED)
		return;
	stream->state = XENAV_STREAM_STARTED;
	stream->stood_frames = stream->progress.position_frames;
	progress_start(&stream->progress, now_ns());
	arm_timer(stream);
	change_state(stream);
}

void stream_go_on(struct stream *stream, struct gbuf *buffer)
{
	stream->buffer = buffer;
	if (stream->state != XENAV_STREAM_STARTED)
		return;
	progress_start(&stream->progress, now_ns());
	arm_timer(stream);
}

static void stop(struct stream *stream, void (*progress)(struct progress *p))
{
	event_del(stream->timer);
	progress_tick(&stream->progress, now_ns());
	stream->stood_frames = stream->progress.position_frames;
	progress(&stream->progress);
	/* What is kept with the event must not be stopped a second time. */
	stream->state = XENAV_STREAM_STOPPED;
	tell_position(stream);
	channel_skip_events(&stream->channel);
	change_state(stream);
}

static void pause(struct stream *stream)
{
	if (stream->state != XENAV_STREAM_STARTED)
		return;
	event_del(stream->timer);
	progress_tick(&stream->progress, now_ns());
	progress_pause(&stream->progress);
	channel_skip_events(&stream->channel);
	stream->stood_frames = stream->progress.position_frames;
	stream->state = XENAV_STREAM_PAUSED;
	change_state(stream);
}

int stream_trigger(struct stream *stream, uint8_t type)
{
	log_debug("%s: Stream %u/%u triggered: %u at %llu", stream->log->name,
		  stream->published.pcm, stream->published.stream, type,
		  (unsigned long long)stream->progress.position_frames);
	switch (type) {
	case XENSND_OP_TRIGGER_START:
		/* A start from a pause means that Linux was suspended and begins anew. */
		if (stream->state == XENAV_STREAM_PAUSED) {
			stop(stream, progress_restart);
			audience_pending(stream);
		}
		start(stream);
		return 0;
	case XENSND_OP_TRIGGER_PAUSE:
		pause(stream);
		return 0;
	case XENSND_OP_TRIGGER_STOP:
		if (stream->state != XENAV_STREAM_STOPPED)
			stop(stream, progress_stop);
		return 0;
	case XENSND_OP_TRIGGER_RESUME:
		if (stream->state == XENAV_STREAM_PAUSED)
			start(stream);
		return 0;
	default:
		return -EINVAL;
	}
}

void stream_set_volume(struct stream *stream, uint8_t op, const uint8_t *values)
{
	const unsigned chunks =
		volume_apply(&stream->volume, op, stream->open.pcm_channels, values);

	keeping_write_volume(stream, chunks);
	audience_volume(stream, chunks);
}

static unsigned n_watchers(const struct stream *stream)
{
	unsigned n = 0;

	for (unsigned i = PLACE_WATCHER; i < PLACES; i++)
		n += stream->audience[i].listener != NULL;
	return n;
}

static void report(struct status_source *source)
{
	static const char *const states[] = {"stopped", "started", "paused"};
	const struct stream *stream = CONTAINER(source, struct stream, status);

	status_line("stream domain=%u device=%u pcm=%u stream=%u direction=%s driven=%d "
		    "watchers=%u state=%s position_frames=%llu",
		    stream->guest->domid, stream->devid, stream->published.pcm,
		    stream->published.stream,
		    stream->published.direction == XENAV_CAPTURE ? "capture" : "playback",
		    stream->audience[PLACE_DRIVER].listener != NULL, n_watchers(stream),
		    stream->buffer ? states[stream->state] : "closed",
		    (unsigned long long)stream->progress.position_frames);
}

void stream_add_status(struct stream *stream)
{
	status_add(&stream->status, report);
}

bool stream_kill(struct stream *stream, void (*unmapped)(void *data), void *data)
{
	struct gbuf *buffer;

	status_remove(&stream->status);
	stream->dead = true;
	/* The observer's removed() tells consumers of the end. */
	audience_dismiss(stream);
	if (stream->announced)
		stream->env->observer->removed(stream, stream->env->observer_data);
	stream->announced = false;
	buffer = stream_closed(stream);
	if (buffer)
		gbuf_unmap(stream->env->xen, buffer, unmapped, data);
	if (stream->timer)
		event_free(stream->timer);
	stream->timer = NULL;
	return buffer != NULL;
}

/* -------- what the consumer does -------- */

void stream_get_info(const struct stream *stream, struct stream_info *info)
{
	*info = (struct stream_info){
		.guest = stream->guest,
		.devid = stream->devid,
		.pcm = stream->published.pcm,
		.stream = stream->published.stream,
		.direction = stream->published.direction,
		.unique_id = stream->published.unique_id,
		.pcm_name = stream->published.pcm_name,
	};
}

static void get_opening(const struct stream *stream, struct xenav_msg_status_stream *msg)
{
	const struct progress *p = &stream->progress;

	msg->state = (uint8_t)(1 + stream->state);
	msg->format = stream->open.pcm_format;
	msg->channels = stream->open.pcm_channels;
	msg->rate_hz = stream->open.pcm_rate;
	msg->buffer_frames = p->buffer_frames;
	msg->period_frames = stream->open.period_sz / stream->frame_bytes;
	msg->fill_frames = progress_fill(p);
	msg->drift_ppm = progress_drift_ppm(p);
	msg->position_frames = p->position_frames;
}

void stream_get_status(struct stream *stream, struct xenav_msg_status_stream *msg)
{
	const struct progress *p = &stream->progress;

	msg->when_ns = now_ns();
	msg->drift_ppm = XENAV_DRIFT_UNKNOWN;
	if (stream->buffer) {
		progress_tick(&stream->progress, msg->when_ns);
		get_opening(stream, msg);
	}
	msg->driven = stream->audience[PLACE_DRIVER].listener != NULL;
	msg->watchers = (uint8_t)n_watchers(stream);
	msg->requests = stream->channel.n_requests;
	msg->openings = stream->n_openings;
	msg->late_reports = p->n_takeovers;
	msg->underruns = p->n_underruns;
	msg->frames = stream->n_frames;
}

uint64_t stream_stood_frames(const struct stream *stream)
{
	return stream->stood_frames;
}

int stream_bound(struct stream *stream, const struct stream_bounds *b)
{
	struct xensnd_query_hw_param space = {
		.formats = b->formats ? b->formats : UINT64_MAX,
		.rates = {b->rate_hz.min, b->rate_hz.max ? b->rate_hz.max : UINT32_MAX},
		.channels = {b->channels.min, b->channels.max ? b->channels.max : UINT32_MAX},
		.buffer = {b->buffer_frames.min,
			   b->buffer_frames.max ? b->buffer_frames.max : UINT32_MAX},
		.period = {b->period_frames.min,
			   b->period_frames.max ? b->period_frames.max : UINT32_MAX},
	};
	const struct xensnd_query_hw_param bounds = space;
	int rc;

	rc = hwparams_narrow(&stream->published.limits, &space);
	if (rc < 0) {
		log_about(stream->log, LOG_LEVEL_WARN, STREAM_NAMED(stream),
			  "Stream %u/%u: Refused the limits of its consumer: they leave nothing",
			  stream->published.pcm, stream->published.stream);
		return rc;
	}
	stream->bounds = bounds;
	return 0;
}

/* Is this the generation of the present opening, and was the claiming consumer told of it? */
static bool is_present(const struct stream *stream, uint32_t generation)
{
	return stream->buffer && generation != 0 &&
	       generation == stream->audience[PLACE_DRIVER].generation;
}

int stream_report(struct stream *stream, uint32_t generation, uint64_t position_frames,
		  uint64_t when_ns, uint32_t carry_frames)
{
	int rc;

	if (!is_present(stream, generation))
		return 0;
	/* The report before is carried on to now by its own bound. */
	progress_tick(&stream->progress, now_ns());
	progress_bound_carry(&stream->progress, carry_frames);
	rc = progress_report(&stream->progress, position_frames, when_ns, now_ns());
	if (stream->progress.running)
		tell_progress(stream);
	return rc;
}

void stream_filled(struct stream *stream, uint32_t generation, uint64_t filled_frames)
{
	if (is_present(stream, generation))
		progress_filled(&stream->progress, filled_frames);
}
