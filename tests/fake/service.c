/* SPDX-License-Identifier: MIT */
/* See service.h.  A thread takes the datagrams, as systemd takes them while the unit starts, runs
 * and dies. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"
#include "service.h"

#define READY_SEC   60
#define MAX_TEXT    4096
#define MAX_FDS     253 /* SCM_MAX_FD */
#define FIRST_FD    3   /* SD_LISTEN_FDS_START */
#define SYNC        "X_SYNC=1"
#define MAX_NAME    32
#define NAMES_BYTES ((SERVICE_MAX_STORED + 1) * (MAX_NAME + 1))

struct stored {
	char name[MAX_NAME];
	int fd;
};

struct service {
	char path[96];
	int notify; /* where datagrams arrive */
	int listener;
	unsigned watchdog_usec;
	pthread_t thread;
	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t changed;
	struct stored stored[SERVICE_MAX_STORED];
	unsigned n_stored;
	unsigned syncs;
	unsigned pings;
	bool ready;
	char status[256];
};

/* One datagram. */
struct message {
	bool store;
	bool remove;
	char name[MAX_NAME];
	unsigned n_fds;
	int fds[MAX_FDS];
};

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
	return addr;
}

/* Wait until all that was sent so far is taken: datagrams keep their order. */
static void catch_up(struct service *s)
{
	struct sockaddr_un addr = address_of(s->path);
	unsigned seen;

	pthread_mutex_lock(&s->lock);
	seen = s->syncs;
	pthread_mutex_unlock(&s->lock);
	if (sendto(s->notify, SYNC, strlen(SYNC), 0, (struct sockaddr *)&addr, sizeof addr) < 0)
		return;
	pthread_mutex_lock(&s->lock);
	while (s->syncs == seen)
		pthread_cond_wait(&s->changed, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

/* -------- the store -------- */

static bool is_same(int a, int b)
{
	const pid_t pid = getpid();

	return syscall(SYS_kcmp, pid, pid, KCMP_FILE, a, b) == 0;
}

/* Takes the descriptor.  One that is there already is not kept twice, under whatever name. */
static int add(struct service *s, const char *name, int fd)
{
	for (unsigned i = 0; i < s->n_stored; i++) {
		if (!is_same(s->stored[i].fd, fd))
			continue;
		close(fd);
		return 0;
	}
	if (s->n_stored == SERVICE_MAX_STORED) {
		close(fd);
		return -ENOSPC;
	}
	snprintf(s->stored[s->n_stored].name, MAX_NAME, "%s", name);
	s->stored[s->n_stored++].fd = fd;
	return 0;
}

/* With NULL, all. */
static void drop(struct service *s, const char *name)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < s->n_stored; i++) {
		if (!name || strcmp(s->stored[i].name, name) == 0)
			close(s->stored[i].fd);
		else
			s->stored[kept++] = s->stored[i];
	}
	s->n_stored = kept;
}

int service_put(struct lab *lab, const char *name, int fd)
{
	struct service *s = lab->service;
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
	int rc;

	if (copy < 0)
		return -errno;
	pthread_mutex_lock(&s->lock);
	rc = add(s, name, copy);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int service_get(struct lab *lab, const char *name)
{
	struct service *s = lab->service;
	int fd = -ENOENT;

	catch_up(s);
	pthread_mutex_lock(&s->lock);
	for (unsigned i = 0; i < s->n_stored && fd < 0; i++)
		if (strcmp(s->stored[i].name, name) == 0)
			fd = fcntl(s->stored[i].fd, F_DUPFD_CLOEXEC, FIRST_FD);
	pthread_mutex_unlock(&s->lock);
	return fd;
}

void service_forget(struct lab *lab, const char *name)
{
	struct service *s = lab->service;

	catch_up(s);
	pthread_mutex_lock(&s->lock);
	drop(s, name);
	pthread_mutex_unlock(&s->lock);
}

unsigned service_stored(struct lab *lab)
{
	struct service *s = lab->service;
	unsigned n;

	catch_up(s);
	pthread_mutex_lock(&s->lock);
	n = s->n_stored;
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* -------- what is said -------- */

static const char *value_of(const char *line, const char *key)
{
	const size_t n = strlen(key);

	return strncmp(line, key, n) == 0 && line[n] == '=' ? line + n + 1 : NULL;
}

static void take_line(struct service *s, struct message *msg, const char *line)
{
	const char *value;

	if (strcmp(line, SYNC) == 0)
		s->syncs++;
	else if (strcmp(line, "READY=1") == 0)
		s->ready = true;
	else if (strcmp(line, "WATCHDOG=1") == 0)
		s->pings++;
	else if (strcmp(line, "FDSTORE=1") == 0)
		msg->store = true;
	else if (strcmp(line, "FDSTOREREMOVE=1") == 0)
		msg->remove = true;
	else if ((value = value_of(line, "FDNAME")))
		snprintf(msg->name, sizeof msg->name, "%s", value);
	else if ((value = value_of(line, "STATUS")))
		snprintf(s->status, sizeof s->status, "%s", value);
}

static void take(struct service *s, struct message *msg, char *text)
{
	char *rest = NULL;

	pthread_mutex_lock(&s->lock);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		take_line(s, msg, line);
	if (msg->remove)
		drop(s, msg->name);
	/* Whatever comes with anything else is closed, as that of a barrier. */
	for (unsigned i = 0; i < msg->n_fds; i++) {
		if (msg->store && !msg->remove)
			add(s, msg->name[0] ? msg->name : "stored", msg->fds[i]);
		else
			close(msg->fds[i]);
	}
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

/* @return the bytes of text, 0 at the end. */
static ssize_t receive(int sock, struct message *msg, char text[MAX_TEXT])
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(MAX_FDS * sizeof(int))];
	} control;
	struct iovec iov = {text, MAX_TEXT - 1};
	struct msghdr hdr = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	ssize_t n = recvmsg(sock, &hdr, MSG_CMSG_CLOEXEC);

	*msg = (struct message){0};
	for (struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&hdr) : NULL; c; c = CMSG_NXTHDR(&hdr, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		msg->n_fds = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(msg->fds, CMSG_DATA(c), msg->n_fds * sizeof(int));
	}
	text[n > 0 ? n : 0] = '\0';
	return n;
}

