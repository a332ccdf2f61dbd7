/* SPDX-License-Identifier: MIT */
/* See store-paths.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "xen/store-paths.h"

bool device_same_id(const struct device_id *a, const struct device_id *b)
{
	return a->kind == b->kind && a->domid == b->domid && a->devid == b->devid;
}

static const struct store_kind *find_kind(const struct store_kind *const kinds[], const char *name)
{
	while (*kinds && strcmp(name, (*kinds)->name) != 0)
		kinds++;
	return *kinds;
}

/* Parse "KIND/DOMID/DEVID", possibly followed by another '/' and more. */
static int parse_device(const struct store_kind *const kinds[], const char *text,
			struct device_id *id)
{
	char copy[48];
	char *rest = copy;
	char *part[3];
	size_t len = strlen(text);

	if (len >= sizeof copy)
		len = sizeof copy - 1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (unsigned i = 0; i < 3; i++) {
		part[i] = strsep(&rest, "/");
		if (!part[i])
			return -EINVAL;
	}
	id->kind = find_kind(kinds, part[0]);
	if (!id->kind || parse_u16(part[1], &id->domid) < 0)
		return -EINVAL;
	return parse_u16(part[2], &id->devid);
}

void store_kind_path(uint16_t own_domid, const struct store_kind *kind, char *path, size_t size)
{
	snprintf(path, size, "/local/domain/%u/backend/%s", own_domid, kind->name);
}

bool store_is_kind_path(uint16_t own_domid, const struct store_kind *const kinds[],
			const char *path)
{
	for (; *kinds; kinds++) {
		char own[STORE_PATH_MAX];

		store_kind_path(own_domid, *kinds, own, sizeof own);
		if (strcmp(path, own) == 0)
			return true;
	}
	return false;
}

void store_backend_path(uint16_t own_domid, const struct device_id *id, const char *leaf,
			char *path, size_t size)
{
	snprintf(path, size, "/local/domain/%u/backend/%s/%u/%u%s%s", own_domid, id->kind->name,
		 id->domid, id->devid, leaf ? "/" : "", leaf ? leaf : "");
}

void store_frontend_path(const struct device_id *id, const char *leaf, char *path, size_t size)
{
	snprintf(path, size, "/local/domain/%u/device/%s/%u%s%s", id->domid, id->kind->frontend,
		 id->devid, leaf ? "/" : "", leaf ? leaf : "");
}

int store_parse_backend_path(uint16_t own_domid, const struct store_kind *const kinds[],
			     const char *path, struct device_id *id)
{
	char base[64];
	size_t len;

	len = (size_t)snprintf(base, sizeof base, "/local/domain/%u/backend/", own_domid);
	if (strncmp(path, base, len) != 0)
		return -EINVAL;
	return parse_device(kinds, path + len, id);
}

const char *store_backend_leaf(const char *path)
{
	/* Behind /local/domain/OWN/backend/KIND/DOMID/DEVID. */
	for (unsigned names = 0; path && names < 8; names++)
		path = strchr(path + (names > 0), '/');
	return path ? path + 1 : NULL;
}

void store_token(const struct device_id *id, char token[STORE_TOKEN_MAX])
{
	snprintf(token, STORE_TOKEN_MAX, "%s/%u/%u", id->kind->name, id->domid, id->devid);
}

int store_parse_token(const struct store_kind *const kinds[], const char *token,
		      struct device_id *id)
{
	return parse_device(kinds, token, id);
}
