/* SPDX-License-Identifier: MIT */
/*
 * The part of the protocol by which administrators look at xenavd: its status, events as they
 * happen, and a few orders, all about object 0.  Minor version 1 and later.  To be included by
 * xenav-proto.h, which has the opcodes, and by nothing else.
 *
 * xenavd.conf says who may ask.  Everything about guests and objects is told only to consumers with
 * the right `status` to that guest; orders, and what concerns other users' consumers, need the
 * right `control`, which root always has.  A request without the right is answered by ERROR
 * -EACCES.
 *
 * Counters count from the beginning of their object, which ends with the connection of the
 * frontend: a number that is smaller than before has begun anew.
 */
#ifndef XENAV_STATUS_H
#define XENAV_STATUS_H

/*
 * STATUS_GET: tell the status.  The answer is STATUS_DAEMON; a STATUS_GUEST before the devices of
 * each guest; a STATUS_STREAM, STATUS_CONNECTOR or STATUS_INPUT for each object, and behind it a
 * STATUS_CLAIM for each claim of it; a STATUS_CONSUMER for each consumer; and STATUS_END with the
 * serial of the request.  The daemon does other work between them, so each tells of its own time.
 * -EBUSY while the answer to another STATUS_GET is on its way.
 */
struct xenav_msg_status_get {
	struct xenav_msg_header h;
	uint32_t serial;
	uint32_t pad;
};

/* STATUS_MONITOR: send a STATUS_EVENT for each event from now on (on 1), or no more (on 0).
 * Answered by STATUS_DONE. */
struct xenav_msg_status_monitor {
	struct xenav_msg_header h;
	uint32_t on;
	uint32_t pad;
};

/* STATUS_LOG_LEVEL: log up to this level, until the daemon ends or reads its configuration again.
 * STATUS_DONE has the level before.  Needs `control`. */
#define XENAV_LEVEL_ERR   0
#define XENAV_LEVEL_WARN  1
#define XENAV_LEVEL_INFO  2
#define XENAV_LEVEL_DEBUG 3

struct xenav_msg_status_log_level {
	struct xenav_msg_header h;
	uint32_t level;
	uint32_t pad;
};

/* STATUS_KICK: disconnect the consumer of that number, which may come back.  Answered by
 * STATUS_DONE, or -ENOENT.  Needs `control`. */
struct xenav_msg_status_kick {
	struct xenav_msg_header h;
	uint32_t consumer;
	uint32_t pad;
};

/* STATUS_DONE: the order of that opcode has been carried out. */
struct xenav_msg_status_done {
	struct xenav_msg_header h;
	uint16_t opcode;
	uint16_t pad;
	uint32_t value;
};

#define XENAV_STATUS_CONTROLS 0x1u /* this consumer has the right `control` */

struct xenav_msg_status_daemon {
	struct xenav_msg_header h;
	uint32_t domid; /* its own */
	uint32_t pid;
	uint64_t uptime_ns;
	uint64_t accepted;       /* consumers, since it started */
	uint64_t refused;        /* the same */
	uint32_t mapped_pages;   /* of guests, of 4096 bytes */
	uint32_t lent_pages;     /* of guests, to consumers */
	uint32_t supplied_pages; /* to guests */
	uint32_t consumers;
	uint32_t objects;
	uint32_t log_level;
	uint32_t flags; /* XENAV_STATUS_CONTROLS */
	uint32_t pad;
	char version[32];
};

struct xenav_msg_status_guest {
	struct xenav_msg_header h;
	uint32_t domid;
	uint32_t tokens_per_sec; /* the most that it can spend for long */
	uint64_t when_ns;        /* CLOCK_MONOTONIC, as everywhere */
	uint64_t tokens;         /* of its budget that it has spent */
	uint64_t waits;          /* times it had to wait for tokens */
	uint32_t mapped_pages;
	uint32_t copied_pages; /* in copies for consumers */
	uint32_t supplied_pages;
	uint32_t max_mapped_pages;
	uint32_t max_copied_pages;
	uint32_t max_supplied_pages;
	char name[64];
	char uuid[40];
};

#define XENAV_DEVICE_SOUND   1
#define XENAV_DEVICE_DISPLAY 2
#define XENAV_DEVICE_INPUT   3

struct xenav_msg_status_device {
	struct xenav_msg_header h;
	uint32_t domid;
	uint32_t devid;
	uint32_t kind;
	uint32_t backend_state; /* XenbusState of both ends; 0: unknown */
	uint32_t frontend_state;
	uint32_t objects; /* that are served */
};

/* An open stream has 1 + XENAV_STREAM_STOPPED and so on. */
#define XENAV_STATUS_CLOSED 0

#define XENAV_DRIFT_UNKNOWN INT32_MIN

