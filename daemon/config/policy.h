/* SPDX-License-Identifier: MIT */
/*
 * What the administrator allows: which guest may cost how much, and which may have its buffers
 * from us; which consumer may do what with which guest.  Rules are kept in the order of the file,
 * and the first that matches counts.
 */
#ifndef XENAVD_POLICY_H
#define XENAVD_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

/* What one domain may have mapped: as much as a default grant table can offer (128 MiB). */
#define POLICY_MAPPED_PAGES 32768

/*
 * What we supply to a domain that may have its buffers from us: eight of 1920x1080, and half of
 * what the grant table of a usual dom0 has room for, so that one guest leaves something for the
 * others.
 */
#define POLICY_SUPPLIED_PAGES 16384

/*
 * Copies of what one domain shows and plays, for all consumers together.  Whoever sees a connector
 * has two: 64 MiB at 4095x2047, the largest of Linux, so one may drive that and three watch.
 */
#define POLICY_COPIED_PAGES 65536

/* What all consumers of one user may hold of such copies, also of those that are no longer used. */
#define POLICY_HELD_PAGES 131072

/*
 * And all users but root together: twice as much, since a section of the configuration gets half of
 * it when it is alone.
 */
#define POLICY_ALL_HELD_PAGES 262144

/* How many consumers may be connected at a time, and how many by the rights of one section: half of
 * those that are not for root alone. */
#define POLICY_CONSUMERS            64
#define POLICY_CONSUMERS_OF_SECTION 28

/*
 * What one domain may have of streams, in all its cards, and of connectors, in all its displays.
 * Embedded guests have cards of eight PCM devices, with playback and capture in each, and Linux
 * four connectors: twice and four times as much is what one card and one display can have at all.
 */
#define POLICY_STREAMS    32
#define POLICY_CONNECTORS 16

/* The name of a domain as it fits into messages, and "12345678-..." */
#define GUEST_NAME_BYTES 64
#define GUEST_UUID_BYTES 37

/* Pages are of 4096 bytes. */
struct guest_policy {
	bool be_alloc;               /* it may have its display buffers from us */
	uint32_t max_mapped_pages;   /* of its own memory */
	uint32_t max_supplied_pages; /* of ours, when be_alloc */
	uint32_t max_copied_pages;   /* of ours, in copies for consumers */
	uint32_t max_streams;
	uint32_t max_connectors;
};

#define GUEST_POLICY_INIT                                                                          \
	{                                                                                          \
		.max_mapped_pages = POLICY_MAPPED_PAGES,                                           \
		.max_supplied_pages = POLICY_SUPPLIED_PAGES,                                       \
		.max_copied_pages = POLICY_COPIED_PAGES, .max_streams = POLICY_STREAMS,            \
		.max_connectors = POLICY_CONNECTORS                                                \
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
	int line;                   /* where it stands in the file */
	struct guest_policy policy;
	STAILQ_ENTRY(guest_rule) link;
};

/* More includes less. */
enum right { RIGHT_NO, RIGHT_WATCH, RIGHT_CLAIM };

/* All zero: none. */
struct consumer_rights {
	enum right display;
	enum right playback;
	enum right capture; /* never RIGHT_WATCH */
	bool direct;        /* buffers may leave the daemon in other ways than as a copy */
};

/* A consumer as the kernel knows it; groups need not contain gid. */
struct consumer_id {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t n_groups;
};

enum consumer_kind { CONSUMER_ANY, CONSUMER_USER, CONSUMER_GROUP };

struct guest_name {
	char who[GUEST_NAME_BYTES];
	STAILQ_ENTRY(guest_name) link;
};

struct consumer_rule {
	enum consumer_kind kind;
	uint32_t id;                                 /* uid or gid */
	char name[64];                               /* as it stands in the file */
	int line;                                    /* 0: it does not */
	STAILQ_HEAD(guest_names, guest_name) guests; /* empty: all */
	struct consumer_rights rights;
	uint32_t max_consumers; /* connected by these rights at a time */
	STAILQ_ENTRY(consumer_rule) link;
};

struct policy {
	STAILQ_HEAD(, guest_rule) guests;
	STAILQ_HEAD(, consumer_rule) consumers;
	uint32_t max_held_pages;     /* of copies, by all consumers of a uid other than root's */
	uint32_t max_all_held_pages; /* by all of them */
};

/* No rules: no consumer may do anything, and guests may do what they may without a file. */
void policy_init(struct policy *policy);

/* Free the rules; idempotent. */
void policy_finish(struct policy *policy);

/* Append a rule: for a guest with the defaults, for a consumer without any rights. @return it, or
 * NULL without memory. */
struct guest_rule *policy_add_guest(struct policy *policy, const char *who);
struct consumer_rule *policy_add_consumer(struct policy *policy, enum consumer_kind kind,
					  uint32_t id, const char *name);

/* Append a name of len characters. @return 0, -EINVAL when it is too long, -ENOMEM. */
int guest_names_add(struct guest_names *names, const char *who, size_t len);

/* The first rule that takes all that such another one could match, or NULL. */
const struct guest_rule *policy_covers_guest(const struct policy *policy, const char *who);
const struct consumer_rule *policy_covers_consumer(const struct policy *policy,
						   enum consumer_kind kind, uint32_t id);

/* May any guest have its buffers from us? */
bool policy_supplies(const struct policy *policy);

/* Does any rule name a guest, so that it matters what a guest is called? */
bool policy_names_guests(const struct policy *policy);

/* What applies to the guest; the defaults when no rule does. */
void policy_guest(const struct policy *policy, const char *name, const char *uuid,
		  struct guest_policy *out);

/* What the consumer may do with the guest: nothing when no rule matches both. */
void policy_consumer(const struct policy *policy, const struct consumer_id *consumer,
		     const struct guest_info *guest, struct consumer_rights *out);

/* The rule by which there could be a guest that the consumer may do something with; or NULL. */
const struct consumer_rule *policy_admits(const struct policy *policy,
					  const struct consumer_id *consumer);

/* Is there a guest whose buffers it may have in other ways than as a copy? */
bool policy_trusts(const struct policy *policy, const struct consumer_id *consumer);

/* Has anybody a right but root and that group? */
bool policy_admits_others(const struct policy *policy, gid_t group);

#endif
