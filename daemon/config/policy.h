/* SPDX-License-Identifier: MIT */
/*
 * The rules of the administrator: the limits of guests, and the rights of consumers to them.  Rules
 * are kept in the order of the file; the first one that matches applies.
 */
#ifndef XENAVD_POLICY_H
#define XENAVD_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

/* Memory of one domain that may be mapped: as much as a default grant table can offer (128 MiB). */
#define POLICY_MAPPED_PAGES 32768

/*
 * Buffers that are supplied to one domain: eight of 1920x1080, and half of the grant table of a
 * usual dom0, so that one guest leaves something for the others.
 */
#define POLICY_SUPPLIED_PAGES 16384

/*
 * Copies of one domain's pictures and sound, for all consumers together.  A consumer of a connector
 * has two copies: 64 MiB at 4095x2047, the largest mode of Linux, so one may drive it and three may
 * watch.
 */
#define POLICY_COPIED_PAGES 65536

/* Copies that all consumers of one user may hold, including those that are no longer used. */
#define POLICY_HELD_PAGES 131072

/*
 * Copies that all users but root may hold together: twice as much, since a section of the
 * configuration gets half of it when it is alone.
 */
#define POLICY_ALL_HELD_PAGES 262144

/* The number of consumers connected at a time, and of those by the rights of one section: half of
 * the number that is not kept for root. */
#define POLICY_CONSUMERS            64
#define POLICY_CONSUMERS_OF_SECTION 28

/*
 * The number of streams of one domain, in all its cards, and of connectors, in all its displays.
 * Embedded guests have cards of eight PCM devices, with playback and capture in each, and Linux has
 * four connectors: the limits are twice and four times as much, and the most that one card or
 * display can have.
 */
#define POLICY_STREAMS    32
#define POLICY_CONNECTORS 16

/* Input devices: a keyboard and pointer for each connector of Linux, and as many with touch. */
#define POLICY_INPUTS 8

/* The name of a domain as messages have it, and "12345678-...". */
#define GUEST_NAME_BYTES 64
#define GUEST_UUID_BYTES 37

/* The limits of a guest, in pages of 4096 bytes. */
struct guest_policy {
	bool be_alloc;               /* supply its display buffers */
	uint32_t max_mapped_pages;   /* of its own memory */
	uint32_t max_supplied_pages; /* of ours, when be_alloc */
	uint32_t max_copied_pages;   /* of ours, in copies for consumers */
	uint32_t max_streams;
	uint32_t max_connectors;
	uint32_t max_inputs;
};

#define GUEST_POLICY_INIT                                                                          \
	{                                                                                          \
		.max_mapped_pages = POLICY_MAPPED_PAGES,                                           \
		.max_supplied_pages = POLICY_SUPPLIED_PAGES,                                       \
		.max_copied_pages = POLICY_COPIED_PAGES, .max_streams = POLICY_STREAMS,            \
		.max_connectors = POLICY_CONNECTORS, .max_inputs = POLICY_INPUTS                   \
	}

/* The identity and limits of a guest.  Both texts may be empty. */
struct guest_info {
	uint16_t domid;
	char name[GUEST_NAME_BYTES];
	char uuid[GUEST_UUID_BYTES];
	struct guest_policy policy;
};

struct guest_rule {
	char who[GUEST_NAME_BYTES]; /* a name, a UUID, or "*" */
	int line;                   /* of its section in the file */
	struct guest_policy policy;
	STAILQ_ENTRY(guest_rule) link;
};

/* Each right includes those before it. */
enum right { RIGHT_NO, RIGHT_WATCH, RIGHT_CLAIM };

/* The rights of a consumer to a guest; zeroed: none. */
struct consumer_rights {
	enum right display;
	enum right playback;
	enum right capture; /* never RIGHT_WATCH */
	bool input;         /* keys and pointer */
	bool direct;        /* buffers may also be passed without a copy */
	bool status;        /* numbers and events */
	bool control;       /* orders about all of xenavd, from sections about all guests only */
};

/* The credentials of a consumer; groups need not contain gid. */
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
	uint32_t id;   /* uid or gid */
	char name[64]; /* as it stands in the file */
	int line;      /* of its section in the file; 0: it has none */
	STAILQ_HEAD(guest_names, guest_name) guests; /* empty: all guests */
	struct consumer_rights rights;
	uint32_t max_consumers; /* connected at a time by this section */
	STAILQ_ENTRY(consumer_rule) link;
};

struct policy {
	STAILQ_HEAD(, guest_rule) guests;
	STAILQ_HEAD(, consumer_rule) consumers;
	uint32_t max_held_pages;     /* held in copies by one user other than root */
	uint32_t max_all_held_pages; /* held in copies by all users but root */
};

/* Make a policy without rules: consumers have no rights, guests have the default limits. */
void policy_init(struct policy *policy);

/* Free the rules; idempotent. */
void policy_finish(struct policy *policy);

/* Move all rules to the end of another policy. */
void policy_move(struct policy *to, struct policy *from);

/* Exchange rules and limits; each policy keeps its place. */
void policy_swap(struct policy *a, struct policy *b);

/* Append a rule: for a guest with the default limits, for a consumer without rights. @return the
 * rule, or NULL without memory. */
struct guest_rule *policy_add_guest(struct policy *policy, const char *who);
struct consumer_rule *policy_add_consumer(struct policy *policy, enum consumer_kind kind,
					  uint32_t id, const char *name);

/* Append a name of len characters. @return 0, -EINVAL when it is too long, -ENOMEM. */
int guest_names_add(struct guest_names *names, const char *who, size_t len);

/* The first rule that would match everything that a new one could match, or NULL. */
const struct guest_rule *policy_covers_guest(const struct policy *policy, const char *who);
const struct consumer_rule *policy_covers_consumer(const struct policy *policy,
						   enum consumer_kind kind, uint32_t id);

/* May any guest have supplied buffers? */
bool policy_supplies(const struct policy *policy);

/* Does any rule name a guest, so that the names of guests matter? */
bool policy_names_guests(const struct policy *policy);

/* Get the limits of a guest; the defaults when no rule matches. */
void policy_guest(const struct policy *policy, const char *name, const char *uuid,
		  struct guest_policy *out);

/* Get the rights of a consumer to a guest; none when no rule matches both. */
void policy_consumer(const struct policy *policy, const struct consumer_id *consumer,
		     const struct guest_info *guest, struct consumer_rights *out);

/*
 * Whom a rule is for, as one number other than 0: it stays the same when the files are read again,
 * wherever in them the section is.  All sections for one user or group have the same.
 */
uint64_t consumer_rule_whom(const struct consumer_rule *rule);

bool policy_same_rights(const struct consumer_rights *a, const struct consumer_rights *b);

/* The first rule by which the consumer has a right to any possible guest, or NULL. */
const struct consumer_rule *policy_admits(const struct policy *policy,
					  const struct consumer_id *consumer);

/* May the consumer get buffers of any guest without a copy? */
bool policy_trusts(const struct policy *policy, const struct consumer_id *consumer);

/* May the consumer ask for the status of any guest?  Root always may. */
bool policy_tells_status(const struct policy *policy, const struct consumer_id *consumer);

/* May the consumer ask for the status of this guest? */
bool policy_tells_of(const struct policy *policy, const struct consumer_id *consumer,
		     const struct guest_info *guest);

/* May the consumer give orders, and see those of other users?  Root always may. */
bool policy_controls(const struct policy *policy, const struct consumer_id *consumer);

/* Has a consumer other than root and that group any right? */
bool policy_admits_others(const struct policy *policy, gid_t group);

#endif
