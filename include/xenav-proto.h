/* SPDX-License-Identifier: MIT */
/*
 * The protocol between xenavd and its consumers.
 *
 * AF_UNIX SOCK_SEQPACKET: one message is one packet is one of the structures below, of exactly
 * its size, with exactly the descriptors its comment names.  Integers are in the byte order of
 * the host, strings are NUL-terminated and zero-filled, padding is zero.  A message that breaks
 * any of this ends the connection.
 *
 * Order of a connection: the consumer sends HELLO, the daemon answers WELCOME and then announces
 * every stream and connector there is (STREAM_ADDED, CONNECTOR_ADDED), later also those that come
 * and go.  The consumer claims what it wants to drive or to watch.  Once CLAIMED, the daemon first
 * tells the present state of the object (STREAM_OPENED and so on, or FRAME), then every change.
 *
 * Every CLAIM has exactly one answer, CLAIMED or ERROR.  Objects are never used again within a
 * connection.  A message never changes once it is released: what is new gets a new opcode.
 *
 * Opcodes with XENAV_FROM_DAEMON set travel from the daemon, the others to it.
 */
#ifndef XENAV_PROTO_H
#define XENAV_PROTO_H

#include <stdint.h>

#define XENAV_PROTO_MAGIC    0x56414e58u /* "XNAV" */
#define XENAV_PROTO_MAJOR    1
#define XENAV_PROTO_MINOR    0
#define XENAV_PROTO_MSG_MAX  256
#define XENAV_DEFAULT_SOCKET "/run/xenavd/socket"

#define XENAV_FROM_DAEMON 0x8000

enum xenav_opcode {
	/* consumer to daemon */
	XENAV_OP_HELLO = 0x0001,
	XENAV_OP_CLAIM = 0x0002,
	XENAV_OP_RELEASE = 0x0003,
	XENAV_OP_STREAM_POSITION = 0x0101,
	XENAV_OP_STREAM_FILLED = 0x0102,
	XENAV_OP_STREAM_LIMITS = 0x0103,
	XENAV_OP_FRAME_READY = 0x0201,
	XENAV_OP_FRAME_DONE = 0x0202,
	XENAV_OP_CONNECTOR_EDID = 0x0203,
	XENAV_OP_FRAME_BUFFER_FREED = 0x0204,
	XENAV_OP_CONNECTOR_BUFFER = 0x0205,
	XENAV_OP_CONNECTOR_REFRESH = 0x0206,
	/* daemon to consumer */
	XENAV_OP_WELCOME = 0x8001,
	XENAV_OP_ERROR = 0x8002,
	XENAV_OP_STREAM_ADDED = 0x8003,
	XENAV_OP_CONNECTOR_ADDED = 0x8004,
	XENAV_OP_REMOVED = 0x8005,
	XENAV_OP_CLAIMED = 0x8006,
	XENAV_OP_STREAM_OPENED = 0x8101,
	XENAV_OP_STREAM_STATE = 0x8102,
	XENAV_OP_STREAM_DATA = 0x8103,
	XENAV_OP_STREAM_CLOSED = 0x8104,
	XENAV_OP_STREAM_VOLUME = 0x8105,
	XENAV_OP_FRAME_BUFFER = 0x8201,
	XENAV_OP_FRAME = 0x8202,
	XENAV_OP_BLANK = 0x8203,
	XENAV_OP_FRAME_BUFFER_GONE = 0x8204
};

/* Every message starts with this.  object names a stream or connector; 0 is the connection. */
struct xenav_msg_header {
	uint16_t opcode;
	uint16_t size; /* of the whole message, in bytes */
	uint32_t object;
};

/* -------- the connection -------- */

/* HELLO and WELCOME: the first message of either side.  A daemon of another major version answers
 * WELCOME with its own and closes. */
struct xenav_msg_hello {
	struct xenav_msg_header h;
	uint32_t magic;
	uint16_t major;
	uint16_t minor;
	uint64_t features; /* none are defined yet: 0 */
	char name[64];     /* of the program, for logs */
};

/* ERROR: the named request about the object failed; error is a negative errno. */
struct xenav_msg_error {
	struct xenav_msg_header h;
	int32_t error;
	uint16_t opcode;
	uint16_t pad;
};

/* RELEASE and REMOVED carry the header alone.  With either the consumer has no memory of the object
 * any more, so it unmaps what is not a copy before it sends RELEASE, and as soon as it is REMOVED.
 */
