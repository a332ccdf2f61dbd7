/* SPDX-License-Identifier: MIT */
/* The configuration file: an ini file, read strictly.  A key that is missing keeps its default. */
#ifndef XENAVD_CONFIG_H
#define XENAVD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/policy.h"
#include "report/log.h"

#define CONFIG_DEFAULT_PATH SYSCONFDIR "/xenav/xenavd.conf"

/* The default of the key group, if there is a group of that name. */
#define CONFIG_DEFAULT_GROUP "xenav"

struct config {
	char socket_path[108]; /* the room of a socket address */
	char socket_group[64]; /* its members may claim displays and playback; may be empty */
	uint32_t socket_gid;   /* of that group, or UINT32_MAX; set by config_complete() */
	enum log_level log_level;
	struct policy policy;
};

void config_defaults(struct config *config);

/* Free the rules; idempotent. */
void config_finish(struct config *config);

/*
 * Read the file at path into config, which holds the defaults.
 *
 * @param error a sentence with file and line when it fails
 * @return 0; -ENOENT when there is no such file; -EINVAL for a mistake in a line, section, key or
 * value; or another -errno.
 */
int config_read(struct config *config, const char *path, char *error, size_t error_size);

/*
 * Read the files path.d/ *.conf, in the order of their names: keys of [daemon] override those that
 * were read before, and the other sections stand before all that were read before, so that they
 * apply first.
 *
 * @return 0, also when there is no such folder, or as config_read().
 */
int config_read_more(struct config *config, const char *path, char *error, size_t error_size);

/*
 * Give root and the group their default rights, unless a file has sections for them: to be called
 * once, with or without files.
 *
 * @return 0, -EINVAL when there is no such group, -ENOMEM.
 */
int config_complete(struct config *config);

/* After config_complete(): has a consumer other than root and the group any right?  Then the socket
 * is for everybody. */
bool config_admits_others(const struct config *config);

/* Print the whole configuration as a file that can be read again. @return 0 or -EIO. */
int config_print(const struct config *config, FILE *file);

#endif
