/* SPDX-License-Identifier: MIT */
/* See paths.h.  No library of Debian 12 has Landlock: three system calls. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report/cleanup.h"
#include "service/paths.h"

/* Of kernels newer than the headers: ABI 3 and 5. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

#define READ    LANDLOCK_ACCESS_FS_READ_FILE
#define LIST    LANDLOCK_ACCESS_FS_READ_DIR
#define MAKE    (LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define CHANGE  (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define CONTROL LANDLOCK_ACCESS_FS_IOCTL_DEV

/* What the first ABI knows: bits 0 to 12. */
#define ALL_OF_FIRST ((1ULL << 13) - 1)

static long abi_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* @return the rights that the kernel knows; all others cannot be taken away. */
static uint64_t handled(long abi)
{
	uint64_t rights = ALL_OF_FIRST;

	if (abi >= 2)
		rights |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
	if (abi >= 5)
		rights |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
	return rights;
}

/* Allow rights on a file, or in a folder. @return 0, also when it is missing, or -errno. */
static int allow(int rules, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = rights};
	CLEANUP_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == EACCES || errno == ENOTDIR ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	/* The kernel takes rights of folders for folders only. */
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= READ | CHANGE | CONTROL;
	rule.parent_fd = fd;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return -errno;
	return 0;
}

static int allow_all(int rules, uint64_t known, const char *const devices[], const char *own,
		     const char *readable)
{
	/* The user database and what it loads; limits of drivers; sizes of dma-bufs; the time zone.
	 */
	static const char *const system[] = {
		"/etc",
		"/usr",
		"/lib",
		"/lib64",
		"/proc/self",
		"/run/systemd/userdb",
		"/sys/module/xen_gntalloc/parameters",
		"/dev/null",
		"/dev/urandom",
	};
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < sizeof system / sizeof system[0]; i++)
		rc = allow(rules, system[i], READ | LIST);
	for (unsigned i = 0; rc == 0 && devices[i]; i++)
		rc = allow(rules, devices[i], (READ | CHANGE | CONTROL) & known);
	if (rc == 0)
		rc = allow(rules, own, (READ | LIST | CHANGE | MAKE) & known);
	if (rc == 0)
		rc = allow(rules, readable, READ | LIST);
	return rc;
}

int paths_restrict(const char *const devices[], const char *own, const char *readable)
{
	struct landlock_ruleset_attr attr = {0};
	const long abi = abi_version();
	CLEANUP_CLOSE int rules = -1;
	int rc;

	if (abi < 0)
		return -errno;
	attr.handled_access_fs = handled(abi);
	rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (rules < 0)
		return -errno;
	rc = allow_all(rules, attr.handled_access_fs, devices, own, readable);
	if (rc < 0)
		return rc;
	return syscall(SYS_landlock_restrict_self, rules, 0) < 0 ? -errno : 0;
}
