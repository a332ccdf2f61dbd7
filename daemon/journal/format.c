/* SPDX-License-Identifier: MIT */
/* See format.h. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "journal/crc.h"
#include "journal/format.h"

static const char magic[8] = "XENAVDJ\n";

size_t journal_bytes(uint32_t n_slots)
{
	return sizeof(struct journal_header) + (size_t)n_slots * sizeof(struct journal_page);
}

static uint64_t sealed_version(const struct journal_header *header, uint32_t version)
{
	struct journal_header copy = *header;

	copy.version = version;
	return (uint64_t)crc32_add(0, &copy, sizeof copy) << 32 | version;
}

/* One store decides: the version is raised while a process may be killed. */
void journal_header_write(struct journal_header *header, uint32_t version, uint32_t n_slots)
{
	memcpy(header->magic, magic, sizeof magic);
	header->slot_bytes = sizeof(struct journal_page);
	header->n_slots = n_slots;
	__atomic_store_n(&header->version, sealed_version(header, version), __ATOMIC_RELEASE);
}

int journal_header_check(const struct journal_header *header, size_t size)
{
	const uint32_t version = (uint32_t)header->version;

	if (memcmp(header->magic, magic, sizeof magic) != 0 ||
	    sealed_version(header, version) != header->version)
		return -EINVAL;
	if (version > JOURNAL_VERSION)
		return -EPROTONOSUPPORT;
#if JOURNAL_OLDEST_VERSION > 0
	if (version < JOURNAL_OLDEST_VERSION)
		return -EPROTONOSUPPORT;
#endif
	if (header->slot_bytes != sizeof(struct journal_page) || header->n_slots == 0 ||
	    header->n_slots > JOURNAL_SLOTS || journal_bytes(header->n_slots) != size)
		return -EINVAL;
	return 0;
}

static uint64_t commit_of(uint32_t seq)
{
	return (uint64_t)~seq << 32 | seq;
}

static uint32_t image_crc(const struct journal_image *image)
{
	const uint8_t *bytes = (const uint8_t *)image;
	const size_t from = sizeof image->crc;

	return crc32_add(0, bytes + from,
			 offsetof(struct journal_image, data) - from + image->size);
}

static bool is_sound(const struct journal_image *image, uint32_t seq)
{
	return image->seq == seq && image->size <= JOURNAL_DATA_BYTES &&
	       image_crc(image) == image->crc;
}

/* A slot that was never used. */
static bool is_blank(const struct journal_page *page)
{
	static const struct journal_key none;

	return page->key_crc == 0 && memcmp(&page->key, &none, sizeof none) == 0;
}

enum page_state journal_page_check(const struct journal_page *page, struct journal_key *key,
				   const struct journal_image **image)
{
	const uint32_t seq = (uint32_t)page->commit;
	const struct journal_image *in_force = &page->images[seq & 1];

	*image = NULL;
	if (page->commit == 0)
		return PAGE_FREE;
	if (page->commit == commit_of(seq) && is_sound(in_force, seq)) {
		*key = in_force->key;
		*image = in_force;
		return PAGE_GOOD;
	}
	if (is_blank(page))
		return PAGE_FREE;
	if (crc32_add(0, &page->key, sizeof page->key) != page->key_crc)
		return PAGE_LOST;
	*key = page->key;
	return PAGE_DAMAGED;
}

/* What comes before in the program comes before in memory: a kill leaves no gap. */
static void order(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

void journal_page_begin(struct journal_page *page, const struct journal_key *key)
{
	page->key = *key;
	page->key_crc = crc32_add(0, key, sizeof *key);
	order();
}

void journal_page_write(struct journal_page *page, const struct journal_key *key, uint32_t seq,
			const void *data, uint16_t size)
{
	struct journal_image *image = &page->images[seq & 1];

	image->seq = seq;
	image->size = size;
	memset(image->reserved, 0, sizeof image->reserved);
	image->key = *key;
	if (size > 0)
		memcpy(image->data, data, size);
	image->crc = image_crc(image);
	order();
	__atomic_store_n(&page->commit, commit_of(seq), __ATOMIC_RELEASE);
	order();
}

void journal_page_free(struct journal_page *page)
{
	__atomic_store_n(&page->commit, 0, __ATOMIC_RELEASE);
	order();
}
