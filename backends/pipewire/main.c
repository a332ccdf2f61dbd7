/* SPDX-License-Identifier: MIT */
/*
 * xenav-pipewire plays the sound of guests on a PipeWire server, lets them record from it, and
 * offers their pictures there.  This file has the connections and the loop.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "screen.h"
#include "server.h"
#include "sound.h"

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.stream_added = sound_on_added,
	.stream_removed = sound_on_removed,
	.stream_claimed = sound_on_claimed,
	.stream_claim_failed = sound_on_claim_failed,
	.stream_opened = sound_on_opened,
	.stream_state = sound_on_state,
	.stream_closed = sound_on_closed,
	.stream_volume = sound_on_volume,
	.stream_limits_failed = sound_on_limits_failed,
	.connector_added = screen_on_added,
	.connector_removed = screen_on_removed,
	.connector_claim_failed = screen_on_claim_failed,
	.frame = screen_on_frame,
	.blank = screen_on_blank,
};

static void end(struct app *app, int exit_code)
{
	app->exit_code = exit_code;
	pw_main_loop_quit(app->loop);
}

/* -------- xenavd -------- */

static uint64_t work(void *data, uint64_t now_ns)
{
	struct app *app = data;
	const uint64_t sound_ns = sound_work(app, now_ns);
	const uint64_t screen_ns = screen_work(app, now_ns);

	return sound_ns < screen_ns ? sound_ns : screen_ns;
}

static void on_link_lost(void *data, int)
{
	sound_finish(data);
	screen_finish(data);
}

static void on_link_event(void *data, int, uint32_t)
{
	struct app *app = data;

	if (link_turn(app->link) < 0)
		end(app, EXIT_FAILURE);
}

/* -------- PipeWire -------- */

static void on_up(void *data, struct pw_core *core)
{
	struct app *app = data;

	app->core = core;
	link_work_soon(app->link);
}

static void on_down(void *data)
{
	struct app *app = data;

	app->core = NULL;
	sound_on_down(app);
	screen_on_down(app);
}

static void on_server_lost(void *data)
{
	end(data, EXIT_FAILURE);
}

static void on_signal(void *data, int)
{
	end(data, EXIT_SUCCESS);
}

/* -------- the program -------- */

static int open_link(struct app *app)
{
	const struct link_config config = {
		.program = "xenav-pipewire",
		.socket = app->opt.common.socket,
		.patience_s = app->opt.common.patience_s,
		.reconnect = app->opt.common.reconnect,
		.quiet = app->opt.common.quiet,
		.listener = &listener,
		.data = app,
		.work = work,
		.lost = on_link_lost,
	};
	struct pw_loop *loop = pw_main_loop_get_loop(app->loop);
	int rc;

	rc = link_open(&app->link, &config);
	if (rc < 0)
		return rc;
	app->link_source =
		pw_loop_add_io(loop, link_get_fd(app->link), SPA_IO_IN, false, on_link_event, app);
	return app->link_source ? 0 : -ENOMEM;
}

static int open_server(struct app *app, struct server **server)
{
	const struct server_config config = {
		.loop = pw_main_loop_get_loop(app->loop),
		.remote = app->opt.remote,
		.reconnect = app->opt.common.reconnect,
		.out = &app->out,
		.data = app,
		.up = on_up,
		.down = on_down,
		.lost = on_server_lost,
	};

	return server_open(server, &config);
}

static int run(struct app *app)
{
	struct pw_loop *loop = pw_main_loop_get_loop(app->loop);
	struct server *server = NULL;
	int rc;

	pw_loop_add_signal(loop, SIGINT, on_signal, app);
	pw_loop_add_signal(loop, SIGTERM, on_signal, app);
	rc = open_link(app);
	if (rc == 0)
		rc = open_server(app, &server);
	if (rc == 0)
		pw_main_loop_run(app->loop);
	sound_finish(app);
	screen_finish(app);
	if (app->link_source)
		pw_loop_destroy_source(loop, app->link_source);
	link_close(app->link);
	server_close(server);
	return rc < 0 ? EXIT_FAILURE : app->exit_code;
}

int main(int argc, char **argv)
{
	struct app app = {.exit_code = EXIT_SUCCESS};
	int rc;

	rc = pipewire_options_read(&app.opt, argc, argv);
	if (rc != ARGS_GO_ON)
		return rc;
	signal(SIGPIPE, SIG_IGN);
	TAILQ_INIT(&app.sounds);
	TAILQ_INIT(&app.screens);
	app.out = (struct out){.label = "xenav-pipewire", .quiet = app.opt.common.quiet};
	app.microphones = (struct out){.label = "xenav-pipewire", .urgent = true};
	pw_init(NULL, NULL);
	app.loop = pw_main_loop_new(NULL);
	if (app.loop) {
		rc = run(&app);
		pw_main_loop_destroy(app.loop);
	} else {
		out_warn(&app.out, "Cannot start: %s", strerror(errno));
		rc = EXIT_FAILURE;
	}
	pw_deinit();
	return rc;
}
