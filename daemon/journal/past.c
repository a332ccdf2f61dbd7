/* SPDX-License-Identifier: MIT */
/* See past.h.  Slots are copied before they are looked at, and only the copy is used. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/past.h"
#include "report/log.h"

/* More than a host has, so that damage is not told of each of them. */
#define DAMAGED_MAX 256

struct damage {
	struct journal_key devices[DAMAGED_MAX];
	unsigned n;
	bool lost; /* something, and it is not known of which device */
};

static int read_all(int fd, void *to, size_t size, size_t from)
{
	uint8_t *p = to;

	while (size > 0) {
		ssize_t n = pread(fd, p, size, (off_t)from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		from += (size_t)n;
		size -= (size_t)n;
	}
	return 0;
}

int past_check(int fd)
{
	const int seals = fcntl(fd, F_GET_SEALS);
	struct journal_header header;
	struct stat st;
	int rc;

	/* Of a file that may shrink, each access to the mapping may end the process. */
	if (seals < 0 || !(seals & F_SEAL_SHRINK) || !(seals & F_SEAL_GROW) ||
	    (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) || fstat(fd, &st) < 0)
		return -EINVAL;
	rc = read_all(fd, &header, sizeof header, 0);
	if (rc == 0)
		rc = journal_header_check(&header, (size_t)st.st_size);
	return rc < 0 ? rc : (int)header.n_slots;
}

static void note_damage(struct damage *damage, const struct journal_key *key)
{
	if (damage->n == DAMAGED_MAX)
		damage->lost = true;
	else
		damage->devices[damage->n++] = *key;
}

static void take_slot(struct journal *journal, uint32_t i, struct damage *damage)
{
	struct journal_slot *slot = &journal->slots[i];
	const struct journal_page *page = &journal->past[i];
	const struct journal_image *image;
	struct journal_key key;

	slot->journal = journal;
	switch (journal_page_check(page, &key, &image)) {
	case PAGE_FREE:
		break;
	case PAGE_GOOD:
		slots_use(slot, &key);
		slot->seq = image->seq;
		slot->past = image;
		slot->old = true;
		return;
	case PAGE_DAMAGED:
		note_damage(damage, &key);
		break;
	case PAGE_LOST:
		damage->lost = true;
		break;
	}
	if (page->commit != 0)
		journal_page_free(slots_page(slot));
}

static void forget_all(struct journal *journal)
{
	struct journal_slot *slot = NULL;

	while ((slot = journal_next_of_all(journal, 0, slot)))
		journal_remove(slot);
}

/*
 * Find the next part of the file that was ever written.  All is, if the kernel cannot tell.
 *
 * @return whether there is one between *from and end.
 */
static bool find_written(int fd, size_t *from, size_t *to, size_t end)
{
	const off_t data = lseek(fd, (off_t)*from, SEEK_DATA);
	off_t hole;

	*to = end;
	if (data < 0)
		return errno != ENXIO;
	if ((size_t)data >= end)
		return false;
	*from = (size_t)data;
	hole = lseek(fd, data, SEEK_HOLE);
	if (hole > data && (size_t)hole < end)
		*to = (size_t)hole;
	return true;
}

/* Guests wait, and most of the file was never written: that is neither read nor touched, in the
 * file or in the copy, which is 0 there. */
static int read_written(struct journal *journal, struct damage *damage)
{
	const size_t end = journal_bytes(journal->n_slots);
	uint32_t next = 0;
	size_t from = JOURNAL_HEADER_BYTES;
	size_t to;
	int rc;

	for (; from < end && find_written(journal->fd, &from, &to, end); from = to) {
		const size_t at = from - JOURNAL_HEADER_BYTES;
		const size_t last = (to - JOURNAL_HEADER_BYTES - 1) / sizeof(struct journal_page);

		rc = read_all(journal->fd, (uint8_t *)journal->past + at, to - from, from);
		if (rc < 0)
			return rc;
		/* Slots do not begin where pages do: the last one may have been taken already. */
		if (next < at / sizeof(struct journal_page))
			next = (uint32_t)(at / sizeof(struct journal_page));
		for (; next <= last; next++)
			take_slot(journal, next, damage);
	}
	return 0;
}

int past_read(struct journal *journal)
{
	struct damage damage = {.n = 0};
	int rc;

	journal->past = calloc(journal->n_slots, sizeof *journal->past);
	if (!journal->past)
		return -ENOMEM;
	rc = read_written(journal, &damage);
	if (rc < 0)
		return rc;
	if (damage.lost)
		forget_all(journal);
	for (unsigned i = 0; i < damage.n; i++)
		journal_forget(journal, &damage.devices[i]);
	if (damage.lost || damage.n > 0)
		log_warn("The journal is damaged: %s",
			 damage.lost ? "all guests start over" : "some guests start over");
	return 0;
}
