/* SPDX-License-Identifier: MIT */
/*
 * The consumer protocol, message by message: see wire.h.
 *
 * A message is checked field by field here, as far as that needs no state: sizes, descriptors,
 * padding, strings, enumerations, flags.  Whether an object exists, a generation is the present
 * one or an offset lies inside a buffer is for the two ends to say.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Not one byte of padding that has no name may be in a message: it would carry stack content. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"
#include "xenav-proto.h"
#pragma GCC diagnostic pop

#include "wire/wire.h"

/* The last of XENSND_PCM_FORMAT_* in version 2 of sndif.h: gsm. */
#define WIRE_FORMAT_MAX 24

#define ASSERT_SIZE(name, size)                                                                    \
	_Static_assert(sizeof(struct xenav_msg_##name) == (size), "size of " #name " on the wire")

ASSERT_SIZE(header, 8);
ASSERT_SIZE(hello, 88);
ASSERT_SIZE(error, 16);
ASSERT_SIZE(plain, 8);
ASSERT_SIZE(claim, 16);
ASSERT_SIZE(stream_added, 248);
ASSERT_SIZE(connector_added, 192);
ASSERT_SIZE(stream_opened, 32);
ASSERT_SIZE(stream_state, 32);
ASSERT_SIZE(stream_data, 24);
ASSERT_SIZE(stream_closed, 16);
ASSERT_SIZE(stream_position, 32);
ASSERT_SIZE(stream_filled, 24);
ASSERT_SIZE(stream_volume, 148);
ASSERT_SIZE(stream_limits, 48);
ASSERT_SIZE(frame_ready, 16);
ASSERT_SIZE(frame_buffer, 32);
ASSERT_SIZE(frame_buffer_gone, 16);
ASSERT_SIZE(frame, 40);
ASSERT_SIZE(frame_done, 16);
ASSERT_SIZE(connector_edid, 144);
ASSERT_SIZE(connector_buffer, 16);
ASSERT_SIZE(connector_refresh, 16);
_Static_assert(sizeof(struct xenav_ring_tail) == 8, "shared with consumers");
_Static_assert(sizeof(union xenav_msg) == XENAV_PROTO_MSG_MAX, "no message is longer than this");

#define OP(op, type, fds)                                                                          \
	{                                                                                          \
		XENAV_OP_##op, sizeof(struct xenav_msg_##type), (fds), #op                         \
	}

static const struct wire_op ops[] = {
	OP(HELLO, hello, 0),
	OP(CLAIM, claim, 0),
	OP(RELEASE, plain, 0),
	OP(STREAM_POSITION, stream_position, 0),
	OP(STREAM_FILLED, stream_filled, 0),
	OP(STREAM_LIMITS, stream_limits, 0),
	OP(FRAME_READY, frame_ready, 0),
	OP(FRAME_DONE, frame_done, 0),
	OP(CONNECTOR_EDID, connector_edid, 0),
	OP(FRAME_BUFFER_FREED, frame_buffer_gone, 0),
	OP(CONNECTOR_BUFFER, connector_buffer, 1),
	OP(CONNECTOR_REFRESH, connector_refresh, 0),
	OP(WELCOME, hello, 0),
	OP(ERROR, error, 0),
	OP(STREAM_ADDED, stream_added, 0),
	OP(CONNECTOR_ADDED, connector_added, 0),
	OP(REMOVED, plain, 0),
	OP(CLAIMED, claim, 0),
	OP(STREAM_OPENED, stream_opened, 1),
	OP(STREAM_STATE, stream_state, 0),
	OP(STREAM_DATA, stream_data, 0),
	OP(STREAM_CLOSED, stream_closed, 0),
	OP(STREAM_VOLUME, stream_volume, 0),
	OP(FRAME_BUFFER, frame_buffer, 1),
	OP(FRAME, frame, 0),
	OP(BLANK, plain, 0),
	OP(FRAME_BUFFER_GONE, frame_buffer_gone, 0),
};

const struct wire_op *wire_ops(size_t *n)
{
	*n = sizeof ops / sizeof ops[0];
	return ops;
}

const struct wire_op *wire_op_find(uint16_t opcode)
{
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
		if (ops[i].opcode == opcode)
			return &ops[i];
	return NULL;
}

void wire_init(union xenav_msg *msg, uint16_t opcode, uint32_t object)
{
	const struct wire_op *op = wire_op_find(opcode);

	memset(msg, 0, sizeof *msg);
	msg->h.opcode = opcode;
	msg->h.size = op->size_bytes;
	msg->h.object = object;
}

static bool all_zero(const void *bytes, size_t n)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < n; i++)
		if (b[i])
			return false;
	return true;
}

/* Terminated within its field, and nothing behind the end. */
static bool string_ok(const char *s, size_t n)
{
	const size_t len = strnlen(s, n);

	return len < n && all_zero(s + len, n - len);
}

#define ZERO(field)   all_zero(&(field), sizeof(field))
#define STRING(field) string_ok((field), sizeof(field))

