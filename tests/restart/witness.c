/* SPDX-License-Identifier: MIT */
/* See witness.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/container.h"
#include "fake/sound-priv.h"
#include "witness.h"
#include "xen/sndif.h"

/* As long as it takes on the busiest machine: a fault is that something does not come at all. */
#define PATIENCE_MS 90000

#define CHUNK_FRAMES     1920 /* 40 ms, while a flip takes 17 */
#define ROUNDS_OF_BUFFER 5
#define ROUNDS_OF_SOUND  31

const struct pcm_params witness_params = {
	.format = XENSND_PCM_FORMAT_S16_LE,
	.channels = 2,
	.frame_bytes = 4,
	.rate_hz = 48000,
	.buffer_frames = 48000,
	.period_frames = 480,
};

static const struct toolstack_node card_nodes[] = {
	{"sample-rates", "48000", false},
	{"sample-formats", "s16_le", false},
	{"channels-max", "2", false},
	{"buffer-size", "192000", false},
	{"0/0/unique-id", "play", false},
	{"0/0/type", "p", false},
	{0},
};

static const struct toolstack_node display_nodes[] = {
	{"be-alloc", "0", true},
	{"0/resolution", "64x48", true},
	{"0/unique-id", "screen", true},
	{0},
};

static const struct toolstack_node keyboard_nodes[] = {{0}};

static const char *say(struct witness *w, const char *what, int rc)
{
	snprintf(w->problem, sizeof w->problem, "domain %u: %s: %s", w->domid, what,
		 rc < 0 ? strerror(-rc) : "?");
	return w->problem;
}

static const char *tell(struct witness *w, const char *what)
{
	if (what && !w->problem[0])
		snprintf(w->problem, sizeof w->problem, "domain %u: %s", w->domid, what);
	return what ? w->problem : NULL;
}

/* -------- sound -------- */

static void on_position(struct channel *ch, const uint8_t image[SLOT_BYTES])
{
	struct pcm *pcm = ch->data;
	struct witness *w = CONTAINER(pcm->card, struct witness, rg.sound);
	const uint64_t now = now_ns();
	const uint64_t last = atomic_exchange(&w->last_ns, now);

	if (last && now - last > w->pause_ns)
		w->pause_ns = now - last;
	pcm_on_event(ch, image);
}

uint64_t witness_pause_ns(struct witness *w)
{
	const uint64_t last = w->last_ns;
	const uint64_t now = now_ns();
	uint64_t pause_ns = atomic_exchange(&w->pause_ns, 0);

	return last && now > last && now - last > pause_ns ? now - last : pause_ns;
}

uint64_t witness_flip_ns(struct witness *w)
{
	return atomic_exchange(&w->flip_ns, 0);
}

static const char *open_sound(struct witness *w)
{
	struct pcm *pcm = PLAY(&w->rg);
	int rc;

	pcm_open(pcm);
	rc = pcm_hw_params(pcm, &witness_params);
	if (rc == 0)
		rc = pcm_prepare(pcm);
	w->base = 0;
	w->openings++;
	return rc < 0 ? say(w, "a stream cannot be opened", rc) : NULL;
}

static const char *close_sound(struct witness *w)
{
	struct pcm *pcm = PLAY(&w->rg);
	int rc = pcm_drain(pcm);

	w->last_ns = 0;
	if (rc == 0)
		rc = pcm_hw_free(pcm);
	pcm_close(pcm);
	return rc < 0 ? say(w, "a stream cannot be drained and closed", rc) : NULL;
}

static const char *play(struct witness *w, uint32_t frames)
{
	uint32_t samples[CHUNK_FRAMES];
	struct pcm *pcm = PLAY(&w->rg);
	int rc;

	for (uint32_t i = 0; i < frames; i++)
		samples[i] =
			witness_sample(w->openings, w->base + (uint32_t)pcm->appl_total + i + 1);
	rc = pcm_write(pcm, samples, frames);
	/* The program is told that it was late, prepares the stream and goes on. */
	if (rc == -EPIPE) {
		w->underruns++;
		w->last_ns = 0;
		w->base += (uint32_t)pcm->appl_total;
		rc = pcm_prepare(pcm);
	}
	return rc < 0 ? say(w, "a write failed", rc) : NULL;
}

static const char *reopen_sound(struct witness *w)
{
	const char *problem = close_sound(w);

	return problem ? problem : open_sound(w);
}

/* -------- display -------- */

static void draw(struct witness *w, const struct dbuf *dbuf)
{
	uint32_t *pixels = dbuf_pixels(dbuf);

	/* Never 0, which is no picture. */
	w->frame = (w->frame + 1) & 0xffffff ? w->frame + 1 : 1;
	for (uint32_t i = 0; i < WITNESS_WIDTH_PX * WITNESS_HEIGHT_PX; i++)
		pixels[i] = witness_pixel(w->frame, i);
}

