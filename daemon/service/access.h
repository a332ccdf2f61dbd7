/* SPDX-License-Identifier: MIT */
/*
 * Files that belong to root and that xenavd opens again and again.  An entry in their access
 * control lists lets one more user open them, and changes nothing for those who may already.
 */
#ifndef XENAVD_ACCESS_H
#define XENAVD_ACCESS_H

#include <sys/types.h>

/*
 * Let a user read and write all files of a list that ends with NULL, as far as they exist.  For
 * root.
 *
 * @return 0; -ENOTSUP when a file system has no access control lists, or another -errno: logged.
 */
int access_grant(const char *const paths[], uid_t uid);

/* Undo that: what is open stays open. @return as access_grant(). */
int access_revoke(const char *const paths[], uid_t uid);

#endif
