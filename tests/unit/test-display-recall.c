/* SPDX-License-Identifier: MIT */
/*
 * daemon/display/recall.c: records of a display that no xenavd has written, because memory was
 * damaged, or because that xenavd was no longer itself.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "base/engine.h"
#include "buffer/gbuf.h"
#include "display-two.h"
#include "display/keeping.h"
#include "display/screen.h"
#include "display/tables.h"
#include "fdstore-rig.h"
#include "journal/journal.h"
#include "machine-rig.h"
#include "report/log.h"
#include "test.h"
#include "xen/xen.h"

#define W 64
#define H 32

static const struct journal_key device = {.kind = JOURNAL_DISPLAY, .domid = GUEST};

/* -------- records -------- */

#define N_RECORDS 5

static struct record {
	struct journal_key key;
	uint8_t data[JOURNAL_DATA_BYTES];
	size_t size;
} records[N_RECORDS];

static size_t size_of(uint8_t type)
{
	return type == JOURNAL_DBUF ? sizeof(struct kept_dbuf)
	       : type == JOURNAL_FB ? sizeof(struct kept_fb)
				    : sizeof(struct kept_screen);
}

/* When the records were written. */
static unsigned n_events_then;

static void note_records(void)
{
	struct journal_slot *slot = NULL;
	unsigned n = 0;

	while ((slot = journal_next(fake_xen.journal, &device, 0, slot))) {
		struct record *record = &records[n++];

		assert_true(n <= N_RECORDS);
		record->key = *journal_key(slot);
		record->size = size_of(record->key.type);
		journal_read(slot, record->data, record->size);
	}
	assert_int_equal(n, N_RECORDS);
	n_events_then = fake.channels[FIRST].n_events;
}

static struct record *find(uint8_t type)
{
	for (unsigned i = 0; i < N_RECORDS; i++)
		if (records[i].key.type == type)
			return &records[i];
	fail();
	return NULL;
}

static void write_records(void)
{
	journal_forget(fake_xen.journal, &device);
	for (unsigned i = 0; i < N_RECORDS; i++)
		assert_non_null(journal_add(fake_xen.journal, &records[i].key, records[i].data,
					    records[i].size));
}

/* -------- a display of two framebuffers, one of them shown -------- */

static int setup_kept(void **state)
{
	log_threshold = LOG_LEVEL_ERR;
	fdstore_rig_reserve();
	setup(state);
	fdstore_rig_setup(state);
	assert_int_equal(journal_open(&fake_xen.journal), 0);
	rig_make_fb(1, W, H);
	rig_make_fb(2, W, H);
	call(FIRST, req_set_config(rig_fb(1), 0, 0, W, H, 32));
	call(FIRST, req_pg_flip(rig_fb(2)));
	note_records();
	return 0;
}

static int teardown_kept(void **state)
{
	if (!rig.ending)
		rig_disconnect(&rig);
	fake_worker_drain();
	journal_close(fake_xen.journal);
	fake_xen.journal = NULL;
	fdstore_rig_teardown(state);
	teardown(state);
	fdstore_rig_unreserve();
	return 0;
}

#define TEST(name) TEST_WITH(name, setup_kept, teardown_kept)

/* The next process finds the records. @return what becomes of the display. */
static int resume(void)
{
	if (!rig.ending)
		rig_disconnect(&rig);
	fake_worker_drain();
	assert_int_equal(mapped_pages(), 0);
	fake.channels[FIRST].n_events = n_events_then;
	write_records();
	rig_again(&rig);
	fake_worker_drain();
	assert_int_equal(rig.n_connected, 1);
	return rig.connected_rc;
}

TEST(what_was_written_is_resumed)
{
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(resume(), 0);
	assert_int_equal(mapped_pages(), 4);
}

