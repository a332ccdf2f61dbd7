/* SPDX-License-Identifier: MIT */
/* See alsa.h: a route for each stream that is played or recorded, from its beginning to its end. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "alsa/alsa.h"
#include "alsa/format.h"
#include "common/clock.h"
#include "common/selection.h"

/* Time before a claim that failed because another program has the stream is tried again. */
#define CLAIM_RETRY_NS (500 * NS_PER_MS)

/* Limits of buffers are in frames: of this rate, or a lower one if the PCM has no higher. */
#define RATE_USUAL_HZ 48000

static const char NO_PCM[] = "-";

/* -------- coming -------- */

/* The PCM of the command line for a stream, or NULL to leave it alone. */
static const char *choose_pcm(const struct alsa *a, const struct xenav_stream_info *info)
{
	const char *name;

	if (!selection_has_domain(&a->opt.common.selection, info->domid, info->domain_name) ||
	    !selection_has_object(&a->opt.common.selection, info->devid, info->unique_id))
		return NULL;
	if (info->direction == XENAV_CAPTURE)
		return a->opt.capture_name;
	name = rules_find(&a->opt.rules, info);
	if (!name)
		name = a->opt.pcm_name;
	return strcmp(name, NO_PCM) == 0 ? NULL : name;
}

static void make_label(char label[LABEL_SIZE], const struct xenav_stream_info *info)
{
	if (*info->domain_name)
		snprintf(label, LABEL_SIZE, "%s/%s", info->domain_name, info->unique_id);
	else
		snprintf(label, LABEL_SIZE, "%u/%s", (unsigned int)info->domid, info->unique_id);
	for (char *c = label; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

static void ask(struct route *r)
{
	if (r->capture)
		xenav_stream_feed(r->s);
	else
		xenav_stream_claim(r->s);
}

static int make_guest_end(struct route *r)
{
	return r->capture ? xenav_recorder_new(&r->recorder, r->s)
			  : xenav_player_new(&r->player, r->s);
}

static int start_line(struct route *r)
{
	const struct line_config config = {
		.pcm_name = r->pcm_name,
		.capture = r->capture,
		.queue_ns = r->alsa->opt.queue_ns,
		.notify_fd = r->alsa->notify_fd,
	};

	int rc;

	r->told.probe_error = 1;
	r->told.card = -1;
	rc = make_guest_end(r);
	if (rc < 0)
		return rc;
	rc = line_new(&r->line, &config);
	if (rc < 0)
		return rc;
	line_set_player(r->line, r->player);
	line_set_recorder(r->line, r->recorder);
	return 0;
}

static void destroy(struct route *r)
{
	/* The line's thread is out of the guest's end when this returns. */
	line_free(r->line);
	xenav_player_free(r->player);
	xenav_recorder_free(r->recorder);
	mixer_close(r->mixer);
	free(r);
}

static void on_added(void *alsa, struct xenav_stream *s)
{
	const struct xenav_stream_info *info = xenav_stream_get_info(s);
	struct alsa *a = alsa;
	const char *name = choose_pcm(a, info);
	struct route *r;

	if (!name)
		return;
	r = calloc(1, sizeof *r);
	if (!r) {
		fprintf(stderr, "xenav-alsa: Out of memory: a stream is left alone\n");
		return;
	}
	r->alsa = a;
	r->s = s;
	r->capture = info->direction == XENAV_CAPTURE;
	make_label(r->label, info);
	/* The names were checked with the command line. */
	alsa_options_name(&a->opt, name, r->pcm_name, sizeof r->pcm_name);
	if (start_line(r) < 0) {
		report_problem(r, "Cannot start a thread: the stream is left alone");
		destroy(r);
		return;
	}
	xenav_stream_set_data(s, r);
	TAILQ_INSERT_TAIL(&a->routes, r, link);
	ask(r);
}

/* -------- going -------- */

static void forget(struct route *r)
{
	TAILQ_REMOVE(&r->alsa->routes, r, link);
	destroy(r);
}

static void on_removed(void *, struct xenav_stream *s)
{
	struct route *r = xenav_stream_get_data(s);

	if (!r)
		return;
	report_event(r, "removed");
	forget(r);
}

void routes_lost(void *alsa, int)
{
	struct alsa *a = alsa;

	while (!TAILQ_EMPTY(&a->routes))
		forget(TAILQ_FIRST(&a->routes));
}

/* -------- the claim -------- */

/* What the PCM can do, and buffers that are twice as long as the queue in it. */
static void set_limits(struct route *r, bool buffers)
{
	struct xenav_limits limits = r->told.limits;
	uint32_t rate_hz = limits.rate_max_hz;

	if (r->told.probe_error || !r->claimed)
		return;
	if (rate_hz > RATE_USUAL_HZ)
		rate_hz = RATE_USUAL_HZ;
	if (buffers && !r->capture)
		limits.buffer_min_frames =
			(uint32_t)(2 * r->alsa->opt.queue_ns * rate_hz / NS_PER_S);
	r->limits_buffers = buffers;
	xenav_stream_set_limits(r->s, &limits);
}

static void on_claimed(void *, struct xenav_stream *s)
{
	struct route *r = xenav_stream_get_data(s);

	r->said_busy = false;
	r->claimed = true;
	if (r->capture)
		report_event(r, "claimed pcm=%s, the guest can hear what it records", r->pcm_name);
	else
		report_event(r, "claimed pcm=%s", r->pcm_name);
	set_limits(r, true);
}

static void on_claim_failed(void *, struct xenav_stream *s, int error)
{
	struct route *r = xenav_stream_get_data(s);

	if (!r->said_busy)
		report_problem(r, "Cannot claim the stream: %s", strerror(-error));
	r->said_busy = true;
	if (error == -EBUSY || error == -EUSERS)
		r->retry_ns = monotonic_ns() + CLAIM_RETRY_NS;
}

static void on_limits_failed(void *, struct xenav_stream *s, int)
{
	struct route *r = xenav_stream_get_data(s);

	/* The configuration may be of short buffers only. */
	if (r->limits_buffers) {
		set_limits(r, false);
		return;
	}
	report_problem(r,
		       "PCM %s takes none of the formats, rates and channels that the guest's "
		       "configuration allows%s",
		       r->pcm_name, r->alsa->opt.convert ? "" : ": --convert may");
}

/* -------- what the guest does -------- */

static void on_opened(void *, struct xenav_stream *s, const struct xenav_pcm *pcm)
{
	struct route *r = xenav_stream_get_data(s);

	r->said_volume = false;
	line_open(r->line, pcm);
	routes_set_volume(r);
}

static void on_state(void *, struct xenav_stream *s, int state, uint64_t)
{
	struct route *r = xenav_stream_get_data(s);

	line_set_started(r->line, state == XENAV_STREAM_STARTED);
}

static void on_closed(void *, struct xenav_stream *s)
{
	struct route *r = xenav_stream_get_data(s);

	line_close(r->line);
}

/* -------- volume -------- */

/* @return whether a mixer element applies the volume. */
static bool use_mixer(struct route *r, unsigned int channels)
{
	const char *text = r->alsa->opt.mixer;
	int rc = 0;

	if (!text || r->capture || r->mixer_failed)
		return false;
	/* The line will tell the number of the card, once the PCM is open. */
	if (!r->mixer && !strchr(text, '@') && r->told.card < 0 && r->told.openings == 0)
		return false;
	if (!r->mixer)
		rc = mixer_open(&r->mixer, text, r->told.card);
	if (rc == 0)
		rc = mixer_set(r->mixer, r->s, channels);
	if (rc == 0)
		return true;
	report_problem(r, "Cannot use mixer element %s: %s; the volume is set in software", text,
		       rc == -ENODEV && r->told.card < 0
			       ? "the PCM has no card, name one with @CARD"
			       : snd_strerror(rc));
	mixer_close(r->mixer);
	r->mixer = NULL;
	r->mixer_failed = true;
	return false;
}

void routes_set_volume(struct route *r)
{
	const struct xenav_pcm *pcm = xenav_stream_get_pcm(r->s);
	struct gain gain;
	bool mixed;

	if (!pcm)
		return;
	gain_reset(&gain);
	mixed = use_mixer(r, pcm->channels);
	for (unsigned int i = 0; i < pcm->channels; i++) {
		const bool muted = xenav_stream_is_muted(r->s, i);

		if (!mixed)
			gain_set(&gain, i, xenav_stream_get_volume(r->s, i), muted);
		else if (!mixer_can_mute(r->mixer))
			gain_set(&gain, i, 0, muted);
	}
	if (gain.needed && !gain_is_possible(format_of_guest(pcm->format)) && !r->said_volume) {
		r->said_volume = true;
		report_problem(r, "The volume of samples of %s cannot be changed",
			       xenav_format_name(pcm->format));
	}
	line_set_gain(r->line, &gain);
}

static void on_volume(void *, struct xenav_stream *s)
{
	routes_set_volume(xenav_stream_get_data(s));
}

/* -------- what is due -------- */

void routes_on_news(void *alsa)
{
	struct alsa *a = alsa;
	struct route *r;
	eventfd_t count;

	eventfd_read(a->notify_fd, &count);
	TAILQ_FOREACH (r, &a->routes, link) {
		const bool was_probed = r->told.probe_error == 0;
		const bool had_card = r->told.card >= 0;
		struct line_news news;

		line_get_news(r->line, &news);
		report_news(r, &news, monotonic_ns());
		if (!was_probed)
			set_limits(r, true);
		if (a->opt.mixer && !had_card && news.card >= 0)
			routes_set_volume(r);
	}
	link_work_soon(a->link);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Report positions. @return when the next report is due. */
static uint64_t flush(struct route *r, uint64_t now_ns)
{
	int64_t wait_ns = -1;

	if (r->player)
		wait_ns = xenav_player_flush(r->player);
	else if (r->recorder)
		wait_ns = xenav_recorder_flush(r->recorder);
	return wait_ns < 0 ? UINT64_MAX : now_ns + (uint64_t)wait_ns;
}

uint64_t routes_work(void *alsa, uint64_t now_ns)
{
	struct alsa *a = alsa;
	uint64_t next_ns = UINT64_MAX;
	struct route *r;

	TAILQ_FOREACH (r, &a->routes, link) {
		if (r->retry_ns && r->retry_ns <= now_ns) {
			r->retry_ns = 0;
			ask(r);
		}
		if (r->retry_ns)
			next_ns = earlier(next_ns, r->retry_ns);
		next_ns = earlier(next_ns, flush(r, now_ns));
		next_ns = earlier(next_ns, report_due(r, now_ns));
	}
	return next_ns;
}

const struct xenav_listener routes_listener = {
	.size = sizeof routes_listener,
	.stream_added = on_added,
	.stream_removed = on_removed,
	.stream_claimed = on_claimed,
	.stream_claim_failed = on_claim_failed,
	.stream_opened = on_opened,
	.stream_state = on_state,
	.stream_closed = on_closed,
	.stream_volume = on_volume,
	.stream_limits_failed = on_limits_failed,
};
