/* SPDX-License-Identifier: MIT */
/* See ringstore.h. */
#include <config.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/xs_wire.h>

#include "base/clock.h"
#include "machine.h"
#include "ringstore.h"

#define ANSWER_MS     30000
#define FLOOD_AT_ONCE 12

struct out {
	const void *data;
	size_t len;
};

int ringstore_init(struct ringstore *rs, uint16_t domid)
{
	int64_t frame;
	int port;

	memset(rs, 0, sizeof *rs);
	STAILQ_INIT(&rs->events);
	rs->domid = domid;
	frame = machine_frames_alloc(domid, 1);
	if (frame < 0)
		return (int)frame;
	rs->frame = (uint32_t)frame;
	rs->page = machine_frame(rs->frame);
	port = machine_port_alloc(domid, 0, -1);
	if (port < 0)
		return port;
	rs->port = (uint32_t)port;
	return machine_grant_at(domid, MACHINE_XENSTORE_REF, 0, rs->frame);
}

void ringstore_finish(struct ringstore *rs)
{
	struct ringstore_event *event;

	while ((event = STAILQ_FIRST(&rs->events))) {
		STAILQ_REMOVE_HEAD(&rs->events, link);
		free(event);
	}
}

static uint32_t load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static int wait_for_room(struct ringstore *rs, uint32_t seen)
{
	return machine_wait_event(rs->domid, seen, ANSWER_MS) == seen ? -ETIMEDOUT : 0;
}

static int put(struct ringstore *rs, const void *data, size_t len)
{
	const char *from = data;

	while (len > 0) {
		uint32_t seen = machine_events(rs->domid);
		uint32_t prod = rs->page->req_prod;

		if (prod - load(&rs->page->req_cons) == XENSTORE_RING_SIZE) {
			int rc = wait_for_room(rs, seen);

			if (rc < 0)
				return rc;
			continue;
		}
		while (len > 0 && prod - load(&rs->page->req_cons) < XENSTORE_RING_SIZE) {
			rs->page->req[MASK_XENSTORE_IDX(prod++)] = *from++;
			len--;
		}
		__atomic_store_n(&rs->page->req_prod, prod, __ATOMIC_RELEASE);
		machine_port_notify(rs->domid, rs->port);
	}
	return 0;
}

/* Take what is there of one message. @return whether it is complete. */
static bool take(struct ringstore *rs)
{
	struct xsd_sockmsg head;
	uint32_t cons = rs->page->rsp_cons;
	uint32_t prod = load(&rs->page->rsp_prod);
	size_t want = sizeof head;
	bool took = false;

	for (;;) {
		if (rs->n_in >= sizeof head) {
			memcpy(&head, rs->in, sizeof head);
			want = sizeof head + head.len;
		}
		if (rs->n_in == want || want > sizeof rs->in || cons == prod)
			break;
		rs->in[rs->n_in++] = (uint8_t)rs->page->rsp[MASK_XENSTORE_IDX(cons++)];
		took = true;
	}
	__atomic_store_n(&rs->page->rsp_cons, cons, __ATOMIC_RELEASE);
	if (took)
		machine_port_notify(rs->domid, rs->port);
	return rs->n_in == want;
}

int ringstore_send(struct ringstore *rs, const void *message, size_t len)
{
	return put(rs, message, len);
}

size_t ringstore_receive(struct ringstore *rs, void *message, size_t size)
{
	size_t len;

	if (!take(rs) || rs->n_in > size)
		return 0;
	len = rs->n_in;
	memcpy(message, rs->in, len);
	rs->n_in = 0;
	return len;
}

static void keep_event(struct ringstore *rs)
{
	const char *path = (const char *)rs->in + sizeof(struct xsd_sockmsg);
	const char *token = path + strlen(path) + 1;
	struct ringstore_event *event = calloc(1, sizeof *event);

	if (!event)
		return;
	snprintf(event->path, sizeof event->path, "%s", path);
	snprintf(event->token, sizeof event->token, "%s", token);
	STAILQ_INSERT_TAIL(&rs->events, event, link);
}

/* @return 1 with an answer in rs->in, 0 when nothing is there. */
static int take_message(struct ringstore *rs, struct xsd_sockmsg *head)
{
	while (take(rs)) {
		memcpy(head, rs->in, sizeof *head);
		rs->n_in = 0;
		if (head->type != XS_WATCH_EVENT)
			return 1;
		keep_event(rs);
	}
	return 0;
}

static int error_number(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof xsd_errors / sizeof xsd_errors[0]; i++)
		if (strlen(xsd_errors[i].errstring) + 1 == len &&
		    memcmp(xsd_errors[i].errstring, name, len) == 0)
			return xsd_errors[i].errnum;
	return EIO;
}

static int answer(struct ringstore *rs, uint32_t type, char *value, size_t size)
{
	const char *body = (const char *)rs->in + sizeof(struct xsd_sockmsg);
	uint64_t until = now_ns() + ANSWER_MS * NS_PER_MS;
	struct xsd_sockmsg head;

	for (;;) {
		uint32_t seen = machine_events(rs->domid);

		if (take_message(rs, &head)) {
			if (head.req_id == rs->next_id)
				break;
			continue;
		}
		if (now_ns() > until || !machine_domain_alive(rs->domid))
			return -ETIMEDOUT;
		machine_wait_event(rs->domid, seen, 1000);
	}
	if (head.type == XS_ERROR)
		return -error_number(body, head.len);
	if (head.type != type || (value && head.len >= size))
		return -EPROTO;
	if (value) {
		memcpy(value, body, head.len);
		value[head.len] = '\0';
	}
	return (int)head.len;
}

