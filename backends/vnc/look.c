/* SPDX-License-Identifier: MIT */
/* See look.h. */
#include <config.h>

#include "common/clock.h"
#include "vnc/look.h"

/* The present picture of a guest that reports no change is asked for as often as this at least. */
#define AGAIN_MAX_NS (100 * NS_PER_MS)

/* Nobody has waited for a picture for so long: what is there may be old. */
#define PAUSE_NS (300 * NS_PER_MS)

void look_init(struct look *look, unsigned int max_fps)
{
	*look = (struct look){.period_ns = NS_PER_S / max_fps};
}

static void lower(uint64_t *next_ns, uint64_t ns)
{
	if (ns < *next_ns)
		*next_ns = ns;
}

static void look_at(struct area *area, uint64_t due_ns, uint64_t again_ns, uint64_t now_ns,
		    uint64_t *next_ns)
{
	if (!area->was_asked_again && now_ns >= again_ns) {
		xenav_frame_again(area->c);
		area->was_asked_again = true;
	} else if (!area->was_asked_again) {
		lower(next_ns, again_ns);
	}
	if (area->is_held && now_ns >= due_ns) {
		xenav_frame_done(area->c);
		area->is_held = false;
	} else if (area->is_held) {
		lower(next_ns, due_ns);
	}
}

uint64_t look_run(struct look *look, struct picture *picture, uint64_t now_ns)
{
	const bool paused = now_ns - look->last_ns > PAUSE_NS;
	uint64_t next_ns = now_ns + AGAIN_MAX_NS;

	look->last_ns = now_ns;
	for (unsigned int i = 0; i < picture->n; i++) {
		struct area *area = &picture->areas[i];
		const uint64_t due_ns = area->looked_ns + look->period_ns;

		if (paused)
			area_ask_again(area, now_ns);
		look_at(area, due_ns, area->looked_ns + area->again_ns, now_ns, &next_ns);
	}
	return next_ns;
}

static uint64_t again_after(const struct look *look, const struct area *area, bool is_new)
{
	if (!area->was_asked_again)
		return AGAIN_MAX_NS;
	if (is_new || area->again_ns < look->period_ns)
		return look->period_ns;
	return area->again_ns * 2 < AGAIN_MAX_NS ? area->again_ns * 2 : AGAIN_MAX_NS;
}

void look_note(struct look *look, struct area *area, bool is_new, uint64_t now_ns)
{
	area->again_ns = again_after(look, area, is_new);
	area->was_asked_again = false;
	area->is_held = true;
	area->looked_ns = now_ns;
	area->stale_until_ns = 0;
}

void look_note_blank(struct area *area, uint64_t now_ns)
{
	area->was_asked_again = false;
	area->again_ns = AGAIN_MAX_NS;
	area->looked_ns = now_ns;
	area->stale_until_ns = 0;
}

bool look_is_fresh(const struct picture *picture, uint64_t now_ns)
{
	for (unsigned int i = 0; i < picture->n; i++)
		if (now_ns < picture->areas[i].stale_until_ns)
			return false;
	return true;
}
