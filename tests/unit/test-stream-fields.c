/* SPDX-License-Identifier: MIT */
/* The table of fields.h, asked of a stream of either direction without Xen behind it. */
#include <config.h>

#include <string.h>

#include "fields/fields.h"
#include "sound/format.h"
#include "stream-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

static void limit_to_the_table(void)
{
	static const uint32_t rates_hz[] = FIELD_RATES;
	struct stream_limits *limits = &rig.stream.published.limits;

	limits->formats = 0;
	for (const char *name = FIELD_FORMATS; *name; name += *name == ',') {
		size_t len = strcspn(name, ",");

		limits->formats |= UINT64_C(1) << format_by_name(name, len);
		name += len;
	}
	limits->n_rates = sizeof rates_hz / sizeof rates_hz[0];
	memcpy(limits->rates_hz, rates_hz, sizeof rates_hz);
	limits->channels_max = FIELD_CHANNELS_MAX;
	limits->buffer_max_bytes = FIELD_BUFFER_MAX;
}

static int ask(uint8_t image[FIELD_SLOT_BYTES], uint8_t rsp[FIELD_SLOT_BYTES], void *)
{
	struct xensnd_req req;
	int status;

	memcpy(&req, image, sizeof req);
	rig.triggering = req.operation == XENSND_OP_TRIGGER;
	status = rig_request(&req);
	rig.triggering = false;
	memcpy(rsp, &rig.rsp, FIELD_SLOT_BYTES);
	return status;
}

TEST(every_field_at_every_edge_has_its_defined_answer)
{
	struct field_end end = {.where = FIELD_PLAYBACK, .gref = 8, .no_xen = true, .ask = ask};

	limit_to_the_table();
	assert_int_equal(fields_run(&end), 0);
	stream_kill(&rig.stream);
	rig_init(XENAV_CAPTURE);
	limit_to_the_table();
	end.where = FIELD_CAPTURE;
	assert_int_equal(fields_run(&end), 0);
}
