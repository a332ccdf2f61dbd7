/* SPDX-License-Identifier: MIT */
/* The fields of sndif.h, in the order in which they stand there. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "fields-priv.h"
#include "xen/sndif.h"

#define BUFFER 3840u /* bytes; 960 frames of 4 */
#define PERIOD 960u
#define MDB    8u /* bytes of two volumes */
#define MUTES  2u

#define AT(member) FIELD_AT(struct xensnd_req, member)
#define PLAY       FIELD_PLAYBACK
#define REC        FIELD_CAPTURE
#define BOTH       (FIELD_PLAYBACK | FIELD_CAPTURE)
#define S32_BIT    (UINT64_C(1) << XENSND_PCM_FORMAT_S32_LE)

/* clang-format off */
const struct field_row fields_sound[] = {
	{"OPEN.(reserved of the header)", BOTH, XENSND_OP_OPEN, SOUND_CLOSED, FIELD_RESERVED, 1,
	 {OK, OK, OK, OK, OK, OK, OK}},
	{"OPEN.pcm_rate", BOTH, XENSND_OP_OPEN, SOUND_CLOSED, AT(op.open.pcm_rate), 48000,
	 {INV, INV, INV, OK, INV, INV, INV}},
	{"OPEN.pcm_format", BOTH, XENSND_OP_OPEN, SOUND_CLOSED, AT(op.open.pcm_format), 24,
	 {INV, OK, INV, INV, INV, INV, INV}},
	{"OPEN.pcm_channels", BOTH, XENSND_OP_OPEN, SOUND_CLOSED, AT(op.open.pcm_channels),
	 FIELD_CHANNELS_MAX, {INV, OK, OK, OK, INV, INV, INV}},
	{"OPEN.reserved", BOTH, XENSND_OP_OPEN, SOUND_CLOSED, AT(op.open.reserved), 1,
	 {OK, OK, OK, OK, OK, OK, OK}},
	{"OPEN.buffer_sz", BOTH, XENSND_OP_OPEN, SOUND_CLOSED, AT(op.open.buffer_sz),
	 FIELD_BUFFER_MAX, {INV, INV, INV, OK, INV, INV, INV}},
	/* 1 is the ring of the store, which is granted, but no directory. */
	{"OPEN.gref_directory", BOTH, XENSND_OP_OPEN, SOUND_CLOSED, AT(op.open.gref_directory),
	 8191, {INV, FIELD_ERROR, FLT, FLT, FLT, FLT, FLT}},
	{"OPEN.period_sz", BOTH, XENSND_OP_OPEN, SOUND_CLOSED, AT(op.open.period_sz), BUFFER,
	 {OK, OK, OK, OK, INV, INV, INV}},

	{"CLOSE.(reserved)", BOTH, XENSND_OP_CLOSE, SOUND_OPEN, AT(op.rw.offset), 1,
	 {OK, OK, OK, OK, OK, OK, OK}},

	{"READ.offset", REC, XENSND_OP_READ, SOUND_OPEN, AT(op.rw.offset), BUFFER - 4,
	 {OK, INV, INV, OK, INV, INV, INV}},
	{"READ.length", REC, XENSND_OP_READ, SOUND_OPEN, AT(op.rw.length), BUFFER,
	 {OK, INV, INV, OK, INV, INV, INV}},
	{"READ.offset of a playback stream", PLAY, XENSND_OP_READ, SOUND_OPEN, AT(op.rw.offset),
	 BUFFER - 4, {INV, INV, INV, INV, INV, INV, INV}},
	{"READ.offset of a closed stream", REC, XENSND_OP_READ, SOUND_CLOSED, AT(op.rw.offset),
	 BUFFER - 4, {EIO_, EIO_, EIO_, EIO_, EIO_, EIO_, EIO_}},
	{"WRITE.offset", PLAY, XENSND_OP_WRITE, SOUND_OPEN, AT(op.rw.offset), BUFFER - 4,
	 {OK, INV, INV, OK, INV, INV, INV}},
	{"WRITE.length", PLAY, XENSND_OP_WRITE, SOUND_OPEN, AT(op.rw.length), BUFFER,
	 {OK, INV, INV, OK, INV, INV, INV}},
	{"WRITE.offset of a capture stream", REC, XENSND_OP_WRITE, SOUND_OPEN, AT(op.rw.offset),
	 BUFFER - 4, {INV, INV, INV, INV, INV, INV, INV}},
	{"WRITE.length of a closed stream", PLAY, XENSND_OP_WRITE, SOUND_CLOSED,
	 AT(op.rw.length), BUFFER, {EIO_, EIO_, EIO_, EIO_, EIO_, EIO_, EIO_}},

	{"SET_VOLUME.offset", BOTH, XENSND_OP_SET_VOLUME, SOUND_OPEN, AT(op.rw.offset),
	 BUFFER - MDB, {OK, OK, OK, OK, INV, INV, INV}},
	{"SET_VOLUME.length at least", BOTH, XENSND_OP_SET_VOLUME, SOUND_OPEN, AT(op.rw.length),
	 MDB, {INV, INV, INV, OK, OK, INV, INV}},
	{"SET_VOLUME.length at most", BOTH, XENSND_OP_SET_VOLUME, SOUND_OPEN, AT(op.rw.length),
	 BUFFER, {INV, INV, OK, OK, INV, INV, INV}},
	{"SET_VOLUME.offset of a closed stream", BOTH, XENSND_OP_SET_VOLUME, SOUND_CLOSED,
	 AT(op.rw.offset), BUFFER, {EIO_, EIO_, EIO_, EIO_, EIO_, EIO_, EIO_}},
	{"GET_VOLUME.offset", BOTH, XENSND_OP_GET_VOLUME, SOUND_OPEN, AT(op.rw.offset),
	 BUFFER - MDB, {OK, OK, OK, OK, INV, INV, INV}},
	{"GET_VOLUME.length at least", BOTH, XENSND_OP_GET_VOLUME, SOUND_OPEN, AT(op.rw.length),
	 MDB, {INV, INV, INV, OK, OK, INV, INV}},
	{"GET_VOLUME.length at most", BOTH, XENSND_OP_GET_VOLUME, SOUND_OPEN, AT(op.rw.length),
	 BUFFER, {INV, INV, OK, OK, INV, INV, INV}},
	{"GET_VOLUME.offset of a closed stream", BOTH, XENSND_OP_GET_VOLUME, SOUND_CLOSED,
	 AT(op.rw.offset), BUFFER, {EIO_, EIO_, EIO_, EIO_, EIO_, EIO_, EIO_}},
	{"MUTE.offset", BOTH, XENSND_OP_MUTE, SOUND_OPEN, AT(op.rw.offset), BUFFER - MUTES,
	 {OK, OK, OK, OK, INV, INV, INV}},
	{"MUTE.length at least", BOTH, XENSND_OP_MUTE, SOUND_OPEN, AT(op.rw.length), MUTES,
	 {INV, INV, INV, OK, OK, INV, INV}},
	{"MUTE.length at most", BOTH, XENSND_OP_MUTE, SOUND_OPEN, AT(op.rw.length), BUFFER,
	 {INV, INV, OK, OK, INV, INV, INV}},
	{"MUTE.offset of a closed stream", BOTH, XENSND_OP_MUTE, SOUND_CLOSED, AT(op.rw.offset),
	 BUFFER, {EIO_, EIO_, EIO_, EIO_, EIO_, EIO_, EIO_}},
	{"UNMUTE.offset", BOTH, XENSND_OP_UNMUTE, SOUND_OPEN, AT(op.rw.offset), BUFFER - MUTES,
	 {OK, OK, OK, OK, INV, INV, INV}},
	{"UNMUTE.length at least", BOTH, XENSND_OP_UNMUTE, SOUND_OPEN, AT(op.rw.length), MUTES,
	 {INV, INV, INV, OK, OK, INV, INV}},
	{"UNMUTE.length at most", BOTH, XENSND_OP_UNMUTE, SOUND_OPEN, AT(op.rw.length), BUFFER,
	 {INV, INV, OK, OK, INV, INV, INV}},
	{"UNMUTE.offset of a closed stream", BOTH, XENSND_OP_UNMUTE, SOUND_CLOSED,
	 AT(op.rw.offset), BUFFER, {EIO_, EIO_, EIO_, EIO_, EIO_, EIO_, EIO_}},

	/* The low byte of 2^31 is 0. */
	{"TRIGGER.type", BOTH, XENSND_OP_TRIGGER, SOUND_OPEN, AT(op.trigger.type), 3,
	 {OK, OK, OK, OK, INV, OK, INV}},
	{"TRIGGER.type of a closed stream", BOTH, XENSND_OP_TRIGGER, SOUND_CLOSED,
	 AT(op.trigger.type), 3, {EIO_, EIO_, EIO_, EIO_, EIO_, EIO_, EIO_}},

	/* The mask of S8, of S32_LE and all below, of S32_LE, of it and S8, of what there is not,
	 * of all. */
	{"HW_PARAM_QUERY.formats", BOTH, XENSND_OP_HW_PARAM_QUERY, SOUND_CLOSED,
	 AT(op.hw_param.formats), S32_BIT, {INV, INV, OK, OK, OK, INV, OK}},
	{"HW_PARAM_QUERY.rates.min", BOTH, XENSND_OP_HW_PARAM_QUERY, SOUND_CLOSED,
	 AT(op.hw_param.rates.min), 48000, {OK, OK, OK, OK, INV, INV, INV}},
	{"HW_PARAM_QUERY.rates.max", BOTH, XENSND_OP_HW_PARAM_QUERY, SOUND_CLOSED,
	 AT(op.hw_param.rates.max), 8000, {INV, INV, INV, OK, OK, OK, OK}},
	{"HW_PARAM_QUERY.channels.min", BOTH, XENSND_OP_HW_PARAM_QUERY, SOUND_CLOSED,
	 AT(op.hw_param.channels.min), FIELD_CHANNELS_MAX, {OK, OK, OK, OK, INV, INV, INV}},
	{"HW_PARAM_QUERY.channels.max", BOTH, XENSND_OP_HW_PARAM_QUERY, SOUND_CLOSED,
	 AT(op.hw_param.channels.max), 1, {INV, OK, INV, OK, OK, OK, OK}},
	/* In frames, of which the smallest has one byte; 8 ms and 2 ms at 8000 Hz. */
	{"HW_PARAM_QUERY.buffer.min", BOTH, XENSND_OP_HW_PARAM_QUERY, SOUND_CLOSED,
	 AT(op.hw_param.buffer.min), FIELD_BUFFER_MAX, {OK, OK, OK, OK, INV, INV, INV}},
	{"HW_PARAM_QUERY.buffer.max", BOTH, XENSND_OP_HW_PARAM_QUERY, SOUND_CLOSED,
	 AT(op.hw_param.buffer.max), 64, {INV, INV, INV, OK, OK, OK, OK}},
	{"HW_PARAM_QUERY.period.min", BOTH, XENSND_OP_HW_PARAM_QUERY, SOUND_CLOSED,
	 AT(op.hw_param.period.min), FIELD_BUFFER_MAX, {OK, OK, OK, OK, INV, INV, INV}},
	{"HW_PARAM_QUERY.period.max", BOTH, XENSND_OP_HW_PARAM_QUERY, SOUND_CLOSED,
	 AT(op.hw_param.period.max), 16, {INV, INV, INV, OK, OK, OK, OK}},
	/* The same while it is open. */
	{"HW_PARAM_QUERY.rates.min of an open stream", BOTH, XENSND_OP_HW_PARAM_QUERY, SOUND_OPEN,
	 AT(op.hw_param.rates.min), 48000, {OK, OK, OK, OK, INV, INV, INV}},
};
/* clang-format on */
const size_t n_fields_sound = sizeof fields_sound / sizeof fields_sound[0];

