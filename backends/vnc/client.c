/* SPDX-License-Identifier: MIT */
/* See client.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <rfb/rfb.h>
#include <rfb/rfbregion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "vnc/client-priv.h"
#include "vnc/log.h"
#include "vnc/refusal.h"
#include "vnc/wire.h"

/* The time for a password. */
#define LOGIN_S 120

/* Somebody for whom so much waits does not take it, and gets no more samples. */
#define PLAY_FULL_BYTES (256u << 10)

/* -------- events -------- */

/* What is open of them. */
static void close_events(struct client *client)
{
	if (client->readable)
		event_free(client->readable);
	if (client->timer)
		event_free(client->timer);
	if (client->watch_fd >= 0)
		close(client->watch_fd);
	client_hooks_close(client);
}

/* -------- the end -------- */

static void on_gone(rfbClientPtr cl)
{
	struct client *client = cl->clientData;
	struct client_env *env = client->owner->env;

	log_client("%s is gone", peer_get_name(client->peer));
	qemu_forget(cl);
	env->n_clients--;
	if (client->is_active)
		env->n_active--;
	keyboard_release_all(&client->keyboard);
	pointer_release_all(&client->pointer);
	inputs_flush(env->inputs);
	link_work_soon(env->link);
	if (client->tap)
		sound_close_tap(env->sound, client->tap);
	client->owner->gone(client->owner->data, client);
	close_events(client);
	peer_unref(client->peer);
	free(client);
}

bool client_is_gone(const struct client *client)
{
	return peer_is_gone(client->peer);
}

void client_close(struct client *client)
{
	rfbClientPtr cl = client->cl;

	if (cl->sock != RFB_INVALID_SOCKET)
		rfbCloseClient(cl);
	rfbClientConnectionGone(cl);
}

/* libvncserver has closed it. @return whether it has. */
static bool is_closed(struct client *client)
{
	if (client->cl->sock != RFB_INVALID_SOCKET)
		return false;
	client_close(client);
	return true;
}

/* -------- time -------- */

static void set_timer(struct client *client, uint64_t ns)
{
	const struct timeval tv = {
		.tv_sec = (time_t)(ns / NS_PER_S),
		.tv_usec = (suseconds_t)(ns % NS_PER_S / 1000 + 1),
	};

	evtimer_add(client->timer, &tv);
}

/* It is late with its password, or idle. */
static void on_timer(evutil_socket_t, short, void *data)
{
	struct client *client = data;
	const uint64_t idle_ns = (uint64_t)client->owner->env->o->idle_s * NS_PER_S;
	const uint64_t since_ns = monotonic_ns() - client->input_ns;

	if (client->is_active && since_ns < idle_ns) {
		set_timer(client, idle_ns - since_ns);
		return;
	}
	log_client("%s is disconnected: %s", peer_get_name(client->peer),
		   client->is_active ? "it is idle" : "it has not logged in in time");
	client_close(client);
}

/* -------- pictures and sound -------- */

bool client_wants(const struct client *client, uint64_t now_ns, uint64_t *next_ns)
{
	if (!client->is_active || sraRgnEmpty(client->cl->requestedRegion))
		return false;
	if (peer_get_backlog(client->peer) > WIRE_LOW_BYTES) {
		peer_want_wake(client->peer);
		/* It may have become small before that. */
		if (peer_get_backlog(client->peer) > WIRE_LOW_BYTES)
			return false;
	}
	if (now_ns >= client->next_ns)
		return true;
	if (client->next_ns < *next_ns)
		*next_ns = client->next_ns;
	return false;
}

void client_update(struct client *client, uint64_t now_ns)
{
	const uint64_t period_ns = NS_PER_S / (uint64_t)client->owner->env->o->max_fps;

	if (rfbUpdateClient(client->cl))
		client->next_ns = now_ns + period_ns;
	/* A message of the size comes first, and is no answer to the request. */
	if (client->cl->sock != RFB_INVALID_SOCKET && !sraRgnEmpty(client->cl->requestedRegion))
		rfbUpdateClient(client->cl);
	is_closed(client);
}

/* @return whether the client is still there. */
static bool send_state(struct client *client, bool plays)
{
	if (client->is_playing == plays)
		return true;
	client->is_playing = plays;
	if (qemu_send_sound_state(client->cl, plays))
		return true;
	client_close(client);
	return false;
}

void client_play(struct client *client)
{
	static struct qemu_samples message;
	bool plays;
	size_t n;

	if (!client->tap || !client->is_active || peer_get_backlog(client->peer) > PLAY_FULL_BYTES)
		return;
	while ((n = tap_take(client->tap, message.samples, sizeof message.samples, &plays)) > 0) {
		if (!send_state(client, true))
			return;
		if (!qemu_send_samples(client->cl, &message, n)) {
			client_close(client);
			return;
		}
	}
	if (!plays)
		send_state(client, false);
}

