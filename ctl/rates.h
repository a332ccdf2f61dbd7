/* SPDX-License-Identifier: MIT */
/* What happened between two looks at the status, for each second. */
#ifndef XENAVCTL_RATES_H
#define XENAVCTL_RATES_H

#include "status.h"

struct guest_rates {
	double requests; /* of its streams and connectors */
	double budget;   /* part of what it may spend for long, 1 is all */
	double waits;
};

struct connector_rates {
	double flips;
	double events;
	double frames[3]; /* by way */
	double copied_bytes;
};

struct stream_rates {
	double frames;
	double late_reports;
	double underruns;
};

/* Zeros for what was not there before. */
struct guest_rates rates_of_guest(const struct status *before, const struct status *now,
				  const struct xenav_msg_status_guest *guest);
struct connector_rates rates_of_connector(const struct status *before,
					  const struct xenav_msg_status_connector *connector);
struct stream_rates rates_of_stream(const struct status *before,
				    const struct xenav_msg_status_stream *stream);

#endif
