/* SPDX-License-Identifier: MIT */
/*
 * The configuration file: an ini file, read strictly.  What it does not say keeps its default.
 */
#ifndef XENAVD_CONFIG_H
#define XENAVD_CONFIG_H

#include <stddef.h>

#include "config/policy.h"
#include "report/log.h"

#define CONFIG_DEFAULT_PATH SYSCONFDIR "/xenav/xenavd.conf"

struct config {
	char socket_path[108]; /* what a socket address can hold */
	char socket_group[64]; /* may connect, too; empty: root alone */
	enum log_level log_level;
	struct policy policy;
};

void config_defaults(struct config *config);

/* Free what it has read; idempotent. */
void config_finish(struct config *config);

/*
 * Read the file at path into config.
 *
 * @param error a sentence with file and line when it fails
 * @return 0; -ENOENT when there is no such file; -EINVAL for a line, section, key or value that
 * makes no sense; or another -errno.
 */
int config_read(struct config *config, const char *path, char *error, size_t error_size);

#endif
