/* SPDX-License-Identifier: MIT */
/*
 * The toolstack's half of a device's life, as libxl 4.17 does it: what it writes, with which
 * permissions, in which transactions, and for which states it waits how long.  It speaks to
 * xenstored as domain 0.  One handle belongs to one thread.
 */
#ifndef XENAVD_TOOLSTACK_H
#define XENAVD_TOOLSTACK_H

#include <stdbool.h>
#include <stdint.h>

struct xs_handle;

/* The UUID of a domain, by its number. */
#define TOOLSTACK_UUID "9f3c1a52-7d4e-4b60-8a11-0000000%05x"

struct toolstack {
	struct xs_handle *xs;
	uint16_t backend_domid;
};

/* @return 0 or -errno. */
int toolstack_open(struct toolstack *ts);
void toolstack_close(struct toolstack *ts);

/* The domain's directories, then its introduction; its page is where Xen's tools put it. */
int toolstack_add_domain(struct toolstack *ts, uint16_t domid, uint32_t store_frame,
			 uint32_t store_port);

/* Its devices first, then its directories, then the domain, as `xl destroy` does. */
int toolstack_destroy_domain(struct toolstack *ts, uint16_t domid);

/* One node of the frontend's directory, where read-only ones belong to the backend's domain; what
 * libxl knows of a keyboard stands in the backend's directory. */
struct toolstack_node {
	const char *path;
	const char *value;
	bool read_only;
};

/* Everything in one transaction; nodes ends with a NULL path. */
int toolstack_add_device(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid,
			 const struct toolstack_node *nodes);

/* Wait until the backend is in 2. @return 0, -ETIMEDOUT, ... */
int toolstack_wait_connection(struct toolstack *ts, const char *kind, uint16_t domid,
			      unsigned devid);

/* online=0 and state=5 in one transaction, wait for 6, remove the directories. */
int toolstack_remove_device(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid);
int toolstack_begin_removal(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid);
int toolstack_end_removal(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid);

/* Wait for a state of the backend. @return 0, -ETIMEDOUT, or another -errno. */
int toolstack_wait_backend(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid,
			   int state, unsigned timeout_ms);

/* @return the state, 0 without a node. */
int toolstack_backend_state(struct toolstack *ts, const char *kind, uint16_t domid, unsigned devid);
int toolstack_frontend_state(struct toolstack *ts, const char *kind, uint16_t domid,
			     unsigned devid);

#endif
