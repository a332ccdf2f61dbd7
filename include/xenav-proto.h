/* SPDX-License-Identifier: MIT */
/*
 * The protocol between xenavd and its consumers.
 *
 * AF_UNIX SOCK_SEQPACKET: each message is one packet of exactly the size of its structure below,
 * with exactly the descriptors that its comment names.  Integers are in the byte order of the host,
 * strings are NUL-terminated and zero-filled, padding is zero.  A message that breaks any of these
 * rules ends the connection.
 *
 * Order of a connection: the consumer sends HELLO; the daemon answers WELCOME, then announces every
 * existing object (STREAM_ADDED, CONNECTOR_ADDED, INPUT_ADDED) and sends ANNOUNCED, and later tells
 * of objects that come and go.  The consumer claims the objects that it wants to drive, feed or
 * watch.  After CLAIMED the daemon first tells the present state of the object (STREAM_OPENED and
 * so on, or FRAME), then each change.
 *
 * Every CLAIM and CLAIM_WAIT has exactly one answer, CLAIMED or ERROR, unless its object is removed
 * before.  Numbers of objects are never used again within a connection.  A released message never
 * changes: a new meaning gets a new opcode.
 *
 * Opcodes with XENAV_FROM_DAEMON set travel from the daemon, the others to it.
 */
#ifndef XENAV_PROTO_H
#define XENAV_PROTO_H

#include <stdint.h>

#define XENAV_PROTO_MAGIC    0x56414e58u /* "XNAV" */
#define XENAV_PROTO_MAJOR    1
#define XENAV_PROTO_MINOR    1
#define XENAV_PROTO_MSG_MAX  256
#define XENAV_DEFAULT_SOCKET "/run/xenavd/socket"

#define XENAV_FROM_DAEMON 0x8000

enum xenav_opcode {
	/* consumer to daemon */
	XENAV_OP_HELLO = 0x0001,
	XENAV_OP_CLAIM = 0x0002,
	XENAV_OP_RELEASE = 0x0003,
	XENAV_OP_CLAIM_WAIT = 0x0004,
	XENAV_OP_RESUME = 0x0005,
	XENAV_OP_STREAM_POSITION = 0x0101,
	XENAV_OP_STREAM_FILLED = 0x0102,
	XENAV_OP_STREAM_LIMITS = 0x0103,
	XENAV_OP_FRAME_READY = 0x0201,
	XENAV_OP_FRAME_DONE = 0x0202,
	XENAV_OP_CONNECTOR_EDID = 0x0203,
	XENAV_OP_FRAME_BUFFER_FREED = 0x0204,
	XENAV_OP_CONNECTOR_BUFFER = 0x0205,
	XENAV_OP_CONNECTOR_REFRESH = 0x0206,
	XENAV_OP_INPUT_EVENTS = 0x0301,
	XENAV_OP_INPUT_RESET = 0x0302,
	/* daemon to consumer */
	XENAV_OP_WELCOME = 0x8001,
	XENAV_OP_ERROR = 0x8002,
	XENAV_OP_STREAM_ADDED = 0x8003,
	XENAV_OP_CONNECTOR_ADDED = 0x8004,
	XENAV_OP_REMOVED = 0x8005,
	XENAV_OP_CLAIMED = 0x8006,
	XENAV_OP_INPUT_ADDED = 0x8007,
	XENAV_OP_ANNOUNCED = 0x8008,
	XENAV_OP_TOKEN = 0x8009,
	XENAV_OP_GUEST = 0x800a,
	XENAV_OP_TOLD = 0x800b,
	XENAV_OP_STREAM_OPENED = 0x8101,
	XENAV_OP_STREAM_STATE = 0x8102,
	XENAV_OP_STREAM_DATA = 0x8103,
	XENAV_OP_STREAM_CLOSED = 0x8104,
	XENAV_OP_STREAM_VOLUME = 0x8105,
	XENAV_OP_STREAM_MOVED = 0x8106,
	XENAV_OP_FRAME_BUFFER = 0x8201,
	XENAV_OP_FRAME = 0x8202,
	XENAV_OP_BLANK = 0x8203,
	XENAV_OP_FRAME_BUFFER_GONE = 0x8204,
	XENAV_OP_INPUT_TAKEN = 0x8301,
	/* consumer to daemon, see xenav-status.h */
	XENAV_OP_STATUS_GET = 0x0401,
	XENAV_OP_STATUS_MONITOR = 0x0402,
	XENAV_OP_STATUS_LOG_LEVEL = 0x0403,
	XENAV_OP_STATUS_KICK = 0x0404,
	/* daemon to consumer, the same */
	XENAV_OP_STATUS_DAEMON = 0x8401,
	XENAV_OP_STATUS_GUEST = 0x8402,
	XENAV_OP_STATUS_DEVICE = 0x8403,
	XENAV_OP_STATUS_STREAM = 0x8404,
	XENAV_OP_STATUS_CONNECTOR = 0x8405,
	XENAV_OP_STATUS_INPUT = 0x8406,
	XENAV_OP_STATUS_CLAIM = 0x8407,
	XENAV_OP_STATUS_CONSUMER = 0x8408,
	XENAV_OP_STATUS_END = 0x8409,
	XENAV_OP_STATUS_DONE = 0x840a,
	XENAV_OP_STATUS_EVENT = 0x840b
};

