/* SPDX-License-Identifier: MIT */
/*
 * See pause.h.
 *
 * The objects stay, without a number, until the daemon announces them again: see object.c.  What is
 * not there after a while is removed, and with that the pause is over.  A connection that breaks
 * before belongs to the same pause, as one that breaks soon after, so that a daemon that fails for
 * ever is not asked for ever.  The while goes on then: a daemon that is restarted again and again
 * does not prolong it.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/clock.h"
#include "client/object.h"
#include "client/pause.h"
#include "client/send.h"

#define NS_PER_MS 1000000u

/* Between two attempts: an eighth of the time that has passed, within these bounds. */
#define STEP_MIN_NS ((uint64_t)10 * NS_PER_MS)
#define STEP_MAX_NS ((uint64_t)500 * NS_PER_MS)

/* Guests that connect anew to a restarted daemon are there after about a second. */
#define ABSENCE_NS ((uint64_t)3000 * NS_PER_MS)

/* A connection that lasts for so long has been a whole one. */
#define STABLE_NS ((uint64_t)100 * NS_PER_MS)

int pause_connect(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, rc;

	if (strlen(path) >= sizeof addr.sun_path)
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, sizeof addr) < 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

/* Does the error come from a daemon that restarts, or is not ready for us yet? */
static bool may_pass(const struct xenav *x, int error)
{
	if (error == -EPIPE)
		return true;
	return x->pause.active && (error == -EUSERS || error == -ENOMEM || error == -EAGAIN);
}

static void try_later(struct xenav *x, uint64_t now_ns)
{
	uint64_t step_ns = (now_ns - x->pause.since_ns) / 8;

	step_ns = step_ns < STEP_MIN_NS ? STEP_MIN_NS : step_ns;
	step_ns = step_ns > STEP_MAX_NS ? STEP_MAX_NS : step_ns;
	x->pause.next_ns = now_ns + step_ns;
	if (x->pause.next_ns > x->pause.deadline_ns)
		x->pause.next_ns = x->pause.deadline_ns;
	watch_wake_at(&x->watch, x->pause.next_ns);
}

/* Objects that are absent have had a part of their time. */
static void count_absence(struct xenav *x, uint64_t now_ns)
{
	x->pause.absence_ns = x->pause.next_ns > now_ns ? x->pause.next_ns - now_ns : 0;
}

/* Forget the connection, but not its objects. */
static void drop(struct xenav *x)
{
	struct xenav_object *o;

	watch_socket(&x->watch, -1);
	close(x->sock);
	x->sock = -1;
	x->send_error = 0;
	x->welcomed = false;
	x->reannounced = false;
	x->hello_waits = false;
	x->tokens.n_unsent = 0;
	TAILQ_FOREACH (o, &x->objects, link)
		object_lose(o);
}

bool pause_begin(struct xenav *x, int error)
{
	const uint64_t now_ns = clock_now_ns();
	const bool anew = !x->pause.active;

	if (!x->path || x->patience_ns == 0 || !x->met || !may_pass(x, error))
		return false;
	if (anew && now_ns - x->pause.over_ns >= STABLE_NS) {
		x->pause.since_ns = now_ns;
		x->pause.deadline_ns = now_ns + x->patience_ns;
	}
	if (anew)
		x->pause.absence_ns = ABSENCE_NS;
	else if (x->reannounced)
		count_absence(x, now_ns);
	if (now_ns >= x->pause.deadline_ns)
		return false;
	x->pause.active = true;
	x->pause.error = error;
	drop(x);
	try_later(x, now_ns);
	if (!anew)
		return true;
	base_log(x, XENAV_LOG_INFO, "xenavd is gone; waiting for it to come back");
	if (x->listener.paused)
		x->listener.paused(x->data);
	return true;
}

/* All that comes back is back: remove the rest. */
static void end(struct xenav *x)
{
	objects_remove_absent(x);
	if (x->closing)
		return;
	x->pause.active = false;
	x->pause.over_ns = clock_now_ns();
	watch_wake_at(&x->watch, UINT64_MAX);
	base_log(x, XENAV_LOG_INFO, "xenavd is back after %u ms",
		 (unsigned int)((x->pause.over_ns - x->pause.since_ns) / NS_PER_MS));
	if (x->listener.resumed)
		x->listener.resumed(x->data);
}

/* The next connection has another token.  An attempt to connect need not have brought one. */
static void keep_token(struct tokens *t)
{
	const size_t size = sizeof t->present;

	for (unsigned int i = 0; i < t->n_earlier; i++)
		if (memcmp(t->earlier[i], t->present, size) == 0)
			return;
	if (t->n_earlier == MAX_EARLIER_TOKENS)
		memmove(t->earlier[0], t->earlier[1], --t->n_earlier * size);
	memcpy(t->earlier[t->n_earlier++], t->present, size);
}

static void try_to_connect(struct xenav *x, uint64_t now_ns)
{
	x->sock = pause_connect(x->path);
	if (x->sock >= 0 && watch_socket(&x->watch, x->sock) < 0) {
		close(x->sock);
		x->sock = -1;
	}
	if (x->sock < 0) {
		x->sock = -1;
		try_later(x, now_ns);
		return;
	}
	/* A daemon behind a socket of systemd may answer later. */
	x->pause.next_ns = x->pause.deadline_ns;
	watch_wake_at(&x->watch, x->pause.next_ns);
	x->hello_waits = true;
	keep_token(&x->tokens);
	send_flush(x);
}

int pause_turn(struct xenav *x)
{
	uint64_t now_ns;

	if (!x->pause.active)
		return 0;
	now_ns = clock_now_ns();
	if (x->reannounced && !objects_any_absent(x))
		x->pause.next_ns = now_ns;
	if (now_ns < x->pause.next_ns)
		return 0;
	if (x->reannounced) {
		end(x);
		return 0;
	}
	if (now_ns >= x->pause.deadline_ns)
		return x->pause.error;
	if (x->sock < 0)
		try_to_connect(x, now_ns);
	return 0;
}

void pause_announced(struct xenav *x)
{
	x->reannounced = true;
	x->pause.next_ns = clock_now_ns() + x->pause.absence_ns;
	watch_wake_at(&x->watch, x->pause.next_ns);
}
