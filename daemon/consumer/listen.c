/* SPDX-License-Identifier: MIT */
/* See listen.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "consumer/listen.h"
#include "report/cleanup.h"
#include "report/log.h"
#include "service/sockets.h"

#define NO_GROUP ((gid_t)-1)

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

/* Before Linux 6.16 the option is unknown, and every process may pass descriptors. */
static void set_passing(int sock, int may)
{
	setsockopt(sock, SOL_SOCKET, SO_PASSRIGHTS, &may, sizeof may);
}

void listen_let_pass(int sock)
{
	set_passing(sock, 1);
}

static int find_group(const char *name, gid_t *gid)
{
	const struct group *group;

	*gid = NO_GROUP;
	if (!name)
		return 0;
	errno = 0;
	group = getgrnam(name);
	if (!group) {
		log_err("Could not find the group %s%s%s", name, errno ? ": " : "",
			errno ? strerror(errno) : "");
		return -EINVAL;
	}
	*gid = group->gr_gid;
	return 0;
}

/* Make the folder of the socket, but none above it: those are the administrator's. */
static int make_folder(const char *path, gid_t gid, bool everybody)
{
	CLEANUP_FREE char *folder = strdup(path);
	char *slash;
	int rc;

	if (!folder)
		return -ENOMEM;
	slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return 0;
	*slash = '\0';
	if (mkdir(folder, 0750) == 0) {
		if ((gid == NO_GROUP || chown(folder, (uid_t)-1, gid) == 0) &&
		    (!everybody || chmod(folder, 0755) == 0))
			return 0;
	} else if (errno == EEXIST) {
		return 0;
	}
	rc = -errno;
	log_err("Could not make %s: %s", folder, strerror(-rc));
	return rc;
}

/* The socket has no access rights until its group is set. */
static int bind_tight(int sock, const struct sockaddr_un *addr, gid_t gid, mode_t mode)
{
	const mode_t mask = umask(0177);
	int rc = bind(sock, (const struct sockaddr *)addr, sizeof *addr) < 0 ? -errno : 0;

	umask(mask);
	if (rc < 0)
		return rc;
	if ((gid != NO_GROUP && chown(addr->sun_path, (uid_t)-1, gid) < 0) ||
	    chmod(addr->sun_path, mode) < 0) {
		rc = -errno;
		unlink(addr->sun_path);
	}
	return rc;
}

/* @return 0 when the address is of a socket without a listener. */
static int check_stale(const struct sockaddr_un *addr)
{
	CLEANUP_CLOSE int sock = -1;
	struct stat st;

	if (lstat(addr->sun_path, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -errno;
	if (connect(sock, (const struct sockaddr *)addr, sizeof *addr) < 0 && errno == ECONNREFUSED)
		return 0;
	return -EADDRINUSE;
}

static int bind_path(int sock, const struct sockaddr_un *addr, gid_t gid, mode_t mode)
{
	int rc = bind_tight(sock, addr, gid, mode);

	if (rc != -EADDRINUSE)
		return rc;
	rc = check_stale(addr);
	if (rc < 0)
		return rc;
	log_info("Replacing %s, which has no listener", addr->sun_path);
	if (unlink(addr->sun_path) < 0)
		return -errno;
	return bind_tight(sock, addr, gid, mode);
}

static int remember(struct listen_file *file, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return -errno;
	file->path = strdup(path);
	if (!file->path)
		return -ENOMEM;
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	return 0;
}

static int open_at(struct listen_file *file, const struct sockaddr_un *addr, gid_t gid, mode_t mode)
{
	CLEANUP_CLOSE int sock = -1;
	int rc;

	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -errno;
	rc = bind_path(sock, addr, gid, mode);
	if (rc < 0)
		return rc;
	set_passing(sock, 0);
	if (listen(sock, LISTEN_BACKLOG) < 0)
		rc = -errno;
	else
		rc = remember(file, addr->sun_path);
	if (rc < 0) {
		unlink(addr->sun_path);
		return rc;
	}
	return steal_fd(&sock);
}

int listen_open(struct listen_file *file, const char *path, const char *group, bool everybody)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const mode_t mode = everybody ? 0666 : 0660;
	const size_t len = strlen(path);
	gid_t gid;
	int rc;

	file->path = NULL;
	rc = find_group(group, &gid);
	if (rc < 0)
		return rc;
	rc = sockets_take(path, gid, mode);
	if (rc >= 0) {
		set_passing(rc, 0);
		return rc;
	}
	if (len >= sizeof addr.sun_path) {
		log_err("The path of the socket is longer than %zu bytes: %s",
			sizeof addr.sun_path - 1, path);
		return -ENAMETOOLONG;
	}
	memcpy(addr.sun_path, path, len);
	rc = make_folder(path, gid, everybody);
	if (rc < 0)
		return rc;
	rc = open_at(file, &addr, gid, mode);
	if (rc < 0)
		log_err("Could not listen on %s: %s", path, strerror(-rc));
	return rc;
}

void listen_file_remove(struct listen_file *file)
{
	struct stat st;

	if (!file->path)
		return;
	if (lstat(file->path, &st) == 0 && st.st_dev == file->dev && st.st_ino == file->ino)
		unlink(file->path);
	free(file->path);
	file->path = NULL;
}
