/* SPDX-License-Identifier: MIT */
/* See xenbus.h. */
#include <config.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xen/io/xs_wire.h>

#include "machine.h"
#include "toolstack.h"
#include "xenbus.h"

#define MESSAGE_MAX (sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX)
#define RESET_ID    UINT32_MAX /* libxenstore has 0 in all of its requests */
#define LOOK_MS     100

static bool read_whole(int fd, void *data, size_t len)
{
	return len == 0 || recv(fd, data, len, MSG_WAITALL) == (ssize_t)len;
}

/* Until the process hangs up. */
static void carry_up(struct xenbus *bus, int fd)
{
	uint8_t message[MESSAGE_MAX];
	struct xsd_sockmsg head;

	while (read_whole(fd, message, sizeof head)) {
		memcpy(&head, message, sizeof head);
		if (head.len > XENSTORE_PAYLOAD_MAX ||
		    !read_whole(fd, message + sizeof head, head.len) ||
		    ringstore_send(&bus->store, message, sizeof head + head.len) < 0)
			return;
	}
}

static void set_connection(struct xenbus *bus, int fd)
{
	pthread_mutex_lock(&bus->lock);
	bus->connection = fd;
	bus->is_reset = false;
	pthread_mutex_unlock(&bus->lock);
}

/* Its watches and transactions, before anybody else comes. */
static void reset(struct xenbus *bus)
{
	struct xsd_sockmsg head = {.type = XS_RESET_WATCHES, .req_id = RESET_ID, .len = 1};
	uint8_t message[sizeof head + 1] = {0};

	memcpy(message, &head, sizeof head);
	if (ringstore_send(&bus->store, message, sizeof message) < 0)
		return;
	pthread_mutex_lock(&bus->lock);
	while (!bus->is_reset && !bus->stopping)
		pthread_cond_wait(&bus->changed, &bus->lock);
	pthread_mutex_unlock(&bus->lock);
}

static void *run_up(void *arg)
{
	struct xenbus *bus = arg;
	int fd;

	while ((fd = accept4(bus->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		set_connection(bus, fd);
		carry_up(bus, fd);
		set_connection(bus, -1);
		reset(bus);
		close(fd);
	}
	return NULL;
}

static void hand_down(struct xenbus *bus, const uint8_t *message, size_t len)
{
	struct xsd_sockmsg head;

	memcpy(&head, message, sizeof head);
	pthread_mutex_lock(&bus->lock);
	if (head.req_id == RESET_ID && head.type != XS_WATCH_EVENT) {
		bus->is_reset = true;
		pthread_cond_signal(&bus->changed);
	} else if (bus->connection >= 0 &&
		   send(bus->connection, message, len, MSG_NOSIGNAL) != (ssize_t)len)
		shutdown(bus->connection, SHUT_RDWR);
	pthread_mutex_unlock(&bus->lock);
}

static bool is_stopping(struct xenbus *bus)
{
	bool stopping;

	pthread_mutex_lock(&bus->lock);
	stopping = bus->stopping;
	pthread_mutex_unlock(&bus->lock);
	return stopping;
}

static void *run_down(void *arg)
{
	struct xenbus *bus = arg;
	uint8_t message[MESSAGE_MAX];

	while (!is_stopping(bus)) {
		uint32_t seen = machine_events(bus->domid);
		size_t len;

		while ((len = ringstore_receive(&bus->store, message, sizeof message)) > 0)
			hand_down(bus, message, len);
		machine_wait_event(bus->domid, seen, LOOK_MS);
	}
	return NULL;
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(fd, 4) < 0) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd;
}

int xenbus_start(struct xenbus *bus, struct toolstack *ts, uint16_t domid, const char *path)
{
	int rc = machine_domain_create(domid);

	memset(bus, 0, sizeof *bus);
	if (rc == 0)
		rc = ringstore_init(&bus->store, domid);
	if (rc == 0)
		rc = toolstack_add_domain(ts, domid, bus->store.frame, bus->store.port);
	if (rc < 0)
		return rc;
	bus->connection = -1;
	pthread_mutex_init(&bus->lock, NULL);
	pthread_cond_init(&bus->changed, NULL);
	snprintf(bus->path, sizeof bus->path, "%s", path);
	bus->listener = listen_at(path);
	if (bus->listener < 0)
		return bus->listener;
	bus->domid = domid;
	if (pthread_create(&bus->up, NULL, run_up, bus) != 0 ||
	    pthread_create(&bus->down, NULL, run_down, bus) != 0)
		return -EAGAIN;
	return 0;
}

void xenbus_stop(struct xenbus *bus)
{
	if (bus->domid == 0)
		return;
	shutdown(bus->listener, SHUT_RDWR);
	pthread_join(bus->up, NULL);
	pthread_mutex_lock(&bus->lock);
	bus->stopping = true;
	pthread_mutex_unlock(&bus->lock);
	pthread_join(bus->down, NULL);
	close(bus->listener);
	ringstore_finish(&bus->store);
	pthread_mutex_destroy(&bus->lock);
	pthread_cond_destroy(&bus->changed);
	bus->domid = 0;
}
