/* SPDX-License-Identifier: MIT */
/* See store-nodes.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "store-nodes.h"
#include "xen/tree.h"

#define NODES 2048

/* -------- the store -------- */

static struct {
	char *path;
	char *value;
} nodes[NODES];
static char *pending[8][2]; /* writes of the transaction */
static size_t n_pending;
struct fake_nodes fake_nodes;

void put(const char *path, const char *value)
{
	size_t i;

	for (i = 0; i < fake_nodes.n; i++)
		if (strcmp(nodes[i].path, path) == 0)
			break;
	assert_true(i < NODES);
	if (i == fake_nodes.n)
		nodes[fake_nodes.n++].path = strdup(path);
	free(nodes[i].value);
	nodes[i].value = strdup(value);
}

const char *get(const char *path)
{
	for (size_t i = 0; i < fake_nodes.n; i++)
		if (strcmp(nodes[i].path, path) == 0)
			return nodes[i].value;
	return NULL;
}

/* A path of another domain must not be asked for. */
static void assert_ours(const char *path)
{
	if (strncmp(path, "/local/domain/0/backend/", 24) != 0 &&
	    strncmp(path, FE, strlen(FE)) != 0 && strncmp(path, KBD, strlen(KBD)) != 0 &&
	    strncmp(path, SCREENS, strlen(SCREENS)) != 0 &&
	    strcmp(path, "/local/domain/3/name") != 0 && strcmp(path, "/local/domain/3/vm") != 0 &&
	    strncmp(path, "/local/domain/0/error/backend/", 30) != 0)
		fail_msg("%s was touched", path);
}

void *xs_read(struct xs_handle *, xs_transaction_t, const char *path, unsigned *)
{
	const char *value = get(path);

	fake_nodes.n_asked++;
	assert_ours(path);
	if (!value)
		errno = ENOENT;
	return value ? strdup(value) : NULL;
}

char **xs_directory(struct xs_handle *, xs_transaction_t, const char *path, unsigned *num)
{
	size_t len = strlen(path);
	char *block = calloc(NODES, 64 + sizeof(char *));
	char **names = (char **)(void *)block;
	char *text = block + NODES * sizeof(char *);
	unsigned n = 0;

	fake_nodes.n_asked++;
	assert_ours(path);
	for (size_t i = 0; i < fake_nodes.n; i++) {
		const char *rest = nodes[i].path + len;
		int size;
		unsigned j;

		if (strncmp(nodes[i].path, path, len) != 0 || *rest != '/')
			continue;
		size = (int)strcspn(rest + 1, "/");
		for (j = 0; j < n; j++)
			if (strncmp(names[j], rest + 1, (size_t)size) == 0 && !names[j][size])
				break;
		if (j < n)
			continue;
		names[n++] = text;
		text += sprintf(text, "%.*s", size, rest + 1) + 1;
	}
	*num = n;
	return names;
}

bool xs_is_domain_introduced(struct xs_handle *, unsigned int domid)
{
	fake_nodes.n_asked++;
	assert_int_equal(domid, 3);
	return fake_nodes.alive;
}

xs_transaction_t xs_transaction_start(struct xs_handle *)
{
	fake_nodes.n_transactions++;
	n_pending = 0;
	return 7;
}

bool xs_write(struct xs_handle *, xs_transaction_t t, const char *path, const void *data,
	      unsigned len)
{
	assert_ours(path);
	assert_int_equal(t, 7);
	if (fake_nodes.write_fails) {
		errno = ENOSPC;
		return false;
	}
	pending[n_pending][0] = strdup(path);
	pending[n_pending++][1] = strndup(data, len);
	return true;
}

bool xs_transaction_end(struct xs_handle *, xs_transaction_t, bool abort)
{
	bool fails = !abort && fake_nodes.conflicts-- > 0;

	for (size_t i = 0; i < n_pending; i++) {
		if (!abort && !fails)
			put(pending[i][0], pending[i][1]);
		free(pending[i][0]);
		free(pending[i][1]);
	}
	n_pending = 0;
	if (fails && fake_nodes.meanwhile)
		fake_nodes.meanwhile();
	errno = fails ? EAGAIN : 0;
	return !fails;
}

/* -------- the rest -------- */

static const struct store_kind vsnd = {"vsnd", "vsnd", "2", false};
const struct store_kind vdispl = {"vdispl", "vdispl", "1,2", false};
const struct store_kind *const kinds[] = {&vsnd, &vdispl, NULL};
const struct device_id sound = {&vsnd, 3, 0};
struct store_view view;
struct tree *rings;
uint32_t requests;

int store_nodes_begin(void **)
{
	fake_nodes.alive = true;
	fake_nodes.conflicts = fake_nodes.n_transactions = 0;
	fake_nodes.write_fails = false;
	fake_nodes.meanwhile = NULL;
	put(BE "/frontend-id", "3");
	put(BE "/frontend", "/local/domain/9/device/vsnd/0");
	put(BE "/online", "1");
	put(BE "/state", "2");
	put(FE "/backend", "/local/domain/0/backend/vbd/7/1");
	put(FE "/backend-id", "5");
	put(FE "/state", "3");
	put(FE "/0/0/type", "p");
	return 0;
}

int store_nodes_end(void **)
{
	while (fake_nodes.n > 0) {
		fake_nodes.n--;
		free(nodes[fake_nodes.n].path);
		free(nodes[fake_nodes.n].value);
		nodes[fake_nodes.n].value = NULL;
	}
	tree_destroy(view.config);
	view.config = NULL;
	tree_destroy(rings);
	rings = NULL;
	return 0;
}

void look_at(const struct device_id *device, bool stirred)
{
	tree_destroy(view.config);
	fake_nodes.n_asked = 0;
	store_read_view(NULL, 0, device, stirred, rings, &view, &requests);
	/* The price is not lower than the number of requests. */
	assert_true(fake_nodes.n_asked <= requests);
}

void look_after(bool stirred)
{
	look_at(&sound, stirred);
}

void look(void)
{
	look_after(false);
}
