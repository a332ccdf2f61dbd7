/* SPDX-License-Identifier: MIT */
/* What the journal has of a stream: as it was written, and as somebody else may have written it. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "journal-rig.h"
#include "sound/format.h"
#include "sound/recall.h"
#include "test.h"
#include "xen/xen.h"

static struct xen xen;
static struct sound_env env = {.xen = &xen};
static const struct guest_info guest = {.domid = 7};
static struct log_source source;
static struct stream stream;
static const struct journal_key card = {.kind = JOURNAL_SOUND, .domid = 7, .devid = 1};

static void new_stream(void)
{
	memset(&stream, 0, sizeof stream);
	stream.env = &env;
	stream.guest = &guest;
	stream.devid = 1;
	stream.log = &source;
	stream.published.direction = XENAV_PLAYBACK;
	stream.published.limits = (struct stream_limits){
		.formats = FORMAT_ALL,
		.channels_min = 1,
		.channels_max = 64,
		.buffer_max_bytes = STREAM_BUFFER_MAX_BYTES,
	};
}

static int setup(void **state)
{
	journal_rig_setup(state);
	xen.journal = j;
	new_stream();
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, journal_rig_teardown)

/* One that is open and plays. */
static const struct kept_stream good = {
	.generation = 9,
	.open = 1,
	.state = XENAV_STREAM_STARTED,
	.request =
		{
			.pcm_rate = 48000,
			.pcm_format = XENSND_PCM_FORMAT_S16_LE,
			.pcm_channels = 2,
			.buffer_sz = 38400,
			.gref_directory = 8,
			.period_sz = 960,
		},
	.position_frames = 100000,
	.edge_frames = 109000,
	.stood_frames = 96000,
	.told_frames = 99900,
};

static void put(const struct kept_stream *kept, unsigned index)
{
	struct journal_key key = card;

	key.type = JOURNAL_STREAM;
	key.channel = (uint16_t)index;
	assert_non_null(journal_add(j, &key, kept, sizeof *kept));
}

static int recall(const struct kept_stream *kept)
{
	int rc;

	journal_forget(j, &card);
	new_stream();
	put(kept, 0);
	rc = stream_recall(&stream, 0);
	return rc;
}

TEST(an_open_stream_is_where_it_was)
{
	assert_int_equal(recall(&good), 0);
	assert_int_equal(stream.generation, 9);
	assert_int_equal(stream.state, XENAV_STREAM_STARTED);
	assert_int_equal(stream.frame_bytes, 4);
	assert_memory_equal(&stream.open, &good.request, sizeof good.request);
	assert_int_equal(stream.progress.position_frames, 100000);
	assert_int_equal(stream.progress.edge_frames, 109000);
	assert_int_equal(stream.progress.buffer_frames, 9600);
	assert_int_equal(stream.progress.period_frames, 240);
	assert_int_equal(stream.stood_frames, 96000);
	assert_int_equal(stream.told_frames, 99900);
	assert_false(stream.progress.running); /* before its buffer is there */
}

TEST(what_is_written_is_what_is_recalled)
{
	struct kept_stream kept;

	assert_int_equal(recall(&good), 0);
	stream.buffer = (struct gbuf *)&stream; /* it is there */
	keeping_write(&stream);
	journal_read(stream.kept, &kept, sizeof kept);
	assert_memory_equal(&kept, &good, sizeof kept);
}

TEST(a_closed_stream_keeps_its_generation_only)
{
	struct kept_stream kept = {.generation = 77};

	assert_int_equal(recall(&kept), 0);
	assert_int_equal(stream.generation, 77);
	assert_int_equal(stream.frame_bytes, 0);
}

TEST(each_stream_of_a_card_finds_its_own)
{
	struct kept_stream kept = {0};

	for (unsigned i = 0; i < 5; i++) {
		kept.generation = 100 + i;
		put(&kept, i);
	}
	for (unsigned i = 0; i < 5; i++) {
		new_stream();
		assert_int_equal(stream_recall(&stream, i), 0);
		assert_int_equal(stream.generation, 100 + i);
	}
	new_stream();
	assert_int_equal(stream_recall(&stream, 5), -ENOENT);
	stream.devid = 2;
	assert_int_equal(stream_recall(&stream, 0), -ENOENT);
}

/* -------- volumes -------- */

