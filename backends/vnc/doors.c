/* SPDX-License-Identifier: MIT */
/* See doors.h. */
#include <config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "vnc/address.h"
#include "vnc/doors.h"
#include "vnc/log.h"

#define DEFAULT_ADDRESS "127.0.0.1:5900"
#define BACKLOG         16

/* -------- unix sockets -------- */

static int fill_unix(struct sockaddr_un *addr, const char *path, unsigned int screen)
{
	int n;

	*addr = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = screen > 0 ? snprintf(addr->sun_path, sizeof addr->sun_path, "%s.%u", path, screen)
		       : snprintf(addr->sun_path, sizeof addr->sun_path, "%s", path);
	return n < (int)sizeof addr->sun_path ? 0 : -ENAMETOOLONG;
}

/* A socket that nobody listens at is left from a program that was killed. */
static void remove_stale(const struct sockaddr_un *addr)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)addr, sizeof *addr) < 0 && errno == ECONNREFUSED)
		unlink(addr->sun_path);
	close(fd);
}

/* For the owner and the group. */
static int open_unix(struct doors *doors, const char *path, unsigned int screen)
{
	struct sockaddr_un addr;
	mode_t mask;
	int fd, rc;

	rc = fill_unix(&addr, path, screen);
	if (rc < 0)
		return rc;
	remove_stale(&addr);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	mask = umask(0117);
	rc = bind(fd, (const struct sockaddr *)&addr, sizeof addr) < 0 ? -errno : 0;
	umask(mask);
	if (rc == 0)
		memcpy(doors->paths[doors->n_paths++], addr.sun_path, sizeof addr.sun_path);
	if (rc == 0 && listen(fd, BACKLOG) < 0)
		rc = -errno;
	if (rc < 0)
		close(fd);
	return rc < 0 ? rc : fd;
}

/* -------- TCP -------- */

static bool is_local(int fd)
{
	struct sockaddr_storage addr = {0};
	socklen_t len = sizeof addr;

	if (getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		return false;
	if (addr.ss_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)&addr)->sin_addr.s_addr) >>
			       24 ==
		       127;
	if (addr.ss_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(
			&((const struct sockaddr_in6 *)(const void *)&addr)->sin6_addr);
	return addr.ss_family == AF_UNIX;
}

static int bind_tcp(const struct addrinfo *info)
{
	const int one = 1;
	int fd, rc = 0;

	fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (info->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, info->ai_addr, info->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
		rc = -errno;
	if (rc < 0)
		close(fd);
	return rc < 0 ? rc : fd;
}

static int open_tcp(const char *address, unsigned int screen)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *info;
	char host[ADDRESS_HOST_MAX], service[24];
	const long port = address_split(address, host, sizeof host);
	int fd;

	if (port < 0 || port + screen > 65535)
		return -EINVAL;
	snprintf(service, sizeof service, "%ld", port + screen);
	if (getaddrinfo(host, service, &hints, &info) != 0)
		return -EADDRNOTAVAIL;
	fd = bind_tcp(info);
	freeaddrinfo(info);
	return fd;
}

/* -------- all -------- */

/* An address that others reach needs a password, or somebody who has said that it needs none. */
static int check_and_listen(struct net *net, const struct vnc_options *o, int fd,
			    unsigned int screen)
{
	if (o->password_file || o->no_password || is_local(fd))
		return net_listen(net, fd, screen);
	close(fd);
	return -EPERM;
}

static int open_address(struct doors *doors, struct net *net, const struct vnc_options *o,
			const char *address, unsigned int screen)
{
	const char *path = address_unix_path(address);
	int fd, rc;

	fd = path ? open_unix(doors, path, screen) : open_tcp(address, screen);
	rc = fd < 0 ? fd : check_and_listen(net, o, fd, screen);
	if (rc == -EPERM && !path)
		log_error("%s can be reached from other machines: it needs --password-file, or "
			  "--no-password",
			  address);
	else if (rc < 0)
		log_error("Cannot listen at %s: %s", address, strerror(-rc));
	else if (screen == 0)
		log_info("Listening at %s", address);
	return rc;
}

static int open_activated(struct net *net, const struct vnc_options *o, unsigned int n,
			  unsigned int screens)
{
	for (unsigned int i = 0; i < n; i++) {
		const int rc = check_and_listen(net, o, SD_LISTEN_FDS_START + (int)i, i % screens);

		if (rc < 0) {
			log_error("Cannot listen at socket %u of the service manager: %s", i,
				  rc == -EPERM ? "it needs --password-file, or --no-password"
					       : strerror(-rc));
			return rc;
		}
	}
	return 0;
}

int doors_open(struct doors *doors, struct net *net, const struct vnc_options *o,
	       unsigned int screens)
{
	const int activated = sd_listen_fds(1);
	int rc = 0;

	if (activated > 0)
		rc = open_activated(net, o, (unsigned int)activated, screens);
	for (unsigned int s = 0; rc == 0 && s < screens; s++) {
		for (unsigned int i = 0; rc == 0 && i < o->n_addresses; i++)
			rc = open_address(doors, net, o, o->addresses[i], s);
		if (rc == 0 && o->n_addresses == 0 && activated <= 0)
			rc = open_address(doors, net, o, DEFAULT_ADDRESS, s);
	}
	return rc;
}

void doors_close(struct doors *doors)
{
	while (doors->n_paths > 0)
		unlink(doors->paths[--doors->n_paths]);
}
