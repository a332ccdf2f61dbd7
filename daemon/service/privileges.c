/* SPDX-License-Identifier: MIT */
/* See privileges.h. */
#include <config.h>

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "service/privileges.h"

int privileges_find(const char *user, struct identity *identity)
{
	const struct passwd *found;

	errno = 0;
	found = getpwnam(user);
	if (!found)
		return errno && errno != ESRCH ? -errno : -ENOENT;
	identity->uid = found->pw_uid;
	identity->gid = found->pw_gid;
	return 0;
}

int privileges_become(const char *user, const struct identity *identity)
{
	const uid_t uid = identity->uid;
	const gid_t gid = identity->gid;

	if (initgroups(user, gid) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return -errno;
	/* The kernel has made /proc/self root's, where the sizes of dma-bufs are read. */
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* systemd may have forbidden to set them when it took them away. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
	struct __user_cap_data_struct own[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, own) == 0 && memcmp(own, none, sizeof none) == 0)
		return 0;
	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

int privileges_give_up(void)
{
	int rc;

	/* EPERM: the bounding set matters only to programs that are started, and none is. */
	for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return -errno;
	rc = drop_capabilities();
	if (rc < 0)
		return rc;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}
