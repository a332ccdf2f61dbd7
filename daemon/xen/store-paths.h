/* SPDX-License-Identifier: MIT */
/* Paths and watch tokens of devices. */
#ifndef XENAVD_STORE_PATHS_H
#define XENAVD_STORE_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xen/store.h"

#define STORE_TOKEN_MAX 32
#define STORE_PATH_MAX  96 /* of a kind, a device and what is directly in it */

/* /local/domain/OWN/backend/KIND */
void store_kind_path(uint16_t own_domid, const struct store_kind *kind, char *path, size_t size);
bool store_is_kind_path(uint16_t own_domid, const struct store_kind *const kinds[],
			const char *path);

/* /local/domain/OWN/backend/KIND/DOMID/DEVID[/leaf]; leaf may be NULL. */
void store_backend_path(uint16_t own_domid, const struct device_id *id, const char *leaf,
			char *path, size_t size);

/* /local/domain/DOMID/device/KIND/DEVID[/leaf]; leaf may be NULL. */
void store_frontend_path(const struct device_id *id, const char *leaf, char *path, size_t size);

/* The device of a path at or below its backend directory. @return 0 or -EINVAL. */
int store_parse_backend_path(uint16_t own_domid, const struct store_kind *const kinds[],
			     const char *path, struct device_id *id);

/* What such a path has behind the device's directory, without a slash; NULL: it is that directory.
 */
const char *store_backend_leaf(const char *path);

/* The watch token of a device: text, because an event may outlive the device. */
void store_token(const struct device_id *id, char token[STORE_TOKEN_MAX]);
int store_parse_token(const struct store_kind *const kinds[], const char *token,
		      struct device_id *id);

#endif
