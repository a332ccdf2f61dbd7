/* SPDX-License-Identifier: MIT */
/* See poison.h. */
#include <config.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "poison.h"

#define MAX_FDS 8

/* @return 0 or -errno. */
static int connect_pair(int *sock, int *far_end)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof addr;
	int rc = 0;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listening, (struct sockaddr *)&addr, sizeof addr) < 0 ||
	    listen(listening, 1) < 0 ||
	    getsockname(listening, (struct sockaddr *)&addr, &len) < 0 ||
	    connect(*sock, (struct sockaddr *)&addr, sizeof addr) < 0)
		rc = -errno;
	*far_end = rc == 0 ? accept4(listening, NULL, NULL, SOCK_CLOEXEC) : -1;
	if (rc < 0)
		close(*sock);
	close(listening);
	return rc;
}

int poison_make(unsigned seconds, int *far_end)
{
	const struct linger linger = {.l_onoff = 1, .l_linger = (int)seconds};
	static const char much[65536];
	int sock;
	const int rc = connect_pair(&sock, far_end);

	if (rc < 0)
		return rc;
	while (send(sock, much, sizeof much, MSG_DONTWAIT) > 0)
		;
	setsockopt(sock, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	return sock;
}

int poison_pass(int sock, const union xenav_msg *msg, const int *fds, size_t n)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(MAX_FDS * sizeof(int))];
	} control = {.bytes = {0}};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)msg, .iov_len = msg->h.size};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (n > MAX_FDS)
		return -E2BIG;
	hdr.msg_control = control.bytes;
	hdr.msg_controllen = CMSG_SPACE(n * sizeof(int));
	c = CMSG_FIRSTHDR(&hdr);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	return sendmsg(sock, &hdr, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}
