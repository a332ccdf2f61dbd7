/* SPDX-License-Identifier: MIT */
/* See policy.h. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/policy.h"

void policy_init(struct policy *policy)
{
	STAILQ_INIT(&policy->guests);
}

void policy_finish(struct policy *policy)
{
	struct guest_rule *rule;

	while ((rule = STAILQ_FIRST(&policy->guests))) {
		STAILQ_REMOVE_HEAD(&policy->guests, link);
		free(rule);
	}
}

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

/*
 * A name that was too long for us has been cut to GUEST_NAME_BYTES - 1 characters, and may be
 * anybody's: it is nobody's here.
 */
bool policy_names_guest(const char *who, const char *name, const char *uuid)
{
	if (strcmp(who, "*") == 0)
		return true;
	if (*uuid && strcasecmp(who, uuid) == 0)
		return true;
	return *name && strlen(name) < GUEST_NAME_BYTES - 1 && strcmp(who, name) == 0;
}

void policy_guest(const struct policy *policy, const char *name, const char *uuid,
		  struct guest_policy *out)
{
	const struct guest_policy defaults = GUEST_POLICY_INIT;
	const struct guest_rule *rule;

	*out = defaults;
	STAILQ_FOREACH(rule, &policy->guests, link)
	{
		if (policy_names_guest(rule->who, name, uuid)) {
			*out = rule->policy;
			return;
		}
	}
}
