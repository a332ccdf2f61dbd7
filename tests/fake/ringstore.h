/* SPDX-License-Identifier: MIT */
/*
 * A guest's own way to xenstore: the ring page that it shares with xenstored, and the wire protocol
 * on it.  xenstored knows whom it talks to, so permissions and quotas are those of an unprivileged
 * domain.  One request at a time; watch events that come meanwhile are kept.
 */
#ifndef XENAVD_RINGSTORE_H
#define XENAVD_RINGSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define RINGSTORE_PATH_MAX 256

struct xenstore_domain_interface;

struct ringstore_event {
	char path[RINGSTORE_PATH_MAX];
	char token[64];
	STAILQ_ENTRY(ringstore_event) link;
};

struct ringstore {
	uint16_t domid;
	uint32_t frame;
	uint32_t port;
	struct xenstore_domain_interface *page;
	uint32_t next_id;
	STAILQ_HEAD(, ringstore_event) events;
	/* The message that is coming in */
	uint8_t in[4096 + 16];
	size_t n_in;
};

/* Make page and port; the toolstack introduces the domain with them. @return 0 or -errno. */
int ringstore_init(struct ringstore *rs, uint16_t domid);

/* Throw away what is queued; the page goes with the domain. */
void ringstore_finish(struct ringstore *rs);

/* 0 is no transaction. */
int ringstore_begin(struct ringstore *rs, uint32_t *tx);
int ringstore_end(struct ringstore *rs, uint32_t tx, bool commit);

/* @return the length of the value, which ends in a NUL, or -errno as xenstored says it. */
int ringstore_read(struct ringstore *rs, uint32_t tx, const char *path, char *value, size_t size);
int ringstore_write(struct ringstore *rs, uint32_t tx, const char *path, const char *value);

/*
 * Write n values of one character each there, as fast as xenstored takes them, which is several at
 * a time.  @return 0, or -ETIMEDOUT when it takes no more.
 */
int ringstore_flood(struct ringstore *rs, const char *path, const char *values, unsigned n);
int ringstore_mkdir(struct ringstore *rs, uint32_t tx, const char *path);
int ringstore_rm(struct ringstore *rs, uint32_t tx, const char *path);
int ringstore_watch(struct ringstore *rs, const char *path, const char *token);
int ringstore_unwatch(struct ringstore *rs, const char *path, const char *token);

/*
 * For somebody else's messages, whole, as xs_wire.h has them; not together with what is above.
 *
 * @return 0 or -errno; the length of what has come in, 0 when nothing has.
 */
int ringstore_send(struct ringstore *rs, const void *message, size_t len);
size_t ringstore_receive(struct ringstore *rs, void *message, size_t size);

/* A watch event, if one is there; never blocks. @return whether there was one. */
bool ringstore_next_event(struct ringstore *rs, struct ringstore_event *event);

#endif
