/* SPDX-License-Identifier: MIT */
/* See fdstore-rig.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "fdstore-rig.h"
#include "service/fdstore.h"
#include "service/notify.h"
#include "test.h"

#define MAX_KEPT 16

static struct {
	int socket;
	unsigned n;
	char names[MAX_KEPT][64];
	int fds[MAX_KEPT];
	int saved[MAX_KEPT]; /* what was there before descriptors were passed on */
	unsigned n_saved;
} rig = {.socket = -1};

static void restore(void)
{
	for (unsigned i = 0; i < rig.n_saved; i++) {
		if (rig.saved[i] < 0)
			continue;
		dup2(rig.saved[i], SD_LISTEN_FDS_START + (int)i);
		close(rig.saved[i]);
	}
	rig.n_saved = 0;
}

static void drop(const char *name)
{
	unsigned n = 0;

	for (unsigned i = 0; i < rig.n; i++) {
		if (strcmp(rig.names[i], name) == 0) {
			close(rig.fds[i]);
			continue;
		}
		if (n != i) {
			strcpy(rig.names[n], rig.names[i]);
			rig.fds[n] = rig.fds[i];
		}
		n++;
	}
	rig.n = n;
}

/* Out of the way of those that are passed on. */
static int move_up(int fd)
{
	const int up = fcntl(fd, F_DUPFD_CLOEXEC, 200);

	assert_true(up >= 0);
	close(fd);
	return up;
}

static void keep(const char *name, int fd)
{
	assert_true(rig.n < MAX_KEPT);
	snprintf(rig.names[rig.n], sizeof rig.names[0], "%s", name);
	rig.fds[rig.n++] = move_up(fd);
}

static void take_message(const char *text, int fd)
{
	const char *at = strstr(text, "FDNAME=");
	char name[64] = "stored";

	if (at)
		sscanf(at, "FDNAME=%63[^\n]", name);
	if (strstr(text, "FDSTOREREMOVE=1"))
		drop(name);
	else if (strstr(text, "FDSTORE=1") && fd >= 0)
		keep(name, fd);
}

/* Take what was sent to the store meanwhile. */
static void listen_to(void)
{
	for (;;) {
		union {
			struct cmsghdr align;
			char bytes[CMSG_SPACE(sizeof(int))];
		} control;
		char text[512];
		struct iovec iov = {text, sizeof text - 1};
		struct msghdr msg = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof control,
		};
		ssize_t n = recvmsg(rig.socket, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		const struct cmsghdr *c;
		int fd = -1;

		if (n < 0)
			return;
		text[n] = '\0';
		c = CMSG_FIRSTHDR(&msg);
		if (c && c->cmsg_type == SCM_RIGHTS)
			memcpy(&fd, CMSG_DATA(c), sizeof fd);
		take_message(text, fd);
	}
}

int fdstore_rig_setup(void **)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int n = snprintf(addr.sun_path + 1, sizeof addr.sun_path - 1, "xenavd-test-%d",
			 (int)getpid());
	char name[128];

	rig.socket = move_up(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	assert_return_code(
		bind(rig.socket, (struct sockaddr *)&addr,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)),
		errno);
	snprintf(name, sizeof name, "@%s", addr.sun_path + 1);
	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(notify_start(), 0);
	assert_int_equal(fdstore_start(), 0);
	return 0;
}

int fdstore_rig_teardown(void **)
{
	fdstore_finish();
	notify_stop();
	listen_to();
	while (rig.n > 0)
		close(rig.fds[--rig.n]);
	restore();
	close(rig.socket);
	rig.socket = -1;
	unsetenv("NOTIFY_SOCKET");
	return 0;
}

void fdstore_rig_restart(void)
{
	char names[MAX_KEPT * 64] = "";
	char number[16];

	fdstore_finish();
	notify_stop();
	listen_to();
	restore();
	/* In another order than they were put there, as systemd does. */
	for (unsigned i = 0; i < rig.n; i++) {
		const int to = SD_LISTEN_FDS_START + (int)i;
		const unsigned from = rig.n - 1 - i;

		rig.saved[i] = fcntl(to, F_DUPFD_CLOEXEC, 100);
		sprintf(names + strlen(names), "%s%s", i ? ":" : "", rig.names[from]);
	}
	rig.n_saved = rig.n;
	for (unsigned i = 0; i < rig.n; i++)
		dup2(rig.fds[rig.n - 1 - i], SD_LISTEN_FDS_START + (int)i);
	snprintf(number, sizeof number, "%d", (int)getpid());
	setenv("LISTEN_PID", number, 1);
	snprintf(number, sizeof number, "%u", rig.n);
	setenv("LISTEN_FDS", number, 1);
	setenv("LISTEN_FDNAMES", names, 1);
	assert_int_equal(notify_start(), 0);
	assert_int_equal(fdstore_start(), 0);
}

unsigned fdstore_rig_count(const char *name)
{
	unsigned n = 0;

	listen_to();
	for (unsigned i = 0; i < rig.n; i++)
		n += !name || strcmp(rig.names[i], name) == 0;
	return n;
}

int fdstore_rig_fd(const char *name)
{
	listen_to();
	for (unsigned i = 0; i < rig.n; i++)
		if (strcmp(rig.names[i], name) == 0)
			return rig.fds[i];
	return -1;
}

void fdstore_rig_put(const char *name, int fd)
{
	keep(name, dup(fd));
}

void fdstore_rig_drop(const char *name)
{
	listen_to();
	drop(name);
}

static int reserved[MAX_KEPT];

void fdstore_rig_reserve(void)
{
	for (unsigned i = 0; i < MAX_KEPT; i++)
		reserved[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void fdstore_rig_unreserve(void)
{
	for (unsigned i = 0; i < MAX_KEPT; i++)
		close(reserved[i]);
}
