/* SPDX-License-Identifier: MIT */
/* What all devices share; outlives them. */
#ifndef XENAVD_DEVICE_ENV_H
#define XENAVD_DEVICE_ENV_H

struct device_id;
struct display_env;
struct event_base;
struct policy;
struct sound_env;
struct store;
struct supply;

struct device_env {
	struct event_base *base;
	struct store *store;
	const struct sound_env *sound;
	const struct display_env *display;
	const struct policy *policy;
	struct supply *supply;       /* is told of the domains that are gone */
	void (*changed)(void *data); /* a device has lost its engine, or is to be forgotten */
	/* the streams or connectors that the domain's other devices of that kind have */
	unsigned (*others)(const struct device_id *id, void *data);
	void *data;
};

#endif
