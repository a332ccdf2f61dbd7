/* SPDX-License-Identifier: MIT */
/* See rig.h. */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "fake/service.h"
#include "rig.h"
#include "xen/sndif.h"

struct lab lab;
struct lab_use rig_at_rest;
const char *rig_config;
const struct toolstack_node *rig_sound = rig_sound_nodes;
uint16_t rig_own_domid;
bool rig_managed;
int rig_nice;
bool rig_as_impatient_as_linux;
const struct rig_around *rig_around;
const struct toolstack_node *rig_display = rig_display_nodes;

const struct toolstack_node rig_sound_nodes[] = {
	{"short-name", "Card", false},
	{"sample-rates", "8000,44100,48000", false},
	{"sample-formats", "u8,s16_le,s24_le,s32_le", false},
	{"channels-max", "2", false},
	{"buffer-size", "1048576", false},
	{"0/name", "General", false},
	{"0/0/unique-id", "play", false},
	{"0/0/type", "p", false},
	{"0/1/unique-id", "capture", false},
	{"0/1/type", "c", false},
	{0},
};

const struct toolstack_node rig_display_nodes[] = {
	{"be-alloc", "0", true},        {"0/resolution", "800x600", true},
	{"0/unique-id", "left", true},  {"1/resolution", "640x480", true},
	{"1/unique-id", "right", true}, {0},
};

const struct toolstack_node rig_be_alloc_nodes[] = {
	{"be-alloc", "1", true},        {"0/resolution", "800x600", true},
	{"0/unique-id", "left", true},  {"1/resolution", "640x480", true},
	{"1/unique-id", "right", true}, {0},
};

const struct pcm_params rig_params = {
	.format = XENSND_PCM_FORMAT_S16_LE,
	.channels = 2,
	.frame_bytes = 4,
	.rate_hz = 48000,
	.buffer_frames = RIG_BUFFER_FRAMES,
	.period_frames = 240,
};

const struct toolstack_node *rig_many_streams(unsigned pcms, unsigned streams, const char *type)
{
	static char paths[2 * SOUND_STREAMS][24];
	static char ids[SOUND_STREAMS][8];
	static struct toolstack_node nodes[2 * SOUND_STREAMS + 1];
	unsigned n = 0;

	for (unsigned i = 0; i < pcms * streams && i < SOUND_STREAMS; i++) {
		snprintf(ids[i], sizeof ids[i], "s%u", i);
		snprintf(paths[n], sizeof paths[n], "%u/%u/unique-id", i / streams, i % streams);
		nodes[n] = (struct toolstack_node){paths[n], ids[i], false};
		n++;
		snprintf(paths[n], sizeof paths[n], "%u/%u/type", i / streams, i % streams);
		nodes[n] = (struct toolstack_node){paths[n], type, false};
		n++;
	}
	nodes[n] = (struct toolstack_node){0};
	return nodes;
}

const char *rig_create(struct rig_guest *rg, uint16_t domid)
{
	memset(rg, 0, sizeof *rg);
	if (toolstack_open(&rg->ts) < 0)
		return "the toolstack cannot reach xenstored";
	if (guest_create(&rg->guest, &rg->ts, domid) < 0)
		return "the domain cannot be created";
	rg->guest.linux_7_2 = domid % 2;
	if (!rig_as_impatient_as_linux)
		rg->guest.wait_ms = rg->guest.stall_ms = rg->guest.frame_ms = WAIT_MS;
	return NULL;
}

const char *rig_attach(struct rig_guest *rg)
{
	uint16_t domid = rg->guest.domid;

	if (toolstack_add_device(&rg->ts, "vsnd", domid, 0, rig_sound) < 0 ||
	    toolstack_add_device(&rg->ts, "vdispl", domid, 0, rig_display) < 0)
		return "libxl cannot write a device";
	if (toolstack_wait_connection(&rg->ts, "vsnd", domid, 0) < 0 ||
	    toolstack_wait_connection(&rg->ts, "vdispl", domid, 0) < 0)
		return "libxl waited for 2 in vain";
	return NULL;
}

const char *rig_load(struct rig_guest *rg)
{
	if (sound_load(&rg->sound, &rg->guest, 0) < 0 ||
	    display_load(&rg->display, &rg->guest, 0) < 0)
		return "a driver cannot be loaded";
	return NULL;
}

const char *rig_connect(struct rig_guest *rg)
{
	if (!front_wait(&rg->sound.front, 4, WAIT_MS))
		return "the sound card does not connect";
	if (!front_wait(&rg->display.front, 4, WAIT_MS))
		return "the display does not connect";
	return NULL;
}

/* Xenavd may be ahead of a driver that is connecting: such a driver sees no device go. */
static void let_connect(struct front *front)
{
	if (front->state == 3)
		front_wait(front, 4, WAIT_MS);
}

const char *rig_detach(struct rig_guest *rg)
{
	uint16_t domid = rg->guest.domid;
	const char *problem = NULL;

	let_connect(&rg->sound.front);
	let_connect(&rg->display.front);
	if (toolstack_begin_removal(&rg->ts, "vsnd", domid, 0) < 0 ||
	    toolstack_begin_removal(&rg->ts, "vdispl", domid, 0) < 0)
		problem = "libxl cannot begin to remove a device";
	/* The drivers see 6 and go back to 1. */
	if (!front_wait(&rg->sound.front, 1, WAIT_MS) ||
	    !front_wait(&rg->display.front, 1, WAIT_MS))
		problem = "a driver does not see its device go";
	if (toolstack_end_removal(&rg->ts, "vsnd", domid, 0) < 0 ||
	    toolstack_end_removal(&rg->ts, "vdispl", domid, 0) < 0)
		problem = "libxl waited for 6 in vain";
	sound_forget(&rg->sound);
	display_forget(&rg->display);
	return problem;
}

