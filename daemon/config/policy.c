/* SPDX-License-Identifier: MIT */
/* See policy.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/policy.h"

void policy_init(struct policy *policy)
{
	STAILQ_INIT(&policy->guests);
	STAILQ_INIT(&policy->consumers);
	policy->max_held_pages = POLICY_HELD_PAGES;
	policy->max_all_held_pages = POLICY_ALL_HELD_PAGES;
}

static void free_consumer_rule(struct consumer_rule *rule)
{
	struct guest_name *guest;

	while ((guest = STAILQ_FIRST(&rule->guests))) {
		STAILQ_REMOVE_HEAD(&rule->guests, link);
		free(guest);
	}
	free(rule);
}

void policy_move(struct policy *to, struct policy *from)
{
	STAILQ_CONCAT(&to->guests, &from->guests);
	STAILQ_CONCAT(&to->consumers, &from->consumers);
}

/* The lists point into their heads, so they cannot be assigned. */
void policy_swap(struct policy *a, struct policy *b)
{
	const uint32_t max_held_pages = a->max_held_pages;
	const uint32_t max_all_held_pages = a->max_all_held_pages;
	struct policy rules;

	policy_init(&rules);
	policy_move(&rules, a);
	policy_move(a, b);
	policy_move(b, &rules);
	a->max_held_pages = b->max_held_pages;
	a->max_all_held_pages = b->max_all_held_pages;
	b->max_held_pages = max_held_pages;
	b->max_all_held_pages = max_all_held_pages;
}

void policy_finish(struct policy *policy)
{
	struct guest_rule *guest;
	struct consumer_rule *consumer;

	while ((guest = STAILQ_FIRST(&policy->guests))) {
		STAILQ_REMOVE_HEAD(&policy->guests, link);
		free(guest);
	}
	while ((consumer = STAILQ_FIRST(&policy->consumers))) {
		STAILQ_REMOVE_HEAD(&policy->consumers, link);
		free_consumer_rule(consumer);
	}
}

/* -------- guests -------- */

struct guest_rule *policy_add_guest(struct policy *policy, const char *who)
{
	const struct guest_policy defaults = GUEST_POLICY_INIT;
	struct guest_rule *rule = calloc(1, sizeof *rule);

	if (!rule)
		return NULL;
	snprintf(rule->who, sizeof rule->who, "%s", who);
	rule->policy = defaults;
	STAILQ_INSERT_TAIL(&policy->guests, rule, link);
	return rule;
}

static bool is_everybody(const char *who)
{
	return strcmp(who, "*") == 0;
}

