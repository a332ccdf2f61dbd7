/* SPDX-License-Identifier: MIT */
/*
 * The input device of the guest that is typed in, and the connector that is clicked on.
 */
#ifndef XENAV_TYPE_TARGET_H
#define XENAV_TYPE_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/link.h"
#include "type/options.h"
#include "xenav.h"

#define TARGET_CONNECTORS 64

struct target {
	const struct type_options *o;
	uint32_t needs; /* XENAV_INPUT_* that the device has to have */
	struct link *link;
	int lost;               /* the error of a connection that is over, or 0 */
	struct xenav_input *in; /* NULL: there is none */
	bool ready;             /* the device can be fed */
	int refused;            /* the error of a device that cannot, or 0 */
	bool has_guest;         /* an object of the guest exists, or did */
	uint32_t lacks;         /* XENAV_INPUT_* that a device of the guest does not have */
	struct xenav_connector *connectors[TARGET_CONNECTORS]; /* of the guest, in their order */
	unsigned int n_connectors;
};

/* Connect to the daemon, and feed the first input device that is selected and has what it needs.
 * @return 0 or as link_open(). */
int target_open(struct target *t, const struct type_options *o, uint32_t needs);
void target_close(struct target *t);

/* @return the connector for positions, or NULL if there is none yet. */
struct xenav_connector *target_connector(const struct target *t);

#endif