/* Header of every message.  object is the number of a stream or connector; 0 is the connection. */
struct xenav_msg_header {
	uint16_t opcode;
	uint16_t size; /* of the whole message, in bytes */
	uint32_t object;
};

/* -------- the connection -------- */

/* HELLO and WELCOME: the first message of either side.  A daemon of another major version answers
 * WELCOME with its own version and closes. */
struct xenav_msg_hello {
	struct xenav_msg_header h;
	uint32_t magic;
	uint16_t major;
	uint16_t minor;
	uint64_t features; /* XENAV_FEATURE_* of the sender; unknown ones are ignored */
	char name[64];     /* of the sender, for logs */
};

/* The sender knows the messages that let a consumer's claims live through a restart of the daemon:
 * RESUME, TOKEN, GUEST and TOLD.  Neither side sends them to one that has not said so. */
#define XENAV_FEATURE_RESUME 0x1u

/* The same of INPUT_TAKEN. */
#define XENAV_FEATURE_TAKEN 0x2u

/*
 * TOKEN follows WELCOME.  When the daemon restarts it reserves, for a few seconds, what consumers
 * drove or fed; one that connects again sends RESUME with its last token behind WELCOME, and what
 * is reserved for it is free for its claims and taken for those of others.  A token that the daemon
 * does not know, or knows of another user, is ignored.  From RESUME on only the newest token
 * counts. A daemon may end before it reads RESUME: until the first answer to a CLAIM the tokens of
 * earlier connections may still be the right ones, and RESUME is sent for each of them.
 */
#define XENAV_TOKEN_BYTES 16

struct xenav_msg_token {
	struct xenav_msg_header h;
	uint8_t token[XENAV_TOKEN_BYTES];
};

/* ERROR: the request `opcode` about the object failed; error is a negative errno.  For object 0 the
 * daemon refuses the connection: -EACCES for a user without rights, -EUSERS if too many consumers
 * are connected. */
struct xenav_msg_error {
	struct xenav_msg_header h;
	int32_t error;
	uint16_t opcode;
	uint16_t pad;
};

/* RELEASE and REMOVED carry the header alone.  Both end the consumer's right to the memory of the
 * object: it unmaps memory that is no copy before it sends RELEASE, and at once after REMOVED. */
struct xenav_msg_plain {
	struct xenav_msg_header h;
};

/* Ways in which a buffer leaves the daemon. */
#define XENAV_WAY_COPY   0x1u /* a sealed memfd that the daemon copies to or from */
#define XENAV_WAY_DIRECT 0x2u /* the guest's own pages, to be mapped; for trusted consumers */
#define XENAV_WAY_DMABUF 0x4u /* the guest's own pages as a dma-buf, to be imported by a driver */
#define XENAV_WAYS       0x7u /* all of these */

/* Modes of a claim.  One consumer at a time drives a playback stream or connector; others may watch
 * it: they are told the same and move nothing.  One consumer at a time feeds a capture stream.
 * -EOPNOTSUPP answers any other combination: a guest can make any stream a capture stream, and a
 * consumer that wanted to hear a stream must never feed it. */
