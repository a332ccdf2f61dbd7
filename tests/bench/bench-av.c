/* SPDX-License-Identifier: MIT */
/*
 * bench-av [FRAMES]: the offset between the flashes and the clicks of a guest, for programs that
 * show and play it, and how late the guest hears of positions; the graph of PipeWire has cycles of
 * that many frames.
 *
 * Sound is heard where PipeWire's null sink or ALSA's test card plays it, or when a VNC client has
 * received it; a picture is seen where another program of PipeWire gets it, in the window on the X
 * server, or when a VNC client has received it.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alsa/alsa-rig.h"
#include "base/clock.h"
#include "bench/av.h"
#include "pipewire/pw-rig.h"
#include "view/x11.h"

/* -------- what hears and sees -------- */

/* Who records the null sink gets in each cycle what it has played in the one before: a sink in the
 * recorder's place would have got it then. */
static uint64_t when_of_ear(void *ear, size_t frame)
{
	const uint64_t cycle_ns = pw_lab.quantum_frames * NS_PER_SEC / PW_LAB_RATE_HZ;

	return ear_when_ns(ear, frame) - cycle_ns;
}

static void close_ear(struct ear *ear, struct av_events *clicks)
{
	const int16_t *samples;
	const size_t frames = ear_heard(ear, &samples);

	av_find_clicks(clicks, samples, frames, when_of_ear, ear);
	ear_close(ear);
}

/* The card plays at the nominal rate of CLOCK_MONOTONIC. */
static uint64_t when_of_card(void *data, size_t frame)
{
	const struct card *card = data;

	return card->moved_ns - (card->at_frames - frame) * NS_PER_SEC / AV_RATE_HZ;
}

static void close_card(struct alsa_rig *alsa, struct av_events *clicks)
{
	struct card *card = alsa->card;

	/* Of one that was started twice it is not known when it was. */
	assert_int_equal(card->starts, 1);
	av_find_clicks(clicks, (const int16_t *)(const void *)card->tape, card->tape_bytes / 4,
		       when_of_card, card);
	alsa_rig_stop(alsa);
}

static struct eye *eye;

static bool sees_dark(void *)
{
	return eye_sees(eye, av_dark(), AV_WIDTH, AV_HEIGHT);
}

static void open_eye(const char *node_name)
{
	assert_int_equal(eye_open(&eye, desk, node_name, false), 0);
	assert_true(guest_run_until(&av_guest.guest, sees_dark, NULL, WAIT_MS));
}

static void close_eye(struct av_events *flashes)
{
	flashes->n = eye_flashes(eye, flashes->when_ns);
	eye_close(eye);
}

/* -------- the pairs -------- */

static struct av_events clicks, flashes;

TEST(pipewire)
{
	struct ear *ear;

	av_begin(142);
	RUN("--domain=142", "--video", "--max-fps=60");
	pw_rig_wait_said(&av_guest.guest, "claimed", 1);
	open_eye("xenav.guest142.screen.0.0");
	ear = pw_rig_listen(&av_guest.guest);
	av_play("xenav.guest142.0.0.0");
	close_ear(ear, &clicks);
	close_eye(&flashes);
	av_print("xenav-pipewire, xenav-pipewire", &clicks, &flashes);
	av_end();
}

static pid_t start_view(const char *domain, const char *option)
{
	setenv("SDL_RENDER_DRIVER", "software", 1);
	setenv("SDL_AUDIODRIVER", "pipewire", 1);
	return AV_RUN("view.log", "xenav-view", "--socket", lab.socket, "--unique-id=left", domain,
		      option);
}

TEST(view)
{
	struct av_window *window;
	struct ear *ear;
	pid_t pid;

	av_begin(143);
	pid = start_view("--domain=143", NULL);
	window = av_window_open("guest143: left");
	ear = pw_rig_listen(&av_guest.guest);
	av_play("guest143: play");
	close_ear(ear, &clicks);
	av_window_close(window, &flashes);
	av_print("xenav-view, xenav-view", &clicks, &flashes);
	av_stop(pid);
	av_end();
}

TEST(view_and_pipewire)
{
	struct av_window *window;
	struct ear *ear;
	pid_t pid;

	av_begin(144);
	RUN("--domain=144");
	pw_rig_wait_said(&av_guest.guest, "claimed", 1);
	pid = start_view("--domain=144", "--no-sound");
	window = av_window_open("guest144: left");
	ear = pw_rig_listen(&av_guest.guest);
	av_play("xenav.guest144.0.0.0");
	close_ear(ear, &clicks);
	av_window_close(window, &flashes);
	av_print("xenav-view, xenav-pipewire", &clicks, &flashes);
	av_stop(pid);
	av_end();
}

TEST(view_and_alsa)
{
	struct av_window *window;
	struct alsa_rig alsa;
	pid_t view, player;

	av_begin(145);
	alsa_rig_start(&alsa);
	player = AV_RUN("alsa.log", "xenav-alsa", "--socket", lab.socket, "--domain=145",
			"--pcm=card");
	av_wait_said("alsa.log", ": claimed pcm=");
	view = start_view("--domain=145", "--no-sound");
	window = av_window_open("guest145: left");
	av_play(NULL);
	av_window_close(window, &flashes);
	av_stop(view);
	av_stop(player);
	close_card(&alsa, &clicks);
	av_print("xenav-view, xenav-alsa", &clicks, &flashes);
	av_end();
}

TEST(vnc)
{
	const char *source = getenv("top_srcdir");
	char address[128], listen[160], script[512];
	pid_t server, client;

	snprintf(address, sizeof address, "%s/vnc", lab.dir);
	snprintf(listen, sizeof listen, "--listen=unix:%s", address);
	snprintf(script, sizeof script, "%s/tests/bench/av-client.py", source ? source : ".");
	av_begin(146);
	server = AV_RUN("vnc.log", "xenav-vnc", "--socket", lab.socket, "--domain=146",
			"--unique-id=left", "--max-fps=60", listen);
	av_wait_said("vnc.log", "Listening at unix");
	client = AV_RUN("client.log", "/usr/bin/env", "python3", script, address);
	av_wait_said("client.log", "ready");
	av_play(NULL);
	av_stop(client);
	av_stop(server);
	av_read_events("client.log", "click", &clicks);
	av_read_events("client.log", "flash", &flashes);
	av_print("xenav-vnc, xenav-vnc", &clicks, &flashes);
	unlink(address);
	av_end();
}

/* -------- the servers -------- */

static int start_servers(void)
{
	const int rc = x11_start();

	return rc < 0 ? rc : pw_rig_servers.start();
}

static void stop_servers(void)
{
	pw_rig_servers.stop();
	x11_kill();
}

int main(int argc, char **argv)
{
	static const struct rig_around servers = {start_servers, stop_servers};
	const char *missing = pw_lab_missing();

	missing = missing ? missing : x11_missing();
	if (missing) {
		fprintf(stderr, "bench-av: %s\n", missing);
		return 77;
	}
	pw_lab.quantum_frames = argc > 1 ? (unsigned)atoi(argv[1]) : 1024;
	rig_around = &servers;
	av_print_head();
	return rig_main();
}
