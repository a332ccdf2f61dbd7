/* SPDX-License-Identifier: MIT */
/* See wire.h. */
#include <config.h>

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vnc/log.h"
#include "vnc/messages.h"
#include "vnc/wire.h"

/* The time that a client has for its version. */
#define HELLO_S 10

/* A client that takes nothing for so long is gone. */
#define STALL_S 60

/* What remains to be sent to a client that is refused has so long. */
#define FAREWELL_S 5

/* More than this is not queued for libvncserver: the client has to wait. */
#define INNER_MAX_BYTES (64u << 10)

#define READ_BYTES (256u << 10)

/* With more than this waiting for a client, messages that are answered at once have to wait, too:
 * somebody who only asks would get memory without an end. */
#define ANSWERS_MAX_BYTES (1u << 20)

/* Less than this is copied: moved, it would keep the memory that it was read into. */
#define SMALL_BYTES 4096u

/* The server's version, the first message of all. */
#define SERVER_VERSION "RFB 003.008\n"

struct wire {
	const struct wire_owner *owner;
	struct peer *peer;
	struct event *hello; /* when the version has to be there */
	struct bufferevent *net;
	struct bufferevent *inner; /* NULL until the client's version has come */
	struct messages messages;
	size_t skip_bytes; /* of libvncserver: its own version, which was sent before */
	bool is_ending;    /* what is queued is still sent */
};

void wire_free(struct wire *wire)
{
	if (!wire)
		return;
	if (wire->hello)
		event_free(wire->hello);
	if (wire->net)
		bufferevent_free(wire->net);
	if (wire->inner)
		bufferevent_free(wire->inner);
	if (wire->peer)
		peer_leave(wire->peer);
	peer_unref(wire->peer);
	free(wire);
}

const struct peer *wire_get_peer(const struct wire *wire)
{
	return wire->peer;
}

static void end(struct wire *wire)
{
	const struct wire_owner *owner = wire->owner;

	owner->gone(owner->data, wire);
	wire_free(wire);
}

static void note_backlog(struct wire *wire)
{
	const size_t bytes = evbuffer_get_length(bufferevent_get_output(wire->net));

	peer_set_backlog(wire->peer, bytes);
	if (bytes <= WIRE_LOW_BYTES && peer_take_wake(wire->peer))
		wire->owner->drained(wire->owner->data);
}

static void set_patience(struct wire *wire, time_t seconds)
{
	const struct timeval tv = {.tv_sec = seconds};

	bufferevent_set_timeouts(wire->net, NULL, &tv);
}

/* -------- from the client -------- */

/* Has the next message to wait, for libvncserver or for the client itself? */
static bool must_wait(const struct wire *wire, struct evbuffer *in)
{
	if (evbuffer_get_length(bufferevent_get_output(wire->inner)) > INNER_MAX_BYTES)
		return true;
	return evbuffer_get_length(bufferevent_get_output(wire->net)) > ANSWERS_MAX_BYTES &&
	       messages_are_answered(&wire->messages, evbuffer_pullup(in, 1),
				     evbuffer_get_length(in));
}

/* @return 0, or -EPROTO. */
static int pass_messages(struct wire *wire)
{
	struct evbuffer *in = bufferevent_get_input(wire->net);
	struct evbuffer *out = bufferevent_get_output(wire->inner);
	const char *why = NULL;
	size_t bytes;
	int verdict = VERDICT_PASS;

	while (verdict != VERDICT_MORE && evbuffer_get_length(in) > 0) {
		if (must_wait(wire, in)) {
			bufferevent_disable(wire->net, EV_READ);
			return 0;
		}
		verdict = messages_next(&wire->messages, evbuffer_pullup(in, -1),
					evbuffer_get_length(in), &bytes, &why);
		if (verdict < 0) {
			log_client("%s %s", peer_get_name(wire->peer), why);
			return verdict;
		}
		if (verdict == VERDICT_PASS)
			evbuffer_remove_buffer(in, out, bytes);
		else if (verdict == VERDICT_DROP)
			evbuffer_drain(in, bytes);
	}
	return 0;
}

/* What had to wait may go on. */
static void go_on(struct wire *wire)
{
	if (wire->is_ending || !wire->inner)
		return;
	bufferevent_enable(wire->net, EV_READ);
	if (pass_messages(wire) < 0)
		end(wire);
}

static void on_inner_write(struct bufferevent *, void *data)
{
	go_on(data);
}

/* -------- from libvncserver -------- */

/* libevent reads so little at a time that a picture would take hundreds of turns of the loop. */
static void take_all_from_inner(struct wire *wire)
{
	struct evbuffer *out = bufferevent_get_output(wire->net);
	const int fd = bufferevent_getfd(wire->inner);
	struct evbuffer_iovec room;
	int bytes = 0;
	ssize_t n;

	if (ioctl(fd, FIONREAD, &bytes) < 0 || bytes <= 0 ||
	    evbuffer_reserve_space(out, bytes, &room, 1) != 1)
		return;
	n = read(fd, room.iov_base, room.iov_len < READ_BYTES ? room.iov_len : READ_BYTES);
	room.iov_len = n > 0 ? (size_t)n : 0;
	evbuffer_commit_space(out, &room, 1);
}

static void take_from_inner(struct wire *wire)
{
	struct evbuffer *in = bufferevent_get_input(wire->inner);
	const bool is_large = evbuffer_get_length(in) >= SMALL_BYTES;
	char small[SMALL_BYTES];
	int n = 0;

	if (wire->skip_bytes > 0) {
		const size_t skip = evbuffer_get_length(in) < wire->skip_bytes
					    ? evbuffer_get_length(in)
					    : wire->skip_bytes;

		evbuffer_drain(in, skip);
		wire->skip_bytes -= skip;
	}
	if (!is_large)
		n = evbuffer_remove(in, small, sizeof small);
	if (n > 0)
		evbuffer_add(bufferevent_get_output(wire->net), small, (size_t)n);
	evbuffer_add_buffer(bufferevent_get_output(wire->net), in);
	if (is_large)
		take_all_from_inner(wire);
	note_backlog(wire);
}

