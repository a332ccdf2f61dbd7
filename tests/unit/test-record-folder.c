/* SPDX-License-Identifier: MIT */
/*
 * xenav-record's output folder: free names, and the share of each guest.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/folder.h"
#include "test.h"

#include "fake-daemon.h"

struct place {
	struct leaks leaks;
	char above[64];
	char path[80];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	assert_non_null(p);
	leaks_before(&p->leaks);
	strcpy(p->above, "/tmp/test-record-folder-XXXXXX");
	assert_non_null(mkdtemp(p->above));
	snprintf(p->path, sizeof p->path, "%s/out", p->above);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", p->above);
	assert_int_equal(system(command), 0);
	leaks_after(&p->leaks);
	free(p);
	return 0;
}

static void open_with(struct place *p, struct folder *f, uint64_t max_files, uint64_t max_bytes)
{
	const struct folder_limits limits = {0600, max_files, max_bytes};

	assert_int_equal(folder_open(f, p->path, &limits), 0);
}

/* Make a file of an earlier run. */
static void put(struct place *p, const char *name, off_t bytes)
{
	char path[200];
	int fd;

	mkdir(p->path, 0700);
	snprintf(path, sizeof path, "%s/%s", p->path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, bytes), 0);
	close(fd);
}

static int create(struct folder *f, const char *guest, const char *base, char name[NAME_SIZE])
{
	int fd = folder_create(f, folder_account(f, guest), base, "wav", name);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static void expect_next(struct folder *f, const char *base, const char *expected)
{
	char name[NAME_SIZE];

	assert_int_equal(create(f, "vm", base, name), 0);
	assert_string_equal(name, expected);
}

#define PLACE_TEST(f) TEST_WITH(f, setup, teardown)

PLACE_TEST(the_folder_and_its_files_are_the_owners)
{
	static const struct {
		mode_t mode, folder;
	} cases[] = {{0600, 0700}, {0640, 0750}, {0644, 0755}, {0660, 0770}};
	const mode_t mask = umask(0);
	struct place *p = *state;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct folder_limits limits = {.mode = cases[i].mode};
		char name[NAME_SIZE];
		struct folder f;
		struct stat st;

		assert_int_equal(folder_open(&f, p->path, &limits), 0);
		assert_int_equal(create(&f, "vm", "sound+vm+a", name), 0);
		assert_int_equal(fstatat(f.fd, name, &st, 0), 0);
		assert_int_equal(st.st_mode & 07777, cases[i].mode);
		assert_int_equal(unlinkat(f.fd, name, 0), 0);
		folder_close(&f);
		assert_int_equal(stat(p->path, &st), 0);
		assert_int_equal(st.st_mode & 07777, cases[i].folder);
		assert_int_equal(rmdir(p->path), 0);
	}
	umask(mask);
	put(p, "last", 0);
}

/* Gaps in the numbers are not filled. */
PLACE_TEST(names_go_on_behind_the_highest_that_is_there)
{
	struct place *p = *state;
	struct folder f;

	put(p, "sound+vm+a.wav", 1);
	put(p, "sound+vm+a+2000000.wav", 1);
	put(p, "sound+vm-a+x+9.wav", 1);
	put(p, "display+vm+c+000041.png", 1);
	put(p, "display+vm+d.png", 1);
	open_with(p, &f, 0, 0);
	expect_next(&f, "sound+vm+a", "sound+vm+a+2000001.wav");
	expect_next(&f, "sound+vm+a", "sound+vm+a+2000002.wav");
	expect_next(&f, "sound+vm+b", "sound+vm+b.wav");
	expect_next(&f, "sound+vm+b", "sound+vm+b+2.wav");
	expect_next(&f, "sound+vm+x", "sound+vm+x.wav");
	assert_int_equal(folder_last(&f, "display+vm+c"), 41);
	assert_int_equal(folder_last(&f, "display+vm+d"), 0);
	assert_int_equal(folder_last(&f, "display+vm+e"), 0);
	folder_close(&f);
}

PLACE_TEST(names_taken_by_others_are_skipped)
{
	struct place *p = *state;
	char name[NAME_SIZE];
	struct folder f;
	struct stat st;

	open_with(p, &f, 0, 0);
	put(p, "sound+vm+a.wav", 7);
	assert_int_equal(symlinkat("/nowhere", f.fd, "sound+vm+a+2.wav"), 0);
	assert_int_equal(symlinkat("sound+vm+a.wav", f.fd, "sound+vm+a+3.wav"), 0);
	assert_int_equal(mkdirat(f.fd, "sound+vm+a+4.wav", 0700), 0);
	expect_next(&f, "sound+vm+a", "sound+vm+a+5.wav");
	assert_int_equal(fstatat(f.fd, "sound+vm+a.wav", &st, 0), 0);
	assert_int_equal(st.st_size, 7);
	/* A file that cannot be made takes no number. */
	assert_int_equal(create(&f, "vm", "sound+vm/a+a", name), -ENOENT);
	assert_int_equal(create(&f, "vm", "sound+vm/a+a", name), -ENOENT);
	assert_string_equal(name, "sound+vm/a+a.wav");
	folder_close(&f);
}

