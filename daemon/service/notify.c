/* SPDX-License-Identifier: MIT */
/*
 * See notify.h.  This is the protocol of sd_notify(3), whose own function opens a socket for every
 * message and may wait.  The address is used for every message, so that it does not matter when
 * the manager opens its socket anew.
 */
#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "service/notify.h"

#define SEND_SEC 2

static struct {
	bool works;
	int sock;
	struct sockaddr_un addr;
	socklen_t addr_bytes;
} manager;

/* A path, or "@name" for an abstract name. */
static int set_address(const char *name)
{
	const size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || len < 2)
		return -EINVAL;
	if (len >= sizeof manager.addr.sun_path)
		return -ENAMETOOLONG;
	manager.addr = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(manager.addr.sun_path, name, len);
	manager.addr_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (name[0] == '@')
		manager.addr.sun_path[0] = '\0';
	return 0;
}

int notify_start(void)
{
	const struct timeval patience = {.tv_sec = SEND_SEC};
	const char *name = getenv("NOTIFY_SOCKET");
	int rc;

	if (!name)
		return 0;
	rc = set_address(name);
	if (rc < 0)
		return rc;
	manager.sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (manager.sock < 0)
		return -errno;
	setsockopt(manager.sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	manager.works = true;
	return 0;
}

void notify_stop(void)
{
	if (manager.works)
		close(manager.sock);
	manager.works = false;
}

bool notify_works(void)
{
	return manager.works;
}

/* Put descriptors beside the text of a message. */
static void attach(struct msghdr *msg, struct cmsghdr *control, const int *fds, unsigned n)
{
	control->cmsg_len = CMSG_LEN(n * sizeof(int));
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(control), fds, n * sizeof(int));
	msg->msg_control = control;
	msg->msg_controllen = CMSG_SPACE(n * sizeof(int));
}

static int send_text(const char *text, const int *fds, unsigned n, int flags)
{
	union {
		char bytes[CMSG_SPACE(NOTIFY_FDS_MAX * sizeof(int))];
		struct cmsghdr head;
	} control = {0};
	/* sendmsg() only reads it. */
	struct iovec iov = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
	struct msghdr msg = {
		.msg_name = &manager.addr,
		.msg_namelen = manager.addr_bytes,
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t sent;

	if (n > 0)
		attach(&msg, &control.head, fds, n);
	do {
		sent = sendmsg(manager.sock, &msg, MSG_NOSIGNAL | flags);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

static int say(int flags, const char *fmt, va_list ap)
{
	char text[512];

	if (!manager.works)
		return 0;
	vsnprintf(text, sizeof text, fmt, ap);
	return send_text(text, NULL, 0, flags);
}

void notify_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(MSG_DONTWAIT, fmt, ap);
	va_end(ap);
}

int notify_surely(const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = say(0, fmt, ap);
	va_end(ap);
	return rc;
}

int notify_fds(const char *text, const int *fds, unsigned n)
{
	if (!manager.works)
		return -ENOTSUP;
	if (n > NOTIFY_FDS_MAX)
		return -EINVAL;
	return send_text(text, fds, n, 0);
}
