/* SPDX-License-Identifier: MIT */
/* The sections and keys of the configuration file, in one table for reading and for printing. */
#ifndef XENAVD_KEYS_H
#define XENAVD_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/config.h"

/* The type of a key's value, which is kept in field. */
struct key_type {
	int (*set)(void *field, const char *value); /* 0, -EINVAL or -ENOMEM */
	void (*print)(FILE *file, const char *name, const void *field);
	const char *wanted; /* for the error message: "KEY takes WANTED" */
	bool repeats;       /* may occur more than once in a section */
};

struct key {
	const char *name;
	size_t offset; /* of the field, in the record of the section */
	const struct key_type *type;
};

/* The keys of struct config, struct guest_rule and struct consumer_rule; each list ends with a key
 * without a name. */
extern const struct key keys_daemon[];
extern const struct key keys_guest[];
extern const struct key keys_consumer[];

/* Find the uid or gid of a name, which may be a number. @return 0 or -ENOENT. */
int consumer_find_id(enum consumer_kind kind, const char *name, uint32_t *id);

/* @return "user" or "group". */
const char *consumer_kind_name(enum consumer_kind kind);

/* Print the name of a rule's section without "consumer": "*", "user alice", "group 44". */
void consumer_print_whom(char *text, size_t size, const struct consumer_rule *rule);

#endif
