/* SPDX-License-Identifier: MIT */
/*
 * libxenav: the library of audio and display backends of xenavd.
 *
 * xenavd serves the PV sound cards and displays of Xen guests.  A program that plays, records or
 * shows them connects to its socket, is told of every stream and connector, claims those it wants,
 * and gets samples and frames in callbacks.  No program can hold up a guest.
 *
 * xenav_open() connects.  Watch xenav_get_fd() for xenav_get_events() in any main loop and call
 * xenav_dispatch() when an event is there: it reads the messages that have come, calls the listener
 * and sends the messages that had to wait.  No call of the library ever blocks.
 * The library has no threads and no global state, and writes nothing except to the handler of
 * xenav_log_set_handler().  One connection belongs to one thread at a time; xenav_player_read() and
 * xenav_recorder_write() are for another one.
 *
 * Streams and connectors belong to the library.  They live from the added callback to the end of
 * the removed callback, or to xenav_close().  A callback may call anything except xenav_dispatch()
 * of the same connection.  Memory that a callback was given stays mapped until it returns, even if
 * it releases the object or closes the connection.
 *
 * Playback: stream_opened comes first, then stream_data with samples as soon as the guest has
 * written them.  While the stream is started, report the position played with
 * xenav_stream_position(), several times per period, in real time, also when the guest delivers
 * nothing: the guest has no other clock.  xenav_player_new() does that for a program whose sound
 * server asks for samples in a thread of its own.  Capture: use xenav_stream_feed() and
 * xenav_stream_write(), and report positions in the same way.  Display: answer each frame callback
 * with xenav_frame_done() once the frame is shown, which also asks for the next one.
 *
 * One consumer at a time drives a stream or connector.  Others may watch it, with or without a
 * driver, by xenav_stream_watch() and xenav_connector_watch(): they get the same callbacks and
 * report nothing, and neither the guest nor the driver waits for them.
 *
 * Functions that return int return 0 or a count, or a negative errno.  Example: claim all that
 * guests play.
 *
 *     #include <poll.h>
 *     #include <xenav.h>
 *     static void on_stream_added(void *data, struct xenav_stream *s)
 *     {
 *             xenav_stream_claim(s);
 *     }
 *     int main(void)
 *     {
 *             struct xenav_listener listener = {sizeof listener, NULL};
 *             struct xenav *x;
 *             listener.stream_added = on_stream_added;
 *             int rc = xenav_open(&x, NULL, "example", &listener, NULL);
 *             while (rc >= 0) {
 *                     struct pollfd p = {xenav_get_fd(x), xenav_get_events(x), 0};
 *                     poll(&p, 1, -1);
 *                     rc = xenav_dispatch(x);
 *             }
 *     }
 */
#ifndef XENAV_H
#define XENAV_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The socket of the daemon, unless its configuration says otherwise. */
#define XENAV_DEFAULT_SOCKET "/run/xenavd/socket"

/* What an input device consists of. */
#define XENAV_INPUT_KEYBOARD 0x1u
#define XENAV_INPUT_POINTER  0x2u
#define XENAV_INPUT_ABSOLUTE 0x4u /* the pointer takes positions, else motion */
#define XENAV_INPUT_TOUCH    0x8u

/* Directions of a stream. */
#define XENAV_PLAYBACK 0 /* the guest plays, the consumer hears */
#define XENAV_CAPTURE  1 /* the consumer feeds, the guest records */

/* States of an open stream. */
#define XENAV_STREAM_STOPPED 0
#define XENAV_STREAM_STARTED 1
#define XENAV_STREAM_PAUSED  2

/** Sample formats: XENSND_PCM_FORMAT_* of Xen's sndif.h.  Samples of 24 bits are the lower three
 * bytes of four. */
enum xenav_format {
	XENAV_FORMAT_S8 = 0,
	XENAV_FORMAT_U8 = 1,
	XENAV_FORMAT_S16_LE = 2,
	XENAV_FORMAT_S16_BE = 3,
	XENAV_FORMAT_U16_LE = 4,
	XENAV_FORMAT_U16_BE = 5,
	XENAV_FORMAT_S24_LE = 6,
	XENAV_FORMAT_S24_BE = 7,
	XENAV_FORMAT_U24_LE = 8,
	XENAV_FORMAT_U24_BE = 9,
	XENAV_FORMAT_S32_LE = 10,
	XENAV_FORMAT_S32_BE = 11,
	XENAV_FORMAT_U32_LE = 12,
	XENAV_FORMAT_U32_BE = 13,
	XENAV_FORMAT_FLOAT_LE = 14,
	XENAV_FORMAT_FLOAT_BE = 15,
	XENAV_FORMAT_FLOAT64_LE = 16,
	XENAV_FORMAT_FLOAT64_BE = 17,
	XENAV_FORMAT_IEC958_SUBFRAME_LE = 18,
	XENAV_FORMAT_IEC958_SUBFRAME_BE = 19,
	XENAV_FORMAT_MU_LAW = 20,
	XENAV_FORMAT_A_LAW = 21,
	XENAV_FORMAT_IMA_ADPCM = 22,
	XENAV_FORMAT_MPEG = 23,
	XENAV_FORMAT_GSM = 24
};

struct xenav;           /* a connection to the daemon */
struct xenav_stream;    /* a stream of a guest's sound card */
struct xenav_connector; /* a connector of a guest's display */
struct xenav_input;     /* a keyboard, pointer and touch screen of a guest */
struct xenav_player;    /* a playback stream, read by another thread */
struct xenav_recorder;  /* a capture stream, written by another thread */

/*
 * The library fills the structures below, unless they have a size, and may add fields at their end:
 * use them only through the pointers it returns.
 */

/** Identity of a stream.  The strings come from the guest's configuration: never use them as a path
 * unchecked. */
