/* SPDX-License-Identifier: MIT */
/* See consumer-backlog.h. */
#include <config.h>

#include <unistd.h>

#include "consumer-backlog.h"
#include "test.h"

int enter_full(struct rig *rig)
{
	int sock;

	sock = rig_begin(rig);
	for (uint32_t id = 1; id <= RIG_OBJECTS; id++)
		rig_claim(rig, sock, id);
	rig->streams[0].generation = 1;
	rig->streams[1].generation = 1;
	rig_fill(&rig->streams[1]);
	return sock;
}

void next(struct rig *rig, int sock, uint16_t opcode, union xenav_msg *msg)
{
	do
		rig_receive(rig, sock, msg, NULL);
	while (msg->h.object == FILLER);
	assert_int_equal(msg->h.opcode, opcode);
}

void expect_data(struct rig *rig, int sock, uint64_t position_frames, uint32_t frames)
{
	union xenav_msg msg;

	next(rig, sock, XENAV_OP_STREAM_DATA, &msg);
	assert_int_equal(msg.h.object, SUBJECT);
	assert_int_equal(msg.stream_data.position_frames, position_frames);
	assert_int_equal(msg.stream_data.frames, frames);
}

void expect_state(struct rig *rig, int sock, uint32_t state, uint64_t position_frames)
{
	union xenav_msg msg;

	next(rig, sock, XENAV_OP_STREAM_STATE, &msg);
	assert_int_equal(msg.h.object, SUBJECT);
	assert_int_equal(msg.stream_state.state, state);
	assert_int_equal(msg.stream_state.position_frames, position_frames);
}

void expect_anew(struct rig *rig, int sock, uint32_t generation)
{
	union xenav_msg msg;

	next(rig, sock, XENAV_OP_STREAM_OPENED, &msg);
	assert_int_equal(msg.h.object, SUBJECT);
	assert_int_equal(msg.stream_opened.generation, generation);
	expect_state(rig, sock, XENAV_STREAM_STARTED, 1000);
	expect_data(rig, sock, 4000, 100);
}

void expect_rest(struct rig *rig, int sock)
{
	union xenav_msg msg;

	do {
		rig_receive(rig, sock, &msg, NULL);
		assert_int_equal(msg.h.object, FILLER);
	} while (msg.h.opcode != XENAV_OP_STREAM_OPENED);
	rig_expect(rig, sock, XENAV_OP_STREAM_STATE, FILLER, &msg);
	rig_expect(rig, sock, XENAV_OP_STREAM_DATA, FILLER, &msg);
	rig_expect_nothing(rig, sock);
	close(sock);
	rig_turn(rig);
}
