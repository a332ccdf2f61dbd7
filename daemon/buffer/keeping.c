/* SPDX-License-Identifier: MIT */
/*
 * See keeping.h.  The descriptors are put into the fd store before the record is written, and
 * dropped after it is removed: what has no record is dropped by fdstore_finish().
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer/keeping.h"
#include "journal/journal.h"
#include "report/cleanup.h"
#include "report/log.h"
#include "service/fdstore.h"
#include "xenshbuf.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#define NAME_BYTES 24

_Static_assert(sizeof(struct kept_buffer) == 56, "a record has no padding");
_Static_assert(sizeof(struct kept_charge) == 44, "a record has no padding");

static void name_pages(char name[NAME_BYTES], uint32_t number)
{
	snprintf(name, NAME_BYTES, "gntalloc-%u", number);
}

static void name_grefs(char name[NAME_BYTES], uint32_t number)
{
	snprintf(name, NAME_BYTES, "grefs-%u", number);
}

/* -------- records -------- */

static int check_uuid(const char uuid[GUEST_UUID_BYTES])
{
	return memchr(uuid, '\0', GUEST_UUID_BYTES) ? 0 : -EINVAL;
}

int kept_buffer_check(const struct kept_buffer *kept)
{
	if (kept->number == 0 || kept->number > KEPT_NUMBER_MAX || kept->pages == 0 ||
	    kept->pages > XENSHBUF_MAX_PAGES)
		return -EINVAL;
	return check_uuid(kept->uuid);
}

int kept_charge_check(const struct kept_charge *kept)
{
	/* No limit can be as high, and the sum with others must not overflow. */
	if (kept->pages == 0 || kept->pages > INT32_MAX)
		return -EINVAL;
	return check_uuid(kept->uuid);
}

struct journal_slot *keeping_buffer(struct journal *journal, const struct kept_buffer *kept)
{
	const struct journal_key key = {
		.type = JOURNAL_BUFFER,
		.kind = JOURNAL_SUPPLY,
		.domid = kept->domid,
		.id = kept->number,
	};

	return journal_add(journal, &key, kept, sizeof *kept);
}

struct journal_slot *keeping_charge(struct journal *journal, struct journal_slot *slot,
				    const struct kept_charge *kept)
{
	const struct journal_key key = {
		.type = JOURNAL_CHARGE,
		.kind = JOURNAL_SUPPLY,
		.domid = kept->domid,
	};

	if (!slot)
		return journal_add(journal, &key, kept, sizeof *kept);
	journal_write(slot, kept, sizeof *kept);
	return slot;
}

/* -------- descriptors -------- */

/* @return a memfd with the grefs that nobody can change, or -errno. */
static int make_grefs(const uint32_t *grefs, uint32_t n)
{
	const size_t size_bytes = n * sizeof *grefs;
	CLEANUP_CLOSE int fd = memfd_create("grefs", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ssize_t written;

	if (fd < 0)
		return -errno;
	written = pwrite(fd, grefs, size_bytes, 0);
	if (written < 0)
		return -errno;
	if ((size_t)written != size_bytes)
		return -EIO;
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return -errno;
	return steal_fd(&fd);
}

int keeping_put(uint32_t number, const struct xenshbuf *shbuf)
{
	CLEANUP_CLOSE int grefs_fd = make_grefs(xenshbuf_grefs(shbuf), xenshbuf_n_pages(shbuf));
	char name[NAME_BYTES];
	int rc;

	if (grefs_fd < 0)
		return grefs_fd;
	name_grefs(name, number);
	rc = fdstore_put(name, grefs_fd);
	if (rc < 0)
		return rc;
	name_pages(name, number);
	rc = fdstore_put(name, xenshbuf_gntalloc_fd(shbuf));
	if (rc < 0)
		keeping_drop(number);
	return rc;
}

void keeping_drop(uint32_t number)
{
	char name[NAME_BYTES];

	name_pages(name, number);
	fdstore_remove(name);
	name_grefs(name, number);
	fdstore_remove(name);
}

/* @return an array of n (malloc) in *out, or -errno: the descriptor may be anything. */
static int read_grefs(int fd, uint32_t n, uint32_t **out)
{
	const size_t size_bytes = n * sizeof **out;
	const int seals = fcntl(fd, F_GET_SEALS);
	struct stat info;
	uint32_t *grefs;

	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &info) < 0 ||
	    info.st_size != (off_t)size_bytes)
		return -EINVAL;
	grefs = malloc(size_bytes);
	if (!grefs)
		return -ENOMEM;
	if (pread(fd, grefs, size_bytes, 0) != (ssize_t)size_bytes) {
		free(grefs);
		return -EIO;
	}
	*out = grefs;
	return 0;
}

int keeping_adopt(const struct kept_buffer *kept, struct xenshbuf **out)
{
	CLEANUP_CLOSE int pages_fd = -1;
	CLEANUP_CLOSE int grefs_fd = -1;
	CLEANUP_FREE uint32_t *grefs = NULL;
	char name[NAME_BYTES];
	int rc;

	name_grefs(name, kept->number);
	grefs_fd = fdstore_take(name);
	name_pages(name, kept->number);
	pages_fd = fdstore_take(name);
	if (grefs_fd < 0 || pages_fd < 0)
		return -ENOENT;
	rc = read_grefs(grefs_fd, kept->pages, &grefs);
	if (rc == 0)
		rc = xenshbuf_adopt(out, kept->domid, pages_fd, kept->offset_bytes, grefs,
				    kept->pages);
	if (rc == 0)
		steal_fd(&pages_fd);
	return rc;
}
