/* SPDX-License-Identifier: MIT */
/* The journal as a whole: what the next process finds of it. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "count-fds.h"
#include "journal-rig.h"
#include "journal/format.h"
#include "service/fdstore.h"
#include "test.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

#define TEST(name) TEST_WITH(name, journal_rig_setup, journal_rig_teardown)

static struct journal_key device(uint16_t domid)
{
	return (struct journal_key){.kind = JOURNAL_SOUND, .domid = domid};
}

static struct journal_slot *add(uint16_t domid, uint8_t type, uint64_t id, uint8_t fill)
{
	struct journal_key key = device(domid);
	uint8_t data[100];

	key.type = type;
	key.id = id;
	memset(data, fill, sizeof data);
	return journal_add(j, &key, data, sizeof data);
}

static unsigned count(uint16_t domid, uint8_t type)
{
	const struct journal_key dev = device(domid);
	struct journal_slot *slot = NULL;
	unsigned n = 0;

	while ((slot = journal_next(j, &dev, type, slot)))
		n++;
	return n;
}

static uint8_t fill_of(const struct journal_slot *slot)
{
	uint8_t data[100];

	journal_read(slot, data, sizeof data);
	for (unsigned i = 1; i < sizeof data; i++)
		assert_int_equal(data[i], data[0]);
	return data[0];
}

TEST(the_next_process_finds_what_was_written_last)
{
	struct journal_slot *slot = add(1, JOURNAL_DEVICE, 5, 0x10);
	const struct journal_key dev = device(1);
	uint8_t data[100];

	add(2, JOURNAL_STREAM, 6, 0x20);
	memset(data, 0x11, sizeof data);
	journal_write(slot, data, sizeof data);
	assert_false(journal_is_old(slot));
	for (int i = 0; i < 3; i++) {
		journal_rig_restart();
		assert_int_equal(count(1, 0), 1);
		assert_int_equal(count(2, JOURNAL_STREAM), 1);
		assert_int_equal(count(3, 0), 0);
		slot = journal_next(j, &dev, 0, NULL);
		assert_true(journal_is_old(slot));
		assert_int_equal(journal_key(slot)->id, 5);
		assert_int_equal(fill_of(slot), 0x11 + i);
		data[0]++;
		memset(data, data[0], sizeof data);
		journal_write(slot, data, sizeof data);
		assert_int_equal(fill_of(slot), 0x12 + i);
	}
}

TEST(what_was_removed_is_gone_and_its_slot_is_used_again)
{
	struct journal_slot *a = add(1, JOURNAL_DEVICE, 1, 1);
	struct journal_slot *b = add(1, JOURNAL_STREAM, 2, 2);

	journal_remove(a);
	journal_remove(a);
	journal_remove(NULL);
	journal_rig_restart();
	assert_int_equal(count(1, 0), 1);
	b = add(1, JOURNAL_STREAM, 3, 3);
	assert_int_equal(count(1, 0), 2);
	journal_rig_restart();
	assert_int_equal(count(1, JOURNAL_STREAM), 2);
	(void)b;
}

TEST(records_that_nobody_adopts_are_forgotten)
{
	const struct journal_key dev = device(1);

	add(1, JOURNAL_DEVICE, 1, 1);
	add(2, JOURNAL_DEVICE, 1, 1);
	add(2, JOURNAL_STREAM, 1, 1);
	journal_rig_restart();
	journal_adopt(j, &dev);
	add(3, JOURNAL_DEVICE, 1, 1);
	journal_forget_old(j);
	assert_int_equal(count(1, 0), 1);
	assert_int_equal(count(2, 0), 0);
	assert_int_equal(count(3, 0), 1);
}

TEST(a_full_journal_forgets_the_device_and_serves_the_others)
{
	unsigned n = 0;

	add(1, JOURNAL_DEVICE, 1, 1);
	while (add(1, JOURNAL_STREAM, n, 1))
		n++;
	assert_true(n < JOURNAL_SLOTS / 2);
	assert_int_equal(count(1, JOURNAL_DEVICE), 0);
	assert_non_null(add(2, JOURNAL_DEVICE, 1, 1));
	for (uint16_t domid = 3; domid < 10; domid++)
		while (add(domid, JOURNAL_STREAM, 1, 1))
			n++;
	assert_int_equal(n, JOURNAL_SLOTS - 1);
	assert_int_equal(count(2, JOURNAL_DEVICE), 1);
	journal_rig_restart();
	assert_int_equal(count(2, JOURNAL_DEVICE), 1);
	assert_null(add(20, JOURNAL_STREAM, 1, 1));
}

TEST(a_missing_field_of_an_older_version_is_0)
{
	struct journal_key key = device(1);
	const struct journal_key dev = device(1);
	uint32_t words[3] = {1, 2, 3};
	struct journal_header *header;
	int fd;

	key.type = JOURNAL_DEVICE;
	journal_add(j, &key, words, 2 * sizeof words[0]);
	fd = fdstore_rig_fd("journal");
	header = mmap(NULL, sizeof *header, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	journal_header_write(header, JOURNAL_VERSION - 1, JOURNAL_SLOTS);
	journal_rig_restart();
	journal_read(journal_next(j, &dev, 0, NULL), words, sizeof words);
	assert_int_equal(words[0], 1);
	assert_int_equal(words[1], 2);
	assert_int_equal(words[2], 0);
	assert_int_equal((uint32_t)header->version, JOURNAL_VERSION);
	munmap(header, sizeof *header);
}

TEST(a_later_version_is_not_read)
{
	struct journal_header *header;

	add(1, JOURNAL_DEVICE, 1, 1);
	header = mmap(NULL, sizeof *header, PROT_READ | PROT_WRITE, MAP_SHARED,
		      fdstore_rig_fd("journal"), 0);
	journal_header_write(header, JOURNAL_VERSION + 1, JOURNAL_SLOTS);
	munmap(header, sizeof *header);
	journal_rig_restart();
	assert_int_equal(count(1, 0), 0);
	assert_int_equal(fdstore_rig_count("journal"), 1);
	add(1, JOURNAL_DEVICE, 1, 1);
	journal_rig_restart();
	assert_int_equal(count(1, 0), 1);
}

/* -------- strangers' files -------- */

