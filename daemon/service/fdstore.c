/* SPDX-License-Identifier: MIT */
/*
 * See fdstore.h.  systemd keeps what it has passed on: a descriptor stays in the store until it is
 * removed by name.  The order in which descriptors come back is not the one in which they were put.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "report/log.h"
#include "service/fdstore.h"
#include "service/notify.h"

struct inherited {
	char *name;
	int fd; /* -1: taken */
};

static struct {
	struct inherited *list;
	unsigned n;
	bool works;
} store;

/* Since version 254 systemd tells the size of the store. */
static bool has_store(void)
{
	const char *size = getenv("FDSTORE");

	return notify_works() && !(size && strcmp(size, "0") == 0);
}

static void free_names(char **names)
{
	for (char **name = names; name && *name; name++)
		free(*name);
	free(names);
}

int fdstore_start(void)
{
	char **names = NULL;
	int rc = 0;
	int n;

	store.works = has_store();
	n = sd_listen_fds_with_names(1, &names);
	if (n <= 0)
		return n;
	store.list = calloc((size_t)n, sizeof *store.list);
	for (int i = 0; i < n; i++) {
		const int fd = SD_LISTEN_FDS_START + i;

		if (!store.list) {
			close(fd);
			rc = -ENOMEM;
			continue;
		}
		store.list[i] = (struct inherited){.name = names[i], .fd = fd};
		names[i] = NULL;
	}
	if (store.list)
		store.n = (unsigned)n;
	if (store.list)
		free(names);
	else
		free_names(names);
	return rc;
}

int fdstore_take(const char *name)
{
	for (unsigned i = 0; i < store.n; i++) {
		struct inherited *in = &store.list[i];
		const int fd = in->fd;

		if (fd < 0 || strcmp(in->name, name) != 0)
			continue;
		in->fd = -1;
		return fd;
	}
	return -ENOENT;
}

bool fdstore_works(void)
{
	return store.works;
}

static bool is_name(const char *name)
{
	return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

int fdstore_put(const char *name, int fd)
{
	char message[128];
	int rc;

	if (!store.works)
		return -ENOTSUP;
	if (!is_name(name))
		return -EINVAL;
	/* Without FDPOLL=0 systemd drops a descriptor whose poll() shows an error. */
	snprintf(message, sizeof message, "FDSTORE=1\nFDNAME=%s\nFDPOLL=0", name);
	rc = notify_fds(message, &fd, 1);
	if (rc < 0)
		log_warn("Could not keep the descriptor %s in the service manager: %s", name,
			 strerror(-rc));
	return rc;
}

void fdstore_remove(const char *name)
{
	if (store.works && is_name(name))
		notify_surely("FDSTOREREMOVE=1\nFDNAME=%s", name);
}

/* Somebody uses another one of that name, and names are all there is to remove by. */
static bool was_taken(const char *name)
{
	for (unsigned i = 0; i < store.n; i++)
		if (store.list[i].fd < 0 && strcmp(store.list[i].name, name) == 0)
			return true;
	return false;
}

void fdstore_finish(void)
{
	unsigned n_left = 0;

	for (unsigned i = 0; i < store.n; i++) {
		struct inherited *in = &store.list[i];

		if (in->fd >= 0) {
			if (n_left++ == 0)
				log_warn(
					"Closed an inherited descriptor that nobody knows: '%.32s'",
					in->name);
			close(in->fd);
			if (!was_taken(in->name))
				fdstore_remove(in->name);
		}
	}
	if (n_left > 1)
		log_warn("Closed %u inherited descriptors that nobody knows", n_left);
	for (unsigned i = 0; i < store.n; i++)
		free(store.list[i].name);
	free(store.list);
	store.list = NULL;
	store.n = 0;
}
