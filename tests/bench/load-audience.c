/* SPDX-License-Identifier: MIT */
/*
 * The consumer of a load, in a process of its own: it shows all connectors and watches all streams,
 * and looks whether what guests have counted comes in order.  See load.h.
 */
#include <config.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "load.h"
#include "xenav.h"

static const struct load_spec *spec;
static struct load_audience *shared;
static uint32_t pictures[LOAD_GUESTS];              /* the newest of each guest */
static uint32_t samples[LOAD_GUESTS][LOAD_STREAMS]; /* the next of each stream */

static void on_connector_added(void *, struct xenav_connector *c)
{
	xenav_connector_set_ways(c, spec->ways);
	xenav_connector_claim(c);
}

static void on_connector_claimed(void *, struct xenav_connector *c)
{
	if (spec->refresh_ns < NS_PER_SEC / 61)
		xenav_connector_set_refresh(c, spec->refresh_ns);
	shared->claimed++;
}

static void on_frame(void *, struct xenav_connector *c, const struct xenav_frame *frame)
{
	uint32_t *newest =
		&pictures[(xenav_connector_get_info(c)->domid - LOAD_DOMID) % LOAD_GUESTS];
	uint32_t number;

	shared->frames++;
	shared->frame_bytes += (uint64_t)frame->stride_bytes * frame->height_px;
	if (frame->pixels) {
		memcpy(&number, frame->pixels, sizeof number);
		shared->older += number < *newest;
		*newest = number;
	}
	xenav_frame_done(c);
}

static void on_stream_added(void *, struct xenav_stream *s)
{
	xenav_stream_watch(s);
	shared->claimed++;
}

static void hear(uint32_t *next, uint32_t sample)
{
	if (*next && sample > *next)
		shared->lost += sample - *next;
	else if (*next && sample < *next)
		shared->reordered++;
	*next = sample + 1;
	shared->heard++;
}

static void on_data(void *, struct xenav_stream *s, uint64_t, const void *data, uint32_t frames)
{
	const struct xenav_stream_info *info = xenav_stream_get_info(s);
	uint32_t *next =
		&samples[(info->domid - LOAD_DOMID) % LOAD_GUESTS][info->stream % LOAD_STREAMS];

	for (uint32_t i = 0; i < frames; i++) {
		uint32_t sample;

		memcpy(&sample, (const uint8_t *)data + (size_t)i * sizeof sample, sizeof sample);
		hear(next, sample);
	}
}

static void on_opened(void *, struct xenav_stream *s, const struct xenav_pcm *)
{
	const struct xenav_stream_info *info = xenav_stream_get_info(s);

	samples[(info->domid - LOAD_DOMID) % LOAD_GUESTS][info->stream % LOAD_STREAMS] = 0;
}

static void on_disconnected(void *, int error)
{
	shared->failed = (uint64_t)error;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.disconnected = on_disconnected,
	.connector_added = on_connector_added,
	.connector_claimed = on_connector_claimed,
	.frame = on_frame,
	.stream_added = on_stream_added,
	.stream_opened = on_opened,
	.stream_data = on_data,
};

static void look_on(void)
{
	struct xenav *x;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, 0);
	if (xenav_open(&x, lab.socket, "load", &listener, NULL) < 0)
		_exit(1);
	for (;;) {
		struct pollfd pfd = {xenav_get_fd(x), xenav_get_events(x), 0};

		poll(&pfd, 1, -1);
		if (xenav_dispatch(x) < 0)
			_exit(1);
	}
}

struct load_audience *load_audience_start(const struct load_spec *of)
{
	struct load_audience *a =
		mmap(NULL, sizeof *a, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	pid_t pid;

	if (a == MAP_FAILED)
		return NULL;
	spec = of;
	shared = a;
	/* Both write to what is shared. */
	pid = fork();
	if (pid == 0)
		look_on();
	if (pid > 0) {
		a->pid = pid;
		return a;
	}
	munmap(a, sizeof *a);
	return NULL;
}

void load_audience_stop(struct load_audience *a)
{
	if (!a)
		return;
	kill(a->pid, SIGKILL);
	waitpid(a->pid, NULL, 0);
	munmap(a, sizeof *a);
}
