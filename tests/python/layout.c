/* SPDX-License-Identifier: MIT */
/* Print the layout of the structures of xenav.h: "structure field offset size" in lines. */
#include <config.h>

#include <stddef.h>
#include <stdio.h>

#include "xenav.h"

#define SHOW(structure, field)                                                                     \
	printf(#structure " " #field " %zu %zu\n", offsetof(struct structure, field),              \
	       sizeof(((struct structure *)NULL)->field))

static void show_infos(void)
{
	SHOW(xenav_stream_info, domid);
	SHOW(xenav_stream_info, devid);
	SHOW(xenav_stream_info, pcm);
	SHOW(xenav_stream_info, stream);
	SHOW(xenav_stream_info, direction);
	SHOW(xenav_stream_info, domain_name);
	SHOW(xenav_stream_info, unique_id);
	SHOW(xenav_stream_info, pcm_name);
	SHOW(xenav_connector_info, domid);
	SHOW(xenav_connector_info, devid);
	SHOW(xenav_connector_info, connector);
	SHOW(xenav_connector_info, width_px);
	SHOW(xenav_connector_info, height_px);
	SHOW(xenav_connector_info, domain_name);
	SHOW(xenav_connector_info, unique_id);
	SHOW(xenav_input_info, domid);
	SHOW(xenav_input_info, devid);
	SHOW(xenav_input_info, caps);
	SHOW(xenav_input_info, contacts);
	SHOW(xenav_input_info, width);
	SHOW(xenav_input_info, height);
	SHOW(xenav_input_info, touch_width);
	SHOW(xenav_input_info, touch_height);
	SHOW(xenav_input_info, domain_name);
	SHOW(xenav_input_info, unique_id);
}

static void show_formats(void)
{
	SHOW(xenav_pcm, rate_hz);
	SHOW(xenav_pcm, format);
	SHOW(xenav_pcm, channels);
	SHOW(xenav_pcm, frame_bytes);
	SHOW(xenav_pcm, buffer_frames);
	SHOW(xenav_pcm, period_frames);
	SHOW(xenav_limits, size);
	SHOW(xenav_limits, formats);
	SHOW(xenav_limits, rate_min_hz);
	SHOW(xenav_limits, rate_max_hz);
	SHOW(xenav_limits, channels_min);
	SHOW(xenav_limits, channels_max);
	SHOW(xenav_limits, buffer_min_frames);
	SHOW(xenav_limits, buffer_max_frames);
	SHOW(xenav_limits, period_min_frames);
	SHOW(xenav_limits, period_max_frames);
	SHOW(xenav_format_info, bytes);
	SHOW(xenav_format_info, valid_bits);
	SHOW(xenav_format_info, is_signed);
	SHOW(xenav_format_info, is_float);
	SHOW(xenav_format_info, is_big_endian);
	SHOW(xenav_format_info, silence);
}

static void show_frame(void)
{
	SHOW(xenav_frame, pixels);
	SHOW(xenav_frame, width_px);
	SHOW(xenav_frame, height_px);
	SHOW(xenav_frame, stride_bytes);
	SHOW(xenav_frame, fourcc);
	SHOW(xenav_frame, serial);
	SHOW(xenav_frame, way);
	SHOW(xenav_frame, dmabuf_fd);
	SHOW(xenav_frame, dmabuf_size_bytes);
	SHOW(xenav_frame, offset_bytes);
	SHOW(xenav_frame, offered);
}

static void show_listener(void)
{
	SHOW(xenav_listener, size);
	SHOW(xenav_listener, connected);
	SHOW(xenav_listener, disconnected);
	SHOW(xenav_listener, stream_added);
	SHOW(xenav_listener, stream_removed);
	SHOW(xenav_listener, stream_claimed);
	SHOW(xenav_listener, stream_claim_failed);
	SHOW(xenav_listener, stream_opened);
	SHOW(xenav_listener, stream_state);
	SHOW(xenav_listener, stream_data);
	SHOW(xenav_listener, stream_space);
	SHOW(xenav_listener, stream_closed);
	SHOW(xenav_listener, connector_added);
	SHOW(xenav_listener, connector_removed);
	SHOW(xenav_listener, connector_claimed);
	SHOW(xenav_listener, connector_claim_failed);
	SHOW(xenav_listener, frame);
	SHOW(xenav_listener, blank);
	SHOW(xenav_listener, stream_volume);
	SHOW(xenav_listener, stream_limits_failed);
	SHOW(xenav_listener, stream_lost);
	SHOW(xenav_listener, frame_gone);
	SHOW(xenav_listener, connector_offer_failed);
	SHOW(xenav_listener, input_added);
	SHOW(xenav_listener, input_removed);
	SHOW(xenav_listener, input_ready);
	SHOW(xenav_listener, input_failed);
	SHOW(xenav_listener, stream_moved);
	SHOW(xenav_listener, announced);
	SHOW(xenav_listener, paused);
	SHOW(xenav_listener, resumed);
}

int main(void)
{
	show_infos();
	show_formats();
	show_frame();
	show_listener();
	return 0;
}
