/* SPDX-License-Identifier: MIT */
/* The files that add to the configuration: see config.h. */
#include <config.h>

#include <errno.h>
#include <glob.h>
#include <string.h>

#include "config/config.h"

/* The sections of later files come behind those of earlier ones, and all of them before those of
 * the file that they add to. */
static int read_one(struct config *config, struct policy *added, const char *path, char *error,
		    size_t error_size)
{
	struct policy before;
	int rc;

	policy_init(&before);
	policy_move(&before, &config->policy);
	rc = config_read(config, path, error, error_size);
	policy_move(added, &config->policy);
	policy_move(&config->policy, &before);
	return rc;
}

/* The folder need not be there; but rights that it takes away must not be missed. */
static int on_unreadable(const char *, int error)
{
	return error != ENOENT;
}

static int find(const char *path, glob_t *found, char *error, size_t error_size)
{
	char pattern[512];

	if (snprintf(pattern, sizeof pattern, "%s.d/*.conf", path) >= (int)sizeof pattern) {
		snprintf(error, error_size, "%s: %s", path, strerror(ENAMETOOLONG));
		return -ENAMETOOLONG;
	}
	switch (glob(pattern, 0, on_unreadable, found)) {
	case 0:
	case GLOB_NOMATCH:
		return 0;
	default:
		snprintf(error, error_size, "Cannot read the folder %s.d", path);
		return -EIO;
	}
}

int config_read_more(struct config *config, const char *path, char *error, size_t error_size)
{
	struct policy added;
	glob_t found = {0};
	int rc;

	policy_init(&added);
	rc = find(path, &found, error, error_size);
	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
		rc = read_one(config, &added, found.gl_pathv[i], error, error_size);
	policy_move(&added, &config->policy);
	policy_move(&config->policy, &added);
	globfree(&found);
	return rc;
}