TEST(volumes_of_all_channels_are_kept_when_they_are_set)
{
	struct volume before;

	stream.generation = 1;
	keeping_begin_stream(&stream, 3);
	stream.volume.ever_set = true;
	for (unsigned i = 0; i < VOLUME_CHANNELS; i++)
		stream.volume.mdb[i] = -(int32_t)i * 100;
	for (unsigned i = 0; i < VOLUME_CHUNKS; i++)
		stream.volume.muted[i] = 0x1111 << i;
	keeping_write_volume(&stream, UINT32_MAX);
	stream.volume.mdb[40] = -77;
	keeping_write_volume(&stream, 1u << 40 / XENAV_VOLUME_CHANNELS);
	before = stream.volume;
	new_stream();
	assert_int_equal(stream_recall(&stream, 3), 0);
	assert_memory_equal(&stream.volume, &before, sizeof before);
}

TEST(volumes_that_were_never_set_stay_so)
{
	keeping_begin_stream(&stream, 0);
	new_stream();
	assert_int_equal(stream_recall(&stream, 0), 0);
	assert_false(stream.volume.ever_set);
}

static int recall_volume(const struct kept_volume *volume, uint64_t id)
{
	struct journal_key key = card;

	journal_forget(j, &card);
	new_stream();
	put(&good, 0);
	key.type = JOURNAL_VOLUME;
	key.id = id;
	journal_add(j, &key, volume, sizeof *volume);
	return stream_recall(&stream, 0);
}

TEST(volumes_that_no_guest_can_have_set_are_refused)
{
	struct kept_volume volume = {.muted = 5};

	assert_int_equal(recall_volume(&volume, 0), 0);
	assert_int_equal(recall_volume(&volume, VOLUME_CHUNKS), -EINVAL);
	assert_int_equal(recall_volume(&volume, UINT64_MAX), -EINVAL);
	volume.mdb[31] = XENAV_VOLUME_MAX_MDB + 1;
	assert_int_equal(recall_volume(&volume, 0), -EINVAL);
	assert_int_equal(recall_volume(&volume, VOLUME_CHUNKS - 1), 0); /* has no such channel */
	volume.mdb[0] = INT32_MIN;
	assert_int_equal(recall_volume(&volume, VOLUME_CHUNKS - 1), -EINVAL);
}

/* -------- records that make no sense -------- */

TEST(an_opening_that_no_guest_can_have_is_refused)
{
	struct kept_stream k;

#define REFUSED(change)                                                                            \
	do {                                                                                       \
		k = good;                                                                          \
		change;                                                                            \
		assert_int_equal(recall(&k), -EINVAL);                                             \
	} while (0)
	REFUSED(k.generation = 0);
	REFUSED(k.state = 3);
	REFUSED(k.request.pcm_rate = 0);
	REFUSED(k.request.pcm_rate = UINT32_MAX);
	REFUSED(k.request.pcm_format = 200);
	REFUSED(k.request.pcm_channels = 0);
	REFUSED(k.request.pcm_channels = 65);
	REFUSED(k.request.buffer_sz = 0);
	REFUSED(k.request.buffer_sz = 38401);
	REFUSED(k.request.buffer_sz = UINT32_MAX);
	REFUSED(k.position_frames = UINT64_MAX);
	REFUSED(k.position_frames = UINT64_C(1) << 51);
	REFUSED(k.told_frames = k.position_frames + 1);
	REFUSED(k.stood_frames = k.position_frames + 1);
	REFUSED(k.edge_frames = k.position_frames + 2 * 9600 + 1);
	REFUSED(k.edge_frames = UINT64_MAX);
#undef REFUSED
}

static void check_whatever(const uint8_t *bytes)
{
	struct kept_stream k;

	memcpy(&k, bytes, sizeof k);
	if (recall(&k) < 0 || stream.frame_bytes == 0)
		return;
	assert_true(stream.progress.buffer_frames > 0);
	assert_true(stream.progress.rate > 0);
	assert_true(stream.state <= XENAV_STREAM_PAUSED);
	/* Whatever it is, it goes on without harm. */
	progress_start(&stream.progress, 1000000000);
	for (uint64_t ms = 1; ms < 50; ms++)
		progress_tick(&stream.progress, 1000000000 + ms * 20000000);
	assert_true(stream.progress.position_frames >= k.position_frames);
	assert_true(stream.progress.position_frames <= k.position_frames + 768000);
}

TEST(whatever_was_written_does_no_harm)
{
	uint8_t bytes[sizeof(struct kept_stream)];
	uint64_t random = 1;

	for (unsigned i = 0; i < 20000; i++) {
		memcpy(bytes, &good, sizeof bytes);
		/* A few bytes of a good one, so that some get through. */
		for (unsigned k = 0; k < 1 + i % 3; k++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			bytes[(random >> 33) % sizeof bytes] = (uint8_t)(random >> 45);
		}
		check_whatever(bytes);
	}
}