PLACE_TEST(the_number_of_files_of_a_guest_is_limited)
{
	struct place *p = *state;
	char name[NAME_SIZE];
	struct room room = {0};
	struct folder f;
	struct account *vm;

	put(p, "sound+vm+a.wav", 1);
	put(p, "display+vm+c.png", 1);
	open_with(p, &f, 4, 0);
	vm = folder_account(&f, "vm");
	assert_int_equal(create(&f, "vm", "sound+vm+a", name), 0);
	assert_int_equal(folder_reserve(&f, vm, "display+vm+d", false, 1000, &room), 0);
	assert_int_equal(create(&f, "vm", "sound+vm+a", name), -EDQUOT);
	assert_true(folder_is_news(vm));
	assert_false(folder_is_news(vm));
	/* Another guest does not notice. */
	assert_int_equal(create(&f, "vm-a", "sound+vm-a+a", name), 0);
	/* A picture that replaces another one does not count. */
	folder_unreserve(vm, &room);
	assert_int_equal(create(&f, "vm", "sound+vm+b", name), 0);
	assert_int_equal(folder_reserve(&f, vm, "display+vm+d", false, 1, &room), -EDQUOT);
	assert_int_equal(folder_reserve(&f, vm, "display+vm+c", true, 1, &room), -EDQUOT);
	assert_int_equal(folder_reserve(&f, vm, "display+vm+c", false, 1, &room), 0);
	folder_unreserve(vm, &room);
	folder_added(&f, vm, "display+vm+c", false, 1);
	assert_int_equal(vm->files, 4);
	folder_close(&f);
}

PLACE_TEST(the_bytes_in_files_of_a_guest_are_limited)
{
	struct place *p = *state;
	char name[NAME_SIZE];
	struct room room = {0};
	struct folder f;
	struct account *vm;

	put(p, "display+vm+c.png", 4000);
	open_with(p, &f, 0, 10000);
	vm = folder_account(&f, "vm");
	assert_int_equal(create(&f, "vm", "sound+vm+a", name), 0);
	assert_int_equal(folder_grow(&f, vm, 5000), 0);
	assert_int_equal(folder_grow(&f, vm, 1000), -EDQUOT);
	assert_int_equal(folder_reserve(&f, vm, "display+vm+c", false, 1000, &room), -EDQUOT);
	folder_shrink(vm, 1000);
	/* The old and the new picture exist together for a moment. */
	assert_int_equal(folder_reserve(&f, vm, "display+vm+c", false, 1500, &room), 0);
	assert_int_equal(folder_grow(&f, vm, 1000), -EDQUOT);
	folder_unreserve(vm, &room);
	folder_added(&f, vm, "display+vm+c", false, 500);
	assert_int_equal(folder_grow(&f, vm, 5000), 0);
	assert_int_equal(folder_grow(&f, folder_account(&f, "other"), 10000), 0);
	folder_close(&f);
}

PLACE_TEST(deleted_files_make_room)
{
	struct place *p = *state;
	char name[NAME_SIZE];
	struct folder f;
	struct account *vm;

	put(p, "sound+vm+a.wav", 500);
	put(p, "sound+vm+a+2.wav", 500);
	open_with(p, &f, 2, 0);
	vm = folder_account(&f, "vm");
	assert_int_equal(unlinkat(f.fd, "sound+vm+a+2.wav", 0), 0);
	/* The files have just been counted. */
	assert_int_equal(create(&f, "vm", "sound+vm+a", name), -EDQUOT);
	assert_true(folder_is_news(vm));
	f.counted_ns = 0;
	assert_int_equal(create(&f, "vm", "sound+vm+a", name), 0);
	assert_string_equal(name, "sound+vm+a+3.wav");
	assert_int_equal(vm->files, 2);
	f.counted_ns = 0;
	assert_int_equal(create(&f, "vm", "sound+vm+a", name), -EDQUOT);
	assert_true(folder_is_news(vm));
	assert_int_equal(vm->bytes, 500);
	folder_close(&f);
}
