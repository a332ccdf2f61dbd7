/* SPDX-License-Identifier: MIT */
/*
 * libxenav: what an audio or display backend of xenavd links.
 *
 * xenavd serves the PV sound cards and displays of Xen guests.  A program that plays, records or
 * shows them connects to its socket, learns of every stream and connector there is, claims those
 * it wants, and is called back with samples and frames.  Nothing it does can hold up a guest.
 *
 * xenav_open() connects.  Watch xenav_get_fd() for xenav_get_events() in any main loop and call
 * xenav_dispatch() when something is there: it reads what has come, calls the listener, sends
 * what could not be sent before, and returns.  It never blocks; neither does any other call.
 * The library has no threads, no global state and writes nowhere, unless xenav_log_set_handler()
 * names a place.  One connection is for one thread at a time.
 *
 * Streams and connectors belong to the library.  They live from the added callback to the end of
 * the removed callback, or to xenav_close().  A callback may call anything, except
 * xenav_dispatch() of the same connection; memory that it was given stays mapped until it
 * returns, even if it releases the object or closes the connection.
 *
 * Playback: stream_opened, then stream_data for what the guest writes, as it writes it.  While
 * the stream is started, report how far you have played with xenav_stream_position(), several
 * times per period, in real time, also when the guest delivers nothing: the guest has no other
 * clock.  Capture: xenav_stream_feed(), xenav_stream_write() and report the same way.  Display:
 * each frame callback is to be answered with xenav_frame_done() once shown, which asks for the next
 * one too.
 *
 * One consumer at a time drives a stream or connector.  Others may watch it, with
 * xenav_stream_watch() and xenav_connector_watch(), whether or not somebody drives it: they hear
 * and see the same, report nothing, and neither the guest nor who drives waits for them.
 *
 * Functions that return int return 0 or a count, or a negative errno.  Claim all that guests play:
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

/* Directions of a stream. */
#define XENAV_PLAYBACK 0 /* the guest plays, the consumer hears */
#define XENAV_CAPTURE  1 /* the consumer feeds, the guest records */

/* States of an open stream. */
#define XENAV_STREAM_STOPPED 0
#define XENAV_STREAM_STARTED 1
#define XENAV_STREAM_PAUSED  2

/** Sample formats: XENSND_PCM_FORMAT_* of Xen's sndif.h.  24 bits stand in the lower three bytes
 * of four. */
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

/*
 * Structures below are filled by the library and may grow at their end: use them through the
 * pointers you are given.
 */

/** What a stream is.  The strings come from the guest's configuration: never use them as a path
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

/** How the guest has opened a stream. */
struct xenav_pcm {
	uint32_t rate_hz;
	uint8_t format; /* enum xenav_format */
	uint8_t channels;
	uint32_t frame_bytes; /* one sample of every channel */
	uint32_t buffer_frames;
	uint32_t period_frames; /* how often the guest wants to hear of progress; 0: it did not say
				 */
};

/* Volumes are within these, in steps of 0.001 dB. */
#define XENAV_VOLUME_MIN_MDB (-200000)
#define XENAV_VOLUME_MAX_MDB 60000

/** What a program can take of a stream; 0 is no limit.  Filled by the program: set size to
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
	uint32_t period_min_frames; /* a guest that wants to hear of no progress has no period */
	uint32_t period_max_frames;
};

/** What a connector is.  The strings are as in struct xenav_stream_info. */
struct xenav_connector_info {
	uint32_t domid;
	uint32_t devid;
	uint32_t connector; /* index of the connector in the device */
	uint32_t width_px;  /* its resolution */
	uint32_t height_px;
	const char *domain_name;
	const char *unique_id;
};

/* The ways in which pictures come. */
#define XENAV_WAY_COPY   0x1u /* copied by the daemon */
#define XENAV_WAY_DIRECT 0x2u /* the guest's own memory, mapped: for programs trusted like dom0 */
#define XENAV_WAY_DMABUF 0x4u /* the guest's own memory, as a dma-buf to be imported */

