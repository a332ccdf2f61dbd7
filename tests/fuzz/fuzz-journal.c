/* SPDX-License-Identifier: MIT */
/*
 * A journal that some process has left, and an fd store with anything in it: all that is recalled
 * is asked for, and the journal is written to, and read once more by the next process.
 *
 * An input is a byte, a number of records, each a key, a size and data, and, if the byte is odd,
 * changes of single bytes of the whole.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer/keeping.h"
#include "consumer/claims.h"
#include "consumer/objects.h"
#include "consumer/reserve.h"
#include "device/keeping.h"
#include "display/keeping.h"
#include "fuzz.h"
#include "input/keeping.h"
#include "journal/format.h"
#include "report/log.h"
#include "service/fdstore.h"
#include "sound/format.h"
#include "sound/recall.h"
#include "xen/kbdif.h"
#include "xen/store.h"
#include "xen/tree.h"
#include "xen/xen.h"
#include "xenshbuf.h"

#define SLOTS 64u
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* -------- the fd store -------- */

static int journal_fd = -1;
static bool given;
static uint8_t stranger[XENSHBUF_PAGE_BYTES]; /* is all other descriptors */

bool fdstore_works(void)
{
	return true;
}

int fdstore_put(const char *, int)
{
	return 0;
}

void fdstore_remove(const char *)
{
}

/* @return a sealed file of its length in bytes, as that of grefs is. */
static int make_stranger(void)
{
	const int fd = memfd_create("stranger", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const size_t size = (size_t)stranger[0] * sizeof(uint32_t);

	must(fd >= 0 && pwrite(fd, stranger, size, 0) == (ssize_t)size);
	must(fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_WRITE) == 0);
	return fd;
}

int fdstore_take(const char *name)
{
	if (strcmp(name, "journal") != 0)
		return make_stranger();
	if (given)
		return -ENOENT;
	given = true;
	return fcntl(journal_fd, F_DUPFD_CLOEXEC, 0);
}

/* -------- the journal of the process before -------- */

static void add_record(struct journal_page *page, struct input *input)
{
	uint8_t data[JOURNAL_DATA_BYTES];
	struct journal_key key;
	uint8_t size;

	input_take(input, &key, sizeof key);
	input_take(input, &size, sizeof size);
	if (size > sizeof data)
		size = sizeof data;
	input_take(input, data, size);
	journal_page_begin(page, &key);
	journal_page_write(page, &key, key.id & 1 ? UINT32_MAX : 1, data, size);
}

