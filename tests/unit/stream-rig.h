/* SPDX-License-Identifier: MIT */
/*
 * One stream between a guest that behaves like Linux and a consumer that records its calls.  Time
 * is virtual, so libevent's timers are a fake, and channels and guest buffers are the seams above
 * Xen that the rig plays: each mapping and request ends when the test says so, at a time that it
 * says.  The ring for the consumer is real memory.
 *
 * Always checked: one answer to every request, with its id and operation, and zeros behind; CLOSE
 * answered with nothing mapped; positions only between START and STOP, and never going back; ids of
 * events that would begin with 0 while the stream stands still.
 */
#ifndef XENAVD_STREAM_RIG_H
#define XENAVD_STREAM_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "sound/stream-priv.h"
#include "xen/xen.h"
#include "xenav-proto.h"

#define RIG_RATE    48000
#define RIG_FRAME   4     /* s16 stereo */
#define RIG_BUFFER  19200 /* 4800 frames, 100 ms */
#define RIG_PERIOD  4800  /* 1200 frames, 25 ms */
#define RIG_MAX     327680
#define RIG_TOLD    256
#define NS_PER_SEC_ 1000000000ull

struct told_state {
	uint32_t state;
	uint64_t position_frames;
};

struct told_data {
	uint64_t position_bytes;
	uint32_t bytes;
};

struct rig {
	struct xen xen;
	struct sound_env env;
	struct log_source log;
	struct guest_info domain;
	struct stream stream;
	uint64_t now_ns;
	/* the guest */
	uint8_t guest[RIG_MAX];
	uint16_t next_id;
	struct xensnd_resp rsp;
	unsigned n_rsp;
	bool started;
	bool triggering;
	bool full;         /* the event page */
	uint64_t position; /* as last told, in bytes */
	uint64_t be_cur_frame;
	uint64_t hw_ptr; /* the driver's, in its buffer */
	uint64_t out_frames;
	unsigned n_events;
	unsigned n_unskipped; /* events since the numbers were rounded up */
	unsigned n_elapsed;   /* periods, as the application is told */
	unsigned n_voids;
	/* the cost of its requests */
	uint64_t charged_bytes; /* copied */
	uint64_t mapped_bytes;
	/* its buffers */
	int n_mapped;
	int map_rc;  /* gbuf_map() says so at once */
	int late_rc; /* or the worker does */
	bool mapped_writable;
	int write_rc; /* gbuf_write() says so at once */
	/* the consumer */
	struct stream_opening opening;
	bool is_open;  /* as far as it knows */
	uint8_t *ring; /* its own mapping */
	unsigned n_opened, n_closed, n_states, n_data, n_added, n_removed;
	struct told_state states[RIG_TOLD];
	struct told_data data[RIG_TOLD];
	unsigned n_moved; /* by our own clock */
	uint64_t moved_frames;
	uint64_t moved_ns;
	unsigned n_volumes;
	unsigned states_at_volume; /* n_states when it was last told */
	int32_t volume_mdb[UINT8_MAX];
	bool muted[UINT8_MAX];
};

extern struct rig rig;
extern const struct stream_listener rig_listener;

/* Set up and tear down for cmocka; direction is XENAV_PLAYBACK unless rig_init() is called. */
int rig_setup(void **state);
int rig_teardown(void **state);
void rig_init(uint8_t direction);

/* Let time go by; timers go off. */
void rig_run_ms(unsigned ms);

/* Has the stream its timer? */
bool rig_has_timer(void);

/* Let the worker do what waits for it. */
void rig_work(void);

/* Let it do one step of a copy. @return whether there are more. */
bool rig_copy_step(void);

/* Send a request, without or with waiting for the worker. */
void rig_send(struct xensnd_req *req);
int rig_request(struct xensnd_req *req);

/* The requests of Linux; each returns the status. */
int rig_open_as(uint8_t format, uint8_t channels, uint32_t buffer, uint32_t period);
int rig_open(void);
int rig_close(void);
int rig_trigger(uint8_t type);
int rig_transfer(uint8_t op, uint32_t offset_bytes, uint32_t length_bytes);

/* Put a pattern that depends on the position into the guest's buffer, and WRITE it. */
int rig_write(uint64_t position_bytes, uint32_t length_bytes);
uint8_t rig_pattern(uint64_t position_bytes);

#endif
