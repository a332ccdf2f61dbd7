/* SPDX-License-Identifier: MIT */
/*
 * An engine serves the connected frontend of one device: a sound card or a display.  This is the
 * device's view of an engine of any kind.
 */
#ifndef XENAVD_ENGINE_H
#define XENAVD_ENGINE_H

#include <stdbool.h>

struct engine;
struct guest_policy;

/* Callbacks of the device. */
struct engine_events {
	void (*connected)(void *data, int rc); /* 0 or -errno; disconnect() follows in any case */
	void (*broke)(void *data); /* the frontend broke a ring; must not call disconnect() */
	void (*gone)(void *data);  /* the last event: the engine is freed */
};

struct engine_ops {
	/* Map the rings and start to serve them; connected follows. */
	void (*connect)(struct engine *engine);

	/* Tear everything down from any state and free the engine; no event but gone follows. */
	void (*disconnect)(struct engine *engine);

	/* The number of streams or connectors. */
	unsigned (*n_channels)(const struct engine *engine);

	/* Does the guest have a stream or display buffer open? */
	bool (*is_open)(const struct engine *engine);

	/* Send no flip event any more: the frontend is about to be told to let go.  Idempotent;
	 * NULL for an engine that sends none. */
	void (*end_flips)(struct engine *engine);

	/* The guest has other limits: they apply to what it asks for from now on. */
	void (*limit)(struct engine *engine, const struct guest_policy *policy);

	/* A frontend that goes away closes over the rings what is open. */
	bool closed_by_requests;
};

struct engine {
	const struct engine_ops *ops;
	const struct engine_events *events; /* set before connect() */
	void *data;                         /* for events */
	/* Set before connect(): the frontend is connected since an earlier process, which has kept
	 * in the journal what this one has to go on with. */
	bool resumes;
};

#endif
