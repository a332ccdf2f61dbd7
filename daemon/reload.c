/* SPDX-License-Identifier: MIT */
/*
 * See reload.h.  The thread reads, the loop applies what was read, and the thread tells the service
 * manager: each takes its turn, and stage says whose it is.  Parts of the daemon hold a pointer to
 * the policy, which keeps its place: its rules are exchanged.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "buffer/ledger.h"
#include "config/config.h"
#include "consumer/server.h"
#include "device/registry.h"
#include "options.h"
#include "reload.h"
#include "report/log.h"
#include "service/notify.h"
#include "xen/wake.h"

/* The time until a reading that goes on is told of, and that the end waits for one. */
#define LONG_SEC 5
#define END_SEC  1

/* How often a service manager that does not read is told, which takes two seconds each. */
#define TELL_MAX 45

enum stage {
	READING,  /* the thread's turn */
	APPLYING, /* the loop's */
	TELLING,  /* the thread's */
	OVER,     /* the thread makes no other call */
};

/* One reading of the files. */
struct reading {
	struct options options;
	struct config config;
	char error[512];
	int rc;
	pthread_t thread;
	int loop_fd; /* wakes the loop */

	pthread_mutex_t lock; /* for both below */
	pthread_cond_t turned;
	enum stage stage;
	bool given_up; /* nobody applies it */
};

struct reload {
	struct reload_env env;
	struct reading *reading; /* NULL: none */
	struct event *turn;      /* the loop's */
	bool again;              /* once more afterwards */
};

/* -------- one reading -------- */

/* @return whether it is still wanted. */
static bool turn_to(struct reading *reading, enum stage stage)
{
	bool wanted;

	pthread_mutex_lock(&reading->lock);
	reading->stage = stage;
	wanted = !reading->given_up;
	pthread_cond_signal(&reading->turned);
	pthread_mutex_unlock(&reading->lock);
	return wanted;
}

static enum stage stage_of(struct reading *reading)
{
	enum stage stage;

	pthread_mutex_lock(&reading->lock);
	stage = reading->stage;
	pthread_mutex_unlock(&reading->lock);
	return stage;
}

/* @return whether it was applied. */
static bool wait_for_loop(struct reading *reading)
{
	bool wanted;

	wake_up(reading->loop_fd);
	pthread_mutex_lock(&reading->lock);
	while (reading->stage == APPLYING && !reading->given_up)
		pthread_cond_wait(&reading->turned, &reading->lock);
	wanted = !reading->given_up;
	pthread_mutex_unlock(&reading->lock);
	return wanted;
}