struct xenav_stream_info {
	uint32_t domid;
	uint32_t devid;
	uint8_t pcm;       /* index of the PCM device on the card */
	uint8_t stream;    /* index of the stream in the PCM device */
	uint8_t direction; /* XENAV_PLAYBACK or XENAV_CAPTURE */
	const char *domain_name;
	const char *unique_id;
	const char *pcm_name;
};

/** Parameters with which the guest has opened a stream. */
struct xenav_pcm {
	uint32_t rate_hz;
	uint8_t format; /* enum xenav_format */
	uint8_t channels;
	uint32_t frame_bytes; /* one sample of every channel */
	uint32_t buffer_frames;
	uint32_t period_frames; /* how often the guest wants to hear of progress; 0: never */
};

/* Bounds of volumes, in steps of 0.001 dB. */
#define XENAV_VOLUME_MIN_MDB (-200000)
#define XENAV_VOLUME_MAX_MDB 60000

/** Limits that a program sets for a stream; 0 is no limit.  The program fills it: set size to
 * sizeof(struct xenav_limits). */
struct xenav_limits {
	size_t size;
	uint64_t formats; /* bit n: enum xenav_format n */
	uint32_t rate_min_hz;
	uint32_t rate_max_hz;
	uint32_t channels_min;
	uint32_t channels_max;
	uint32_t buffer_min_frames;
	uint32_t buffer_max_frames;
	uint32_t period_min_frames; /* a guest that wants no events has no period */
	uint32_t period_max_frames;
};

/** Identity of a connector.  The strings are as in struct xenav_stream_info. */
struct xenav_connector_info {
	uint32_t domid;
	uint32_t devid;
	uint32_t connector; /* index of the connector in the device */
	uint32_t width_px;  /* its resolution */
	uint32_t height_px;
	const char *domain_name;
	const char *unique_id;
};

/* Ways in which the pixels of a frame reach the program. */
#define XENAV_WAY_COPY   0x1u /* copied by the daemon */
#define XENAV_WAY_DIRECT 0x2u /* the guest's own memory, mapped: for programs trusted like dom0 */
#define XENAV_WAY_DMABUF 0x4u /* the guest's own memory, as a dma-buf to be imported */

/** A frame of a connector.  Its stride may be any number of bytes. */
struct xenav_frame {
	const void *pixels; /* NULL: the frame is a dma-buf */
	uint32_t width_px;
	uint32_t height_px;
	uint32_t stride_bytes;
	uint32_t fourcc; /* DRM_FORMAT_* of drm_fourcc.h */
	uint64_t serial; /* counts the frames of one claim, from 1 */
	uint32_t way;    /* XENAV_WAY_* */
	int dmabuf_fd; /* of the library, valid as long as pixels would be; -1: there are pixels */
	uint32_t dmabuf_size_bytes;
	uint32_t offset_bytes; /* of the first pixel in the dma-buf */
	int offered; /* index of xenav_connector_offer_buffer(); -1: no buffer of the program */
};

/** What a player or recorder has done since it was made. */
struct xenav_sound_stats {
	uint64_t frames; /* played, or recorded, for the guest */
	/* Playback: frames of silence in between, because the guest was late.  Capture: frames that
	 * the guest overran. */
	uint64_t late_frames;
	/* Frames of the guest's time that were left out because the program was late. */
	uint64_t skipped_frames;
	uint64_t takeovers; /* stream_moved */
	/* Playback: how far positions are now behind the frames that are read, at most the delay of
	 * the hardware.  Capture: behind the frames that are written. */
	uint32_t delay_frames;
};

/** What an input device is.  The strings are as in struct xenav_stream_info. */
struct xenav_input_info {
	uint32_t domid;
	uint32_t devid;
	uint32_t caps;        /* XENAV_INPUT_* */
	uint32_t contacts;    /* that the touch screen knows at a time */
	uint32_t width;       /* positions without a connector are 0..width.. */
	uint32_t height;      /* ..and 0..height */
	uint32_t touch_width; /* the same of contacts */
	uint32_t touch_height;
	const char *domain_name;
	const char *unique_id; /* as the toolstack wrote it: see xenav_input_belongs() */
};

/**
 * Callbacks of the library.  Set size to sizeof(struct xenav_listener) and leave unused callbacks
 * NULL.  The library copies the structure.  Each callback gets the data of xenav_open().
 */
struct xenav_listener {
	size_t size;

	/** The daemon has answered.  The added callbacks of all existing objects follow, then
	 * announced. */
	void (*connected)(void *data, const char *daemon_name);

	/** The connection is over: error is -EPIPE when the daemon has closed it and has not come
	 * back, see xenav_set_patience(), -ECONNABORTED when it has expelled the program, -EPROTO
	 * after an impossible message, -EPROTONOSUPPORT when the daemon speaks another major
	 * version, -EACCES when the daemon's configuration does not admit the program, -EUSERS when
	 * too many programs are connected, or another -errno.  Objects and the pixels of the last
	 * frames stay until xenav_close(), the only call that is still of use. */
	void (*disconnected)(void *data, int error);

	/** A stream exists.  This is the place to claim it. */
	void (*stream_added)(void *data, struct xenav_stream *s);

	/** The stream is gone; s is freed when this returns.  stream_closed comes first if the
	 * stream is open. */
	void (*stream_removed)(void *data, struct xenav_stream *s);

	/** The claim of the stream, to drive, feed or watch it, is granted.  stream_opened follows
	 * if the guest has the stream open. */
	void (*stream_claimed)(void *data, struct xenav_stream *s);

	/** The claim of the stream is refused, or after a restart of xenavd not granted again:
	 * error is -EBUSY while another consumer drives it, -EUSERS while too many watch it,
	 * -EACCES when the daemon's configuration forbids it, -ENOMEM, or another -errno.  The
	 * stream may be claimed again. */
	void (*stream_claim_failed)(void *data, struct xenav_stream *s, int error);

	/** The guest has opened the stream.  pcm is valid until stream_closed.  A stream_closed
	 * follows each stream_opened, unless the program releases the stream or the connection
	 * ends. */
	void (*stream_opened)(void *data, struct xenav_stream *s, const struct xenav_pcm *pcm);

