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

int past_read(struct journal *journal)
{
	const size_t size = journal_bytes(journal->n_slots) - JOURNAL_HEADER_BYTES;
	struct damage damage = {.n = 0};
	int rc;

	journal->past = malloc(size);
	if (!journal->past)
		return -ENOMEM;
	rc = read_all(journal->fd, journal->past, size, JOURNAL_HEADER_BYTES);
	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < journal->n_slots; i++)
		take_slot(journal, i, &damage);
	if (damage.lost)
		forget_all(journal);
	for (unsigned i = 0; i < damage.n; i++)
		journal_forget(journal, &damage.devices[i]);
	if (damage.lost || damage.n > 0)
		log_warn("The journal is damaged: %s",
			 damage.lost ? "all guests start over" : "some guests start over");
	return 0;
}
