/* SPDX-License-Identifier: MIT */
/* See shot.h. */
#include <config.h>

#include <errno.h>
#include <png.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/link.h"
#include "view/shot.h"

/* xenavd answers in milliseconds, and a guest that shows something has its frame there. */
#define PATIENCE_NS (10 * NS_PER_S)

struct shot {
	const struct view_options *o;
	struct xenav_connector *c; /* the first one that is selected */
	bool is_written;
	const char *failure; /* NULL: none */
};

static void fail(struct shot *shot, const char *why)
{
	if (!shot->failure)
		shot->failure = why;
}

/* -------- the file -------- */

static int write_png(FILE *file, const void *rgb, uint32_t width_px, uint32_t height_px)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	int ok;

	image.width = width_px;
	image.height = height_px;
	image.format = PNG_FORMAT_RGB;
	ok = png_image_write_to_stdio(&image, file, 0, rgb, 0, NULL);
	png_image_free(&image);
	return ok && fflush(file) == 0 ? 0 : -EIO;
}

/* The file has its name when it is whole. */
static int write_file(const char *name, const void *rgb, uint32_t width_px, uint32_t height_px)
{
	char *temporary = NULL;
	FILE *file;
	int rc;

	if (strcmp(name, "-") == 0)
		return write_png(stdout, rgb, width_px, height_px);
	if (asprintf(&temporary, "%s.tmp", name) < 0)
		return -ENOMEM;
	file = fopen(temporary, "wbxe");
	if (!file) {
		rc = -errno;
		goto out;
	}
	rc = write_png(file, rgb, width_px, height_px);
	if (fclose(file) != 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(temporary, name) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(temporary);
out:
	free(temporary);
	return rc;
}

/* Leave the X of each pixel out, in place: what is written is behind what is read. */
static void make_rgb(void *pixels, size_t n)
{
	uint8_t *to = pixels;

	for (size_t i = 0; i < n; i++, to += 3) {
		uint32_t pixel;

		memcpy(&pixel, (const uint8_t *)pixels + 4 * i, sizeof pixel);
		to[0] = (uint8_t)(pixel >> 16);
		to[1] = (uint8_t)(pixel >> 8);
		to[2] = (uint8_t)pixel;
	}
}

static int write_frame(const struct shot *shot, const struct xenav_frame *frame)
{
	const size_t row_bytes = (size_t)frame->width_px * 4;
	void *pixels = malloc(row_bytes * frame->height_px);
	int rc;

	if (!pixels)
		return -ENOMEM;
	rc = xenav_frame_to_xrgb8888(frame, pixels, row_bytes);
	if (rc == 0) {
		make_rgb(pixels, (size_t)frame->width_px * frame->height_px);
		rc = write_file(shot->o->screenshot, pixels, frame->width_px, frame->height_px);
	}
	free(pixels);
	return rc;
}

/* -------- the screen -------- */

static void on_connector_added(void *data, struct xenav_connector *c)
{
	const struct xenav_connector_info *info = xenav_connector_get_info(c);
	struct shot *shot = data;
	const struct selection *selection = &shot->o->common.selection;

	if (!shot->c && selection_has_domain(selection, info->domid, info->domain_name) &&
	    selection_has_object(selection, info->devid, info->unique_id) &&
	    xenav_connector_watch(c) == 0)
		shot->c = c;
}

static void on_connector_removed(void *data, struct xenav_connector *c)
{
	struct shot *shot = data;

	if (c == shot->c)
		fail(shot, "the guest is gone");
}

static void on_claim_failed(void *data, struct xenav_connector *, int error)
{
	fail(data, strerror(-error));
}

static void on_frame(void *data, struct xenav_connector *, const struct xenav_frame *frame)
{
	struct shot *shot = data;
	const int rc = shot->is_written ? 0 : write_frame(shot, frame);

	if (rc < 0)
		fail(shot, strerror(-rc));
	shot->is_written = true;
}

static void on_blank(void *data, struct xenav_connector *)
{
	struct shot *shot = data;

	if (!shot->is_written)
		fail(shot, "the guest shows nothing");
}

static void on_announced(void *data)
{
	struct shot *shot = data;

	if (!shot->c && !shot->o->common.reconnect)
		fail(shot, "there is no such screen");
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.connector_added = on_connector_added,
	.connector_removed = on_connector_removed,
	.connector_claim_failed = on_claim_failed,
	.frame = on_frame,
	.blank = on_blank,
	.announced = on_announced,
};

static void on_lost(void *data, int)
{
	((struct shot *)data)->c = NULL;
}

/* -------- the run -------- */

static int wait_for(struct shot *shot, struct link *link, int signal_fd)
{
	const bool is_patient = shot->o->common.reconnect;
	const uint64_t until_ns = monotonic_ns() + PATIENCE_NS;
	struct pollfd fds[] = {
		{.fd = link_get_fd(link), .events = POLLIN},
		{.fd = signal_fd, .events = POLLIN},
	};

	while (!shot->is_written && !shot->failure) {
		const uint64_t now_ns = monotonic_ns();

		if (!is_patient && now_ns >= until_ns) {
			fail(shot, "it does not come");
			break;
		}
		poll(fds, 2, is_patient ? -1 : (int)((until_ns - now_ns) / NS_PER_MS + 1));
		if (fds[1].revents)
			return 0;
		if (link_turn(link) < 0)
			return 1;
	}
	if (shot->failure)
		fprintf(stderr, "xenav-view: Cannot take the picture of a screen: %s\n",
			shot->failure);
	return shot->failure ? 1 : 0;
}

int shot_take(const struct view_options *o)
{
	struct shot shot = {.o = o};
	const struct link_config config = {
		.program = "xenav-view",
		.socket = o->common.socket,
		.patience_s = o->common.patience_s,
		.reconnect = o->common.reconnect,
		.quiet = o->common.quiet,
		.listener = &listener,
		.data = &shot,
		.lost = on_lost,
	};
	struct link *link = NULL;
	int signal_fd, rc = 1;
	sigset_t set;

	/* wake_block_signals() has blocked them. */
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd >= 0 && link_open(&link, &config) == 0)
		rc = wait_for(&shot, link, signal_fd);
	link_close(link);
	if (signal_fd >= 0)
		close(signal_fd);
	return rc;
}
