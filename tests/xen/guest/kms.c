/* SPDX-License-Identifier: MIT */
#include "kms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* a Xen display has one; the others are for trying the program with other drivers */
#define MODES_MAX 64

static int fail(const char *what)
{
	printf("xt-flip: %s: %s\n", what, strerror(errno));
	return -1;
}

static int call(int fd, unsigned long request, void *argument)
{
	int r;

	do
		r = ioctl(fd, request, argument);
	while (r < 0 && (errno == EINTR || errno == EAGAIN));
	return r;
}

static int read_connector(struct kms *kms, uint32_t id, uint32_t crtc)
{
	struct drm_mode_modeinfo modes[MODES_MAX];
	struct drm_mode_get_connector get = {.connector_id = id};

	/* the first call makes the driver probe its modes, the second fetches them */
	if (call(kms->fd, DRM_IOCTL_MODE_GETCONNECTOR, &get) != 0)
		return fail("cannot read a connector");
	if (get.count_modes == 0 || get.count_modes > MODES_MAX) {
		errno = EINVAL;
		return fail("a connector has no usable list of modes");
	}
	get.count_props = 0;
	get.count_encoders = 0;
	get.modes_ptr = (uintptr_t)modes;
	if (call(kms->fd, DRM_IOCTL_MODE_GETCONNECTOR, &get) != 0)
		return fail("cannot read a connector's modes");
	kms->connectors[kms->n_connectors++] =
		(struct kms_connector){.id = id, .crtc = crtc, .mode = modes[0]};
	return 0;
}

int kms_open(struct kms *kms, const char *path)
{
	uint32_t crtcs[KMS_CONNECTORS_MAX];
	uint32_t connectors[KMS_CONNECTORS_MAX];
	struct drm_mode_card_res res = {0};

	*kms = (struct kms){.fd = open(path, O_RDWR | O_CLOEXEC)};
	if (kms->fd < 0)
		return fail(path);
	if (call(kms->fd, DRM_IOCTL_MODE_GETRESOURCES, &res) != 0)
		return fail("cannot read the card's resources");
	if (res.count_connectors > KMS_CONNECTORS_MAX || res.count_crtcs < res.count_connectors) {
		errno = ENODEV;
		return fail("the card is not a Xen display");
	}
	res.count_fbs = 0;
	res.count_encoders = 0;
	res.crtc_id_ptr = (uintptr_t)crtcs;
	res.connector_id_ptr = (uintptr_t)connectors;
	if (call(kms->fd, DRM_IOCTL_MODE_GETRESOURCES, &res) != 0)
		return fail("cannot read the card's resources");
	/* this driver makes one fixed pipeline after the other: connector i belongs to CRTC i */
	for (uint32_t i = 0; i < res.count_connectors; i++)
		if (read_connector(kms, connectors[i], crtcs[i]) != 0)
			return -1;
	return 0;
}

int kms_create(struct kms *kms, struct kms_buffer *buffer, uint32_t width, uint32_t height,
	       uint32_t format)
{
	struct drm_mode_create_dumb dumb = {
		.width = width, .height = height, .bpp = format == KMS_RG16 ? 16 : 32};
	struct drm_mode_map_dumb map = {0};
	struct drm_mode_fb_cmd2 fb = {.width = width, .height = height, .pixel_format = format};

	if (call(kms->fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) != 0)
		return fail("cannot create a buffer");
	fb.handles[0] = dumb.handle;
	fb.pitches[0] = dumb.pitch;
	if (call(kms->fd, DRM_IOCTL_MODE_ADDFB2, &fb) != 0)
		return fail("cannot make a frame buffer of it");
	map.handle = dumb.handle;
	if (call(kms->fd, DRM_IOCTL_MODE_MAP_DUMB, &map) != 0)
		return fail("cannot ask for the buffer's place");
	buffer->memory = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, kms->fd,
			      (off_t)map.offset);
	if (buffer->memory == MAP_FAILED)
		return fail("cannot map the buffer");
	buffer->handle = dumb.handle;
	buffer->pitch = dumb.pitch;
	buffer->fb = fb.fb_id;
	return 0;
}

int kms_show(struct kms *kms, const struct kms_connector *connector, uint32_t fb)
{
	uint32_t id = connector->id;
	struct drm_mode_crtc set = {
		.set_connectors_ptr = (uintptr_t)&id,
		.count_connectors = 1,
		.crtc_id = connector->crtc,
		.fb_id = fb,
		.mode_valid = 1,
		.mode = connector->mode,
	};

	if (call(kms->fd, DRM_IOCTL_MODE_SETCRTC, &set) != 0)
		return fail("cannot show a frame");
	return 0;
}

int kms_flip(struct kms *kms, const struct kms_connector *connector, uint32_t fb, uint64_t cookie)
{
	struct drm_mode_crtc_page_flip flip = {
		.crtc_id = connector->crtc,
		.fb_id = fb,
		.flags = DRM_MODE_PAGE_FLIP_EVENT,
		.user_data = cookie,
	};

	if (call(kms->fd, DRM_IOCTL_MODE_PAGE_FLIP, &flip) != 0)
		return fail("cannot flip");
	return 0;
}
