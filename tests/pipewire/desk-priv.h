/* SPDX-License-Identifier: MIT */
/* The connection of desk.c, for ear.c and eye.c. */
#ifndef XENAV_TEST_DESK_PRIV_H
#define XENAV_TEST_DESK_PRIV_H

#include <pipewire/pipewire.h>

#include "pipewire/desk.h"

struct desk {
	struct pw_thread_loop *loop;
	struct pw_context *context;
	struct pw_core *core;
	struct pw_registry *registry;
	struct spa_hook registry_hook;
	struct spa_list entries;
};

#endif