enum xenav_mode { XENAV_MODE_DRIVE, XENAV_MODE_WATCH, XENAV_MODE_FEED };

/* Watchers of one object at a time; the next one gets -EUSERS. */
#define XENAV_MAX_WATCHERS 8

/* Claims that wait for one object at a time; the next one gets -EUSERS. */
#define XENAV_MAX_WAITING 16

/* CLAIM: ways is the set of ways that the consumer can take.  CLAIM_WAIT: the same, but where CLAIM
 * would be answered by -EBUSY there is no answer until those who came before have given the object
 * back; RELEASE ends the wait, and the answer is -ECANCELED then.  CLAIMED: the ways among them
 * that the daemon grants, in the mode of the CLAIM; each buffer names its own.  Streams are always
 * copied.
 */
struct xenav_msg_claim {
	struct xenav_msg_header h;
	uint32_t ways;
	uint32_t mode;
};

/* TOLD carries the header alone: behind CLAIMED and all messages about the present state of the
 * object.  A stream of which no STREAM_OPENED was told before it is closed. */

/* -------- announcements -------- */

/* GUEST, in front of the announcement of the object: its guest's UUID as text, empty if unknown.
 * After a restart the numbers of objects are others; an object is the same if guest, devices and
 * indices are. */
struct xenav_msg_guest {
	struct xenav_msg_header h;
	char uuid[40];
};

/* ANNOUNCED carries the header alone, for object 0: all objects that existed when the consumer
 * connected are announced.  It comes once. */

#define XENAV_PLAYBACK 0 /* the guest plays, the consumer hears */
#define XENAV_CAPTURE  1 /* the consumer feeds, the guest records */

struct xenav_msg_stream_added {
	struct xenav_msg_header h;
	uint32_t domid;
	uint32_t devid;
	uint8_t pcm;    /* index of the PCM device on the card */
	uint8_t stream; /* index of the stream in the PCM device */
	uint8_t direction;
	uint8_t pad[5];
	char domain_name[64];
	char unique_id[96];
	char pcm_name[64];
};

struct xenav_msg_connector_added {
	struct xenav_msg_header h;
	uint32_t domid;
	uint32_t devid;
	uint32_t connector; /* index of the connector in the device */
	uint32_t width_px;  /* its resolution */
	uint32_t height_px;
	uint32_t pad;
	char domain_name[64];
	char unique_id[96];
};

/* -------- sound -------- */

/* Positions are in frames since the opening.  Guests, the daemon and consumers move whole frames: a
 * frame is frame_bytes, one sample of every channel.  Sizes of memory are in bytes. */

/*
 * STREAM_OPENED, one descriptor: the guest has opened the stream.  The memory behind the descriptor
 * is a ring of buffer_bytes; the frame at position p stands at (p * frame_bytes) % buffer_bytes.
 * The ring is read-only for playback, read-write for capture, and replaces any earlier ring of the
 * stream.  STREAM_VOLUME follows at once if the guest has set any, then STREAM_STATE and, for
 * playback, STREAM_DATA for the frames written and not yet played.
 *
 * Another STREAM_OPENED without a STREAM_CLOSED in between: the daemon could not tell everything in
 * time.  With the same generation the opening goes on, only with another ring, and positions
 * continue; with another generation the guest has closed the earlier opening.
 */
struct xenav_msg_stream_opened {
	struct xenav_msg_header h;
	uint32_t generation; /* a new one for each opening by the guest; never 0 */
	uint32_t rate_hz;
	uint32_t buffer_bytes;
	uint32_t period_bytes; /* how often the guest wants to hear of progress; 0: never */
	uint32_t frame_bytes;
	uint8_t format; /* XENSND_PCM_FORMAT_* of sndif.h */
	uint8_t channels;
	uint8_t pad[2];
};

/*
 * The tail of a playback ring, in whole cache lines at the next multiple of XENAV_RING_TAIL_ALIGN
 * bytes behind it.  The guest does not wait for watchers, nor for long for a driver: frames more
 * than one ring before edge_frames are overwritten or being overwritten.  The daemon raises
 * edge_frames before it writes samples; a reader that loads it after the samples, with a barrier in
 * between, knows which of them were whole.
 */