static void put_instead(int fd)
{
	journal_close(j);
	fdstore_remove("journal");
	assert_int_equal(fdstore_rig_count("journal"), 0);
	fdstore_rig_put("journal", fd);
	close(fd);
	fdstore_rig_restart();
	assert_int_equal(journal_open(&j), 0);
	assert_int_equal(fdstore_rig_count("journal"), 1);
}

static int memfd(size_t size, int seals)
{
	int fd = memfd_create("stranger", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct journal_header header;

	memset(&header, 0, sizeof header);
	journal_header_write(&header, JOURNAL_VERSION, 8);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(pwrite(fd, &header, sizeof header, 0), sizeof header);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

TEST(a_file_that_is_no_journal_is_refused)
{
	int fds[2];

	put_instead(memfd(journal_bytes(8), 0)); /* may shrink */
	put_instead(memfd(journal_bytes(8), SEALS | F_SEAL_WRITE));
	put_instead(memfd(journal_bytes(9), SEALS));
	put_instead(memfd(JOURNAL_HEADER_BYTES, SEALS));
	put_instead(open("/dev/null", O_RDWR | O_CLOEXEC));
	put_instead(open("/", O_RDONLY | O_CLOEXEC));
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	put_instead(fds[0]);
	close(fds[1]);
}

TEST(the_journal_is_found_among_strangers_of_its_name)
{
	int before = memfd_create("a", MFD_CLOEXEC);
	int other = memfd(JOURNAL_HEADER_BYTES, SEALS);

	add(1, JOURNAL_DEVICE, 1, 1);
	assert_int_equal(fdstore_rig_count("journal"), 1);
	fdstore_rig_put("journal", before);
	fdstore_rig_put("journal", other);
	close(before);
	close(other);
	for (int i = 0; i < 3; i++) {
		journal_rig_restart();
		fdstore_finish();
		assert_int_equal(count(1, 0), 1);
		assert_int_equal(fdstore_rig_count("journal"), 1);
	}
}

TEST(a_smaller_journal_is_used_as_it_is)
{
	put_instead(memfd(journal_bytes(8), SEALS));
	for (unsigned i = 0; i < 8; i++)
		assert_non_null(add(1, JOURNAL_STREAM, i, 1));
	assert_null(add(1, JOURNAL_STREAM, 8, 1));
	journal_rig_restart();
	assert_int_equal(count(1, 0), 8);
}

/* -------- damage and kills -------- */

#define DEVICES 4
#define RECORDS 6

static void fill_journal(void)
{
	for (uint16_t domid = 1; domid <= DEVICES; domid++) {
		add(domid, JOURNAL_DEVICE, 0, (uint8_t)domid);
		for (unsigned i = 1; i < RECORDS; i++) {
			struct journal_slot *slot = add(domid, JOURNAL_STREAM, i, 0);
			uint8_t data[100];

			memset(data, (int)(domid * 16u + i), sizeof data);
			journal_write(slot, data, sizeof data);
		}
	}
}

/* @return whether the device can be resumed; then all of it is there, and right. */
static bool is_whole(uint16_t domid)
{
	const struct journal_key dev = device(domid);
	struct journal_slot *slot = NULL;
	unsigned seen = 0;

	if (count(domid, JOURNAL_DEVICE) == 0)
		return false;
	assert_int_equal(count(domid, 0), RECORDS);
	while ((slot = journal_next(j, &dev, JOURNAL_STREAM, slot))) {
		assert_int_equal(fill_of(slot), domid * 16u + journal_key(slot)->id);
		seen |= 1u << journal_key(slot)->id;
	}
	assert_int_equal(seen, (1u << RECORDS) - 2);
	return true;
}

TEST(a_wrong_bit_costs_one_device_its_records_or_all)
{
	const size_t used = journal_bytes(DEVICES * RECORDS + 2);
	unsigned n_hurt = 0;
	uint32_t random = 1;

	for (unsigned i = 0; i < 1000; i++) {
		unsigned n_whole = 0;
		size_t bit;
		uint8_t byte;
		int fd = fdstore_rig_fd("journal");

		random = random * 1664525u + 1013904223u;
		bit = (size_t)(random >> 4) % (used * 8);
		fill_journal();
		assert_int_equal(pread(fd, &byte, 1, (off_t)(bit / 8)), 1);
		byte ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(pwrite(fd, &byte, 1, (off_t)(bit / 8)), 1);
		journal_rig_restart();
		for (uint16_t domid = 1; domid <= DEVICES; domid++)
			n_whole += is_whole(domid);
		n_hurt += n_whole < DEVICES;
		assert_true(n_whole == 0 || n_whole >= DEVICES - 1);
		for (uint16_t domid = 1; domid <= DEVICES; domid++)
			journal_forget(
				j, &(struct journal_key){.kind = JOURNAL_SOUND, .domid = domid});
	}
	assert_true(n_hurt > 100);
}

TEST(noise_in_all_slots_is_read_without_harm)
{
	uint32_t random = 7;
	static uint32_t noise[4096];

	for (unsigned i = 0; i < 50; i++) {
		int fd = memfd(journal_bytes(24), SEALS);

		for (unsigned k = 0; k < 4096; k++)
			noise[k] = random = random * 1664525u + 1013904223u;
		assert_true(pwrite(fd, noise, journal_bytes(24) - JOURNAL_HEADER_BYTES,
				   JOURNAL_HEADER_BYTES) > 0);
		put_instead(fd);
		assert_null(journal_next_of_all(j, 0, NULL));
	}
}

static void __attribute__((noreturn)) write_for_ever(int out)
{
	struct journal_slot *a = add(1, JOURNAL_DEVICE, 0, 0);
	struct journal_slot *b = NULL;
	uint32_t words[50];

	for (uint32_t n = 1;; n++) {
		for (unsigned i = 0; i < 50; i++)
			words[i] = n;
		journal_write(a, words, sizeof words);
		if (b)
			journal_remove(b);
		b = add(1, JOURNAL_STREAM, n, (uint8_t)n);
		if (write(out, &n, sizeof n) != sizeof n)
			_exit(0);
	}
}

TEST(a_kill_at_any_point_leaves_the_old_or_the_new_record)
{
	const struct journal_key dev = device(1);

	for (unsigned i = 0; i < 60; i++) {
		uint32_t words[50] = {0};
		uint32_t last = 0;
		uint32_t n;
		int fds[2];
		pid_t pid;

		assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
		pid = fork();
		assert_return_code(pid, errno);
		if (pid == 0)
			write_for_ever(fds[1]);
		close(fds[1]);
		for (unsigned k = 0; k < i * 7 + 1; k++)
			assert_int_equal(read(fds[0], &last, sizeof last), sizeof last);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		while (read(fds[0], &n, sizeof n) == sizeof n)
			last = n;
		close(fds[0]);
		journal_rig_restart();
		assert_int_equal(count(1, JOURNAL_DEVICE), 1);
		journal_read(journal_next(j, &dev, JOURNAL_DEVICE, NULL), words, sizeof words);
		assert_true(words[0] == last || words[0] == last + 1);
		for (unsigned k = 1; k < 50; k++)
			assert_int_equal(words[k], words[0]);
		assert_true(count(1, JOURNAL_STREAM) <= 1);
		journal_forget(j, &dev);
	}
}

TEST_ALONE(without_a_store_there_is_no_journal_and_all_calls_do_nothing)
{
	const struct journal_key key = {.type = JOURNAL_DEVICE, .kind = JOURNAL_SOUND};
	struct journal *none = NULL;

	assert_int_equal(journal_open(&none), -ENOTSUP);
	assert_null(journal_add(none, &key, &key, sizeof key));
	journal_write(NULL, &key, sizeof key);
	journal_remove(NULL);
	journal_spoil(none, &key);
	journal_forget(none, &key);
	journal_adopt(none, &key);
	journal_forget_old(none);
	assert_null(journal_next(none, &key, 0, NULL));
	journal_close(none);
}

TEST_ALONE(a_journal_leaves_nothing_open)
{
	const int before = count_fds();

	journal_rig_setup(NULL);
	add(1, JOURNAL_DEVICE, 1, 1);
	journal_rig_restart();
	journal_rig_teardown(NULL);
	assert_int_equal(count_fds(), before);
	assert_int_equal(count_maps("/memfd:xenavd-journal"), 0);
}