/** What a guest shows.  A stride may be any number of bytes. */
struct xenav_frame {
	const void *pixels; /* NULL: it is a dma-buf */
	uint32_t width_px;
	uint32_t height_px;
	uint32_t stride_bytes;
	uint32_t fourcc; /* DRM_FORMAT_* of drm_fourcc.h */
	uint64_t serial; /* counts the frames of one claim, from 1 */
	uint32_t way;    /* XENAV_WAY_* */
	int dmabuf_fd;   /* the library's, valid as long as pixels would be; -1: there are pixels */
	uint32_t dmabuf_size_bytes;
	uint32_t offset_bytes; /* of the first pixel in the dma-buf */
	int offered; /* index of xenav_connector_offer_buffer(), -1: it is no buffer of ours */
};

/**
 * What the library tells.  Set size to sizeof(struct xenav_listener), leave NULL what you do not
 * care for.  The structure is copied.  data is that of xenav_open().
 */
struct xenav_listener {
	size_t size;

	/** The daemon has answered; the objects there are follow. */
	void (*connected)(void *data, const char *daemon_name);

	/** The connection is of no use any more: -EPIPE when the daemon has closed it, -EPROTO when
	 * it said something impossible, -EPROTONOSUPPORT when it speaks another major version, or
	 * another negative errno, such as the daemon's reason to refuse us.  Objects and the pixels
	 * of the last frames stay until xenav_close(), which is the only thing left to do. */
	void (*disconnected)(void *data, int error);

	/** There is a stream.  The place to claim it. */
	void (*stream_added)(void *data, struct xenav_stream *s);

	/** The stream is gone, and s with it when this returns.  An open one is closed first. */
	void (*stream_removed)(void *data, struct xenav_stream *s);

	/** The stream is ours, or ours to watch.  If the guest has it open, stream_opened follows.
	 */
	void (*stream_claimed)(void *data, struct xenav_stream *s);

	/** It is not: -EBUSY while another consumer drives it, -EUSERS while too many watch it,
	 * -EACCES, ... */
	void (*stream_claim_failed)(void *data, struct xenav_stream *s, int error);

	/** The guest has opened the stream.  pcm stays until stream_closed; every stream_opened has
	 * its stream_closed, unless you release the stream or the connection ends. */
	void (*stream_opened)(void *data, struct xenav_stream *s, const struct xenav_pcm *pcm);

	/** The stream is now XENAV_STREAM_*.  Samples written before STOPPED and not yet played are
	 * not to be played, see xenav_stream_get_stood(); positions continue from position_frames.
	 */
	void (*stream_state)(void *data, struct xenav_stream *s, int state,
			     uint64_t position_frames);

	/** Playback: the guest has written these samples, that belong at position_frames since the
	 * opening.  Called twice where they wrap around the end of the ring.  They may be read
	 * until this returns.  A guest may write the same position again before it is played. */
	void (*stream_data)(void *data, struct xenav_stream *s, uint64_t position_frames,
			    const void *samples, uint32_t frames);

	/** Capture: the guest has read everything before read_frames; space_frames are free now. */
	void (*stream_space)(void *data, struct xenav_stream *s, uint64_t read_frames,
			     uint32_t space_frames);

	/** The guest has closed the stream. */
	void (*stream_closed)(void *data, struct xenav_stream *s);

	/** There is a connector.  The place to claim it. */
	void (*connector_added)(void *data, struct xenav_connector *c);

	/** The connector is gone, and c and its pixels with it when this returns. */
	void (*connector_removed)(void *data, struct xenav_connector *c);

	/** The connector is ours, or ours to watch.  The first frame is already asked for. */
	void (*connector_claimed)(void *data, struct xenav_connector *c);

	/** It is not: -EBUSY while another consumer drives it, -EUSERS while too many watch it,
	 * -EACCES, ... */
	void (*connector_claim_failed)(void *data, struct xenav_connector *c, int error);

	/** The newest frame.  Call xenav_frame_done() when it is shown, now or later.  The
	 * structure stays until this returns; the pixels until xenav_frame_done() of the following
	 * frame, or until the connector is released or removed.  Without this callback frames are
	 * done at once. */
	void (*frame)(void *data, struct xenav_connector *c, const struct xenav_frame *frame);