/* -------- another size -------- */

/* @return whether it may stay. */
static bool follow(struct client *client)
{
	const rfbScreenInfoPtr rfb = client->owner->rfb;

	if (client->cl->useNewFBSize)
		return true;
	log_client("%s is disconnected: it cannot follow to %dx%d pixels",
		   peer_get_name(client->peer), rfb->width, rfb->height);
	client_close(client);
	return false;
}

/* Clients say only after they have logged in whether they can follow.  Until they ask for a
 * picture, nothing of another size is sent to them. */
void client_resized(struct client *client)
{
	if (client->has_asked)
		follow(client);
}

/* It asks for its first picture, perhaps after the size has changed. @return whether it may stay.
 */
static bool begin_to_ask(struct client *client)
{
	const rfbScreenInfoPtr rfb = client->owner->rfb;

	if (client->has_asked || sraRgnEmpty(client->cl->requestedRegion))
		return true;
	client->has_asked = true;
	if (rfb->width == client->width_px && rfb->height == client->height_px)
		return true;
	/* libvncserver has not noted it if the client had not yet said that it can follow. */
	client->cl->newFBSizePending = TRUE;
	return follow(client);
}

/* -------- messages -------- */

/* It has logged in. @return whether it may stay. */
static bool activate(struct client *client)
{
	struct client_env *env = client->owner->env;

	if (env->o->one_client && env->n_active > 0) {
		log_client("%s is disconnected: there is a client", peer_get_name(client->peer));
		client_close(client);
		return false;
	}
	client->is_active = true;
	client->width_px = client->owner->rfb->width;
	client->height_px = client->owner->rfb->height;
	client->input_ns = monotonic_ns();
	env->n_active++;
	evtimer_del(client->timer);
	if (env->o->idle_s > 0)
		set_timer(client, (uint64_t)env->o->idle_s * NS_PER_S);
	log_client("%s is connected%s", peer_get_name(client->peer),
		   client->cl->viewOnly ? ", to look only" : "");
	return true;
}

static void on_readable(evutil_socket_t, short, void *data)
{
	struct client *client = data;
	const struct client_owner *owner = client->owner;

	/* Before the client hears of it: what it does next may cost others their places. */
	if (client->cl->state == RFB_INITIALISATION)
		peer_let_in(client->peer);
	rfbProcessClientMessage(client->cl);
	inputs_flush(owner->env->inputs);
	link_work_soon(owner->env->link);
	if (is_closed(client))
		return;
	if (client->cl->state == RFB_NORMAL && !client->is_active && !activate(client))
		return;
	if (!begin_to_ask(client))
		return;
	client_play(client);
	owner->wants(owner->data);
}

/* -------- the beginning -------- */

static int open_events(struct client *client)
{
	struct event_base *base = client->owner->env->base;

	client->watch_fd = fcntl(client->cl->sock, F_DUPFD_CLOEXEC, 0);
	if (client->watch_fd < 0)
		return -errno;
	client->readable =
		event_new(base, client->watch_fd, EV_READ | EV_PERSIST, on_readable, client);
	client->timer = evtimer_new(base, on_timer, client);
	if (!client->readable || !client->timer || event_add(client->readable, NULL) < 0)
		return -ENOMEM;
	return client_hooks_open(client);
}

/* @return NULL: it is not let in; libvncserver has closed the descriptor. */
static struct client *make(const struct client_owner *owner, const struct net_client *from)
{
	const struct client_env *env = owner->env;
	struct client *client = calloc(1, sizeof *client);

	if (!client) {
		close(from->fd);
		return NULL;
	}
	client->owner = owner;
	client->keyboard = (struct keyboard){.inputs = env->inputs, .layout = env->layout};
	client->pointer = (struct pointer){.inputs = env->inputs};
	client->paste = (struct paste){.inputs = env->inputs, .layout = env->layout};
	client->peer = from->peer;
	client->cl = rfbNewClient(owner->rfb, from->fd);
	if (!client->cl) {
		free(client);
		return NULL;
	}
	if (open_events(client) < 0) {
		rfbCloseClient(client->cl);
		rfbClientConnectionGone(client->cl);
		close_events(client);
		free(client);
		return NULL;
	}
	return client;
}

struct client *client_start(const struct client_owner *owner, const struct net_client *from)
{
	struct client_env *env = owner->env;
	struct client *client;

	if (refusal_check(env, from)) {
		peer_unref(from->peer);
		return NULL;
	}
	client = make(owner, from);
	if (!client) {
		log_client("%s cannot be served", peer_get_name(from->peer));
		peer_unref(from->peer);
		return NULL;
	}
	env->n_clients++;
	client->cl->clientData = client;
	client->cl->clientGoneHook = on_gone;
	client->cl->viewOnly = env->o->view_only;
	set_timer(client, LOGIN_S * NS_PER_S);
	return client;
}
