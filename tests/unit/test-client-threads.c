/* SPDX-License-Identifier: MIT */
/*
 * libxenav: a real-time thread that reads or writes while the connection's thread opens, changes
 * and closes the stream.  No ring is unmapped under it, and no thread waits; ThreadSanitizer looks
 * on.
 */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client-fixture.h"

#define FRAMES 700

static struct xenav_player *player;
static struct xenav_recorder *recorder;
static atomic_bool stop;
static _Atomic unsigned long moved, refused, broken;

/* Rings hold 0, 1, .. 250, 0, .. and a read may wrap at their end. */
static void *read_on(void *)
{
	uint8_t dst[FRAMES];

	while (!stop) {
		const int n = xenav_player_read(player, dst, FRAMES, 100);
		unsigned breaks = 0;

		if (n == -EAGAIN) {
			refused++;
			continue;
		}
		for (int i = 1; i < n; i++)
			breaks += dst[i] != (dst[i - 1] + 1) % 251;
		broken += n < 0 || n > FRAMES || breaks > 1;
		moved += n > 0 ? (unsigned long)n : 0;
	}
	return NULL;
}

static void *write_on(void *)
{
	static const uint8_t src[FRAMES];

	while (!stop) {
		const int n = xenav_recorder_write(recorder, src, FRAMES, 0);

		refused += n == -EAGAIN;
		broken += n != -EAGAIN && n != 0 && n != FRAMES;
		moved += n > 0 ? (unsigned long)n : 0;
	}
	return NULL;
}

static void open_and_start(struct client *t, uint32_t id, uint32_t generation)
{
	const uint32_t buffer = 750 + generation % 5 * 1000;
	int fd = fake_ring(buffer);

	fake_opened(t->sock, id, generation, XENAV_FORMAT_U8, 1, 192000, buffer, 250, fd);
	close(fd);
	fake_state(t->sock, id, generation, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, id, generation, 0, 750);
}

/* The daemon's messages are not read here: positions would fill the socket. */
static void drop_reports(struct client *t)
{
	union xenav_msg msg;

	while (fake_recv(t->sock, &msg))
		;
}

/* One opening, with all that can happen to it. */
static void live_through(struct client *t, uint32_t generation)
{
	open_and_start(t, 1, generation);
	client_dispatch(t);
	for (uint32_t i = 0; i < 20; i++) {
		fake_data(t->sock, 1, generation, 750 + i * 250, 250);
		client_dispatch(t);
		if (player)
			xenav_player_flush(player);
		else
			xenav_recorder_flush(recorder);
	}
	fake_state(t->sock, 1, generation, XENAV_STREAM_PAUSED, 6000);
	fake_state(t->sock, 1, generation, XENAV_STREAM_STARTED, 6000);
	client_dispatch(t);
	/* Closed, opened again without a word, or another ring for the same opening. */
	if (generation % 3 == 0)
		fake_closed(t->sock, 1, generation);
	else if (generation % 3 == 1)
		open_and_start(t, 1, generation);
	client_dispatch(t);
	t->log[0] = 0;
	t->n_heard = 0;
	drop_reports(t);
}

static void live_on(struct client *t, void *(*thread)(void *))
{
	pthread_t other;

	stop = false;
	moved = refused = broken = 0;
	assert_int_equal(pthread_create(&other, NULL, thread, NULL), 0);
	for (uint32_t generation = 1; generation <= 300 || moved == 0; generation++)
		live_through(t, generation);
	open_and_start(t, 1, 1000000);
	client_dispatch(t);
	/* The connection ends under the thread. */
	xenav_close(t->x);
	t->x = NULL;
	stop = true;
	pthread_join(other, NULL);
	assert_int_equal(broken, 0);
}

CLIENT_TEST(openings_come_and_go_under_a_reader)
{
	struct client *t = *state;
	uint8_t dst[FRAMES];

	client_claim_stream(t, XENAV_PLAYBACK);
	assert_int_equal(xenav_player_new(&player, t->s), 0);
	live_on(t, read_on);
	assert_int_equal(xenav_player_read(player, dst, FRAMES, 0), -EAGAIN);
	xenav_player_free(player);
	player = NULL;
}

CLIENT_TEST(openings_come_and_go_under_a_writer)
{
	struct client *t = *state;

	client_claim_stream(t, XENAV_CAPTURE);
	assert_int_equal(xenav_recorder_new(&recorder, t->s), 0);
	live_on(t, write_on);
	assert_int_equal(xenav_recorder_write(recorder, "", 1, 0), -EAGAIN);
	xenav_recorder_free(recorder);
	recorder = NULL;
}