	/** The guest has changed the state of the stream to XENAV_STREAM_*; positions continue from
	 * position_frames.  Do not play samples written before STOPPED that are not played yet, see
	 * xenav_stream_get_stood(). */
	void (*stream_state)(void *data, struct xenav_stream *s, int state,
			     uint64_t position_frames);

	/** Playback: the guest has written frames of samples at position_frames since the opening.
	 * samples may be read until this returns.  Two calls are made where the samples wrap around
	 * the end of the ring.  A guest may write a position again before it is played. */
	void (*stream_data)(void *data, struct xenav_stream *s, uint64_t position_frames,
			    const void *samples, uint32_t frames);

	/** Capture: the guest has read all frames before read_frames; space_frames can be written
	 * now. */
	void (*stream_space)(void *data, struct xenav_stream *s, uint64_t read_frames,
			     uint32_t space_frames);

	/** The guest has closed the stream. */
	void (*stream_closed)(void *data, struct xenav_stream *s);

	/** A connector exists.  This is the place to claim it. */
	void (*connector_added)(void *data, struct xenav_connector *c);

	/** The connector is gone; c and its pixels are freed when this returns. */
	void (*connector_removed)(void *data, struct xenav_connector *c);

	/** The claim of the connector, to drive or watch it, is granted.  The library has asked for
	 * the first frame. */
	void (*connector_claimed)(void *data, struct xenav_connector *c);

	/** The claim of the connector is refused, or after a restart of xenavd not granted again:
	 * error is -EBUSY while another consumer drives it, -EUSERS while too many watch it,
	 * -EACCES when the daemon's configuration forbids it, -EOPNOTSUPP when it allows none of
	 * the ways of xenav_connector_set_ways(), -ENOMEM, or another -errno.  The connector may be
	 * claimed again. */
	void (*connector_claim_failed)(void *data, struct xenav_connector *c, int error);

	/** The newest frame.  Call xenav_frame_done() when it is shown, in this callback or later.
	 * frame is valid until this returns, its pixels until xenav_frame_done() of the following
	 * frame, or until the connector is released or removed.  Without this callback every frame
	 * is done at once. */
	void (*frame)(void *data, struct xenav_connector *c, const struct xenav_frame *frame);

	/** The guest shows nothing.  A frame that is not done still has to be done. */
	void (*blank)(void *data, struct xenav_connector *c);

	/** The guest has set volume or mute of the open stream, now or before the claim: ask
	 * xenav_stream_get_volume() and xenav_stream_is_muted().  Samples come as the guest wrote
	 * them: the program may apply the volume.  For more than 32 channels several calls are
	 * made. */
	void (*stream_volume)(void *data, struct xenav_stream *s);

	/** The limits of xenav_stream_set_limits() are refused and the limits before them hold:
	 * error is -EINVAL when they leave nothing of what the guest's configuration allows. */
	void (*stream_limits_failed)(void *data, struct xenav_stream *s, int error);

	/** Playback: these frames were overwritten before the library read them, and stream_data
	 * does not bring them.  Watchers lose frames, and so does a driver that is so late that the
	 * daemon has gone on without it.  With frames 0 the number is unknown, because the daemon
	 * could not report everything in time: then stream_state tells where the opening goes on,
	 * or stream_closed that the guest has closed it. */
	void (*stream_lost)(void *data, struct xenav_stream *s, uint64_t position_frames,
			    uint32_t frames);

	/** The guest takes back the memory of the frame with this serial, and perhaps of earlier
	 * ones: their pixels are unmapped when this returns.  Only called while their pixels are
	 * promised, and never for copies.  A frame that is not done still has to be done.  The
	 * guest waits for the return of this callback: after half a second the daemon disconnects
	 * the program. */
	void (*frame_gone)(void *data, struct xenav_connector *c, uint64_t serial);

	/** A buffer of xenav_connector_offer_buffer() will not be used: error is -EINVAL when its
	 * size or descriptor is not usable, -EPERM when this guest is not supplied with buffers,
	 * -EBUSY while the guest uses the buffer of the same index, -EOPNOTSUPP when the kernel
	 * cannot grant dma-bufs. */
	void (*connector_offer_failed)(void *data, struct xenav_connector *c, int error);

	/** There is an input device.  The place to call xenav_input_feed(). */
	void (*input_added)(void *data, struct xenav_input *in);

	/** The input device is gone, and in with it when this returns. */
	void (*input_removed)(void *data, struct xenav_input *in);

	/** The input device can be fed. */
	void (*input_ready)(void *data, struct xenav_input *in);

	/** It cannot: -EUSERS while too many consumers feed it, -EACCES, ... */
	void (*input_failed)(void *data, struct xenav_input *in, int error);

	/** The program has reported no position for half a buffer (at least 20 ms, at most a
	 * second), and xenavd's own clock moves the started stream.  It has reached position_frames
	 * now, and goes on in real time until the program reports a position that is not behind it.
	 * Play, or capture, from there: reports behind it do not reach the guest.  A player or
	 * recorder does so by itself. */
	void (*stream_moved)(void *data, struct xenav_stream *s, uint64_t position_frames);

	/** The added callbacks of all objects that existed when the program connected have been
	 * called.  Comes once in a connection: the place to say that what a user asked for is not
	 * there. */
	void (*announced)(void *data);

	/** The connection is broken, because xenavd restarts, and the library waits for it: see
	 * xenav_set_patience().  All objects, claims and pixels stay; for programs that want to say
	 * so to somebody. */
	void (*paused)(void *data);

	/** xenavd is back, and objects that have not come back with it are removed. */
	void (*resumed)(void *data);
};

/* -------- the connection -------- */

