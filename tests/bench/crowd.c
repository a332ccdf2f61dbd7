/* SPDX-License-Identifier: MIT */
/* See crowd.h. */
#include <config.h>

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "crowd.h"

int crowd_connect_one(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	union xenav_msg msg;

	memcpy(addr.sun_path, lab.socket, strlen(lab.socket));
	if (sock < 0 || connect(sock, (struct sockaddr *)&addr, sizeof addr) < 0)
		return -1;
	wire_init(&msg, XENAV_OP_HELLO, 0);
	msg.hello.magic = XENAV_PROTO_MAGIC;
	msg.hello.major = XENAV_PROTO_MAJOR;
	strcpy(msg.hello.name, "attacker");
	wire_send(sock, &msg, -1);
	return sock;
}

void crowd_init(struct crowd *crowd)
{
	for (unsigned i = 0; i < CONSUMERS; i++)
		crowd->socks[i] = -1;
}

const char *crowd_come(struct crowd *crowd)
{
	for (unsigned i = 0; i < CONSUMERS; i++) {
		crowd->socks[i] = crowd_connect_one();
		if (crowd->socks[i] < 0)
			return "a consumer cannot connect";
	}
	return NULL;
}

const char *crowd_await(struct crowd *crowd, struct guest *guest, bool (*announced)(void))
{
	for (unsigned i = 0; i < 100 && !announced(); i++) {
		guest_run(guest, 10);
		crowd_read(crowd, 0);
	}
	return announced() ? NULL : "nothing is announced";
}

void crowd_read(struct crowd *crowd, unsigned i)
{
	union xenav_msg msg;
	int fd;

	while (wire_recv(crowd->socks[i], &msg, &fd, true) == 0) {
		crowd->note(&msg);
		if (fd >= 0)
			close(fd);
	}
}

void crowd_leave(struct crowd *crowd)
{
	for (unsigned i = 0; i < CONSUMERS; i++)
		if (crowd->socks[i] >= 0)
			close(crowd->socks[i]);
}