/* A consumer may be able to take ways this daemon has never heard of; what it gets are some that it
 * is known to understand. */
static bool claim_ok(const struct xenav_msg_claim *m, bool answer)
{
	return m->mode <= XENAV_MODE_FEED && m->ways != 0 && !(answer && (m->ways & ~XENAV_WAYS));
}

/* One way, and only what is mapped in one piece of something larger begins anywhere. */
static bool frame_buffer_ok(const struct xenav_msg_frame_buffer *m)
{
	if (m->way != XENAV_WAY_DIRECT && m->offset_bytes != 0)
		return false;
	if (m->offered > (m->way == XENAV_WAY_DMABUF ? XENAV_MAX_OFFERS : 0))
		return false;
	return m->buffer < XENAV_MAX_BUFFERS &&
	       (m->way == XENAV_WAY_COPY || m->way == XENAV_WAY_DIRECT ||
		m->way == XENAV_WAY_DMABUF);
}

static bool hello_ok(const struct xenav_msg_hello *m)
{
	return m->h.object == 0 && m->magic == XENAV_PROTO_MAGIC && STRING(m->name);
}

static bool stream_added_ok(const struct xenav_msg_stream_added *m)
{
	return m->direction <= XENAV_CAPTURE && ZERO(m->pad) && STRING(m->domain_name) &&
	       STRING(m->unique_id) && STRING(m->pcm_name);
}

/* Within bounds, and nothing behind the last channel. */
static bool stream_volume_ok(const struct xenav_msg_stream_volume *m)
{
	const unsigned n = m->n_channels;

	if (n == 0 || n > XENAV_VOLUME_CHANNELS || m->first_channel + n > UINT8_MAX)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (m->volume_mdb[i] < XENAV_VOLUME_MIN_MDB ||
		    m->volume_mdb[i] > XENAV_VOLUME_MAX_MDB)
			return false;
	return ZERO(m->pad) && (uint64_t)m->muted >> n == 0 &&
	       all_zero(&m->volume_mdb[n], (XENAV_VOLUME_CHANNELS - n) * sizeof m->volume_mdb[0]);
}

static bool connector_edid_ok(const struct xenav_msg_connector_edid *m)
{
	if (!ZERO(m->pad) || m->n_blocks > XENAV_EDID_MAX_BLOCKS)
		return false;
	return m->n_blocks ? m->index < m->n_blocks : m->index == 0 && ZERO(m->block);
}

/* The values inside a message of known opcode and right size. */
static bool fields_ok(const union xenav_msg *msg)
{
	switch ((enum xenav_opcode)msg->h.opcode) {
	case XENAV_OP_HELLO:
	case XENAV_OP_WELCOME:
		return hello_ok(&msg->hello);
	case XENAV_OP_CLAIM:
		return claim_ok(&msg->claim, false);
	case XENAV_OP_CLAIMED:
		return claim_ok(&msg->claim, true);
	case XENAV_OP_ERROR:
		return msg->error.error < 0 && msg->error.error >= -4095 && ZERO(msg->error.pad);
	case XENAV_OP_STREAM_ADDED:
		return stream_added_ok(&msg->stream_added);
	case XENAV_OP_CONNECTOR_ADDED:
		return ZERO(msg->connector_added.pad) && STRING(msg->connector_added.domain_name) &&
		       STRING(msg->connector_added.unique_id);
	case XENAV_OP_STREAM_OPENED:
		return msg->stream_opened.format <= WIRE_FORMAT_MAX && ZERO(msg->stream_opened.pad);
	case XENAV_OP_STREAM_STATE:
		return msg->stream_state.state <= XENAV_STREAM_PAUSED;
	case XENAV_OP_STREAM_CLOSED:
		return ZERO(msg->stream_closed.pad);
	case XENAV_OP_STREAM_POSITION:
		return ZERO(msg->stream_position.pad);
	case XENAV_OP_STREAM_FILLED:
		return ZERO(msg->stream_filled.pad);
	case XENAV_OP_STREAM_VOLUME:
		return stream_volume_ok(&msg->stream_volume);
	case XENAV_OP_FRAME_READY:
		return !(msg->frame_ready.flags & ~XENAV_FRAME_AGAIN) && ZERO(msg->frame_ready.pad);
	case XENAV_OP_CONNECTOR_EDID:
		return connector_edid_ok(&msg->connector_edid);
	case XENAV_OP_CONNECTOR_REFRESH:
		return ZERO(msg->connector_refresh.pad);
	case XENAV_OP_FRAME_BUFFER:
		return frame_buffer_ok(&msg->frame_buffer);
	case XENAV_OP_FRAME_BUFFER_GONE:
	case XENAV_OP_FRAME_BUFFER_FREED:
		return msg->frame_buffer_gone.buffer < XENAV_MAX_BUFFERS &&
		       ZERO(msg->frame_buffer_gone.pad);
	case XENAV_OP_RELEASE:
	case XENAV_OP_REMOVED:
	case XENAV_OP_STREAM_LIMITS:
	case XENAV_OP_STREAM_DATA:
	case XENAV_OP_FRAME:
	case XENAV_OP_FRAME_DONE:
	case XENAV_OP_CONNECTOR_BUFFER:
	case XENAV_OP_BLANK:
		return true;
	}
	return false;
}