struct xenav_msg_plain {
	struct xenav_msg_header h;
};

/* How a buffer may leave the daemon. */
#define XENAV_WAY_COPY   0x1u /* a sealed memfd that the daemon copies to or from */
#define XENAV_WAY_DIRECT 0x2u /* the guest's own pages, to be mapped; for the trusted only */
#define XENAV_WAY_DMABUF 0x4u /* the same as a dma-buf, to be imported by a driver */
#define XENAV_WAYS       0x7u /* all of these */

/* What a consumer is to an object.  One at a time drives a playback stream or connector, and others
 * may watch it: they are told the same and move nothing.  One at a time feeds a capture stream.
 * Any other mode is answered by -EOPNOTSUPP: a guest can make any stream a capture stream, and no
 * consumer that wanted to hear it may find that it feeds it. */
enum xenav_mode { XENAV_MODE_DRIVE, XENAV_MODE_WATCH, XENAV_MODE_FEED };

/* Of one object, at once; one more gets -EUSERS. */
#define XENAV_MAX_WATCHERS 8

/* CLAIM: the ways the consumer can take.  CLAIMED: those of them that it may have, in the mode it
 * asked for; which of them a buffer takes is said with the buffer.  Streams are always copied. */
struct xenav_msg_claim {
	struct xenav_msg_header h;
	uint32_t ways;
	uint32_t mode;
};

/* -------- announcements -------- */

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

/* Positions are in frames since the opening, and guests, the daemon and consumers move whole
 * frames: a frame is frame_bytes, a sample of every channel.  Sizes of memory are in bytes. */

/*
 * STREAM_OPENED, one descriptor: the guest opened the stream.  The memory behind the descriptor
 * is a ring of buffer_bytes; the sample at position p (in frames since the opening) stands at
 * (p * frame_bytes) % buffer_bytes.  Read-only for playback, read-write for capture.  Any
 * earlier ring of this stream is out of use.  STREAM_VOLUME follows at once if the guest ever set
 * any, then a STREAM_STATE, and for playback a STREAM_DATA for what is written and not yet played.
 *
 * Another STREAM_OPENED without a STREAM_CLOSED in between: not everything could be told in time.
 * With the same generation it is the same opening that goes on, in every respect but the ring, and
 * positions count on; else that one has been closed.
 */
struct xenav_msg_stream_opened {
	struct xenav_msg_header h;
	uint32_t generation; /* another one whenever the guest opens the stream; never 0 */
	uint32_t rate_hz;
	uint32_t buffer_bytes;
	uint32_t period_bytes; /* how often the guest wants to hear of progress; 0: never */
	uint32_t frame_bytes;
	uint8_t format; /* XENSND_PCM_FORMAT_* of sndif.h */
	uint8_t channels;
	uint8_t pad[2];
};

/*
 * Behind a playback ring, at the next multiple of XENAV_RING_TAIL_ALIGN bytes, stands this, in
 * whole cache lines.  The guest waits neither for watchers nor for long for who drives the stream:
 * what is more than a ring before edge_frames is overwritten, or is just being.  The daemon raises
 * edge_frames before it writes the samples; so who reads it after the samples, with a barrier
 * between, knows whether they were still there.
 */
#define XENAV_RING_TAIL_ALIGN 64u

struct xenav_ring_tail {
	uint64_t edge_frames; /* never goes back */
};

#define XENAV_STREAM_STOPPED 0
#define XENAV_STREAM_STARTED 1
#define XENAV_STREAM_PAUSED  2

/* STREAM_STATE: the guest triggered the stream when it stood at stood_frames.  After STOPPED
 * nothing written beyond that will be played, unless STREAM_DATA tells it after this, and
 * position_frames, the next whole buffer, is where the next start continues from; else they are the
 * same. */
struct xenav_msg_stream_state {
	struct xenav_msg_header h;
	uint32_t generation;
	uint32_t state;
	uint64_t position_frames;
	uint64_t stood_frames;
};

/* STREAM_DATA.  Playback: the guest has written frames starting at position_frames; they stay
 * valid until the consumer that drives the stream reports a position beyond
 * them, or less than a period before.  Capture: the guest has read them, and the consumer may write
 * there again. */
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

