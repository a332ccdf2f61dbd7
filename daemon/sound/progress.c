/* SPDX-License-Identifier: MIT */
/*
 * See progress.h.  The frame at position p is at p % buffer in the guest's buffer: Linux starts at
 * 0 with OPEN, and progress_stop() keeps it so over STOP and START.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "sound/progress.h"

/* The limits of the time after which a silent or late consumer loses control of the position. */
#define SILENCE_MIN_NS (20 * NS_PER_MS)
#define SILENCE_MAX_NS NS_PER_SEC

/* A consumer that is late by less has come back. */
#define BACK_NS (5 * NS_PER_MS)

/* The longest time for which rate * ns fits 64 bits; the clock moves its base well before. */
#define REBASE_NS (60 * NS_PER_SEC)

/* -------- statistics -------- */

int32_t progress_drift_ppm(const struct progress *p)
{
	return drift_ppm(&p->drift, p->reported_frames, p->reported_ns, p->rate);
}

uint32_t progress_fill(const struct progress *p)
{
	const uint64_t from = p->capture ? p->edge_frames : p->position_frames;
	const uint64_t to = p->capture ? p->position_frames : p->edge_frames;

	if (to <= from)
		return 0;
	return to - from < p->buffer_frames ? (uint32_t)(to - from) : p->buffer_frames;
}

/* -------- clocks -------- */

void progress_open(struct progress *p, uint32_t rate, uint32_t buffer_frames)
{
	const bool claimed = p->claimed;
	const uint64_t n_takeovers = p->n_takeovers;
	const uint64_t n_underruns = p->n_underruns;

	memset(p, 0, sizeof *p);
	p->claimed = claimed;
	p->n_takeovers = n_takeovers;
	p->n_underruns = n_underruns;
	p->rate = rate;
	p->buffer_frames = buffer_frames;
}

void progress_carry_on(struct progress *p, uint32_t period_frames, bool capture)
{
	p->period_frames = period_frames;
	p->capture = capture;
}

static void rebase(struct progress *p, uint64_t now_ns)
{
	p->base_frames = p->position_frames;
	p->base_ns = now_ns;
}

static uint64_t buffer_ns(const struct progress *p)
{
	return (uint64_t)p->buffer_frames * NS_PER_SEC / p->rate;
}

/* Called for the guest's START only: a consumer must not get more than time by what it does. */
static void reset_credit(struct progress *p, uint64_t now_ns)
{
	p->credit_ns = buffer_ns(p);
	p->credited_ns = now_ns;
}

/* Earn an eighth more than time: the consumer's clock may be a little faster than ours. */
static void earn_credit(struct progress *p, uint64_t now_ns)
{
	uint64_t since_ns = now_ns - p->credited_ns;

	if (since_ns > REBASE_NS)
		since_ns = REBASE_NS;
	p->credit_ns += since_ns + since_ns / 8;
	p->credited_ns = now_ns;
}

/* Pay for each move, by the consumer or the clock.  After a move at most a buffer of credit is
 * kept; while nothing moves, credit for that time is kept, too. */
static void spend_credit(struct progress *p, uint64_t frames)
{
	uint64_t max_ns = buffer_ns(p);
	uint64_t cost_ns = frames * NS_PER_SEC / p->rate;

	p->credit_ns = p->credit_ns > cost_ns ? p->credit_ns - cost_ns : 0;
	if (p->credit_ns > max_ns)
		p->credit_ns = max_ns;
}

static uint64_t silence_ns(const struct progress *p)
{
	uint64_t half_ns = buffer_ns(p) / 2;

	if (half_ns < SILENCE_MIN_NS)
		return SILENCE_MIN_NS;
	return half_ns > SILENCE_MAX_NS ? SILENCE_MAX_NS : half_ns;
}

/*
 * Time of a consumer that reports nothing.  It counts as silent, and seven eighths of it are due to
 * the guest, by the consumer or the clock: that is the reverse of credit.
 *
 * A step counts half of a consumer's patience at most: where the daemon or the machine stood still,
 * the consumer has its time after that.  The clock pays back a debt that is too large: at most the
 * debt that it can pay in due time is kept.
 */
static void wait_for_consumer(struct progress *p, uint64_t now_ns)
{
	uint64_t since_ns = now_ns - p->waited_ns;

	if (since_ns > silence_ns(p) / 2)
		since_ns = silence_ns(p) / 2;
	p->silent_ns += since_ns;
	p->due_ns += since_ns - since_ns / 8;
	p->waited_ns = now_ns;
}

static void pay_due(struct progress *p, uint64_t frames)
{
	uint64_t max_ns = 2 * silence_ns(p);
	uint64_t paid_ns = frames * NS_PER_SEC / p->rate;

	p->due_ns = p->due_ns > paid_ns ? p->due_ns - paid_ns : 0;
	if (p->due_ns > max_ns)
		p->due_ns = max_ns;
}

