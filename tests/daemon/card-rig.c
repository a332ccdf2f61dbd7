/* SPDX-License-Identifier: MIT */
/* See card-rig.h. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "card-rig.h"
#include "xen/sndif.h"

#define BLOCK_MAX_BYTES 8192

const struct pcm_params card_params = {
	.format = XENSND_PCM_FORMAT_S32_LE,
	.channels = 1,
	.frame_bytes = 4,
	.rate_hz = 8000,
	.buffer_frames = 40000,
	.period_frames = 80,
};

/* -------- the thread of the connection -------- */

static void on_stream_added(void *data, struct xenav_stream *s)
{
	struct card *card = data;

	if (xenav_stream_get_info(s)->direction != card->direction)
		return;
	card->stream = s;
	if (card->direction == XENAV_CAPTURE) {
		assert_int_equal(xenav_recorder_new(&card->recorder, s), 0);
		assert_int_equal(xenav_stream_feed(s), 0);
	} else {
		assert_int_equal(xenav_player_new(&card->player, s), 0);
		/* xenavd may not have noticed yet that the one before has left. */
		assert_int_equal(xenav_stream_claim_wait(s), 0);
	}
}

static void on_claimed(void *data, struct xenav_stream *)
{
	((struct card *)data)->claimed++;
}

static void on_opened(void *data, struct xenav_stream *, const struct xenav_pcm *pcm)
{
	struct card *card = data;

	card->openings++;
	card->rate_hz = pcm->rate_hz;
}

static void on_closed(void *data, struct xenav_stream *)
{
	((struct card *)data)->rate_hz = 0;
}

static const struct xenav_listener listener = {
	.size = sizeof listener,
	.stream_added = on_stream_added,
	.stream_claimed = on_claimed,
	.stream_opened = on_opened,
	.stream_closed = on_closed,
};

static int64_t flush(const struct card *card)
{
	if (card->player)
		return xenav_player_flush(card->player);
	return card->recorder ? xenav_recorder_flush(card->recorder) : -1;
}

static void *run_connection(void *arg)
{
	struct card *card = arg;
	const struct timespec most = {0, 20 * NS_PER_MS};

	while (!card->stop) {
		struct pollfd pfd = {xenav_get_fd(card->x), xenav_get_events(card->x), 0};
		int64_t ns;

		if (card->connection_stalls) {
			nanosleep(&most, NULL);
			continue;
		}
		ns = flush(card);
		ppoll(&pfd, 1, ns < 0 || ns > most.tv_nsec ? &most : &(struct timespec){0, ns},
		      NULL);
		if (xenav_dispatch(card->x) < 0)
			break;
	}
	return NULL;
}

/* -------- the real-time thread -------- */

/* Frames of the card's clock, and how many of them are moved. */
struct clock {
	uint64_t start_ns;
	uint64_t moved;
};

static uint64_t elapsed(const struct card *card, const struct clock *clock)
{
	const double seconds = (double)(now_ns() - clock->start_ns) / (double)NS_PER_SEC;

	return (uint64_t)(seconds * card->rate_hz * (1 + card->ppm * 1e-6));
}

static uint64_t card_ns(const struct card *card, uint64_t frames)
{
	return (uint64_t)((double)frames * (double)NS_PER_SEC /
			  (card->rate_hz * (1 + card->ppm * 1e-6)));
}

/* Frames that were overwritten are silence in between: no guest says 0. */
static void hear(struct card *card, const uint32_t *samples)
{
	uint32_t n = card->n_heard;

	for (uint32_t i = 0; i < card->block_frames && n < CARD_HEARD; i++)
		if (samples[i] != 0)
			card->heard[n++] = samples[i];
	card->n_heard = n;
}

/* Guests count: the first number of a block tells when 1 was, or would have been, heard. */
static void note_time(struct card *card, const struct clock *clock, const uint32_t *samples)
{
	uint32_t i = 0;

	while (i < card->block_frames && samples[i] == 0)
		i++;
	if (i < card->block_frames)
		card->heard_ns = clock->start_ns + card_ns(card, clock->moved + i) -
				 card_ns(card, samples[i] - 1);
}

/* @return whether a block was moved; a card that ran dry begins anew. */
static bool play_block(struct card *card, struct clock *clock)
{
	static _Thread_local uint32_t block[BLOCK_MAX_BYTES / 4];
	const uint64_t played = elapsed(card, clock);
	int n;

	if (played > clock->moved)
		*clock = (struct clock){now_ns(), 0};
	else if (clock->moved - played > card->delay_frames)
		return false;
	n = xenav_player_read(card->player, block, card->block_frames,
			      clock->moved ? (uint32_t)(clock->moved - played) : 0);
	if (n < 0)
		return false;
	note_time(card, clock, block);
	if (card->on_read)
		card->on_read(card, block, (uint32_t)n);
	else
		hear(card, block);
	clock->moved += card->block_frames;
	return true;
}

static bool record_block(struct card *card, struct clock *clock)
{
	uint32_t block[BLOCK_MAX_BYTES / 4];
	const uint64_t captured = elapsed(card, clock);
	int n;

	if (captured < clock->moved + card->block_frames)
		return false;
	for (uint32_t i = 0; i < card->block_frames; i++)
		block[i] = card->counter + i;
	clock->moved += card->block_frames;
	n = xenav_recorder_write(card->recorder, block, card->block_frames,
				 (uint32_t)(captured - clock->moved));
	if (n > 0)
		card->counter += (uint32_t)n;
	return n >= 0;
}

static void *run_hardware(void *arg)
{
	struct card *card = arg;
	struct clock clock = {now_ns(), 0};

	while (!card->stop) {
		const struct timespec pause = {0, NS_PER_MS / 2};
		bool moved = false;

		if (card->rate_hz && !card->card_stalls)
			moved = card->direction == XENAV_CAPTURE ? record_block(card, &clock)
								 : play_block(card, &clock);
		if (!moved)
			nanosleep(&pause, NULL);
	}
	return NULL;
}

/* -------- the whole -------- */

void card_init(struct card *card, uint8_t direction)
{
	memset(card, 0, sizeof *card);
	card->direction = direction;
	card->block_frames = 64;
	card->delay_frames = 128;
	card->counter = 1;
}

static bool is_claimed(void *data)
{
	return ((struct card *)data)->claimed > 0;
}

void card_start(struct card *card, struct rig_guest *rg)
{
	assert_int_equal(xenav_open(&card->x, lab.socket, "card", &listener, card), 0);
	assert_int_equal(pthread_create(&card->connection, NULL, run_connection, card), 0);
	assert_true(guest_run_until(&rg->guest, is_claimed, card, WAIT_MS));
	assert_int_equal(pthread_create(&card->hardware, NULL, run_hardware, card), 0);
}

void card_stop(struct card *card)
{
	card->stop = true;
	pthread_join(card->hardware, NULL);
	pthread_join(card->connection, NULL);
	card->stats = card->player ? *xenav_player_get_stats(card->player)
				   : *xenav_recorder_get_stats(card->recorder);
	xenav_close(card->x);
	if (card->player)
		xenav_player_free(card->player);
	if (card->recorder)
		xenav_recorder_free(card->recorder);
}
