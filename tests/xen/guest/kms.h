/* SPDX-License-Identifier: MIT */
/* The little of DRM that xt-flip needs, on the raw ioctls so that it links statically. */
#ifndef XT_KMS_H
#define XT_KMS_H

#include <stdint.h>

#include <drm.h>
#include <drm_mode.h>

#define KMS_CONNECTORS_MAX 4
#define KMS_RG16           0x36314752u
#define KMS_XR24           0x34325258u

struct kms_buffer {
	uint32_t handle;
	uint32_t fb;
	uint32_t pitch;
	void *memory;
};

struct kms_connector {
	uint32_t id;
	uint32_t crtc;
	struct drm_mode_modeinfo mode;
};

struct kms {
	int fd;
	uint32_t n_connectors;
	struct kms_connector connectors[KMS_CONNECTORS_MAX];
};

/* Each function prints what failed and returns -1, or returns 0. */
int kms_open(struct kms *kms, const char *path);
int kms_create(struct kms *kms, struct kms_buffer *buffer, uint32_t width, uint32_t height,
	       uint32_t format);
int kms_show(struct kms *kms, const struct kms_connector *connector, uint32_t fb);
int kms_flip(struct kms *kms, const struct kms_connector *connector, uint32_t fb, uint64_t cookie);

#endif