/* The consumer is where the position is. */
static void come_back(struct progress *p)
{
	p->taken_over = false;
	p->takeover_told = false;
}

void progress_start(struct progress *p, uint64_t now_ns)
{
	p->running = true;
	p->silent_ns = 0;
	p->reported_frames = p->position_frames;
	p->reported_ns = 0;
	reset_credit(p, now_ns);
	p->started_frames = p->position_frames;
	p->started_ns = now_ns;
	come_back(p);
	drift_restart(&p->drift);
	p->due_ns = 0;
	p->waited_ns = now_ns;
	rebase(p, now_ns);
}

void progress_pause(struct progress *p)
{
	p->running = false;
	p->refilled = false;
}

/* The next position that is a multiple of the buffer. */
static uint64_t next_start_frames(const struct progress *p)
{
	uint64_t rest = p->position_frames % p->buffer_frames;

	return rest > 0 ? p->position_frames + p->buffer_frames - rest : p->position_frames;
}

void progress_restart(struct progress *p)
{
	p->running = false;
	p->position_frames = next_start_frames(p);
	if (!p->refilled)
		p->edge_frames = p->position_frames;
	if (p->captured_frames > p->position_frames)
		p->captured_frames = p->position_frames;
}

void progress_stop(struct progress *p)
{
	p->refilled = false;
	progress_restart(p);
}

/* The daemon's clock is in control. */
static void move_by_time(struct progress *p, uint64_t now_ns)
{
	uint64_t elapsed_ns = now_ns - p->base_ns;

	/* After a long sleep of the daemon, make up for this much only. */
	if (elapsed_ns > REBASE_NS) {
		p->position_frames = p->base_frames + REBASE_NS / NS_PER_SEC * p->rate;
		rebase(p, now_ns);
		return;
	}
	p->position_frames = p->base_frames + elapsed_ns * p->rate / NS_PER_SEC;
	if (elapsed_ns >= REBASE_NS / 2) {
		/* Move the base by whole seconds, which are whole frames: nothing is rounded
		 * away. */
		p->base_frames += elapsed_ns / NS_PER_SEC * p->rate;
		p->base_ns += elapsed_ns / NS_PER_SEC * NS_PER_SEC;
	}
}

static bool consumer_in_charge(const struct progress *p)
{
	return p->claimed && p->silent_ns < silence_ns(p) && p->due_ns < silence_ns(p);
}

/* The expected position of the consumer by now, see progress_carry_on(). */
static uint64_t foresee(const struct progress *p, uint64_t now_ns)
{
	uint64_t limit = p->edge_frames;
	uint64_t frames;

	if (p->reported_ns == 0)
		return 0;
	if (p->capture)
		limit = p->captured_frames;
	else if (limit > 0)
		limit--;
	frames = now_ns - p->reported_ns > NS_PER_SEC
			 ? p->rate
			 : (now_ns - p->reported_ns) * p->rate / NS_PER_SEC;
	if (frames > p->period_frames)
		frames = p->period_frames;
	if (p->carry_frames > 0 && frames > p->carry_frames)
		frames = p->carry_frames;
	frames += p->reported_frames;
	return frames < limit ? frames : limit;
}

/* The furthest position that the consumer's credit allows. */
static uint64_t affordable(struct progress *p, uint64_t now_ns)
{
	earn_credit(p, now_ns);
	return p->position_frames + p->credit_ns * p->rate / NS_PER_SEC;
}

/* Move the position to where the consumer says. */
static void advance(struct progress *p, uint64_t frames, uint64_t now_ns)
{
	uint64_t limit = affordable(p, now_ns);

	if (frames > limit)
		frames = limit;
	if (frames <= p->position_frames)
		return;
	spend_credit(p, frames - p->position_frames);
	pay_due(p, frames - p->position_frames);
	p->position_frames = frames;
	rebase(p, now_ns);
}

static void take_over(struct progress *p)
{
	if (!p->claimed || p->taken_over)
		return;
	p->taken_over = true;
	p->n_takeovers++;
	drift_restart(&p->drift);
}

static void note_dry(struct progress *p)
{
	if (!p->capture && p->edge_frames > p->started_frames &&
	    p->position_frames >= p->edge_frames)
		p->dry = true;
}

void progress_tick(struct progress *p, uint64_t now_ns)
{
	uint64_t before = p->position_frames;

	if (!p->running)
		return;
	wait_for_consumer(p, now_ns);
	if (consumer_in_charge(p)) {
		advance(p, foresee(p, now_ns), now_ns);
		rebase(p, now_ns);
		note_dry(p);
		return;
	}
	take_over(p);
	move_by_time(p, now_ns);
	earn_credit(p, now_ns);
	spend_credit(p, p->position_frames - before);
	pay_due(p, p->position_frames - before);
	note_dry(p);
}

