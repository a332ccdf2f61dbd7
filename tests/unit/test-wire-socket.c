/* SPDX-License-Identifier: MIT */
/*
 * lib/wire on a socket: packets of any length with any number of descriptors, full sockets and
 * peers that are gone.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"
#include "wire/wire.h"

#include "wire-pair.h"

/* Send bytes with any number of descriptors. */
static void send_raw(int sock, const void *bytes, size_t len, const int *fds, size_t n_fds)
{
	char control[CMSG_SPACE(WIRE_FDS_EVER * sizeof(int))] = {0};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1};

	if (n_fds) {
		struct cmsghdr *c;

		hdr.msg_control = control;
		hdr.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&hdr);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	assert_int_equal(sendmsg(sock, &hdr, MSG_NOSIGNAL), len);
}

PAIR_TEST(descriptors_too_many_or_too_few_are_closed)
{
	struct pair *p = *state;
	const uint16_t opcodes[] = {XENAV_OP_STREAM_OPENED, XENAV_OP_STREAM_STATE, 0x9999};
	int fds[8], fd;
	union xenav_msg m, got;

	for (size_t i = 0; i < 8; i++)
		fds[i] = p->a;
	for (size_t i = 0; i < 3; i++) {
		for (size_t n = 0; n <= 8; n++) {
			const struct wire_op *op = wire_op_find(opcodes[i]);
			const int wrong = op ? -EPROTO : -EOPNOTSUPP;
			struct leaks leaks;
			int rc;

			if (op && n == op->n_fds)
				continue;
			if (op)
				wire_init(&m, opcodes[i], 5);
			else
				m.h = (struct xenav_msg_header){.opcode = 0x9999, .size = 8};
			leaks_before(&leaks);
			send_raw(p->a, &m, m.h.size, fds, n);
			rc = wire_recv(p->b, &got, &fd, true);
			/* More descriptors than there is room for make every message malformed. */
			if (!op && n > 2)
				assert_int_equal(rc, -EPROTO);
			else
				assert_int_equal(rc, wrong);
			assert_int_equal(fd, -1);
			leaks_after(&leaks);
		}
	}
}

PAIR_TEST(a_side_that_takes_no_descriptors_gets_none)
{
	struct pair *p = *state;
	union xenav_msg m, got;
	struct wire_fds fds;
	int fd;

	wire_init(&m, XENAV_OP_RELEASE, 5);
	send_raw(p->a, &m, m.h.size, NULL, 0);
	send_raw(p->a, &m, m.h.size, &p->a, 1);
	assert_int_equal(wire_recv_stranger(p->b, &got, NULL, false), 0);
	/* The message stays in the socket. */
	assert_int_equal(wire_recv_stranger(p->b, &got, NULL, false), -EPROTO);
	assert_int_equal(wire_recv_stranger(p->b, &got, NULL, false), -EPROTO);
	assert_int_equal(got.h.opcode, XENAV_OP_RELEASE);
	assert_int_equal(wire_recv_stranger(p->b, &got, &fds, false), -EPROTO);
	assert_int_equal(fds.n, 0);
	assert_int_equal(wire_recv(p->b, &got, &fd, false), -EPROTO);
	assert_int_equal(fd, -1);
	assert_int_equal(wire_recv_stranger(p->b, &got, NULL, false), -EAGAIN);
}

PAIR_TEST(all_descriptors_of_a_stranger_are_handed_on)
{
	struct pair *p = *state;
	int many[WIRE_FDS_EVER];
	struct wire_fds fds;
	union xenav_msg m, got;

	for (unsigned i = 0; i < WIRE_FDS_EVER; i++)
		many[i] = p->a;
	wire_init(&m, XENAV_OP_CONNECTOR_BUFFER, 5);
	send_raw(p->a, &m, m.h.size, many, 1);
	send_raw(p->a, &m, m.h.size, many, WIRE_FDS_EVER);
	assert_int_equal(wire_recv_stranger(p->b, &got, &fds, false), 0);
	assert_int_equal(fds.n, 1);
	close(fds.fd[0]);
	assert_int_equal(wire_recv_stranger(p->b, &got, &fds, false), -EPROTO);
	assert_int_equal(fds.n, WIRE_FDS_EVER);
	for (unsigned i = 0; i < fds.n; i++)
		assert_int_equal(close(fds.fd[i]), 0);
}

PAIR_TEST(packets_too_long_or_too_short_are_refused)
{
	struct pair *p = *state;
	unsigned char bytes[1024] = {0};
	union xenav_msg m, got;
	int fd;

	wire_init(&m, XENAV_OP_STREAM_OPENED, 5);
	memcpy(bytes, &m, sizeof m);
	for (size_t len = 1; len < sizeof bytes; len += len < 300 ? 1 : 97) {
		struct leaks leaks;

		if (len == m.h.size)
			continue;
		leaks_before(&leaks);
		send_raw(p->a, bytes, len, &p->a, 1);
		assert_int_equal(wire_recv(p->b, &got, &fd, true), -EPROTO);
		leaks_after(&leaks);
	}
}

PAIR_TEST(an_empty_packet_ends_the_connection)
{
	struct pair *p = *state;
	union xenav_msg got;
	int fd;

	send_raw(p->a, "", 0, &p->a, 1);
	assert_int_equal(wire_recv(p->b, &got, &fd, true), -EPIPE);
	assert_int_equal(fd, -1);
}

PAIR_TEST(a_full_socket_says_so)
{
	struct pair *p = *state;
	union xenav_msg m, got;
	int rc, fd, n = 0;

	wire_init(&m, XENAV_OP_RELEASE, 5);
	while ((rc = wire_send(p->a, &m, -1)) == 0)
		n++;
	assert_int_equal(rc, -EAGAIN);
	assert_true(n > 0);
	while (n-- > 0)
		assert_int_equal(wire_recv(p->b, &got, &fd, false), 0);
	assert_int_equal(wire_send(p->a, &m, -1), 0);
}

PAIR_TEST(a_peer_that_is_gone_is_a_broken_pipe)
{
	struct pair *p = *state;
	union xenav_msg m, got;
	int fd;

	/* Messages are unread in both directions. */
	wire_init(&m, XENAV_OP_RELEASE, 5);
	assert_int_equal(wire_send(p->b, &m, -1), 0);
	assert_int_equal(wire_send(p->a, &m, -1), 0);
	close(p->a);
	p->a = -1;
	assert_int_equal(wire_send(p->b, &m, -1), -EPIPE);
	for (int rc = 0; rc != -EPIPE;) {
		rc = wire_recv(p->b, &got, &fd, false);
		assert_true(rc == 0 || rc == -EPIPE);
	}
	assert_int_equal(wire_recv(p->b, &got, &fd, false), -EPIPE);
}
