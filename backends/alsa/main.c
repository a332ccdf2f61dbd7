/* SPDX-License-Identifier: MIT */
/*
 * xenav-alsa plays what guests play on ALSA devices, and lets them record from one if asked to.
 * alsa.h says which file does what; this one has the connection, the loop and the end.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <alsa/asoundlib.h>

#include "alsa/alsa.h"
#include "common/clock.h"
#include "common/loop.h"

/* Time for devices to be closed at the end. */
#define END_NS (2 * NS_PER_S)

/* alsa-lib would write several lines for one device that is not there, at each attempt. */
static void ignore_error(const char *, int, const char *, int, const char *, ...)
{
}

static int run(struct alsa *a, struct loop *loop)
{
	const struct link_config config = {
		.program = "xenav-alsa",
		.socket = a->opt.common.socket,
		.patience_s = a->opt.common.patience_s,
		.reconnect = a->opt.common.reconnect,
		.quiet = a->opt.common.quiet,
		.listener = &routes_listener,
		.data = a,
		.work = routes_work,
		.lost = routes_lost,
	};
	int rc;

	rc = link_open(&a->link, &config);
	if (rc < 0)
		return rc;
	rc = loop_add_link(loop, a->link);
	if (rc == 0)
		rc = loop_run(loop);
	routes_lost(a, 0);
	loop_drop_link(loop);
	link_close(a->link);
	return rc;
}

static int start(struct alsa *a, struct loop **loop)
{
	int rc;

	a->notify_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->notify_fd < 0)
		return -errno;
	rc = loop_open(loop);
	if (rc == 0)
		rc = loop_add_fd(*loop, a->notify_fd, routes_on_news, a);
	return rc;
}

int main(int argc, char **argv)
{
	struct alsa a = {.notify_fd = -1};
	struct loop *loop = NULL;
	int rc;

	rc = alsa_options_parse(&a.opt, argc, argv);
	if (rc >= 0)
		return rc;
	TAILQ_INIT(&a.routes);
	snd_lib_error_set_handler(ignore_error);
	rc = start(&a, &loop);
	if (rc < 0)
		fprintf(stderr, "xenav-alsa: Cannot start: %s\n", strerror(-rc));
	else
		rc = run(&a, loop);
	/* A device that hangs does not keep the program. */
	if (!line_wait_all(END_NS))
		_exit(rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	loop_close(loop);
	if (a.notify_fd >= 0)
		close(a.notify_fd);
	snd_config_update_free_global();
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
