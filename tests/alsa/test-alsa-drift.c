/* SPDX-License-Identifier: MIT */
/*
 * Ten minutes of a guest, in virtual time: libxenav with its player, xenavd's own account of
 * positions, and the pump of xenav-alsa on a card whose clock is not the system's.  The guest
 * writes when the positions that it is told allow it, so whatever drifts would show as a gap.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alsa/alsa-rig.h"
#include "alsa/pump.h"
#include "alsa/virtual-time.h"
#include "sound/progress.h"
#include "unit/count-fds.h"
#include "unit/fake-daemon.h"
#include "xenav.h"

#define RATE_HZ       48000
#define BUFFER_FRAMES 9600
#define PERIOD_FRAMES 2400
#define STREAM        1
#define GENERATION    7
#define MINUTES_10_NS (600 * UINT64_C(1000000000))

struct world {
	struct alsa_rig rig;
	struct pump pump;
	/* The program. */
	struct xenav *x;
	struct xenav_player *player;
	/* The daemon. */
	int sock;
	struct progress progress;
	/* The guest. */
	uint32_t *ring;
	uint64_t written;
	uint64_t late; /* times that it had nothing left */
	/* What was seen. */
	int64_t worst_frames; /* between the card and what the guest is told */
	uint64_t seed;
	int fds;
};

static void on_added(void *data, struct xenav_stream *s)
{
	struct world *w = data;

	assert_int_equal(xenav_player_new(&w->player, s), 0);
	assert_int_equal(xenav_stream_claim(s), 0);
}

static const struct xenav_listener listener = {.size = sizeof listener, .stream_added = on_added};

static int read_player(void *data, void *samples, uint32_t frames, uint32_t delay_frames)
{
	return xenav_player_read(data, samples, frames, delay_frames);
}

static void dispatch(struct world *w)
{
	while (xenav_dispatch(w->x) > 0)
		;
}

/* -------- the guest -------- */

static void write_period(struct world *w)
{
	for (uint32_t i = 0; i < PERIOD_FRAMES; i++)
		w->ring[(w->written + i) % BUFFER_FRAMES] = (uint32_t)(w->written + i + 1);
	fake_data(w->sock, STREAM, GENERATION,
		  progress_written(&w->progress, (uint32_t)(w->written % BUFFER_FRAMES),
				   PERIOD_FRAMES),
		  PERIOD_FRAMES);
	w->written += PERIOD_FRAMES;
}

static void run_guest(struct world *w)
{
	const uint64_t position = w->progress.position_frames;

	w->late += w->written > 0 && position >= w->written;
	while (w->written + PERIOD_FRAMES <= position + BUFFER_FRAMES)
		write_period(w);
}

/* -------- the daemon -------- */

static void run_daemon(struct world *w)
{
	union xenav_msg msg;

	while (fake_recv(w->sock, &msg))
		if (msg.h.opcode == XENAV_OP_STREAM_POSITION)
			progress_report(&w->progress, msg.stream_position.position_frames,
					msg.stream_position.when_ns, virtual_ns);
	progress_tick(&w->progress, virtual_ns);
}