/* Whatever becomes of it: nothing is read or mapped that a request could not name. */
TEST(every_bit_of_every_record_may_be_wrong)
{
	unsigned n_refused = 0;

	for (unsigned i = 0; i < N_RECORDS; i++) {
		for (size_t bit = 0; bit < records[i].size * 8; bit++) {
			records[i].data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			n_refused += resume() < 0;
			records[i].data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	assert_true(n_refused > 500);
	assert_int_equal(resume(), 0);
}

#define REFUSE(type, structure, change)                                                            \
	do {                                                                                       \
		struct record *record_ = find(type);                                               \
		const struct record before_ = *record_;                                            \
		structure *kept = (structure *)(void *)record_->data;                              \
                                                                                                   \
		change;                                                                            \
		assert_true(resume() < 0);                                                         \
		*record_ = before_;                                                                \
	} while (0)

#define REFUSE_DBUF(change)   REFUSE(JOURNAL_DBUF, struct kept_dbuf, change)
#define REFUSE_FB(change)     REFUSE(JOURNAL_FB, struct kept_fb, change)
#define REFUSE_SCREEN(change) REFUSE(JOURNAL_SCREEN, struct kept_screen, change)

TEST(what_a_request_would_be_refused_is_refused)
{
	REFUSE_DBUF(kept->cookie = 0);
	REFUSE_DBUF(kept->cookie = 0x102); /* there is one */
	REFUSE_DBUF(kept->size_bytes = 0);
	REFUSE_DBUF(kept->size_bytes = W * H * 4 - 1);
	REFUSE_DBUF(kept->size_bytes = UINT32_MAX);
	REFUSE_DBUF(kept->data_ofs = W * H * 4);
	REFUSE_DBUF(kept->width_px = 0);
	REFUSE_DBUF(kept->height_px = UINT32_MAX);
	REFUSE_DBUF(kept->gref_directory = 0);
	REFUSE_DBUF(kept->kind = GBUF_SUPPLIED); /* which the guest may not have */
	REFUSE_DBUF(kept->kind = GBUF_OFFERED);
	REFUSE_DBUF(kept->kind = 3);

	REFUSE_FB(kept->cookie = 0);
	REFUSE_FB(kept->cookie = rig_fb(2));
	REFUSE_FB(kept->dbuf_cookie = 7);
	REFUSE_FB(kept->width_px = W + 1);
	REFUSE_FB(kept->height_px = H + 1);
	REFUSE_FB(kept->fourcc = 0);

	REFUSE_SCREEN(kept->fb_cookie = 7);
	REFUSE_SCREEN(kept->configured = 0);
	REFUSE_SCREEN(kept->configured = 2);
	REFUSE_SCREEN(kept->view.x_px = W);
	REFUSE_SCREEN(kept->view.width_px = 0);
	REFUSE_SCREEN(kept->n_flips = FLIPS_MAX_OWED + 1);
	REFUSE_SCREEN(kept->first_event -= 5);
	assert_int_equal(resume(), 0);
}

TEST(records_of_no_connector_or_of_one_that_has_one_are_refused)
{
	struct record *record = find(JOURNAL_SCREEN);

	record->key.channel = 2;
	assert_int_equal(resume(), -EINVAL);
	record->key.channel = FIRST;
	*find(JOURNAL_FB) = *record;
	assert_int_equal(resume(), -EINVAL);
}

/* -------- what counts -------- */

TEST(a_record_counts_between_its_first_and_its_last_response)
{
	static const uint32_t counters[] = {0, 7, UINT32_MAX - 1, UINT32_MAX};

	for (unsigned i = 0; i < sizeof counters / sizeof counters[0]; i++) {
		const uint32_t n = counters[i];
		struct kept_span span = {.born = n + 1};

		assert_false(kept_counts(&span, n));
		assert_true(kept_counts(&span, n + 1));
		assert_true(kept_counts(&span, n + 1000000));
		span.ending = 1;
		span.dies = n + 5;
		assert_true(kept_counts(&span, n + 4));
		assert_false(kept_counts(&span, n + 5));
	}
}

TEST(only_flips_without_an_event_are_due)
{
	struct kept_screen kept = {
		.n_flips = 3,
		.first_event = UINT32_MAX,
		.born = 10,
		.flips = {1, 2, 3},
	};
	uint64_t flips[FLIPS_MAX_OWED];

	assert_int_equal(kept_screen_flips(&kept, 10, UINT32_MAX, flips), 3);
	assert_int_equal(kept_screen_flips(&kept, 10, 1, flips), 1);
	assert_int_equal(flips[0], 3);
	assert_int_equal(kept_screen_flips(&kept, 10, 2, flips), 0);
	/* More events than flips, or fewer than there were then. */
	assert_int_equal(kept_screen_flips(&kept, 10, 3, flips), -EINVAL);
	assert_int_equal(kept_screen_flips(&kept, 10, UINT32_MAX - 1, flips), -EINVAL);
	/* The last flip has no response yet, and will be asked for again. */
	assert_int_equal(kept_screen_flips(&kept, 9, 0, flips), 1);
	assert_int_equal(flips[0], 2);
	assert_int_equal(kept_screen_flips(&kept, 9, 2, flips), -EINVAL);
	kept.n_flips = 0;
	assert_int_equal(kept_screen_flips(&kept, 9, 77, flips), 0);
}
