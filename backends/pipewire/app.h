/* SPDX-License-Identifier: MIT */
/*
 * The state of xenav-pipewire.
 *
 * main.c has the connections and the loop; server.c the connection to PipeWire; sound.c the streams
 * of guests, above sound-node.c, which has their nodes; screen.c the connectors, above
 * video-node.c, which has theirs; format.c and names.c are pure.  All of them are one thread, the
 * main one.  Only on_process() of sound-node.c runs in PipeWire's real-time thread.
 */
#ifndef XENAV_PIPEWIRE_APP_H
#define XENAV_PIPEWIRE_APP_H

#include <sys/queue.h>

#include <pipewire/pipewire.h>

#include "common/link.h"
#include "options.h"
#include "out.h"

struct sound;
struct screen;
TAILQ_HEAD(sound_list, sound);
TAILQ_HEAD(screen_list, screen);

struct app {
	struct pipewire_options opt;
	struct out out;
	struct out microphones; /* those that are open */
	struct pw_main_loop *loop;
	struct link *link;
	struct spa_source *link_source; /* in the loop */
	struct pw_core *core;           /* NULL while there is no server */
	struct sound_list sounds;
	struct screen_list screens;
	int exit_code;
};

#endif
