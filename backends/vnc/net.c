/* SPDX-License-Identifier: MIT */
/* See net.h.  The threads talk through two pairs of sockets. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vnc/log.h"
#include "vnc/net.h"
#include "vnc/wire.h"

/* Without descriptors nobody is accepted for so long. */
#define RETRY_S 1

#define MAX_LISTENERS 64

enum order_kind { ORDER_LISTEN, ORDER_ADOPT, ORDER_QUIT };

/* From the main thread. */
struct order {
	enum order_kind kind;
	int fd;
	unsigned int screen;
	char from[64];
};

struct listener {
	struct net *net;
	struct event *event;
	unsigned int screen;
};

struct place {
	LIST_ENTRY(place) entry;
	struct wire_owner owner;
	struct net *net;
	struct wire *wire;
	unsigned int screen;
};

struct net {
	pthread_t thread;
	bool has_password;
	int orders[2];  /* the main thread writes to [1] */
	int clients[2]; /* it reads from [0] */
	struct event_base *base;
	struct event *order_event;
	struct event *retry;
	struct listener listeners[MAX_LISTENERS];
	unsigned int n_listeners;
	LIST_HEAD(, place) places;
	unsigned int n_places;
};

/* -------- clients, in the thread -------- */

/* A message without a peer is the one that a backlog has become small. */
static int on_ready(void *data, int fd, int minor, struct peer *peer)
{
	const struct place *place = data;
	const struct net_client client = {
		.fd = fd,
		.screen = place->screen,
		.minor = minor,
		.peer = peer,
	};

	if (send(place->net->clients[1], &client, sizeof client, MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

/* If there is no room the main thread has enough to wake up for. */
static void on_drained(void *data)
{
	const struct place *place = data;
	const struct net_client nobody = {.fd = -1};
	ssize_t n;

	n = send(place->net->clients[1], &nobody, sizeof nobody, MSG_NOSIGNAL);
	(void)n;
}

static void on_gone(void *data, struct wire *)
{
	struct place *place = data;

	LIST_REMOVE(place, entry);
	place->net->n_places--;
	free(place);
}

static bool is_stranger(const struct place *place, const char *name)
{
	const struct peer *peer = wire_get_peer(place->wire);

	return !peer_is_in(peer) && (!name || strcmp(peer_get_name(peer), name) == 0);
}

/* Those that have not logged in, from everywhere if name is NULL. */
static unsigned int count_strangers(const struct net *net, const char *name)
{
	const struct place *place;
	unsigned int n = 0;

	LIST_FOREACH (place, &net->places, entry)
		n += is_stranger(place, name);
	return n;
}

static void send_away(struct place *place)
{
	struct wire *wire = place->wire;

	log_client("%s is disconnected: too many have not logged in",
		   peer_get_name(wire_get_peer(wire)));
	on_gone(place, wire);
	wire_free(wire);
}

/* So that those who only connect keep nobody out.  The newest places are first. */
static void make_room(struct net *net)
{
	const unsigned int strangers = count_strangers(net, NULL);
	struct place *place, *worst = NULL;
	unsigned int most = 0;

	if (strangers < NET_MAX_STRANGERS && net->n_places < NET_MAX_CLIENTS)
		return;
	LIST_FOREACH (place, &net->places, entry) {
		const unsigned int n =
			is_stranger(place, NULL)
				? count_strangers(net, peer_get_name(wire_get_peer(place->wire)))
				: 0;

		if (n > 0 && n >= most) {
			most = n;
			worst = place;
		}
	}
	if (worst)
		send_away(worst);
}

static void add_client(struct net *net, int fd, unsigned int screen, const char *name)
{
	struct place *place;

	make_room(net);
	place = net->n_places < NET_MAX_CLIENTS ? calloc(1, sizeof *place) : NULL;
	if (!place) {
		log_client("%s is refused: there are %u connections", name, net->n_places);
		close(fd);
		return;
	}
	place->net = net;
	place->screen = screen;
	place->owner = (struct wire_owner){
		.base = net->base,
		.has_password = net->has_password,
		.ready = on_ready,
		.drained = on_drained,
		.gone = on_gone,
		.data = place,
	};
	if (wire_start(&place->wire, &place->owner, fd, name) < 0) {
		free(place);
		return;
	}
	LIST_INSERT_HEAD(&net->places, place, entry);
	net->n_places++;
}

/* -------- listeners, in the thread -------- */

static void name_of(const struct sockaddr_storage *addr, socklen_t len, char *name, size_t size)
{
	if (addr->ss_family == AF_UNIX ||
	    getnameinfo((const struct sockaddr *)addr, len, name, (socklen_t)size, NULL, 0,
			NI_NUMERICHOST) != 0)
		snprintf(name, size, "local");
}

static void on_accept(evutil_socket_t listener_fd, short, void *data)
{
	struct listener *listener = data;
	struct net *net = listener->net;
	const struct timeval later = {.tv_sec = RETRY_S};
	struct sockaddr_storage addr = {0};
	socklen_t len = sizeof addr;
	char name[64];
	int fd;

	fd = accept4(listener_fd, (struct sockaddr *)&addr, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		name_of(&addr, len, name, sizeof name);
		add_client(net, fd, listener->screen, name);
		return;
	}
	if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
		return;
	log_client("There are no descriptors for another client");
	for (unsigned int i = 0; i < net->n_listeners; i++)
		event_del(net->listeners[i].event);
	evtimer_add(net->retry, &later);
}

static void on_retry(evutil_socket_t, short, void *data)
{
	struct net *net = data;

	for (unsigned int i = 0; i < net->n_listeners; i++)
		event_add(net->listeners[i].event, NULL);
}

static void add_listener(struct net *net, int fd, unsigned int screen)
{
	struct listener *listener = &net->listeners[net->n_listeners];

	evutil_make_socket_nonblocking(fd);
	if (net->n_listeners < MAX_LISTENERS)
		listener->event =
			event_new(net->base, fd, EV_READ | EV_PERSIST, on_accept, listener);
	if (net->n_listeners == MAX_LISTENERS || !listener->event) {
		log_error("An address is too much");
		close(fd);
		return;
	}
	listener->net = net;
	listener->screen = screen;
	net->n_listeners++;
	event_add(listener->event, NULL);
}

/* -------- the thread -------- */

static void on_order(evutil_socket_t fd, short, void *data)
{
	struct net *net = data;
	struct order order;

	if (recv(fd, &order, sizeof order, 0) != sizeof order)
		return;
	switch (order.kind) {
	case ORDER_LISTEN:
		add_listener(net, order.fd, order.screen);
		break;
	case ORDER_ADOPT:
		add_client(net, order.fd, order.screen, order.from);
		break;
	case ORDER_QUIT:
		event_base_loopbreak(net->base);
		break;
	}
}

static void *run(void *data)
{
	struct net *net = data;

	event_base_dispatch(net->base);
	return NULL;
}

/* -------- the main thread -------- */

static void free_net(struct net *net)
{
	struct place *place;

	while ((place = LIST_FIRST(&net->places))) {
		LIST_REMOVE(place, entry);
		wire_free(place->wire);
		free(place);
	}
	for (unsigned int i = 0; i < net->n_listeners; i++) {
		close(event_get_fd(net->listeners[i].event));
		event_free(net->listeners[i].event);
	}
	if (net->order_event)
		event_free(net->order_event);
	if (net->retry)
		event_free(net->retry);
	if (net->base)
		event_base_free(net->base);
	for (unsigned int i = 0; i < 2; i++) {
		if (net->orders[i] >= 0)
			close(net->orders[i]);
		if (net->clients[i] >= 0)
			close(net->clients[i]);
	}
	free(net);
}

static int open_all(struct net *net)
{
	const int type = SOCK_SEQPACKET | SOCK_CLOEXEC;

	if (socketpair(AF_UNIX, type, 0, net->orders) < 0)
		return -errno;
	if (socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, net->clients) < 0)
		return -errno;
	net->base = event_base_new();
	if (!net->base)
		return -ENOMEM;
	net->order_event =
		event_new(net->base, net->orders[0], EV_READ | EV_PERSIST, on_order, net);
	net->retry = evtimer_new(net->base, on_retry, net);
	if (!net->order_event || !net->retry || event_add(net->order_event, NULL) < 0)
		return -ENOMEM;
	return -pthread_create(&net->thread, NULL, run, net);
}

int net_start(struct net **out, bool has_password)
{
	struct net *net = calloc(1, sizeof *net);
	int rc;

	if (!net)
		return -ENOMEM;
	net->has_password = has_password;
	for (unsigned int i = 0; i < 2; i++)
		net->orders[i] = net->clients[i] = -1;
	rc = open_all(net);
	if (rc < 0) {
		free_net(net);
		return rc;
	}
	*out = net;
	return 0;
}

static int give_order(struct net *net, const struct order *order)
{
	if (send(net->orders[1], order, sizeof *order, MSG_NOSIGNAL) == sizeof *order)
		return 0;
	return -errno;
}

void net_stop(struct net *net)
{
	const struct order order = {.kind = ORDER_QUIT};
	struct net_client client;
	int rc;

	if (!net)
		return;
	give_order(net, &order);
	pthread_join(net->thread, NULL);
	while ((rc = net_take(net, &client)) == 0 || rc == -EINTR) {
		if (rc < 0)
			continue;
		close(client.fd);
		peer_unref(client.peer);
	}
	free_net(net);
}

int net_listen(struct net *net, int fd, unsigned int screen)
{
	const struct order order = {.kind = ORDER_LISTEN, .fd = fd, .screen = screen};
	const int rc = give_order(net, &order);

	if (rc < 0)
		close(fd);
	return rc;
}

int net_adopt(struct net *net, int fd, unsigned int screen, const char *from)
{
	struct order order = {.kind = ORDER_ADOPT, .fd = fd, .screen = screen};
	int rc;

	snprintf(order.from, sizeof order.from, "%s", from);
	rc = give_order(net, &order);
	if (rc < 0)
		close(fd);
	return rc;
}

int net_get_fd(const struct net *net)
{
	return net->clients[0];
}

int net_take(struct net *net, struct net_client *client)
{
	const ssize_t n = recv(net->clients[0], client, sizeof *client, MSG_DONTWAIT);

	if (n != sizeof *client)
		return -EAGAIN;
	return client->peer ? 0 : -EINTR;
}
