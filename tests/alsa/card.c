/* SPDX-License-Identifier: MIT */
/* See card.h. */
#include <config.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "card.h"

struct card *card_map(const char *path, int create)
{
	const int fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_TRUNC : 0), 0600);
	void *map = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (!create || ftruncate(fd, sizeof(struct card)) == 0)
		map = mmap(NULL, sizeof(struct card), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return map == MAP_FAILED ? NULL : map;
}

void card_unmap(struct card *card)
{
	munmap(card, sizeof *card);
}
