/* SPDX-License-Identifier: MIT */
/* See fields.h. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fields-priv.h"
#include "xen/displif.h"
#include "xen/sndif.h"

static const uint8_t display_before[] = {
	[DBUF] = XENDISPL_OP_DBUF_CREATE,
	[FB] = XENDISPL_OP_FB_ATTACH,
	[CONFIGURED] = XENDISPL_OP_SET_CONFIG,
};

static void right_request(const struct field_end *end, uint8_t req[FIELD_SLOT_BYTES], uint8_t op)
{
	if (end->where == FIELD_DISPLAY)
		field_display_request(req, op, end->gref);
	else
		field_sound_request(req, op, end->gref);
}

static int ask_right(const struct field_end *end, uint8_t op)
{
	uint8_t req[FIELD_SLOT_BYTES];
	uint8_t rsp[FIELD_SLOT_BYTES];

	right_request(end, req, op);
	return end->ask(req, rsp, end->data);
}

static int bring_to(const struct field_end *end, uint8_t state)
{
	int rc = 0;

	if (end->where != FIELD_DISPLAY)
		return state == SOUND_OPEN ? ask_right(end, XENSND_OP_OPEN) : 0;
	for (unsigned i = DBUF; i <= state && rc == 0; i++)
		rc = ask_right(end, display_before[i]);
	return rc;
}

/* The buffer that the request made, too: it may have another name. */
static void bring_back(const struct field_end *end, const uint8_t req[FIELD_SLOT_BYTES])
{
	uint8_t reset[FIELD_SLOT_BYTES] = {[2] = XENDISPL_OP_SET_CONFIG};
	uint8_t destroy[FIELD_SLOT_BYTES] = {[2] = XENDISPL_OP_DBUF_DESTROY};
	uint8_t rsp[FIELD_SLOT_BYTES];

	if (end->where != FIELD_DISPLAY) {
		ask_right(end, XENSND_OP_CLOSE);
		return;
	}
	end->ask(reset, rsp, end->data);
	ask_right(end, XENDISPL_OP_DBUF_DESTROY);
	if (req[2] != XENDISPL_OP_DBUF_CREATE)
		return;
	memcpy(destroy + 8, req + 8, sizeof(uint64_t));
	end->ask(destroy, rsp, end->data);
}

/* The answer to a query lies within its question. */
static bool is_within(const uint8_t req[FIELD_SLOT_BYTES], const uint8_t rsp[FIELD_SLOT_BYTES])
{
	uint32_t asked[8];
	uint32_t got[8];
	uint64_t formats_asked, formats;

	memcpy(&formats_asked, req + 8, sizeof formats_asked);
	memcpy(&formats, rsp + 8, sizeof formats);
	memcpy(asked, req + 16, sizeof asked);
	memcpy(got, rsp + 16, sizeof got);
	if (formats == 0 || (formats & ~formats_asked) != 0)
		return false;
	for (unsigned i = 0; i < 8; i += 2)
		if (got[i] > got[i + 1] || got[i] < asked[i] || got[i + 1] > asked[i + 1])
			return false;
	return true;
}

/* Nothing of ours and nothing of the request is in what an answer does not use. */
static const char *form_of(const struct field_end *end, const uint8_t req[FIELD_SLOT_BYTES],
			   const uint8_t rsp[FIELD_SLOT_BYTES], int status)
{
	size_t used = 8;

	if (rsp[2] != req[2])
		return "another operation is answered";
	if (status == 0 && end->where == FIELD_DISPLAY && req[2] == XENDISPL_OP_GET_EDID)
		used = 12;
	if (status == 0 && end->where != FIELD_DISPLAY && req[2] == XENSND_OP_HW_PARAM_QUERY) {
		used = 48;
		if (!is_within(req, rsp))
			return "the answer is not within what was asked";
	}
	for (size_t i = used; i < FIELD_SLOT_BYTES; i++)
		if (rsp[i] != 0)
			return "the answer has something in its reserved bytes";
	return rsp[3] == 0 ? NULL : "the answer has something in its reserved byte";
}

static unsigned check(const struct field_end *end, const struct field_row *row, unsigned edge)
{
	const uint64_t values[FIELD_EDGES] = {
		0, 1, row->max - 1, row->max, row->max + 1, UINT64_C(1) << 31, UINT32_MAX,
	};
	uint8_t req[FIELD_SLOT_BYTES];
	uint8_t rsp[FIELD_SLOT_BYTES] = {0};
	const char *form;
	int expected = row->answer[edge];
	int status = bring_to(end, row->state);
	unsigned wrong = 0;

	if (status != 0) {
		printf("# %s: what goes before it: %d\n", row->name, status);
		return 1;
	}
	right_request(end, req, row->op);
	memcpy(req + row->offset, &values[edge], row->bytes);
	status = end->ask(req, rsp, end->data);
	if (expected == FIELD_ERROR ? status >= 0 || status == -ETIMEDOUT : status != expected) {
		printf("# %s = %llu: %d, not %d\n", row->name, (unsigned long long)values[edge],
		       status, expected);
		wrong++;
	}
	form = form_of(end, req, rsp, status);
	if (form) {
		printf("# %s = %llu: %s\n", row->name, (unsigned long long)values[edge], form);
		wrong++;
	}
	bring_back(end, req);
	return wrong;
}

unsigned fields_run(const struct field_end *end)
{
	const bool display = end->where == FIELD_DISPLAY;
	const struct field_row *rows = display ? fields_display : fields_sound;
	const size_t n = display ? n_fields_display : n_fields_sound;
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		if (!(rows[i].where & end->where))
			continue;
		for (unsigned edge = 0; edge < FIELD_EDGES; edge++)
			wrong += check(end, &rows[i], edge);
	}
	return wrong;
}