/* STREAM_POSITION: how far the consumer has played or captured, in frames since the opening, and
 * when that was (CLOCK_MONOTONIC; 0: just now): the guest is told where the stream should be by
 * now, up to a period beyond the report, as long as there is something to be played or, for
 * capture, filled.  Who reports the same again stands.  Never goes back; goes on in real time while
 * the stream is started, also when the guest delivers nothing.  A consumer that reports nothing for
 * the time of half a buffer (at least 20 ms, at most a second) is replaced by the daemon's own
 * clock until it reports again, because a guest that waits for longer gives up.  Not for watchers
 * (-EPERM). */
struct xenav_msg_stream_position {
	struct xenav_msg_header h;
	uint32_t generation;
	uint32_t pad;
	uint64_t position_frames;
	uint64_t when_ns;
};

/* STREAM_FILLED, capture only: the ring is filled up to there, in frames since the opening, at most
 * one ring ahead of the position; a STREAM_POSITION says the same of what is before it.  What is
 * not filled reads as silence.  STOPPED makes void what was filled beyond its position. */
struct xenav_msg_stream_filled {
	struct xenav_msg_header h;
	uint32_t generation;
	uint32_t pad;
	uint64_t filled_frames;
};

/* The guest's volumes are in steps of 0.001 dB and within these: nothing of a sample of 32 bits is
 * left below the lower one, and no mixer goes beyond the upper one. */
#define XENAV_VOLUME_MIN_MDB (-200000)
#define XENAV_VOLUME_MAX_MDB 60000

/* STREAM_VOLUME: what the guest has set for n_channels channels from first_channel on; 0 dB and not
 * muted is what was never told since STREAM_OPENED.  The samples are as the guest wrote them: it is
 * the consumer that applies this, if it likes. */
#define XENAV_VOLUME_CHANNELS 32 /* at most, in one message */

struct xenav_msg_stream_volume {
	struct xenav_msg_header h;
	uint32_t generation;
	uint8_t first_channel;
	uint8_t n_channels;
	uint8_t pad[2];
	uint32_t muted; /* bit i: channel first_channel + i */
	int32_t volume_mdb[XENAV_VOLUME_CHANNELS];
};

/* STREAM_LIMITS: what the claiming consumer can take; 0 is no limit, and each message replaces the
 * one before.  The guest is told so when it asks, and may not open the stream in another way; an
 * opening there is already stays.  Answered only when they leave nothing of what the guest's
 * configuration allows: ERROR -EINVAL, and the limits are as before.  They end with the claim. */
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

/* FRAME_READY: the consumer can take one frame; saying it twice means it once.  It gets the newest
 * one: at once if it has not seen it, else when the guest shows another; with XENAV_FRAME_AGAIN at
 * once in any case, but the same one no more than 120 times a second. */
#define XENAV_FRAME_AGAIN 0x1u

struct xenav_msg_frame_ready {
	struct xenav_msg_header h;
	uint32_t flags;
	uint32_t pad;
};

/*
 * FRAME_BUFFER, one descriptor: memory for coming frames, read-only, under an index below 16.  way
 * is one of those of CLAIMED, and says what the descriptor is:
 *
 * COPY: map size_bytes from 0 on, as often as you like.  A buffer of the same index is replaced.
 * DIRECT: map exactly size_bytes from offset_bytes on, shared, once.  It is the guest's memory.
 * DMABUF: import it; it cannot be mapped.
 *
 * What is not a copy the guest wants back: the index stays taken until FRAME_BUFFER_FREED.
 */
struct xenav_msg_frame_buffer {
	struct xenav_msg_header h;
	uint32_t buffer;
	uint32_t size_bytes;
	uint32_t way;
	uint32_t
		offered; /* DMABUF: index + 1 of that CONNECTOR_BUFFER; 0: none of the consumer's */
	uint64_t offset_bytes; /* in what the descriptor is of, not of the first pixel */
};

#define XENAV_MAX_BUFFERS 16

/* FRAME_BUFFER_GONE: the guest takes the memory behind a buffer, which is not a copy, back.  The
 * consumer answers FRAME_BUFFER_FREED when it has closed and unmapped it, within half a second, or
 * it is disconnected: the guest waits.
 *
 * FRAME_BUFFER_FREED without having been asked: the consumer cannot use the buffer.  It gets the
 * frames that stand in that memory in another way, also the last one if it was not done. */
struct xenav_msg_frame_buffer_gone {
	struct xenav_msg_header h;
	uint32_t buffer;
	uint32_t pad;
};

