/* SPDX-License-Identifier: MIT */
/* See feed.h. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "common/clock.h"
#include "type/feed.h"

/* After a signal, the daemon has this long to take the last message. */
#define RELEASE_NS NS_PER_S

/* A script that waits for longer says so. */
#define PATIENCE_NS NS_PER_S

/* -------- before -------- */

static bool is_ready(const struct target *t, const struct script *script)
{
	return t->ready && (!script->has_positions || target_connector(t));
}

int feed_wait(struct feed *f, const struct script *script, uint32_t wait_s)
{
	const struct target *t = f->target;
	const uint64_t start_ns = monotonic_ns();
	const uint64_t until_ns = start_ns + wait_s * NS_PER_S;
	bool said = t->o->common.quiet || wait_s * NS_PER_S <= PATIENCE_NS;
	int rc;

	for (;;) {
		uint64_t now, next_ns;

		rc = link_turn(t->link);
		if (rc < 0 || is_ready(t, script))
			return rc;
		if (t->refused)
			return t->refused;
		now = monotonic_ns();
		if (now >= until_ns)
			return -ETIMEDOUT;
		if (!said && now >= start_ns + PATIENCE_NS) {
			fprintf(stderr, "xenav-type: Waiting for the input device of %s\n",
				t->o->common.selection.domain);
			said = true;
		}
		next_ns = said ? until_ns : start_ns + PATIENCE_NS;
		rc = loop_wait(f->loop, next_ns);
		if (rc < 0)
			return rc;
	}
}

/* -------- meanwhile -------- */

/* The daemon's messages are handled until then. */
static int pause_for(struct feed *f, uint32_t ms)
{
	const uint64_t until_ns = monotonic_ns() + ms * NS_PER_MS;
	int rc = 0;

	while (rc == 0 && monotonic_ns() < until_ns)
		rc = loop_wait(f->loop, until_ns);
	return rc;
}

/* Wait until the daemon's socket has taken all; if `ignore`, signals do not end that. */
static int send_all(struct feed *f, bool ignore, uint64_t until_ns)
{
	struct target *t = f->target;
	int rc;

	rc = xenav_input_flush(t->in);
	if (rc == 0)
		rc = link_turn(t->link);
	while (rc == 0 && xenav_get_events(link_get(t->link)) & POLLOUT) {
		if (monotonic_ns() >= until_ns)
			return -ETIMEDOUT;
		rc = loop_wait(f->loop, until_ns);
		if (rc == -EINTR && ignore)
			rc = 0;
		if (rc == 0 && !t->in)
			rc = -ENODEV;
	}
	return rc;
}

static int send_position(const struct target *t, int32_t x, int32_t y)
{
	const struct xenav_connector *c = target_connector(t);

	return c ? xenav_input_position(t->in, c, x, y, 0) : -ENODEV;
}

static int send_op(struct feed *f, const struct op *op, bool is_last)
{
	struct target *t = f->target;
	int rc;

	if (!t->in)
		return -ENODEV;
	switch (op->kind) {
	case OP_KEY:
		return xenav_input_key(t->in, op->code, op->pressed);
	case OP_POSITION:
		return send_position(t, op->x, op->y);
	case OP_WHEEL:
		return xenav_input_motion(t->in, 0, 0, op->notches);
	case OP_PAUSE:
		rc = send_all(f, false, UINT64_MAX);
		return rc == 0 && !is_last ? pause_for(f, op->pause_ms) : rc;
	}
	return 0;
}

int feed_send(struct feed *f, const struct script *script)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < script->n; i++)
		rc = send_op(f, &script->ops[i], i + 1 == script->n);
	return rc;
}

int feed_release(struct feed *f)
{
	struct target *t = f->target;
	int rc;

	if (!t->in || !t->ready)
		return 0;
	rc = xenav_input_reset(t->in);
	return rc == 0 ? send_all(f, true, monotonic_ns() + RELEASE_NS) : rc;
}
