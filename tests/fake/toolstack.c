/* SPDX-License-Identifier: MIT */
/* See toolstack.h. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "base/clock.h"
#include "machine.h"
#include "report/cleanup.h"
#include "toolstack.h"

#define PATH_MAX_LEN 256
/* LIBXL_INIT_TIMEOUT and LIBXL_DESTROY_TIMEOUT are ten seconds, for less busy machines. */
#define INIT_MS    60000
#define REMOVE_MS  60000
#define DESTROY_MS 10000 /* for those of a domain, which may have no backend any more */
#define TRIES      100

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

int toolstack_open(struct toolstack *ts)
{
	memset(ts, 0, sizeof *ts);
	/* libxenstore makes the path of its socket in static memory. */
	pthread_mutex_lock(&opening);
	ts->xs = xs_open(0);
	ts->backend_domid = machine->backend_domid;
	pthread_mutex_unlock(&opening);
	return ts->xs ? 0 : -errno;
}

void toolstack_close(struct toolstack *ts)
{
	if (ts->xs)
		xs_close(ts->xs);
	ts->xs = NULL;
}

struct permissions {
	struct xs_permissions list[2];
};

static struct permissions owned_by(unsigned owner, unsigned reader)
{
	return (struct permissions){{{owner, XS_PERM_NONE}, {reader, XS_PERM_READ}}};
}

