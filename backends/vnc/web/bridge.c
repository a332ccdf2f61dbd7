/* SPDX-License-Identifier: MIT */
/*
 * A browser's WebSocket and one end of a pair of sockets.  Both directions move one piece at a
 * time: what one side does not take stops the reading of the other, so a slow browser or a slow
 * server costs a piece of memory and delays nobody else.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bridge.h"
#include "origin.h"
#include "web.h"

#define PIECE_BYTES 16384u
#define PATH        "/rfb"
#define SAY_EVERY_S 60

struct bridge {
	struct lws *browser;
	struct lws *raw; /* our end of the pair */
	int fd;          /* the same */
	bool server_left;
	size_t n_up, at_up; /* bytes for the server, and those that it has taken */
	size_t n_down;      /* bytes for the browser */
	unsigned char up[PIECE_BYTES];
	unsigned char down[LWS_PRE + PIECE_BYTES];
};

static struct bridge_host *host_of(struct lws *wsi)
{
	return lws_context_user(lws_get_context(wsi));
}

/* A header of the request; "" when it is missing or too long. */
static void header(struct lws *wsi, enum lws_token_indexes token, char *text, size_t size)
{
	if (lws_hdr_copy(wsi, text, (int)size, token) < 0)
		text[0] = '\0';
}

/* The screen that a path asks for: "/rfb" or "/rfb/2". @return its number or -1. */
static long parse_path(const char *path, unsigned int screens)
{
	const size_t length = strlen(PATH);
	char *end;
	long screen;

	if (strncmp(path, PATH, length) != 0)
		return -1;
	if (path[length] == '\0')
		return 0;
	if (path[length] != '/' || path[length + 1] < '0' || path[length + 1] > '9')
		return -1;
	screen = strtol(path + length + 1, &end, 10);
	return *end == '\0' && screen < (long)screens ? screen : -1;
}

/* A page of another site is refused: say so, but no more than once a minute, for it may try again
 * and again. */
static void say_refused(struct bridge_host *h, char *origin)
{
	time_t now = time(NULL);

	if (now - h->said_at < SAY_EVERY_S)
		return;
	h->said_at = now;
	for (char *at = origin; *at; at++)
		if (*at <= ' ' || *at > '~')
			*at = '?';
	lwsl_err("Refused a page of %s (see --web-origin)\n", origin);
}

/* @return 0 to admit the WebSocket. */
static int filter(struct lws *wsi)
{
	struct bridge_host *h = host_of(wsi);
	char origin[256], host[256], path[16];

	header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin);
	header(wsi, WSI_TOKEN_HOST, host, sizeof host);
	header(wsi, WSI_TOKEN_GET_URI, path, sizeof path);
	if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) >= (int)sizeof origin)
		return -1;
	if (parse_path(path, h->screens) < 0)
		return -1;
	if (!origin_admits(origin, host, h->tls, h->local, h->origin)) {
		say_refused(h, origin);
		return -1;
	}
	return h->n_clients < h->max_clients ? 0 : -1;
}

