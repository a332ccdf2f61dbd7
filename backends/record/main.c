/* SPDX-License-Identifier: MIT */
/*
 * xenav-record writes the sound and pictures of guests into WAV and PNG files, and feeds a file to
 * guests that record.  This file has the connection.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/link.h"
#include "common/loop.h"
#include "encoder.h"
#include "record.h"

static const struct xenav_listener listener = {
	.size = sizeof listener,
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

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Positions are only reported here, after the messages that have come: then the samples that a
 * position frees are in their file. */
static uint64_t work(void *record, uint64_t now_ns)
{
	struct record *r = record;
	uint64_t next;

	next = sound_work(r, now_ns);
	next = min(next, display_work(r, now_ns));
	return min(next, out_status(r, now_ns));
}

static void finish(void *record, int)
{
	sound_finish(record);
	display_finish(record);
}

static void warn(void *record, const char *line)
{
	out_warn(record, "%s", line);
}

/* Pictures are written with and without a connection. */
static void on_encoded(void *record)
{
	struct record *r = record;

	display_work(r, monotonic_ns());
	if (r->link)
		link_work_soon(r->link);
}

/* Wait until all pictures are written.  @return false if a signal came first. */
static bool write_pictures(struct record *r, struct loop *loop)
{
	while (display_is_leaving(r))
		if (loop_wait(loop, UINT64_MAX) == -EINTR)
			return false;
	return true;
}

/* Record until a signal comes or the connection is over.  @return the exit code. */
static int run(struct record *r, struct loop *loop)
{
	const struct link_config config = {
		.program = "xenav-record",
		.socket = r->opt.common.socket,
		.patience_s = r->opt.common.patience_s,
		.reconnect = r->opt.common.reconnect,
		.quiet = r->opt.common.quiet,
		.listener = &listener,
		.data = r,
		.work = work,
		.lost = finish,
		.say = warn,
	};
	int rc;

	rc = link_open(&r->link, &config);
	if (rc == 0)
		rc = loop_add_link(loop, r->link);
	if (rc == 0)
		rc = loop_run(loop);
	/* Messages from before the signal belong to the recording. */
	if (rc == 0 && link_get(r->link))
		link_turn(r->link);
	finish(r, 0);
	loop_drop_link(loop);
	link_close(r->link);
	r->link = NULL;
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int start(struct record *r, struct loop **loop)
{
	int rc;

	rc = loop_open(loop);
	/* Signals are blocked by now, for both threads. */
	if (rc == 0)
		rc = encoder_start(&r->encoder, &r->folder);
	if (rc == 0)
		rc = loop_add_fd(*loop, encoder_get_fd(r->encoder), on_encoded, r);
	if (rc < 0)
		fprintf(stderr, "xenav-record: cannot start: %s\n", strerror(-rc));
	return rc;
}

int main(int argc, char **argv)
{
	struct record r = {.terminal = isatty(STDOUT_FILENO)};
	struct loop *loop;
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
	if (start(&r, &loop) < 0)
		return EXIT_FAILURE;
	rc = run(&r, loop);
	if (!write_pictures(&r, loop)) {
		out_warn(&r, "Stopped: not all pictures are written");
		out_end(&r);
		_exit(EXIT_FAILURE);
	}
	encoder_stop(r.encoder);
	out_end(&r);
	loop_close(loop);
	folder_close(&r.folder);
	return rc;
}