static void on_inner_read(struct bufferevent *, void *data)
{
	take_from_inner(data);
}

/* The main thread has closed its end.  What it has written before is there until the reader is
 * told.
 */
static void on_inner_event(struct bufferevent *, short events, void *data)
{
	struct wire *wire = data;

	if (events & BEV_EVENT_WRITING)
		return;
	take_from_inner(wire);
	wire->is_ending = true;
	bufferevent_disable(wire->net, EV_READ);
	set_patience(wire, FAREWELL_S);
	if (evbuffer_get_length(bufferevent_get_output(wire->net)) == 0)
		end(wire);
}

/* -------- the beginning -------- */

/* libvncserver takes no descriptor that select() cannot watch. */
static int open_inner(struct wire *wire, int *other)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -errno;
	if (fds[1] >= FD_SETSIZE) {
		close(fds[0]);
		close(fds[1]);
		return -EMFILE;
	}
	wire->inner = bufferevent_socket_new(wire->owner->base, fds[0], BEV_OPT_CLOSE_ON_FREE);
	if (!wire->inner) {
		close(fds[0]);
		close(fds[1]);
		return -ENOMEM;
	}
	bufferevent_setcb(wire->inner, on_inner_read, on_inner_write, on_inner_event, wire);
	bufferevent_set_max_single_read(wire->inner, READ_BYTES);
	bufferevent_enable(wire->inner, EV_READ | EV_WRITE);
	*other = fds[1];
	return 0;
}

static int hand_over(struct wire *wire, int minor)
{
	const struct wire_owner *owner = wire->owner;
	int fd = -1, rc;

	rc = open_inner(wire, &fd);
	if (rc < 0)
		return rc;
	wire->skip_bytes = VERSION_BYTES;
	evbuffer_add_printf(bufferevent_get_output(wire->inner), "RFB 003.%03d\n", minor);
	peer_ref(wire->peer);
	rc = owner->ready(owner->data, fd, minor, wire->peer);
	if (rc < 0) {
		peer_unref(wire->peer);
		close(fd);
		return rc;
	}
	evtimer_del(wire->hello);
	return rc;
}

/* @return 0, also if it has not come; -errno if there is no way on. */
static int read_version(struct wire *wire)
{
	struct evbuffer *in = bufferevent_get_input(wire->net);
	uint8_t version[VERSION_BYTES];
	int minor, rc;

	if (evbuffer_get_length(in) < VERSION_BYTES)
		return 0;
	evbuffer_remove(in, version, VERSION_BYTES);
	minor = messages_begin(&wire->messages, version, wire->owner->has_password);
	if (minor < 0) {
		log_client("%s is no VNC client", peer_get_name(wire->peer));
		return minor;
	}
	rc = hand_over(wire, minor);
	if (rc < 0)
		log_client("%s cannot be served: %d", peer_get_name(wire->peer), rc);
	return rc;
}

static void on_net_read(struct bufferevent *, void *data)
{
	struct wire *wire = data;
	int rc = 0;

	if (wire->is_ending)
		return;
	if (!wire->inner)
		rc = read_version(wire);
	if (rc == 0 && wire->inner)
		rc = pass_messages(wire);
	if (rc < 0)
		end(wire);
}

static void on_net_write(struct bufferevent *, void *data)
{
	struct wire *wire = data;

	note_backlog(wire);
	if (wire->is_ending && evbuffer_get_length(bufferevent_get_output(wire->net)) == 0)
		end(wire);
	else
		go_on(wire);
}

static void on_net_event(struct bufferevent *, short events, void *data)
{
	struct wire *wire = data;

	if (events & BEV_EVENT_TIMEOUT && wire->inner && !wire->is_ending)
		log_client("%s has taken nothing for %d s", peer_get_name(wire->peer), STALL_S);
	end(wire);
}

static void on_late(evutil_socket_t, short, void *data)
{
	end(data);
}

/* The options of TCP do nothing on other sockets. */
static void set_up_socket(int fd)
{
	const int one = 1;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
}

int wire_start(struct wire **out, const struct wire_owner *owner, int fd, const char *name)
{
	const struct timeval hello = {.tv_sec = HELLO_S};
	struct wire *wire = calloc(1, sizeof *wire);

	set_up_socket(fd);
	if (wire)
		wire->net = bufferevent_socket_new(owner->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!wire || !wire->net) {
		free(wire);
		close(fd);
		return -ENOMEM;
	}
	wire->owner = owner;
	wire->peer = peer_new(name);
	wire->hello = evtimer_new(owner->base, on_late, wire);
	if (!wire->peer || !wire->hello || evtimer_add(wire->hello, &hello) < 0) {
		wire_free(wire);
		return -ENOMEM;
	}
	bufferevent_setcb(wire->net, on_net_read, on_net_write, on_net_event, wire);
	bufferevent_setwatermark(wire->net, EV_READ, 0, MESSAGE_MAX_BYTES);
	bufferevent_setwatermark(wire->net, EV_WRITE, WIRE_LOW_BYTES, 0);
	bufferevent_set_max_single_write(wire->net, READ_BYTES);
	set_patience(wire, STALL_S);
	evbuffer_add(bufferevent_get_output(wire->net), SERVER_VERSION, VERSION_BYTES);
	bufferevent_enable(wire->net, EV_READ | EV_WRITE);
	*out = wire;
	return 0;
}
