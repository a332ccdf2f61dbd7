/* SPDX-License-Identifier: MIT */
/*
 * daemon/consumer: what streams have said to a consumer that does not keep up.  Its unsent messages
 * are merged or replaced by the present state, and they are bounded.
 */
#include <config.h>

#include <unistd.h>

#include "consumer-backlog.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

TEST(unsent_data_without_a_gap_is_merged_up_to_one_ring)
{
	struct rig *rig = *state;
	struct stream *s = &rig->streams[0];
	int sock;

	sock = rig_begin(rig);
	s->generation = 1;
	rig_claim(rig, sock, SUBJECT);
	expect_anew(rig, sock, 1);
	rig_claim(rig, sock, FILLER);
	rig_fill(&rig->streams[1]);

	rig_data(s, 4100, 100);
	rig_data(s, 4200, 50);
	rig_data(s, 4250, 1);
	rig_data(s, 4300, 7); /* a gap */
	rig_data(s, 4307, RIG_RING_FRAMES - 7);
	rig_data(s, 4300 + RIG_RING_FRAMES, 1); /* more than a ring */
	s->generation = 2;
	rig_data(s, 4301 + RIG_RING_FRAMES, 1); /* not the same */
	expect_data(rig, sock, 4100, 151);
	expect_data(rig, sock, 4300, RIG_RING_FRAMES);
	expect_data(rig, sock, 4300 + RIG_RING_FRAMES, 1);
	expect_data(rig, sock, 4301 + RIG_RING_FRAMES, 1);
	close(sock);
}

TEST(only_the_last_of_unsent_states_in_a_row_is_sent)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);
	const struct stream *s = &rig->streams[0];

	rig_state(s, XENAV_STREAM_STARTED, 0);
	rig_state(s, XENAV_STREAM_PAUSED, 10);
	rig_state(s, XENAV_STREAM_STARTED, 11);
	rig_data(s, 0, 4);
	rig_state(s, XENAV_STREAM_PAUSED, 20);
	expect_state(rig, sock, XENAV_STREAM_STARTED, 11);
	expect_data(rig, sock, 0, 4);
	expect_state(rig, sock, XENAV_STREAM_PAUSED, 20);
	expect_rest(rig, sock);
}

TEST(a_stop_is_told_because_it_voids_what_was_written)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);
	const struct stream *s = &rig->streams[0];

	rig_data(s, 0, 400);
	rig_state(s, XENAV_STREAM_STARTED, 0);
	rig_state(s, XENAV_STREAM_STOPPED, 50);
	rig_state(s, XENAV_STREAM_STOPPED, 60);
	rig_state(s, XENAV_STREAM_STARTED, 60);
	expect_data(rig, sock, 0, 400);
	expect_state(rig, sock, XENAV_STREAM_STOPPED, 60);
	expect_state(rig, sock, XENAV_STREAM_STARTED, 60);
	expect_rest(rig, sock);
}

static void expect_volume(struct rig *rig, int sock, unsigned first_channel, int32_t volume_mdb)
{
	union xenav_msg msg;

	next(rig, sock, XENAV_OP_STREAM_VOLUME, &msg);
	assert_int_equal(msg.h.object, SUBJECT);
	assert_int_equal(msg.stream_volume.first_channel, first_channel);
	assert_int_equal(msg.stream_volume.volume_mdb[0], volume_mdb);
}

TEST(only_the_last_of_unsent_volumes_of_a_channel_is_sent)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);
	const struct stream *s = &rig->streams[0];

	rig_volume(s, 0, -1);
	rig_volume(s, 0, -2);
	rig_volume(s, 32, -3);
	rig_volume(s, 0, -4);
	rig_data(s, 0, 4);
	for (int i = 0; i < 1000; i++)
		rig_volume(s, 0, -i);
	expect_volume(rig, sock, 0, -2);
	expect_volume(rig, sock, 32, -3);
	expect_volume(rig, sock, 0, -4);
	expect_data(rig, sock, 0, 4);
	expect_volume(rig, sock, 0, -999);
	expect_rest(rig, sock);
}

TEST(sixteen_messages_are_kept)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);

	for (uint64_t i = 0; i < 16; i++)
		rig_data(&rig->streams[0], i * 100, 4);
	for (uint64_t i = 0; i < 16; i++)
		expect_data(rig, sock, i * 100, 4);
	expect_rest(rig, sock);
	assert_int_equal(rig->streams[0].n_resyncs, 1);
}

