/* SPDX-License-Identifier: MIT */
/*
 * See viewer.h.  A viewer has references: the connector's, that of a job under way, and one during
 * calls of the listener, which may end the viewer inside of them.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/container.h"
#include "buffer/gbuf.h"
#include "display/context.h"
#include "display/copier.h"
#include "display/flips.h"
#include "display/lending.h"
#include "display/listener.h"
#include "display/viewer.h"
#include "report/log.h"
#include "xen/worker.h"

/* Time between two attempts when there was no memory for a frame. */
#define REFUSED_S 1

/* The shortest time between two frames of a picture that has not changed, however often the
 * consumer asks. */
#define AGAIN_MIN_NS (NS_PER_SEC / 120)

enum viewer_state {
	VIEWER_IDLE,
	VIEWER_LENDING, /* the buffer of the picture is being lent */
	VIEWER_COPYING, /* the worker copies the picture */
	VIEWER_SHOWING, /* the consumer has a frame that it has not shown */
	VIEWER_ENDED,
};

/* The frame that the consumer waits for. */
enum wanted { WANTED_NONE, WANTED_NEW, WANTED_ANY };

struct viewer {
	unsigned refs;
	struct viewer_env *env;
	enum xenav_mode mode;
	const struct connector_listener *listener;
	void *data;
	uint32_t ways;

	enum viewer_state state;
	enum wanted wanted;
	uint64_t serial; /* of the last frame given */
	uint64_t seen_version;
	uint64_t begun_ns; /* when the last frame was begun */
	struct event *again_timer;
	bool told_blank;
	bool refused; /* no copy was possible, and that has been logged */

	struct lending lending;
	struct copier copier;
};

static bool drives(const struct viewer *viewer)
{
	return viewer->mode == XENAV_MODE_DRIVE;
}

static void on_again(evutil_socket_t, short, void *arg)
{
	viewer_show(arg);
}

static void on_copied(struct copier *copier);
static void on_lent(struct lending *lending);

int viewer_create(struct viewer **out, struct viewer_env *env, enum xenav_mode mode,
		  const struct connector_listener *listener, uint32_t ways, void *data)
{
	const struct display_context *context = env->context;
	struct viewer *viewer = calloc(1, sizeof *viewer);

	if (!viewer)
		return -ENOMEM;
	viewer->again_timer = evtimer_new(context->env->base, on_again, viewer);
	if (!viewer->again_timer) {
		free(viewer);
		return -ENOMEM;
	}
	viewer->refs = 1;
	viewer->env = env;
	viewer->mode = mode;
	viewer->listener = listener;
	viewer->data = data;
	viewer->ways = ways;
	viewer->lending = (struct lending){
		.context = context,
		.index = env->index,
		.drives = mode == XENAV_MODE_DRIVE,
		.listener = listener,
		.data = data,
		.ways = ways & ~XENAV_WAY_COPY,
		.lent = on_lent,
		.lend = LEND_INIT,
	};
	copier_init(&viewer->copier, context->env->xen->worker, on_copied);
	*out = viewer;
	return 0;
}

static void on_gone(struct copier *copier)
{
	free(CONTAINER(copier, struct viewer, copier));
}

/* The connector may be gone before the memory of its viewers is given back. */
static void unref(struct viewer *viewer)
{
	if (--viewer->refs > 0)
		return;
	event_free(viewer->again_timer);
	copier_finish(&viewer->copier, on_gone);
}

static bool ended(const struct viewer *viewer)
{
	return viewer->state == VIEWER_ENDED;
}

static void become_idle(struct viewer *viewer)
{
	if (!ended(viewer))
		viewer->state = VIEWER_IDLE;
}

/* The guest may draw on. */
static void end_hold(struct viewer *viewer)
{
	if (drives(viewer))
		flips_hold(viewer->env->flips, false);
}

void viewer_end(struct viewer *viewer)
{
	const bool copying = viewer->state == VIEWER_COPYING;

	evtimer_del(viewer->again_timer);
	viewer->state = VIEWER_ENDED;
	lending_end(&viewer->lending);
	if (copying && copier_drop(&viewer->copier)) {
		viewer->env->copying = false;
		end_hold(viewer);
		unref(viewer);
	}
	unref(viewer);
}

bool viewer_is(const struct viewer *viewer, const void *data)
{
	return viewer->data == data;
}

static void want(struct viewer *viewer, enum wanted wanted)
{
	if (viewer->wanted < wanted)
		viewer->wanted = wanted;
}