	/** The guest shows nothing.  A frame that is not done yet still has to be. */
	void (*blank)(void *data, struct xenav_connector *c);

	/** The guest has set volume or mute of the open stream, or had before: ask
	 * xenav_stream_get_volume() and xenav_stream_is_muted().  Samples come as the guest wrote
	 * them, so apply this or leave it.  Called several times for more than 32 channels. */
	void (*stream_volume)(void *data, struct xenav_stream *s);

	/** The limits of xenav_stream_set_limits() are refused, and those before still hold:
	 * -EINVAL when they leave nothing of what the guest's configuration allows. */
	void (*stream_limits_failed)(void *data, struct xenav_stream *s, int error);

	/** Playback: these frames were overwritten before we came to read them; stream_data does
	 * not bring them.  That happens to watchers, and to who drives the stream and comes so late
	 * that the daemon has gone on alone.  With frames 0 nobody knows how many: the daemon could
	 * not tell us everything in time.  The opening goes on, and stream_state tells where; or,
	 * if the guest has closed it meanwhile, stream_closed follows. */
	void (*stream_lost)(void *data, struct xenav_stream *s, uint64_t position_frames,
			    uint32_t frames);

	/** The guest takes back the memory that this frame stands in, and maybe earlier ones: their
	 * pixels are gone when this returns.  Only called for frames whose pixels were still
	 * promised, and never for copies.  A frame that is not done yet still has to be.  The guest
	 * waits for this; who takes half a second is disconnected. */
	void (*frame_gone)(void *data, struct xenav_connector *c, uint64_t serial);

	/** A buffer of xenav_connector_offer_buffer() will not be used: -EINVAL when its size makes
	 * no sense, -EPERM when this guest is not supplied with buffers, -EBUSY when the guest uses
	 * the one of the same index, -EOPNOTSUPP when the kernel cannot grant dma-bufs. */
	void (*connector_offer_failed)(void *data, struct xenav_connector *c, int error);
};

/* -------- the connection -------- */

/**
 * Connect to the daemon.
 *
 * socket_path NULL means XENAV_DEFAULT_SOCKET; name is what the daemon calls this program in its
 * logs.  Returns before the daemon has answered: see connected and disconnected.
 *
 * @return 0 and *out, which is for xenav_close(), or -EINVAL for a listener without its size,
 * -ENAMETOOLONG, -ENOENT or -ECONNREFUSED when no daemon is there, -EACCES, -EAGAIN when it is
 * too busy right now, -ENOMEM, or another -errno.
 * Since: 0.1
 */
int xenav_open(struct xenav **out, const char *socket_path, const char *name,
	       const struct xenav_listener *listener, void *data);

/**
 * The same over a connected SOCK_SEQPACKET socket.  fd belongs to the library from success on,
 * and stays the caller's on failure.  Since: 0.1
 */
int xenav_open_fd(struct xenav **out, int fd, const char *name,
		  const struct xenav_listener *listener, void *data);

/**
 * End the connection: everything is released, unmapped and freed.  No callback is called.
 * In a callback this takes effect when the callback returns.  NULL is allowed.  Since: 0.1
 */
void xenav_close(struct xenav *x);

/** The descriptor to watch.  It stays the library's.  Since: 0.1 */
int xenav_get_fd(const struct xenav *x);

/** What to watch for, as for poll(): POLLIN, with POLLOUT while something waits to be sent.  Ask
 * again before each wait.  Since: 0.1 */
short xenav_get_events(const struct xenav *x);

/**
 * Handle what has come, up to a bounded number of messages.  Never blocks.
 *
 * @return how many messages were handled (0: nothing was there), -EBUSY inside a callback,
 * -ECANCELED when a callback has closed the connection (x is gone), -ENOTCONN when disconnected
 * has been called before, else the error that disconnected was called with.
 * Since: 0.1
 */
int xenav_dispatch(struct xenav *x);

#define XENAV_LOG_ERROR 0
#define XENAV_LOG_INFO  1
#define XENAV_LOG_DEBUG 2

