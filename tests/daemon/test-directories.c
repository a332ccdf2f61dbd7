/* SPDX-License-Identifier: MIT */
/*
 * Page directories of every shape, for each request that has one: what is wrong with a list is
 * found before anything of the buffer is mapped, or takes with it what was.
 */
#include <config.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "fields/fields.h"
#include "rig.h"
#include "xen/displif.h"
#include "xen/sndif.h"

#define PER_PAGE   1023u
#define SOUND_SIZE FIELD_BUFFER_MAX
#define EDID_SIZE  XENDISPL_EDID_MAX_SIZE
#define LONG_PAGES (2 * PER_PAGE + 2) /* three directory pages */

static struct rig_guest rg;
static struct guest_buffer buffer;

/* -------- the requests -------- */

struct asker {
	const char *name;
	uint32_t size_bytes;
	bool writable; /* the backend writes into the buffer */
	int (*ask)(void);
	void (*undo)(void);
};

static int open_stream(struct pcm *pcm)
{
	struct xensnd_req req;
	uint8_t image[SLOT_BYTES];

	field_sound_request(image, XENSND_OP_OPEN, guest_buffer_directory(&buffer));
	memcpy(&req, image, sizeof req);
	req.op.open.buffer_sz = buffer.size_bytes;
	memcpy(image, &req, sizeof image);
	return channel_request(&pcm->channel, image);
}

static void close_stream(struct pcm *pcm)
{
	uint8_t image[SLOT_BYTES];

	field_sound_request(image, XENSND_OP_CLOSE, 0);
	assert_int_equal(channel_request(&pcm->channel, image), 0);
}

static int ask_playback(void)
{
	return open_stream(PLAY(&rg));
}

static void undo_playback(void)
{
	close_stream(PLAY(&rg));
}

static int ask_capture(void)
{
	return open_stream(CAPTURE(&rg));
}

static void undo_capture(void)
{
	close_stream(CAPTURE(&rg));
}

/* As an imported one, because any size goes with that. */
static int ask_dbuf(void)
{
	struct xendispl_req req = {.operation = XENDISPL_OP_DBUF_CREATE};
	uint8_t image[SLOT_BYTES];

	req.op.dbuf_create.dbuf_cookie = 1;
	req.op.dbuf_create.buffer_sz = buffer.size_bytes;
	req.op.dbuf_create.gref_directory = guest_buffer_directory(&buffer);
	memcpy(image, &req, sizeof image);
	return channel_request(&CRTC(&rg, 0)->channel, image);
}

static void undo_dbuf(void)
{
	uint8_t image[SLOT_BYTES] = {[2] = XENDISPL_OP_DBUF_DESTROY, [8] = 1};

	channel_request(&CRTC(&rg, 0)->channel, image);
}

static int ask_edid(void)
{
	uint8_t image[SLOT_BYTES];

	field_display_request(image, XENDISPL_OP_GET_EDID, guest_buffer_directory(&buffer));
	return channel_request(&CRTC(&rg, 0)->channel, image);
}

static void undo_edid(void)
{
}

static const struct asker askers[] = {
	{"OPEN for playback", SOUND_SIZE, false, ask_playback, undo_playback},
	{"OPEN for capture", SOUND_SIZE, true, ask_capture, undo_capture},
	{"DBUF_CREATE", 13 * 4096, false, ask_dbuf, undo_dbuf},
	{"DBUF_CREATE of many pages", LONG_PAGES * 4096, false, ask_dbuf, undo_dbuf},
	{"GET_EDID", EDID_SIZE, true, ask_edid, undo_edid},
};

/* -------- the shapes -------- */

static uint32_t *dir_page(uint32_t i)
{
	return (uint32_t *)(void *)(buffer.dir.data + i * 4096u);
}

static uint32_t *gref_at(uint32_t page)
{
	return dir_page(page / PER_PAGE) + 1 + page % PER_PAGE;
}

static uint32_t ungranted(void)
{
	return 8000;
}

static void expect_of(const struct asker *asker, const char *what, int expected)
{
	const unsigned before = machine_mapped_of(rg.guest.domid);
	const int status = asker->ask();

	if (status != expected)
		fail_msg("%s, %s: %d, not %d", asker->name, what, status, expected);
	asker->undo();
	assert_int_equal(machine_mapped_of(rg.guest.domid), before);
}

/* Put a word there, see what becomes of it, and put the right one back. */
static void with_word(const struct asker *asker, uint32_t *word, uint32_t value, const char *what,
		      int expected)
{
	const uint32_t right = *word;

	*word = value;
	expect_of(asker, what, expected);
	*word = right;
}