#define XENAV_RING_TAIL_ALIGN 64u

struct xenav_ring_tail {
	uint64_t edge_frames; /* never goes back */
};

#define XENAV_STREAM_STOPPED 0
#define XENAV_STREAM_STARTED 1
#define XENAV_STREAM_PAUSED  2

/* STREAM_STATE: the guest has triggered the stream at the position stood_frames.  After STOPPED,
 * frames written beyond stood_frames are not played, unless a later STREAM_DATA tells of them, and
 * the next start continues from position_frames, the next whole buffer.  In other states both are
 * equal, except that a consumer which comes to a started stream gets the position of now. */
struct xenav_msg_stream_state {
	struct xenav_msg_header h;
	uint32_t generation;
	uint32_t state;
	uint64_t position_frames;
	uint64_t stood_frames;
};

/* STREAM_DATA.  Playback: the guest has written these frames from position_frames on; they stay
 * valid until the driver of the stream reports a position beyond them, or less than a period before
 * them.  Capture: the guest has read these frames, and the consumer may write there again. */
struct xenav_msg_stream_data {
	struct xenav_msg_header h;
	uint32_t generation;
	uint32_t frames;
	uint64_t position_frames;
};

struct xenav_msg_stream_closed {
	struct xenav_msg_header h;
	uint32_t generation;
	uint32_t pad;
};

/* STREAM_POSITION: the consumer has played or captured up to position_frames at the time when_ns
 * (CLOCK_MONOTONIC; 0: now).  The daemon tells the guest the position that follows from it by now,
 * up to carry_frames (0: any number) and one period beyond the report, and within the frames that
 * are written or, for capture, filled.  The guest may write again to what is before that position.
 * The same position again means that the stream stands still.  Positions never go back, and go on
 * in real time while the stream is started, also when the guest delivers nothing.  The daemon's own
 * clock replaces a consumer that reports nothing for the time of half a buffer (at least 20 ms, at
 * most one second) until it reports again, because a guest that waits for longer gives up: see
 * STREAM_MOVED.  ERROR -ERANGE, and the report counts for nothing, if the position is beyond nine
 * eighths of the time since the START plus a buffer.  ERROR -EPERM for watchers. */
struct xenav_msg_stream_position {
	struct xenav_msg_header h;
	uint32_t generation;
	uint32_t carry_frames;
	uint64_t position_frames;
	uint64_t when_ns;
};

/* STREAM_MOVED: the driver has reported nothing for so long that the daemon's own clock has taken
 * over, with this position at the time when_ns (CLOCK_MONOTONIC), and moves the stream in real time
 * from there.  Sent once, until a report of the driver has reached the position of the daemon
 * again: reports behind it are ignored.  Only the driver is told. */
struct xenav_msg_stream_moved {
	struct xenav_msg_header h;
	uint32_t generation;
	uint32_t pad;
	uint64_t position_frames;
	uint64_t when_ns;
};

/* STREAM_FILLED, capture only: the ring is filled up to filled_frames, at most one ring ahead of
 * the position; STREAM_POSITION implies the same for its position.  Frames that are not filled read
 * as silence.  STOPPED voids the frames filled beyond its position. */
struct xenav_msg_stream_filled {
	struct xenav_msg_header h;
	uint32_t generation;
	uint32_t pad;
	uint64_t filled_frames;
};

/* Bounds of the guest's volumes, in steps of 0.001 dB: below the lower one nothing is left of a
 * sample of 32 bits, and no mixer goes beyond the upper one. */
#define XENAV_VOLUME_MIN_MDB (-200000)
#define XENAV_VOLUME_MAX_MDB 60000

/* STREAM_VOLUME: the guest has set volume and mute of n_channels channels from first_channel on.
 * After STREAM_OPENED each channel is at 0 dB and not muted.  The samples are as the guest wrote
 * them: the consumer may apply the volume. */
#define XENAV_VOLUME_CHANNELS 32 /* at most in one message */

