/* SPDX-License-Identifier: MIT */
/*
 * What the administrator allows: which guest may cost how much, and which may have its buffers
 * from us.  Rules are kept in the order of the file, and the first that matches counts.
 */
#ifndef XENAVD_POLICY_H
#define XENAVD_POLICY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/* What one domain may have mapped: as much as a default grant table can offer (128 MiB). */
#define POLICY_MAPPED_PAGES 32768

/* What we supply to a domain that may have its buffers from us: as much again. */
#define POLICY_SUPPLIED_PAGES 32768

/*
 * Copies of what one domain shows and plays, for all consumers together.  Whoever sees a connector
 * has two: 63 MiB at 3840x2160, so one may drive it and three watch.
 */
#define POLICY_COPIED_PAGES 65536

/* The name of a domain as it fits into messages, and "12345678-..." */
#define GUEST_NAME_BYTES 64
#define GUEST_UUID_BYTES 37

/* Pages are of 4096 bytes. */
struct guest_policy {
	bool be_alloc;               /* it may have its display buffers from us */
	uint32_t max_mapped_pages;   /* of its own memory */
	uint32_t max_supplied_pages; /* of ours, when be_alloc */
	uint32_t max_copied_pages;   /* of ours, in copies for consumers */
};

#define GUEST_POLICY_INIT                                                                          \
	{                                                                                          \
		.max_mapped_pages = POLICY_MAPPED_PAGES,                                           \
		.max_supplied_pages = POLICY_SUPPLIED_PAGES,                                       \
		.max_copied_pages = POLICY_COPIED_PAGES                                            \
	}

/* A guest as everybody needs to know it.  Both texts may be empty. */
struct guest_info {
	uint16_t domid;
	char name[GUEST_NAME_BYTES];
	char uuid[GUEST_UUID_BYTES];
	struct guest_policy policy;
};

struct guest_rule {
	char who[GUEST_NAME_BYTES]; /* a name, a UUID, or "*" */
	struct guest_policy policy;
	STAILQ_ENTRY(guest_rule) link;
};

struct policy {
	STAILQ_HEAD(, guest_rule) guests;
};

/* No rules: everything as it is without a file. */
void policy_init(struct policy *policy);

/* Free the rules; idempotent. */
void policy_finish(struct policy *policy);

/* Append a rule with the defaults. @return it, or NULL without memory. */
struct guest_rule *policy_add_guest(struct policy *policy, const char *who);

/* Is the guest of that name and UUID meant?  who: a name, a UUID (in either case), or "*". */
bool policy_names_guest(const char *who, const char *name, const char *uuid);

/* What applies to the guest; the defaults when no rule does. */
void policy_guest(const struct policy *policy, const char *name, const char *uuid,
		  struct guest_policy *out);

#endif