/**
 * Connect to the daemon.
 *
 * socket_path is XENAV_DEFAULT_SOCKET if NULL.  name is the name of this program in the daemon's
 * log.  The library copies name and listener.  Returns before the daemon has answered: the
 * callbacks connected and disconnected tell the outcome.
 *
 * @return 0 and *out, to be ended with xenav_close(); -EINVAL if listener has no size,
 * -ENAMETOOLONG, -ENOENT or -ECONNREFUSED if no daemon is there, -EACCES if the socket may not be
 * opened, -EAGAIN if the daemon is too busy now, -ENOMEM, or another -errno.
 * Since: 0.1
 */
int xenav_open(struct xenav **out, const char *socket_path, const char *name,
	       const struct xenav_listener *listener, void *data);

/**
 * The same over a connected socket, AF_UNIX and SOCK_SEQPACKET.  On success fd belongs to the
 * library, on failure it stays the caller's.
 *
 * @return 0 and *out, -EINVAL if listener has no size, -EBADF or -ENOTSOCK if fd is no socket,
 * -EPROTOTYPE if it is one of another kind, -ENOTCONN if it is not connected, or -ENOMEM.
 * Since: 0.1
 */
int xenav_open_fd(struct xenav **out, int fd, const char *name,
		  const struct xenav_listener *listener, void *data);

/**
 * How long the library waits for an xenavd that has closed the connection: for 30 s, unless this is
 * called, at any time.  0: a broken connection is over at once.
 *
 * xenavd may be restarted or upgraded, or fail, and guests go on.  Within this time the library
 * connects again by itself, to the path of xenav_open().  The connection, its descriptor, objects,
 * players and recorders stay; what the program has claimed, set, offered and holds down is claimed,
 * set, offered and pressed again.  All calls are as before; what they ask for happens when xenavd
 * is back, and positions of the meantime are dropped.
 *
 * The program is told only what is different: stream_lost if the guest has played something
 * meanwhile, and stream_state, with the position where an opening goes on; stream_closed and
 * perhaps stream_opened if it does not; frame_gone, at once, for pixels that are no copy; the
 * claim_failed callback if another consumer was quicker; and, before resumed, the removed
 * callbacks.  Objects are the same if they have the same numbers and names and belong to the same
 * guest.
 *
 * Connections of xenav_open_fd() are not made again.
 * Since: 0.1
 */
void xenav_set_patience(struct xenav *x, uint32_t patience_ms);

/**
 * End the connection: release, unmap and free everything, without any callback.  Inside a callback
 * this takes effect when the callback returns.  x may be NULL.  Since: 0.1
 */
void xenav_close(struct xenav *x);

/** The descriptor to watch, the same until xenav_close().  It belongs to the library, and is
 * readable whenever xenav_dispatch() has something to do: also when messages that wait can be sent.
 * Since: 0.1 */
int xenav_get_fd(const struct xenav *x);

/** The events to watch for, as in poll(): POLLIN, with POLLOUT while something waits to be sent,
 * for which POLLIN comes, too; 0 after disconnected.  A loop that cannot change what it watches for
 * may watch for POLLIN alone.  Since: 0.1 */
short xenav_get_events(const struct xenav *x);

/**
 * Handle the messages that have come, up to a bounded number.  Never blocks.
 *
 * @return the number of messages handled, 0 if there were none; -EBUSY inside a callback,
 * -ECANCELED if a callback has closed the connection (x is freed), -ENOTCONN if disconnected was
 * called before, or the error that disconnected has just been called with.
 * Since: 0.1
 */
int xenav_dispatch(struct xenav *x);

#define XENAV_LOG_ERROR 0
#define XENAV_LOG_INFO  1
#define XENAV_LOG_DEBUG 2

/** Takes one line of text, without a newline.  text is valid until the handler returns. */
typedef void (*xenav_log_fn)(void *data, int level, const char *text);

/** Log the events of this connection to fn; NULL: log nothing, the default.  Since: 0.1 */
void xenav_log_set_handler(struct xenav *x, xenav_log_fn fn, void *data);

/* -------- streams -------- */

/** @return the identity of the stream, valid as long as s.  Since: 0.1 */
const struct xenav_stream_info *xenav_stream_get_info(const struct xenav_stream *s);

/** @return the parameters of the opening, or NULL while the stream is closed or not claimed.  Valid
 * until stream_closed.  Since: 0.1 */
const struct xenav_pcm *xenav_stream_get_pcm(const struct xenav_stream *s);

/** Keep a pointer of the program with the stream; NULL at first.  Since: 0.1 */
void xenav_stream_set_data(struct xenav_stream *s, void *data);
void *xenav_stream_get_data(const struct xenav_stream *s);

/**
 * Claim a playback stream, to drive it.  The answer is stream_claimed or stream_claim_failed.
 *
 * @return 0, -EOPNOTSUPP for a capture stream, -EALREADY if the stream is claimed or asked for,
 * -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_stream_claim(struct xenav_stream *s);

/**
 * Claim a playback stream, to drive it as soon as those who drive it or waited before have released
 * it.  stream_claimed comes then; stream_claim_failed at once if the claim cannot be granted:
 * -EACCES, -EUSERS while too many wait, or as after xenav_stream_claim() except -EBUSY.
 * xenav_stream_release() ends the wait.
 *
 * @return 0, or as xenav_stream_claim().
 * Since: 0.1
 */
int xenav_stream_claim_wait(struct xenav_stream *s);