/* FRAME: what the guest shows.  The pixels stand in the named buffer and stay until the consumer
 * has sent FRAME_DONE for the next frame, or until FRAME_BUFFER_GONE.  In a buffer that is no copy
 * the guest may draw if it has waited for 40 ms, or shows another framebuffer without a flip. */
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

/* FRAME_DONE: the frame of that serial, and any before it, has been shown; the guest may be told,
 * if it is not a watcher that says so. */
struct xenav_msg_frame_done {
	struct xenav_msg_header h;
	uint64_t serial;
};

/* BLANK carries the header alone: the guest shows nothing. */

#define XENAV_EDID_BLOCK_BYTES 128
#define XENAV_EDID_MAX_BLOCKS  4

/* CONNECTOR_EDID: block index of the n_blocks of an EDID, in order from 0.  When the last one has
 * come, and header, count and checksums are right, it is what guests get that ask, as long as the
 * claim lasts; else the answer to the last one is ERROR, and nothing has changed.  n_blocks 0, with
 * nothing in the other fields, withdraws it. */
struct xenav_msg_connector_edid {
	struct xenav_msg_header h;
	uint8_t index;
	uint8_t n_blocks;
	uint8_t pad[6];
	uint8_t block[XENAV_EDID_BLOCK_BYTES];
};

/* CONNECTOR_REFRESH: the screen of the consumer that drives the connector is refreshed once in so
 * many ns.  A guest that waits for its flips is told of one in each period at most, however fast
 * frames are done; that is 60 in a second unless this says otherwise.  It lasts as long as the
 * claim, each message replaces the one before, and 0 is as if there had been none.  Answered only
 * when it is out of bounds: ERROR -EINVAL, and nothing has changed. */
#define XENAV_REFRESH_MIN_NS 1000000u  /* 1000 Hz */
#define XENAV_REFRESH_MAX_NS 40000000u /* 25 Hz: no guest is kept waiting for longer */

struct xenav_msg_connector_refresh {
	struct xenav_msg_header h;
	uint32_t period_ns;
	uint32_t pad;
};

/*
 * CONNECTOR_BUFFER, one descriptor: a dma-buf of the consumer's, of whole pages and no smaller than
 * size_bytes, for the guest to draw into when it wants to be supplied with a buffer (be_alloc).
 * Only of the consumer that drives the connector and may have DMABUF.  When the guest shows what it
 * drew there, a FRAME_BUFFER says so in `offered`.  The guest sees what was in it, and what it is
 * granted stays so, for more buffers of this guest, until the claim ends, or another is offered
 * under the same index; but as long as the guest uses it in any case.
 *
 * Answered only when it cannot be: ERROR, -EINVAL for an index, a size or a descriptor that makes
 * no sense, -EPERM when the guest is not to be supplied with buffers, -EBUSY while it uses the one
 * of that index, -EOPNOTSUPP when the kernel cannot grant dma-bufs.
 */
#define XENAV_MAX_OFFERS 4

struct xenav_msg_connector_buffer {
	struct xenav_msg_header h;
	uint32_t buffer; /* below XENAV_MAX_OFFERS, as the consumer likes */
	uint32_t size_bytes;
};

union xenav_msg {
	struct xenav_msg_header h;
	struct xenav_msg_hello hello;
	struct xenav_msg_error error;
	struct xenav_msg_plain plain;
	struct xenav_msg_claim claim;
	struct xenav_msg_stream_added stream_added;
	struct xenav_msg_connector_added connector_added;
	struct xenav_msg_stream_opened stream_opened;
	struct xenav_msg_stream_state stream_state;
	struct xenav_msg_stream_data stream_data;
	struct xenav_msg_stream_closed stream_closed;
	struct xenav_msg_stream_position stream_position;
	struct xenav_msg_stream_filled stream_filled;
	struct xenav_msg_stream_volume stream_volume;
	struct xenav_msg_stream_limits stream_limits;
	struct xenav_msg_frame_ready frame_ready;
	struct xenav_msg_frame_buffer frame_buffer;
	struct xenav_msg_frame_buffer_gone frame_buffer_gone;
	struct xenav_msg_frame frame;
	struct xenav_msg_frame_done frame_done;
	struct xenav_msg_connector_edid connector_edid;
	struct xenav_msg_connector_buffer connector_buffer;
	struct xenav_msg_connector_refresh connector_refresh;
	unsigned char bytes[XENAV_PROTO_MSG_MAX];
};

#endif
