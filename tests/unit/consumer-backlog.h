/* SPDX-License-Identifier: MIT */
/*
 * A consumer of the rig that has claimed all objects and does not read: its socket is full of what
 * one stream, the filler, has said.
 */
#ifndef TEST_CONSUMER_BACKLOG_H
#define TEST_CONSUMER_BACKLOG_H

#include "test-consumer-rig.h"

/* The stream under test, and a stream that fills the socket. */
#define SUBJECT RIG_STREAM
#define FILLER  (RIG_STREAM + 1)

/* Enter a consumer that has claimed all objects, and fill its socket. */
int enter_full(struct rig *rig);

/* The next message that is not about the filler. */
void next(struct rig *rig, int sock, uint16_t opcode, union xenav_msg *msg);

/* Expect one message about the subject. */
void expect_data(struct rig *rig, int sock, uint64_t position_frames, uint32_t frames);
void expect_state(struct rig *rig, int sock, uint32_t state, uint64_t position_frames);

/* Expect the state of the subject, as stream_resync() of the rig sends it. */
void expect_anew(struct rig *rig, int sock, uint32_t generation);

/* Expect the state of the filler, and no more messages. */
void expect_rest(struct rig *rig, int sock);

#endif