static int talk(struct ringstore *rs, uint32_t type, uint32_t tx, const struct out *parts,
		unsigned n_parts, char *value, size_t size)
{
	struct xsd_sockmsg head = {.type = type, .req_id = ++rs->next_id, .tx_id = tx};
	int rc;

	for (unsigned i = 0; i < n_parts; i++)
		head.len += (uint32_t)parts[i].len;
	rc = put(rs, &head, sizeof head);
	for (unsigned i = 0; i < n_parts && rc == 0; i++)
		rc = put(rs, parts[i].data, parts[i].len);
	return rc < 0 ? rc : answer(rs, type, value, size);
}

static struct out text(const char *string)
{
	return (struct out){string, strlen(string) + 1};
}

static int done(int rc)
{
	return rc < 0 ? rc : 0;
}

int ringstore_begin(struct ringstore *rs, uint32_t *tx)
{
	struct out parts[] = {text("")};
	char value[32];
	int rc = talk(rs, XS_TRANSACTION_START, 0, parts, 1, value, sizeof value);

	if (rc < 0)
		return rc;
	*tx = (uint32_t)strtoul(value, NULL, 10);
	return 0;
}

int ringstore_end(struct ringstore *rs, uint32_t tx, bool commit)
{
	struct out parts[] = {text(commit ? "T" : "F")};

	return done(talk(rs, XS_TRANSACTION_END, tx, parts, 1, NULL, 0));
}

int ringstore_read(struct ringstore *rs, uint32_t tx, const char *path, char *value, size_t size)
{
	struct out parts[] = {text(path)};

	return talk(rs, XS_READ, tx, parts, 1, value, size);
}

int ringstore_write(struct ringstore *rs, uint32_t tx, const char *path, const char *value)
{
	struct out parts[] = {text(path), {value, strlen(value)}};

	return done(talk(rs, XS_WRITE, tx, parts, 2, NULL, 0));
}

static int put_write(struct ringstore *rs, const char *path, char value)
{
	struct xsd_sockmsg head = {.type = XS_WRITE, .req_id = ++rs->next_id};
	uint8_t message[sizeof head + RINGSTORE_PATH_MAX + 1];
	size_t len = strlen(path) + 1;

	head.len = (uint32_t)len + 1;
	memcpy(message, &head, sizeof head);
	memcpy(message + sizeof head, path, len);
	message[sizeof head + len] = (uint8_t)value;
	return put(rs, message, sizeof head + head.len);
}

/* xenstored has a quota of requests that wait, and the answers have to fit their ring. */
int ringstore_flood(struct ringstore *rs, const char *path, const char *values, unsigned n)
{
	unsigned sent = 0;
	unsigned answered = 0;

	while (answered < n) {
		uint32_t seen = machine_events(rs->domid);
		unsigned before = answered;
		struct xsd_sockmsg head;
		int rc = 0;

		while (sent < n && sent - answered < FLOOD_AT_ONCE && rc == 0)
			rc = put_write(rs, path, values[sent++]);
		while (rc == 0 && take_message(rs, &head))
			answered++;
		if (rc == 0 && answered == before)
			rc = wait_for_room(rs, seen);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int ringstore_mkdir(struct ringstore *rs, uint32_t tx, const char *path)
{
	struct out parts[] = {text(path)};

	return done(talk(rs, XS_MKDIR, tx, parts, 1, NULL, 0));
}

int ringstore_rm(struct ringstore *rs, uint32_t tx, const char *path)
{
	struct out parts[] = {text(path)};

	return done(talk(rs, XS_RM, tx, parts, 1, NULL, 0));
}

int ringstore_watch(struct ringstore *rs, const char *path, const char *token)
{
	struct out parts[] = {text(path), text(token)};

	return done(talk(rs, XS_WATCH, 0, parts, 2, NULL, 0));
}

/* As unregister_xenbus_watch() does, also throw away what it has sent and nobody has seen. */
int ringstore_unwatch(struct ringstore *rs, const char *path, const char *token)
{
	struct out parts[] = {text(path), text(token)};
	int rc = talk(rs, XS_UNWATCH, 0, parts, 2, NULL, 0);
	struct ringstore_event *event = STAILQ_FIRST(&rs->events);

	while (event) {
		struct ringstore_event *next = STAILQ_NEXT(event, link);

		if (strcmp(event->token, token) == 0) {
			STAILQ_REMOVE(&rs->events, event, ringstore_event, link);
			free(event);
		}
		event = next;
	}
	return done(rc);
}

bool ringstore_next_event(struct ringstore *rs, struct ringstore_event *event)
{
	struct ringstore_event *first;
	struct xsd_sockmsg head;

	/* An answer here would be one to a request that was given up. */
	while (take_message(rs, &head))
		;
	first = STAILQ_FIRST(&rs->events);
	if (!first)
		return false;
	STAILQ_REMOVE_HEAD(&rs->events, link);
	*event = *first;
	free(first);
	return true;
}
