/* SPDX-License-Identifier: MIT */
/*
 * The volume and mute that a guest has set.  They are kept here from one message to the next, so
 * that a program may ask whenever it likes; the samples are never touched.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <string.h>

#include "client/internal.h"

void volume_reset(struct xenav_stream *s)
{
	memset(s->volume_mdb, 0, sizeof s->volume_mdb);
	memset(s->muted, 0, sizeof s->muted);
}

int stream_on_volume(struct xenav *x, const struct xenav_msg_stream_volume *m)
{
	struct xenav_stream *s;
	int rc;

	rc = stream_target(x, m->h.object, m->generation, &s);
	if (rc < 0 || !s)
		return rc;
	if (m->first_channel + m->n_channels > s->pcm.channels)
		return -EPROTO;
	for (unsigned int i = 0; i < m->n_channels; i++) {
		s->volume_mdb[m->first_channel + i] = m->volume_mdb[i];
		s->muted[m->first_channel + i] = m->muted >> i & 1;
	}
	TELL(x, stream_volume, s);
	return 0;
}

int32_t xenav_stream_get_volume(const struct xenav_stream *s, unsigned int channel)
{
	return channel < UINT8_MAX ? s->volume_mdb[channel] : 0;
}

int xenav_stream_is_muted(const struct xenav_stream *s, unsigned int channel)
{
	return channel < UINT8_MAX && s->muted[channel];
}