struct xenav_msg_status_stream {
	struct xenav_msg_header h;
	uint32_t domid;
	uint32_t devid;
	uint8_t pcm;
	uint8_t stream;
	uint8_t direction;
	uint8_t state; /* XENAV_STATUS_CLOSED, or 1 + XENAV_STREAM_* */
	uint8_t format;
	uint8_t channels;
	uint8_t driven;
	uint8_t watchers;
	uint32_t rate_hz; /* of the opening, as what follows */
	uint32_t buffer_frames;
	uint32_t period_frames; /* 0: the guest wants no events */
	uint32_t fill_frames;   /* written and not played, or captured and not read */
	int32_t drift_ppm;      /* of the driver's clock against ours, or XENAV_DRIFT_UNKNOWN */
	uint32_t pad;
	uint64_t when_ns;
	uint64_t position_frames; /* of this opening */
	uint64_t requests;
	uint64_t openings;
	uint64_t late_reports; /* times that the daemon's clock had to replace the driver's */
	uint64_t underruns;    /* times that a playing stream ran dry and went on */
	uint64_t frames;       /* written or read by the guest */
	char unique_id[96];
};

struct xenav_msg_status_connector {
	struct xenav_msg_header h;
	uint32_t domid;
	uint32_t devid;
	uint16_t connector;
	uint8_t driven;
	uint8_t watchers;
	uint32_t width_px; /* its resolution */
	uint32_t height_px;
	uint32_t shown_width_px; /* 0: nothing is shown */
	uint32_t shown_height_px;
	uint32_t fourcc;
	uint32_t refresh_ns;
	uint32_t pad;
	uint64_t when_ns;
	uint64_t requests;
	uint64_t flips;
	uint64_t events;    /* flips that are complete */
	uint64_t frames[3]; /* given to consumers, by way: copy, direct, dma-buf */
	uint64_t copied_bytes;
	char unique_id[96];
};

struct xenav_msg_status_input {
	struct xenav_msg_header h;
	uint32_t domid;
	uint32_t devid;
	uint32_t caps; /* XENAV_INPUT_KEYBOARD and so on */
	uint32_t contacts;
	uint32_t feeders;
	uint32_t waiting; /* keys that the guest has no room for yet */
	uint64_t when_ns;
	uint64_t events;
	uint64_t dropped; /* presses */
	char unique_id[96];
};

#define XENAV_STATUS_WAITS 0x1u /* for its turn */

/* STATUS_CLAIM: this consumer has claimed the object of h, or waits for it. */
struct xenav_msg_status_claim {
	struct xenav_msg_header h;
	uint32_t consumer;
	uint32_t mode; /* of CLAIM */
	uint32_t ways;
	uint32_t flags; /* XENAV_STATUS_WAITS */
};

#define XENAV_STATUS_SELF 0x1u /* it is the one that asks */

struct xenav_msg_status_consumer {
	struct xenav_msg_header h;
	uint32_t consumer; /* its number, never used again while the daemon runs */
	uint32_t pid;
	uint32_t uid;
	uint32_t gid;
	uint32_t claims;
	uint32_t unsent; /* messages that it has not read */
	uint32_t flags;  /* XENAV_STATUS_SELF */
	uint32_t pad;
	uint64_t connected_ns; /* CLOCK_MONOTONIC */
	uint64_t received;     /* messages from it */
	uint64_t sent;         /* messages to it */
	uint64_t work_us;      /* time of the daemon that it has paid for */
	char name[64];
	char section[80]; /* of xenavd.conf, by which it was admitted */
};

struct xenav_msg_status_end {
	struct xenav_msg_header h;
	uint32_t serial;
	uint32_t pad;
};

enum xenav_event_kind {
	XENAV_EVENT_NONE,
	XENAV_EVENT_ADDED,     /* object */
	XENAV_EVENT_REMOVED,   /* object */
	XENAV_EVENT_OPENED,    /* stream */
	XENAV_EVENT_CLOSED,    /* stream */
	XENAV_EVENT_STATE,     /* stream; value is XENAV_STREAM_STOPPED and so on */
	XENAV_EVENT_LATE,      /* stream: the daemon's clock has taken over from the driver */
	XENAV_EVENT_UNDERRUN,  /* stream: it ran dry, and the guest goes on */
	XENAV_EVENT_SHOWN,     /* connector: it shows something again */
	XENAV_EVENT_BLANK,     /* connector: it shows nothing any more */
	XENAV_EVENT_CLAIMED,   /* object, consumer; value is the mode */
	XENAV_EVENT_RELEASED,  /* the same */
	XENAV_EVENT_CONNECTED, /* consumer */
	XENAV_EVENT_LEFT,      /* consumer */
	XENAV_EVENT_KICKED,    /* consumer: by an administrator; value is that one's number */
	XENAV_EVENT_LOG_LEVEL  /* value is the new level; consumer has set it */
};

enum xenav_object_kind {
	XENAV_OBJECT_NONE,
	XENAV_OBJECT_STREAM,
	XENAV_OBJECT_CONNECTOR,
	XENAV_OBJECT_INPUT
};

/* STATUS_EVENT: what has happened, about the object of h if there is one.  lost is the number of
 * events before it that were left out because the consumer did not read. */
struct xenav_msg_status_event {
	struct xenav_msg_header h;
	uint64_t wall_ns; /* CLOCK_REALTIME */
	uint32_t kind;
	uint32_t lost;
	uint32_t object_kind;
	uint32_t domid; /* this and the next three: of an object */
	uint32_t devid;
	uint16_t index; /* of the PCM device or connector */
	uint16_t stream;
	uint32_t value;
	uint32_t consumer; /* its number, or 0 */
	uint32_t uid;
	uint32_t pad;
	char consumer_name[64];
	char domain_name[64];
};

#endif
