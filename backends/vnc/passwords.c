/* SPDX-License-Identifier: MIT */
/* See passwords.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vnc/passwords.h"

static int read_line(char password[PASSWORD_MAX_BYTES + 1], const char **text)
{
	const size_t len = strcspn(*text, "\r\n");

	if (len > PASSWORD_MAX_BYTES)
		return -E2BIG;
	memcpy(password, *text, len);
	password[len] = 0;
	*text += len;
	*text += strspn(*text, "\r\n");
	return 0;
}

static int read_text(int fd, char *text, size_t size)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_mode & (S_IROTH | S_IWOTH))
		return -EACCES;
	n = read(fd, text, size - 1);
	if (n < 0)
		return -errno;
	text[n] = 0;
	return 0;
}

int passwords_read(struct passwords *passwords, const char *path)
{
	const char *rest;
	char text[256];
	int fd, rc;

	memset(passwords, 0, sizeof *passwords);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = read_text(fd, text, sizeof text);
	close(fd);
	if (rc < 0)
		return rc;
	rest = text;
	rc = read_line(passwords->full, &rest);
	if (rc == 0)
		rc = read_line(passwords->view_only, &rest);
	if (rc == 0 && !passwords->full[0])
		rc = -EINVAL;
	passwords->list[0] = passwords->full;
	passwords->list[1] = passwords->view_only[0] ? passwords->view_only : NULL;
	explicit_bzero(text, sizeof text);
	return rc;
}