/**
 * Claim a capture stream, to feed the guest that records from it.  The answer is stream_claimed or
 * stream_claim_failed.  This call is apart from xenav_stream_claim() because the guest itself says
 * which of its streams are for capture: make it only where somebody has agreed that this guest may
 * hear the source, for instance a microphone.
 *
 * @return 0, -EOPNOTSUPP for a playback stream, -EALREADY if the stream is claimed or asked for,
 * -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_stream_feed(struct xenav_stream *s);

/**
 * Claim a playback stream, to watch it: to be told what the guest plays, with or without a driver.
 * The answer is stream_claimed or stream_claim_failed; xenav_stream_release() ends it.  A watcher
 * reports no positions.  The guest does not wait for it: a late watcher loses samples, which
 * stream_lost tells.  A connection either drives or watches a stream.
 *
 * @return 0, -EOPNOTSUPP for a capture stream, -EALREADY if the stream is claimed or asked for,
 * -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_stream_watch(struct xenav_stream *s);

/**
 * Release the stream, or take back a claim that is not answered.  stream_removed is the only
 * callback that still comes for the stream; the guest goes on.
 *
 * @return 0, -EINVAL if the stream was not asked for, -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_stream_release(struct xenav_stream *s);

/**
 * Report that the stream has been played or captured up to position_frames since the opening, at
 * the time when_ns (CLOCK_MONOTONIC; 0: now).  The daemon extrapolates from the report, up to one
 * period, so when_ns should be exact; the same position again means that the stream stands still.
 * If the socket is full, the newest report is sent later.
 *
 * A position behind that of stream_moved is taken, but the guest cannot be told: positions never go
 * back.
 *
 * @return 0, -EPERM for a watcher, -EINVAL if the stream is not started, if the position is below
 * the one before or, for capture, beyond the frames written, -ERANGE if it is beyond nine eighths
 * of the time since the START plus a buffer (the position before it holds), -ENOTCONN after
 * disconnected.
 * Since: 0.1
 */
int xenav_stream_position(struct xenav_stream *s, uint64_t position_frames, uint64_t when_ns);

/**
 * Capture: the number of frames that xenav_stream_write() would take now; 0 for other streams.
 *
 * At most the buffer less one period is written ahead of the guest's reading, so that a program
 * that reports no more than it has written never overruns the guest.  In a buffer of less than
 * three periods it is one period and half of the rest, because a guest wakes up only after more
 * than one period.
 * Since: 0.1
 */
uint32_t xenav_stream_space(const struct xenav_stream *s);

/**
 * Capture: append samples, as many frames as there is space for.  For sources that can wait, such
 * as files.
 *
 * @return the number of frames taken, -EINVAL if the stream is not an open capture stream, -EBUSY
 * if it has a recorder, -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_stream_write(struct xenav_stream *s, const void *samples, uint32_t frames);

/**
 * Capture: append all frames of samples.  For sources that cannot wait, such as microphones. Frames
 * that the guest has not read in time are overwritten; once the position is reported the guest
 * notices the overrun as with a real card.
 *
 * @return 0, -EINVAL if the stream is not an open capture stream, -EBUSY if it has a recorder,
 * -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_stream_write_live(struct xenav_stream *s, const void *samples, uint32_t frames);

/** Capture: the position of the next frame to be written.  Since: 0.1 */
uint64_t xenav_stream_get_written(const struct xenav_stream *s);

/**
 * The position, in frames since the opening, of the stream when its state last changed.  After
 * STOPPED, samples that the guest has written beyond this position are never played.  Since: 0.1
 */
uint64_t xenav_stream_get_stood(const struct xenav_stream *s);

/**
 * The volume that the guest has set for a channel, in steps of 0.001 dB.  0, which is 0 dB, if the
 * guest has set none, if there is no such channel, and while the stream is closed.  Mute is
 * independent of it.  Since: 0.1
 */
int32_t xenav_stream_get_volume(const struct xenav_stream *s, unsigned int channel);

/** @return 1 if the guest has muted the channel, else 0.  Since: 0.1 */
int xenav_stream_is_muted(const struct xenav_stream *s, unsigned int channel);

/**
 * Limit the parameters with which the guest can open the stream; NULL: no limits.  The library
 * copies limits.  The guest is told of the limits when it asks for its choices.  An existing
 * opening stays as it is.  The best time is right after xenav_stream_claim(); limits end with the
 * claim. stream_limits_failed is called if they leave no choice.
 *
 * @return 0, -EINVAL if the stream is not asked for, if limits has no size, a format that there is
 * not, or a minimum above its maximum, -EPERM for a watcher, -ENOTCONN after disconnected. Since:
 * 0.1
 */
int xenav_stream_set_limits(struct xenav_stream *s, const struct xenav_limits *limits);

/* -------- players and recorders -------- */

/**
 * Make a player for a playback stream: one other thread, such as the real-time thread of PipeWire,
 * SDL or JACK, reads its samples, and the delay of the hardware becomes the positions that the
 * guest is told.
 *
 * Call this in stream_added or at any later time.  The stream is claimed and released as without a
 * player, and all callbacks come; stream_data and stream_lost may be NULL.  Do not call
 * xenav_stream_position() beside a player.  A player of a stream that is watched reports nothing,
 * and waits or leaves out a moment now and then, because the hardware has another clock than the
 * driver.
 *
 * The player is the program's and may outlive stream and connection: then xenav_player_read()
 * returns -EAGAIN and xenav_player_flush() -1.
 *
 * @return 0 and *player, to be ended with xenav_player_free(); -EOPNOTSUPP for a capture stream,
 * -EALREADY if the stream has a player, -ENOMEM.
 * Since: 0.1
 */
int xenav_player_new(struct xenav_player **player, struct xenav_stream *s);

/**
 * End the player, which may be NULL.  Call it in the thread of the connection, when the other
 * thread reads no more.  Since: 0.1
 */
void xenav_player_free(struct xenav_player *player);

/**
 * Fill dst with the next frames in the format of the opening: those of the guest, and silence where
 * the guest is late, has paused or has stopped.  For one thread other than that of the connection;
 * wait-free: no lock, no allocation, no system call but clock_gettime().
 *
 * Call it in the pace of the hardware, whatever the state of the stream.  Samples of an opening can
 * be read from the return of stream_opened to the return of stream_closed; a read that is under way
 * then ends with the samples of the old opening, whose memory stays until then.  So change to the
 * format of an opening within stream_opened, or call xenav_player_hold().
 *
 * The guest's buffer has to hold more than the delay, the frames of one call and two periods.  If
 * it does not, positions run ahead of what is heard; xenav_stream_set_limits() keeps guests from
 * such buffers.
 *
 * @param dst has room for frames of the frame_bytes of struct xenav_pcm
 * @param delay_frames the frames that the hardware plays before the first of these
 * @return the number of frames of the guest among them; -EAGAIN, with dst unchanged, while the
 * stream is closed, the player is held, or the format has no fixed size.
 * Since: 0.1
 */