struct xenav_msg_stream_volume {
	struct xenav_msg_header h;
	uint32_t generation;
	uint8_t first_channel;
	uint8_t n_channels;
	uint8_t pad[2];
	uint32_t muted; /* bit i: channel first_channel + i */
	int32_t volume_mdb[XENAV_VOLUME_CHANNELS];
};

/* STREAM_LIMITS: the claiming consumer limits the parameters of the stream; 0 is no limit, and each
 * message replaces the one before.  The guest is told of the limits when it asks, and cannot open
 * the stream beyond them; an existing opening stays.  Answered only if the limits leave nothing of
 * what the guest's configuration allows: ERROR -EINVAL, and the limits before it hold.  Limits end
 * with the claim. */
struct xenav_msg_stream_limits {
	struct xenav_msg_header h;
	uint64_t formats; /* bit n: XENSND_PCM_FORMAT_* n of sndif.h */
	uint32_t rate_min_hz;
	uint32_t rate_max_hz;
	uint32_t channels_min;
	uint32_t channels_max;
	uint32_t buffer_min_frames;
	uint32_t buffer_max_frames;
	uint32_t period_min_frames; /* a guest that wants no events has no period */
	uint32_t period_max_frames;
};

/* -------- display -------- */

/* FRAME_READY: the consumer can take one frame; a second FRAME_READY before that frame adds
 * nothing. The daemon sends the newest frame: at once if the consumer has not seen it, else when
 * the guest shows another one; with XENAV_FRAME_AGAIN at once in any case, but the same frame at
 * most 120 times a second. */
#define XENAV_FRAME_AGAIN 0x1u

struct xenav_msg_frame_ready {
	struct xenav_msg_header h;
	uint32_t flags;
	uint32_t pad;
};

/*
 * FRAME_BUFFER, one descriptor: read-only memory for coming frames, with the index `buffer` below
 * 16.  way is one of the ways of CLAIMED and the kind of the descriptor:
 *
 * COPY: map size_bytes from 0 on, any number of times.  Replaces a buffer of the same index.
 * DIRECT: map exactly size_bytes from offset_bytes on, shared, once: the guest's own memory.
 * DMABUF: import the descriptor, which cannot be mapped.
 *
 * The guest wants memory back that is no copy: its index stays taken until FRAME_BUFFER_FREED.
 */
struct xenav_msg_frame_buffer {
	struct xenav_msg_header h;
	uint32_t buffer;
	uint32_t size_bytes;
	uint32_t way;
	uint32_t offered;      /* DMABUF: index + 1 of its CONNECTOR_BUFFER; 0: not offered */
	uint64_t offset_bytes; /* of the buffer in the memory of the descriptor */
};

#define XENAV_MAX_BUFFERS 16

/* FRAME_BUFFER_GONE: the guest takes back the memory of a buffer that is no copy.  The consumer
 * unmaps and closes it and answers FRAME_BUFFER_FREED within half a second, because the guest
 * waits; a later consumer is disconnected.
 *
 * FRAME_BUFFER_FREED without FRAME_BUFFER_GONE: the consumer cannot use the buffer.  The daemon
 * sends the frames in that memory in another way, also the last one if it is not done. */
struct xenav_msg_frame_buffer_gone {
	struct xenav_msg_header h;
	uint32_t buffer;
	uint32_t pad;
};

/* FRAME: the guest shows a frame.  Its pixels are in the named buffer and stay until the consumer
 * has sent FRAME_DONE for the next frame, or until FRAME_BUFFER_GONE.  In a buffer that is no copy
 * the guest may draw once it has waited for 40 ms, or when it shows another framebuffer without a
 * flip. */
struct xenav_msg_frame {
	struct xenav_msg_header h;
	uint64_t serial; /* counts the frames given to this claim, from 1 */
	uint32_t buffer;
	uint32_t offset_bytes;
	uint32_t width_px;
	uint32_t height_px;
	uint32_t stride_bytes;
	uint32_t fourcc; /* DRM_FORMAT_* */
};

/* FRAME_DONE: the frame with this serial and all frames before it have been shown.  From the
 * driver, the guest may be told; from a watcher, it is not. */
struct xenav_msg_frame_done {
	struct xenav_msg_header h;
	uint64_t serial;
};

/* BLANK: the guest shows nothing.  The header alone. */

