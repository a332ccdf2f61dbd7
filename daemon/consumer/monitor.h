/* SPDX-License-Identifier: MIT */
/*
 * The events that a consumer monitors.  Those that it does not read in time are left out and
 * counted; it never waits in a queue, and no guest can make it cost more than a few hundred events
 * a second.
 */
#ifndef XENAVD_MONITOR_H
#define XENAVD_MONITOR_H

#include <stdint.h>

#include "base/budget.h"
#include "report/news.h"

struct session;

/* Private to monitor.c. */
struct monitor {
	struct session *session;
	struct news_reader reader;
	struct budget budget;
	uint32_t lost;
};

void monitor_start(struct monitor *monitor, struct session *session);

/* Idempotent. */
void monitor_stop(struct monitor *monitor);

#endif
