/* SPDX-License-Identifier: MIT */
/* The parts of the daemon that all devices use; outlives them. */
#ifndef XENAVD_DEVICE_ENV_H
#define XENAVD_DEVICE_ENV_H

struct device_id;
struct display_env;
struct event_base;
struct input_env;
struct journal;
struct policy;
struct sound_env;
struct store;
struct supply;

struct device_env {
	struct event_base *base;
	struct store *store;
	struct journal *journal; /* NULL: nothing outlives this process */
	const struct sound_env *sound;
	const struct display_env *display;
	const struct input_env *input;
	const struct policy *policy;
	struct supply *supply;       /* is told of domains that are gone */
	void (*changed)(void *data); /* a device lost its engine, or is forgotten */
	/* Counts the streams or connectors of the domain's other devices of that kind. */
	unsigned (*others)(const struct device_id *id, void *data);
	void *data;
};

#endif