static void make_journal(struct input *input)
{
	static uint8_t bytes[sizeof(struct journal_header) + SLOTS * sizeof(struct journal_page)];
	struct journal_page *pages = (void *)(bytes + sizeof(struct journal_header));
	const uint8_t how = input_byte(input);
	uint32_t change;

	memset(bytes, 0, sizeof bytes);
	journal_header_write((void *)bytes, JOURNAL_VERSION - (how >> 1 & 1), SLOTS);
	input_take(input, stranger, how >> 2 & 31);
	for (unsigned i = 0; i < SLOTS && input->left > 64; i++)
		add_record(&pages[i], input);
	while (how & 1 && input->left > 0) {
		input_take(input, &change, sizeof change);
		bytes[(change >> 8) % sizeof bytes] ^= (uint8_t)change;
	}
	journal_fd = memfd_create("journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	must(journal_fd >= 0 && write(journal_fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes);
	must(fcntl(journal_fd, F_ADD_SEALS, SEALS) == 0);
}

/* -------- what each room makes of it -------- */

static struct xen xen;
static struct log_source source;

static void recall_sound(const struct journal_key *key)
{
	struct guest_info guest = {.domid = key->domid};
	struct sound_env env = {.xen = &xen};
	struct stream stream = {
		.env = &env,
		.guest = &guest,
		.devid = key->devid,
		.log = &source,
		.published.limits =
			{
				.formats = FORMAT_ALL,
				.channels_min = 1,
				.channels_max = 64,
				.buffer_max_bytes = STREAM_BUFFER_MAX_BYTES,
			},
	};

	if (stream_recall(&stream, key->channel) < 0 || !stream.kept)
		return;
	must(stream.told_frames <= stream.progress.position_frames);
	must(stream.frame_bytes == 0 || stream.progress.buffer_frames > 0);
	keeping_write(&stream);
}

static void recall_display(const struct journal_slot *slot)
{
	struct dbuf_shape shape;
	struct fb_shape fb_shape;
	struct kept_dbuf dbuf;
	struct kept_fb fb;
	struct kept_screen screen;
	uint64_t flips[FLIPS_MAX_OWED];

	journal_read(slot, &dbuf, sizeof dbuf);
	journal_read(slot, &fb, sizeof fb);
	journal_read(slot, &screen, sizeof screen);
	kept_counts(&dbuf.span, 1);
	if (kept_dbuf_check(&dbuf, &shape) == 0)
		fb_shape_init(&fb_shape, &shape, fb.width_px, fb.height_px, fb.fourcc);
	must(kept_screen_flips(&screen, screen.born, screen.first_event, flips) <=
	     (int)FLIPS_MAX_OWED);
}

static void recall_input(const struct journal_key *key)
{
	static const struct input_caps caps = {
		.keyboard = true,
		.pointer = true,
		.absolute = true,
		.width = 800,
		.height = 600,
		.touch = true,
		.touch_width = 800,
		.touch_height = 600,
		.contacts = INPUT_CONTACTS,
	};
	union xenkbd_in_event event;
	struct journal_slot *slot;
	struct input_state state;
	struct kept_input kept;
	unsigned n = 0;

	if (keeping_input_find(xen.journal, key->domid, key->devid, &caps, &kept, &slot) < 0)
		return;
	input_state_init(&state, &caps);
	input_state_recall(&state, &kept.down, kept.contacts, kept.tags, kept.unsynced);
	input_state_release_unheld(&state);
	while (input_state_next(&state, XENKBD_IN_RING_LEN, &event))
		must(n++ < INPUT_KEYS + INPUT_CONTACTS + 1);
}

static void recall_buffer(const struct journal_slot *slot)
{
	struct xenshbuf *shbuf = NULL;
	struct kept_buffer buffer;
	struct kept_charge charge;

	journal_read(slot, &buffer, sizeof buffer);
	journal_read(slot, &charge, sizeof charge);
	kept_charge_check(&charge);
	/* No stranger's descriptor is one of gntalloc. */
	must(kept_buffer_check(&buffer) < 0 || keeping_adopt(&buffer, &shbuf) < 0);
}

static void recall_device(const struct journal_key *key)
{
	struct store_view view = {.be_state = XB_CONNECTED, .fe_state = XB_CONNECTED};

	must(tree_create(&view.config) == 0);
	keeping_fits(xen.journal, key, &view);
	tree_destroy(view.config);
}

static void recall_one(const struct journal_slot *slot)
{
	const struct journal_key key = *journal_key(slot);

	recall_device(&key);
	recall_sound(&key);
	recall_display(slot);
	recall_input(&key);
	recall_buffer(slot);
}

static void free_nothing(struct object *)
{
	abort(); /* there are no objects */
}

static void recall_claims(void)
{
	static const uint8_t token[XENAV_TOKEN_BYTES];
	struct event_base *base = event_base_new();
	struct objects objects = {0};
	struct reserve reserve = {0};
	const struct consumer_id consumer = {0};
	const struct claims claims = {.consumer = &consumer};

	must(base && reserve_start(&reserve, base, xen.journal, &objects, 0, free_nothing) == 0);
	reserve_resume(&reserve, &claims, token);
	event_base_loop(base, EVLOOP_NONBLOCK);
	reserve_finish(&reserve);
	event_base_free(base);
}

/* -------- this process, and the next -------- */

static unsigned count(void)
{
	struct journal_slot *slot = NULL;
	unsigned n = 0;

	for (unsigned type = 0; type <= UINT8_MAX; type++)
		while ((slot = journal_next_of_all(xen.journal, (uint8_t)type, slot)))
			n += type == 0;
	return n;
}

static void work(struct input *input)
{
	struct journal_key key = {.domid = 7, .type = JOURNAL_STREAM, .kind = JOURNAL_SOUND};
	struct journal_slot *slot = NULL;
	uint8_t data[JOURNAL_DATA_BYTES] = {0};

	while ((slot = journal_next_of_all(xen.journal, 0, slot)))
		recall_one(slot);
	recall_claims();
	key.devid = input_byte(input);
	slot = journal_add(xen.journal, &key, data, sizeof data);
	journal_write(slot, data, 1);
	journal_adopt(xen.journal, &key);
	slot = journal_next_of_all(xen.journal, 0, NULL);
	if (slot)
		journal_forget(xen.journal, journal_key(slot));
	journal_forget_old(xen.journal);
}

/* @return whether the file is a journal; else a process makes another one. */
static bool is_journal(void)
{
	struct journal_header header;

	must(pread(journal_fd, &header, sizeof header, 0) == (ssize_t)sizeof header);
	return journal_header_check(&header, journal_bytes(SLOTS)) == 0;
}

static void run(struct input *input)
{
	unsigned n;

	given = false;
	must(journal_open(&xen.journal) == 0);
	work(input);
	n = count();
	journal_close(xen.journal);
	given = false;
	must(journal_open(&xen.journal) == 0);
	must(count() == n || !is_journal());
	journal_close(xen.journal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};

	log_threshold = LOG_LEVEL_ERR;
	memset(stranger, 0, sizeof stranger);
	make_journal(&input);
	run(&input);
	close(journal_fd);
	return 0;
}
