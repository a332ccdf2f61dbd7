/* SPDX-License-Identifier: MIT */
/* The table of fields.h, asked of a display. */
#include <config.h>

#include <string.h>

#include "display-fake.h"
#include "fields/fields.h"
#include "report/log.h"
#include "test.h"

#define GREF 100

static int ask(uint8_t image[FIELD_SLOT_BYTES], uint8_t rsp[FIELD_SLOT_BYTES], void *)
{
	struct xendispl_req req;
	int status;

	memcpy(&req, image, sizeof req);
	status = fake_call(0, &req);
	memcpy(rsp, &fake.channels[0].rsp, FIELD_SLOT_BYTES);
	fake_read_events(0);
	return status;
}

TEST_ALONE(every_field_at_every_edge_has_its_defined_answer)
{
	static const char *const one[] = {FIELD_RESOLUTION, NULL};
	const struct field_end end = {.where = FIELD_DISPLAY, .gref = GREF, .ask = ask};
	struct rig rig;

	rig_setup(&rig, one);
	fake_memory(GREF, FIELD_PIXELS_BYTES);
	assert_int_equal(fields_run(&end), 0);
	rig_teardown(&rig);
}

int main(void)
{
	log_threshold = LOG_LEVEL_ERR;
	return test_run(NULL, NULL);
}