const char *rig_destroy(struct rig_guest *rg)
{
	toolstack_destroy_domain(&rg->ts, rg->guest.domid);
	guest_forget(&rg->guest);
	toolstack_close(&rg->ts);
	return NULL;
}

const char *rig_bring_up(struct rig_guest *rg, uint16_t domid)
{
	const char *problem = rig_create(rg, domid);

	if (!problem)
		problem = rig_attach(rg);
	if (!problem)
		problem = rig_load(rg);
	return problem ? problem : rig_connect(rg);
}

void rig_start(struct rig_guest *rg, uint16_t domid)
{
	assert_fine(rig_bring_up(rg, domid));
}

void rig_stop(struct rig_guest *rg)
{
	if (rg->guest.oopses > 0)
		fail_msg("the guest's kernel is unhappy: %s", rg->guest.oops);
	assert_int_equal(rg->guest.late, 0);
	assert_fine(rig_detach(rg));
	assert_fine(rig_destroy(rg));
}

const char *rig_play(struct rig_guest *rg, uint32_t frames)
{
	struct pcm *pcm = PLAY(rg);
	const char *problem = NULL;
	uint8_t *samples = calloc(frames, rig_params.frame_bytes);

	pcm_open(pcm);
	if (pcm_hw_params(pcm, &rig_params) < 0)
		problem = "hw_params failed";
	else if (pcm_prepare(pcm) < 0)
		problem = "prepare failed";
	else if (pcm_write(pcm, samples, frames) < 0)
		problem = "a write failed";
	else if (pcm_drain(pcm) < 0)
		problem = "the stream does not drain";
	if (pcm_hw_free(pcm) < 0 && !problem)
		problem = "hw_free failed";
	pcm_close(pcm);
	free(samples);
	return problem;
}

const char *rig_show(struct rig_guest *rg, struct dbuf *dbuf, unsigned crtc, uint64_t fb)
{
	if (dbuf_create(&rg->display, dbuf, fb + 1000, 64, 48, 32) < 0)
		return "DBUF_CREATE failed";
	if (fb_attach(&rg->display, dbuf, fb, RIG_XR24) < 0)
		return "FB_ATTACH failed";
	if (crtc_config(CRTC(rg, crtc), fb, dbuf) < 0)
		return "SET_CONFIG failed";
	return NULL;
}

const char *rig_hide(struct rig_guest *rg, struct dbuf *dbuf, unsigned crtc, uint64_t fb)
{
	if (crtc_disable(CRTC(rg, crtc)) < 0)
		return "SET_CONFIG with nothing in it failed";
	if (fb_detach(&rg->display, fb) < 0)
		return "FB_DETACH failed";
	if (dbuf_destroy(&rg->display, dbuf) < 0)
		return "DBUF_DESTROY failed";
	return NULL;
}

int rig_begin(void **)
{
	test_leave_if_spoilt();
	machine_order_nothing();
	if (lab.xenavd == 0 && lab_start_xenavd(&lab) < 0)
		return -1;
	rig_at_rest = lab_use(&lab);
	return 0;
}

static int end_test(void)
{
	machine_order_nothing();
	if (lab_xenavd_died(&lab)) {
		lab_start_xenavd(&lab);
		return -1;
	}
	/* A test that has failed leaves something, as a rule. */
	if (test_is_spoilt)
		return 0;
	return lab_settles(&lab, &rig_at_rest, WAIT_MS) ? 0 : -1;
}

int rig_end(void **)
{
	const int rc = end_test();

	test_is_spoilt |= rc < 0;
	return rc;
}

void rig_restart(const char *config)
{
	assert_int_equal(lab_stop_xenavd(&lab, SIGTERM), 0);
	lab.config = config;
	assert_int_equal(lab_start_xenavd(&lab), 0);
	rig_at_rest = lab_use(&lab);
}

static bool xenavd_has_ended(void *)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t)lab.xenavd, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       info.si_pid == lab.xenavd;
}

int rig_stop_xenavd(struct rig_guest *rg)
{
	kill(lab.xenavd, SIGTERM);
	guest_run_until(&rg->guest, xenavd_has_ended, NULL, WAIT_MS);
	return lab_stop_xenavd(&lab, SIGTERM);
}

void rig_kill(void)
{
	lab_stop_xenavd(&lab, SIGKILL);
	assert_int_equal(lab_start_xenavd(&lab), 0);
}

int rig_end_as_usual(void **state)
{
	int rc = rig_end(state);

	if (test_is_spoilt)
		return rc;
	if (lab_stop_xenavd(&lab, SIGTERM) != 0)
		rc = -1;
	lab.config = rig_config;
	if (lab_start_xenavd(&lab) < 0)
		rc = -1;
	test_is_spoilt |= rc < 0;
	return rc;
}

static int start(void **)
{
	if (rig_around && rig_around->start() < 0)
		return -1;
	if (lab_start(&lab) < 0)
		return -1;
	lab.config = rig_config;
	lab.nice = rig_nice;
	if (rig_own_domid > 0 && lab_make_driver_domain(&lab, rig_own_domid) < 0)
		return -1;
	if (rig_managed && service_start(&lab) < 0)
		return -1;
	return lab_start_xenavd(&lab);
}

static int stop(void **)
{
	const int rc = lab_stop(&lab);

	if (rig_around)
		rig_around->stop();
	return rc;
}

int rig_main(void)
{
	const char *missing = lab_missing();

	if (missing) {
		printf("1..0 # SKIP %s\n", missing);
		return 0;
	}
	return test_run_apart(start, stop);
}
