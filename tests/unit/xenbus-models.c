/* SPDX-License-Identifier: MIT */
/* See xenbus-models.h. */
#include <config.h>

#include <string.h>

#include "base/clock.h"
#include "test.h"
#include "xenbus-models.h"

#define ENGINE_TAKES_NS (5 * NS_PER_MS)

const enum frontend_kind kinds[3] = {SOUND, DISPLAY, DISPLAY_BE_ALLOC};

/* -------- the frontends -------- */

static void set_fe(struct world *w, int state)
{
	if (w->f.fe != state)
		world_touch(w);
	w->f.fe = state;
}

/* @return whether the frontend is done; else its xenwatch thread is stuck in here. */
static bool sound_disconnect(struct world *w)
{
	if (w->card && w->held)
		return false;
	w->card = false;
	set_fe(w, XB_INITIALISING);
	return true;
}

static void display_disconnect(struct world *w)
{
	if (!w->card)
		return;
	w->card = false;
	set_fe(w, XB_RECONFIGURING);
	if (w->kind != DISPLAY_BE_ALLOC)
		set_fe(w, XB_INITIALISING);
}

static void publish(struct world *w)
{
	if (w->broken) {
		w->fails_at_ns = w->f.now_ns + w->fails_in_ms * NS_PER_MS;
		if (w->fails_in_ms == 0)
			set_fe(w, XB_CLOSING);
		return;
	}
	w->published++;
	w->dirty = true; /* also when it was in 3 before */
	set_fe(w, XB_INITIALISED);
}

static void connect_card(struct world *w)
{
	if (w->f.fe != XB_INITIALISED)
		return;
	w->card = true;
	set_fe(w, XB_CONNECTED);
}

static bool sound_sees(struct world *w, int be)
{
	switch (be) {
	case XB_INITIALISING:
		return sound_disconnect(w);
	case XB_INIT_WAIT:
		if (!sound_disconnect(w))
			return false;
		publish(w);
		return true;
	case XB_CONNECTED:
		connect_card(w);
		return true;
	case XB_UNKNOWN:
	case XB_CLOSED:
		return w->f.fe == XB_CLOSED || sound_disconnect(w);
	default:
		return true;
	}
}

static bool display_sees(struct world *w, int be)
{
	switch (be) {
	case XB_INITIALISING:
		if (w->f.fe != XB_RECONFIGURING)
			display_disconnect(w);
		break;
	case XB_INIT_WAIT:
		if (w->f.fe == XB_RECONFIGURING)
			break;
		display_disconnect(w);
		if (w->f.fe == XB_INITIALISING)
			publish(w);
		break;
	case XB_CONNECTED:
		connect_card(w);
		break;
	case XB_UNKNOWN:
	case XB_CLOSED:
		if (w->f.fe != XB_CLOSED)
			display_disconnect(w);
		break;
	default:
		break;
	}
	return true;
}

static bool keyboard_sees(struct world *w, int be)
{
	switch (be) {
	case XB_INIT_WAIT:
	case XB_CONNECTED:
		if (w->card)
			set_fe(w, XB_CONNECTED);
		break;
	case XB_CLOSING:
	case XB_CLOSED:
		w->card = false;
		set_fe(w, XB_CLOSED);
		break;
	default:
		break;
	}
	return true;
}

/* Without a look at us; the driver hears of our state as soon as it is there. */
static void publish_early(struct world *w)
{
	w->card = true;
	w->f.has_config = true;
	publish(w);
	w->unheard = 1;
	w->heard_at_ns = w->f.now_ns + w->reaction_ms * NS_PER_MS;
}

void keyboard_resume(struct world *w)
{
	assert_true(w->card);
	publish_early(w);
}

void keyboard_unbind(struct world *w)
{
	w->card = false;
	w->mode = ABSENT;
	set_fe(w, XB_CLOSED);
}

void keyboard_lose(struct world *w)
{
	publish_early(w);
	w->mode = ABSENT;
}

static bool sees(struct world *w, int be)
{
	switch (w->kind) {
	case SOUND:
		return sound_sees(w, be);
	case DISPLAY:
	case DISPLAY_BE_ALLOC:
		return display_sees(w, be);
	case KEYBOARD:
		return keyboard_sees(w, be);
	}
	return true;
}