static int put(struct toolstack *ts, xs_transaction_t t, struct permissions perms,
	       const char *value, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A value, or a directory when it is NULL. */
static int put(struct toolstack *ts, xs_transaction_t t, struct permissions perms,
	       const char *value, const char *format, ...)
{
	char path[PATH_MAX_LEN];
	va_list ap;
	bool ok;

	va_start(ap, format);
	vsnprintf(path, sizeof path, format, ap);
	va_end(ap);
	ok = value ? xs_write(ts->xs, t, path, value, (unsigned)strlen(value))
		   : xs_mkdir(ts->xs, t, path);
	ok = ok && xs_set_permissions(ts->xs, t, path, perms.list, 2);
	return ok ? 0 : -errno;
}

/* Do something in a transaction until it was not disturbed. */
static int transact(struct toolstack *ts,
		    int (*body)(struct toolstack *ts, xs_transaction_t t, const void *data),
		    const void *data)
{
	for (unsigned i = 0; i < TRIES; i++) {
		xs_transaction_t t = xs_transaction_start(ts->xs);
		int rc;

		if (t == XBT_NULL)
			return -errno;
		rc = body(ts, t, data);
		if (xs_transaction_end(ts->xs, t, rc < 0))
			return rc;
		if (errno != EAGAIN)
			return -errno;
	}
	return -EAGAIN;
}

/* -------- domains -------- */

static int domain_body(struct toolstack *ts, xs_transaction_t t, const void *data)
{
	uint16_t domid = *(const uint16_t *)data;
	struct permissions ro = owned_by(0, domid);
	struct permissions rw = owned_by(domid, domid);
	char name[32];
	char vm[64];
	char number[16];
	int rc;

	snprintf(name, sizeof name, "guest%u", domid);
	snprintf(vm, sizeof vm, "/vm/" TOOLSTACK_UUID, domid);
	rc = put(ts, t, ro, NULL, "/local/domain/%u", domid);
	rc = rc < 0 ? rc : put(ts, t, ro, name, "/local/domain/%u/name", domid);
	snprintf(number, sizeof number, "%u", domid);
	rc = rc < 0 ? rc : put(ts, t, ro, number, "/local/domain/%u/domid", domid);
	rc = rc < 0 ? rc : put(ts, t, ro, vm, "/local/domain/%u/vm", domid);
	rc = rc < 0 ? rc : put(ts, t, ro, NULL, "/local/domain/%u/device", domid);
	rc = rc < 0 ? rc : put(ts, t, rw, NULL, "/local/domain/%u/data", domid);
	rc = rc < 0 ? rc : put(ts, t, rw, NULL, "/local/domain/%u/error", domid);
	return rc;
}

int toolstack_add_domain(struct toolstack *ts, uint16_t domid, uint32_t store_frame,
			 uint32_t store_port)
{
	int rc = transact(ts, domain_body, &domid);

	if (rc < 0)
		return rc;
	return xs_introduce_domain(ts->xs, domid, store_frame, store_port) ? 0 : -errno;
}

/* A keyboard that QEMU is not to serve has a backend of another name. */
static const char *backend_kind(const char *kind)
{
	return strcmp(kind, "vkbd") == 0 ? "vinput" : kind;
}

static int end_removal(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid,
		       unsigned ms);

static void destroy_devices(struct toolstack *ts, uint16_t domid, const char *kind)
{
	char path[PATH_MAX_LEN];
	CLEANUP_FREE char **names = NULL;
	unsigned n = 0;

	snprintf(path, sizeof path, "/local/domain/%u/backend/%s/%u", ts->backend_domid,
		 backend_kind(kind), domid);
	names = xs_directory(ts->xs, XBT_NULL, path, &n);
	for (unsigned i = 0; names && i < n; i++)
		toolstack_begin_removal(ts, kind, domid, (unsigned)atoi(names[i]));
	for (unsigned i = 0; names && i < n; i++)
		end_removal(ts, kind, domid, (unsigned)atoi(names[i]), DESTROY_MS);
}

int toolstack_destroy_domain(struct toolstack *ts, uint16_t domid)
{
	char path[PATH_MAX_LEN];

	destroy_devices(ts, domid, "vsnd");
	destroy_devices(ts, domid, "vdispl");
	destroy_devices(ts, domid, "vkbd");
	snprintf(path, sizeof path, "/local/domain/%u", domid);
	xs_rm(ts->xs, XBT_NULL, path);
	snprintf(path, sizeof path, "/libxl/%u", domid);
	xs_rm(ts->xs, XBT_NULL, path);
	machine_domain_destroy(domid);
	return 0;
}

/* -------- devices -------- */

struct device {
	const char *kind;
	uint16_t domid;
	unsigned devid;
	const struct toolstack_node *nodes;
};

static void backend_path(const struct toolstack *ts, const struct device *d, char *path)
{
	snprintf(path, PATH_MAX_LEN, "/local/domain/%u/backend/%s/%u/%u", ts->backend_domid,
		 backend_kind(d->kind), d->domid, d->devid);
}

static void frontend_path(const struct device *d, char *path)
{
	snprintf(path, PATH_MAX_LEN, "/local/domain/%u/device/%s/%u", d->domid, d->kind, d->devid);
}

static int device_body(struct toolstack *ts, xs_transaction_t t, const void *data)
{
	const struct device *d = data;
	struct permissions front = owned_by(d->domid, ts->backend_domid);
	struct permissions back = owned_by(ts->backend_domid, d->domid);
	char fe[PATH_MAX_LEN];
	char be[PATH_MAX_LEN];
	const bool of_backend = strcmp(d->kind, "vkbd") == 0;
	char number[16];
	int rc;

	frontend_path(d, fe);
	backend_path(ts, d, be);
	rc = put(ts, t, front, NULL, "%s", fe);
	rc = rc < 0 ? rc : put(ts, t, front, be, "%s/backend", fe);
	snprintf(number, sizeof number, "%u", ts->backend_domid);
	rc = rc < 0 ? rc : put(ts, t, front, number, "%s/backend-id", fe);
	rc = rc < 0 ? rc : put(ts, t, front, "1", "%s/state", fe);
	rc = rc < 0 ? rc : put(ts, t, back, NULL, "%s", be);
	for (const struct toolstack_node *n = d->nodes; n->path && rc == 0; n++)
		rc = put(ts, t, n->read_only || of_backend ? back : front, n->value, "%s/%s",
			 of_backend ? be : fe, n->path);
	rc = rc < 0 ? rc : put(ts, t, back, fe, "%s/frontend", be);
	snprintf(number, sizeof number, "%u", d->domid);
	rc = rc < 0 ? rc : put(ts, t, back, number, "%s/frontend-id", be);
	rc = rc < 0 ? rc : put(ts, t, back, "1", "%s/online", be);
	rc = rc < 0 ? rc : put(ts, t, back, "1", "%s/state", be);
	return rc;
}

int toolstack_add_device(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid,
			 const struct toolstack_node *nodes)
{
	struct device d = {kind, domid, devid, nodes};

	return transact(ts, device_body, &d);
}

static int state_at(struct toolstack *ts, const char *dir)
{
	char path[PATH_MAX_LEN + 8];
	CLEANUP_FREE char *text = NULL;

	snprintf(path, sizeof path, "%s/state", dir);
	text = xs_read(ts->xs, XBT_NULL, path, NULL);
	return text ? atoi(text) : 0;
}

int toolstack_backend_state(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid)
{
	struct device d = {kind, domid, devid, NULL};
	char path[PATH_MAX_LEN];

	backend_path(ts, &d, path);
	return state_at(ts, path);
}

int toolstack_frontend_state(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid)
{
	struct device d = {kind, domid, devid, NULL};
	char path[PATH_MAX_LEN];

	frontend_path(&d, path);
	return state_at(ts, path);
}

static void drain_events(struct toolstack *ts)
{
	char **event;

	while ((event = xs_check_watch(ts->xs)))
		free(event);
}

int toolstack_wait_backend(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid,
			   int state, unsigned timeout_ms)
{
	struct device d = {kind, domid, devid, NULL};
	uint64_t until = now_ns() + timeout_ms * NS_PER_MS;
	char dir[PATH_MAX_LEN];
	char path[PATH_MAX_LEN + 8];
	int rc = -ETIMEDOUT;

	backend_path(ts, &d, dir);
	snprintf(path, sizeof path, "%s/state", dir);
	if (!xs_watch(ts->xs, path, "wait"))
		return -errno;
	while (now_ns() < until) {
		struct pollfd pfd = {.fd = xs_fileno(ts->xs), .events = POLLIN};

		drain_events(ts);
		if (state_at(ts, dir) == state) {
			rc = 0;
			break;
		}
		poll(&pfd, 1, 100);
	}
	xs_unwatch(ts->xs, path, "wait");
	drain_events(ts);
	return rc;
}

int toolstack_wait_connection(struct toolstack *ts, const char *kind, uint16_t domid,
			      unsigned devid)
{
	return toolstack_wait_backend(ts, kind, domid, devid, 2, INIT_MS);
}

static int removal_body(struct toolstack *ts, xs_transaction_t t, const void *data)
{
	char dir[PATH_MAX_LEN];
	char path[PATH_MAX_LEN + 8];
	CLEANUP_FREE char *state = NULL;

	backend_path(ts, data, dir);
	snprintf(path, sizeof path, "%s/online", dir);
	if (!xs_write(ts->xs, t, path, "0", 1))
		return -errno;
	snprintf(path, sizeof path, "%s/state", dir);
	state = xs_read(ts->xs, t, path, NULL);
	if (state && strcmp(state, "6") == 0)
		return 0;
	return xs_write(ts->xs, t, path, "5", 1) ? 0 : -errno;
}

int toolstack_begin_removal(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid)
{
	struct device d = {kind, domid, devid, NULL};

	return transact(ts, removal_body, &d);
}

/* A directory and those above it that this empties, up to the kinds of devices. */
static int remove_body(struct toolstack *ts, xs_transaction_t t, const void *data)
{
	const struct device *d = data;
	char path[PATH_MAX_LEN];
	unsigned n = 0;
	char **names;

	frontend_path(d, path);
	xs_rm(ts->xs, t, path);
	backend_path(ts, d, path);
	if (!xs_rm(ts->xs, t, path))
		return -errno;
	*strrchr(path, '/') = '\0';
	names = xs_directory(ts->xs, t, path, &n);
	free(names);
	if (names && n == 0)
		xs_rm(ts->xs, t, path);
	return 0;
}

static int end_removal(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid,
		       unsigned ms)
{
	struct device d = {kind, domid, devid, NULL};
	int waited = toolstack_wait_backend(ts, kind, domid, devid, 6, ms);
	int rc = transact(ts, remove_body, &d);

	return waited < 0 ? waited : rc;
}

int toolstack_end_removal(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid)
{
	return end_removal(ts, kind, domid, devid, REMOVE_MS);
}

int toolstack_remove_device(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid)
{
	int rc = toolstack_begin_removal(ts, kind, domid, devid);

	return rc < 0 ? rc : toolstack_end_removal(ts, kind, domid, devid);
}
