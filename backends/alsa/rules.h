/* SPDX-License-Identifier: MIT */
/* Which stream goes to which PCM: the rules of --map. */
#ifndef XENAV_ALSA_RULES_H
#define XENAV_ALSA_RULES_H

#include <stddef.h>

#include "xenav.h"

#define RULES_MAX 64

/* The strings are parts of the command line, or NULL for any. */
struct rule {
	const char *domain; /* name or number */
	size_t domain_length;
	const char *unique_id;
	size_t unique_id_length;
	const char *pcm_name;
};

struct rules {
	struct rule list[RULES_MAX];
	unsigned int n;
};

/*
 * Add the rule [DOMAIN/]UNIQUE-ID=PCM; * stands for any domain or id.  text has to stay.
 *
 * @return 0, -EINVAL if it is no rule, -ENOSPC if there are RULES_MAX already.
 */
int rules_add(struct rules *rules, const char *text);

/* @return the PCM of the first rule that fits the stream, or NULL. */
const char *rules_find(const struct rules *rules, const struct xenav_stream_info *info);

#endif