#define XENAV_EDID_BLOCK_BYTES 128
#define XENAV_EDID_MAX_BLOCKS  4

/* CONNECTOR_EDID: block `index` of the n_blocks of an EDID, in order from 0.  After the last block,
 * if header, count and checksums are right, a guest that asks gets this EDID until the claim ends;
 * else ERROR -EINVAL answers the last block, and nothing changes.  n_blocks 0, with the other
 * fields zero, withdraws the EDID. */
struct xenav_msg_connector_edid {
	struct xenav_msg_header h;
	uint8_t index;
	uint8_t n_blocks;
	uint8_t pad[6];
	uint8_t block[XENAV_EDID_BLOCK_BYTES];
};

/* CONNECTOR_REFRESH: the screen of the driver is refreshed once in period_ns.  The daemon completes
 * at most one flip of the guest in each period, however fast frames are done; 0, the default, is 60
 * a second.  The period lasts as long as the claim; each message replaces the one before.  Answered
 * only if period_ns is out of bounds: ERROR -EINVAL, and nothing changes. */
#define XENAV_REFRESH_MIN_NS 1000000u  /* 1000 Hz */
#define XENAV_REFRESH_MAX_NS 40000000u /* 25 Hz: no guest waits for longer */

struct xenav_msg_connector_refresh {
	struct xenav_msg_header h;
	uint32_t period_ns;
	uint32_t pad;
};

/*
 * CONNECTOR_BUFFER, one descriptor: a dma-buf of the consumer, of whole pages and at least
 * size_bytes, for a guest that wants its buffers supplied (be_alloc) to draw into.  Only from the
 * driver of the connector, and with DMABUF granted.  When the guest shows a frame in it, `offered`
 * of the FRAME_BUFFER names it.  The guest sees the content of the dma-buf.  The grant stays, for
 * further buffers of this guest, until the claim ends or another dma-buf is offered under the same
 * index, but at least as long as the guest uses it.
 *
 * Answered only if it cannot be used: ERROR -EINVAL for a bad index, size or descriptor, -EPERM if
 * the guest is not supplied with buffers, -EBUSY while the guest uses the dma-buf of that index,
 * -EOPNOTSUPP if the kernel cannot grant dma-bufs.
 */
#define XENAV_MAX_OFFERS 4

struct xenav_msg_connector_buffer {
	struct xenav_msg_header h;
	uint32_t buffer; /* index below XENAV_MAX_OFFERS, the consumer's choice */
	uint32_t size_bytes;
};

/* -------- input -------- */

/* The devices that the guest has. */
#define XENAV_INPUT_KEYBOARD 0x1u
#define XENAV_INPUT_POINTER  0x2u
#define XENAV_INPUT_ABSOLUTE 0x4u /* the pointer takes positions, else motion */
#define XENAV_INPUT_TOUCH    0x8u

/* INPUT_ADDED: a keyboard, pointer and touch screen of a guest.  Positions of the pointer are
 * 0..width and 0..height, those of contacts 0..touch_width and 0..touch_height.  unique_id is as
 * the toolstack wrote it, "K:left;P:left;T:left" or a name alone: the device belongs to the
 * connectors with these unique-ids, or to all of the guest's when there are none.  It is claimed in
 * XENAV_MODE_FEED, by several consumers at a time. */
struct xenav_msg_input_added {
	struct xenav_msg_header h;
	uint32_t domid;
	uint32_t devid;
	uint32_t caps;     /* XENAV_INPUT_KEYBOARD and so on */
	uint32_t contacts; /* at once, of the touch screen */
	uint32_t width;
	uint32_t height;
	uint32_t touch_width;
	uint32_t touch_height;
	char domain_name[64];
	char unique_id[96];
};

enum xenav_input_kind {
	XENAV_INPUT_NONE,
	XENAV_INPUT_KEY,         /* code of linux/input-event-codes.h, value 1 down and 0 up */
	XENAV_INPUT_MOTION,      /* x, y relative; z notches of the wheel, positive downwards */
	XENAV_INPUT_POSITION,    /* connector, x, y; z as above */
	XENAV_INPUT_CONTACT,     /* code is a contact that touches at connector, x, y, or moves */
	XENAV_INPUT_SHAPE,       /* code is a contact; x, y its longer and shorter diameter */
	XENAV_INPUT_ORIENTATION, /* code is a contact; x the degrees of the longer one, -180..180 */
	XENAV_INPUT_LIFT         /* code is a contact that touches no more */
};