static void *run(void *arg)
{
	struct service *s = arg;
	char text[MAX_TEXT];
	struct message msg;

	for (;;) {
		const ssize_t n = receive(s->notify, &msg, text);

		if (n == 0)
			return NULL; /* it is shut down */
		if (n > 0)
			take(s, &msg, text);
	}
}

bool service_status(struct lab *lab, char *text, size_t size)
{
	struct service *s = lab->service;
	bool any;

	catch_up(s);
	pthread_mutex_lock(&s->lock);
	snprintf(text, size, "%s", s->status);
	any = s->status[0] != '\0';
	pthread_mutex_unlock(&s->lock);
	return any;
}

unsigned service_pings(struct lab *lab)
{
	struct service *s = lab->service;
	unsigned n;

	pthread_mutex_lock(&s->lock);
	n = s->pings;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void service_set_watchdog(struct lab *lab, unsigned usec)
{
	lab->service->watchdog_usec = usec;
}

/* -------- the unit -------- */

int service_start(struct lab *lab)
{
	struct service *s = calloc(1, sizeof *s);
	struct sockaddr_un addr;

	if (!s)
		return -ENOMEM;
	snprintf(s->path, sizeof s->path, "%s/notify", lab->dir);
	addr = address_of(s->path);
	s->listener = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->changed, NULL);
	s->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->notify < 0 || bind(s->notify, (struct sockaddr *)&addr, sizeof addr) < 0 ||
	    pthread_create(&s->thread, NULL, run, s) != 0) {
		if (s->notify >= 0)
			close(s->notify);
		free(s);
		return -EIO;
	}
	lab->service = s;
	return 0;
}

void service_stop(struct lab *lab)
{
	struct service *s = lab->service;

	if (!s)
		return;
	shutdown(s->notify, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->notify);
	if (s->listener >= 0)
		close(s->listener);
	drop(s, NULL);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->changed);
	free(s);
	lab->service = NULL;
}

int service_listen(struct lab *lab)
{
	struct service *s = lab->service;
	struct sockaddr_un addr = address_of(lab->socket);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	unlink(lab->socket);
	if (bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(fd, SOMAXCONN) < 0) {
		close(fd);
		return -EIO;
	}
	s->listener = fd;
	return 0;
}

static void set_number(const char *name, unsigned long number)
{
	char text[24];

	snprintf(text, sizeof text, "%lu", number);
	setenv(name, text, 1);
}

/* The last of n descriptors becomes the first, behind the socket. */
static void pass_fds(const struct service *s)
{
	static char names[NAMES_BYTES];
	const unsigned n_sockets = s->listener >= 0;
	const unsigned n = s->n_stored + n_sockets;
	int high[SERVICE_MAX_STORED + 1];
	size_t at = 0;

	if (n == 0)
		return;
	for (unsigned i = 0; i < n; i++) {
		const bool is_socket = i < n_sockets;
		const int fd = is_socket ? s->listener : s->stored[n - 1 - i].fd;
		const char *name = is_socket ? "socket" : s->stored[n - 1 - i].name;

		high[i] = fcntl(fd, F_DUPFD_CLOEXEC, (int)(FIRST_FD + n));
		at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i ? ":" : "", name);
	}
	for (unsigned i = 0; i < n; i++)
		dup2(high[i], (int)(FIRST_FD + i));
	setenv("LISTEN_FDNAMES", names, 1);
	set_number("LISTEN_FDS", n);
	set_number("LISTEN_PID", (unsigned long)getpid());
}

void service_before_start(const struct lab *lab)
{
	struct service *s = lab->service;

	if (!s)
		return;
	catch_up(s);
	pthread_mutex_lock(&s->lock);
	s->ready = false;
	pthread_mutex_unlock(&s->lock);
}

void service_in_child(const struct lab *lab)
{
	const struct service *s = lab->service;

	if (!s)
		return;
	setenv("NOTIFY_SOCKET", s->path, 1);
	if (s->watchdog_usec > 0) {
		set_number("WATCHDOG_USEC", s->watchdog_usec);
		set_number("WATCHDOG_PID", (unsigned long)getpid());
	}
	pass_fds(s);
}

bool service_wait_ready(const struct lab *lab)
{
	struct service *s = lab->service;
	struct timespec until;
	int rc = 0;

	if (!s)
		return true;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += READY_SEC;
	pthread_mutex_lock(&s->lock);
	while (!s->ready && rc == 0)
		rc = pthread_cond_timedwait(&s->changed, &s->lock, &until);
	pthread_mutex_unlock(&s->lock);
	return rc == 0;
}
