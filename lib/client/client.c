/* SPDX-License-Identifier: MIT */
/*
 * The connection: opening and closing it, and handling what the daemon sends.
 *
 * A callback may end objects that the handler still uses; they are kept until the message is
 * handled: the connection by `closing`, memory by map_drop(), objects by waiting for REMOVED.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/map.h"
#include "client/object.h"
#include "client/pause.h"
#include "client/send.h"
#include "wire/wire.h"

/* Messages per xenav_dispatch(), so that other sources of the main loop get their turn. */
#define MAX_BATCH 64

/* How long xenavd may be away. */
#define PATIENCE_MS 30000u
#define NS_PER_MS   1000000u

/* The kinds of objects. */
static const struct object_ops *const kinds[] = {&stream_ops, &connector_ops, &input_ops, NULL};

static void destroy(struct xenav *x)
{
	struct xenav_object *o;

	x->dispatching = false;
	while ((o = TAILQ_FIRST(&x->objects)))
		object_destroy(o);
	map_bury(x);
	watch_close(&x->watch);
	if (x->sock >= 0)
		close(x->sock);
	free(x->path);
	free(x);
}

/* At least as long as the listener of the first release. */
static bool listener_ok(const struct xenav_listener *l)
{
	return l && l->size >= offsetof(struct xenav_listener, blank) + sizeof l->blank;
}

/* Every message has its bounds only in such a socket. */
static int check_socket(int fd)
{
	struct sockaddr_un addr;
	socklen_t size = sizeof addr, len = sizeof(int);
	int domain, type;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return -errno;
	if (domain != AF_UNIX || type != SOCK_SEQPACKET)
		return -EPROTOTYPE;
	return getpeername(fd, (struct sockaddr *)&addr, &size) < 0 ? -errno : 0;
}

static struct xenav *create(const char *name, const struct xenav_listener *listener, void *data)
{
	struct xenav *x = calloc(1, sizeof *x);
	size_t size;

	if (!x)
		return NULL;
	/* A program built with an older header has fewer callbacks, with a newer header more. */
	size = listener->size < sizeof x->listener ? listener->size : sizeof x->listener;
	memcpy(&x->listener, listener, size);
	snprintf(x->name, sizeof x->name, "%s", name ? name : "");
	x->data = data;
	x->patience_ns = (uint64_t)PATIENCE_MS * NS_PER_MS;
	TAILQ_INIT(&x->objects);
	TAILQ_INIT(&x->outgoing);
	SLIST_INIT(&x->dead_maps);
	return x;
}

int xenav_open_fd(struct xenav **out, int fd, const char *name,
		  const struct xenav_listener *listener, void *data)
{
	struct xenav *x;
	int rc;

	if (!listener_ok(listener))
		return -EINVAL;
	rc = check_socket(fd);
	if (rc < 0)
		return rc;
	x = create(name, listener, data);
	if (!x)
		return -ENOMEM;
	rc = watch_open(&x->watch);
	if (rc == 0)
		rc = watch_socket(&x->watch, fd);
	if (rc < 0) {
		watch_close(&x->watch);
		free(x);
		return rc;
	}
	x->sock = fd;
	x->hello_waits = true;
	send_flush(x);
	*out = x;
	return 0;
}