/* -------- copies -------- */

/* There is no memory for the frame: the guest goes on at the daemon's pace, and the viewer tries
 * again now and then, because others may give theirs back. */
static void refuse_frame(struct viewer *viewer, int rc)
{
	const struct timeval tv = {.tv_sec = REFUSED_S};
	const struct viewer_env *env = viewer->env;

	if (!viewer->refused)
		log_about(env->context->log, LOG_LEVEL_WARN, LOG_CONNECTOR(env->index),
			  "No frames of connector %u for a consumer: %s", env->index,
			  copy_strerror(rc));
	viewer->refused = true;
	viewer->seen_version = viewer->copier.picture.version;
	want(viewer, WANTED_ANY);
	evtimer_add(viewer->again_timer, &tv);
	if (drives(viewer))
		flips_unclaimed(env->flips);
}

/* Note that a frame of that version is being given, in the way of that bit. */
static void count_frame(struct viewer *viewer, uint64_t version, unsigned way_bit)
{
	viewer->state = VIEWER_SHOWING;
	viewer->lending.serial = viewer->serial;
	viewer->seen_version = version;
	viewer->told_blank = false;
	viewer->env->n_frames[way_bit]++;
}

static void give_copy(struct viewer *viewer)
{
	const struct picture *picture = &viewer->copier.picture;
	struct connector_frame frame = copier_frame(&viewer->copier, ++viewer->serial);
	struct connector_buffer buffer;

	count_frame(viewer, picture->version, 0);
	viewer->refused = false;
	viewer->env->copied_bytes += picture->region.row_bytes * picture->region.height_px;
	viewer->refs++;
	if (copier_announce(&viewer->copier, &buffer))
		viewer->listener->buffer(&buffer, viewer->data);
	if (!ended(viewer))
		viewer->listener->frame(&frame, viewer->data);
	unref(viewer);
}

static void finish_copy(struct viewer *viewer, int rc)
{
	if (ended(viewer))
		return;
	if (rc == 0 && viewer->copier.picture.epoch == viewer->env->picture->epoch) {
		give_copy(viewer);
		return;
	}
	if (rc < 0) {
		refuse_frame(viewer, rc);
		return;
	}
	/* The guest has stopped showing that picture meanwhile: wait for another. */
	want(viewer, WANTED_NEW);
	viewer_show(viewer);
}

static void on_copied(struct copier *copier)
{
	struct viewer *viewer = CONTAINER(copier, struct viewer, copier);
	struct viewer_env *env = viewer->env;

	become_idle(viewer);
	end_hold(viewer);
	finish_copy(viewer, copier->rc);
	/* Last, so that a viewer that is ready again at once comes after the others. */
	env->copying = false;
	env->copied(env, viewer->mode);
	unref(viewer);
}

/* An event would let the guest draw into the picture; for watchers it does not wait. */
static void begin_copy(struct viewer *viewer)
{
	viewer->state = VIEWER_COPYING;
	viewer->env->copying = true;
	viewer->refs++;
	if (drives(viewer))
		flips_hold(viewer->env->flips, true);
}

static void start_copy(struct viewer *viewer)
{
	const uid_t uid = viewer->listener->user ? viewer->listener->user(viewer->data) : 0;
	int rc;

	viewer->wanted = WANTED_NONE;
	rc = copier_start(&viewer->copier, (viewer->serial + 1) % 2, viewer->env->picture,
			  &viewer->env->context->guest, uid);
	if (rc > 0)
		begin_copy(viewer);
	else
		finish_copy(viewer, rc);
}

/* -------- the guest's memory itself -------- */

static void give_handout(struct viewer *viewer, struct handout *handout)
{
	const struct picture *picture = viewer->env->picture;
	const struct connector_frame frame =
		lending_frame(&viewer->lending, handout, &picture->region, ++viewer->serial);

	viewer->wanted = WANTED_NONE;
	count_frame(viewer, picture->version, (unsigned)__builtin_ctz(handout->lend.way));
	viewer->listener->frame(&frame, viewer->data);
}

static void start_lending(struct viewer *viewer)
{
	viewer->state = VIEWER_LENDING;
	viewer->refs++;
}

static void on_lent(struct lending *lending)
{
	struct viewer *viewer = CONTAINER(lending, struct viewer, lending);

	become_idle(viewer);
	viewer_show(viewer);
	unref(viewer);
}

