/* SPDX-License-Identifier: MIT */
/*
 * list [SOCKET]: print the streams, connectors and input devices that there are.
 *
 *     cc list.c $(pkg-config --cflags --libs libxenav)
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <xenav.h>

static int done; /* 1, or a negative errno */

static void on_stream(void *data, struct xenav_stream *s)
{
	const struct xenav_stream_info *info = xenav_stream_get_info(s);

	(void)data;
	printf("%s %s of %s (domain %u)\n",
	       info->direction == XENAV_CAPTURE ? "capture" : "playback", info->unique_id,
	       info->domain_name, info->domid);
}

static void on_connector(void *data, struct xenav_connector *c)
{
	const struct xenav_connector_info *info = xenav_connector_get_info(c);

	(void)data;
	printf("connector %s of %s (domain %u), %ux%u\n", info->unique_id, info->domain_name,
	       info->domid, info->width_px, info->height_px);
}

static void on_input(void *data, struct xenav_input *in)
{
	const struct xenav_input_info *info = xenav_input_get_info(in);

	(void)data;
	printf("input device %s of %s (domain %u)\n", info->unique_id, info->domain_name,
	       info->domid);
}

static void on_announced(void *data)
{
	(void)data;
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
		.stream_added = on_stream,
		.connector_added = on_connector,
		.input_added = on_input,
		.announced = on_announced,
		.disconnected = on_disconnected,
	};
	struct xenav *x;
	int rc;

	rc = xenav_open(&x, argc > 1 ? argv[1] : NULL, "list", &listener, NULL);
	if (rc < 0) {
		fprintf(stderr, "list: %s\n", strerror(-rc));
		return 1;
	}
	while (!done) {
		struct pollfd p = {xenav_get_fd(x), xenav_get_events(x), 0};

		poll(&p, 1, -1);
		xenav_dispatch(x);
	}
	xenav_close(x);
	if (done < 0)
		fprintf(stderr, "list: disconnected: %s\n", strerror(-done));
	return done < 0;
}
