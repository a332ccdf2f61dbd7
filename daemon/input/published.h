/* SPDX-License-Identifier: MIT */
/*
 * The published configuration of a vkbd device, checked: features in our own directory, by the
 * toolstack and us; requests and the ring in the frontend's directory, by the guest.
 */
#ifndef XENAVD_INPUT_PUBLISHED_H
#define XENAVD_INPUT_PUBLISHED_H

#include "input/state.h"
#include "xen/kbdlink.h"

#define INPUT_UNIQUE_ID_BYTES 96

struct log_source;
struct tree;

struct input_published {
	struct kbdlink_refs refs;
	struct input_caps caps;
	char unique_id[INPUT_UNIQUE_ID_BYTES]; /* may be empty */
};

/*
 * @param config of the frontend, with our own features, see store-features.h
 * @return 0; -ENOENT when something is missing, -EINVAL when something is malformed, either logged.
 */
int input_published_read(struct input_published *published, const struct tree *config,
			 struct log_source *log);

#endif