/* The watch has fired; the frontend reads what the store holds now. */
static void hear(struct world *w)
{
	int be = w->f.present ? w->f.be : XB_UNKNOWN;

	if (w->mode == SHUTTING_DOWN) {
		w->unheard--;
		if (be == XB_CLOSING && w->f.fe == XB_CLOSING) {
			w->saw_what_it_waited_for = true;
			set_fe(w, XB_CLOSED);
		}
		return;
	}
	if (sees(w, be))
		w->unheard--;
}

/* Wait for a state. @return whether it was seen before the time limit. */
static bool waited_for(struct world *w, int be, uint64_t max_ns)
{
	w->waited_ns = w->f.now_ns - w->mode_since_ns;
	w->saw_what_it_waited_for = w->f.be == be;
	return w->f.be == be || w->waited_ns >= max_ns;
}

static void frontend_tick(struct world *w)
{
	if (w->kind == DISPLAY_BE_ALLOC && w->f.fe == XB_RECONFIGURING && !w->held)
		set_fe(w, XB_INITIALISING);
	if (w->fails_at_ns && w->f.now_ns >= w->fails_at_ns) {
		w->fails_at_ns = 0;
		set_fe(w, XB_CLOSING);
	}
	switch (w->mode) {
	case LOADED:
	case SHUTTING_DOWN:
		if (w->unheard > 0 && w->f.now_ns >= w->heard_at_ns) {
			w->heard_at_ns = w->f.now_ns + w->reaction_ms * NS_PER_MS;
			hear(w);
		}
		break;
	case UNLOADING:
		/* then for the programs that have it open */
		if ((w->saw_what_it_waited_for || waited_for(w, XB_INIT_WAIT, NS_PER_SEC)) &&
		    !w->held) {
			w->card = false;
			set_fe(w, XB_CLOSED);
			w->mode = ABSENT;
		}
		break;
	case KEXEC_5:
		if (waited_for(w, XB_CLOSING, 5 * NS_PER_SEC))
			frontend_set_mode(w, KEXEC_6);
		break;
	case KEXEC_6:
		if (waited_for(w, XB_CLOSED, 5 * NS_PER_SEC))
			frontend_set_mode(w, KEXEC_1);
		break;
	case KEXEC_1:
		if (waited_for(w, XB_INIT_WAIT, 5 * NS_PER_SEC))
			w->mode = ABSENT;
		break;
	case ABSENT:
		w->unheard = 0;
		break;
	}
}

void frontend_set_mode(struct world *w, enum frontend_mode mode)
{
	w->mode = mode;
	w->mode_since_ns = w->f.now_ns;
	w->unheard = 0;
	w->saw_what_it_waited_for = false;
	if (mode == UNLOADING || mode == SHUTTING_DOWN || mode == KEXEC_5)
		set_fe(w, XB_CLOSING);
	else if (mode == KEXEC_6)
		set_fe(w, XB_CLOSED);
	else if (mode == KEXEC_1)
		set_fe(w, XB_INITIALISING);
}

void frontend_load(struct world *w)
{
	w->mode = LOADED;
	if (w->kind == KEYBOARD) {
		publish_early(w);
		return;
	}
	w->card = false;
	set_fe(w, XB_INITIALISING);
	w->unheard = 1;
	w->heard_at_ns = w->f.now_ns + w->reaction_ms * NS_PER_MS;
}

/* -------- our side -------- */

static void note_write(struct world *w, int state)
{
	assert_true(w->f.present);
	if (state == w->f.be) {
		/* Only a display frontend that missed the first 2 gets a second one. */
		assert_int_equal(state, XB_INIT_WAIT);
		assert_int_equal(w->f.fe, XB_INITIALISING);
		w->nudges++;
	}
	assert_true(w->n_writes < MAX_WRITES);
	w->writes[w->n_writes] = state;
	w->written_ns[w->n_writes++] = w->f.now_ns;
	w->f.be = state;
	w->dirty = true;
	if (state == XB_CLOSED)
		w->f.failed = false;
	if (w->unheard++ == 0)
		w->heard_at_ns = w->f.now_ns + w->reaction_ms * NS_PER_MS;
}

/* The store thread reads a configuration in 2, and again when it is another. */
static bool may_start(const struct xenbus_facts *f)
{
	if (f->be == XB_INIT_WAIT)
		return f->fe == XB_INITIALISED || (f->early && f->fe == XB_CONNECTED);
	if (f->be != XB_CONNECTED || !f->has_config)
		return false;
	return f->early ? f->fe == XB_CONNECTED : f->replaced;
}