int wire_check(const union xenav_msg *msg, size_t len_bytes, size_t n_fds, bool from_daemon)
{
	const struct wire_op *op;

	if (len_bytes < sizeof msg->h || len_bytes > sizeof *msg || msg->h.size != len_bytes)
		return -EPROTO;
	op = wire_op_find(msg->h.opcode);
	if (!op || !!(msg->h.opcode & XENAV_FROM_DAEMON) != from_daemon)
		return -EOPNOTSUPP;
	if (len_bytes != op->size_bytes || n_fds != op->n_fds || !fields_ok(msg))
		return -EPROTO;
	return 0;
}

/* One kind of "the peer is gone" for the callers: the kernel says ECONNRESET instead of EPIPE
 * when the peer left something unread. */
static int socket_error(int err)
{
	if (err == EWOULDBLOCK)
		return -EAGAIN;
	return err == ECONNRESET ? -EPIPE : -err;
}

int wire_send(int sock, const union xenav_msg *msg, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = (void *)(uintptr_t)msg, .iov_len = msg->h.size};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t r;

	if (fd >= 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof control);
		hdr.msg_control = control.bytes;
		hdr.msg_controllen = sizeof control.bytes;
		c = CMSG_FIRSTHDR(&hdr);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	do
		r = sendmsg(sock, &hdr, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	return r < 0 ? socket_error(errno) : 0;
}

/* Take the descriptors out of what was received. */
static void take_fds(struct msghdr *hdr, struct wire_fds *fds)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(hdr); c; c = CMSG_NXTHDR(hdr, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len; at += sizeof(int))
			if (fds->n < WIRE_FDS_EVER)
				memcpy(&fds->fd[fds->n++], (const char *)c + at, sizeof(int));
	}
}

/* A peer that closed without reading everything makes one call fail with ECONNRESET, in front of
 * what it said before: the next call gets that, or the end. */
static ssize_t receive(int sock, struct msghdr *hdr, int flags)
{
	int reset = 0;
	ssize_t r;

	do
		r = recvmsg(sock, hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | flags);
	while (r < 0 && (errno == EINTR || (errno == ECONNRESET && !reset++)));
	return r < 0 ? socket_error(errno) : r;
}

/* With room for so many descriptors, which are in *fds whatever is returned. */
static int receive_with(int sock, union xenav_msg *msg, struct wire_fds *fds, unsigned room,
			bool from_daemon)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(WIRE_FDS_EVER * sizeof(int))];
	} control;
	struct iovec iov = {.iov_base = msg, .iov_len = sizeof *msg};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t r;

	fds->n = 0;
	memset(msg, 0, sizeof *msg);
	if (room > 0) {
		hdr.msg_control = control.bytes;
		hdr.msg_controllen = CMSG_SPACE(room * sizeof(int));
	}
	r = receive(sock, &hdr, 0);
	if (r < 0)
		return (int)r;
	take_fds(&hdr, fds);
	if (hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EPROTO;
	return r == 0 ? -EPIPE : wire_check(msg, (size_t)r, fds->n, from_daemon);
}

int wire_recv(int sock, union xenav_msg *msg, int *fd, bool from_daemon)
{
	struct wire_fds fds;
	const int rc = receive_with(sock, msg, &fds, WIRE_MAX_FDS, from_daemon);

	*fd = rc == 0 && fds.n > 0 ? fds.fd[0] : -1;
	/* In the room for one descriptor there can be two. */
	for (unsigned i = 0; rc < 0 && i < fds.n; i++)
		close(fds.fd[i]);
	return rc;
}

/*
 * Look at the next message without taking it.  The kernel says that it cut off descriptors, of
 * which there still are those of the message itself.
 *
 * @return 1 when it has descriptors, 0 when not, or -errno.
 */
static int peek(int sock, union xenav_msg *msg)
{
	struct iovec iov = {.iov_base = msg, .iov_len = sizeof *msg};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t r;

	memset(msg, 0, sizeof *msg);
	r = receive(sock, &hdr, MSG_PEEK);
	return r < 0 ? (int)r : (hdr.msg_flags & MSG_CTRUNC) != 0;
}

int wire_recv_stranger(int sock, union xenav_msg *msg, struct wire_fds *passed, bool from_daemon)
{
	const int has_fds = peek(sock, msg);
	const struct wire_op *op = wire_op_find(msg->h.opcode);
	struct wire_fds none;

	if (passed)
		passed->n = 0;
	if (has_fds < 0)
		return has_fds;
	if (has_fds && (!passed || !op || op->n_fds == 0))
		return -EPROTO;
	return receive_with(sock, msg, passed ? passed : &none, has_fds ? WIRE_FDS_EVER : 0,
			    from_daemon);
}
