/* SPDX-License-Identifier: MIT */
/* What the status says of made-up guests and their devices, in the place of daemon/status/. */
#ifndef XENAVD_DEMO_FACTS_H
#define XENAVD_DEMO_FACTS_H

#include <stdint.h>

#include "consumer/host.h"

struct stage;

struct facts {
	struct status_host ops; /* for server_set_host() */
	const struct stage *stage;
	uint64_t start_ns;
};

void facts_init(struct facts *facts, const struct stage *stage);

#endif