TEST(the_seventeenth_makes_the_state_be_told_anew)
{
	struct rig *rig = *state;
	const int sock = enter_full(rig);

	for (uint64_t i = 0; i < 17; i++)
		rig_data(&rig->streams[0], i * 100, 4);
	rig_data(&rig->streams[0], 1700, 4);
	rig_state(&rig->streams[0], XENAV_STREAM_PAUSED, 1);
	assert_int_equal(rig->streams[0].n_resyncs, 1);
	expect_anew(rig, sock, 1);
	assert_int_equal(rig->streams[0].n_resyncs, 2);
	rig_data(&rig->streams[0], 4100, 4);
	expect_data(rig, sock, 4100, 4);
	close(sock);
}

TEST(a_stream_closed_unseen_is_told_closed_if_it_was_known_open)
{
	struct rig *rig = *state;
	struct stream *s = &rig->streams[0];
	union xenav_msg msg;
	int sock;

	rig_add_objects(rig);
	s->generation = 3;
	sock = rig_enter(rig);
	rig_claim(rig, sock, SUBJECT);
	expect_anew(rig, sock, 3);
	rig_claim(rig, sock, FILLER);
	rig_fill(&rig->streams[1]);

	rig_fill(s);
	rig_close(s);
	rig_open(rig, s, 4);
	rig_close(s);
	next(rig, sock, XENAV_OP_STREAM_CLOSED, &msg);
	assert_int_equal(msg.stream_closed.generation, 3);
	rig_open(rig, s, 5);
	next(rig, sock, XENAV_OP_STREAM_OPENED, &msg);
	assert_int_equal(msg.stream_opened.generation, 5);
	close(sock);
}

TEST(a_stream_opened_and_closed_unseen_is_not_told_at_all)
{
	struct rig *rig = *state;
	struct stream *s = &rig->streams[0];
	union xenav_msg msg;
	int sock;

	sock = rig_begin(rig);
	rig_claim(rig, sock, SUBJECT);
	rig_open(rig, s, 1);
	rig_close(s);
	rig_expect(rig, sock, XENAV_OP_STREAM_OPENED, SUBJECT, &msg);
	rig_expect(rig, sock, XENAV_OP_STREAM_CLOSED, SUBJECT, &msg);
	rig->streams[1].generation = 1;
	rig_claim(rig, sock, FILLER);
	rig_fill(&rig->streams[1]);

	rig_open(rig, s, 2);
	for (uint64_t i = 0; i < 20; i++)
		rig_data(s, i * 100, 4);
	rig_close(s);
	assert_int_equal(s->n_resyncs, 1);
	rig_expect(rig, sock, XENAV_OP_STREAM_OPENED, FILLER, &msg);
	rig_expect(rig, sock, XENAV_OP_STREAM_STATE, FILLER, &msg);
	rig_expect(rig, sock, XENAV_OP_STREAM_DATA, FILLER, &msg);
	expect_rest(rig, sock);
	assert_int_equal(s->n_resyncs, 2);
}

TEST(rings_kept_for_a_consumer_are_few)
{
	struct rig *rig = *state;
	struct consumer_limits limits = rig_limits();
	union xenav_msg msg;
	int sock;

	limits.unsent_fds = 2;
	rig_limit(rig, &limits);
	sock = enter_full(rig);
	rig_open(rig, &rig->streams[0], 2);
	rig_open(rig, &rig->streams[0], 3);
	next(rig, sock, XENAV_OP_STREAM_OPENED, &msg);
	assert_int_equal(msg.stream_opened.generation, 2);
	next(rig, sock, XENAV_OP_STREAM_OPENED, &msg);
	assert_int_equal(msg.stream_opened.generation, 3);
	rig_fill(&rig->streams[1]);
	for (uint32_t generation = 4; generation < 8; generation++)
		rig_open(rig, &rig->streams[0], generation);
	expect_anew(rig, sock, 7);
	close(sock);
}

TEST(the_unsent_messages_of_a_consumer_are_bounded)
{
	struct rig *rig = *state;
	struct consumer_limits limits = rig_limits();
	int sock;

	limits.unsent = 20; /* none of them is the filler's: it is stale */
	limits.unsent_per_stream = 1000;
	rig_limit(rig, &limits);
	sock = enter_full(rig);
	for (uint64_t i = 0; i < 21; i++)
		rig_data(&rig->streams[0], i * 100, 4);
	expect_anew(rig, sock, 1);
	close(sock);
}
