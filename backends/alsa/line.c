/* SPDX-License-Identifier: MIT */
/* See line.h: the connection's side of a line, and the life of its thread. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "alsa/line-priv.h"
#include "common/clock.h"

/* Above all that is not real-time, below the threads of sound servers and of the kernel. */
#define PRIORITY 10

/* The threads of all lines. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned int count;
} threads = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};

static void destroy(struct line *line)
{
	pthread_mutex_destroy(&line->lock);
	if (line->wake_fd >= 0)
		close(line->wake_fd);
	free(line->pcm_name);
	free(line);
}

/* One of the two threads needs the line no more. */
static void part(struct line *line)
{
	bool is_last;

	pthread_mutex_lock(&line->lock);
	is_last = !line->is_shared;
	line->is_shared = false;
	pthread_mutex_unlock(&line->lock);
	if (is_last)
		destroy(line);
}

/* -------- the line's thread -------- */

static bool become_realtime(void)
{
	const struct sched_param param = {.sched_priority = PRIORITY};

	return pthread_setschedparam(pthread_self(), SCHED_RR | SCHED_RESET_ON_FORK, &param) == 0;
}

static void wait_until(const struct line *line, uint64_t until_ns)
{
	struct pollfd wake = {.fd = line->wake_fd, .events = POLLIN};
	const uint64_t now_ns = monotonic_ns();
	struct timespec t = {0};
	eventfd_t count;

	if (until_ns > now_ns) {
		t.tv_sec = (time_t)((until_ns - now_ns) / NS_PER_S);
		t.tv_nsec = (long)((until_ns - now_ns) % NS_PER_S);
	}
	if (ppoll(&wake, 1, until_ns == UINT64_MAX ? NULL : &t, NULL) > 0)
		eventfd_read(line->wake_fd, &count);
}

static void take_orders(struct line *line, struct orders *orders)
{
	pthread_mutex_lock(&line->lock);
	*orders = line->orders;
	if (orders->gain_serial != line->gain_serial)
		line->pump.gain = line->gain;
	line->gain_serial = orders->gain_serial;
	pthread_mutex_unlock(&line->lock);
}

static void *run(void *arg)
{
	struct line *line = arg;
	struct orders orders;

	line->seen.realtime = become_realtime();
	for (;;) {
		take_orders(line, &orders);
		if (orders.quit)
			break;
		wait_until(line, line_turn(line, &orders, monotonic_ns()));
	}
	line_finish(line);
	part(line);
	pthread_mutex_lock(&threads.lock);
	threads.count--;
	pthread_cond_broadcast(&threads.ended);
	pthread_mutex_unlock(&threads.lock);
	return NULL;
}

static int start_thread(struct line *line)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	pthread_mutex_lock(&threads.lock);
	threads.count++;
	pthread_mutex_unlock(&threads.lock);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, run, line);
	pthread_attr_destroy(&attr);
	if (rc == 0)
		return 0;
	pthread_mutex_lock(&threads.lock);
	threads.count--;
	pthread_mutex_unlock(&threads.lock);
	return -rc;
}

bool line_wait_all(uint64_t timeout_ns)
{
	struct timespec until;
	bool all_ended;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(timeout_ns / NS_PER_S);
	pthread_mutex_lock(&threads.lock);
	while (threads.count > 0 &&
	       pthread_cond_timedwait(&threads.ended, &threads.lock, &until) == 0)
		;
	all_ended = threads.count == 0;
	pthread_mutex_unlock(&threads.lock);
	return all_ended;
}

/* -------- the connection's thread -------- */

static void init_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

int line_new(struct line **out, const struct line_config *config)
{
	struct line *line = calloc(1, sizeof *line);
	int rc = -ENOMEM;

	if (!line)
		return rc;
	init_lock(&line->lock);
	line->capture = config->capture;
	line->queue_ns = config->queue_ns;
	line->notify_fd = config->notify_fd;
	line->news.card = line->seen.card = -1;
	line->news.probe_error = line->seen.probe_error = 1;
	line->is_shared = true;
	gain_reset(&line->gain);
	gain_reset(&line->pump.gain);
	line->pcm_name = strdup(config->pcm_name);
	line->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (line->wake_fd < 0)
		rc = -errno;
	else if (line->pcm_name)
		rc = start_thread(line);
	if (rc < 0) {
		destroy(line);
		return rc;
	}
	*out = line;
	return 0;
}

static void wake(struct line *line)
{
	pthread_mutex_unlock(&line->lock);
	eventfd_write(line->wake_fd, 1);
}

void line_set_player(struct line *line, struct xenav_player *player)
{
	pthread_mutex_lock(&line->lock);
	line->player = player;
	wake(line);
}

void line_set_recorder(struct line *line, struct xenav_recorder *recorder)
{
	pthread_mutex_lock(&line->lock);
	line->recorder = recorder;
	wake(line);
}

void line_open(struct line *line, const struct xenav_pcm *pcm)
{
	pthread_mutex_lock(&line->lock);
	if (++line->last_serial == 0)
		line->last_serial = 1;
	line->orders.serial = line->last_serial;
	line->orders.pcm = *pcm;
	line->orders.started = false;
	wake(line);
}

void line_close(struct line *line)
{
	pthread_mutex_lock(&line->lock);
	line->orders.serial = 0;
	line->orders.started = false;
	wake(line);
}

void line_set_started(struct line *line, bool started)
{
	pthread_mutex_lock(&line->lock);
	line->orders.started = started && line->orders.serial;
	wake(line);
}

void line_set_gain(struct line *line, const struct gain *gain)
{
	pthread_mutex_lock(&line->lock);
	line->gain = *gain;
	line->orders.gain_serial++;
	wake(line);
}

void line_get_news(struct line *line, struct line_news *news)
{
	pthread_mutex_lock(&line->lock);
	*news = line->news;
	pthread_mutex_unlock(&line->lock);
}

void line_free(struct line *line)
{
	if (!line)
		return;
	pthread_mutex_lock(&line->lock);
	line->orders.quit = true;
	line->player = NULL;
	line->recorder = NULL;
	wake(line);
	part(line);
}
