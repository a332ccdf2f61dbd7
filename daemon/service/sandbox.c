/* SPDX-License-Identifier: MIT */
/* See sandbox.h. */
#include <config.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/cleanup.h"
#include "report/log.h"
#include "service/access.h"
#include "service/paths.h"
#include "service/privileges.h"
#include "service/sandbox.h"

int sandbox_mode_parse(const char *text, enum sandbox_mode *mode)
{
	static const char *const names[] = {
		[SANDBOX_NO] = "no",
		[SANDBOX_YES] = "yes",
		[SANDBOX_KILL] = "kill",
	};

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(text, names[i]) == 0) {
			*mode = i;
			return 0;
		}
	return -EINVAL;
}

/* The user is made by the package; a build that was never installed has none. */
static int become(const struct sandbox *sandbox)
{
	struct identity identity;
	int rc = privileges_find(sandbox->user, &identity);

	if (rc == -ENOENT) {
		log_warn("There is no user %s: xenavd stays root, without its capabilities",
			 sandbox->user);
		return 0;
	}
	if (rc == 0)
		rc = access_grant(sandbox->devices, identity.uid);
	if (rc == 0)
		rc = privileges_become(sandbox->user, &identity);
	return rc;
}

/* @return the folder of a file, to be freed, or NULL without memory. */
static char *folder_of(const char *path)
{
	char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;

	if (slash)
		slash[slash == folder] = '\0'; /* "/" stays */
	else if (folder)
		folder[0] = '\0';
	return folder;
}

static int hide_files(const struct sandbox *sandbox)
{
	CLEANUP_FREE char *own = folder_of(sandbox->socket_path);
	CLEANUP_FREE char *readable = folder_of(sandbox->config_path);
	int rc;

	if (!own || !readable)
		return -ENOMEM;
	rc = paths_restrict(sandbox->devices, own, readable);
	if (rc != -ENOSYS && rc != -EOPNOTSUPP && rc != -EPERM)
		return rc;
	/* Older kernels; and some containers forbid to ask. */
	log_info("The kernel has no Landlock: files are protected by their permissions only");
	return 0;
}

/* The libraries that know users and groups are loaded while that is possible: for the names of a
 * configuration that is read again.  All of them are asked for a name that none of them knows. */
static void load_name_services(void)
{
	(void)getpwnam("-");
	(void)getgrnam("-");
}

int sandbox_begin(const struct sandbox *sandbox)
{
	int rc = 0;

	if (sandbox->mode == SANDBOX_NO) {
		log_warn("The sandbox is off: xenavd runs with all rights of who started it");
		return 0;
	}
	load_name_services();
	if (geteuid() == 0 && sandbox->user[0])
		rc = become(sandbox);
	if (rc == 0)
		rc = privileges_give_up();
	if (rc == 0)
		rc = hide_files(sandbox);
	if (rc < 0)
		log_err("Could not give up rights: %s (--sandbox=no does without it)",
			strerror(-rc));
	return rc;
}

int sandbox_close(const struct sandbox *sandbox)
{
	int rc = syscalls_restrict(sandbox->mode, sandbox->ioctls);

	if (rc < 0)
		log_err("Could not give up system calls: %s (--sandbox=no does without it)",
			strerror(-rc));
	return rc;
}