int xenav_open(struct xenav **out, const char *socket_path, const char *name,
	       const struct xenav_listener *listener, void *data)
{
	char *path;
	int fd, rc;

	if (!listener_ok(listener))
		return -EINVAL;
	path = strdup(socket_path ? socket_path : XENAV_DEFAULT_SOCKET);
	if (!path)
		return -ENOMEM;
	fd = pause_connect(path);
	rc = fd < 0 ? fd : xenav_open_fd(out, fd, name, listener, data);
	if (rc == 0) {
		(*out)->path = path;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return rc;
}

void xenav_set_patience(struct xenav *x, uint32_t patience_ms)
{
	x->patience_ns = (uint64_t)patience_ms * NS_PER_MS;
	/* A pause that has begun is measured anew. */
	if (x->pause.active && x->sock < 0) {
		x->pause.deadline_ns = x->pause.since_ns + x->patience_ns;
		x->pause.next_ns = 0;
		watch_wake_at(&x->watch, 0);
	}
}

void xenav_close(struct xenav *x)
{
	if (!x)
		return;
	if (x->dispatching)
		x->closing = true;
	else
		destroy(x);
}

int xenav_get_fd(const struct xenav *x)
{
	return x->watch.epoll_fd;
}

short xenav_get_events(const struct xenav *x)
{
	/* In a pause what a program calls for may wait without a message. */
	const bool waits = send_waits(x) || objects_any_coming(x);

	if (x->error)
		return 0;
	return waits && !x->send_error ? POLLIN | POLLOUT : POLLIN;
}

void xenav_log_set_handler(struct xenav *x, xenav_log_fn fn, void *data)
{
	x->log_fn = fn;
	x->log_data = data;
}

static int on_welcome(struct xenav *x, const struct xenav_msg_hello *m)
{
	if (x->welcomed)
		return -EPROTO;
	if (m->major != XENAV_PROTO_MAJOR) {
		base_log(x, XENAV_LOG_ERROR, "%s speaks version %u.%u of the protocol, not %d.%d",
			 m->name, (unsigned int)m->major, (unsigned int)m->minor, XENAV_PROTO_MAJOR,
			 XENAV_PROTO_MINOR);
		return -EPROTONOSUPPORT;
	}
	x->welcomed = true;
	x->features = m->features;
	base_log(x, XENAV_LOG_INFO, "Connected to %s", m->name);
	if (x->met) {
		if (m->features & XENAV_FEATURE_RESUME)
			x->tokens.n_unsent = x->tokens.n_earlier;
		send_flush(x);
		return 0;
	}
	x->met = true;
	TELL(x, connected, m->name);
	return 0;
}

static int on_announced(struct xenav *x)
{
	const bool first = !x->announced;

	if (x->reannounced)
		return -EPROTO;
	x->announced = x->reannounced = true;
	if (first && x->listener.announced)
		x->listener.announced(x->data);
	if (x->pause.active)
		pause_announced(x);
	return 0;
}

static int handle_of_kind(struct xenav *x, const struct incoming *in)
{
	for (const struct object_ops *const *kind = kinds; *kind; kind++) {
		if (in->msg.h.opcode == (*kind)->added_opcode)
			return object_add(x, *kind, &in->msg);
		for (const struct in_row *row = (*kind)->in; row->handle; row++)
			if (in->msg.h.opcode == row->opcode)
				return object_handle(x, *kind, row, in);
	}
	return -EPROTO;
}

static int handle(struct xenav *x, const struct incoming *in)
{
	const union xenav_msg *m = &in->msg;

	/* Only a refusal may come before WELCOME. */
	if (!x->welcomed && m->h.opcode != XENAV_OP_WELCOME && m->h.opcode != XENAV_OP_ERROR)
		return -EPROTO;
	switch (m->h.opcode) {
	case XENAV_OP_WELCOME:
		return on_welcome(x, &m->hello);
	case XENAV_OP_ERROR:
		return object_on_error(x, &m->error);
	case XENAV_OP_REMOVED:
		return object_on_removed(x, &m->plain);
	case XENAV_OP_CLAIMED:
		return object_on_claimed(x, &m->claim);
	case XENAV_OP_ANNOUNCED:
		return on_announced(x);
	case XENAV_OP_TOKEN:
		COPY_STRING(x->tokens.present, m->token.token);
		return 0;
	case XENAV_OP_GUEST:
		x->guest = m->guest;
		return 0;
	case XENAV_OP_TOLD:
		return object_on_told(x, &m->plain);
	}
	return handle_of_kind(x, in);
}

/* Receive and handle one message.  @return 0, -EAGAIN if there is none, or the -errno that ends the
 * connection. */
static int dispatch_one(struct xenav *x)
{
	struct incoming in;
	int rc;

	rc = wire_recv(x->sock, &in.msg, &in.fd, true);
	if (rc == -EOPNOTSUPP)
		return -EPROTO;
	if (rc == -EAGAIN && x->send_error)
		return x->send_error;
	if (rc < 0)
		return rc;
	rc = handle(x, &in);
	if (in.fd >= 0)
		close(in.fd);
	map_bury(x);
	/* Messages may have waited for the unmapping. */
	if (!x->closing)
		send_flush(x);
	/* Keep an error of the handler apart from an empty socket. */
	return rc == -EAGAIN ? -EIO : rc;
}

static void disconnect(struct xenav *x, int error)
{
	x->error = error;
	x->pause.active = false;
	watch_socket(&x->watch, -1);
	watch_wake_at(&x->watch, UINT64_MAX);
	base_log(x, XENAV_LOG_ERROR, "Connection is over: %s", strerror(-error));
	TELL(x, disconnected, error);
}

/* Handle messages. @return 0, or the -errno that ends the connection. */
static int dispatch_batch(struct xenav *x, int *n)
{
	int rc;

	rc = pause_turn(x);
	if (rc < 0 || x->sock < 0)
		return rc;
	send_flush(x);
	while (*n < MAX_BATCH && !x->closing) {
		rc = dispatch_one(x);
		if (rc < 0 && rc != -EAGAIN)
			return rc;
		if (rc < 0)
			break;
		++*n;
	}
	/* The last object may have come back. */
	return x->closing ? 0 : pause_turn(x);
}

int xenav_dispatch(struct xenav *x)
{
	int rc, n = 0;

	if (x->dispatching)
		return -EBUSY;
	if (x->error)
		return -ENOTCONN;
	x->dispatching = true;
	rc = dispatch_batch(x, &n);
	if (rc < 0 && !x->closing && !pause_begin(x, rc))
		disconnect(x, rc);
	else
		rc = n;
	x->dispatching = false;
	if (x->closing) {
		destroy(x);
		return -ECANCELED;
	}
	map_bury(x);
	return rc;
}
