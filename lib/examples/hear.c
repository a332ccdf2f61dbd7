/* SPDX-License-Identifier: MIT */
/*
 * hear SECONDS [SOCKET] >FILE: write what the first playback stream plays to standard output, as
 * the guest has written it.  It watches, so another program can play the stream meanwhile.
 *
 *     cc hear.c $(pkg-config --cflags --libs libxenav)
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenav.h>

static struct xenav_stream *stream;
static int done; /* 1, or a negative errno */
static double seconds;
static uint64_t left_frames;
static uint64_t next_frames; /* the position behind what was written */

static void on_added(void *data, struct xenav_stream *s)
{
	(void)data;
	if (!stream && xenav_stream_get_info(s)->direction == XENAV_PLAYBACK &&
	    xenav_stream_watch(s) == 0)
		stream = s;
}

static void on_opened(void *data, struct xenav_stream *s, const struct xenav_pcm *pcm)
{
	(void)data;
	(void)s;
	left_frames = (uint64_t)(seconds * pcm->rate_hz);
	next_frames = 0;
	fprintf(stderr, "%s, %u Hz, %u channels\n", xenav_format_name(pcm->format), pcm->rate_hz,
		pcm->channels);
}

/* A guest may write a position again before it is played; what was written out is not taken back.
 */
static void on_data(void *data, struct xenav_stream *s, uint64_t position_frames,
		    const void *samples, uint32_t frames)
{
	const struct xenav_pcm *pcm = xenav_stream_get_pcm(s);
	uint64_t skip = next_frames > position_frames ? next_frames - position_frames : 0;
	uint64_t n;

	(void)data;
	if (skip >= frames || done)
		return;
	n = frames - skip < left_frames ? frames - skip : left_frames;
	fwrite((const char *)samples + skip * pcm->frame_bytes, pcm->frame_bytes, (size_t)n,
	       stdout);
	next_frames = position_frames + skip + n;
	left_frames -= n;
	if (left_frames == 0)
		done = 1;
}

static void on_removed(void *data, struct xenav_stream *s)
{
	(void)data;
	if (s == stream)
		done = 1;
}

static void on_disconnected(void *data, int error)
{
	(void)data;
	done = error;
}

int main(int argc, char **argv)
{
	const struct xenav_listener listener = {
		.size = sizeof listener,
		.stream_added = on_added,
		.stream_removed = on_removed,
		.stream_opened = on_opened,
		.stream_data = on_data,
		.disconnected = on_disconnected,
	};
	struct xenav *x;
	int rc;

	if (argc < 2 || (seconds = atof(argv[1])) <= 0) {
		fprintf(stderr, "Usage: hear SECONDS [SOCKET] >FILE\n");
		return 2;
	}
	rc = xenav_open(&x, argc > 2 ? argv[2] : NULL, "hear", &listener, NULL);
	if (rc < 0) {
		fprintf(stderr, "hear: %s\n", strerror(-rc));
		return 1;
	}
	while (!done) {
		struct pollfd p = {xenav_get_fd(x), xenav_get_events(x), 0};

		poll(&p, 1, -1);
		xenav_dispatch(x);
	}
	xenav_close(x);
	if (done < 0)
		fprintf(stderr, "hear: disconnected: %s\n", strerror(-done));
	return done < 0 || fflush(stdout) != 0;
}
