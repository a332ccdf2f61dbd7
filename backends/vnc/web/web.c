/* SPDX-License-Identifier: MIT */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge.h"
#include "vnc/log.h"
#include "web.h"

/* Time for a request to be complete, and for a file to be sent. */
#define HTTP_TIMEOUT_S 10
/* A browser that answers no ping after this is gone, with the machine that it ran on. */
#define PING_AFTER_S 20
#define GONE_AFTER_S 40
/* Descriptors of a client: its WebSocket and our end of its pair; files come beside it. */
#define CLIENT_FDS 2
#define FILE_FDS   64

struct web {
	struct lws_context *context;
	struct bridge_host host;
	struct lws_http_mount mounts[3];
	lws_retry_bo_t pings;
	pthread_t thread;
	int pipe[2];
	atomic_bool stopping;
	bool runs;
};

static const struct lws_protocol_vhost_options types[] = {
	{.name = ".mjs", .value = "text/javascript"},
};

/* What is wrong is mostly a request of somebody. */
static void on_log(int level, const char *line)
{
	if (level & LLL_ERR)
		log_client("web: %.*s", (int)strcspn(line, "\n"), line);
}

static void *serve(void *arg)
{
	struct web *web = arg;

	while (!web->stopping && lws_service(web->context, 0) >= 0)
		;
	return NULL;
}

/* The page at the top, noVNC below /novnc. */
static void mount(struct web *web, const struct web_config *c)
{
	web->mounts[0] = (struct lws_http_mount){
		.mount_next = &web->mounts[1],
		.mountpoint = "/novnc",
		.mountpoint_len = 6,
		.origin = c->novnc,
		.origin_protocol = LWSMPRO_FILE,
		.extra_mimetypes = types,
		.cache_max_age = 3600,
		.cache_reusable = 1,
		.cache_revalidate = 1,
	};
	web->mounts[1] = (struct lws_http_mount){
		.mountpoint = "/",
		.mountpoint_len = 1,
		.origin = c->page,
		.def = "index.html",
		.origin_protocol = LWSMPRO_FILE,
		.extra_mimetypes = types,
	};
}

/* @return 0, or why a file of that folder (or that file, with name NULL) cannot be read. */
static int check_readable(const char *folder, const char *name)
{
	char path[4096];
	int n;

	n = snprintf(path, sizeof path, "%s%s%s", folder, name ? "/" : "", name ? name : "");
	if (n < 0 || (size_t)n >= sizeof path)
		return -ENAMETOOLONG;
	return access(path, R_OK) < 0 ? -errno : 0;
}

static int check(const struct web_config *c)
{
	int rc;

	if (!c->cert != !c->key)
		return -EINVAL;
	rc = check_readable(c->page, "index.html");
	if (rc == 0)
		rc = check_readable(c->novnc, "core/rfb.js");
	if (rc == 0 && c->cert)
		rc = check_readable(c->cert, NULL);
	if (rc == 0 && c->key)
		rc = check_readable(c->key, NULL);
	return rc;
}

/* The library does not say why it cannot listen: try it before. */
static int try_address(const struct web_config *c)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *a;
	int fd, rc = 0, on = 1;
	char port[8];

	snprintf(port, sizeof port, "%u", c->port);
	if (getaddrinfo(c->address, port, &hints, &a) != 0)
		return -EINVAL;
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, 1) < 0)
		rc = -errno;
	if (fd >= 0)
		close(fd);
	freeaddrinfo(a);
	return rc;
}

static int listen_at(struct web *web, const struct web_config *c)
{
	bool is_unix = strncmp(c->address, "unix:", 5) == 0;
	struct lws_context_creation_info info = {
		.port = is_unix ? 0 : c->port,
		.iface = is_unix ? c->address + 5 : c->address,
		.protocols = bridge_protocols,
		.mounts = web->mounts,
		.user = &web->host,
		.gid = -1,
		.uid = -1,
		.count_threads = 1,
		.fd_limit_per_thread = c->max_clients * CLIENT_FDS + FILE_FDS,
		.timeout_secs = HTTP_TIMEOUT_S,
		.keepalive_timeout = HTTP_TIMEOUT_S,
		.retry_and_idle_policy = &web->pings,
		.alpn = "http/1.1",
		.server_string = "xenav-vnc",
		.ssl_cert_filepath = c->cert,
		.ssl_private_key_filepath = c->key,
		.options = LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE |
			   LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND,
	};

	int rc;

	rc = is_unix ? 0 : try_address(c);
	if (rc < 0)
		return rc;
	if (is_unix)
		info.options |= LWS_SERVER_OPTION_UNIX_SOCK;
	if (c->cert)
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	web->context = lws_create_context(&info);
	if (web->context)
		return 0;
	return c->cert ? -EPROTO : -EADDRINUSE;
}

/* Signals are the main thread's. */
static int start_thread(struct web *web)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = -pthread_create(&web->thread, NULL, serve, web);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	web->runs = rc == 0;
	return rc;
}

int web_start(struct web **web_ret, const struct web_config *c)
{
	struct web *web;
	int rc;

	rc = check(c);
	if (rc < 0)
		return rc;
	web = calloc(1, sizeof *web);
	if (!web)
		return -ENOMEM;
	web->pipe[0] = web->pipe[1] = -1;
	lws_set_log_level(LLL_ERR, on_log);
	rc = pipe2(web->pipe, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
	if (rc < 0)
		goto out;
	web->pings = (lws_retry_bo_t){.secs_since_valid_ping = PING_AFTER_S,
				      .secs_since_valid_hangup = GONE_AFTER_S};
	web->host = (struct bridge_host){.origin = c->origin,
					 .local = c->local,
					 .tls = c->cert != NULL,
					 .clients_fd = web->pipe[1],
					 .max_clients = c->max_clients,
					 .screens = c->screens};
	mount(web, c);
	rc = listen_at(web, c);
	if (rc == 0)
		rc = start_thread(web);
	if (rc < 0)
		goto out;
	*web_ret = web;
	web = NULL;
out:
	web_stop(web);
	return rc;
}

int web_get_fd(const struct web *web)
{
	return web->pipe[0];
}

int web_accept(struct web *web, struct web_client *client)
{
	/* A client is written in one piece. */
	return read(web->pipe[0], client, sizeof *client) == sizeof *client ? 0 : -EAGAIN;
}

void web_stop(struct web *web)
{
	struct web_client client;

	if (!web)
		return;
	web->stopping = true;
	if (web->runs) {
		lws_cancel_service(web->context);
		pthread_join(web->thread, NULL);
	}
	if (web->context)
		lws_context_destroy(web->context);
	while (web->pipe[0] >= 0 && web_accept(web, &client) == 0)
		close(client.fd);
	if (web->pipe[0] >= 0)
		close(web->pipe[0]);
	if (web->pipe[1] >= 0)
		close(web->pipe[1]);
	free(web);
}
