/* SPDX-License-Identifier: MIT */
/* How the journal comes from the process before this one: see journal.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "journal/past.h"
#include "report/cleanup.h"
#include "report/log.h"
#include "service/fdstore.h"

#define NAME  "journal"
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static int make(void)
{
	CLEANUP_CLOSE int fd = memfd_create("xenavd-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)journal_bytes(JOURNAL_SLOTS)) < 0 ||
	    fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return -errno;
	return steal_fd(&fd);
}

static int map_slots(struct journal *journal, uint32_t n_slots)
{
	void *map = mmap(NULL, journal_bytes(n_slots), PROT_READ | PROT_WRITE, MAP_SHARED,
			 journal->fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	journal->map = map;
	journal->n_slots = n_slots;
	journal->slots = calloc(n_slots, sizeof *journal->slots);
	journal->n_of_domain = calloc(UINT16_MAX + 1u, sizeof *journal->n_of_domain);
	if (!journal->slots || !journal->n_of_domain)
		return -ENOMEM;
	return 0;
}

/* @return the number of slots, or -errno: it is not a journal of ours, or not of our time. */
static int look_at(int fd)
{
	const int rc = past_check(fd);

	if (rc == -EPROTONOSUPPORT)
		log_warn(
			"The journal is of a version of xenavd that is not known: the guests start "
			"over");
	else if (rc < 0)
		log_warn("The journal of the last xenavd is damaged: the guests start over");
	return rc;
}

/*
 * Take the journal from all descriptors of its name, of which a stranger may have put some there.
 *
 * @param alone false when the store has to be tidied up
 * @return the number of slots of the journal, or -ENOENT.
 */
static int take_old(struct journal *journal, bool *alone)
{
	int found = -ENOENT;
	int fd;

	*alone = true;
	while ((fd = fdstore_take(NAME)) >= 0) {
		const int n_slots = found < 0 ? look_at(fd) : -EEXIST;

		if (n_slots > 0) {
			found = n_slots;
			journal->fd = fd;
			continue;
		}
		close(fd);
		*alone = false;
	}
	return found;
}

static int open_journal(struct journal *journal)
{
	bool alone;
	int n_slots = take_old(journal, &alone);
	const bool is_new = n_slots < 0;
	int rc;

	if (is_new) {
		journal->fd = make();
		if (journal->fd < 0)
			return journal->fd;
		n_slots = JOURNAL_SLOTS;
	}
	rc = map_slots(journal, (uint32_t)n_slots);
	if (rc == 0 && !is_new)
		rc = past_read(journal);
	if (rc < 0)
		return rc;
	journal_header_write((struct journal_header *)(void *)journal->map, JOURNAL_VERSION,
			     journal->n_slots);
	if (!alone)
		fdstore_remove(NAME);
	return is_new || !alone ? fdstore_put(NAME, journal->fd) : 0;
}

int journal_open(struct journal **out)
{
	struct journal *journal;
	int rc;

	if (!fdstore_works())
		return -ENOTSUP;
	journal = calloc(1, sizeof *journal);
	if (!journal)
		return -ENOMEM;
	journal->fd = -1;
	rc = open_journal(journal);
	if (rc < 0) {
		journal_close(journal);
		return rc;
	}
	*out = journal;
	return 0;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	if (journal->map)
		munmap(journal->map, journal_bytes(journal->n_slots));
	if (journal->fd >= 0)
		close(journal->fd);
	free(journal->past);
	free(journal->slots);
	free(journal->n_of_domain);
	free(journal);
}
