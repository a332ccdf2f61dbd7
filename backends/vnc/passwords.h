/* SPDX-License-Identifier: MIT */
/* The file with the passwords. */
#ifndef XENAV_VNC_PASSWORDS_H
#define XENAV_VNC_PASSWORDS_H

/* RFB knows no longer ones. */
#define PASSWORD_MAX_BYTES 8

/* As libvncserver wants them: a list that ends with NULL. */
struct passwords {
	char *list[3];
	char full[PASSWORD_MAX_BYTES + 1];
	char view_only[PASSWORD_MAX_BYTES + 1];
};

/*
 * Read the file: the password in the first line, and in the second, if there is one, that for those
 * who may only look.
 *
 * @return 0, or -errno: -EACCES if others may read the file, -EINVAL if it has no password, -E2BIG
 * if a password is longer than 8 bytes.
 */
int passwords_read(struct passwords *passwords, const char *path);

#endif
