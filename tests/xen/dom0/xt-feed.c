/* SPDX-License-Identifier: MIT */
/*
 * xt-feed: feeds an input device of a guest, by libxenav, as a script on stdin says.
 *
 *   -d DEVID   the input device (0)
 *   -p         patience: wait for the next xenavd when this one is gone
 *
 *   key CODE 0|1            down or up
 *   tap FIRST LAST          down and up, each code from FIRST to LAST
 *   move DX DY WHEEL        the pointer and its wheel
 *   at SCREEN X Y WHEEL     a position on the connector of that unique-id, - for the whole box
 *   touch N SCREEN X Y      a contact
 *   lift N                  its end
 *   shape N MAJOR MINOR     turn N DEGREES     reset
 *   flush                   send what is queued
 *   sleep MS
 *   die                     end at once, by SIGKILL, without a word
 *
 * At the end of the script it sends what is queued and ends, which releases what it holds.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xenav.h>

#define SCREENS_MAX 8
#define START_MS    10000
/* One message has room for these. The reader in the guest has room for 64 events, of which a tap
 * makes four. */
#define TAPS_AT_ONCE 5
#define TAP_PAUSE_MS 50

static struct feeder {
	struct xenav *x;
	struct xenav_input *in;
	struct xenav_connector *screens[SCREENS_MAX];
	unsigned int n_screens;
	uint32_t devid;
	bool ready;
	int error;
} feeder;

/* -------- the connection -------- */

static void on_disconnected(void *data, int error)
{
	(void)data;
	feeder.error = error;
}

static void on_connector_added(void *data, struct xenav_connector *c)
{
	(void)data;
	if (feeder.n_screens < SCREENS_MAX)
		feeder.screens[feeder.n_screens++] = c;
}

static void on_input_added(void *data, struct xenav_input *in)
{
	(void)data;
	if (xenav_input_get_info(in)->devid != feeder.devid || feeder.in != NULL)
		return;
	feeder.in = in;
	xenav_input_feed(in);
}

static void on_input_removed(void *data, struct xenav_input *in)
{
	(void)data;
	if (in == feeder.in)
		feeder.error = -ENODEV;
}

static void on_input_ready(void *data, struct xenav_input *in)
{
	(void)data;
	(void)in;
	feeder.ready = true;
}

static void on_input_failed(void *data, struct xenav_input *in, int error)
{
	(void)data;
	(void)in;
	feeder.error = error;
}

static const struct xenav_listener listener = {
	.size = sizeof(listener),
	.disconnected = on_disconnected,
	.connector_added = on_connector_added,
	.input_added = on_input_added,
	.input_removed = on_input_removed,
	.input_ready = on_input_ready,
	.input_failed = on_input_failed,
};

static long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Serves the connection for so long, or until something is wrong; until the device is ready or all
 * is sent if that is asked for. */
static int serve(long ms, bool (*enough)(void))
{
	long until = now_ms() + ms;

	while (feeder.error == 0 && !(enough != NULL && enough())) {
		struct pollfd ready = {xenav_get_fd(feeder.x), xenav_get_events(feeder.x), 0};
		long left = until - now_ms();

		if (left <= 0)
			return enough != NULL ? -ETIMEDOUT : 0;
		poll(&ready, 1, (int)left);
		if (ready.revents != 0)
			xenav_dispatch(feeder.x);
	}
	return feeder.error;
}

static bool is_ready(void)
{
	return feeder.ready;
}

static bool is_sent(void)
{
	return !(xenav_get_events(feeder.x) & POLLOUT);
}

static int flush(void)
{
	int rc = xenav_input_flush(feeder.in);

	return rc == 0 ? serve(START_MS, is_sent) : rc;
}

/* -------- the script -------- */

/* Events of one call are queued again when the queue was full. */
#define FEED(call)                                                                                 \
	({                                                                                         \
		int rc_;                                                                           \
		while ((rc_ = (call)) == -EAGAIN && flush() == 0)                                  \
			;                                                                          \
		rc_;                                                                               \
	})

static int find_screen(const char *id, struct xenav_connector **screen)
{
	*screen = NULL;
	if (strcmp(id, "-") == 0)
		return 0;
	for (unsigned int i = 0; i < feeder.n_screens; i++)
		if (strcmp(xenav_connector_get_info(feeder.screens[i])->unique_id, id) == 0)
			*screen = feeder.screens[i];
	return *screen != NULL ? 0 : -ENOENT;
}

