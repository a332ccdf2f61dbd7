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

static void on_web(void *data)
{
	const struct webdoor *door = data;
	struct web_client client;

	while (web_accept(door->web, &client) == 0) {
		const int rc = net_adopt(door->net, client.fd, client.screen, client.from);

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

static int start(struct webdoor *door, const struct vnc_options *o, unsigned int screens)
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
	long port;

	config.address = o->web;
	if (!address_unix_path(o->web)) {
		port = address_split(o->web, door->host, sizeof door->host);
		if (port < 0)
			return -EINVAL;
		config.address = door->host;
		config.port = (uint16_t)port;
		config.local = address_is_local(door->host);
		if (!config.local && !o->password_file && !o->no_password) {
			log_error("%s can be reached from other machines: it needs "
				  "--password-file, or --no-password",
				  o->web);
			return -EPERM;
		}
	}
	return web_start(&door->web, &config);
}

int webdoor_open(struct webdoor *door, struct loop *loop, struct net *net,
		 const struct vnc_options *o, unsigned int screens)
{
	int rc;

	if (!o->web)
		return 0;
	door->net = net;
	rc = start(door, o, screens);
	if (rc < 0) {
		if (rc != -EPERM)
			say_failed(o, rc);
		return rc;
	}
	log_info("Browsers find the page at %s", o->web);
	return loop_add_fd(loop, web_get_fd(door->web), on_web, door);
}

void webdoor_close(struct webdoor *door, const struct vnc_options *o)
{
	const char *path = o->web ? address_unix_path(o->web) : NULL;

	if (door->web && path)
		unlink(path);
	web_stop(door->web);
	door->web = NULL;
}

#else

int webdoor_open(struct webdoor *, struct loop *, struct net *, const struct vnc_options *o,
		 unsigned int)
{
	if (!o->web)
		return 0;
	log_error("--web: this xenav-vnc is built without libwebsockets");
	return -ENOSYS;
}

void webdoor_close(struct webdoor *, const struct vnc_options *)
{
}

#endif