int xenav_player_read(struct xenav_player *player, void *dst, uint32_t frames,
		      uint32_t delay_frames);

/**
 * With hold != 0: let xenav_player_read() return -EAGAIN from now on, also for later openings,
 * until this is called with 0.  For programs that cannot change to another format within
 * stream_opened: hold the player there, and end that when the other thread has the new format.
 * xenavd's own clock moves the guest meanwhile.
 *
 * @return 0 or -ENOMEM.
 * Since: 0.1
 */
int xenav_player_hold(struct xenav_player *player, int hold);

/**
 * Report the position of the hardware to the guest.  Call this in the thread of the connection
 * after each xenav_dispatch(), and when the time that it returns is up.
 *
 * The position follows from the last xenav_player_read() and the time since then.  It goes on when
 * the guest delivers nothing, as that of a sound card does, and stands while the other thread does
 * not read: then xenavd's own clock takes over, and the player goes on from there when the thread
 * reads again.
 *
 * @return the time in ns until the next call, 2-3 ms while the stream is started; -1: not before
 * the next xenav_dispatch(). Since: 0.1
 */
int64_t xenav_player_flush(struct xenav_player *player);

/** @return what the player has done, valid until the next call and xenav_player_free().  For the
 * thread of the connection.  Since: 0.1 */
const struct xenav_sound_stats *xenav_player_get_stats(struct xenav_player *player);

/**
 * Make a recorder for a capture stream: one other thread writes what it captures.  As
 * xenav_player_new() in all else; do not call xenav_stream_write() and xenav_stream_write_live()
 * beside a recorder.
 *
 * @return 0 and *recorder, to be ended with xenav_recorder_free(); -EOPNOTSUPP for a playback
 * stream, -EALREADY if the stream has a recorder, -ENOMEM. Since: 0.1
 */
int xenav_recorder_new(struct xenav_recorder **recorder, struct xenav_stream *s);

/** End the recorder, as xenav_player_free() does a player.  Since: 0.1 */
void xenav_recorder_free(struct xenav_recorder *recorder);

/**
 * Give the guest the next frames in the format of the opening.  For one other thread; wait-free.
 * Frames are dropped while the guest does not record.  Frames that the guest has not read in time
 * are overwritten, and the guest notices the overrun as with a real card.
 *
 * @param delay_frames the frames that the hardware has captured after the last of these.  Positions
 * follow the hardware smoothly, about one call and this delay behind it
 * @return the number of frames taken, which is frames or, while the stream is not started, 0;
 * -EAGAIN while the stream is closed, the recorder is held, or the format has no fixed size.
 * Since: 0.1
 */
int xenav_recorder_write(struct xenav_recorder *recorder, const void *src, uint32_t frames,
			 uint32_t delay_frames);

/** As xenav_player_hold().  Since: 0.1 */
int xenav_recorder_hold(struct xenav_recorder *recorder, int hold);

/** As xenav_player_flush().  Since: 0.1 */
int64_t xenav_recorder_flush(struct xenav_recorder *recorder);

/** As xenav_player_get_stats().  Since: 0.1 */
const struct xenav_sound_stats *xenav_recorder_get_stats(struct xenav_recorder *recorder);

/* -------- connectors -------- */

/** @return the identity of the connector, valid as long as c.  Since: 0.1 */
const struct xenav_connector_info *xenav_connector_get_info(const struct xenav_connector *c);

/** Keep a pointer of the program with the connector; NULL at first.  Since: 0.1 */
void xenav_connector_set_data(struct xenav_connector *c, void *data);
void *xenav_connector_get_data(const struct xenav_connector *c);

/**
 * Set the ways, a set of XENAV_WAY_*, in which frames may come; the default is XENAV_WAY_COPY. Call
 * this before xenav_connector_claim() or xenav_connector_watch(); it holds for all later claims.
 *
 * The daemon leaves out the ways that its configuration does not allow this program.  Each buffer
 * of the guest takes the cheapest of the others that is possible for it: without XENAV_WAY_COPY
 * among them, frames that need a copy do not come.  XENAV_WAY_COPY and XENAV_WAY_DIRECT both give
 * pixels that can be read; with XENAV_WAY_DIRECT the guest may draw into a frame that it has waited
 * for longer than 40 ms.
 *
 * @return 0, -EINVAL if ways is 0 or has other bits, -EALREADY if the connector is claimed or asked
 * for.
 * Since: 0.1
 */
int xenav_connector_set_ways(struct xenav_connector *c, uint32_t ways);

/** @return the ways in which frames come now, 0 if the connector is not claimed.  Since: 0.1 */
uint32_t xenav_connector_get_ways(const struct xenav_connector *c);

/**
 * Claim the connector, to drive it, and ask for the first frame.  The answer is connector_claimed
 * or connector_claim_failed.
 *
 * @return 0, -EALREADY if the connector is claimed or asked for, -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_connector_claim(struct xenav_connector *c);

/**
 * Claim the connector, to drive it as soon as those who drive it or waited before have released it:
 * as xenav_stream_claim_wait().
 *
 * @return 0, or as xenav_connector_claim().
 * Since: 0.1
 */
int xenav_connector_claim_wait(struct xenav_connector *c);

