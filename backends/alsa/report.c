/* SPDX-License-Identifier: MIT */
/*
 * What xenav-alsa says.  Names come from guests' configurations, so a label has printable
 * characters only; lines that a guest can cause, by opening and closing, or by samples that come
 * late, are few.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <alsa/asoundlib.h>

#include "alsa/alsa.h"
#include "common/clock.h"

/* Lines about a route in so much time. */
#define LINES_MAX 20
#define LINES_NS  (10 * NS_PER_S)

/* The end of a burst of xruns, and the longest one in one line. */
#define BURST_PAUSE_NS NS_PER_S

static bool may_say(struct route *r)
{
	struct chatter *c = &r->chatter;
	const uint64_t now_ns = monotonic_ns();

	if (c->since_ns == 0 || now_ns - c->since_ns >= LINES_NS) {
		if (c->left_out)
			fprintf(stderr, "xenav-alsa: %s: %u lines were left out\n", r->label,
				c->left_out);
		*c = (struct chatter){.since_ns = now_ns};
	}
	if (c->lines == LINES_MAX) {
		c->left_out++;
		return false;
	}
	c->lines++;
	return true;
}

void report_event(struct route *r, const char *format, ...)
{
	va_list args;

	if (r->alsa->opt.common.quiet || !may_say(r))
		return;
	va_start(args, format);
	printf("%s: ", r->label);
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
	va_end(args);
}

void report_problem(struct route *r, const char *format, ...)
{
	va_list args;

	if (!may_say(r))
		return;
	va_start(args, format);
	fprintf(stderr, "xenav-alsa: %s: ", r->label);
	vfprintf(stderr, format, args);
	putc('\n', stderr);
	va_end(args);
}

/* -------- errors of a PCM -------- */

static const char *advice(int error)
{
	switch (error) {
	case -EBUSY:
		return "; another stream or program has it: 'default' or a PCM of type dmix lets "
		       "several share a card";
	case -EOPNOTSUPP:
		return "; it does not take the guest's format, rate or channels: --convert does";
	case -EACCES:
	case -EPERM:
		return "; the user needs the group audio";
	default:
		return "";
	}
}

static const char *reason(int error)
{
	return error == -EOPNOTSUPP ? "Not supported" : snd_strerror(error);
}

/* The PCM may have been lost, and tried again or opened again, since the last news. */
static void say_failure(struct route *r, const struct line_news *news)
{
	int said = r->told.error;

	if (news->losses != r->told.losses) {
		report_problem(r,
			       "PCM %s is lost: %s; the guest goes on without it until it is back",
			       r->pcm_name, reason(news->loss_error));
		said = news->loss_error;
	}
	if (news->error && news->error != said)
		report_problem(r, "Cannot open PCM %s: %s%s; trying again", r->pcm_name,
			       reason(news->error), advice(news->error));
}

static void say_probe(struct route *r, const struct line_news *news)
{
	if (news->probe_error < 0)
		report_problem(r, "Cannot ask PCM %s what it can do: %s%s", r->pcm_name,
			       reason(news->probe_error), advice(news->probe_error));
}

/* -------- xruns -------- */

static const char *xrun_name(const struct route *r)
{
	return r->capture ? "overrun" : "underrun";
}

static void see_xruns(struct route *r, const struct line_news *news, uint64_t now_ns)
{
	struct burst *b = &r->burst;

	if (news->openings != r->told.openings)
		*b = (struct burst){0};
	if (news->xruns == r->told.xruns || news->xruns == b->said)
		return;
	b->last_ns = now_ns;
	if (b->is_on)
		return;
	b->is_on = true;
	b->said = news->xruns;
	report_problem(r, "%s in PCM %s, %" PRIu64 " since it was opened", xrun_name(r),
		       r->pcm_name, news->xruns);
}

uint64_t report_due(struct route *r, uint64_t now_ns)
{
	struct burst *b = &r->burst;

	if (!b->is_on)
		return UINT64_MAX;
	if (now_ns - b->last_ns < BURST_PAUSE_NS)
		return b->last_ns + BURST_PAUSE_NS;
	b->is_on = false;
	if (r->told.xruns > b->said)
		report_problem(r, "%" PRIu64 " more %ss in PCM %s, %" PRIu64 " since it was opened",
			       r->told.xruns - b->said, xrun_name(r), r->pcm_name, r->told.xruns);
	b->said = r->told.xruns;
	return UINT64_MAX;
}

/* -------- all news -------- */

static double ms_of(uint64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

static void say_opening(struct route *r, const struct line_news *news)
{
	const struct xenav_pcm *pcm = xenav_stream_get_pcm(r->s);

	if (!pcm)
		return;
	report_event(r, "%s pcm=%s rate=%u format=%s channels=%u queue=%.1fms",
		     r->capture ? "records" : "plays", r->pcm_name, (unsigned int)pcm->rate_hz,
		     xenav_format_name(pcm->format), pcm->channels, ms_of(news->queue_ns));
}

static void say_closing(struct route *r, const struct line_news *news)
{
	if (r->capture)
		report_event(r, "closed overruns=%" PRIu64, news->xruns);
	else
		report_event(r, "closed underruns=%" PRIu64 " least=%.1fms", news->xruns,
			     ms_of(news->least_ns));
}

void report_news(struct route *r, const struct line_news *news, uint64_t now_ns)
{
	if (!r->alsa->said_priority && !news->realtime)
		fprintf(stderr, "xenav-alsa: No real-time priority: the limit RTPRIO of this user "
				"is below 10, so other programs may cause gaps\n");
	r->alsa->said_priority = true;
	if (news->probe_error != r->told.probe_error)
		say_probe(r, news);
	if (news->failures != r->told.failures)
		say_failure(r, news);
	see_xruns(r, news, now_ns);
	if (news->openings != r->told.openings && !news->error)
		say_opening(r, news);
	if (news->paced && !r->told.paced)
		report_event(r, "PCM %s has no clock, that of xenav-alsa is used", r->pcm_name);
	if (news->closings != r->told.closings)
		say_closing(r, news);
	r->told = *news;
}