/* Join the browser to a new pair of sockets and hand over its other end. */
static int join(struct lws *wsi, struct bridge *b)
{
	struct bridge_host *h = host_of(wsi);
	struct web_client client = {0};
	lws_sock_file_fd_type ours;
	char path[16];
	int fds[2];

	memset(b, 0, sizeof *b);
	b->fd = -1;
	b->browser = wsi;
	h->n_clients++;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	ours.filefd = fds[0];
	b->raw = lws_adopt_descriptor_vhost(lws_get_vhost(wsi), LWS_ADOPT_RAW_FILE_DESC, ours,
					    "server", NULL);
	if (!b->raw) {
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	b->fd = fds[0];
	lws_set_opaque_user_data(b->raw, b);
	header(wsi, WSI_TOKEN_GET_URI, path, sizeof path);
	client.fd = fds[1];
	client.screen = (unsigned int)parse_path(path, h->screens);
	lws_get_peer_simple(wsi, client.from, sizeof client.from);
	if (write(h->clients_fd, &client, sizeof client) != sizeof client) {
		close(fds[1]);
		return -1;
	}
	return 0;
}

/* The browser is gone: close our end, with which the server sees the end as well. */
static void part(struct bridge *b)
{
	if (!b->raw)
		return;
	lws_set_opaque_user_data(b->raw, NULL);
	lws_set_timeout(b->raw, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	b->raw = NULL;
}

/* Give the server what it takes.  @return -1 when it has left. */
static int push_up(struct bridge *b)
{
	ssize_t n;

	if (!b->raw)
		return -1;
	n = send(b->fd, b->up + b->at_up, b->n_up - b->at_up, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN)
		return -1;
	b->at_up += n < 0 ? 0 : (size_t)n;
	if (b->at_up < b->n_up) {
		lws_rx_flow_control(b->browser, 0);
		lws_callback_on_writable(b->raw);
		return 0;
	}
	b->n_up = b->at_up = 0;
	lws_rx_flow_control(b->browser, 1);
	return 0;
}

static int browser_received(struct bridge *b, const void *bytes, size_t n)
{
	/* The library hands over no more than a piece, and nothing while a piece waits. */
	if (n > PIECE_BYTES || b->n_up > 0)
		return -1;
	memcpy(b->up, bytes, n);
	b->n_up = n;
	return n > 0 ? push_up(b) : 0;
}

static int browser_writable(struct bridge *b)
{
	if (b->n_down > 0) {
		if (lws_write(b->browser, b->down + LWS_PRE, b->n_down, LWS_WRITE_BINARY) < 0)
			return -1;
		b->n_down = 0;
	}
	if (b->server_left)
		return -1;
	if (b->raw)
		lws_rx_flow_control(b->raw, 1);
	return 0;
}

static int server_readable(struct bridge *b)
{
	ssize_t n;

	if (b->n_down > 0)
		return 0;
	n = recv(b->fd, b->down + LWS_PRE, PIECE_BYTES, 0);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -1;
	b->n_down = (size_t)n;
	lws_rx_flow_control(b->raw, 0);
	lws_callback_on_writable(b->browser);
	return 0;
}

static void server_closed(struct bridge *b)
{
	b->raw = NULL;
	b->fd = -1;
	b->server_left = true;
	/* What the server sent before it left comes first. */
	lws_callback_on_writable(b->browser);
}

static int on_browser(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		      size_t n)
{
	struct bridge *b = user;

	if (reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION)
		return filter(wsi);
	if (reason == LWS_CALLBACK_ESTABLISHED)
		return join(wsi, b);
	if (reason == LWS_CALLBACK_RECEIVE)
		return browser_received(b, in, n);
	if (reason == LWS_CALLBACK_SERVER_WRITEABLE)
		return browser_writable(b);
	/* One that was refused comes here as well. */
	if (reason == LWS_CALLBACK_CLOSED && b->browser) {
		host_of(wsi)->n_clients--;
		part(b);
	}
	return 0;
}

static int on_server(struct lws *wsi, enum lws_callback_reasons reason, void *, void *, size_t)
{
	struct bridge *b = lws_get_opaque_user_data(wsi);

	/* A browser that names this protocol comes here. */
	if (reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION)
		return -1;
	if (!b)
		return 0;
	if (reason == LWS_CALLBACK_RAW_RX_FILE)
		return server_readable(b);
	if (reason == LWS_CALLBACK_RAW_WRITEABLE_FILE)
		return push_up(b);
	if (reason == LWS_CALLBACK_RAW_CLOSE_FILE)
		server_closed(b);
	return 0;
}

/* Files, and nothing else: whoever asks for another method is told so by the library. */
static int on_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		   size_t n)
{
	/* Without a protocol of its own a WebSocket comes here. */
	if (reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION)
		return -1;
	return lws_callback_http_dummy(wsi, reason, user, in, n);
}

const struct lws_protocols bridge_protocols[] = {
	{.name = "http", .callback = on_http},
	{.name = "binary",
	 .callback = on_browser,
	 .per_session_data_size = sizeof(struct bridge),
	 .rx_buffer_size = PIECE_BYTES,
	 .tx_packet_size = PIECE_BYTES},
	{.name = "server", .callback = on_server},
	{.name = NULL},
};