static void open_stream(struct world *w)
{
	const uint32_t bytes = BUFFER_FRAMES * 4;
	const int fd = fake_ring(bytes);

	w->ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(w->ring != MAP_FAILED);
	progress_open(&w->progress, RATE_HZ, BUFFER_FRAMES);
	progress_carry_on(&w->progress, PERIOD_FRAMES, false);
	progress_claim(&w->progress, true, virtual_ns);
	fake_opened(w->sock, STREAM, GENERATION, XENAV_FORMAT_S32_LE, 1, RATE_HZ, bytes,
		    PERIOD_FRAMES * 4, fd);
	fake_state(w->sock, STREAM, GENERATION, XENAV_STREAM_STOPPED, 0);
	close(fd);
	run_guest(w);
	progress_start(&w->progress, virtual_ns);
	fake_state(w->sock, STREAM, GENERATION, XENAV_STREAM_STARTED, 0);
	dispatch(w);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	union xenav_msg msg;
	int pair[2];

	w->fds = count_fds();
	w->seed = 1;
	virtual_ns = 1000 * UINT64_C(1000000000);
	alsa_rig_start(&w->rig);
	gain_reset(&w->pump.gain);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	w->sock = pair[1];
	assert_int_equal(xenav_open_fd(&w->x, pair[0], "test", &listener, w), 0);
	fake_next(w->sock, &msg);
	fake_welcome(w->sock);
	fake_stream_added(w->sock, STREAM, XENAV_PLAYBACK, "front");
	dispatch(w);
	fake_expect(w->sock, &msg, XENAV_OP_CLAIM, STREAM);
	fake_claimed(w->sock, STREAM);
	dispatch(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	int fds;

	pump_close(&w->pump);
	xenav_player_free(w->player);
	xenav_close(w->x);
	munmap(w->ring, BUFFER_FRAMES * 4);
	close(w->sock);
	alsa_rig_stop(&w->rig);
	virtual_ns = 0;
	fds = count_fds() - w->fds;
	free(w);
	return fds == 0 ? 0 : -1;
}

/* -------- time -------- */

static uint64_t late_ns(struct world *w, uint64_t most_ns)
{
	w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
	return most_ns ? (w->seed >> 33) % most_ns : 0;
}

/* How far what the guest is told is from what the card has played by now. */
static void compare(struct world *w)
{
	const struct card *c = w->rig.card;
	const double since = (double)(virtual_ns - c->moved_ns) * RATE_HZ / 1e9;
	const int64_t off =
		(int64_t)w->progress.position_frames - (int64_t)(c->at_frames + (uint64_t)since);

	/* The card has moved. */
	if (c->at_frames > 0 && llabs(off) > w->worst_frames)
		w->worst_frames = llabs(off);
}

static void run(struct world *w, uint64_t ns, uint64_t most_late_ns)
{
	const uint64_t until_ns = virtual_ns + ns;
	uint64_t next_ns = virtual_ns;

	while (next_ns < until_ns) {
		virtual_ns = next_ns + late_ns(w, most_late_ns);
		assert_int_equal(pump_step(&w->pump, true, virtual_ns, &next_ns), 0);
		xenav_player_flush(w->player);
		run_daemon(w);
		run_guest(w);
		dispatch(w);
		compare(w);
	}
}

static void play(struct world *w, int32_t drift_ppm, uint64_t most_late_ns)
{
	const uint64_t frames = (uint64_t)(600 * RATE_HZ * (1 + drift_ppm / 1e6));
	const struct card *c = w->rig.card;
	const struct xenav_pcm pcm = {
		.rate_hz = RATE_HZ,
		.format = XENAV_FORMAT_S32_LE,
		.channels = 1,
		.frame_bytes = 4,
		.buffer_frames = BUFFER_FRAMES,
		.period_frames = PERIOD_FRAMES,
	};

	w->rig.card->drift_ppm = drift_ppm;
	w->rig.card->extra_frames = 240;
	open_stream(w);
	assert_int_equal(pump_open(&w->pump, "card", false, &pcm, 20000000), 0);
	w->pump.guest = (struct pump_guest){.read = read_player, .data = w->player};
	run(w, MINUTES_10_NS, most_late_ns);
	assert_int_equal(c->xruns, 0);
	assert_int_equal(c->lost_frames, 0);
	assert_int_equal(c->again_frames, 0);
	assert_int_equal(c->silent_frames, 0);
	assert_in_range(c->sound_frames, frames - RATE_HZ / 10, frames + RATE_HZ / 10);
	assert_int_equal(w->late, 0);
	assert_int_equal(xenav_player_get_stats(w->player)->late_frames, 0);
	assert_int_equal(xenav_player_get_stats(w->player)->skipped_frames, 0);
	assert_int_equal(xenav_player_get_stats(w->player)->takeovers, 0);
	/* The guest is told what is heard: 5 ms behind the pointer of the card, to within 2.5 ms.
	 */
	print_message("# %+d ppm: positions are at most %.2f ms off\n", drift_ppm,
		      (double)w->worst_frames * 1000 / RATE_HZ);
	assert_true(w->worst_frames <= RATE_HZ * 15 / 2000);
}

#define WORLD_TEST(name) TEST_WITH(name, setup, teardown)

WORLD_TEST(ten_minutes_on_a_card_500_ppm_fast_have_no_gap)
{
	play(*state, 500, 0);
}

WORLD_TEST(ten_minutes_on_a_card_500_ppm_slow_have_no_gap)
{
	play(*state, -500, 0);
}

WORLD_TEST(ten_minutes_of_a_program_that_is_late_have_no_gap)
{
	play(*state, 500, 8000000);
}