/* The letters of a UUID may be of either case. */
static bool same_guest(const char *a, const char *b)
{
	const bool uuid = strlen(a) == GUEST_UUID_BYTES - 1 &&
			  strspn(a, "0123456789abcdefABCDEF-") == GUEST_UUID_BYTES - 1;

	return uuid ? strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

/* A name that was cut to GUEST_NAME_BYTES - 1 characters may be any guest's: it matches no rule. */
static bool means(const char *who, const char *name, const char *uuid)
{
	if (is_everybody(who) || (*uuid && same_guest(who, uuid)))
		return true;
	return *name && strlen(name) < GUEST_NAME_BYTES - 1 && strcmp(who, name) == 0;
}

const struct guest_rule *policy_covers_guest(const struct policy *policy, const char *who)
{
	const struct guest_rule *rule;

	STAILQ_FOREACH (rule, &policy->guests, link)
		if (is_everybody(rule->who) || same_guest(rule->who, who))
			return rule;
	return NULL;
}

bool policy_supplies(const struct policy *policy)
{
	const struct guest_rule *rule;

	STAILQ_FOREACH (rule, &policy->guests, link)
		if (rule->policy.be_alloc)
			return true;
	return false;
}

bool policy_names_guests(const struct policy *policy)
{
	const struct consumer_rule *consumer;
	const struct guest_rule *rule;

	STAILQ_FOREACH (rule, &policy->guests, link)
		if (!is_everybody(rule->who))
			return true;
	STAILQ_FOREACH (consumer, &policy->consumers, link)
		if (!STAILQ_EMPTY(&consumer->guests))
			return true;
	return false;
}

void policy_guest(const struct policy *policy, const char *name, const char *uuid,
		  struct guest_policy *out)
{
	const struct guest_policy defaults = GUEST_POLICY_INIT;
	const struct guest_rule *rule;

	*out = defaults;
	STAILQ_FOREACH (rule, &policy->guests, link) {
		if (means(rule->who, name, uuid)) {
			*out = rule->policy;
			return;
		}
	}
}

/* -------- consumers -------- */

struct consumer_rule *policy_add_consumer(struct policy *policy, enum consumer_kind kind,
					  uint32_t id, const char *name)
{
	struct consumer_rule *rule = calloc(1, sizeof *rule);

	if (!rule)
		return NULL;
	rule->kind = kind;
	rule->max_consumers = POLICY_CONSUMERS_OF_SECTION;
	rule->id = id;
	snprintf(rule->name, sizeof rule->name, "%s", name);
	STAILQ_INIT(&rule->guests);
	STAILQ_INSERT_TAIL(&policy->consumers, rule, link);
	return rule;
}

int guest_names_add(struct guest_names *names, const char *who, size_t len)
{
	struct guest_name *name;

	if (len > GUEST_NAME_BYTES - 2)
		return -EINVAL;
	name = calloc(1, sizeof *name);
	if (!name)
		return -ENOMEM;
	memcpy(name->who, who, len);
	STAILQ_INSERT_TAIL(names, name, link);
	return 0;
}

static bool about_all(const struct consumer_rule *rule)
{
	const struct guest_name *name;

	STAILQ_FOREACH (name, &rule->guests, link)
		if (is_everybody(name->who))
			return true;
	return STAILQ_EMPTY(&rule->guests);
}

/* A rule covers all consumers of its kind and id, whatever its guests: administrators need not
 * compare lists of guests. */
const struct consumer_rule *policy_covers_consumer(const struct policy *policy,
						   enum consumer_kind kind, uint32_t id)
{
	const struct consumer_rule *rule;

	STAILQ_FOREACH (rule, &policy->consumers, link) {
		if (rule->kind == kind && (kind == CONSUMER_ANY || rule->id == id))
			return rule;
		if (rule->kind == CONSUMER_ANY && about_all(rule))
			return rule;
	}
	return NULL;
}

static bool in_group(const struct consumer_id *consumer, gid_t gid)
{
	if (consumer->gid == gid)
		return true;
	for (size_t i = 0; i < consumer->n_groups; i++)
		if (consumer->groups[i] == gid)
			return true;
	return false;
}

static bool is_for(const struct consumer_rule *rule, const struct consumer_id *consumer)
{
	switch (rule->kind) {
	case CONSUMER_ANY:
		return true;
	case CONSUMER_USER:
		return rule->id == consumer->uid;
	case CONSUMER_GROUP:
		return in_group(consumer, rule->id);
	}
	return false;
}

static bool is_about(const struct consumer_rule *rule, const struct guest_info *guest)
{
	const struct guest_name *name;

	if (STAILQ_EMPTY(&rule->guests))
		return true;
	STAILQ_FOREACH (name, &rule->guests, link)
		if (means(name->who, guest->name, guest->uuid))
			return true;
	return false;
}

void policy_consumer(const struct policy *policy, const struct consumer_id *consumer,
		     const struct guest_info *guest, struct consumer_rights *out)
{
	const struct consumer_rule *rule;

	*out = (struct consumer_rights){0};
	STAILQ_FOREACH (rule, &policy->consumers, link) {
		if (is_for(rule, consumer) && is_about(rule, guest)) {
			*out = rule->rights;
			return;
		}
	}
}

uint64_t consumer_rule_whom(const struct consumer_rule *rule)
{
	return ((uint64_t)rule->kind + 1) << 32 | rule->id;
}

bool policy_same_rights(const struct consumer_rights *a, const struct consumer_rights *b)
{
	return a->display == b->display && a->playback == b->playback && a->capture == b->capture &&
	       a->input == b->input && a->direct == b->direct && a->status == b->status &&
	       a->control == b->control;
}

static bool gives_status(const struct consumer_rule *rule)
{
	return rule->rights.status;
}

/* Consumers and the log are not one guest's. */
static bool gives_control(const struct consumer_rule *rule)
{
	return rule->rights.control && about_all(rule);
}

static bool gives_anything(const struct consumer_rule *rule)
{
	return rule->rights.display || rule->rights.playback || rule->rights.capture ||
	       rule->rights.input || rule->rights.status || gives_control(rule);
}

/* The first rule for the consumer that gives what is asked for, if a guest can get as far as that
 * rule. */
static const struct consumer_rule *find_giving(const struct policy *policy,
					       const struct consumer_id *consumer,
					       bool (*gives)(const struct consumer_rule *rule))
{
	const struct consumer_rule *rule;

	STAILQ_FOREACH (rule, &policy->consumers, link) {
		if (!is_for(rule, consumer))
			continue;
		if (gives(rule))
			return rule;
		if (about_all(rule))
			return NULL;
	}
	return NULL;
}

const struct consumer_rule *policy_admits(const struct policy *policy,
					  const struct consumer_id *consumer)
{
	return find_giving(policy, consumer, gives_anything);
}

static bool gives_direct(const struct consumer_rule *rule)
{
	return rule->rights.direct && rule->rights.display;
}

bool policy_trusts(const struct policy *policy, const struct consumer_id *consumer)
{
	return find_giving(policy, consumer, gives_direct) != NULL;
}

bool policy_tells_status(const struct policy *policy, const struct consumer_id *consumer)
{
	return consumer->uid == 0 || find_giving(policy, consumer, gives_status) != NULL;
}

bool policy_tells_of(const struct policy *policy, const struct consumer_id *consumer,
		     const struct guest_info *guest)
{
	struct consumer_rights rights;

	policy_consumer(policy, consumer, guest, &rights);
	return consumer->uid == 0 || rights.status;
}

bool policy_controls(const struct policy *policy, const struct consumer_id *consumer)
{
	return consumer->uid == 0 || find_giving(policy, consumer, gives_control) != NULL;
}

bool policy_admits_others(const struct policy *policy, gid_t group)
{
	const struct consumer_rule *rule;

	STAILQ_FOREACH (rule, &policy->consumers, link) {
		if (!gives_anything(rule) || (rule->kind == CONSUMER_USER && rule->id == 0) ||
		    (rule->kind == CONSUMER_GROUP && rule->id == group))
			continue;
		return true;
	}
	return false;
}
