/* SPDX-License-Identifier: MIT */
/* See sound.h. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/link.h"
#include "vnc/log.h"
#include "vnc/sound.h"
#include "vnc/voices.h"

/* Clients get samples in pieces of so much time. */
#define CHUNK_DIVISOR 100

#define MAX_TAPS 128

struct sound {
	const struct common_options *o;
	struct link *link;
	struct voices voices;
	uint32_t unheard_frames; /* that clients were not woken for */
	pthread_t thread;
	int quit_fd;
	int heard_fd;
	pthread_mutex_t lock; /* of what follows */
	struct tap *taps[MAX_TAPS];
	unsigned int n_taps;
	bool plays;
};

/* -------- what the guest plays -------- */

static void wake(struct sound *sound)
{
	eventfd_write(sound->heard_fd, 1);
}

static void on_heard(void *data, const int32_t *stereo, uint32_t frames, uint32_t rate_hz)
{
	struct sound *sound = data;
	bool has_some = false;

	pthread_mutex_lock(&sound->lock);
	for (unsigned int i = 0; i < sound->n_taps; i++)
		has_some |= tap_put(sound->taps[i], stereo, frames, rate_hz);
	pthread_mutex_unlock(&sound->lock);
	sound->unheard_frames += frames;
	if (!has_some || sound->unheard_frames < rate_hz / CHUNK_DIVISOR)
		return;
	sound->unheard_frames = 0;
	wake(sound);
}

static void on_plays(void *data, bool plays)
{
	struct sound *sound = data;

	pthread_mutex_lock(&sound->lock);
	sound->plays = plays;
	for (unsigned int i = 0; i < sound->n_taps; i++)
		tap_set_plays(sound->taps[i], plays);
	pthread_mutex_unlock(&sound->lock);
	wake(sound);
}

/* -------- what xenavd tells, in the thread -------- */

/* Formats that have no linear samples cannot be mixed. */
static const struct xenav_limits limits = {
	.size = sizeof limits,
	.formats = (UINT64_C(1) << (XENAV_FORMAT_FLOAT64_BE + 1)) - 1,
};

static void on_stream_added(void *data, struct xenav_stream *s)
{
	const struct xenav_stream_info *info = xenav_stream_get_info(s);
	struct sound *sound = data;

	if (info->direction != XENAV_PLAYBACK ||
	    !selection_has_domain(&sound->o->selection, info->domid, info->domain_name))
		return;
	if (sound->o->watch)
		xenav_stream_watch(s);
	else if (xenav_stream_claim(s) == 0)
		xenav_stream_set_limits(s, &limits);
}

static void on_stream_claimed(void *data, struct xenav_stream *s)
{
	struct sound *sound = data;
	const int rc = voices_add(&sound->voices, s);

	if (rc < 0)
		log_error("Stream %s is not played: %s", xenav_stream_get_info(s)->unique_id,
			  strerror(-rc));
}

/* What another program plays is heard, too, but is its business. */
static void on_stream_claim_failed(void *, struct xenav_stream *s, int error)
{
	if (error == -EBUSY && xenav_stream_watch(s) == 0)
		return;
	log_info("Stream %s is not heard: %s", xenav_stream_get_info(s)->unique_id,
		 strerror(-error));
}

static void on_stream_removed(void *data, struct xenav_stream *s)
{
	voices_remove(&((struct sound *)data)->voices, s);
}

static void on_stream_opened(void *data, struct xenav_stream *s, const struct xenav_pcm *pcm)
{
	voices_open(&((struct sound *)data)->voices, s, pcm);
}

static void on_stream_state(void *data, struct xenav_stream *s, int state, uint64_t position_frames)
{
	voices_set_state(&((struct sound *)data)->voices, s, state, position_frames);
}

/* The samples are for the player. */
static void on_stream_data(void *data, struct xenav_stream *s, uint64_t position_frames,
			   const void *, uint32_t frames)
{
	voices_write(&((struct sound *)data)->voices, s, position_frames + frames);
}