/**
 * Claim the connector, to watch it: to see the newest frame whenever the program is ready for one,
 * with or without a driver.  The answer is connector_claimed or connector_claim_failed.  Frames are
 * done in the same way, but the guest does not wait for that.  A frame may be torn if the guest
 * draws into what it has just shown; the next frame is whole.
 *
 * @return 0, -EALREADY if the connector is claimed or asked for, -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_connector_watch(struct xenav_connector *c);

/**
 * Release the connector, or take back a claim that is not answered.  Its pixels are unmapped.
 *
 * @return 0, -EINVAL if the connector was not asked for, -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_connector_release(struct xenav_connector *c);

/**
 * The newest frame has been shown, and the guest may be told, unless the program only watches. Asks
 * for the next frame, which comes when the guest shows another one.
 *
 * @return 0, -EINVAL if no frame is to be done, -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_frame_done(struct xenav_connector *c);

/**
 * The newest frame cannot be used in the way in which it came, for instance because its dma-buf
 * cannot be imported.  The library gives its memory back; the frame, and later frames in the same
 * buffer of the guest, come in another way.
 *
 * @return 0, -EINVAL if no frame is to be done, or if it is a copy, -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_frame_refuse(struct xenav_connector *c);

/**
 * Ask for the picture that the guest shows now, even if the guest has reported no change: programs
 * that draw into the visible buffer never report any.  While a frame is not done, this takes effect
 * with xenav_frame_done().  Each call may cost the daemon a copy of the picture, so it makes at
 * most 120 of them a second; 10 a second are enough for most purposes.
 *
 * @return 0, -EINVAL if the connector is not claimed, -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_frame_again(struct xenav_connector *c);

/**
 * Give this EDID to a guest that asks for one, until the connector is released, in place of the
 * EDID that the daemon makes of the connector's resolution: 1 to 4 blocks of 128 bytes, a base
 * block first.  The library copies edid.  A guest that has asked before is not told; Linux does not
 * ask. With size_bytes 0, when edid may be NULL, the daemon's EDID holds again.
 *
 * @return 0, -EINVAL if the connector is not claimed, or if the header, the number of blocks or a
 * checksum is wrong, -EPERM for a watcher, -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_connector_set_edid(struct xenav_connector *c, const void *edid, size_t size_bytes);

/**
 * Set the time between two refreshes of the program's screen, until the connector is released; 0:
 * 60 refreshes a second, the default.  A guest that waits for its page flips shows at most one
 * frame in that time, however early xenav_frame_done() is called.
 *
 * @return 0, -EINVAL if the connector is not claimed, or if period_ns is below 1 ms or above 40 ms,
 * -EPERM for a watcher, -ENOTCONN after disconnected.
 * Since: 0.1
 */
int xenav_connector_set_refresh(struct xenav_connector *c, uint32_t period_ns);

/**
 * Offer a dma-buf of the program for the guest to draw into, if the guest has its buffers supplied
 * (be_alloc): the next buffer of the guest that is no larger is placed there, and its frames have
 * the index in `offered`.
 *
 * index is below 4 and the program's choice.  A second offer of an index replaces the first, but
 * not while the guest uses it.  size_bytes is a number of whole pages of 4096 bytes, at most the
 * size of the dma-buf.  dmabuf_fd stays the caller's.  The guest sees the content of the dma-buf,
 * can write to it at any time and may keep it mapped for ever: never offer it to another guest.
 * Other consumers see the guest's drawing only if the dma-buf can be mapped.  Offers end with the
 * claim. connector_offer_failed tells of an offer that cannot be used.
 *
 * @return 0, -EINVAL if index or size_bytes is out of range or the connector is not claimed, -EPERM
 * for a watcher, -EACCES if XENAV_WAY_DMABUF is not granted, see xenav_connector_set_ways(),
 * -EBADF, -EMFILE, -ENOTCONN after disconnected. Since: 0.1
 */
int xenav_connector_offer_buffer(struct xenav_connector *c, uint32_t index, int dmabuf_fd,
				 uint32_t size_bytes);

/* -------- helpers -------- */

/** @return the name of a sample format as in xl.cfg, such as "s16_le", or NULL if there is no such
 * format.  Static.  Since: 0.1 */
const char *xenav_format_name(uint8_t format);

/** @return the bytes of one sample, or 0 if the format is unknown or has no fixed size.
 * Since: 0.1 */
unsigned int xenav_format_bytes(uint8_t format);

/** What a sample format is: see xenav_format_describe(). */
struct xenav_format_info {
	uint8_t bytes;      /* of one sample in memory */
	uint8_t valid_bits; /* of them: the lower ones */
	uint8_t is_signed;  /* integers: 0 in the middle; else the middle has the highest bit alone
			     */
	uint8_t is_float;   /* from -1.0 to 1.0 */
	uint8_t is_big_endian;
	uint8_t silence[8]; /* one sample, as it stands in memory */
};

/**
 * Describe a sample format.  XENAV_FORMAT_MU_LAW and XENAV_FORMAT_A_LAW are unsigned codes of 8
 * bits, subframes of IEC 958 unsigned words of 32.
 *
 * @return 0 and *info, -EINVAL if there is no such format, -EOPNOTSUPP if its samples have no size
 * of their own: XENAV_FORMAT_IMA_ADPCM, XENAV_FORMAT_MPEG and XENAV_FORMAT_GSM. Since: 0.1
 */
int xenav_format_describe(uint8_t format, struct xenav_format_info *info);

/** @return the bytes of one pixel of a DRM_FORMAT_* that Linux guests use, or 0 for others.
 * Since: 0.1 */
unsigned int xenav_fourcc_bytes(uint32_t fourcc);

/** A part of a frame. */
struct xenav_rect {
	uint32_t x_px;
	uint32_t y_px;
	uint32_t width_px;
	uint32_t height_px;
};

/**
 * Convert all pixels of a frame to XRGB8888 at dst: B, G, R and 255 in memory, rows of stride_bytes
 * apart.  A program may fill a struct xenav_frame by itself for this and for xenav_frame_update():
 * of pixels, width_px, height_px, stride_bytes and fourcc, the rest zero.
 *
 * @return 0, -EINVAL if the frame has no pixels (it is a dma-buf), or a format for which
 * xenav_fourcc_bytes() is 0, or if a row does not fit into either stride.
 * Since: 0.1
 */
