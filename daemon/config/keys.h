/* SPDX-License-Identifier: MIT */
/* The sections and keys of the configuration file, in one table for reading and for printing. */
#ifndef XENAVD_KEYS_H
#define XENAVD_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/config.h"

/* What a key may hold; field is where it is kept. */
struct key_type {
	int (*set)(void *field, const char *value); /* 0, -EINVAL or -ENOMEM */
	void (*print)(FILE *file, const char *name, const void *field);
	const char *wanted; /* said when there is something else */
	bool repeats;       /* may be there more than once */
};

struct key {
	const char *name;
	size_t offset; /* of the field in what the section is about */
	const struct key_type *type;
};

/* Of struct config, struct guest_rule and struct consumer_rule; a key without a name ends them. */
extern const struct key keys_daemon[];
extern const struct key keys_guest[];
extern const struct key keys_consumer[];

/* The uid or gid of that name; a number is taken for one. @return 0 or -ENOENT. */
int consumer_find_id(enum consumer_kind kind, const char *name, uint32_t *id);

/* "user" or "group" */
const char *consumer_kind_name(enum consumer_kind kind);

/* As in the name of its section: "*", "user alice", "group 44". */
void consumer_print_whom(char *text, size_t size, const struct consumer_rule *rule);

#endif
