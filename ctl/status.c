/* SPDX-License-Identifier: MIT */
/* See status.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "status.h"
#include "wire/wire.h"

/* More than xenavd ever has of one kind. */
#define MOST 100000

/* Append an item of that size. @return 0 or -ENOMEM. */
static int append(void *list, size_t *n, const void *item, size_t size)
{
	void **items = list;
	void *more;

	if (*n >= MOST)
		return -ENOMEM;
	/* Room doubles. */
	if ((*n & (*n - 1)) == 0) {
		more = reallocarray(*items, *n ? *n * 2 : 1, size);
		if (!more)
			return -ENOMEM;
		*items = more;
	}
	memcpy((char *)*items + *n * size, item, size);
	(*n)++;
	return 0;
}

#define APPEND(list, n, item) append(&(list), &(n), &(item), sizeof(item))

/* @return 1 at the end, 0, or -errno. */
static int take(struct status *s, uint32_t serial, const union xenav_msg *msg)
{
	switch (msg->h.opcode) {
	case XENAV_OP_STATUS_DAEMON:
		s->daemon = msg->status_daemon;
		return 0;
	case XENAV_OP_STATUS_GUEST:
		return APPEND(s->guests, s->n_guests, msg->status_guest);
	case XENAV_OP_STATUS_DEVICE:
		return APPEND(s->devices, s->n_devices, msg->status_device);
	case XENAV_OP_STATUS_STREAM:
		return APPEND(s->streams, s->n_streams, msg->status_stream);
	case XENAV_OP_STATUS_CONNECTOR:
		return APPEND(s->connectors, s->n_connectors, msg->status_connector);
	case XENAV_OP_STATUS_INPUT:
		return APPEND(s->inputs, s->n_inputs, msg->status_input);
	case XENAV_OP_STATUS_CLAIM:
		return APPEND(s->claims, s->n_claims, msg->status_claim);
	case XENAV_OP_STATUS_CONSUMER:
		if (msg->status_consumer.flags & XENAV_STATUS_SELF)
			return 0;
		return APPEND(s->consumers, s->n_consumers, msg->status_consumer);
	case XENAV_OP_STATUS_END:
		return msg->status_end.serial == serial;
	case XENAV_OP_ERROR:
		return msg->error.opcode == XENAV_OP_STATUS_GET ? msg->error.error : 0;
	default:
		return 0;
	}
}

/* -------- order -------- */

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

#define BY(type, key)                                                                              \
	static int by_##type(const void *left, const void *right)                                  \
	{                                                                                          \
		const struct xenav_msg_status_##type *a = left, *b = right;                        \
		const uint64_t of_a[] = key(a), of_b[] = key(b);                                   \
		int order = compare(of_a[0], of_b[0]);                                             \
                                                                                                   \
		return order ? order : compare(of_a[1], of_b[1]);                                  \
	}
#define STREAM_KEY(m)                                                                              \
	{                                                                                          \
		(uint64_t)(m)->domid << 32 | (m)->devid, (uint64_t)((m)->pcm << 8 | (m)->stream)   \
	}
#define CONNECTOR_KEY(m)                                                                           \
	{                                                                                          \
		(uint64_t)(m)->domid << 32 | (m)->devid, (m)->connector                            \
	}
#define INPUT_KEY(m)                                                                               \
	{                                                                                          \
		(m)->domid, (m)->devid                                                             \
	}
#define DEVICE_KEY(m)                                                                              \
	{                                                                                          \
		(m)->domid, (uint64_t)(m)->kind << 32 | (m)->devid                                 \
	}
#define GUEST_KEY(m)                                                                               \
	{                                                                                          \
		(m)->domid, 0                                                                      \
	}
#define CONSUMER_KEY(m)                                                                            \
	{                                                                                          \
		(m)->consumer, 0                                                                   \
	}
BY(stream, STREAM_KEY)
BY(connector, CONNECTOR_KEY)
BY(input, INPUT_KEY)
BY(device, DEVICE_KEY)
BY(guest, GUEST_KEY)
BY(consumer, CONSUMER_KEY)

#define SORT(list, n, order)                                                                       \
	do {                                                                                       \
		if ((n) > 1)                                                                       \
			qsort(list, n, sizeof(list)[0], order);                                    \
	} while (0)

static void sort(struct status *s)
{
	SORT(s->guests, s->n_guests, by_guest);
	SORT(s->devices, s->n_devices, by_device);
	SORT(s->streams, s->n_streams, by_stream);
	SORT(s->connectors, s->n_connectors, by_connector);
	SORT(s->inputs, s->n_inputs, by_input);
	SORT(s->consumers, s->n_consumers, by_consumer);
}

/* -------- asking -------- */

int status_get(struct client *client, struct status *status)
{
	union xenav_msg msg;
	int rc;

	*status = (struct status){0};
	wire_init(&msg, XENAV_OP_STATUS_GET, 0);
	msg.status_get.serial = ++client->serial;
	rc = client_send(client, &msg);
	while (rc == 0) {
		rc = client_next(client, &msg, CLIENT_PATIENCE_MS);
		if (rc == 0)
			rc = take(status, client->serial, &msg);
	}
	if (rc < 0) {
		status_free(status);
		return rc;
	}
	sort(status);
	return 0;
}

void status_free(struct status *status)
{
	free(status->guests);
	free(status->devices);
	free(status->streams);
	free(status->connectors);
	free(status->inputs);
	free(status->claims);
	free(status->consumers);
	*status = (struct status){0};
}

/* -------- looking -------- */

const struct xenav_msg_status_guest *status_guest(const struct status *status, uint32_t domid)
{
	for (size_t i = 0; i < status->n_guests; i++)
		if (status->guests[i].domid == domid)
			return &status->guests[i];
	return NULL;
}

const struct xenav_msg_status_consumer *status_consumer(const struct status *status,
							uint32_t consumer)
{
	for (size_t i = 0; i < status->n_consumers; i++)
		if (status->consumers[i].consumer == consumer)
			return &status->consumers[i];
	return NULL;
}

/* A name that consists of digits is a number here, as everywhere in xl. */
static const struct xenav_msg_status_guest *find_guest(const struct status *status, const char *who)
{
	char *end;
	const unsigned long domid = strtoul(who, &end, 10);
	const bool number = *who >= '0' && *who <= '9' && *end == '\0';

	for (size_t i = 0; i < status->n_guests; i++) {
		const struct xenav_msg_status_guest *g = &status->guests[i];

		if (number ? g->domid == domid
			   : strcmp(g->name, who) == 0 ||
				     (g->uuid[0] && strcasecmp(g->uuid, who) == 0))
			return g;
	}
	return NULL;
}

#define KEEP(list, n, domain)                                                                      \
	do {                                                                                       \
		size_t kept = 0;                                                                   \
                                                                                                   \
		for (size_t i = 0; i < (n); i++)                                                   \
			if ((list)[i].domid == (domain))                                           \
				(list)[kept++] = (list)[i];                                        \
		(n) = kept;                                                                        \
	} while (0)

bool status_keep_guest(struct status *status, const char *who)
{
	const struct xenav_msg_status_guest *guest = find_guest(status, who);
	uint32_t domid;

	if (!guest)
		return false;
	domid = guest->domid;
	KEEP(status->guests, status->n_guests, domid);
	KEEP(status->devices, status->n_devices, domid);
	KEEP(status->streams, status->n_streams, domid);
	KEEP(status->connectors, status->n_connectors, domid);
	KEEP(status->inputs, status->n_inputs, domid);
	return true;
}