static int tap(int first, int last)
{
	int rc = 0;

	for (int code = first; code <= last && rc == 0; code++) {
		rc = FEED(xenav_input_key(feeder.in, (uint32_t)code, 1));
		if (rc == 0)
			rc = FEED(xenav_input_key(feeder.in, (uint32_t)code, 0));
		if (rc == 0 && (code - first) % TAPS_AT_ONCE == TAPS_AT_ONCE - 1)
			rc = flush();
		if (rc == 0 && (code - first) % TAPS_AT_ONCE == TAPS_AT_ONCE - 1)
			rc = serve(TAP_PAUSE_MS, NULL);
	}
	return rc == 0 ? flush() : rc;
}

static int do_place(const char *screen, int contact, int x, int y, int wheel)
{
	struct xenav_connector *c;
	int rc = find_screen(screen, &c);

	if (rc < 0)
		return rc;
	return contact < 0 ? FEED(xenav_input_position(feeder.in, c, x, y, wheel))
			   : FEED(xenav_input_touch(feeder.in, (uint32_t)contact, c, x, y));
}

static int do_line(const char *line)
{
	struct xenav_input *in = feeder.in;
	char screen[64];
	int a, b, c;

	if (sscanf(line, "key %d %d", &a, &b) == 2)
		return FEED(xenav_input_key(in, (uint32_t)a, b));
	if (sscanf(line, "tap %d %d", &a, &b) == 2)
		return tap(a, b);
	if (sscanf(line, "move %d %d %d", &a, &b, &c) == 3)
		return FEED(xenav_input_motion(in, a, b, c));
	if (sscanf(line, "at %63s %d %d %d", screen, &a, &b, &c) == 4)
		return do_place(screen, -1, a, b, c);
	if (sscanf(line, "touch %d %63s %d %d", &a, screen, &b, &c) == 4)
		return do_place(screen, a, b, c, 0);
	if (sscanf(line, "shape %d %d %d", &a, &b, &c) == 3)
		return FEED(xenav_input_touch_shape(in, (uint32_t)a, (uint32_t)b, (uint32_t)c));
	if (sscanf(line, "turn %d %d", &a, &b) == 2)
		return FEED(xenav_input_touch_orientation(in, (uint32_t)a, b));
	if (sscanf(line, "lift %d", &a) == 1)
		return FEED(xenav_input_touch_end(in, (uint32_t)a));
	if (sscanf(line, "sleep %d", &a) == 1)
		return serve(a, NULL);
	if (strcmp(line, "reset\n") == 0)
		return xenav_input_reset(in);
	if (strcmp(line, "flush\n") == 0)
		return flush();
	if (strcmp(line, "die\n") == 0)
		raise(SIGKILL);
	return -EINVAL;
}

static int run(void)
{
	char line[128];
	int rc;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		rc = do_line(line);
		if (rc < 0) {
			fprintf(stderr, "xt-feed: %s: %s\n", strtok(line, "\n"), strerror(-rc));
			return rc;
		}
	}
	return flush();
}

int main(int argc, char **argv)
{
	bool patient = false;
	int rc;
	int c;

	while ((c = getopt(argc, argv, "d:p")) != -1) {
		if (c == 'd') {
			feeder.devid = (uint32_t)atoi(optarg);
		} else if (c == 'p') {
			patient = true;
		} else {
			fprintf(stderr, "usage: xt-feed [-d DEVID] [-p] < SCRIPT\n");
			return 2;
		}
	}
	rc = xenav_open(&feeder.x, NULL, "xt-feed", &listener, NULL);
	/* Unless told otherwise, what it presses is to end with the xenavd that it speaks to. */
	if (rc == 0 && !patient)
		xenav_set_patience(feeder.x, 0);
	if (rc == 0)
		rc = serve(START_MS, is_ready);
	if (rc < 0) {
		fprintf(stderr, "xt-feed: input device %u: %s\n", feeder.devid, strerror(-rc));
		return 1;
	}
	rc = run();
	xenav_close(feeder.x);
	return rc == 0 ? 0 : 1;
}
