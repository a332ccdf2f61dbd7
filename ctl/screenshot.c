/* SPDX-License-Identifier: MIT */
/* screenshot: what a connector shows, as a PNG file. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "document.h"
#include "record/image.h"
#include "record/png.h"
#include "xenav.h"

#define DEFAULT_FILE "screenshot.png"
#define FILE_MODE    0600
#define MOST_INDEX   1000000

/* A guest that shows something has it copied by then. */
#define PATIENCE_MS 10000

struct shot {
	const struct ctl *ctl;
	char guest[128];
	long index; /* of the connector, or -1: the first one that is announced */
	struct xenav_connector *connector;
	struct image image;
	int result; /* 0: not done yet; 1: the image is there; -errno */
};

/* -------- which connector -------- */

/* "GUEST" or "GUEST/CONNECTOR". */
static int read_target(struct shot *shot, const char *text)
{
	const char *slash = strrchr(text, '/');
	const size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char *end = NULL;

	shot->index = -1;
	if (len == 0 || len >= sizeof shot->guest)
		return -EINVAL;
	memcpy(shot->guest, text, len);
	shot->guest[len] = '\0';
	if (!slash)
		return 0;
	errno = 0;
	shot->index = strtol(slash + 1, &end, 10);
	return slash[1] >= '0' && slash[1] <= '9' && !*end && shot->index <= MOST_INDEX ? 0
											: -EINVAL;
}

static bool is_guest(const struct shot *shot, const struct xenav_connector_info *info)
{
	char domid[16];

	snprintf(domid, sizeof domid, "%u", info->domid);
	return strcmp(shot->guest, domid) == 0 || strcmp(shot->guest, info->domain_name) == 0;
}

static void on_added(void *data, struct xenav_connector *c)
{
	const struct xenav_connector_info *info = xenav_connector_get_info(c);
	struct shot *shot = data;
	int rc;

	if (shot->connector || !is_guest(shot, info) ||
	    (shot->index >= 0 && info->connector != (uint32_t)shot->index))
		return;
	shot->connector = c;
	rc = xenav_connector_watch(c);
	if (rc < 0)
		shot->result = rc;
}

static void on_announced(void *data)
{
	struct shot *shot = data;

	if (!shot->connector)
		shot->result = -ENODEV;
}

/* -------- its picture -------- */

static void on_frame(void *data, struct xenav_connector *, const struct xenav_frame *frame)
{
	struct shot *shot = data;

	if (shot->result != 0)
		return;
	if (xenav_fourcc_bytes(frame->fourcc) == 0) {
		shot->result = -EOPNOTSUPP;
		return;
	}
	shot->result = image_prepare(&shot->image, frame);
	if (shot->result < 0)
		return;
	image_copy(&shot->image, frame, 0, frame->height_px);
	shot->result = 1;
}

static void on_blank(void *data, struct xenav_connector *)
{
	struct shot *shot = data;

	if (shot->result == 0)
		shot->result = -ENODATA;
}

static void on_removed(void *data, struct xenav_connector *c)
{
	struct shot *shot = data;

	if (shot->connector == c && shot->result == 0)
		shot->result = -ENODEV;
}

static void on_claim_failed(void *data, struct xenav_connector *, int error)
{
	struct shot *shot = data;

	shot->result = error;
}

static void on_disconnected(void *data, int error)
{
	struct shot *shot = data;

	if (shot->result == 0)
		shot->result = error < 0 ? error : -EPIPE;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.disconnected = on_disconnected,
	.connector_added = on_added,
	.connector_removed = on_removed,
	.connector_claim_failed = on_claim_failed,
	.frame = on_frame,
	.blank = on_blank,
	.announced = on_announced,
};

static int take(struct shot *shot)
{
	struct xenav *x;
	int rc;

	rc = xenav_open(&x, shot->ctl->socket, "xenavctl", &listener, shot);
	if (rc < 0)
		return rc;
	while (shot->result == 0) {
		struct pollfd p = {xenav_get_fd(x), xenav_get_events(x), 0};

		rc = poll(&p, 1, PATIENCE_MS);
		if (rc == 0)
			shot->result = -ETIMEDOUT;
		if (rc < 0 && errno != EINTR)
			shot->result = -errno;
		if (rc > 0)
			rc = xenav_dispatch(x);
		if (rc < 0 && shot->result == 0)
			shot->result = rc;
	}
	xenav_close(x);
	return shot->result;
}

/* -------- its file -------- */

static int encode(const struct shot *shot, const struct folder *folder, const char *name)
{
	struct png *png;
	uint64_t bytes;
	int rc;

	rc = png_start(&png, folder, name, true, &shot->image);
	if (rc < 0)
		return rc;
	while ((rc = png_go_on(png, UINT64_MAX, &bytes)) == 0)
		;
	return rc < 0 ? rc : 0;
}

static int write_file(const struct shot *shot, const char *path)
{
	struct folder folder = {.fd = -1, .limits = {.mode = FILE_MODE}};
	char dir[PATH_MAX], base[PATH_MAX];
	int rc;

	if (strlen(path) >= sizeof dir)
		return -ENAMETOOLONG;
	strcpy(dir, path);
	strcpy(base, path);
	folder.fd = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder.fd < 0)
		return -errno;
	rc = strlen(basename(base)) < NAME_SIZE - 8 ? encode(shot, &folder, basename(base))
						    : -ENAMETOOLONG;
	close(folder.fd);
	return rc;
}

/* -------- the command -------- */

static int fail(const struct shot *shot, int rc)
{
	const char *what = shot->ctl->argv[1];

	switch (-rc) {
	case ENODEV:
		return ctl_fail(CTL_UNAVAILABLE,
				"there is no connector of '%s', or it may not be seen", what);
	case ENODATA:
		return ctl_fail(CTL_UNAVAILABLE, "'%s' shows nothing", what);
	case EOPNOTSUPP:
		return ctl_fail(CTL_UNAVAILABLE, "the pixel format of '%s' is unknown", what);
	case EBUSY:
	case EUSERS:
		return ctl_fail(CTL_TEMPORARY, "too many others watch '%s'", what);
	default:
		return ctl_failed(shot->ctl, rc);
	}
}

static int say(const struct shot *shot, const char *path)
{
	struct json_object *document;

	if (!shot->ctl->json)
		return CTL_OK;
	document = document_new("screenshot");
	document_text(document, "file", path);
	document_number(document, "width_px", shot->image.width_px);
	document_number(document, "height_px", shot->image.height_px);
	document_print(document, 0);
	return ctl_flush();
}

int cmd_screenshot(const struct ctl *ctl)
{
	const char *path = ctl->output ? ctl->output : DEFAULT_FILE;
	struct shot shot = {.ctl = ctl};
	int rc;

	if (read_target(&shot, ctl->argv[1]) < 0)
		return ctl_fail(CTL_USAGE, "use: screenshot GUEST[/CONNECTOR], not '%s'",
				ctl->argv[1]);
	rc = take(&shot);
	if (rc < 0) {
		rc = fail(&shot, rc);
	} else {
		rc = write_file(&shot, path);
		rc = rc < 0 ? ctl_fail(CTL_UNAVAILABLE, "cannot write %s: %s", path, strerror(-rc))
			    : say(&shot, path);
	}
	image_free(&shot.image);
	return rc;
}
