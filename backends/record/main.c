/* SPDX-License-Identifier: MIT */
/*
 * xenav-record writes the sound and pictures of guests into WAV and PNG files, and feeds a file to
 * guests that record.  This file has the connection and the loop.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "encoder.h"
#include "record.h"

/* Time between two attempts to connect. */
#define BACKOFF_MIN_NS (100 * NS_PER_MS)
#define BACKOFF_MAX_NS (5 * NS_PER_S)

/* -------- the loop -------- */

static void on_connected(void *record, const char *)
{
	struct record *r = record;

	r->connected = true;
}

static void on_disconnected(void *record, int error)
{
	struct record *r = record;

	r->lost = error;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.connected = on_connected,
	.disconnected = on_disconnected,
	.stream_added = sound_on_added,
	.stream_removed = sound_on_removed,
	.stream_claimed = sound_on_claimed,
	.stream_claim_failed = sound_on_claim_failed,
	.stream_opened = sound_on_opened,
	.stream_state = sound_on_state,
	.stream_data = sound_on_data,
	.stream_lost = sound_on_lost,
	.stream_space = sound_on_space,
	.stream_closed = sound_on_closed,
	.connector_added = display_on_added,
	.connector_removed = display_on_removed,
	.connector_claimed = display_on_claimed,
	.connector_claim_failed = display_on_claim_failed,
	.frame = display_on_frame,
	.blank = display_on_blank,
	.stream_volume = sound_on_volume,
	.frame_gone = display_on_frame_gone,
};

struct loop {
	int signal_fd;
	int timer_fd;
	int encoder_fd;
};

static int loop_init(struct loop *l)
{
	sigset_t set;

	/* A closed pipe at standard output must not end the recording. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	l->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return l->signal_fd < 0 || l->timer_fd < 0 ? -errno : 0;
}

static void loop_finish(struct loop *l)
{
	close(l->signal_fd);
	close(l->timer_fd);
}

/* Wait for the daemon (x may be NULL), the encoder, until_ns or a signal.  @return whether a signal
 * came. */
static bool loop_wait(const struct loop *l, const struct xenav *x, uint64_t until_ns)
{
	struct pollfd fds[4] = {
		{.fd = l->signal_fd, .events = POLLIN},
		{.fd = l->timer_fd, .events = POLLIN},
		{.fd = l->encoder_fd, .events = POLLIN},
		{.fd = x ? xenav_get_fd(x) : -1, .events = x ? xenav_get_events(x) : 0},
	};
	struct itimerspec t = {0};
	uint64_t expirations;

	if (until_ns != UINT64_MAX) {
		/* Zero would mean never. */
		t.it_value.tv_sec = (time_t)(until_ns / NS_PER_S);
		t.it_value.tv_nsec = (long)(until_ns % NS_PER_S) + (until_ns == 0);
	}
	timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
	if (poll(fds, 4, -1) < 0)
		return false;
	if (fds[1].revents && read(l->timer_fd, &expirations, sizeof expirations) < 0)
		return false;
	return fds[0].revents != 0;
}

/* Handle the messages that have come, within reason.  Positions are only reported after this: then
 * the samples that a position frees are in their file. */
static void drain(struct record *r)
{
	for (unsigned int i = 0; i < 64 && !r->lost; i++)
		if (xenav_dispatch(r->x) <= 0)
			break;
}

/* Consume the signal, so that a second one counts. */
static void take_signal(const struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->signal_fd, &info, sizeof info) > 0)
		;
}

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Serve a connection until it ends or a signal comes.  @return whether a signal came. */
static bool serve(struct record *r, const struct loop *l)
{
	bool stop = false;

	while (!stop && !r->lost) {
		uint64_t now, next;

		drain(r);
		if (r->lost)
			break;
		now = monotonic_ns();
		next = sound_work(r, now);
		next = min(next, display_work(r, now));
		next = min(next, out_status(r, now));
		stop = loop_wait(l, r->x, next);
	}
	/* Messages from before the signal belong to the recording. */
	drain(r);
	sound_finish(r);
	display_finish(r);
	xenav_close(r->x);
	r->x = NULL;
	return stop;
}

/* Wait between two attempts to connect.  @return whether a signal came. */
static bool pause_for(struct record *r, const struct loop *l, uint64_t ns)
{
	const uint64_t until_ns = monotonic_ns() + ns;
	bool stop = false;

	while (!stop && monotonic_ns() < until_ns) {
		display_work(r, monotonic_ns());
		stop = loop_wait(l, NULL, until_ns);
	}
	return stop;
}

/* Wait until all pictures are written.  @return false if a signal came first. */
static bool write_pictures(struct record *r, const struct loop *l)
{
	take_signal(l);
	while (display_is_leaving(r))
		if (loop_wait(l, NULL, UINT64_MAX))
			return false;
	return true;
}

static int run(struct record *r, const struct loop *l)
{
	uint64_t backoff = BACKOFF_MIN_NS;
	bool said = false;

	for (;;) {
		int rc;

		rc = xenav_open(&r->x, r->opt.socket, "xenav-record", &listener, r);
		if (rc == 0) {
			said = r->connected = false;
			r->lost = 0;
			if (serve(r, l))
				return EXIT_SUCCESS;
			if (r->connected)
				backoff = BACKOFF_MIN_NS;
			rc = r->lost;
			out_warn(r, "Lost the connection to xenavd at %s: %s", r->opt.socket,
				 strerror(-rc));
		} else if (!said) {
			out_warn(r, "Cannot connect to xenavd at %s: %s", r->opt.socket,
				 strerror(-rc));
			said = true;
		}
		if (!r->opt.reconnect)
			return EXIT_FAILURE;
		if (pause_for(r, l, backoff))
			return EXIT_SUCCESS;
		backoff = min(backoff * 2, BACKOFF_MAX_NS);
	}
}

int main(int argc, char **argv)
{
	struct record r = {.terminal = isatty(STDOUT_FILENO)};
	struct loop loop;
	int rc;

	rc = record_parse(&r.opt, argc, argv);
	if (rc >= 0)
		return rc;
	TAILQ_INIT(&r.sounds);
	TAILQ_INIT(&r.displays);
	TAILQ_INIT(&r.leaving);
	/* Files get exactly the mode of the options. */
	umask(0);
	rc = folder_open(&r.folder, r.opt.output, &r.opt.limits);
	if (rc < 0) {
		fprintf(stderr, "xenav-record: cannot write into %s: %s\n", r.opt.output,
			strerror(-rc));
		return EXIT_FAILURE;
	}
	rc = loop_init(&loop);
	/* Signals are blocked by now, for both threads. */
	if (rc == 0)
		rc = encoder_start(&r.encoder, &r.folder);
	if (rc < 0) {
		fprintf(stderr, "xenav-record: cannot start: %s\n", strerror(-rc));
		return EXIT_FAILURE;
	}
	loop.encoder_fd = encoder_get_fd(r.encoder);
	rc = run(&r, &loop);
	if (!write_pictures(&r, &loop)) {
		out_warn(&r, "Stopped: not all pictures are written");
		out_end(&r);
		_exit(EXIT_FAILURE);
	}
	encoder_stop(r.encoder);
	out_end(&r);
	loop_finish(&loop);
	folder_close(&r.folder);
	return rc;
}
