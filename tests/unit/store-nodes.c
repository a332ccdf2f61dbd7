/* SPDX-License-Identifier: MIT */
/* See store-nodes.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "report/cleanup.h"
#include "store-nodes.h"
#include "xen/store-ask.h"
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
	    strncmp(path, SCREENS, strlen(SCREENS)) != 0 && strcmp(path, "/local/domain") != 0 &&
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
	errno = 0;
	fake_nodes.n_asked++;
	assert_true(domid == 3 || fake_nodes.any_domain);
	return fake_nodes.alive;
}

bool xs_rm(struct xs_handle *, xs_transaction_t, const char *path)
{
	const size_t len = strlen(path);
	size_t kept = 0;

	fake_nodes.n_asked++;
	assert_ours(path);
	for (size_t i = 0; i < fake_nodes.n; i++) {
		const char *own = nodes[i].path;

		if (strncmp(own, path, len) == 0 && (own[len] == '\0' || own[len] == '/')) {
			free(nodes[i].path);
			free(nodes[i].value);
		} else {
			nodes[kept++] = nodes[i];
		}
	}
	errno = ENOENT;
	while (fake_nodes.n > kept) {
		memset(&nodes[--fake_nodes.n], 0, sizeof nodes[0]);
		errno = 0;
	}
	return errno == 0;
}

xs_transaction_t xs_transaction_start(struct xs_handle *)
{
	fake_nodes.n_asked++;
	fake_nodes.n_transactions++;
	n_pending = 0;
	return 7;
}

bool xs_write(struct xs_handle *, xs_transaction_t t, const char *path, const void *data,
	      unsigned len)
{
	fake_nodes.n_asked++;
	assert_ours(path);
	if (fake_nodes.write_fails) {
		errno = ENOSPC;
		return false;
	}
	if (t == XBT_NULL) {
		CLEANUP_FREE char *value = strndup(data, len);

		put(path, value);
		return true;
	}
	assert_int_equal(t, 7);
	pending[n_pending][0] = strdup(path);
	pending[n_pending++][1] = strndup(data, len);
	return true;
}

bool xs_transaction_end(struct xs_handle *, xs_transaction_t, bool abort)
{
	bool fails = !abort && fake_nodes.conflicts-- > 0;

	fake_nodes.n_asked++;
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

static const struct store_kind vsnd = {"vsnd", "vsnd", "2", false, NULL};
const struct store_kind vdispl = {"vdispl", "vdispl", "1,2", false, NULL};
const struct store_kind *const kinds[] = {&vsnd, &vdispl, NULL};
const struct device_id sound = {&vsnd, 3, 0};
struct store_view view;
struct tree *rings;
uint32_t requests;

int store_nodes_begin(void **)
{
	fake_nodes.alive = true;
	fake_nodes.conflicts = fake_nodes.n_transactions = 0;
	fake_nodes.write_fails = fake_nodes.any_domain = false;
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
	struct store_asker a = {0};

	tree_destroy(view.config);
	fake_nodes.n_asked = 0;
	memset(&view, 0, sizeof view);
	view.id = *device;
	store_read_domain(&a, &view);
	store_read_device(&a, 0, STORE_ALL, &view);
	if (view.present) {
		store_read_frontend(&a, &view);
		store_read_published(&a, 0, stirred, rings, &view);
	}
	requests = a.requests;
	assert_int_equal(fake_nodes.n_asked, requests);
	assert_false(a.unanswered);
}

void look_after(bool stirred)
{
	look_at(&sound, stirred);
}

void look(void)
{
	look_after(false);
}
