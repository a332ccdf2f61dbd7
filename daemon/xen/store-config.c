/* SPDX-License-Identifier: MIT */
/* See store-config.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "report/cleanup.h"
#include "xen/store-ask.h"
#include "xen/store-config.h"
#include "xen/store-paths.h"
#include "xen/tree.h"

/* The directory is DEVICE/PCM/STREAM/leaf at its deepest. */
#define DEPTH 3

/* A card of 32 PCM devices has 65 of them. */
#define MAX_DIRECTORIES 100

#define PATH_ROOM 256

struct reader {
	struct store_asker *asker;
	char root[STORE_PATH_MAX];
	struct tree *tree;
	unsigned directories;
	unsigned nodes; /* including empty ones, which are not in the tree */
};

static char *read_node(const struct reader *r, const char *rel)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof path, "%s/%s", r->root, rel);
	return store_ask(r->asker, path);
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

static int join(char path[PATH_ROOM / 2], const char *dir, const char *name)
{
	const int len = snprintf(path, PATH_ROOM / 2, "%s%s%s", dir, *dir ? "/" : "", name);

	return len < 0 || len >= PATH_ROOM / 2 ? -E2BIG : 0;
}

static bool is_wanted(const char *dir, const char *name)
{
	return *dir || (strcmp(name, "backend") != 0 && strcmp(name, "backend-id") != 0 &&
			strcmp(name, "state") != 0);
}

/* A directory whose nodes are known need not be listed. */
static int read_leaves(struct reader *r, const char *dir, const char *const *leaves)
{
	int rc = 0;

	for (; *leaves && rc == 0; leaves++) {
		char child[PATH_ROOM / 2];

		rc = join(child, dir, *leaves);
		if (rc == 0)
			rc = read_leaf(r, child);
	}
	return rc;
}

static int read_directory(struct reader *r, const struct store_kind *kind, const char *rel,
			  unsigned depth)
{
	char path[PATH_ROOM];
	unsigned n = 0;
	CLEANUP_FREE char **names = NULL;
	int rc = 0;

	if (r->directories++ == MAX_DIRECTORIES)
		return -E2BIG;
	if (*rel && kind->leaves)
		return read_leaves(r, rel, kind->leaves);
	snprintf(path, sizeof path, "%s%s%s", r->root, *rel ? "/" : "", rel);
	names = store_ask_directory(r->asker, path, &n);
	for (unsigned i = 0; i < n && rc == 0; i++) {
		char child[PATH_ROOM / 2];

		if (!is_wanted(rel, names[i]))
			continue;
		rc = join(child, rel, names[i]);
		/* Directories of PCM devices, streams and connectors have numbers as names. */
		if (rc == 0 && depth > 1 && names[i][0] >= '0' && names[i][0] <= '9')
			rc = read_directory(r, kind, child, depth - 1);
		else if (rc == 0)
			rc = read_leaf(r, child);
	}
	return rc;
}

int store_read_config(struct store_asker *a, const struct device_id *id, struct tree **config)
{
	struct reader r = {.asker = a};
	int rc;

	if (tree_create(&r.tree) < 0)
		return -ENOMEM;
	store_frontend_path(id, NULL, r.root, sizeof r.root);
	rc = read_directory(&r, id->kind, "", DEPTH);
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

bool store_same_rings(struct store_asker *a, const struct device_id *id, const struct tree *rings)
{
	struct reader r = {.asker = a};
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
