/* SPDX-License-Identifier: MIT */
/* Memory for consumers cannot be taken away, and a reader cannot write. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer/outmem.h"
#include "count-fds.h"
#include "test.h"

static int fds_before;
static int maps_before;

static int setup(void **)
{
	fds_before = count_fds();
	maps_before = count_maps("/memfd:xenavd");
	return 0;
}

static int teardown(void **)
{
	assert_int_equal(count_fds(), fds_before);
	assert_int_equal(count_maps("/memfd:xenavd"), maps_before);
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, teardown)

TEST(gives_whole_zeroed_pages)
{
	static const size_t sizes[] = {1, 4095, 4096, 4097, 1000000};
	struct outmem mem = OUTMEM_INIT;

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct stat st;

		assert_int_equal(outmem_create(&mem, sizes[i], false), 0);
		assert_true(mem.size_bytes >= sizes[i]);
		assert_true(mem.size_bytes - sizes[i] < 4096);
		assert_int_equal(mem.size_bytes % 4096, 0);
		for (size_t b = 0; b < mem.size_bytes; b++)
			assert_int_equal(((uint8_t *)mem.data)[b], 0);
		/* All memory is allocated: no SIGBUS at the first access. */
		assert_int_equal(fstat(mem.fd, &st), 0);
		assert_int_equal(st.st_size, mem.size_bytes);
		assert_true((size_t)st.st_blocks * 512 >= mem.size_bytes);
		outmem_destroy(&mem);
	}
}

TEST(cannot_be_resized_or_unsealed)
{
	for (int writable = 0; writable < 2; writable++) {
		struct outmem mem = OUTMEM_INIT;
		int want = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

		if (!writable)
			want |= F_SEAL_FUTURE_WRITE;
		assert_int_equal(outmem_create(&mem, 8192, writable), 0);
		assert_int_equal(fcntl(mem.fd, F_GET_SEALS), want);
		assert_int_equal(ftruncate(mem.fd, 4096), -1);
		assert_int_equal(errno, EPERM);
		assert_int_equal(ftruncate(mem.fd, 12288), -1);
		assert_int_equal(errno, EPERM);
		assert_int_equal(fallocate(mem.fd, 0, 0, 12288), -1);
		assert_int_equal(
			fallocate(mem.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096),
			writable ? 0 : -1);
		assert_int_equal(fcntl(mem.fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
		assert_int_equal(errno, EPERM);
		outmem_destroy(&mem);
	}
}

TEST(lets_a_reader_read_and_never_write)
{
	struct outmem mem = OUTMEM_INIT;
	uint8_t *map;

	assert_int_equal(outmem_create(&mem, 4096, false), 0);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, mem.fd, 0);
	assert_true(map == MAP_FAILED);
	assert_int_equal(errno, EPERM);
	assert_int_equal(write(mem.fd, "x", 1), -1);
	assert_int_equal(errno, EPERM);

	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, mem.fd, 0);
	assert_true(map != MAP_FAILED);
	assert_int_equal(mprotect(map, 4096, PROT_READ | PROT_WRITE), -1);
	memset(mem.data, 0x5a, 4096);
	assert_int_equal(map[0], 0x5a);
	assert_int_equal(map[4095], 0x5a);
	munmap(map, 4096);
	outmem_destroy(&mem);
}

TEST(lets_a_writer_write)
{
	struct outmem mem = OUTMEM_INIT;
	uint8_t *map;

	assert_int_equal(outmem_create(&mem, 4096, true), 0);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, mem.fd, 0);
	assert_true(map != MAP_FAILED);
	map[17] = 0xa5;
	assert_int_equal(((uint8_t *)mem.data)[17], 0xa5);
	munmap(map, 4096);
	outmem_destroy(&mem);
}

TEST(cannot_be_opened_anew)
{
	for (int writable = 0; writable < 2; writable++) {
		struct outmem mem = OUTMEM_INIT;
		struct stat st;

		assert_int_equal(outmem_create(&mem, 4096, writable), 0);
		assert_int_equal(fstat(mem.fd, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0);
		assert_int_equal(fcntl(mem.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		if (geteuid() != 0) {
			char path[64];

			snprintf(path, sizeof path, "/proc/self/fd/%d", mem.fd);
			assert_int_equal(open(path, O_RDWR | O_CLOEXEC), -1);
			assert_int_equal(errno, EACCES);
		}
		outmem_destroy(&mem);
	}
}

TEST(leaves_the_consumer_its_mapping_and_shows_it_nothing_new)
{
	struct outmem mem = OUTMEM_INIT;
	uint8_t *map;

	assert_int_equal(outmem_create(&mem, 4096, false), 0);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, mem.fd, 0);
	assert_true(map != MAP_FAILED);
	memset(mem.data, 1, 4096);
	outmem_destroy(&mem);
	assert_int_equal(outmem_create(&mem, 4096, false), 0);
	memset(mem.data, 2, 4096);
	assert_int_equal(map[0], 1);
	munmap(map, 4096);
	outmem_destroy(&mem);
}

TEST(refuses_sizes_that_cannot_be_had)
{
	struct outmem mem = OUTMEM_INIT;

	assert_int_equal(outmem_create(&mem, 0, false), -EINVAL);
	assert_int_equal(mem.fd, -1);
	assert_int_equal(outmem_create(&mem, ((size_t)256 << 20) + 1, false), -ENOMEM);
	assert_int_equal(outmem_create(&mem, SIZE_MAX, false), -ENOMEM);
	assert_int_equal(mem.fd, -1);
	assert_null(mem.data);
}

TEST(can_be_destroyed_twice_or_unmade)
{
	struct outmem mem = OUTMEM_INIT;

	outmem_destroy(&mem);
	assert_int_equal(outmem_create(&mem, 1, true), 0);
	outmem_destroy(&mem);
	outmem_destroy(&mem);
	assert_int_equal(mem.fd, -1);
	assert_null(mem.data);
	assert_int_equal(mem.size_bytes, 0);
}

TEST(has_no_holes_but_where_the_consumer_may_write)
{
	const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	struct outmem mem;
	char text[8192];
	struct stat st;

	assert_int_equal(outmem_create(&mem, sizeof text, false), 0);
	assert_int_equal(fallocate(mem.fd, mode, 0, 4096), -1);
	assert_int_equal(errno, EPERM);
	outmem_destroy(&mem);
	assert_int_equal(outmem_create(&mem, sizeof text, true), 0);
	memset(mem.data, 'x', sizeof text);
	assert_int_equal(fallocate(mem.fd, mode, 0, 4096), 0);
	memset(text, 'y', sizeof text);
	assert_int_equal(outmem_read(&mem, 4000, text, 200), 0);
	for (unsigned i = 0; i < 201; i++)
		assert_int_equal(text[i], i < 96 ? 0 : i < 200 ? 'x' : 'y');
	assert_int_equal(fstat(mem.fd, &st), 0);
	assert_int_equal(st.st_blocks, 4096 / 512);
	assert_int_equal(outmem_read(&mem, sizeof text - 1, text, 2), -EIO);
	outmem_destroy(&mem);
}

int main(void)
{
	alarm(TEST_HANG_SEC);
	return test_run(NULL, NULL);
}
