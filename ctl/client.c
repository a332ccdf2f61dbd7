/* SPDX-License-Identifier: MIT */
/* See client.h. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "wire/wire.h"

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Wait for events on the socket until end_ms, or for ever (-1).  @return 0, -ETIMEDOUT, -EINTR. */
static int await(const struct client *client, short events, int64_t end_ms)
{
	struct pollfd p = {client->sock, events, 0};
	int64_t left_ms = -1;
	int n;

	if (end_ms >= 0) {
		left_ms = end_ms - now_ms();
		if (left_ms < 0)
			left_ms = 0;
	}
	n = poll(&p, 1, (int)left_ms);
	if (n < 0)
		return -errno;
	return n > 0 ? 0 : -ETIMEDOUT;
}

/* The next message of any kind that this program knows. */
static int receive(struct client *client, union xenav_msg *msg, int timeout_ms)
{
	const int64_t end_ms = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	int fd, rc;

	for (;;) {
		rc = wire_recv(client->sock, msg, &fd, true);
		if (rc == 0 && fd >= 0)
			close(fd);
		if (rc == -EAGAIN)
			rc = await(client, POLLIN, end_ms);
		else if (rc != -EOPNOTSUPP)
			return rc;
		if (rc < 0 && rc != -EOPNOTSUPP)
			return rc;
	}
}

int client_send(struct client *client, const union xenav_msg *msg)
{
	const int64_t end_ms = now_ms() + CLIENT_PATIENCE_MS;
	int rc;

	while ((rc = wire_send(client->sock, msg, -1)) == -EAGAIN) {
		rc = await(client, POLLOUT, end_ms);
		if (rc < 0)
			return rc;
	}
	return rc == -ECONNRESET ? -EPIPE : rc;
}

int client_next(struct client *client, union xenav_msg *msg, int timeout_ms)
{
	int rc;

	do {
		rc = receive(client, msg, timeout_ms);
		if (rc < 0)
			return rc == -ECONNRESET ? -EPIPE : rc;
	} while (msg->h.opcode != XENAV_OP_ERROR && (msg->h.opcode & 0x7f00) != 0x0400);
	return 0;
}

int client_order(struct client *client, const union xenav_msg *order, uint32_t *value)
{
	union xenav_msg msg;
	int rc;

	rc = client_send(client, order);
	while (rc == 0) {
		rc = client_next(client, &msg, CLIENT_PATIENCE_MS);
		if (rc < 0)
			return rc;
		if (msg.h.opcode == XENAV_OP_ERROR && msg.error.opcode == order->h.opcode)
			return msg.error.error;
		if (msg.h.opcode == XENAV_OP_STATUS_DONE &&
		    msg.status_done.opcode == order->h.opcode)
			break;
	}
	if (rc == 0 && value)
		*value = msg.status_done.value;
	return rc;
}

/* -------- beginning and end -------- */

static int open_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int sock, rc;

	if (strlen(path) >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	if (connect(sock, (const struct sockaddr *)&address, sizeof address) < 0) {
		rc = -errno;
		close(sock);
		return rc;
	}
	return sock;
}

static int greet(struct client *client)
{
	union xenav_msg msg;
	int rc;

	wire_init(&msg, XENAV_OP_HELLO, 0);
	msg.hello.magic = XENAV_PROTO_MAGIC;
	msg.hello.major = XENAV_PROTO_MAJOR;
	msg.hello.minor = XENAV_PROTO_MINOR;
	strcpy(msg.hello.name, "xenavctl");
	/* A daemon that refuses has sent why before it closed. */
	rc = client_send(client, &msg);
	if (rc < 0 && rc != -EPIPE)
		return rc;
	rc = receive(client, &msg, CLIENT_PATIENCE_MS);
	if (rc < 0)
		return rc == -ECONNRESET ? -EPIPE : rc;
	if (msg.h.opcode == XENAV_OP_ERROR)
		return msg.error.error;
	if (msg.h.opcode != XENAV_OP_WELCOME)
		return -EPROTO;
	if (msg.hello.major != XENAV_PROTO_MAJOR || msg.hello.minor < 1)
		return -EPROTONOSUPPORT;
	return 0;
}

int client_open(struct client *client, const char *path)
{
	int rc;

	client->serial = 0;
	client->sock = open_socket(path);
	if (client->sock < 0)
		return client->sock;
	rc = greet(client);
	if (rc < 0)
		client_close(client);
	return rc;
}

void client_close(struct client *client)
{
	if (client->sock >= 0)
		close(client->sock);
	client->sock = -1;
}
