/* SPDX-License-Identifier: MIT */
/*
 * A snapshot of a xenstore directory: relative paths and their values, read once and then ours.
 * Everything in it was written by a guest, so the getters check before they answer: numbers are
 * decimal over the whole string, strings are printable.
 */
#ifndef XENAVD_TREE_H
#define XENAVD_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No value is longer; a list of all sample formats is about 300 bytes. */
#define TREE_VALUE_MAX 1024

/* A card of 32 streams has some 250 nodes. */
#define TREE_MAX_NODES 300

struct tree;

int tree_create(struct tree **out);
void tree_destroy(struct tree *tree);

/*
 * Remember a value; both strings are copied.
 *
 * @return 0, -E2BIG when the value or the whole is too large, -ENOMEM.
 */
int tree_add(struct tree *tree, const char *path, const char *value);

/* The path of a node, counted in the order of reading, and its value, which is NULL when it holds
 * anything but printable ASCII; or NULL behind the last. */
const char *tree_item(const struct tree *tree, size_t i, const char **value);

/* The value, or NULL when there is none or it holds anything but printable ASCII. */
const char *tree_get(const struct tree *tree, const char *path_fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Is there anything at or below that path? */
bool tree_has(const struct tree *tree, const char *path_fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Do both hold the same paths with the same values, in the same order, but for one path? */
bool tree_same_but(const struct tree *a, const struct tree *b, const char *path);

/*
 * A decimal number of at most max.
 *
 * @return 0, -ENOENT when there is no such path, -EINVAL for anything but such a number.
 */
int tree_get_u32(const struct tree *tree, uint32_t max, uint32_t *out, const char *path_fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
