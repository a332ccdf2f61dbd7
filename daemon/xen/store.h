/* SPDX-License-Identifier: MIT */
/*
 * The store thread is the only user of libxenstore, whose calls block.  It watches our backend
 * directories and the frontends' states, folds every burst of watch events into one dirty mark
 * per device, and hands the event loop one view per dirty device: what xenstore holds now.  It
 * writes our states.  It decides nothing.  When xenstored goes away, the thread waits for its
 * return.
 *
 * Paths are built from our own domid, the frontend's domid and the devid.  The thread never follows
 * a path that a guest could write.
 */
#ifndef XENAVD_STORE_H
#define XENAVD_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/policy.h"

struct event_base;
struct store;
struct watchdog;
struct tree;

/* A kind of device, as xenstore has it; lists of them end with NULL. */
struct store_kind {
	const char *name;     /* of its backend directories, and in the log: "vsnd" */
	const char *frontend; /* the name of its frontend directories */
	const char *versions; /* of its protocol, offered with InitWait; NULL: features are, see
				 store-features.h */
	/* The frontend publishes its ring before we offer anything, is in Connected as soon as it
	 * sees our InitWait, and connects anew only while it sees that. */
	bool early;
	/* All there is in each numbered directory of the frontend's, with a NULL at the end; NULL:
	 * that has to be asked for. */
	const char *const *leaves;
};

struct device_id {
	const struct store_kind *kind;
	uint16_t domid;
	uint16_t devid;
};

bool device_same_id(const struct device_id *a, const struct device_id *b);

/* The states of xenbus.h; 0 is a missing or unreadable node. */
enum {
	XB_UNKNOWN = 0,
	XB_INITIALISING = 1,
	XB_INIT_WAIT = 2,
	XB_INITIALISED = 3,
	XB_CONNECTED = 4,
	XB_CLOSING = 5,
	XB_CLOSED = 6,
	XB_RECONFIGURING = 7,
	XB_RECONFIGURED = 8,
};

/* For store_write_state(): write InitWait, and together with it Initialising as the state of a
 * frontend that is in Initialised, as if the toolstack had just made the device.  A driver domain
 * may not write there, and so only writes its own state. */
#define STORE_OFFER_ANEW (-2)

/* One device as xenstore shows it at one moment. */
struct store_view {
	struct device_id id;
	bool present;       /* our backend directory for it exists */
	bool online;        /* the toolstack wants it to be */
	bool domain_alive;  /* xenstored knows the domain, or see domain_hidden */
	bool domain_hidden; /* xenstored does not tell: its frontend's state can be read */
	bool domain_gone;   /* the domain is not alive and has no device left */
	int be_state;       /* our state in the store */
	int fe_state;       /* the frontend's state */
	bool fe_wrote;      /* the frontend has written it since the view before */
	uint64_t write_seq; /* the last store_write_state(), of any device, done before the view */

	/* Read when the frontend has answered our offer (we are in InitWait, it is in Initialised),
	 * when it may have published other rings while we are Connected, and once when both are
	 * Connected since an earlier daemon. */
	struct tree *config;                /* the frontend's directory, else NULL */
	int config_rc;                      /* 0, or the -errno of reading config */
	char domain_name[GUEST_NAME_BYTES]; /* may be empty */
	char domain_uuid[GUEST_UUID_BYTES]; /* the toolstack's, may be empty */
};

/* Is the frontend in the state in which its rings can be read? */
bool store_has_published(const struct store_view *view);

/* Called on the event loop.  The view is lent for the call; the callee may take its tree by setting
 * config to NULL. */
typedef void (*store_viewer)(struct store_view *view, void *data);

/*
 * Connect to xenstored, find our own domid, start the thread and the watches.  Views of all
 * existing devices of these kinds follow.
 *
 * @param kinds outlives the store
 * @param patient wait in the thread for an xenstored that is not there, and log that
 * @return 0; unless patient: -ENOENT when there is no xenstored, -EACCES without access to it,
 * -ETIMEDOUT when it does not answer within 10 s, or another -errno.
 */
int store_start(struct store **out, struct event_base *base, const struct store_kind *const kinds[],
		store_viewer viewer, void *data, bool patient);

/* Let the watchdog, or NULL, see whether the thread goes round. */
void store_watch(struct store *store, struct watchdog *watchdog);

/* Stop the thread, but wait for xenstored for at most 2 s; NULL is fine. */
void store_stop(struct store *store);

/* Called on the event loop. */
typedef void (*store_greeter)(uint16_t own_domid, void *data);

/* Call greeter once xenstored has said which domain we are: at once when it has, else before the
 * first view. */
void store_when_reached(struct store *store, store_greeter greeter, void *data);

/*
 * Order the thread to write our state of a device, with the protocol versions if the state is
 * InitWait, and with error, unless NULL, in the node "error".  The thread writes nothing when the
 * directory of the device is gone.
 *
 * @param state one of xenbus.h, or STORE_OFFER_ANEW
 * @param seq counts these calls for all devices together: a view of the device with at least this
 * write_seq follows, and it and all later ones show the result of the write
 * @return 0 or -ENOMEM, with seq untouched.
 */
int store_write_state(struct store *store, const struct device_id *id, int state, const char *error,
		      uint64_t *seq);

/* Order a view of a device, also of one that does not exist: it tells whether the domain does.
 * @return 0 or -ENOMEM. */
int store_look(struct store *store, const struct device_id *id);

/* Order a new view of every existing device. */
void store_show_all(struct store *store);

#endif
