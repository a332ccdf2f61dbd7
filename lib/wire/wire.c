/* SPDX-License-Identifier: MIT */
/* See wire.h. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "wire/wire.h"

/* Callers know -EPIPE for a peer that is gone: the kernel says ECONNRESET when the peer has left
 * messages unread. */
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

/* Take the descriptors out of the received control messages. */
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

/* A peer that closed with messages unread makes one call fail with ECONNRESET, ahead of its last
 * messages: the next call gets those, or the end. */
static ssize_t receive(int sock, struct msghdr *hdr, int flags)
{
	int reset = 0;
	ssize_t r;

	do
		r = recvmsg(sock, hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | flags);
	while (r < 0 && (errno == EINTR || (errno == ECONNRESET && !reset++)));
	return r < 0 ? socket_error(errno) : r;
}

/* Receive with room for some descriptors, which are in *fds also on failure. */
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
	/* The room for one descriptor is padded, and may take two. */
	for (unsigned i = 0; rc < 0 && i < fds.n; i++)
		close(fds.fd[i]);
	return rc;
}

/*
 * Look at the next message without taking it.  Without room for descriptors the kernel says
 * whether it left any out, and the message keeps them.
 *
 * @return 1 when the message has descriptors, 0 when not, or -errno.
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

int wire_next_opcode(int sock)
{
	union xenav_msg msg;
	const int rc = peek(sock, &msg);

	return rc < 0 ? rc : msg.h.opcode;
}

bool wire_is_leaving(int sock)
{
	struct pollfd pfd = {.fd = sock, .events = POLLRDHUP};

	return poll(&pfd, 1, 0) > 0;
}

bool wire_has_ended(int sock)
{
	union xenav_msg msg;
	struct iovec iov = {.iov_base = &msg, .iov_len = sizeof msg};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t r;

	r = receive(sock, &hdr, MSG_PEEK);
	return r == 0 || (r < 0 && r != -EAGAIN);
}