static void note_order(struct world *w, enum engine_order order)
{
	if (order == ENGINE_START) {
		assert_int_equal(w->f.engine, ENGINE_NONE);
		assert_true(may_start(&w->f));
		w->f.has_config = w->f.replaced = false;
		w->f.engine = ENGINE_STARTING;
		w->engine_due_ns = w->f.now_ns + ENGINE_TAKES_NS;
	} else if (order == ENGINE_STOP) {
		assert_true(w->f.engine == ENGINE_STARTING || w->f.engine == ENGINE_RUNNING);
		w->f.engine = ENGINE_STOPPING;
		w->engine_due_ns = w->f.now_ns + ENGINE_TAKES_NS;
		w->stops++;
	}
}

static void decide(struct world *w)
{
	struct xenbus_step step;
	unsigned n = 0;

	while (w->dirty || (w->again_ns && w->f.now_ns >= w->again_ns)) {
		w->dirty = false;
		step = xenbus_decide(&w->xb, &w->f);
		w->again_ns = step.again_ns;
		w->complaints += step.backing_off;
		/* A time in the past would keep the daemon busy. */
		assert_true(step.again_ns == 0 || step.again_ns > w->f.now_ns);
		if (step.engine != ENGINE_KEEP)
			w->dirty = true;
		if (step.write)
			note_write(w, step.write);
		if (step.renew) {
			w->renewals++;
			w->start_fails = false;
			frontend_load(w);
		}
		note_order(w, step.engine);
		if (step.forget)
			assert_false(w->f.present && w->f.domain_alive);
		assert_true(++n < 10);
	}
}

static void engine_tick(struct world *w)
{
	if (w->engine_due_ns == 0 || w->f.now_ns < w->engine_due_ns)
		return;
	w->engine_due_ns = 0;
	world_touch(w);
	if (w->f.engine == ENGINE_STOPPING) {
		w->f.engine = ENGINE_NONE;
	} else {
		w->f.engine = ENGINE_RUNNING;
		w->f.failed = w->start_fails;
	}
}

void world_run(struct world *w, unsigned ms)
{
	decide(w);
	while (ms-- > 0) {
		w->f.now_ns += NS_PER_MS;
		engine_tick(w);
		frontend_tick(w);
		decide(w);
	}
}

void world_touch(struct world *w)
{
	w->dirty = true;
}

void world_detach(struct world *w)
{
	w->f.online = false;
	w->f.be = XB_CLOSING;
	world_touch(w);
}

void world_init(struct world *w, enum frontend_kind kind)
{
	memset(w, 0, sizeof *w);
	w->kind = kind;
	w->reaction_ms = 2;
	w->f.present = true;
	w->f.online = true;
	w->f.domain_alive = true;
	w->f.early = kind == KEYBOARD;
	w->f.be = XB_INITIALISING;
	w->f.fe = XB_INITIALISING;
	w->f.now_ns = 1000 * NS_PER_SEC;
	w->dirty = true;
}

void world_restart_daemon(struct world *w)
{
	memset(&w->xb, 0, sizeof w->xb);
	w->f.engine = ENGINE_NONE;
	w->f.quitting = false;
	w->f.failed = false;
	w->f.has_config = true;
	w->engine_due_ns = 0;
	w->again_ns = 0;
	w->n_writes = 0;
	w->nudges = 0;
	w->dirty = true;
}

void assert_connected(const struct world *w)
{
	assert_int_equal(w->f.be, XB_CONNECTED);
	assert_int_equal(w->f.fe, XB_CONNECTED);
	assert_int_equal(w->f.engine, ENGINE_RUNNING);
}

void world_connect(struct world *w, enum frontend_kind kind)
{
	world_init(w, kind);
	world_run(w, 10);
	frontend_load(w);
	world_run(w, 100);
	assert_connected(w);
	w->n_writes = 0;
	/* A quiet time: the first offer no longer counts. */
	world_run(w, 20000);
	assert_int_equal(w->n_writes, 0);
}

void assert_writes(struct world *w, ...)
{
	va_list ap;
	int state;
	unsigned n = 0;

	va_start(ap, w);
	while ((state = va_arg(ap, int))) {
		assert_true(n < w->n_writes);
		assert_int_equal(w->writes[n], state);
		n++;
	}
	va_end(ap);
	assert_int_equal(w->n_writes, n);
	w->n_writes = 0;
}
