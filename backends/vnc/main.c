/* SPDX-License-Identifier: MIT */
/*
 * xenav-vnc serves a guest's screens, keyboard, pointer and sound to VNC clients.
 *
 * Three threads: the network's (net.c, wire.c, messages.c) does all that may have to wait for a
 * client; the sound's (sound.c, voices.c) is the guest's clock; this one has libvncserver
 * (screen.c, client.c) and the guest's pictures and input devices (guest.c, picture.c, look.c,
 * inputs.c).
 */
#include <config.h>

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "common/loop.h"
#include "vnc/doors.h"
#include "vnc/guest.h"
#include "vnc/log.h"
#include "vnc/webdoor.h"

struct vnc {
	struct vnc_options o;
	struct passwords passwords;
	struct layout *layout;
	struct loop *loop;
	struct link *link;
	struct net *net;
	struct doors doors;
	bool has_doors;
	int failed; /* the error of opening them */
	struct webdoor webdoor;
	struct inputs inputs;
	struct client_env env;
	struct guest guest;
};

/* What libvncserver has to say is about single messages of clients. */
static void say_nothing(const char *, ...)
{
}

/* libvncserver takes the length of a compressed clipboard from the client, and hands over so much
 * memory, also if less comes: it must not be what somebody else has left there.  With this glibc
 * hands out zeroes, at which a text ends. */
static void clear_memory(void)
{
#ifdef M_PERTURB
	mallopt(M_PERTURB, 0xff);
#endif
}

/* A picture waits for its client in pieces of up to that size. */
#define PIECE_BYTES (1 << 20)

/* So much free memory stays with each thread, about two pictures of 1080p.  Given back after each
 * picture, it would cost a page fault for every 4096 bytes of the next one: more than sending them.
 */
#define KEPT_BYTES (16 << 20)

static void keep_memory(void)
{
#ifdef M_TRIM_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, PIECE_BYTES);
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
#endif
}

/* -------- events -------- */

/* The network's thread has as many places as there may be clients here.  It gives a place away as
 * soon as a connection is closed, so those that it has closed must keep nobody out. */
static void take(struct vnc *vnc, const struct net_client *client)
{
	if (vnc->env.n_clients >= CLIENTS_MAX)
		for (unsigned int i = 0; i < vnc->guest.n_screens; i++)
			screen_drop_gone(vnc->guest.screens[i]);
	screen_take(vnc->guest.screens[client->screen], client);
}

static void on_net(void *data)
{
	struct vnc *vnc = data;
	struct net_client client;
	int rc;

	while ((rc = net_take(vnc->net, &client)) != -EAGAIN) {
		if (rc == 0)
			take(vnc, &client);
		else
			for (unsigned int i = 0; i < vnc->guest.n_screens; i++)
				screen_wake(vnc->guest.screens[i]);
	}
	if (vnc->env.sound)
		for (unsigned int i = 0; i < vnc->guest.n_screens; i++)
			screen_play(vnc->guest.screens[i]);
}

static void on_sound(void *data)
{
	struct vnc *vnc = data;

	sound_hear(vnc->env.sound);
	for (unsigned int i = 0; i < vnc->guest.n_screens; i++)
		screen_play(vnc->guest.screens[i]);
}

/* The first client sees the guest and no empty picture. */
static int open_doors(struct vnc *vnc)
{
	if (!vnc->has_doors)
		vnc->failed = doors_open(&vnc->doors, vnc->net, &vnc->o, vnc->guest.n_screens);
	if (!vnc->has_doors && vnc->failed == 0)
		vnc->failed = webdoor_open(&vnc->webdoor, vnc->loop, vnc->net, &vnc->o,
					   vnc->guest.n_screens);
	vnc->has_doors = true;
	if (vnc->failed == 0)
		sd_notify(0, "READY=1");
	return vnc->failed;
}

static void on_announced(void *data)
{
	struct vnc *vnc = data;

	if (open_doors(vnc) < 0)
		raise(SIGTERM);
}

/* -------- the beginning -------- */

