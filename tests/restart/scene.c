/* SPDX-License-Identifier: MIT */
/* See scene.h. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "scene.h"
#include "xen/sndif.h"

#define PATIENCE_MS 60000
#define FB          7

/* Instead of three seconds, for the STOP of a card that goes: nobody answers it. */
#define STOP_MS 100

static const struct toolstack_node no_nodes[] = {{0}};

static void start_playing(struct scene *scene)
{
	static const uint8_t silence[4800 * 4];
	struct pcm *pcm = PLAY(&scene->rg);

	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, &rig_params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
	assert_int_equal(pcm_write(pcm, silence, 4800), 0);
	assert_int_equal(pcm_trigger(pcm, XENSND_OP_TRIGGER_START), 0);
}

static void show(struct scene *scene)
{
	assert_fine(rig_show(&scene->rg, &scene->dbuf, 0, FB));
}

static struct front *front_of(struct scene *scene, unsigned bit)
{
	if (bit == WITNESS_SOUND)
		return &scene->rg.sound.front;
	return bit == WITNESS_DISPLAY ? &scene->rg.display.front : &scene->kb.front;
}

static void wait_connected(struct scene *scene)
{
	for (unsigned bit = 1; bit < WITNESS_ALL; bit *= 2) {
		struct front *front = front_of(scene, bit);

		assert_true(front_wait_both(front, 4, PATIENCE_MS));
		assert_int_equal(toolstack_wait_backend(&scene->rg.ts, front->ops->kind,
							scene->rg.guest.domid, 0, 4, PATIENCE_MS),
				 0);
	}
}

static void forget_changes(struct scene *scene)
{
	for (unsigned bit = 1; bit < WITNESS_ALL; bit *= 2)
		front_of(scene, bit)->backend_changes = 0;
}

void scene_begin(struct scene *scene, uint16_t domid)
{
	memset(scene, 0, sizeof *scene);
	assert_fine(rig_create(&scene->rg, domid));
	scene->rg.guest.wait_ms = PATIENCE_MS;
	scene->rg.guest.stall_ms = PATIENCE_MS;
	scene->rg.guest.frame_ms = PATIENCE_MS;
	assert_int_equal(toolstack_add_device(&scene->rg.ts, "vkbd", domid, 0, no_nodes), 0);
	assert_int_equal(toolstack_wait_connection(&scene->rg.ts, "vkbd", domid, 0), 0);
	assert_fine(rig_attach(&scene->rg));
	assert_fine(rig_load(&scene->rg));
	assert_int_equal(keyboard_load(&scene->kb, &scene->rg.guest, 0), 0);
	wait_connected(scene);
	start_playing(scene);
	show(scene);
	forget_changes(scene);
	scene->rg.guest.wait_ms = STOP_MS;
}

/* The programs of a card that is gone get errors and close it. */
static bool is_settled(void *data)
{
	struct scene *scene = data;
	const struct guest *guest = &scene->rg.guest;

	return guest->stuck != NULL ||
	       (scene->rg.sound.front.state == 4 && scene->rg.display.front.state == 4 &&
		scene->kb.front.state == 4);
}

static void close_what_is_gone(struct scene *scene)
{
	struct pcm *pcm = PLAY(&scene->rg);

	if (!scene->rg.sound.gone)
		return;
	pcm->running = false;
	pcm_close(pcm);
}

static void play_again(struct scene *scene, bool went_on)
{
	struct pcm *pcm = PLAY(&scene->rg);

	if (went_on) {
		assert_int_equal(pcm_hw_free(pcm), 0);
		pcm_close(pcm);
	}
	assert_fine(rig_play(&scene->rg, 240));
	start_playing(scene);
}

static void show_again(struct scene *scene, bool went_on)
{
	if (!went_on) {
		guest_buffer_free(&scene->rg.guest, &scene->dbuf.buffer);
		show(scene);
	}
	assert_int_equal(crtc_flip(CRTC(&scene->rg, 0), FB), 0);
	assert_fine(rig_hide(&scene->rg, &scene->dbuf, 0, FB));
	show(scene);
}

static bool log_says(struct scene *scene, unsigned bit, const char *what)
{
	static const char *const names[] = {"vsnd", "vdispl", "vinput"};
	char text[64];

	snprintf(text, sizeof text, "%s %u/0: %s", names[bit / 2], scene->rg.guest.domid, what);
	return lab_log_has(&lab, text);
}

/* Xenavd has gone on with the device, and says so, or starts over with it, and shows that.  A
 * keyboard in 4 is connected to anew without another state. */
static bool is_decided(struct scene *scene, unsigned bit)
{
	return front_of(scene, bit)->backend_changes > 0 || log_says(scene, bit, "Went on with") ||
	       (bit == WITNESS_INPUT && log_says(scene, bit, "Connected to"));
}

static void wait_for_decision(struct scene *scene)
{
	const uint64_t until = now_ns() + PATIENCE_MS * NS_PER_MS;

	for (unsigned bit = 1; bit < WITNESS_ALL; bit *= 2)
		while (!is_decided(scene, bit) && now_ns() < until)
			guest_run(&scene->rg.guest, 2);
}

unsigned scene_goes_on(struct scene *scene)
{
	unsigned same = 0;

	wait_for_decision(scene);
	assert_true(guest_run_until(&scene->rg.guest, is_settled, scene, PATIENCE_MS));
	close_what_is_gone(scene);
	wait_connected(scene);
	scene->rg.guest.wait_ms = PATIENCE_MS;
	for (unsigned bit = 1; bit < WITNESS_ALL; bit *= 2)
		if (front_of(scene, bit)->backend_changes == 0 &&
		    log_says(scene, bit, "Went on with"))
			same |= bit;
	play_again(scene, same & WITNESS_SOUND);
	show_again(scene, same & WITNESS_DISPLAY);
	if (scene->rg.guest.oopses > 0)
		fail_msg("the guest's kernel is unhappy: %s", scene->rg.guest.oops);
	assert_int_equal(scene->rg.guest.late, 0);
	forget_changes(scene);
	scene->rg.guest.wait_ms = STOP_MS;
	return same;
}

void scene_end(struct scene *scene)
{
	scene->rg.guest.wait_ms = PATIENCE_MS;
	assert_int_equal(pcm_hw_free(PLAY(&scene->rg)), 0);
	pcm_close(PLAY(&scene->rg));
	assert_fine(rig_hide(&scene->rg, &scene->dbuf, 0, FB));
	keyboard_forget(&scene->kb);
	rig_stop(&scene->rg);
}

void scene_kill(struct scene *scene)
{
	assert_fine(rig_destroy(&scene->rg));
}
