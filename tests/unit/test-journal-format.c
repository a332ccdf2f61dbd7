/* SPDX-License-Identifier: MIT */
/* A slot of the journal: writes that are cut off at any byte, and bits that are wrong. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "journal/crc.h"
#include "journal/format.h"
#include "test.h"

static const struct journal_key key = {.type = 3, .kind = 1, .domid = 7, .devid = 2, .id = 99};
static struct journal_page page;
static uint8_t data[JOURNAL_DATA_BYTES];

static void write_data(uint32_t seq, uint8_t fill, uint16_t size)
{
	memset(data, fill, sizeof data);
	journal_page_write(&page, &key, seq, data, size);
}

static void begin(void)
{
	memset(&page, 0, sizeof page);
	journal_page_begin(&page, &key);
}

static enum page_state check(const struct journal_page *p, uint8_t *fill, uint16_t *size)
{
	const struct journal_image *image;
	struct journal_key found;
	enum page_state state = journal_page_check(p, &found, &image);

	if (state == PAGE_GOOD || state == PAGE_DAMAGED)
		assert_memory_equal(&found, &key, sizeof key);
	if (state != PAGE_GOOD)
		return state;
	*fill = image->data[0];
	*size = image->size;
	for (unsigned i = 1; i < image->size; i++)
		assert_int_equal(image->data[i], *fill);
	return state;
}

TEST_ALONE(the_checksum_is_the_one_of_zlib)
{
	assert_int_equal(crc32_add(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_add(crc32_add(0, "1234", 4), "56789", 5), 0xcbf43926);
	assert_int_equal(crc32_add(0, "The quick brown fox jumps over the lazy dog", 43),
			 0x414fa339);
	assert_int_equal(crc32_add(0, "", 0), 0);
}

TEST_ALONE(a_record_reads_as_it_was_written_last)
{
	uint16_t size;
	uint8_t fill;

	begin();
	assert_int_equal(check(&page, &fill, &size), PAGE_FREE);
	for (uint32_t seq = UINT32_MAX - 5; seq != 10; seq++) {
		write_data(seq, (uint8_t)seq, (uint16_t)(seq % JOURNAL_DATA_BYTES + 1));
		assert_int_equal(check(&page, &fill, &size), PAGE_GOOD);
		assert_int_equal(fill, (uint8_t)seq);
		assert_int_equal(size, seq % JOURNAL_DATA_BYTES + 1);
	}
	journal_page_free(&page);
	assert_int_equal(check(&page, &fill, &size), PAGE_FREE);
}

/* The stores of a write may reach memory in any order before the one that commits. */
static void cut_off(const struct journal_page *before, const struct journal_page *after,
		    uint8_t old_fill)
{
	const size_t first = offsetof(struct journal_page, images);
	struct journal_page torn = *before;
	uint16_t size;
	uint8_t fill;

	for (size_t n = first; n <= sizeof torn; n++) {
		memcpy((uint8_t *)&torn + first, (const uint8_t *)after + first, n - first);
		assert_int_equal(check(&torn, &fill, &size), PAGE_GOOD);
		assert_int_equal(fill, old_fill);
	}
	torn = *before;
	for (size_t n = sizeof torn; n-- > first;) {
		((uint8_t *)&torn)[n] = ((const uint8_t *)after)[n];
		assert_int_equal(check(&torn, &fill, &size), PAGE_GOOD);
		assert_int_equal(fill, old_fill);
	}
}

TEST_ALONE(a_write_that_is_cut_off_at_any_byte_leaves_the_old_record)
{
	begin();
	write_data(1, 0x11, JOURNAL_DATA_BYTES);
	for (uint32_t seq = 2; seq < 6; seq++) {
		const struct journal_page before = page;

		write_data(seq, (uint8_t)(0x11 * seq), (uint16_t)(JOURNAL_DATA_BYTES / seq));
		cut_off(&before, &page, (uint8_t)(0x11 * (seq - 1)));
	}
}

