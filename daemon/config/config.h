/* SPDX-License-Identifier: MIT */
/*
 * The configuration file: an ini file, read strictly.  What it does not say keeps its default.
 */
#ifndef XENAVD_CONFIG_H
#define XENAVD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/policy.h"
#include "report/log.h"

#define CONFIG_DEFAULT_PATH SYSCONFDIR "/xenav/xenavd.conf"

/* Whose members may connect without a file, if there is one of that name. */
#define CONFIG_DEFAULT_GROUP "xenav"

struct config {
	char socket_path[108]; /* what a socket address can hold */
	char socket_group[64]; /* its members may claim displays and playback; may be empty */
	enum log_level log_level;
	struct policy policy;
};

void config_defaults(struct config *config);

/* Free what it has read; idempotent. */
void config_finish(struct config *config);

/*
 * Read the file at path into config, which holds the defaults.
 *
 * @param error a sentence with file and line when it fails
 * @return 0; -ENOENT when there is no such file; -EINVAL for a line, section, key or value that
 * makes no sense; or another -errno.
 */
int config_read(struct config *config, const char *path, char *error, size_t error_size);

/*
 * Give root and the group what they may unless the file has said something else: to be called
 * once, with or without a file.
 *
 * @return 0, -EINVAL when there is no such group, -ENOMEM.
 */
int config_complete(struct config *config);

/* Are there consumers beside root and the group?  Then the socket is for everybody. */
bool config_admits_others(const struct config *config);

/* Print all of it, in a way that can be read again. @return 0 or -EIO. */
int config_print(const struct config *config, FILE *file);

#endif
