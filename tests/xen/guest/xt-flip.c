/* SPDX-License-Identifier: MIT */
/*
 * xt-flip: draws known frames (pattern.h) on the connectors of a Xen display and flips them.
 *
 *   -D PATH    the DRM device (/dev/dri/card0)
 *   -s SEED    add SEED to the connectors' numbers in the pattern
 *   -c N[:WIDTHxHEIGHT[:rg16|xr24]]  a connector; may be repeated;
 *                                    without a size the connector's mode
 *   -n FLIPS   frame 0 is set, then FLIPS more are flipped in (60)
 *   -r HZ      at most HZ flips a second (as fast as the events come)
 *   -d         draw every frame into the buffer that is being shown, without any flip
 *   -p         one picture for people instead of the test pattern
 *   -k         write what is typed on the keyboard over the picture; the last frame is flipped
 *              when Enter is pressed, or 15 s after the first
 *   -H SECONDS keep the last frame before the end; keep everything open for as long, too, when the
 *              screen is lost
 *   -i SECONDS stop after SECONDS, as if all flips were done
 */
#include "kms.h"
#include "pattern.h"
#include "picture.h"
#include "typed.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TYPING_S 15

struct head {
	const struct kms_connector *connector;
	uint32_t index;
	uint32_t width;
	uint32_t height;
	uint32_t format;
	struct kms_buffer buffers[2];
	uint32_t frame; /* the newest one drawn */
	uint32_t flips;
	uint32_t events;
	bool pending;
	double flipped;
	double slowest; /* seconds from a flip to its event */
	double ended;
};

static struct options {
	const char *path;
	uint32_t seed;
	uint32_t flips;
	double rate_hz;
	double hold;
	double limit;
	bool draw_only;
	bool picture;
	bool typed;
} options = {.path = "/dev/dri/card0", .flips = 60};

static struct kms kms;
static struct head heads[KMS_CONNECTORS_MAX];
static uint32_t n_heads;
static double started;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint32_t colour(const struct head *head, uint32_t x, uint32_t y, uint32_t x_mod,
		       uint32_t y_mod)
{
	if (options.typed && y + TYPED_ROWS >= head->height)
		return typed_pixel(x, y + TYPED_ROWS - head->height);
	if (options.picture)
		return xt_picture(head->width, head->height, x, y);
	if (y == 0 && x < XT_FRAME_BITS)
		return xt_frame_bit(head->frame, x);
	return xt_pixel(head->index + options.seed, head->frame, x_mod, y_mod);
}

static void draw_row(const struct head *head, void *row, uint32_t y)
{
	uint32_t y_mod = y % XT_PERIOD_Y;
	uint16_t *narrow = row;
	uint32_t *wide = row;

	for (uint32_t x = 0, x_mod = 0; x < head->width; x++) {
		uint32_t rgb = colour(head, x, y, x_mod, y_mod);

		if (head->format == KMS_RG16)
			narrow[x] = xt_rgb565(rgb);
		else
			wide[x] = rgb;
		if (++x_mod == XT_PERIOD_X)
			x_mod = 0;
	}
}

/* Rows go through a buffer of our own: one sweep over the grant pages, with any caching. */
static void draw(struct head *head, struct kms_buffer *buffer)
{
	static uint32_t row[4096];
	size_t bytes = (size_t)head->width * (head->format == KMS_RG16 ? 2 : 4);

	for (uint32_t y = 0; y < head->height; y++) {
		draw_row(head, row, y);
		memcpy((char *)buffer->memory + (size_t)y * buffer->pitch, row, bytes);
	}
}

static int add_head(const char *text)
{
	struct head *head = &heads[n_heads];
	char format[8] = "xr24";
	int n;

	if (n_heads == KMS_CONNECTORS_MAX)
		return -1;
	n = sscanf(text, "%u:%ux%u:%7s", &head->index, &head->width, &head->height, format);
	if (n != 1 && n < 3)
		return -1;
	head->format = strcmp(format, "rg16") == 0 ? KMS_RG16 : KMS_XR24;
	n_heads++;
	return 0;
}

static int start_head(struct head *head)
{
	if (head->index >= kms.n_connectors) {
		printf("xt-flip: there is no connector %u\n", head->index);
		return -1;
	}
	head->connector = &kms.connectors[head->index];
	if (head->width == 0) {
		head->width = head->connector->mode.hdisplay;
		head->height = head->connector->mode.vdisplay;
	}
	for (int i = 0; i < 2; i++)
		if (kms_create(&kms, &head->buffers[i], head->width, head->height, head->format) !=
		    0)
			return -1;
	draw(head, &head->buffers[0]);
	return kms_show(&kms, head->connector, head->buffers[0].fb);
}

static bool done(const struct head *head)
{
	bool typing = options.typed && !typed_ended() && now() - started < TYPING_S;

	return (head->frame >= options.flips && !typing) ||
	       (options.limit > 0 && now() - started >= options.limit);
}

