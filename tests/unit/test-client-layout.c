/* SPDX-License-Identifier: MIT */
/*
 * The layout of the structures of xenav.h, which bindings to other languages rely on: frozen, and
 * as libxenav(3), BINDINGS, has it.  New fields come at the end.
 */
#include <config.h>

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "xenav.h"

#if UINTPTR_MAX == UINT64_MAX

struct place {
	const char *type;
	const char *field;
	size_t at;
};

/* An offset, checked. */
#define AT(type, field, offset)                                                                    \
	{                                                                                          \
#type, #field, (offset) + 0 * sizeof(struct {                                      \
						  _Static_assert(offsetof(struct type, field) ==   \
									 (offset),                 \
								 "frozen");                        \
						  char none;                                       \
					  })                                                       \
	}

static const struct place places[] = {
	AT(xenav_stream_info, domid, 0),
	AT(xenav_stream_info, devid, 4),
	AT(xenav_stream_info, pcm, 8),
	AT(xenav_stream_info, stream, 9),
	AT(xenav_stream_info, direction, 10),
	AT(xenav_stream_info, domain_name, 16),
	AT(xenav_stream_info, unique_id, 24),
	AT(xenav_stream_info, pcm_name, 32),
	AT(xenav_pcm, rate_hz, 0),
	AT(xenav_pcm, format, 4),
	AT(xenav_pcm, channels, 5),
	AT(xenav_pcm, frame_bytes, 8),
	AT(xenav_pcm, buffer_frames, 12),
	AT(xenav_pcm, period_frames, 16),
	AT(xenav_limits, size, 0),
	AT(xenav_limits, formats, 8),
	AT(xenav_limits, rate_min_hz, 16),
	AT(xenav_limits, rate_max_hz, 20),
	AT(xenav_limits, channels_min, 24),
	AT(xenav_limits, channels_max, 28),
	AT(xenav_limits, buffer_min_frames, 32),
	AT(xenav_limits, buffer_max_frames, 36),
	AT(xenav_limits, period_min_frames, 40),
	AT(xenav_limits, period_max_frames, 44),
	AT(xenav_connector_info, domid, 0),
	AT(xenav_connector_info, devid, 4),
	AT(xenav_connector_info, connector, 8),
	AT(xenav_connector_info, width_px, 12),
	AT(xenav_connector_info, height_px, 16),
	AT(xenav_connector_info, domain_name, 24),
	AT(xenav_connector_info, unique_id, 32),
	AT(xenav_frame, pixels, 0),
	AT(xenav_frame, width_px, 8),
	AT(xenav_frame, height_px, 12),
	AT(xenav_frame, stride_bytes, 16),
	AT(xenav_frame, fourcc, 20),
	AT(xenav_frame, serial, 24),
	AT(xenav_frame, way, 32),
	AT(xenav_frame, dmabuf_fd, 36),
	AT(xenav_frame, dmabuf_size_bytes, 40),
	AT(xenav_frame, offset_bytes, 44),
	AT(xenav_frame, offered, 48),
	AT(xenav_sound_stats, frames, 0),
	AT(xenav_sound_stats, late_frames, 8),
	AT(xenav_sound_stats, skipped_frames, 16),
	AT(xenav_sound_stats, takeovers, 24),
	AT(xenav_sound_stats, delay_frames, 32),
	AT(xenav_input_info, domid, 0),
	AT(xenav_input_info, devid, 4),
	AT(xenav_input_info, caps, 8),
	AT(xenav_input_info, contacts, 12),
	AT(xenav_input_info, width, 16),
	AT(xenav_input_info, height, 20),
	AT(xenav_input_info, touch_width, 24),
	AT(xenav_input_info, touch_height, 28),
	AT(xenav_input_info, domain_name, 32),
	AT(xenav_input_info, unique_id, 40),
	AT(xenav_format_info, bytes, 0),
	AT(xenav_format_info, valid_bits, 1),
	AT(xenav_format_info, is_signed, 2),
	AT(xenav_format_info, is_float, 3),
	AT(xenav_format_info, is_big_endian, 4),
	AT(xenav_format_info, silence, 5),
	AT(xenav_rect, x_px, 0),
	AT(xenav_rect, y_px, 4),
	AT(xenav_rect, width_px, 8),
	AT(xenav_rect, height_px, 12),
};

/* The functions of the listener, which are pointers in this order. */
static const struct place functions[] = {
	AT(xenav_listener, connected, 8),
	AT(xenav_listener, disconnected, 16),
	AT(xenav_listener, stream_added, 24),
	AT(xenav_listener, stream_removed, 32),
	AT(xenav_listener, stream_claimed, 40),
	AT(xenav_listener, stream_claim_failed, 48),
	AT(xenav_listener, stream_opened, 56),
	AT(xenav_listener, stream_state, 64),
	AT(xenav_listener, stream_data, 72),
	AT(xenav_listener, stream_space, 80),
	AT(xenav_listener, stream_closed, 88),
	AT(xenav_listener, connector_added, 96),
	AT(xenav_listener, connector_removed, 104),
	AT(xenav_listener, connector_claimed, 112),
	AT(xenav_listener, connector_claim_failed, 120),
	AT(xenav_listener, frame, 128),
	AT(xenav_listener, blank, 136),
	AT(xenav_listener, stream_volume, 144),
	AT(xenav_listener, stream_limits_failed, 152),
	AT(xenav_listener, stream_lost, 160),
	AT(xenav_listener, frame_gone, 168),
	AT(xenav_listener, connector_offer_failed, 176),
	AT(xenav_listener, input_added, 184),
	AT(xenav_listener, input_removed, 192),
	AT(xenav_listener, input_ready, 200),
	AT(xenav_listener, input_failed, 208),
	AT(xenav_listener, stream_moved, 216),
	AT(xenav_listener, announced, 224),
	AT(xenav_listener, paused, 232),
	AT(xenav_listener, resumed, 240),
};

/* Without the spaces and newlines that lines are broken at. */
static char *read_manual(void)
{
	const char *top = getenv("top_srcdir");
	char path[4096], *text = calloc(1, 200000);
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/man/libxenav.3.scd", top ? top : ".");
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(text);
	for (int c; (c = getc(f)) != EOF && n < 199999;)
		if (!isspace(c))
			text[n++] = (char)c;
	fclose(f);
	return text;
}

TEST_ALONE(the_manual_has_every_offset)
{
	char *manual = read_manual();

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		const struct place *p = &places[i];
		char type[64], field[64];
		const char *line, *end;

		snprintf(type, sizeof type, "struct%s:", p->type);
		snprintf(field, sizeof field, "%s%zu", p->field, p->at);
		line = strstr(manual, type);
		assert_non_null(line);
		line += strlen(type);
		end = strchr(line, ';');
		assert_non_null(end);
		/* A field begins behind the colon or a comma, and its number ends before another.
		 */
		do {
			line = strstr(line, field);
			assert_non_null(line);
			assert_true(line < end);
			line++;
		} while (!strchr(":,", line[-2]) || !strchr(",;", line[strlen(field) - 1]));
	}
	free(manual);
}

TEST_ALONE(callbacks_follow_each_other)
{
	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
		assert_int_equal(functions[i].at, 8 + 8 * i);
	/* A new one comes here, too. */
	assert_int_equal(sizeof(struct xenav_listener),
			 8 + 8 * sizeof functions / sizeof functions[0]);
}

#else

TEST_ALONE(the_manual_has_every_offset)
{
	skip();
}

#endif