/** Takes one line of text, without a newline, that is valid until it returns. */
typedef void (*xenav_log_fn)(void *data, int level, const char *text);

/** Tell fn what happens on this connection; NULL: nobody.  Since: 0.1 */
void xenav_log_set_handler(struct xenav *x, xenav_log_fn fn, void *data);

/* -------- streams -------- */

/** @return what it is, valid as long as s.  Since: 0.1 */
const struct xenav_stream_info *xenav_stream_get_info(const struct xenav_stream *s);

/** @return how the guest has opened it, or NULL while it is closed or not claimed.  Since: 0.1 */
const struct xenav_pcm *xenav_stream_get_pcm(const struct xenav_stream *s);

/** Keep a pointer of your own with the stream, at first NULL.  Since: 0.1 */
void xenav_stream_set_data(struct xenav_stream *s, void *data);
void *xenav_stream_get_data(const struct xenav_stream *s);

/**
 * Ask for a playback stream, to hear it; stream_claimed or stream_claim_failed is the answer.
 *
 * @return 0, -EOPNOTSUPP for capture streams, -EALREADY if it was asked for already, -ENOTCONN.
 * Since: 0.1
 */
int xenav_stream_claim(struct xenav_stream *s);

/**
 * Ask for a capture stream, to feed what the guest records.  It is answered as xenav_stream_claim()
 * is.  The call is another one because the guest says which of its streams are for capture: call
 * this only where somebody has agreed that this guest hears what the program has, a microphone for
 * instance.
 *
 * @return 0, -EOPNOTSUPP for playback streams, -EALREADY if it was asked for already, -ENOTCONN.
 * Since: 0.1
 */
int xenav_stream_feed(struct xenav_stream *s);

/**
 * Ask to watch the stream: to be told what the guest plays, whoever drives it, as long as we like.
 * It is answered as xenav_stream_claim() is, and ends with xenav_stream_release().  Nothing may be
 * reported, and nothing waits for us: who is late loses samples, and stream_lost tells which.
 * One connection may claim or watch a stream, not both.
 *
 * @return 0, -EOPNOTSUPP for capture streams, which cannot be watched, -EALREADY if it was asked
 * for already, -ENOTCONN.  Since: 0.1
 */
int xenav_stream_watch(struct xenav_stream *s);

/**
 * Give the stream back, or no longer ask for it.  No more callbacks about it are made but
 * stream_removed; the guest goes on without us.
 *
 * @return 0, -EINVAL if it was not asked for, -ENOTCONN.  Since: 0.1
 */
int xenav_stream_release(struct xenav_stream *s);

/**
 * Report how far the stream has been played or captured, in frames since the opening, and when
 * that was (CLOCK_MONOTONIC; 0: just now).  The guest is told where the stream should be by now, up
 * to a period beyond the report, so say exactly when; who reports the same again stands still.  If
 * the socket is full, the newest report goes out later.
 *
 * @return 0, -EPERM if we only watch, -EINVAL if the stream is not started, if the position goes
 * back, or for capture if it lies beyond what was written, -ENOTCONN.  Since: 0.1
 */
int xenav_stream_position(struct xenav_stream *s, uint64_t position_frames, uint64_t when_ns);

/**
 * Capture: how many frames xenav_stream_write() would take now.
 *
 * Writing stays behind what the guest has read by the buffer less one period, so that whoever
 * reports no more than was written never overruns the guest.  In buffers of less than three
 * periods it is half of what the buffer has beyond one period, since guests wake up only after
 * more than one period.  Since: 0.1
 */
uint32_t xenav_stream_space(const struct xenav_stream *s);

/**
 * Capture: append samples, as many as there is space for.  For sources that can wait: files.
 *
 * @return how many frames were taken, -EINVAL if this is not an open capture stream of ours,
 * -ENOTCONN.  Since: 0.1
 */
int xenav_stream_write(struct xenav_stream *s, const void *samples, uint32_t frames);

/**
 * Capture: append all of these samples.  For sources that cannot wait: microphones.  What the
 * guest has not read in time is overwritten; once told the position, it notices the overrun as
 * with a real card.
 *
 * @return 0, -EINVAL if this is not an open capture stream of ours, -ENOTCONN.  Since: 0.1
 */
