/* SPDX-License-Identifier: MIT */
/*
 * The table of fields.h, asked through real rings of the whole daemon: what Xen has to say to a
 * field is said by the machine's grant tables.
 */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "fields/fields.h"
#include "rig.h"
#include "xen/displif.h"
#include "xen/sndif.h"

static struct rig_guest rg;

static int ask(uint8_t req[SLOT_BYTES], uint8_t rsp[SLOT_BYTES], void *channel)
{
	struct channel *ch = channel;
	int status;

	if (req[2] == XENDISPL_OP_PG_FLIP)
		CRTC(&rg, 0)->flipping = true; /* its event is expected */
	status = channel_request(ch, req);
	memcpy(rsp, ch->answer, SLOT_BYTES);
	return status;
}

/* The usual card, with the buffers of fields/. */
static const struct toolstack_node sound[] = {
	{"sample-rates", "8000,44100,48000", false},
	{"sample-formats", "u8,s16_le,s24_le,s32_le", false},
	{"channels-max", "2", false},
	{"buffer-size", "65536", false},
	{"0/0/unique-id", "play", false},
	{"0/0/type", "p", false},
	{"0/1/unique-id", "capture", false},
	{"0/1/type", "c", false},
	{0},
};

static unsigned run(enum field_where where, struct channel *ch, uint32_t granted_bytes)
{
	struct field_end end = {.where = where, .ask = ask, .data = ch};
	struct guest_buffer buffer;
	unsigned wrong;

	assert_int_equal(guest_buffer_alloc(&rg.guest, &buffer, granted_bytes), 0);
	end.gref = guest_buffer_directory(&buffer);
	wrong = fields_run(&end);
	/* Closed streams and destroyed buffers are unmapped. */
	assert_int_equal(guest_buffer_free(&rg.guest, &buffer), 0);
	return wrong;
}

TEST(every_field_at_every_edge_has_its_defined_answer)
{
	_Static_assert(FIELD_BUFFER_MAX == 65536, "as sound[] says");
	rig_sound = sound;
	rig_start(&rg, 80);
	rig_sound = rig_sound_nodes;
	assert_int_equal(run(FIELD_PLAYBACK, &PLAY(&rg)->channel, FIELD_BUFFER_MAX), 0);
	assert_int_equal(run(FIELD_CAPTURE, &CAPTURE(&rg)->channel, FIELD_BUFFER_MAX), 0);
	assert_int_equal(run(FIELD_DISPLAY, &CRTC(&rg, 0)->channel, FIELD_PIXELS_BYTES), 0);
	rig_stop(&rg);
}

static int ask_sound(struct pcm *pcm, struct xensnd_req *req)
{
	uint8_t image[SLOT_BYTES];

	memcpy(image, req, sizeof image);
	return channel_request(&pcm->channel, image);
}

static int ask_display(struct xendispl_req *req)
{
	uint8_t image[SLOT_BYTES];

	memcpy(image, req, sizeof image);
	return channel_request(&CRTC(&rg, 0)->channel, image);
}

TEST(an_operation_that_does_not_exist_is_answered_so)
{
	rig_start(&rg, 81);
	for (unsigned op = 0; op < 256; op++) {
		struct xensnd_req snd = {.operation = (uint8_t)op};
		struct xendispl_req displ = {.operation = (uint8_t)op};

		if (op > XENSND_OP_HW_PARAM_QUERY)
			assert_int_equal(ask_sound(PLAY(&rg), &snd), -EOPNOTSUPP);
		if (op < XENDISPL_OP_DBUF_CREATE || op > XENDISPL_OP_GET_EDID)
			assert_int_equal(ask_display(&displ), -EOPNOTSUPP);
	}
	rig_stop(&rg);
}