static const char *make_buffer(struct witness *w, unsigned i)
{
	int rc = dbuf_create(&w->rg.display, &w->dbufs[i], w->next_cookie++, WITNESS_WIDTH_PX,
			     WITNESS_HEIGHT_PX, 32);

	if (rc < 0)
		return say(w, "DBUF_CREATE", rc);
	draw(w, &w->dbufs[i]);
	w->fbs[i] = w->next_cookie++;
	rc = fb_attach(&w->rg.display, &w->dbufs[i], w->fbs[i], RIG_XR24);
	return rc < 0 ? say(w, "FB_ATTACH", rc) : NULL;
}

static const char *end_buffer(struct witness *w, unsigned i)
{
	int rc = fb_detach(&w->rg.display, w->fbs[i]);

	if (rc < 0)
		return say(w, "FB_DETACH", rc);
	rc = dbuf_destroy(&w->rg.display, &w->dbufs[i]);
	return rc < 0 ? say(w, "DBUF_DESTROY", rc) : NULL;
}

static const char *begin_display(struct witness *w)
{
	const char *problem = make_buffer(w, 0);
	int rc;

	if (!problem)
		problem = make_buffer(w, 1);
	if (problem)
		return problem;
	w->front = 0;
	rc = crtc_config(CRTC(&w->rg, 0), w->fbs[0], &w->dbufs[0]);
	return rc < 0 ? say(w, "SET_CONFIG", rc) : NULL;
}

static const char *end_display(struct witness *w)
{
	int rc = crtc_disable(CRTC(&w->rg, 0));
	const char *problem = rc < 0 ? say(w, "SET_CONFIG with nothing in it", rc) : NULL;

	for (unsigned i = 0; i < 2 && !problem; i++)
		problem = end_buffer(w, i);
	return problem;
}

static const char *flip(struct witness *w)
{
	const unsigned back = !w->front;
	const uint64_t begin = now_ns();
	uint64_t took_ns;
	int rc;

	draw(w, &w->dbufs[back]);
	rc = crtc_flip(CRTC(&w->rg, 0), w->fbs[back]);
	if (rc < 0)
		return say(w, "a flip failed", rc);
	took_ns = now_ns() - begin;
	if (took_ns > w->flip_ns)
		w->flip_ns = took_ns;
	w->front = back;
	w->flips++;
	if (CRTC(&w->rg, 0)->last_cookie != w->fbs[back])
		return tell(w, "the event of another flip");
	return NULL;
}

/* The buffer that is not shown goes, and another one comes. */
static const char *swap(struct witness *w)
{
	const char *problem = end_buffer(w, !w->front);

	w->swaps++;
	return problem ? problem : make_buffer(w, !w->front);
}

/* -------- keys -------- */

/* They are typed in turns, one at a time. */
static unsigned turn_of(uint32_t code)
{
	unsigned i = 0;

	while (i < witness_n_keys && witness_keys[i] != code)
		i++;
	return i;
}

static void on_key(struct keyboard *kb, uint32_t code, bool pressed)
{
	struct witness *w = CONTAINER(kb, struct witness, kb);
	const unsigned turn = turn_of(code);

	if (code == witness_last_key) {
		w->last_down = pressed;
		return;
	}
	w->keys++;
	if (pressed == (w->key_down == code)) {
		w->keys_twice += pressed;
		return;
	}
	w->key_down = pressed ? code : 0;
	w->keys_down = pressed;
	if (!pressed)
		return;
	w->keys_left_out += (turn + witness_n_keys - w->next_turn) % witness_n_keys;
	w->next_turn = (turn + 1) % witness_n_keys;
}

/* -------- a life -------- */

static const char *attach(struct witness *w)
{
	struct toolstack *ts = &w->rg.ts;
	int rc = 0;

	if (w->what & WITNESS_INPUT)
		rc = toolstack_add_device(ts, "vkbd", w->domid, 0, keyboard_nodes);
	if (rc == 0 && (w->what & WITNESS_SOUND))
		rc = toolstack_add_device(ts, "vsnd", w->domid, 0, card_nodes);
	if (rc == 0 && (w->what & WITNESS_DISPLAY))
		rc = toolstack_add_device(ts, "vdispl", w->domid, 0, display_nodes);
	if (rc == 0 && (w->what & WITNESS_INPUT))
		rc = toolstack_wait_connection(ts, "vkbd", w->domid, 0);
	return rc < 0 ? say(w, "a device cannot be attached", rc) : NULL;
}

static const char *load(struct witness *w)
{
	struct guest *guest = &w->rg.guest;
	int rc = 0;

	if (w->what & WITNESS_INPUT)
		rc = keyboard_load(&w->kb, guest, 0);
	w->kb.listener = on_key;
	if (rc == 0 && (w->what & WITNESS_SOUND))
		rc = sound_load(&w->rg.sound, guest, 0);
	if (rc == 0 && (w->what & WITNESS_DISPLAY))
		rc = display_load(&w->rg.display, guest, 0);
	return rc < 0 ? say(w, "a driver cannot be loaded", rc) : NULL;
}