static void try_grefs(const struct asker *asker)
{
	const uint32_t n = buffer.pages.count;
	const uint32_t at[] = {0, 1, n / 2, n - 2, n - 1};

	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
		with_word(asker, gref_at(at[i]), 0, "no page", -EINVAL);
		with_word(asker, gref_at(at[i]), ungranted(), "a page that is not granted",
			  -EFAULT);
		with_word(asker, gref_at(at[i]), UINT32_MAX, "a page that cannot be", -EFAULT);
		with_word(asker, gref_at(at[i]), buffer.pages.refs[n / 3], "a page twice", 0);
	}
	if (n % PER_PAGE != 0)
		with_word(asker, gref_at(n - 1) + 1, 0x12345678, "something behind the last", 0);
}

static void try_readonly_page(const struct asker *asker)
{
	int64_t ref = machine_grant(rg.guest.domid, 0, buffer.pages.first, true);

	assert_true(ref > 0);
	with_word(asker, gref_at(0), (uint32_t)ref, "a page that is granted for reading",
		  asker->writable ? -EFAULT : 0);
	assert_int_equal(machine_grant_end(rg.guest.domid, (uint32_t)ref), 0);
}

static void try_links(const struct asker *asker)
{
	const uint32_t n = buffer.dir.count;

	with_word(asker, dir_page(n - 1), buffer.dir.refs[0], "a link behind the last", 0);
	with_word(asker, dir_page(n - 1), ungranted(), "rubbish as the link behind the last", 0);
	for (uint32_t i = 0; i + 1 < n; i++) {
		with_word(asker, dir_page(i), 0, "a list that ends early", -EINVAL);
		with_word(asker, dir_page(i), buffer.dir.refs[i], "a link to itself", -EINVAL);
		with_word(asker, dir_page(i), buffer.dir.refs[0], "a loop", -EINVAL);
		with_word(asker, dir_page(i), ungranted(), "a link to what is not granted",
			  -EFAULT);
		/* The guest's pages there hold zeros. */
		with_word(asker, dir_page(i), buffer.pages.refs[0], "a link to a page of data",
			  -EINVAL);
	}
}

TEST(a_directory_of_any_shape_has_its_defined_answer)
{
	rig_start(&rg, 70);
	for (size_t i = 0; i < sizeof askers / sizeof askers[0]; i++) {
		const struct asker *asker = &askers[i];

		assert_int_equal(guest_buffer_alloc(&rg.guest, &buffer, asker->size_bytes), 0);
		expect_of(asker, "as it should be", 0);
		try_grefs(asker);
		try_readonly_page(asker);
		memset(buffer.pages.data, 0, asker->size_bytes);
		try_links(asker);
		expect_of(asker, "as it should be again", 0);
		assert_int_equal(guest_buffer_free(&rg.guest, &buffer), 0);
	}
	rig_stop(&rg);
}

/* XSA-155: while the daemon looks, the guest writes; what was judged is what is used. */
static void *keep_writing(void *arg)
{
	uint32_t *words[] = {gref_at(0), gref_at(buffer.pages.count - 1), dir_page(0)};
	const uint32_t right[] = {*words[0], *words[1], *words[2]};
	const bool *stop = arg;

	for (unsigned n = 0; !__atomic_load_n(stop, __ATOMIC_RELAXED); n++)
		for (unsigned i = 0; i < 3; i++)
			__atomic_store_n(words[i],
					 n % 3   ? right[i]
					 : n % 2 ? 0
						 : ungranted(),
					 __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 3; i++)
		*words[i] = right[i];
	return NULL;
}

TEST(a_directory_that_changes_all_the_time_is_right_or_wrong_but_never_both)
{
	unsigned before;
	pthread_t thread;
	bool stop = false;

	rig_start(&rg, 71);
	assert_int_equal(guest_buffer_alloc(&rg.guest, &buffer, LONG_PAGES * 4096), 0);
	before = machine_mapped_of(rg.guest.domid);
	assert_int_equal(pthread_create(&thread, NULL, keep_writing, &stop), 0);
	for (unsigned i = 0; i < 300; i++) {
		const int status = ask_dbuf();

		if (status != 0 && status != -EINVAL && status != -EFAULT)
			fail_msg("DBUF_CREATE: %d", status);
		undo_dbuf();
		assert_int_equal(machine_mapped_of(rg.guest.domid), before);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_int_equal(ask_dbuf(), 0);
	undo_dbuf();
	assert_int_equal(guest_buffer_free(&rg.guest, &buffer), 0);
	rig_stop(&rg);
}