int xenav_stream_write_live(struct xenav_stream *s, const void *samples, uint32_t frames);

/** Capture: the position of the next frame to be written.  Since: 0.1 */
uint64_t xenav_stream_get_written(const struct xenav_stream *s);

/**
 * The position, in frames since the opening, at which the stream was when its state last changed.
 * At STOPPED: what the guest had written beyond it will never be played.  Since: 0.1
 */
uint64_t xenav_stream_get_stood(const struct xenav_stream *s);

/**
 * Volume of a channel as the guest has set it, in steps of 0.001 dB; 0, which is 0 dB, as long as
 * it has not, for channels there are not, and while the stream is closed.  Muting is apart from
 * it.  Since: 0.1
 */
int32_t xenav_stream_get_volume(const struct xenav_stream *s, unsigned int channel);

/** @return 1 if the guest has muted the channel, else 0.  Since: 0.1 */
int xenav_stream_is_muted(const struct xenav_stream *s, unsigned int channel);

/**
 * Say what can be taken of the stream; NULL: anything again.  The guest is told when it asks what
 * it may choose from, and cannot open the stream in another way.  An opening there is already
 * stays as it is.  The best time is right after xenav_stream_claim(); limits end with the claim.
 * stream_limits_failed is called if they leave nothing.
 *
 * @return 0, -EINVAL if the stream was not asked for, for limits without their size, or for a
 * minimum above its maximum, -EPERM if we only watch, -ENOTCONN.  Since: 0.1
 */
int xenav_stream_set_limits(struct xenav_stream *s, const struct xenav_limits *limits);

/* -------- connectors -------- */

/** @return what it is, valid as long as c.  Since: 0.1 */
const struct xenav_connector_info *xenav_connector_get_info(const struct xenav_connector *c);

/** Keep a pointer of your own with the connector, at first NULL.  Since: 0.1 */
void xenav_connector_set_data(struct xenav_connector *c, void *data);
void *xenav_connector_get_data(const struct xenav_connector *c);

/**
 * Say in which ways pictures may come, any of XENAV_WAY_*; by default they are copied.  Say it
 * before xenav_connector_claim() or xenav_connector_watch(), and once and for all claims.
 *
 * What more is asked for than the daemon's configuration allows this program is left out.  Of the
 * rest each of the guest's buffers takes the cheapest way that it can: keep XENAV_WAY_COPY among
 * them, or do without what cannot come in another way.  With copies and XENAV_WAY_DIRECT there are
 * pixels to be read, and the difference is their cost, and that a guest may draw into what it has
 * been waiting for longer than 40 ms to have shown.
 *
 * @return 0, -EINVAL for none or for others, -EALREADY if the connector is asked for already.
 * Since: 0.1
 */
int xenav_connector_set_ways(struct xenav_connector *c, uint32_t ways);

/** @return the ways in which pictures come now, 0 if the connector is not claimed.  Since: 0.1 */
uint32_t xenav_connector_get_ways(const struct xenav_connector *c);

/**
 * Ask for the connector; connector_claimed or connector_claim_failed is the answer.  The first
 * frame is asked for together with it.
 *
 * @return 0, -EALREADY if it was asked for already, -ENOTCONN.  Since: 0.1
 */
int xenav_connector_claim(struct xenav_connector *c);

/**
 * Ask to watch the connector: to see the newest frame whenever we are ready for one, whoever
 * drives it.  It is answered as xenav_connector_claim() is, and frames are done in the same way,
 * but the guest does not wait for that.  A guest that draws into what it has just shown may tear
 * such a frame; the next one is whole.
 *
 * @return 0, -EALREADY if it was asked for already, -ENOTCONN.  Since: 0.1
 */
int xenav_connector_watch(struct xenav_connector *c);

/**
 * Give the connector back, or no longer ask for it.  Its pixels are unmapped.
 *
 * @return 0, -EINVAL if it was not asked for, -ENOTCONN.  Since: 0.1
 */
int xenav_connector_release(struct xenav_connector *c);