void field_sound_request(uint8_t image[FIELD_SLOT_BYTES], uint8_t op, uint32_t gref)
{
	struct xensnd_req req = {.operation = op};

	switch (op) {
	case XENSND_OP_OPEN:
		req.op.open.pcm_rate = 48000;
		req.op.open.pcm_format = XENSND_PCM_FORMAT_S16_LE;
		req.op.open.pcm_channels = 2;
		req.op.open.buffer_sz = BUFFER;
		req.op.open.gref_directory = gref;
		req.op.open.period_sz = PERIOD;
		break;
	case XENSND_OP_READ:
	case XENSND_OP_WRITE:
		req.op.rw.length = 4;
		break;
	case XENSND_OP_SET_VOLUME:
	case XENSND_OP_GET_VOLUME:
		req.op.rw.length = MDB;
		break;
	case XENSND_OP_MUTE:
	case XENSND_OP_UNMUTE:
		req.op.rw.length = MUTES;
		break;
	case XENSND_OP_HW_PARAM_QUERY:
		req.op.hw_param.formats = UINT64_MAX;
		req.op.hw_param.rates.max = UINT32_MAX;
		req.op.hw_param.channels.max = UINT32_MAX;
		req.op.hw_param.buffer.max = UINT32_MAX;
		req.op.hw_param.period.max = UINT32_MAX;
		break;
	default:
		break;
	}
	memcpy(image, &req, sizeof req);
}
