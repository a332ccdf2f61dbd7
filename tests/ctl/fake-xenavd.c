/* SPDX-License-Identifier: MIT */
/*
 * fake-xenavd SOCKET [WAY]: answers xenavctl with the same status, whenever it is asked; the second
 * answer of a connection is of one second later.  WAY is how it fails: refuse, full, old, silent,
 * leave, garbage, deny, slow.  It prints "ready", and ends when its standard input does.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake-status.h"
#include "wire/wire.h"

static const char *way = "";

static bool is_way(const char *name)
{
	return strcmp(way, name) == 0;
}

/* Everything is sent and received in its turn. */
static void send_msg(int sock, const union xenav_msg *msg)
{
	struct pollfd p = {sock, POLLOUT, 0};

	while (wire_send(sock, msg, -1) == -EAGAIN)
		poll(&p, 1, -1);
}

static void send_error(int sock, uint16_t opcode, int error)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_ERROR, 0);
	msg.error.opcode = opcode;
	msg.error.error = error;
	send_msg(sock, &msg);
}

static void send_done(int sock, uint16_t opcode, uint32_t value)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STATUS_DONE, 0);
	msg.status_done.opcode = opcode;
	msg.status_done.value = value;
	send_msg(sock, &msg);
}

static void send_welcome(int sock)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_WELCOME, 0);
	msg.hello.magic = XENAV_PROTO_MAGIC;
	msg.hello.major = XENAV_PROTO_MAJOR;
	msg.hello.minor = is_way("old") ? 0 : XENAV_PROTO_MINOR;
	strcpy(msg.hello.name, "xenavd");
	send_msg(sock, &msg);
	/* The announcements are of no use to xenavctl. */
	wire_init(&msg, XENAV_OP_STREAM_ADDED, 1);
	send_msg(sock, &msg);
	wire_init(&msg, XENAV_OP_ANNOUNCED, 0);
	send_msg(sock, &msg);
}

static void send_garbage(int sock)
{
	static const char bytes[100] = "this is no message of the protocol";

	send(sock, bytes, sizeof bytes, MSG_NOSIGNAL);
}

static void answer(int sock, const union xenav_msg *request, unsigned *n_asked)
{
	const uint16_t opcode = request->h.opcode;

	if (is_way("deny")) {
		send_error(sock, opcode, -EACCES);
		return;
	}
	switch (opcode) {
	case XENAV_OP_STATUS_GET:
		fake_status_send(sock, send_msg, (*n_asked)++, request->status_get.serial);
		return;
	case XENAV_OP_STATUS_MONITOR:
		send_done(sock, opcode, request->status_monitor.on);
		fake_events_send(sock, send_msg);
		return;
	case XENAV_OP_STATUS_LOG_LEVEL:
		send_done(sock, opcode, XENAV_LEVEL_INFO);
		return;
	case XENAV_OP_STATUS_KICK:
		if (request->status_kick.consumer == 3)
			send_done(sock, opcode, 3);
		else
			send_error(sock, opcode, -ENOENT);
		return;
	}
}

/* @return false when the connection is to end. */
static bool greet(int sock)
{
	if (is_way("refuse"))
		send_error(sock, XENAV_OP_HELLO, -EACCES);
	else if (is_way("full"))
		send_error(sock, XENAV_OP_HELLO, -EUSERS);
	else if (is_way("garbage"))
		send_garbage(sock);
	else if (!is_way("silent"))
		send_welcome(sock);
	return !is_way("refuse") && !is_way("full") && !is_way("garbage");
}

static void serve(int sock)
{
	struct pollfd p = {sock, POLLIN, 0};
	union xenav_msg msg;
	unsigned n_asked = 0;
	int fd, rc = 0;

	while (rc == 0 || rc == -EAGAIN) {
		poll(&p, 1, -1);
		rc = wire_recv(sock, &msg, &fd, false);
		if (rc < 0)
			continue;
		if (msg.h.opcode == XENAV_OP_HELLO)
			rc = greet(sock) ? 0 : -EPIPE;
		else if (is_way("leave"))
			rc = -EPIPE;
		else
			answer(sock, &msg, &n_asked);
	}
	close(sock);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct pollfd p[2] = {{STDIN_FILENO, POLLIN, 0}, {-1, POLLIN, 0}};
	int sock;

	if (argc < 2 || strlen(argv[1]) >= sizeof address.sun_path)
		return 64;
	strcpy(address.sun_path, argv[1]);
	way = argc > 2 ? argv[2] : "";
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0 || bind(sock, (const struct sockaddr *)&address, sizeof address) < 0 ||
	    listen(sock, 8) < 0)
		return 1;
	p[1].fd = sock;
	puts("ready");
	fflush(stdout);
	while (poll(p, 2, -1) > 0 && !p[0].revents) {
		const int consumer = accept4(sock, NULL, NULL, SOCK_CLOEXEC);

		if (consumer >= 0)
			serve(consumer);
	}
	close(sock);
	return 0;
}