int xenav_frame_to_xrgb8888(const struct xenav_frame *frame, void *dst, size_t stride_bytes);

/**
 * Bring a copy of the picture up to date, and say where it has changed.
 *
 * shadow is the program's, of the size of the frame, in the form that xenav_frame_to_xrgb8888()
 * writes; at first, and after a frame of another size, zeros, which differ from every picture.
 * Tiles of 64 x 64 pixels are compared; rects gets rectangles that hold all that have changed,
 * joined where they touch, from the top to the bottom.  If there are more than max_rects,
 * rectangles are joined that do not touch: then they hold unchanged tiles too, and may overlap.
 * What is written to shadow is what was compared, even if the guest draws meanwhile.
 *
 * @return the number of rectangles, 0 if nothing has changed, -EINVAL as xenav_frame_to_xrgb8888(),
 * or if max_rects is 0. Since: 0.1
 */
int xenav_frame_update(const struct xenav_frame *frame, void *shadow, size_t stride_bytes,
		       struct xenav_rect *rects, unsigned int max_rects);

/**
 * Does a user's choice of domain and unique-id hold for an object?  For options such as --domain
 * and
 * --unique-id, so that all programs understand them alike.
 *
 * @param domain a name or a number, NULL: any
 * @param unique_id NULL: any
 * @param domid, domain_name, object_unique_id of the object, from its info
 * @return 1 or 0.  Since: 0.1
 */
int xenav_selects(const char *domain, const char *unique_id, uint32_t domid,
		  const char *domain_name, const char *object_unique_id);

/* -------- input devices -------- */

/** @return what it is, valid as long as in.  Since: 0.1 */
const struct xenav_input_info *xenav_input_get_info(const struct xenav_input *in);

/** Keep a pointer of your own with the input device, at first NULL.  Since: 0.1 */
void xenav_input_set_data(struct xenav_input *in, void *data);
void *xenav_input_get_data(const struct xenav_input *in);

/**
 * Ask to feed the input device, together with other consumers that do; input_ready or input_failed
 * is the answer.
 *
 * @return 0, -EALREADY if it was asked for already, -ENOTCONN.  Since: 0.1
 */
int xenav_input_feed(struct xenav_input *in);

/**
 * Feed it no more.  Keys and contacts that only this program holds are released; so they are when
 * the connection ends, however it ends.
 *
 * @return 0, -EINVAL if it was not asked for, -ENOTCONN.  Since: 0.1
 */
int xenav_input_release(struct xenav_input *in);

/**
 * Does the input device belong to that connector?  The toolstack says so by its unique-id, such as
 * "K:left;P:left"; one that names no connector of its guest, as far as the program sees them,
 * belongs to all of them.
 *
 * @return 1 or 0.  Since: 0.1
 */
int xenav_input_belongs(const struct xenav_input *in, const struct xenav_connector *c);

/*
 * The functions below queue an event; xenav_input_flush() sends what is queued, as does a queue
 * that is full.  They return 0, -EINVAL while the device cannot be fed, -ERANGE for a number that
 * no device has, -EAGAIN when the queue is full and the daemon takes nothing (the event is not
 * queued: go on after xenav_dispatch()), or -ENOTCONN.  Keys, contacts and positions that the guest
 * does not have are ignored by the daemon.
 */

/**
 * A key or button goes down (pressed != 0) or up.
 *
 * A press of a key that this program holds already is a repetition, which the text console of a
 * guest needs and other programs ignore.  The guest has it up when no consumer holds it.
 *
 * @param code KEY_* or BTN_* of linux/input-event-codes.h: 1..239, 352..766, and 272..279
 * Since: 0.1
 */
int xenav_input_key(struct xenav_input *in, uint32_t code, int pressed);

/**
 * The pointer moves by so many pixels, its wheel by so many notches, downwards if positive.  With
 * XENAV_INPUT_ABSOLUTE the daemon makes a position of it.  Since: 0.1
 */
int xenav_input_motion(struct xenav_input *in, int32_t dx, int32_t dy, int32_t wheel);

/**
 * The pointer is at a pixel of that connector's frame, from 0 on; the wheel is as above.  The
 * daemon knows where the guest's screens are to each other.
 *
 * @param c a connector that the device belongs to; NULL: x and y are 0..width and 0..height
 * Since: 0.1
 */
int xenav_input_position(struct xenav_input *in, const struct xenav_connector *c, int32_t x,
			 int32_t y, int32_t wheel);

/**
 * A contact touches the screen at a pixel, or moves there.  Contacts are numbered as the program
 * likes; what belongs together is queued and then flushed at once.
 *
 * @param c as for xenav_input_position(); NULL: x and y are 0..touch_width and 0..touch_height
 * Since: 0.1
 */
int xenav_input_touch(struct xenav_input *in, uint32_t contact, const struct xenav_connector *c,
		      int32_t x, int32_t y);

/** The contact is an ellipse with these diameters, in pixels.  Since: 0.1 */
int xenav_input_touch_shape(struct xenav_input *in, uint32_t contact, uint32_t major,
			    uint32_t minor);

/** The longer diameter is turned by so many degrees, -180..180, clockwise.  Since: 0.1 */
int xenav_input_touch_orientation(struct xenav_input *in, uint32_t contact, int32_t degrees);

/** The contact touches no more.  Since: 0.1 */
int xenav_input_touch_end(struct xenav_input *in, uint32_t contact);

/**
 * Release all keys and contacts that this program holds, and forget what is queued: for a window
 * that loses the keyboard.
 *
 * @return 0, -EINVAL while the device cannot be fed, -ENOTCONN.  Since: 0.1
 */
int xenav_input_reset(struct xenav_input *in);

/**
 * Send what is queued.
 *
 * @return 0, -ENOTCONN.  Since: 0.1
 */
int xenav_input_flush(struct xenav_input *in);

#ifdef __cplusplus
}
#endif

#endif
