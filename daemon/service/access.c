/* SPDX-License-Identifier: MIT */
/* See access.h. */
#include <config.h>

#include <acl/libacl.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/acl.h>
#include <sys/stat.h>

#include "report/log.h"
#include "service/access.h"

/* @return whether an entry is the one of the user. */
static bool is_of(acl_entry_t entry, uid_t uid)
{
	acl_tag_t tag;
	uid_t *whose;
	bool same;

	if (acl_get_tag_type(entry, &tag) < 0 || tag != ACL_USER)
		return false;
	whose = acl_get_qualifier(entry);
	same = whose && *whose == uid;
	acl_free(whose);
	return same;
}

/* @return 1, 0 when the user has no entry, or -errno. */
static int find_entry(acl_t acl, uid_t uid, acl_entry_t *entry)
{
	int rc;

	for (rc = acl_get_entry(acl, ACL_FIRST_ENTRY, entry); rc == 1;
	     rc = acl_get_entry(acl, ACL_NEXT_ENTRY, entry))
		if (is_of(*entry, uid))
			return 1;
	return rc < 0 ? -errno : 0;
}

/* Find the entry of the user, or make one. @return 0 or -errno. */
static int entry_of(acl_t *acl, uid_t uid, acl_entry_t *entry)
{
	const int rc = find_entry(*acl, uid, entry);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (acl_create_entry(acl, entry) < 0 || acl_set_tag_type(*entry, ACL_USER) < 0 ||
	    acl_set_qualifier(*entry, &uid) < 0)
		return -errno;
	return 0;
}

/* @return 1, 0 when the user has these rights already, or -errno. */
static int add_entry(acl_t *acl, uid_t uid)
{
	acl_permset_t rights;
	acl_entry_t entry;
	int rc = entry_of(acl, uid, &entry);

	if (rc < 0)
		return rc;
	if (acl_get_permset(entry, &rights) < 0)
		return -errno;
	if (acl_get_perm(rights, ACL_READ) == 1 && acl_get_perm(rights, ACL_WRITE) == 1)
		return 0;
	if (acl_add_perm(rights, ACL_READ) < 0 || acl_add_perm(rights, ACL_WRITE) < 0 ||
	    acl_set_permset(entry, rights) < 0 || acl_calc_mask(acl) < 0)
		return -errno;
	return 1;
}

/* A list without users and groups of its own has no mask, so that nothing but the mode is left.
 * @return 1 or -errno. */
static int settle_mask(acl_t *acl)
{
	acl_entry_t entry, mask = NULL;
	acl_tag_t tag = ACL_UNDEFINED_TAG;
	bool more = false;
	int rc;

	for (rc = acl_get_entry(*acl, ACL_FIRST_ENTRY, &entry); rc == 1;
	     rc = acl_get_entry(*acl, ACL_NEXT_ENTRY, &entry)) {
		if (acl_get_tag_type(entry, &tag) < 0)
			return -errno;
		more = more || tag == ACL_USER || tag == ACL_GROUP;
		if (tag == ACL_MASK)
			mask = entry;
	}
	if (rc == 0 && more)
		rc = acl_calc_mask(acl);
	else if (rc == 0 && mask)
		rc = acl_delete_entry(*acl, mask);
	return rc < 0 ? -errno : 1;
}

/* @return 1, 0 when the user has no entry, or -errno. */
static int remove_entry(acl_t *acl, uid_t uid)
{
	acl_entry_t entry;
	const int rc = find_entry(*acl, uid, &entry);

	if (rc <= 0)
		return rc;
	if (acl_delete_entry(*acl, entry) < 0)
		return -errno;
	return settle_mask(acl);
}

/* @return 0, also when there is no such file, or -errno. */
static int change(const char *path, uid_t uid, int (*how)(acl_t *acl, uid_t uid))
{
	acl_t acl;
	int rc;

	acl = acl_get_file(path, ACL_TYPE_ACCESS);
	if (!acl)
		return errno == ENOENT ? 0 : -errno;
	rc = how(&acl, uid);
	/* A change that changes nothing would wake who watches the file. */
	if (rc > 0)
		rc = acl_set_file(path, ACL_TYPE_ACCESS, acl) < 0 ? -errno : 0;
	acl_free(acl);
	return rc;
}

static int change_all(const char *const paths[], uid_t uid, int (*how)(acl_t *acl, uid_t uid),
		      const char *verb)
{
	int rc = 0;

	for (unsigned i = 0; paths[i]; i++) {
		const int r = change(paths[i], uid, how);

		if (r < 0)
			log_err("Could not %s uid %u open %s: %s", verb, (unsigned)uid, paths[i],
				strerror(-r));
		if (rc == 0)
			rc = r;
	}
	return rc;
}

int access_grant(const char *const paths[], uid_t uid)
{
	return change_all(paths, uid, add_entry, "let");
}

int access_revoke(const char *const paths[], uid_t uid)
{
	return change_all(paths, uid, remove_entry, "no longer let");
}