static void on_stream_closed(void *data, struct xenav_stream *s)
{
	voices_close(&((struct sound *)data)->voices, s);
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.stream_added = on_stream_added,
	.stream_removed = on_stream_removed,
	.stream_claimed = on_stream_claimed,
	.stream_claim_failed = on_stream_claim_failed,
	.stream_opened = on_stream_opened,
	.stream_state = on_stream_state,
	.stream_data = on_stream_data,
	.stream_closed = on_stream_closed,
};

static uint64_t work(void *data, uint64_t now_ns)
{
	return voices_run(&((struct sound *)data)->voices, now_ns);
}

static void lost(void *data, int)
{
	voices_clear(&((struct sound *)data)->voices);
}

/* The other connection of the program says what there is to say. */
static void say_nothing(void *, const char *)
{
}

static void *run(void *data)
{
	struct sound *sound = data;
	struct pollfd fds[] = {
		{.fd = sound->quit_fd, .events = POLLIN},
		{.fd = link_get_fd(sound->link), .events = POLLIN},
	};

	while (!fds[0].revents) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		/* Without a link there is nothing to do but wait for the end. */
		if (fds[1].revents && link_turn(sound->link) < 0)
			fds[1].fd = -1;
	}
	return NULL;
}

/* -------- the main thread -------- */

static void free_sound(struct sound *sound)
{
	if (sound->link) {
		voices_clear(&sound->voices);
		link_close(sound->link);
	}
	if (sound->quit_fd >= 0)
		close(sound->quit_fd);
	if (sound->heard_fd >= 0)
		close(sound->heard_fd);
	pthread_mutex_destroy(&sound->lock);
	free(sound);
}

static int open_all(struct sound *sound)
{
	const struct link_config config = {
		.program = "xenav-vnc",
		.socket = sound->o->socket,
		.patience_s = sound->o->patience_s,
		.reconnect = sound->o->reconnect,
		.quiet = true,
		.listener = &listener,
		.data = sound,
		.work = work,
		.lost = lost,
		.say = say_nothing,
	};
	int rc;

	if (sound->quit_fd < 0 || sound->heard_fd < 0)
		return -EMFILE;
	rc = link_open(&sound->link, &config);
	if (rc < 0)
		return rc;
	return -pthread_create(&sound->thread, NULL, run, sound);
}

int sound_start(struct sound **out, const struct common_options *o)
{
	struct sound *sound = calloc(1, sizeof *sound);
	int rc;

	if (!sound)
		return -ENOMEM;
	sound->o = o;
	sound->voices.mix.heard = on_heard;
	sound->voices.mix.plays = on_plays;
	sound->voices.mix.data = sound;
	sound->quit_fd = eventfd(0, EFD_CLOEXEC);
	sound->heard_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&sound->lock, NULL);
	rc = open_all(sound);
	if (rc < 0) {
		free_sound(sound);
		return rc;
	}
	*out = sound;
	return 0;
}

void sound_stop(struct sound *sound)
{
	if (!sound)
		return;
	eventfd_write(sound->quit_fd, 1);
	pthread_join(sound->thread, NULL);
	free_sound(sound);
}

struct tap *sound_open_tap(struct sound *sound)
{
	struct tap *tap = tap_new();

	pthread_mutex_lock(&sound->lock);
	if (tap && sound->n_taps < MAX_TAPS) {
		tap_set_plays(tap, sound->plays);
		sound->taps[sound->n_taps++] = tap;
	} else {
		tap_free(tap);
		tap = NULL;
	}
	pthread_mutex_unlock(&sound->lock);
	return tap;
}

void sound_close_tap(struct sound *sound, struct tap *tap)
{
	pthread_mutex_lock(&sound->lock);
	for (unsigned int i = 0; i < sound->n_taps; i++)
		if (sound->taps[i] == tap)
			sound->taps[i] = sound->taps[--sound->n_taps];
	pthread_mutex_unlock(&sound->lock);
	tap_free(tap);
}

int sound_get_fd(const struct sound *sound)
{
	return sound->heard_fd;
}

void sound_hear(struct sound *sound)
{
	eventfd_t value;

	eventfd_read(sound->heard_fd, &value);
}