int viewer_freed(struct viewer *viewer, uint32_t index)
{
	uint64_t serial;
	int rc;

	rc = lending_freed(&viewer->lending, index, &serial);
	if (rc <= 0)
		return rc;
	/* The consumer has not seen the last frame there. */
	if (viewer->state == VIEWER_SHOWING && viewer->serial == serial) {
		viewer->state = VIEWER_IDLE;
		viewer->seen_version = 0;
		want(viewer, WANTED_NEW);
	}
	viewer_show(viewer);
	return 0;
}

bool viewer_has(const struct viewer *viewer, const struct gbuf *gbuf)
{
	return lending_has(&viewer->lending, gbuf);
}

void viewer_take_back(struct viewer *viewer, const struct gbuf *gbuf)
{
	viewer->refs++;
	lending_take_back(&viewer->lending, gbuf);
	unref(viewer);
}

void viewer_give_up(struct viewer *viewer, const struct gbuf *gbuf)
{
	if (!viewer_has(viewer, gbuf))
		return;
	lending_give_up(&viewer->lending, gbuf);
	viewer->listener->late(viewer->data);
}

/* -------- when -------- */

/* The picture is in a dma-buf of another consumer that cannot be read. */
static void leave_blank(struct viewer *viewer)
{
	const struct viewer_env *env = viewer->env;

	if (!viewer->refused)
		log_info_from(env->context->log,
			      "A consumer cannot see connector %u: the dma-buf cannot be mapped",
			      env->index);
	viewer->refused = true;
	viewer->seen_version = env->picture->version;
	if (drives(viewer))
		flips_unclaimed(env->flips);
	viewer_blank(viewer);
}

/* Begin with the newest frame, in the best way that there is. */
static void start_frame(struct viewer *viewer)
{
	const struct viewer_env *env = viewer->env;
	struct gbuf *gbuf = env->picture->gbuf;
	struct handout *handout = lending_find(&viewer->lending, gbuf);

	if (handout && handout->state == HANDOUT_GIVEN)
		give_handout(viewer, handout);
	else if (!handout && lending_start(&viewer->lending, gbuf))
		start_lending(viewer);
	else if (ended(viewer))
		return;
	else if (!(viewer->ways & XENAV_WAY_COPY))
		viewer->seen_version = env->picture->version; /* the consumer cannot have it */
	else if (!gbuf_data(gbuf))
		leave_blank(viewer);
	else if (!env->copying) /* else it is not yet this viewer's turn */
		start_copy(viewer);
}

/* May the same picture be given again now?  If not, the timer tells when it may. */
static bool again_due(struct viewer *viewer)
{
	const uint64_t since = now_ns() - viewer->begun_ns;
	struct timeval tv = {0};

	if (since >= AGAIN_MIN_NS)
		return true;
	/* Rounded up. */
	tv.tv_usec = (suseconds_t)((AGAIN_MIN_NS - since) / 1000 + 1);
	evtimer_add(viewer->again_timer, &tv);
	return false;
}

void viewer_show(struct viewer *viewer)
{
	const struct viewer_env *env = viewer->env;

	if (viewer->state != VIEWER_IDLE || viewer->wanted == WANTED_NONE || !env->picture->gbuf)
		return;
	if (env->copying && viewer->ways == XENAV_WAY_COPY)
		return; /* not yet this viewer's turn */
	if (viewer->seen_version == env->picture->version &&
	    !(viewer->wanted == WANTED_ANY && again_due(viewer)))
		return;
	evtimer_del(viewer->again_timer);
	viewer->begun_ns = now_ns();
	viewer->refs++;
	start_frame(viewer);
	unref(viewer);
}

void viewer_blank(struct viewer *viewer)
{
	if (viewer->told_blank)
		return;
	viewer->told_blank = true;
	viewer->listener->blank(viewer->data);
}

void viewer_ready(struct viewer *viewer, bool again)
{
	want(viewer, again ? WANTED_ANY : WANTED_NEW);
	if (viewer->env->picture->gbuf)
		viewer_show(viewer);
	else
		viewer_blank(viewer);
}

void viewer_done(struct viewer *viewer, uint64_t serial)
{
	if (viewer->state != VIEWER_SHOWING || serial != viewer->serial)
		return;
	viewer->state = VIEWER_IDLE;
	viewer->refs++;
	if (drives(viewer))
		flips_shown(viewer->env->flips, viewer->seen_version);
	viewer_show(viewer);
	unref(viewer);
}
