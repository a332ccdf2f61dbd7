/* SPDX-License-Identifier: MIT */
/* See sockets.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "report/log.h"
#include "service/fdstore.h"
#include "service/sockets.h"

static int option_of(int sock, int name)
{
	socklen_t len = sizeof(int);
	int value;

	return getsockopt(sock, SOL_SOCKET, name, &value, &len) < 0 ? -1 : value;
}

/* @return NULL, or why consumers cannot be accepted from it. */
static const char *refuses(int sock, const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNSPEC};
	/* One byte is left for the end of a path that fills the address. */
	socklen_t len = sizeof addr - 1;

	if (option_of(sock, SO_DOMAIN) != AF_UNIX || option_of(sock, SO_TYPE) != SOCK_SEQPACKET)
		return "it is not of ListenSequentialPacket=";
	if (option_of(sock, SO_ACCEPTCONN) != 1)
		return "it does not listen";
	if (getsockname(sock, (struct sockaddr *)&addr, &len) < 0 || len >= sizeof addr)
		return "it has no path";
	if (strcmp(addr.sun_path, path) != 0)
		return "xenavd.conf names another path";
	return NULL;
}

static void set_rights(const char *path, gid_t group, mode_t mode)
{
	struct stat st;
	int rc = 0;

	if (lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode)) {
		log_warn("There is no socket at %s any more: nobody can connect", path);
		return;
	}
	if (group != (gid_t)-1 && group != st.st_gid && lchown(path, (uid_t)-1, group) < 0)
		rc = -errno;
	if (rc == 0 && (st.st_mode & 0777) != mode && chmod(path, mode) < 0)
		rc = -errno;
	if (rc < 0)
		log_warn("Could not give %s the group and mode that follow from xenavd.conf (%s): "
			 "set SocketUser=xenavd, SocketGroup= and SocketMode= for xenavd.socket",
			 path, strerror(-rc));
}

static bool is_usable(int sock, const char *path)
{
	const char *why = refuses(sock, path);

	if (!why && fcntl(sock, F_SETFL, fcntl(sock, F_GETFL) | O_NONBLOCK) < 0)
		why = strerror(errno);
	if (why)
		log_warn("Could not use the socket of xenavd.socket: %s", why);
	return !why;
}

/* A drop-in of the unit that names another path adds to the default one. */
int sockets_take(const char *path, gid_t group, mode_t mode)
{
	int sock;

	while ((sock = fdstore_take(SOCKETS_NAME)) >= 0) {
		if (is_usable(sock, path)) {
			set_rights(path, group, mode);
			return sock;
		}
		close(sock);
	}
	return -ENOENT;
}
