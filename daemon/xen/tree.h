/* SPDX-License-Identifier: MIT */
/*
 * A snapshot of a xenstore directory: relative paths and their values, copied once.  A guest wrote
 * all of it, so the getters check it: numbers are decimal over the whole string, strings are
 * printable.
 */
#ifndef XENAVD_TREE_H
#define XENAVD_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest value; a list of all sample formats has about 300 bytes. */
#define TREE_VALUE_MAX 1024

/* A card of 32 streams has about 250 nodes. */
#define TREE_MAX_NODES 300

struct tree;

int tree_create(struct tree **out);
void tree_destroy(struct tree *tree);

/* Add a copy of a node. @return 0, -E2BIG when the value or the tree is too large, -ENOMEM. */
int tree_add(struct tree *tree, const char *path, const char *value);

/* The path and value of node i in the order of reading, or NULL behind the last node.  The value is
 * NULL unless it is printable ASCII. */
const char *tree_item(const struct tree *tree, size_t i, const char **value);

/* The value, or NULL when there is none or it is not printable ASCII. */
const char *tree_get(const struct tree *tree, const char *path_fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Is there a node at or below the path? */
bool tree_has(const struct tree *tree, const char *path_fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Do both hold the same nodes in the same order, apart from nodes at path? */
bool tree_same_but(const struct tree *a, const struct tree *b, const char *path);

/*
 * A decimal number of at most max.
 *
 * @return 0, -ENOENT when there is no such path, -EINVAL when its value is no such number.
 */
int tree_get_u32(const struct tree *tree, uint32_t max, uint32_t *out, const char *path_fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
