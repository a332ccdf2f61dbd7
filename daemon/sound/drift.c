/* SPDX-License-Identifier: MIT */
/* See drift.h. */
#include <config.h>

#include "base/clock.h"
#include "sound/drift.h"

#define SPAN_NS (300 * NS_PER_SEC)
#define MIN_NS  (2 * NS_PER_SEC)

/* More than any clock drifts. */
#define MOST_PPM 1e6

void drift_restart(struct drift *drift)
{
	*drift = (struct drift){0};
}

void drift_note(struct drift *drift, uint64_t frames, uint64_t when_ns)
{
	if (drift->from_ns == 0) {
		drift->from_frames = drift->then_frames = frames;
		drift->from_ns = drift->then_ns = when_ns;
	} else if (when_ns > drift->then_ns && when_ns - drift->then_ns >= SPAN_NS) {
		drift->from_frames = drift->then_frames;
		drift->from_ns = drift->then_ns;
		drift->then_frames = frames;
		drift->then_ns = when_ns;
	}
}

int32_t drift_ppm(const struct drift *drift, uint64_t frames, uint64_t when_ns, uint32_t rate_hz)
{
	double played_ns, since_ns, ppm;

	if (drift->from_ns == 0 || rate_hz == 0 || when_ns < drift->from_ns + MIN_NS ||
	    frames < drift->from_frames)
		return DRIFT_UNKNOWN;
	since_ns = (double)(when_ns - drift->from_ns);
	played_ns = (double)(frames - drift->from_frames) * NS_PER_SEC / rate_hz;
	ppm = (played_ns - since_ns) / since_ns * 1e6;
	return (int32_t)(ppm < MOST_PPM ? ppm : MOST_PPM);
}
