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

/* Handle the messages that have come. @return 0, or the error of a connection that is over. */
static int dispatch(struct feed *f)
{
	while (!f->target->lost && xenav_dispatch(f->target->x) > 0)
		;
	return f->target->lost;
}

/* Wait for the daemon, until_ns or a signal, if there is a descriptor for it. @return 0 or -EINTR.
 */
static int wait_until(const struct xenav *x, int signal_fd, uint64_t until_ns)
{
	struct pollfd fds[] = {
		{.fd = signal_fd, .events = POLLIN},
		{.fd = xenav_get_fd(x), .events = xenav_get_events(x)},
	};
	const uint64_t now = monotonic_ns();
	const uint64_t ns = until_ns > now ? until_ns - now : 0;
	const struct timespec t = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};

	if (ppoll(fds, 2, &t, NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	return fds[0].revents ? -EINTR : 0;
}

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
	bool said = t->o->quiet || wait_s * NS_PER_S <= PATIENCE_NS;
	int rc;

	for (;;) {
		uint64_t now, next_ns;

		rc = dispatch(f);
		if (rc < 0 || is_ready(t, script))
			return rc;
		if (t->refused)
			return t->refused;
		now = monotonic_ns();
		if (now >= until_ns)
			return -ETIMEDOUT;
		if (!said && now >= start_ns + PATIENCE_NS) {
			fprintf(stderr, "xenav-type: Waiting for the input device of %s\n",
				t->o->selection.domain);
			said = true;
		}
		next_ns = said ? until_ns : start_ns + PATIENCE_NS;
		rc = wait_until(t->x, f->signal_fd, next_ns);
		if (rc < 0)
			return rc;
	}
}

/* -------- meanwhile -------- */

/* The daemon's messages are handled until then. */
static int pause_for(struct feed *f, uint32_t ms)
{
	const uint64_t until_ns = monotonic_ns() + ms * NS_PER_MS;
	int rc = dispatch(f);

	while (rc == 0 && monotonic_ns() < until_ns) {
		rc = wait_until(f->target->x, f->signal_fd, until_ns);
		if (rc == 0)
			rc = dispatch(f);
	}
	return rc;
}

/* Wait until the daemon's socket has taken all. */
static int send_all(struct feed *f, int signal_fd, uint64_t until_ns)
{
	struct target *t = f->target;
	int rc;

	rc = xenav_input_flush(t->in);
	if (rc == 0)
		rc = dispatch(f);
	while (rc == 0 && xenav_get_events(t->x) & POLLOUT) {
		if (monotonic_ns() >= until_ns)
			return -ETIMEDOUT;
		rc = wait_until(t->x, signal_fd, until_ns);
		if (rc == 0)
			rc = dispatch(f);
		if (!t->in)
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
		rc = send_all(f, f->signal_fd, UINT64_MAX);
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
	return rc == 0 ? send_all(f, -1, monotonic_ns() + RELEASE_NS) : rc;
}