/**
 * The last frame given has been shown; the guest may be told, unless we only watch.  Asks for the
 * next one: it comes when the guest shows another.
 *
 * @return 0, -EINVAL if no frame waits for this, -ENOTCONN.  Since: 0.1
 */
int xenav_frame_done(struct xenav_connector *c);

/**
 * The last frame given cannot be used the way it came, for instance because its dma-buf cannot be
 * imported.  It is not shown and its memory is given back; it comes again in another way, and so
 * does whatever the guest shows from the same buffer.
 *
 * @return 0, -EINVAL if no frame waits to be done, or if it is a copy, -ENOTCONN.  Since: 0.1
 */
int xenav_frame_refuse(struct xenav_connector *c);

/**
 * Ask for what the guest shows now, even if it has not said that anything changed: programs that
 * draw into the visible buffer never do.  While a frame is not done, this takes effect with
 * xenav_frame_done().  Each time may cost a copy of the picture, so the daemon makes no more than
 * 120 a second; 10 are plenty for most purposes.
 *
 * @return 0, -EINVAL if the connector is not claimed, -ENOTCONN.  Since: 0.1
 */
int xenav_frame_again(struct xenav_connector *c);

/**
 * Let guests that ask for an EDID get this one, instead of the one that the daemon makes of the
 * connector's resolution, until the connector is released: 1 to 4 blocks of 128 bytes, the first
 * of which is a base block.  A guest that has asked before is not told; Linux does not ask at all.
 * With size_bytes 0, when edid may be NULL, it is the daemon's again.
 *
 * @return 0, -EINVAL if the connector is not claimed, or if header, number of blocks or a checksum
 * is wrong, -EPERM if we only watch, -ENOTCONN.  Since: 0.1
 */
int xenav_connector_set_edid(struct xenav_connector *c, const void *edid, size_t size_bytes);

/**
 * Say that our screen is refreshed once in so many ns, until the connector is released; 0: 60 times
 * a second, as it is for who says nothing.  A guest that waits for its flips gets to show one frame
 * in that time at most, however fast xenav_frame_done() comes.
 *
 * @return 0, -EINVAL if the connector is not claimed, or for less than 1 ms or more than 40 ms,
 * -EPERM if we only watch, -ENOTCONN.  Since: 0.1
 */
int xenav_connector_set_refresh(struct xenav_connector *c, uint32_t period_ns);

/**
 * Offer a dma-buf of ours for the guest to draw into, if it has its buffers supplied (be_alloc):
 * its next buffer that is no larger stands in there.  Frames name it then with their `offered`.
 *
 * index is below 4 and ours to choose; the same again replaces the one before, but not while the
 * guest uses it.  size_bytes are whole pages of 4096 bytes, no more than the dma-buf has.  The
 * descriptor stays the caller's.  The guest sees what was in it, can write there whenever it likes,
 * and may keep it mapped for ever: never offer it to another guest.  What the guest draws there
 * others see only if the dma-buf can be mapped.  Offers end with the claim; connector_offer_failed
 * tells of those that cannot be used from the beginning.
 *
 * @return 0, -EINVAL for an index or a size that cannot be, or if the connector is not claimed,
 * -EPERM if we only watch, -EACCES if we may have no dma-bufs, see xenav_connector_set_ways(),
 * -EBADF, -EMFILE, -ENOTCONN.  Since: 0.1
 */
int xenav_connector_offer_buffer(struct xenav_connector *c, uint32_t index, int dmabuf_fd,
				 uint32_t size_bytes);

/* -------- helpers -------- */

/** @return the name of a sample format as in xl.cfg, such as "s16_le", or NULL.  Since: 0.1 */
const char *xenav_format_name(uint8_t format);

/** @return the bytes of one sample, or 0 if the format is unknown or has no fixed size.
 * Since: 0.1 */
unsigned int xenav_format_bytes(uint8_t format);

/** @return the bytes of one pixel of the formats Linux guests use, or 0 for others.
 * Since: 0.1 */
unsigned int xenav_fourcc_bytes(uint32_t fourcc);

#ifdef __cplusplus
}
#endif

#endif