static bool front_of(struct witness *w, unsigned bit, struct front **front)
{
	*front = bit == WITNESS_SOUND     ? &w->rg.sound.front
		 : bit == WITNESS_DISPLAY ? &w->rg.display.front
					  : &w->kb.front;
	return w->what & bit;
}

static const char *connect_all(struct witness *w)
{
	struct front *front;

	for (unsigned bit = 1; bit < WITNESS_ALL; bit *= 2) {
		if (!front_of(w, bit, &front))
			continue;
		if (!front_wait_both(front, 4, PATIENCE_MS) ||
		    toolstack_wait_backend(&w->rg.ts, front->ops->kind, w->domid, 0, 4,
					   PATIENCE_MS) < 0)
			return tell(w, "a device does not connect");
	}
	for (unsigned bit = 1; bit < WITNESS_ALL; bit *= 2)
		if (front_of(w, bit, &front))
			front->backend_changes = 0;
	if (w->what & WITNESS_SOUND)
		PLAY(&w->rg)->channel.on_event = on_position;
	return NULL;
}

/* What the kernel of a guest has noticed. */
static const char *look(struct witness *w)
{
	static const char *const changed[] = {"the sound card's backend changed its state",
					      "the display's backend changed its state",
					      "the keyboard's backend changed its state"};
	const struct guest *guest = &w->rg.guest;
	struct front *front;

	if (guest->oopses > 0)
		return tell(w, guest->oops);
	if (guest->late > 0)
		return tell(w, "an answer came twice, or was another request's");
	for (unsigned i = 0; i < 3; i++)
		if (front_of(w, 1u << i, &front) &&
		    (front->backend_changes > 0 || front->state != 4))
			return tell(w, changed[i]);
	return NULL;
}

static const char *do_round(struct witness *w)
{
	const char *problem = NULL;

	w->rounds++;
	if (w->what & WITNESS_SOUND)
		problem = play(w, CHUNK_FRAMES);
	else
		guest_run(&w->rg.guest, 10);
	if (!problem && (w->what & WITNESS_DISPLAY))
		problem = flip(w);
	if (!problem && (w->what & WITNESS_DISPLAY) && w->rounds % ROUNDS_OF_BUFFER == 0)
		problem = swap(w);
	if (!problem && (w->what & WITNESS_SOUND) && (w->rounds + w->domid) % ROUNDS_OF_SOUND == 0)
		problem = reopen_sound(w);
	return problem;
}

static const char *begin(struct witness *w)
{
	const char *problem = tell(w, rig_create(&w->rg, w->domid));

	w->rg.guest.wait_ms = PATIENCE_MS;
	w->rg.guest.stall_ms = PATIENCE_MS;
	w->rg.guest.frame_ms = PATIENCE_MS;
	if (!problem)
		problem = attach(w);
	if (!problem)
		problem = load(w);
	if (!problem)
		problem = connect_all(w);
	if (!problem && (w->what & WITNESS_SOUND))
		problem = open_sound(w);
	if (!problem && (w->what & WITNESS_DISPLAY))
		problem = begin_display(w);
	return problem;
}

static const char *end(struct witness *w)
{
	const char *problem = NULL;

	if (w->what & WITNESS_SOUND)
		problem = close_sound(w);
	if (!problem && (w->what & WITNESS_DISPLAY))
		problem = end_display(w);
	return problem ? problem : look(w);
}

/* A call that failed is what came of something, perhaps. */
static void add_cause(struct witness *w)
{
	char first[sizeof w->problem];
	const char *cause;

	snprintf(first, sizeof first, "%s", w->problem);
	w->problem[0] = '\0';
	cause = look(w);
	if (!cause)
		snprintf(w->problem, sizeof w->problem, "%s", first);
	else
		snprintf(w->problem + strlen(cause), sizeof w->problem - strlen(cause), " (%s)",
			 first);
}

static void *run(void *arg)
{
	struct witness *w = arg;
	const char *problem = begin(w);

	while (!problem && !w->stop) {
		problem = do_round(w);
		if (problem)
			add_cause(w);
		else
			problem = look(w);
		w->up = w->up || w->rounds > 3;
	}
	if (!problem)
		end(w);
	w->failed = w->problem[0] != '\0';
	w->up = true;
	return NULL;
}

void witness_start(struct witness *w, uint16_t domid, unsigned what)
{
	memset(w, 0, sizeof *w);
	w->domid = domid;
	w->what = what;
	w->next_cookie = 1;
	assert_int_equal(pthread_create(&w->thread, NULL, run, w), 0);
}

const char *witness_stop(struct witness *w)
{
	w->stop = true;
	pthread_join(w->thread, NULL);
	rig_destroy(&w->rg);
	return w->problem[0] ? w->problem : NULL;
}