TEST_ALONE(an_addition_that_is_cut_off_at_any_byte_leaves_a_free_slot)
{
	struct journal_page torn;
	uint16_t size;
	uint8_t fill;

	begin();
	write_data(1, 0x11, 64);
	memset(&torn, 0, sizeof torn);
	for (size_t n = sizeof torn; n-- > sizeof torn.commit;) {
		((uint8_t *)&torn)[n] = ((uint8_t *)&page)[n];
		assert_int_equal(check(&torn, &fill, &size), PAGE_FREE);
	}
	torn.commit = page.commit;
	assert_int_equal(check(&torn, &fill, &size), PAGE_GOOD);
}

TEST_ALONE(a_wrong_bit_is_found_and_tells_of_which_device)
{
	for (uint32_t last = 2; last < 4; last++) {
		begin();
		for (uint32_t seq = 1; seq <= last; seq++)
			write_data(seq, (uint8_t)(0x11 * seq), 100);
		for (size_t bit = 0; bit < sizeof page * 8; bit++) {
			struct journal_page flipped = page;
			uint16_t size;
			uint8_t fill;
			enum page_state found;

			((uint8_t *)&flipped)[bit / 8] ^= (uint8_t)(1u << bit % 8);
			found = check(&flipped, &fill, &size);
			if (found == PAGE_GOOD) {
				assert_int_equal(fill, 0x11 * last);
				assert_int_equal(size, 100);
			} else {
				assert_int_equal(found, PAGE_DAMAGED);
			}
		}
	}
}

TEST_ALONE(a_wrong_bit_makes_no_record_of_a_free_slot)
{
	struct journal_page blank;

	memset(&blank, 0, sizeof blank);
	begin();
	write_data(1, 0x11, 100);
	journal_page_free(&page);
	for (size_t bit = 0; bit < sizeof page * 8; bit++) {
		struct journal_page flipped = blank;
		uint16_t size;
		uint8_t fill;

		((uint8_t *)&flipped)[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(check(&flipped, &fill, &size), PAGE_FREE);
		flipped = page;
		((uint8_t *)&flipped)[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(check(&flipped, &fill, &size), PAGE_GOOD);
	}
}

TEST_ALONE(a_header_is_of_a_known_version_and_whole)
{
	struct journal_header header;

	memset(&header, 0, sizeof header);
	assert_int_equal(journal_header_check(&header, journal_bytes(8)), -EINVAL);
	journal_header_write(&header, JOURNAL_VERSION, 8);
	assert_int_equal(journal_header_check(&header, journal_bytes(8)), 0);
	assert_int_equal(journal_header_check(&header, journal_bytes(7)), -EINVAL);
	journal_header_write(&header, JOURNAL_VERSION - 1, 8);
	assert_int_equal(journal_header_check(&header, journal_bytes(8)), 0);
	journal_header_write(&header, JOURNAL_VERSION + 1, 8);
	assert_int_equal(journal_header_check(&header, journal_bytes(8)), -EPROTONOSUPPORT);
	journal_header_write(&header, JOURNAL_VERSION, 0);
	assert_int_equal(journal_header_check(&header, journal_bytes(0)), -EINVAL);
	journal_header_write(&header, JOURNAL_VERSION, JOURNAL_SLOTS + 1);
	assert_int_equal(journal_header_check(&header, journal_bytes(JOURNAL_SLOTS + 1)), -EINVAL);
}

TEST_ALONE(a_wrong_bit_of_a_header_is_found)
{
	struct journal_header header;

	memset(&header, 0, sizeof header);
	journal_header_write(&header, JOURNAL_VERSION, 8);
	for (size_t bit = 0; bit < sizeof header * 8; bit++) {
		struct journal_header flipped = header;

		((uint8_t *)&flipped)[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(journal_header_check(&flipped, journal_bytes(8)), 0);
	}
}
