/* SPDX-License-Identifier: MIT */
/*
 * An engine serves the connected frontend of one device: a sound card or a display.  This is what
 * the device sees of it, whatever its kind.
 */
#ifndef XENAVD_ENGINE_H
#define XENAVD_ENGINE_H

#include <stdbool.h>

struct engine;

/* Callbacks of the device. */
struct engine_events {
	void (*connected)(void *data, int rc); /* 0 or -errno; disconnect() is due in any case */
	void (*broke)(void *data);             /* the frontend broke a ring; may not disconnect() */
	void (*gone)(void *data);              /* after disconnect(): the engine is freed */
};

struct engine_ops {
	/* Map the rings and start to serve them; connected follows. */
	void (*connect)(struct engine *engine);

	/* Tear everything down from any state and free the engine; no event but gone follows. */
	void (*disconnect)(struct engine *engine);

	/* How many streams or connectors does it have? */
	unsigned (*n_channels)(const struct engine *engine);

	/* Does the guest have a stream or display buffer open? */
	bool (*is_open)(const struct engine *engine);

	/* Before the frontend is told to let go: send no flip event any more.  Idempotent; NULL for
	 * an engine that sends none. */
	void (*end_flips)(struct engine *engine);

	/* A frontend that goes away closes over the rings what it has open. */
	bool closed_by_requests;
};

struct engine {
	const struct engine_ops *ops;
	const struct engine_events *events; /* set before connect() */
	void *data;                         /* for events */
};

#endif