struct xenav_input_event {
	uint8_t kind;
	uint8_t value;
	uint16_t code;
	uint32_t connector; /* x and y are pixels of its frame; 0: in the device's own range */
	int32_t x;
	int32_t y;
	int32_t z;
};

#define XENAV_INPUT_EVENTS_MAX 11

/*
 * INPUT_EVENTS: the first n of events, in order; the rest is zero.  Keys and contacts are state:
 * the guest is told what it can take, and never loses a release.  A press of a key that this
 * consumer holds already is a repetition.  Motion is added up between two keys, and is sent to the
 * guest once in a millisecond at most.  What the guest has no key or contact for is ignored.  What
 * only one consumer holds is released when its claim ends.
 */
struct xenav_msg_input_events {
	struct xenav_msg_header h;
	uint32_t n;
	uint32_t pad;
	struct xenav_input_event events[XENAV_INPUT_EVENTS_MAX];
};

/* INPUT_RESET carries the header alone: release all that this consumer holds. */

/*
 * INPUT_TAKEN: so many events and resets of this claim, counted in the order in which they were
 * sent and modulo 2^32, are done with: they are in the memory of the guest, where a restart of the
 * daemon does not change them, or were ignored.  What was sent behind them is lost if the daemon
 * ends, and is to be sent again after the restart.  The message is sent when the number changes,
 * and the newest replaces those that the consumer has not read yet, if the socket is full.
 */
struct xenav_msg_input_taken {
	struct xenav_msg_header h;
	uint32_t count;
	uint32_t pad;
};

/* -------- status -------- */

#include "xenav-status.h"

union xenav_msg {
	struct xenav_msg_header h;
	struct xenav_msg_hello hello;
	struct xenav_msg_error error;
	struct xenav_msg_plain plain;
	struct xenav_msg_claim claim;
	struct xenav_msg_token token;
	struct xenav_msg_guest guest;
	struct xenav_msg_stream_added stream_added;
	struct xenav_msg_connector_added connector_added;
	struct xenav_msg_stream_opened stream_opened;
	struct xenav_msg_stream_state stream_state;
	struct xenav_msg_stream_data stream_data;
	struct xenav_msg_stream_closed stream_closed;
	struct xenav_msg_stream_position stream_position;
	struct xenav_msg_stream_filled stream_filled;
	struct xenav_msg_stream_volume stream_volume;
	struct xenav_msg_stream_moved stream_moved;
	struct xenav_msg_stream_limits stream_limits;
	struct xenav_msg_frame_ready frame_ready;
	struct xenav_msg_frame_buffer frame_buffer;
	struct xenav_msg_frame_buffer_gone frame_buffer_gone;
	struct xenav_msg_frame frame;
	struct xenav_msg_frame_done frame_done;
	struct xenav_msg_connector_edid connector_edid;
	struct xenav_msg_connector_buffer connector_buffer;
	struct xenav_msg_connector_refresh connector_refresh;
	struct xenav_msg_input_added input_added;
	struct xenav_msg_input_events input_events;
	struct xenav_msg_input_taken input_taken;
	struct xenav_msg_status_get status_get;
	struct xenav_msg_status_monitor status_monitor;
	struct xenav_msg_status_log_level status_log_level;
	struct xenav_msg_status_kick status_kick;
	struct xenav_msg_status_done status_done;
	struct xenav_msg_status_daemon status_daemon;
	struct xenav_msg_status_guest status_guest;
	struct xenav_msg_status_device status_device;
	struct xenav_msg_status_stream status_stream;
	struct xenav_msg_status_connector status_connector;
	struct xenav_msg_status_input status_input;
	struct xenav_msg_status_claim status_claim;
	struct xenav_msg_status_consumer status_consumer;
	struct xenav_msg_status_end status_end;
	struct xenav_msg_status_event status_event;
	unsigned char bytes[XENAV_PROTO_MSG_MAX];
};

#endif
