/* SPDX-License-Identifier: MIT */
/* See rules.h. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "alsa/rules.h"

/* @return the text, or NULL if it stands for any. */
static const char *or_any(const char *text, size_t length)
{
	return length == 1 && *text == '*' ? NULL : text;
}

int rules_add(struct rules *rules, const char *text)
{
	const char *const equals = strchr(text, '=');
	const char *slash, *id = text;
	struct rule rule = {0};

	if (!equals || equals == text || !equals[1])
		return -EINVAL;
	if (rules->n == RULES_MAX)
		return -ENOSPC;
	slash = memchr(text, '/', (size_t)(equals - text));
	if (slash) {
		id = slash + 1;
		rule.domain_length = (size_t)(slash - text);
		rule.domain = or_any(text, rule.domain_length);
	}
	rule.unique_id_length = (size_t)(equals - id);
	rule.unique_id = or_any(id, rule.unique_id_length);
	rule.pcm_name = equals + 1;
	if (rule.unique_id_length == 0 || slash == text)
		return -EINVAL;
	rules->list[rules->n++] = rule;
	return 0;
}

static bool is_text(const char *rule, size_t length, const char *text)
{
	return !rule || (strlen(text) == length && memcmp(rule, text, length) == 0);
}

const char *rules_find(const struct rules *rules, const struct xenav_stream_info *info)
{
	char domid[16];

	snprintf(domid, sizeof domid, "%u", (unsigned int)info->domid);
	for (unsigned int i = 0; i < rules->n; i++) {
		const struct rule *r = &rules->list[i];

		if ((is_text(r->domain, r->domain_length, info->domain_name) ||
		     is_text(r->domain, r->domain_length, domid)) &&
		    is_text(r->unique_id, r->unique_id_length, info->unique_id))
			return r->pcm_name;
	}
	return NULL;
}