static int read_files(struct vnc *vnc)
{
	int rc;

	rc = layout_load(&vnc->layout, vnc->o.layout);
	if (rc < 0) {
		log_error("There is no keyboard layout '%s'", vnc->o.layout);
		return rc;
	}
	if (!vnc->o.password_file)
		return 0;
	rc = passwords_read(&vnc->passwords, vnc->o.password_file);
	if (rc == -EACCES)
		log_error("Password file %s cannot be read, or can be read by everybody",
			  vnc->o.password_file);
	else if (rc == -E2BIG)
		log_error("A password of %s has more than %d bytes", vnc->o.password_file,
			  PASSWORD_MAX_BYTES);
	else if (rc < 0)
		log_error("Password file %s: %s", vnc->o.password_file,
			  rc == -EINVAL ? "there is no password in it" : strerror(-rc));
	return rc;
}

static int open_screens(struct vnc *vnc)
{
	const unsigned int n = vnc->o.separate > 0 ? (unsigned int)vnc->o.separate : 1;
	struct passwords *passwords = vnc->o.password_file ? &vnc->passwords : NULL;
	const char *name = vnc->o.name ? vnc->o.name : vnc->o.common.selection.domain;
	int rc = 0;

	vnc->guest.o = &vnc->o;
	vnc->guest.inputs = &vnc->inputs;
	vnc->guest.announced = on_announced;
	vnc->guest.data = vnc;
	for (unsigned int i = 0; rc == 0 && i < n; i++) {
		rc = screen_new(&vnc->guest.screens[i], &vnc->env, passwords, name);
		vnc->guest.n_screens += rc == 0;
	}
	return rc;
}

static int open_sound(struct vnc *vnc)
{
	int rc;

	if (vnc->o.no_sound)
		return 0;
	rc = sound_start(&vnc->env.sound, &vnc->o.common);
	if (rc == 0)
		rc = loop_add_fd(vnc->loop, sound_get_fd(vnc->env.sound), on_sound, vnc);
	return rc;
}

static int open_link(struct vnc *vnc)
{
	const struct link_config config = {
		.program = "xenav-vnc",
		.socket = vnc->o.common.socket,
		.patience_s = vnc->o.common.patience_s,
		.reconnect = vnc->o.common.reconnect,
		.quiet = vnc->o.common.quiet,
		.listener = &guest_listener,
		.data = &vnc->guest,
		.lost = guest_lost,
	};
	const int rc = link_open(&vnc->link, &config);

	vnc->env.link = vnc->link;
	return rc < 0 ? rc : loop_add_link(vnc->loop, vnc->link);
}

static int open_all(struct vnc *vnc)
{
	int rc;

	rc = loop_open(&vnc->loop);
	if (rc < 0)
		return rc;
	vnc->env.base = loop_get_base(vnc->loop);
	vnc->env.o = &vnc->o;
	vnc->env.layout = vnc->layout;
	vnc->env.inputs = &vnc->inputs;
	rc = open_screens(vnc);
	if (rc == 0)
		rc = open_link(vnc);
	if (rc == 0)
		rc = open_sound(vnc);
	if (rc == 0)
		rc = net_start(&vnc->net, vnc->o.password_file != NULL);
	if (rc == 0)
		rc = loop_add_fd(vnc->loop, net_get_fd(vnc->net), on_net, vnc);
	/* Without xenavd there is nothing to wait for. */
	if (rc == 0 && !link_get(vnc->link))
		rc = open_doors(vnc);
	return rc;
}

static void close_all(struct vnc *vnc)
{
	for (unsigned int i = 0; i < vnc->guest.n_screens; i++)
		screen_free(vnc->guest.screens[i]);
	webdoor_close(&vnc->webdoor, &vnc->o);
	net_stop(vnc->net);
	sound_stop(vnc->env.sound);
	loop_close(vnc->loop);
	link_close(vnc->link);
	layout_free(vnc->layout);
	explicit_bzero(&vnc->passwords, sizeof vnc->passwords);
}

int main(int argc, char **argv)
{
	static struct vnc vnc;
	int rc;

	rc = vnc_options_parse(&vnc.o, argc, argv);
	if (rc != ARGS_GO_ON)
		return rc;
	log_set_quiet(vnc.o.common.quiet);
	rfbLog = rfbErr = say_nothing;
	keep_memory();
	if (vnc.o.paste)
		clear_memory();
	rc = read_files(&vnc);
	if (rc < 0)
		return rc == -ENOENT || rc == -EINVAL ? COMMON_EXIT_USAGE : EXIT_FAILURE;
	client_register(!vnc.o.no_sound);
	rc = open_all(&vnc);
	if (rc == 0)
		rc = loop_run(vnc.loop);
	if (rc == 0)
		rc = vnc.failed;
	doors_close(&vnc.doors);
	close_all(&vnc);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
