/* SPDX-License-Identifier: MIT */
/*
 * screenshot [SOCKET] >FILE.ppm: write the picture of the first connector to standard output.
 *
 *     cc screenshot.c $(pkg-config --cflags --libs libxenav)
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenav.h>

static struct xenav_connector *connector;
static int done; /* 1, or a negative errno */

static void on_added(void *data, struct xenav_connector *c)
{
	(void)data;
	if (!connector && xenav_connector_watch(c) == 0)
		connector = c;
}

/* One of the guest's pixel formats comes in; B, G, R and 255 come out of the library. */
static int write_ppm(const struct xenav_frame *frame)
{
	const size_t stride_bytes = (size_t)frame->width_px * 4;
	unsigned char *pixels = malloc(stride_bytes * frame->height_px);
	int rc;

	if (!pixels)
		return -ENOMEM;
	rc = xenav_frame_to_xrgb8888(frame, pixels, stride_bytes);
	if (rc == 0)
		printf("P6\n%u %u\n255\n", frame->width_px, frame->height_px);
	for (size_t i = 0; rc == 0 && i < (size_t)frame->width_px * frame->height_px; i++) {
		const unsigned char rgb[3] = {pixels[4 * i + 2], pixels[4 * i + 1], pixels[4 * i]};

		fwrite(rgb, sizeof rgb, 1, stdout);
	}
	free(pixels);
	return rc;
}

static void on_frame(void *data, struct xenav_connector *c, const struct xenav_frame *frame)
{
	int rc;

	(void)data;
	if (done)
		return;
	rc = write_ppm(frame);
	done = rc < 0 ? rc : 1;
	xenav_frame_done(c);
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
		.connector_added = on_added,
		.frame = on_frame,
		.disconnected = on_disconnected,
	};
	struct xenav *x;
	int rc;

	rc = xenav_open(&x, argc > 1 ? argv[1] : NULL, "screenshot", &listener, NULL);
	if (rc < 0) {
		fprintf(stderr, "screenshot: %s\n", strerror(-rc));
		return 1;
	}
	while (!done) {
		struct pollfd p = {xenav_get_fd(x), xenav_get_events(x), 0};

		poll(&p, 1, -1);
		xenav_dispatch(x);
	}
	xenav_close(x);
	if (done < 0)
		fprintf(stderr, "screenshot: %s\n", strerror(-done));
	return done < 0 || fflush(stdout) != 0;
}
