/* SPDX-License-Identifier: MIT */
/* See server.h. */
#include <config.h>

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "server.h"

#define BACKOFF_MIN_NS (100 * NS_PER_MS)
#define BACKOFF_MAX_NS (5 * NS_PER_S)

struct server {
	struct server_config config;
	struct pw_context *context;
	struct pw_core *core;
	struct spa_hook hook;
	struct spa_source *timer;   /* the next attempt to connect */
	struct spa_source *cleanup; /* the connection is over, and no callback of it runs */
	uint64_t backoff_ns;
	int sync; /* of the request whose answer says that the server is up */
	bool is_up;
	bool said; /* the user knows that it is not there */
	bool said_thread;
};

/* -------- the thread of the sound -------- */

struct thread_look {
	int policy;
	int priority;
};

static int look(struct spa_loop *, bool, uint32_t, const void *, size_t, void *data)
{
	struct thread_look *found = data;
	struct sched_param param = {0};

	found->policy = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
	sched_getparam(0, &param);
	found->priority = param.sched_priority;
	return 0;
}

/* Say whether the thread that PipeWire calls for samples is real-time. */
static void say_thread(struct server *s)
{
	struct thread_look found = {SCHED_OTHER, 0};

	if (s->said_thread)
		return;
	s->said_thread = true;
	pw_data_loop_invoke(pw_context_get_data_loop(s->context), look, 0, NULL, 0, true, &found);
	if (found.policy == SCHED_FIFO || found.policy == SCHED_RR)
		out_say(s->config.out, "The sound's thread is real-time, priority %d",
			found.priority);
	else
		out_say(s->config.out, "The sound's thread is not real-time, so that a busy "
				       "machine may interrupt sound: rtkit or RLIMIT_RTPRIO allows "
				       "it");
}

/* -------- the connection -------- */

static void try_later(struct server *s)
{
	struct timespec after = {
		.tv_sec = (time_t)(s->backoff_ns / NS_PER_S),
		.tv_nsec = (long)(s->backoff_ns % NS_PER_S),
	};

	pw_loop_update_timer(s->config.loop, s->timer, &after, NULL, false);
	s->backoff_ns *= 2;
	if (s->backoff_ns > BACKOFF_MAX_NS)
		s->backoff_ns = BACKOFF_MAX_NS;
}

static void on_done(void *data, uint32_t id, int seq)
{
	struct server *s = data;

	if (id != PW_ID_CORE || seq != s->sync || s->is_up)
		return;
	s->is_up = true;
	s->backoff_ns = BACKOFF_MIN_NS;
	if (s->said)
		out_say(s->config.out, "PipeWire is there");
	s->said = false;
	say_thread(s);
	s->config.up(s->config.data, s->core);
}

static void on_error(void *data, uint32_t id, int, int res, const char *message)
{
	struct server *s = data;

	if (id != PW_ID_CORE)
		return;
	if (res == -EPIPE)
		pw_loop_signal_event(s->config.loop, s->cleanup);
	else
		out_warn(s->config.out, "PipeWire: %s", message);
}

static const struct pw_core_events core_events = {
	.version = PW_VERSION_CORE_EVENTS,
	.done = on_done,
	.error = on_error,
};

static int connect_core(struct server *s)
{
	struct pw_properties *props = pw_properties_new(NULL, NULL);

	if (!props)
		return -ENOMEM;
	pw_properties_set(props, PW_KEY_REMOTE_NAME, s->config.remote);
	s->core = pw_context_connect(s->context, props, 0);
	if (!s->core)
		return errno > 0 ? -errno : -EHOSTDOWN;
	memset(&s->hook, 0, sizeof s->hook);
	pw_core_add_listener(s->core, &s->hook, &core_events, s);
	s->sync = pw_core_sync(s->core, PW_ID_CORE, 0);
	return 0;
}

static void disconnect_core(struct server *s)
{
	if (!s->core)
		return;
	spa_hook_remove(&s->hook);
	pw_core_disconnect(s->core);
	s->core = NULL;
	s->is_up = false;
}

static void say_missing(struct server *s, int rc)
{
	if (!s->said)
		out_warn(s->config.out, "Cannot connect to PipeWire: %s", strerror(-rc));
	s->said = true;
}

static void on_timer(void *data, uint64_t)
{
	struct server *s = data;
	int rc;

	rc = connect_core(s);
	if (rc == 0)
		return;
	say_missing(s, rc);
	try_later(s);
}

static void on_cleanup(void *data, uint64_t)
{
	struct server *s = data;

	if (!s->core)
		return;
	if (!s->said)
		out_warn(s->config.out, "Lost the connection to PipeWire");
	s->said = true;
	s->config.down(s->config.data);
	disconnect_core(s);
	if (s->config.reconnect)
		try_later(s);
	else
		s->config.lost(s->config.data);
}

/* -------- the beginning and the end -------- */

static int prepare(struct server *s)
{
	/* The configuration that asks for a real-time thread. */
	struct pw_properties *props = pw_properties_new(PW_KEY_CONFIG_NAME, "client-rt.conf",
							PW_KEY_APP_NAME, "xenav-pipewire", NULL);

	if (!props)
		return -ENOMEM;
	s->context = pw_context_new(s->config.loop, props, 0);
	if (!s->context)
		return errno > 0 ? -errno : -ENOMEM;
	s->timer = pw_loop_add_timer(s->config.loop, on_timer, s);
	s->cleanup = pw_loop_add_event(s->config.loop, on_cleanup, s);
	return s->timer && s->cleanup ? 0 : -ENOMEM;
}

int server_open(struct server **out, const struct server_config *config)
{
	struct server *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return -ENOMEM;
	s->config = *config;
	s->backoff_ns = BACKOFF_MIN_NS;
	rc = prepare(s);
	if (rc < 0)
		goto out;
	rc = connect_core(s);
	if (rc < 0)
		say_missing(s, rc);
	if (rc < 0 && config->reconnect) {
		try_later(s);
		rc = 0;
	}
out:
	if (rc < 0) {
		server_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void server_close(struct server *s)
{
	if (!s)
		return;
	disconnect_core(s);
	if (s->timer)
		pw_loop_destroy_source(s->config.loop, s->timer);
	if (s->cleanup)
		pw_loop_destroy_source(s->config.loop, s->cleanup);
	if (s->context)
		pw_context_destroy(s->context);
	free(s);
}
