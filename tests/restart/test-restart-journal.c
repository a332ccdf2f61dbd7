/* SPDX-License-Identifier: MIT */
/*
 * What the next xenavd makes of a journal and of an fd store that are not as it would have left
 * them: of another version, damaged, forged, or a stranger's.  Guests go on or start over, and the
 * daemon bears everything.  XENAV_RESTART_JOURNALS says how many random ones are tried.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake/service.h"
#include "journal/format.h"
#include "scene.h"

/* What goes on: all devices. */
#define KEPT WITNESS_ALL

#define JOURNALS 8
#define SEALS    (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static struct scene scene;
static uint16_t next_domid = 300;

/* -------- the journal of a daemon that is dead -------- */

static struct journal_header *journal;
static size_t journal_size;

static struct journal_page *pages(void)
{
	return (struct journal_page *)(void *)(journal + 1);
}

static void map_journal(void)
{
	struct stat st;
	int fd = service_get(&lab, "journal");

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	journal_size = (size_t)st.st_size;
	journal = mmap(NULL, journal_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(journal, MAP_FAILED);
	close(fd);
}

static void unmap_journal(void)
{
	munmap(journal, journal_size);
	journal = NULL;
}

/* Pages up to the last one that was ever used. */
static unsigned used_pages(void)
{
	unsigned n = journal->n_slots;

	while (n > 0 && pages()[n - 1].key_crc == 0)
		n--;
	return n;
}

static void flip_a_bit(void)
{
	const size_t bytes = sizeof *journal + used_pages() * sizeof(struct journal_page);
	const unsigned bit = random_below((unsigned)bytes * 8);

	((uint8_t *)journal)[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* A record with some bytes of its data changed, and a checksum that fits. */
static void forge_a_record(void)
{
	struct journal_page *page = &pages()[random_below(used_pages())];
	const struct journal_image *image;
	uint8_t data[JOURNAL_DATA_BYTES];
	struct journal_key key;
	uint16_t size;

	if (journal_page_check(page, &key, &image) != PAGE_GOOD || image->size == 0)
		return;
	size = image->size;
	memcpy(data, image->data, sizeof data);
	for (unsigned n = 1 + random_below(4); n > 0; n--) {
		const unsigned at = random_below(size);
		const unsigned bit = 1u << random_below(8);

		data[at] = (uint8_t)(random_below(2) ? random_below(256) : data[at] ^ bit);
	}
	if (random_below(4) == 0)
		size = (uint16_t)random_below(JOURNAL_DATA_BYTES + 1);
	if (random_below(4) == 0)
		((uint8_t *)&key)[random_below(sizeof key)] ^= (uint8_t)(1u << random_below(8));
	journal_page_begin(page, &key);
	journal_page_write(page, &key, image->seq + 1, data, size);
}

/* -------- a restart with something in between -------- */

/* @return the devices that have gone on. */
static unsigned restart_after(void (*tamper)(void))
{
	lab_stop_xenavd(&lab, SIGKILL);
	map_journal();
	tamper();
	unmap_journal();
	assert_int_equal(lab_start_xenavd(&lab), 0);
	return scene_goes_on(&scene);
}

static void do_nothing(void)
{
}

TEST(a_journal_that_is_left_alone_is_gone_on_with)
{
	scene_begin(&scene, next_domid++);
	assert_int_equal(restart_after(do_nothing), KEPT);
	assert_int_equal(restart_after(do_nothing), KEPT);
	scene_end(&scene);
}

static void be_of_the_version_before(void)
{
	journal_header_write(journal, JOURNAL_VERSION - 1, journal->n_slots);
}

TEST(a_journal_of_the_version_before_is_gone_on_with)
{
	scene_begin(&scene, next_domid++);
	assert_int_equal(restart_after(be_of_the_version_before), KEPT);
	scene_end(&scene);
}

static void be_of_the_next_version(void)
{
	journal_header_write(journal, JOURNAL_VERSION + 1, journal->n_slots);
}

TEST(guests_start_over_after_a_journal_of_a_later_version)
{
	scene_begin(&scene, next_domid++);
	assert_int_equal(restart_after(be_of_the_next_version), 0);
	assert_true(lab_log_has(&lab, "of a version of xenavd that is not known"));
	/* The one that is there now is good. */
	assert_int_equal(restart_after(do_nothing), KEPT);
	scene_end(&scene);
}

TEST(a_wrong_bit_anywhere_is_survived)
{
	const unsigned n = number_of("XENAV_RESTART_JOURNALS", JOURNALS);
	unsigned kept = 0;

	scene_begin(&scene, next_domid++);
	for (unsigned i = 0; i < n; i++)
		kept += restart_after(flip_a_bit) == KEPT;
	print_message("# %u wrong bits: in %u cases the guest noticed nothing\n", n, kept);
	scene_end(&scene);
}

/* What such a guest thinks does not matter: whoever forged the journal could do worse to it. */
TEST(forged_records_harm_nobody_but_their_guest)
{
	const unsigned n = number_of("XENAV_RESTART_JOURNALS", JOURNALS);
	static struct scene other;

	for (unsigned i = 0; i < n; i++) {
		scene_begin(&scene, next_domid++);
		lab_stop_xenavd(&lab, SIGKILL);
		map_journal();
		for (unsigned k = 1 + random_below(3); k > 0; k--)
			forge_a_record();
		unmap_journal();
		assert_int_equal(lab_start_xenavd(&lab), 0);
		guest_run(&scene.rg.guest, random_below(50));
		assert_false(lab_xenavd_died(&lab));
		scene_kill(&scene);
		scene_begin(&other, next_domid++);
		scene_end(&other);
		assert_true(lab_settles(&lab, &rig_at_rest, WAIT_MS));
	}
}

/* -------- strangers -------- */

static int memfd(size_t size, int seals)
{
	int fd = memfd_create("stranger", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	if (size > 0) {
		size_t n = size < journal_size ? size : journal_size;

		assert_int_equal(pwrite(fd, journal, n, 0), (ssize_t)n);
	}
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static int make_stranger(unsigned which)
{
	int pipes[2];

	switch (which) {
	case 0:
		return memfd(0, SEALS);
	case 1:
		return memfd(journal_size / 2, SEALS);
	case 2:
		return memfd(journal_size, 0); /* it could shrink under whoever maps it */
	case 3:
		return memfd(journal_size * 2, SEALS);
	case 4:
		return memfd(journal_size - 1, SEALS);
	case 5:
		return memfd(journal_size, SEALS | F_SEAL_WRITE);
	case 6:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case 7:
		return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	case 8:
		return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	case 9:
		assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
		close(pipes[1]);
		return pipes[0];
	default:
		return -1;
	}
}

/* In the place of what the daemon has put there. @return the devices that have gone on. */
static unsigned restart_with(const char *name, int fd)
{
	service_forget(&lab, name);
	assert_int_equal(service_put(&lab, name, fd), 0);
	close(fd);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	return scene_goes_on(&scene);
}

/* Those of event channels can be opened anew, so all devices may go on. */
static void replace_by_all_strangers(const char *name, unsigned may_go_on)
{
	int fd;

	scene_begin(&scene, next_domid++);
	for (unsigned which = 0;; which++) {
		unsigned kept;

		lab_stop_xenavd(&lab, SIGKILL);
		map_journal();
		fd = make_stranger(which);
		unmap_journal();
		if (fd < 0)
			break;
		kept = restart_with(name, fd);
		if ((kept & may_go_on) != kept)
			fail_msg("stranger %u as %s: devices %u went on", which, name, kept);
	}
	assert_int_equal(lab_start_xenavd(&lab), 0);
	scene_goes_on(&scene);
	scene_end(&scene);
}

TEST(strangers_in_the_place_of_the_journal_are_refused)
{
	replace_by_all_strangers("journal", 0);
}

TEST(strangers_in_the_place_of_event_channels_are_refused)
{
	replace_by_all_strangers("evtchn", KEPT);
}

TEST(a_store_without_event_channels_is_a_new_beginning_or_none)
{
	scene_begin(&scene, next_domid++);
	lab_stop_xenavd(&lab, SIGKILL);
	service_forget(&lab, "evtchn");
	assert_int_equal(lab_start_xenavd(&lab), 0);
	scene_goes_on(&scene);
	scene_end(&scene);
}

TEST(a_store_full_of_strangers_takes_nothing_away)
{
	static const char *const names[] = {
		"gntalloc-1", "gntalloc-4294967295", "grefs-1", "gntalloc-", "socket2", "stored",
		"x"};
	const unsigned n_names = sizeof names / sizeof names[0];

	scene_begin(&scene, next_domid++);
	lab_stop_xenavd(&lab, SIGKILL);
	map_journal();
	for (unsigned i = 0; i < 100; i++) {
		int fd = make_stranger(i % 10);

		assert_int_equal(service_put(&lab, names[i % n_names], fd), 0);
		close(fd);
	}
	unmap_journal();
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_int_equal(scene_goes_on(&scene), KEPT);
	assert_true(lab_log_has(&lab, "inherited descriptors that nobody knows"));
	scene_end(&scene);
}
