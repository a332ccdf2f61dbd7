/* SPDX-License-Identifier: MIT */
/* See store-config.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xenstore.h>

#include "report/cleanup.h"
#include "xen/store-config.h"
#include "xen/store-paths.h"
#include "xen/tree.h"

/* The directory is DEVICE/PCM/STREAM/leaf at its deepest. */
#define DEPTH 3

/* A card of 32 PCM devices has 65 of them. */
#define MAX_DIRECTORIES 100

#define PATH_ROOM 256

struct reader {
	struct xs_handle *xs;
	char root[STORE_PATH_MAX];
	struct tree *tree;
	unsigned directories;
	unsigned nodes; /* including empty ones, which are not in the tree */
	uint32_t *requests;
};

static char *read_node(const struct reader *r, const char *rel)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof path, "%s/%s", r->root, rel);
	++*r->requests;
	return xs_read(r->xs, XBT_NULL, path, NULL);
}

/* A node that vanishes meanwhile is left out; its watch event brings a new view. */
static int read_leaf(struct reader *r, const char *rel)
{
	CLEANUP_FREE char *value = NULL;

	if (r->nodes++ == TREE_MAX_NODES)
		return -E2BIG;
	value = read_node(r, rel);
	return value && *value ? tree_add(r->tree, rel, value) : 0;
}

static int read_directory(struct reader *r, const char *rel, unsigned depth)
{
	char path[PATH_ROOM];
	unsigned n = 0;
	CLEANUP_FREE char **names = NULL;
	int rc = 0;

	if (r->directories++ == MAX_DIRECTORIES)
		return -E2BIG;
	snprintf(path, sizeof path, "%s%s%s", r->root, *rel ? "/" : "", rel);
	++*r->requests;
	names = xs_directory(r->xs, XBT_NULL, path, &n);
	for (unsigned i = 0; names && i < n && rc == 0; i++) {
		char child[PATH_ROOM / 2];
		int len;

		len = snprintf(child, sizeof child, "%s%s%s", rel, *rel ? "/" : "", names[i]);
		if (len < 0 || (size_t)len >= sizeof child)
			return -E2BIG;
		/* Directories of PCM devices, streams and connectors have numbers as names. */
		if (depth > 1 && names[i][0] >= '0' && names[i][0] <= '9')
			rc = read_directory(r, child, depth - 1);
		else
			rc = read_leaf(r, child);
	}
	return rc;
}

int store_read_config(struct xs_handle *xs, const struct device_id *id, struct tree **config,
		      uint32_t *requests)
{
	struct reader r = {.xs = xs, .requests = requests};
	int rc;

	if (tree_create(&r.tree) < 0)
		return -ENOMEM;
	store_frontend_path(id, NULL, r.root, sizeof r.root);
	rc = read_directory(&r, "", DEPTH);
	if (rc < 0)
		tree_destroy(r.tree);
	else
		*config = r.tree;
	return rc;
}

/* The nodes ring-ref and event-channel, also with evt- or req- in front, and page-gref. */
static bool is_of_ring(const char *path)
{
	static const char *const ends[] = {"ring-ref", "event-channel", "page-gref"};
	const size_t len = strlen(path);

	for (unsigned i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (len >= strlen(ends[i]) && strcmp(path + len - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

struct tree *store_rings_of(const struct tree *config)
{
	const char *value;
	const char *path;
	struct tree *rings;

	if (tree_create(&rings) < 0)
		return NULL;
	for (size_t i = 0; (path = tree_item(config, i, &value)); i++) {
		if (!is_of_ring(path) || tree_add(rings, path, value ? value : "") == 0)
			continue;
		tree_destroy(rings);
		return NULL;
	}
	return rings;
}

bool store_same_rings(struct xs_handle *xs, const struct device_id *id, const struct tree *rings,
		      uint32_t *requests)
{
	struct reader r = {.xs = xs, .requests = requests};
	const char *value;
	const char *path;

	store_frontend_path(id, NULL, r.root, sizeof r.root);
	for (size_t i = 0; (path = tree_item(rings, i, &value)); i++) {
		CLEANUP_FREE char *now = read_node(&r, path);

		if (!now || !value || strcmp(now, value) != 0)
			return false;
	}
	return true;
}