static int next_frame(struct head *head)
{
	struct kms_buffer *buffer;

	head->frame++;
	if (options.typed)
		typed_read();
	buffer = &head->buffers[options.draw_only ? 0 : head->frame & 1u];
	draw(head, buffer);
	if (options.draw_only) {
		head->ended = now();
		return 0;
	}
	head->flips++;
	head->pending = true;
	head->flipped = now();
	return kms_flip(&kms, head->connector, buffer->fb, head->index);
}

static void take_event(const struct drm_event *event)
{
	struct drm_event_vblank flip;

	if (event->type != DRM_EVENT_FLIP_COMPLETE)
		return;
	memcpy(&flip, event, sizeof(flip));
	for (uint32_t i = 0; i < n_heads; i++)
		if (heads[i].index == flip.user_data) {
			heads[i].events++;
			heads[i].pending = false;
			/* the kernel's time: this program may have been drawing since */
			heads[i].ended = flip.tv_sec + flip.tv_usec / 1e6;
			if (heads[i].ended - heads[i].flipped > heads[i].slowest)
				heads[i].slowest = heads[i].ended - heads[i].flipped;
		}
}

static int read_events(int timeout_ms)
{
	_Alignas(struct drm_event_vblank) char data[1024];
	struct pollfd ready = {.fd = kms.fd, .events = POLLIN};
	ssize_t n;

	if (poll(&ready, 1, timeout_ms) <= 0)
		return 0;
	n = read(kms.fd, data, sizeof(data));
	if (n < 0) {
		perror("xt-flip: read");
		return -1;
	}
	for (ssize_t at = 0; at + (ssize_t)sizeof(struct drm_event) <= n;) {
		const struct drm_event *event = (const void *)(data + at);

		take_event(event);
		at += event->length;
	}
	return 0;
}

/* Drives every head until its last flip is answered; the frontend gives up on one after 3.1 s. */
static int run(void)
{
	double last = now();

	for (;;) {
		bool busy = false;

		for (uint32_t i = 0; i < n_heads; i++) {
			struct head *head = &heads[i];
			bool due = options.rate_hz <= 0 ||
				   now() >= started + (head->frame + 1) / options.rate_hz;

			if (head->pending)
				busy = true;
			else if (!done(head)) {
				busy = true;
				if (due && next_frame(head) != 0)
					return -1;
				last = now();
			}
		}
		if (!busy)
			return 0;
		if (now() - last > 10) {
			printf("xt-flip: no event for 10 s\n");
			return -1;
		}
		if (read_events(options.draw_only ? 1 : 5) != 0)
			return -1;
	}
}

/* The buffer is gone: the signal would come again if its handler returned. */
static void hold_and_end(int number)
{
	(void)number;
	sleep((unsigned int)options.hold);
	_exit(1);
}

static int parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "D:s:c:n:r:dpkH:i:")) != -1) {
		if (c == 'c' && add_head(optarg) != 0)
			return -1;
		else if (c == 'D')
			options.path = optarg;
		else if (c == 's')
			options.seed = (uint32_t)atoi(optarg);
		else if (c == 'n')
			options.flips = (uint32_t)atoi(optarg);
		else if (c == 'r')
			options.rate_hz = atof(optarg);
		else if (c == 'd')
			options.draw_only = true;
		else if (c == 'p')
			options.picture = true;
		else if (c == 'k')
			options.typed = true;
		else if (c == 'H')
			options.hold = atof(optarg);
		else if (c == 'i')
			options.limit = atof(optarg);
		else if (c == '?')
			return -1;
	}
	return n_heads > 0 ? 0 : add_head("0");
}

int main(int argc, char **argv)
{
	int r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (parse(argc, argv) != 0) {
		fprintf(stderr,
			"usage: xt-flip [-D PATH] [-s SEED] [-c N[:WxH[:rg16|xr24]]]... [-n FLIPS] [-r HZ] [-d] "
			"[-p] [-k] [-H SECONDS] [-i SECONDS]\n");
		return 2;
	}
	if (options.hold >= 1)
		signal(SIGBUS, hold_and_end);
	if (options.typed && typed_open() != 0)
		return 1;
	if (kms_open(&kms, options.path) != 0)
		return 1;
	for (uint32_t i = 0; i < n_heads; i++)
		if (start_head(&heads[i]) != 0)
			return 1;
	printf("started\n");
	started = now();
	r = run();
	for (uint32_t i = 0; i < n_heads; i++)
		printf("connector %u: %u flips %u events last frame %u in %.2f s slowest %.2f s\n",
		       heads[i].index, heads[i].flips, heads[i].events, heads[i].frame,
		       heads[i].ended - started, heads[i].slowest);
	usleep((useconds_t)(options.hold * 1e6));
	return r == 0 ? 0 : 1;
}
