/* SPDX-License-Identifier: MIT */
/* The objects that --domain, --device and --unique-id of a consumer select. */
#ifndef XENAV_COMMON_SELECTION_H
#define XENAV_COMMON_SELECTION_H

#include <stdbool.h>
#include <stdint.h>

struct selection {
	const char *domain;    /* a name or a number, NULL: any */
	long device;           /* -1: any */
	const char *unique_id; /* NULL: any */
};

bool selection_has_domain(const struct selection *s, uint32_t domid, const char *name);

/* Of a domain that is selected. */
bool selection_has_object(const struct selection *s, uint32_t devid, const char *unique_id);

#endif
