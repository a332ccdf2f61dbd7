/* SPDX-License-Identifier: MIT */
/*
 * A scripted guest: a domain with a xenstore ring, some memory, and frontends that behave as the
 * Linux ones do (sound.h, display.h).  One thread drives one guest: whatever waits in here lets
 * everything of the guest run meanwhile, as its kernel's threads would.
 */
#ifndef XENAVD_GUEST_H
#define XENAVD_GUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "ringstore.h"
#include "toolstack.h"

#define GUEST_CHANNELS 72
#define GUEST_FRONTS   8

/* XEN_DRM_FRONT_WAIT_BACK_MS, VSND_WAIT_BACK_MS */
#define FRONT_WAIT_MS 3000

/* wait_for_avail() gives up after that, or 1.1 buffers. */
#define STREAM_STALL_MS 10000

/* FRAME_DONE_TO_MS, and a little */
#define FRAME_DONE_MS 3100

struct channel;
struct front;
struct guest;
struct guest_refs;

/* Called when the backend's state was written; state is the one in the store now. */
struct front_ops {
	const char *kind;
	void (*backend_changed)(struct front *front, int state);
	/* The frontend's configuration is in its directory: make rings, write their nodes. */
	int (*publish)(struct front *front, uint32_t tx);
	/* Its interrupt handler, if it has other ports than those of channels. */
	void (*run)(struct front *front);
};

struct front {
	struct guest *guest;
	const struct front_ops *ops;
	unsigned devid;
	int state;
	bool loaded;
	char dir[64];
	char backend[96];
	unsigned connects; /* times that it was published */
	int backend_state; /* as xenwatch has seen it last, and how often it was another one */
	unsigned backend_changes;
};

struct guest {
	uint16_t domid;
	bool linux_7_2; /* its sound counts events anew when it clears a stream */
	struct ringstore store;
	uint32_t events;
	struct channel *channels[GUEST_CHANNELS];
	struct front *fronts[GUEST_FRONTS];
	LIST_HEAD(, guest_refs) refs;
	/* A frontend is in the middle of a backend's state, and no other hears of anything. */
	bool in_xenwatch;
	struct front *stuck; /* xenwatch waits for programs to close the device */
	unsigned wait_ms;    /* how long a backend may take to answer */
	unsigned stall_ms;   /* how long a program waits for a stream that stands still */
	unsigned frame_ms;   /* how long a driver waits for the event of a flip */
	unsigned late;       /* answers that came too late, or did not fit their request */
	unsigned oopses;     /* faults that would have crashed or confused a kernel */
	const char *oops;    /* the first of them */
};

/* A domain comes into being, and the toolstack introduces it. */
int guest_create(struct guest *guest, struct toolstack *ts, uint16_t domid);

/* Forget the guest without a word to anybody: it is killed, or its domain is gone. */
void guest_forget(struct guest *guest);

/* Run for so long; or until a condition holds. @return whether it came to hold. */
void guest_run(struct guest *guest, unsigned ms);
bool guest_run_until(struct guest *guest, bool (*done)(void *data), void *data, unsigned ms);

void guest_oops(struct guest *guest, const char *what);

/* -------- memory -------- */

/* A run of pages, granted to the backend. */
struct guest_pages {
	uint32_t first; /* frame */
	uint32_t count;
	uint32_t *refs;
	uint8_t *data;
};

int guest_pages_alloc(struct guest *guest, struct guest_pages *pages, uint32_t count);

/* End the grants first. @return pages that the backend still had mapped. */
unsigned guest_pages_free(struct guest *guest, struct guest_pages *pages);

/* The buffer that the backend has supplied, mapped. */
struct guest_mapping {
	uint32_t count;
	uint32_t *refs;
	uint32_t *tracks;
	uint8_t *data;
};

/* A buffer and its page directory, as xen-front-pgdir-shbuf makes them. */
struct guest_buffer {
	struct guest_pages pages; /* none with be_alloc */
	struct guest_pages dir;
	struct guest_mapping supplied;
	uint32_t size_bytes;
};

int guest_buffer_alloc(struct guest *guest, struct guest_buffer *buffer, uint32_t size_bytes);
unsigned guest_buffer_free(struct guest *guest, struct guest_buffer *buffer);
uint32_t guest_buffer_directory(const struct guest_buffer *buffer);
uint8_t *guest_buffer_data(const struct guest_buffer *buffer);

/* With be_alloc: an empty directory; map what the backend has put in; and unmap that.  A buffer
 * that is freed while it is mapped stays so until the guest is gone. */
int guest_buffer_offer(struct guest *guest, struct guest_buffer *buffer, uint32_t size_bytes);
int guest_buffer_map(struct guest *guest, struct guest_buffer *buffer);
void guest_buffer_unmap(struct guest *guest, struct guest_buffer *buffer);

/* -------- frontends -------- */

/* The driver is loaded: it finds its device and watches its backend. @return 0 or -errno. */
int front_load(struct front *front, struct guest *guest, const struct front_ops *ops,
	       unsigned devid);

/* The driver is bound to its device again, whatever state it was left in. */
int front_rebind(struct front *front);

/* xenbus_switch_state(): nothing unless the state differs and the node is there. */
void front_switch(struct front *front, int state);

/* The programs have closed the device: xenwatch goes on. */
void front_unstick(struct front *front);

/* Publish and go to 3, or fail and go to 5, as both drivers do. */
void front_publish(struct front *front);

/* Unload the driver: 5, wait for the backend's 2 for a second, 6. @return whether it was seen. */
bool front_unload(struct front *front);

/* The guest shuts down: 5, wait for the backend's 5 for five seconds, 6. */
bool front_shut_down(struct front *front);

/* The directory has gone, or the guest is killed: no state is written any more. */
void front_forget(struct front *front);

int front_backend_state(struct front *front);

/* Let the guest run until its backend is in that state, as the store has it. */
bool front_wait_backend(struct front *front, int state, unsigned ms);
bool front_wait(struct front *front, int state, unsigned ms);

/* And until xenwatch has seen the backend in that state, too. */
bool front_wait_both(struct front *front, int state, unsigned ms);
int front_read_number(struct front *front, const char *leaf, unsigned otherwise);
int front_read(struct front *front, const char *leaf, char *value, size_t size);
int front_write_number(struct front *front, uint32_t tx, const char *dir, const char *leaf,
		       uint32_t number);

#endif