void progress_claim(struct progress *p, bool claimed, uint64_t now_ns)
{
	/* A stream that is claimed and released again and again must not stand still. */
	progress_tick(p, now_ns);
	p->claimed = claimed;
	p->carry_frames = 0;
	come_back(p);
	drift_restart(&p->drift);
	p->captured_frames = 0;
	p->reported_frames = 0;
	p->reported_ns = 0;
	p->silent_ns = 0;
	rebase(p, now_ns);
}

void progress_filled(struct progress *p, uint64_t frames)
{
	uint64_t limit = p->position_frames + p->buffer_frames;

	if (frames > limit)
		frames = limit;
	if (frames > p->captured_frames)
		p->captured_frames = frames;
}

void progress_bound_carry(struct progress *p, uint32_t carry_frames)
{
	p->carry_frames = carry_frames;
}

bool progress_takes_over(struct progress *p)
{
	const bool news = p->taken_over && !p->takeover_told;

	p->takeover_told |= news;
	return news;
}

/* Is it ahead of whatever clock a consumer may have? */
static bool is_beyond_time(const struct progress *p, uint64_t frames, uint64_t now_ns)
{
	const uint64_t since_ns = now_ns - p->started_ns;
	const uint64_t most_ns = since_ns + since_ns / 8;
	const uint64_t most_frames = most_ns / NS_PER_SEC * p->rate +
				     most_ns % NS_PER_SEC * p->rate / NS_PER_SEC + p->buffer_frames;

	return frames > p->started_frames && frames - p->started_frames > most_frames;
}

/* Is it where the position is now?  A report takes its time, and is rounded. */
static bool is_back(const struct progress *p, uint64_t frames, uint64_t when_ns, uint64_t now_ns)
{
	const uint64_t since_ns = now_ns - when_ns + BACK_NS;

	return since_ns <= NS_PER_SEC &&
	       frames + since_ns * p->rate / NS_PER_SEC >= p->position_frames;
}

/* Remember a report that may count. */
static void note_report(struct progress *p, uint64_t frames, uint64_t when_ns, uint64_t now_ns)
{
	if (frames > p->captured_frames)
		p->captured_frames = frames;
	if (is_back(p, frames, when_ns, now_ns))
		come_back(p);
	/* A consumer that repeats its position stands still.  One that goes on repeating it, or is
	 * hopelessly behind, counts as silent. */
	if (frames == p->reported_frames)
		p->reported_ns = 0;
	if (frames > p->reported_frames) {
		p->reported_frames = frames;
		p->reported_ns = when_ns;
		drift_note(&p->drift, frames, when_ns);
		if (frames + p->buffer_frames / 2 >= p->position_frames)
			p->silent_ns = 0;
	}
}

int progress_report(struct progress *p, uint64_t frames, uint64_t when_ns, uint64_t now_ns)
{
	uint64_t limit;

	if (!p->running)
		return 0;
	if (is_beyond_time(p, frames, now_ns))
		return -ERANGE;
	if (when_ns == 0 || when_ns > now_ns)
		when_ns = now_ns;
	/* A report takes away nothing that the clock is about to move. */
	progress_tick(p, now_ns);
	limit = affordable(p, now_ns);
	if (frames > limit)
		frames = limit;
	note_report(p, frames, when_ns, now_ns);
	advance(p, frames, now_ns);
	advance(p, foresee(p, now_ns), now_ns);
	note_dry(p);
	return 0;
}

uint64_t progress_written(struct progress *p, uint32_t offset_frames, uint32_t n_frames)
{
	uint64_t restart = next_start_frames(p);
	uint64_t position = p->position_frames;
	uint64_t buffer = p->buffer_frames;
	uint64_t start;

	p->n_underruns += p->dry;
	p->dry = false;
	/* The guest is already filling the buffer for the restart. */
	if (!p->running && p->refilled)
		position = restart;
	/* An edge behind the position is an underrun: the guest has to catch up. */
	if (p->edge_frames < position)
		p->edge_frames = position;
	start = p->edge_frames;
	/* The guest usually goes on at the edge.  Otherwise, or when that is more than a buffer
	 * ahead, the write begins at the first position with this offset. */
	if (start % buffer != offset_frames || start + n_frames > position + buffer)
		start = position + (offset_frames + buffer - position % buffer) % buffer;
	if (start == restart)
		p->refilled = true;
	p->edge_frames = start + n_frames;
	return start;
}

uint64_t progress_read(struct progress *p, uint32_t offset_frames, uint32_t n_frames)
{
	uint64_t position = p->position_frames;
	uint64_t buffer = p->buffer_frames;
	uint64_t start = p->edge_frames;

	/* The guest usually goes on at the edge.  Otherwise it reads the newest samples at this
	 * offset. */
	if (start % buffer != offset_frames || start > position || start + buffer < position) {
		uint64_t last = position > n_frames ? position - n_frames : 0;
		uint64_t back = (last + buffer - offset_frames) % buffer;

		start = last >= back ? last - back : offset_frames;
	}
	p->edge_frames = start + n_frames;
	return start;
}
