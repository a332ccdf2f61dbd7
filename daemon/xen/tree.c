/* SPDX-License-Identifier: MIT */
/*
 * See tree.h.  A flat list in the order of reading: a device has some dozens of nodes, read once
 * per connection, so a faster structure is not worth its code.
 */
#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "xen/tree.h"

#define TREE_PATH_MAX 128

struct node {
	char *path;
	char *value; /* NULL when it was not printable */
};

struct tree {
	struct node *nodes;
	size_t n_nodes;
	size_t room;
};

int tree_create(struct tree **out)
{
	*out = calloc(1, sizeof **out);
	return *out ? 0 : -ENOMEM;
}

void tree_destroy(struct tree *tree)
{
	if (!tree)
		return;
	for (size_t i = 0; i < tree->n_nodes; i++) {
		free(tree->nodes[i].path);
		free(tree->nodes[i].value);
	}
	free(tree->nodes);
	free(tree);
}

static bool printable(const char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

static int make_room(struct tree *tree)
{
	size_t room = tree->room ? tree->room * 2 : 32;
	struct node *nodes;

	if (tree->n_nodes >= TREE_MAX_NODES)
		return -E2BIG;
	if (tree->n_nodes < tree->room)
		return 0;
	nodes = realloc(tree->nodes, room * sizeof *nodes);
	if (!nodes)
		return -ENOMEM;
	tree->nodes = nodes;
	tree->room = room;
	return 0;
}

int tree_add(struct tree *tree, const char *path, const char *value)
{
	struct node *node;
	int rc;

	if (strlen(path) >= TREE_PATH_MAX || strlen(value) > TREE_VALUE_MAX)
		return -E2BIG;
	rc = make_room(tree);
	if (rc < 0)
		return rc;
	node = &tree->nodes[tree->n_nodes];
	node->path = strdup(path);
	node->value = printable(value) ? strdup(value) : NULL;
	if (!node->path || (printable(value) && !node->value)) {
		free(node->path);
		free(node->value);
		return -ENOMEM;
	}
	tree->n_nodes++;
	return 0;
}

const char *tree_item(const struct tree *tree, size_t i, const char **value)
{
	if (i >= tree->n_nodes)
		return NULL;
	*value = tree->nodes[i].value;
	return tree->nodes[i].path;
}

static const struct node *find(const struct tree *tree, const char *path)
{
	for (size_t i = 0; i < tree->n_nodes; i++)
		if (strcmp(tree->nodes[i].path, path) == 0)
			return &tree->nodes[i];
	return NULL;
}

const char *tree_get(const struct tree *tree, const char *path_fmt, ...)
{
	char path[TREE_PATH_MAX];
	const struct node *node;
	va_list ap;

	va_start(ap, path_fmt);
	vsnprintf(path, sizeof path, path_fmt, ap);
	va_end(ap);
	node = find(tree, path);
	return node ? node->value : NULL;
}

bool tree_has(const struct tree *tree, const char *path_fmt, ...)
{
	char path[TREE_PATH_MAX];
	size_t len;
	va_list ap;

	va_start(ap, path_fmt);
	vsnprintf(path, sizeof path, path_fmt, ap);
	va_end(ap);
	len = strlen(path);
	for (size_t i = 0; i < tree->n_nodes; i++) {
		const char *at = tree->nodes[i].path;

		if (strncmp(at, path, len) == 0 && (at[len] == '\0' || at[len] == '/'))
			return true;
	}
	return false;
}

static bool same_node(const struct node *a, const struct node *b)
{
	if (strcmp(a->path, b->path) != 0 || !a->value != !b->value)
		return false;
	return !a->value || strcmp(a->value, b->value) == 0;
}

/* The first node from *i on that is not at path, or NULL. */
static const struct node *next_but(const struct tree *tree, size_t *i, const char *path)
{
	while (*i < tree->n_nodes && strcmp(tree->nodes[*i].path, path) == 0)
		++*i;
	return *i < tree->n_nodes ? &tree->nodes[(*i)++] : NULL;
}

bool tree_same_but(const struct tree *a, const struct tree *b, const char *path)
{
	size_t ia = 0, ib = 0;

	for (;;) {
		const struct node *na = next_but(a, &ia, path);
		const struct node *nb = next_but(b, &ib, path);

		if (!na || !nb)
			return !na && !nb;
		if (!same_node(na, nb))
			return false;
	}
}

int tree_get_u32(const struct tree *tree, uint32_t max, uint32_t *out, const char *path_fmt, ...)
{
	char path[TREE_PATH_MAX];
	const struct node *node;
	va_list ap;

	va_start(ap, path_fmt);
	vsnprintf(path, sizeof path, path_fmt, ap);
	va_end(ap);
	node = find(tree, path);
	if (!node)
		return -ENOENT;
	return node->value ? parse_u32(node->value, max, out) : -EINVAL;
}
