/* SPDX-License-Identifier: MIT */
/* See webdoor.h. */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vnc/address.h"
#include "vnc/log.h"
#include "vnc/web/web.h"
#include "vnc/webdoor.h"

#ifdef HAVE_WEB

/* One listener in one process. */
static struct {
	struct web *web;
	struct net *net;
} door;

static void on_web(void *)
{
	struct web_client client;

	while (web_accept(door.web, &client) == 0) {
		const int rc = net_adopt(door.net, client.fd, client.screen, client.from);

		if (rc < 0)
			log_error("Cannot serve a browser at %s: %s", client.from, strerror(-rc));
	}
}

/* What a web server says of a failure. */
static void say_failed(const struct vnc_options *o, int rc)
{
	if (rc == -EPROTO)
		log_error("--tls-cert %s and --tls-key %s are no certificate and its key",
			  o->tls_cert, o->tls_key);
	else if (rc == -ENOENT || rc == -EACCES)
		log_error("Cannot read the page in %s, noVNC in %s, or the files for TLS: %s",
			  o->web_page, o->novnc, strerror(-rc));
	else
		log_error("Cannot serve a page at %s: %s", o->web, strerror(-rc));
}

static int start(const struct vnc_options *o, unsigned int screens)
{
	struct web_config config = {
		.page = o->web_page,
		.novnc = o->novnc,
		.cert = o->tls_cert,
		.key = o->tls_key,
		.origin = o->web_origin,
		.max_clients = NET_MAX_CLIENTS,
		.screens = screens,
	};
	char host[ADDRESS_HOST_MAX];
	long port;

	config.address = o->web;
	if (!address_unix_path(o->web)) {
		port = address_split(o->web, host, sizeof host);
		if (port < 0)
			return -EINVAL;
		config.address = host;
		config.port = (uint16_t)port;
		if (!address_is_local(host) && !o->password_file && !o->no_password) {
			log_error("%s can be reached from other machines: it needs "
				  "--password-file, or --no-password",
				  o->web);
			return -EPERM;
		}
	}
	return web_start(&door.web, &config);
}

int webdoor_open(struct web **web, struct loop *loop, struct net *net, const struct vnc_options *o,
		 unsigned int screens)
{
	int rc;

	*web = NULL;
	if (!o->web)
		return 0;
	door.net = net;
	rc = start(o, screens);
	if (rc < 0) {
		if (rc != -EPERM)
			say_failed(o, rc);
		return rc;
	}
	*web = door.web;
	log_info("Browsers find the page at %s", o->web);
	return loop_add_fd(loop, web_get_fd(door.web), on_web, NULL);
}

void webdoor_close(struct web *web, const struct vnc_options *o)
{
	const char *path = o->web ? address_unix_path(o->web) : NULL;

	if (web && path)
		unlink(path);
	web_stop(web);
}

#else

int webdoor_open(struct web **web, struct loop *, struct net *, const struct vnc_options *o,
		 unsigned int)
{
	*web = NULL;
	if (!o->web)
		return 0;
	log_error("--web: this xenav-vnc is built without libwebsockets");
	return -ENOSYS;
}

void webdoor_close(struct web *, const struct vnc_options *)
{
}

#endif
