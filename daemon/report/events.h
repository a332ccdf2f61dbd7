/* SPDX-License-Identifier: MIT */
/*
 * The events of xenavd's life that lines of the log tell of, with their MESSAGE_ID in the journal.
 * systemd/xenavd.catalog explains them; an identifier never changes its meaning.
 */
#ifndef XENAVD_EVENTS_H
#define XENAVD_EVENTS_H

enum log_event {
	LOG_PLAIN, /* a line without an identifier */
	LOG_STARTED,
	LOG_STOPPING,
	LOG_LEAVING,
	LOG_CONNECTED,
	LOG_RESUMED,
	LOG_DISCONNECTED,
	LOG_FAILING,
	LOG_STORE_LOST,
	LOG_STORE_BACK,
	LOG_CONSUMER_ENDED,
	LOG_CONSUMER_LATE,
	LOG_RELOADED,
	LOG_NOT_RELOADED,
	LOG_EVENTS
};

/* @return 32 hexadecimal digits, or NULL for LOG_PLAIN. */
const char *log_event_id(enum log_event event);

#endif