/* The service manager waits for both of its lines, so that they must not be lost. */
static void *run(void *arg)
{
	struct reading *reading = arg;

	pthread_setname_np(pthread_self(), "xenavd-reload");
	notify_surely("RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)(now_ns() / 1000));
	reading->rc = options_config(&reading->options, &reading->config, reading->error,
				     sizeof reading->error);
	if (turn_to(reading, APPLYING) && wait_for_loop(reading))
		for (unsigned i = 0; i < TELL_MAX && notify_surely("READY=1") == -EAGAIN; i++)
			;
	turn_to(reading, OVER);
	wake_up(reading->loop_fd);
	return NULL;
}

static void free_reading(struct reading *reading)
{
	if (reading->loop_fd >= 0)
		close(reading->loop_fd);
	pthread_cond_destroy(&reading->turned);
	pthread_mutex_destroy(&reading->lock);
	config_finish(&reading->config);
	free(reading);
}

static int start_reading(struct reading **out, const struct options *options)
{
	struct reading *reading = calloc(1, sizeof *reading);
	int rc;

	if (!reading)
		return -ENOMEM;
	reading->options = *options;
	policy_init(&reading->config.policy);
	pthread_mutex_init(&reading->lock, NULL);
	pthread_cond_init(&reading->turned, NULL);
	reading->loop_fd = wake_open();
	rc = reading->loop_fd < 0 ? reading->loop_fd : thread_start(&reading->thread, run, reading);
	if (rc < 0)
		free_reading(reading);
	else
		*out = reading;
	return rc;
}

/* A thread that hangs is left alone, with what it uses. */
static void give_up(struct reading *reading)
{
	struct timespec until;
	bool over;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += END_SEC;
	pthread_mutex_lock(&reading->lock);
	reading->given_up = true;
	pthread_cond_signal(&reading->turned);
	while (reading->stage != OVER && r == 0)
		r = pthread_cond_clockwait(&reading->turned, &reading->lock, CLOCK_MONOTONIC,
					   &until);
	over = reading->stage == OVER;
	pthread_mutex_unlock(&reading->lock);
	if (!over)
		return;
	pthread_join(reading->thread, NULL);
	free_reading(reading);
}

/* -------- applying -------- */

/* Log what takes a restart. */
static void tell_ignored(const struct config *old, const struct config *new)
{
	if (strcmp(old->socket_path, new->socket_path) != 0)
		log_warn("The socket stays at %s until xenavd is restarted", old->socket_path);
	if (strcmp(old->socket_group, new->socket_group) != 0 ||
	    config_admits_others(old) != config_admits_others(new))
		log_warn("The group and mode of the socket stay until xenavd is restarted");
}

/* The rules of before are in *new afterwards. */
static void apply(const struct reload_env *env, struct config *new)
{
	struct config *config = env->config;

	tell_ignored(config, new);
	policy_swap(&config->policy, &new->policy);
	config->log_level = new->log_level;
	log_threshold = config->log_level;
	ledger_limit(config->policy.max_held_pages, config->policy.max_all_held_pages);
	server_reload(env->server, &new->policy);
	registry_reload(env->registry);
	log_event(NULL, LOG_LEVEL_INFO, LOG_RELOADED, "The configuration was read again");
}

static void refuse(const char *why)
{
	log_event(NULL, LOG_LEVEL_ERR, LOG_NOT_RELOADED, "%s; the configuration stays as it was",
		  why);
}

static void end_reading(struct reload *reload)
{
	struct reading *reading = reload->reading;
	const bool again = reload->again;

	event_free(reload->turn);
	pthread_join(reading->thread, NULL);
	free_reading(reading);
	reload->turn = NULL;
	reload->reading = NULL;
	reload->again = false;
	if (again)
		reload_config(reload);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct reload *reload = arg;
	struct reading *reading = reload->reading;

	wake_clear(fd);
	switch (stage_of(reading)) {
	case READING:
		if (what & EV_TIMEOUT)
			log_warn("Reading the configuration again takes long: does the name "
				 "service answer?");
		break;
	case APPLYING:
		if (reading->rc == 0)
			apply(&reload->env, &reading->config);
		else
			refuse(reading->error);
		turn_to(reading, TELLING);
		break;
	case TELLING:
		break;
	case OVER:
		end_reading(reload);
		return;
	}
	/* What takes long is told of once. */
	event_add(reload->turn, NULL);
}

/* -------- the outside -------- */

int reload_create(struct reload **out, const struct reload_env *env)
{
	struct reload *reload = calloc(1, sizeof *reload);

	*out = reload;
	if (!reload)
		return -ENOMEM;
	reload->env = *env;
	return 0;
}

void reload_destroy(struct reload *reload)
{
	if (!reload)
		return;
	if (reload->turn)
		event_free(reload->turn);
	if (reload->reading)
		give_up(reload->reading);
	free(reload);
}

void reload_config(struct reload *reload)
{
	const struct timeval patience = {.tv_sec = LONG_SEC};
	int rc;

	if (reload->reading) {
		reload->again = true;
		return;
	}
	rc = start_reading(&reload->reading, reload->env.options);
	if (rc < 0) {
		refuse(strerror(-rc));
		return;
	}
	reload->turn =
		event_new(reload->env.base, reload->reading->loop_fd, EV_READ, on_turn, reload);
	if (reload->turn && event_add(reload->turn, &patience) == 0)
		return;
	refuse(strerror(ENOMEM));
	if (reload->turn)
		event_free(reload->turn);
	reload->turn = NULL;
	give_up(reload->reading);
	reload->reading = NULL;
}
