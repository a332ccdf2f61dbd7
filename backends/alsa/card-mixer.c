/* SPDX-License-Identifier: MIT */
/* See card-mixer.h. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <alsa/asoundlib.h>

#include "alsa/card-mixer.h"
#include "common/args.h"

#define TEXT_SIZE 128

struct mixer {
	snd_mixer_t *handle;
	snd_mixer_elem_t *element;
	bool has_switch;
};

/* The parts of ELEMENT[,INDEX][@CARD]. */
struct address {
	char name[TEXT_SIZE];
	unsigned int index;
	char card[TEXT_SIZE];
};

static int parse(struct address *a, const char *text, int card)
{
	char *at, *comma;
	long index;

	*a = (struct address){0};
	if (strlen(text) >= sizeof a->name)
		return -EINVAL;
	strcpy(a->name, text);
	at = strchr(a->name, '@');
	if (at) {
		*at = '\0';
		strcpy(a->card, at + 1);
	} else if (card >= 0) {
		snprintf(a->card, sizeof a->card, "hw:%d", card);
	}
	comma = strrchr(a->name, ',');
	index = comma ? args_number(comma + 1, 255) : 0;
	if (comma)
		*comma = '\0';
	a->index = (unsigned int)index;
	if (index < 0 || !*a->name)
		return -EINVAL;
	return *a->card ? 0 : -ENODEV;
}

static int find(struct mixer *m, const struct address *a)
{
	snd_mixer_selem_id_t *id;
	long min, max;
	int rc;

	rc = snd_mixer_attach(m->handle, a->card);
	if (rc == 0)
		rc = snd_mixer_selem_register(m->handle, NULL, NULL);
	if (rc == 0)
		rc = snd_mixer_load(m->handle);
	if (rc < 0)
		return rc;
	snd_mixer_selem_id_alloca(&id);
	snd_mixer_selem_id_set_name(id, a->name);
	snd_mixer_selem_id_set_index(id, a->index);
	m->element = snd_mixer_find_selem(m->handle, id);
	if (!m->element)
		return -ENOENT;
	m->has_switch = snd_mixer_selem_has_playback_switch(m->element);
	if (!snd_mixer_selem_has_playback_volume(m->element) ||
	    snd_mixer_selem_get_playback_dB_range(m->element, &min, &max) < 0 || min >= max)
		return -EOPNOTSUPP;
	return 0;
}

int mixer_open(struct mixer **out, const char *text, int card)
{
	struct address address;
	struct mixer *m;
	int rc;

	rc = parse(&address, text, card);
	if (rc < 0)
		return rc;
	m = calloc(1, sizeof *m);
	if (!m)
		return -ENOMEM;
	rc = snd_mixer_open(&m->handle, 0);
	if (rc < 0)
		m->handle = NULL;
	else
		rc = find(m, &address);
	if (rc < 0) {
		mixer_close(m);
		return rc;
	}
	*out = m;
	return 0;
}

void mixer_close(struct mixer *mixer)
{
	if (mixer && mixer->handle)
		snd_mixer_close(mixer->handle);
	free(mixer);
}

bool mixer_can_mute(const struct mixer *mixer)
{
	return mixer->has_switch;
}

static int set_channel(struct mixer *m, snd_mixer_selem_channel_id_t id,
		       const struct xenav_stream *s, unsigned int channel)
{
	/* Steps of 0.01 dB; the nearest step of the element that is not louder. */
	const int32_t mdb = xenav_stream_get_volume(s, channel);
	const long db = mdb < 0 ? -((-(long)mdb + 9) / 10) : mdb / 10;
	int rc;

	rc = snd_mixer_selem_set_playback_dB(m->element, id, db, -1);
	if (rc == 0 && m->has_switch)
		rc = snd_mixer_selem_set_playback_switch(m->element, id,
							 !xenav_stream_is_muted(s, channel));
	return rc;
}

int mixer_set(struct mixer *mixer, const struct xenav_stream *s, unsigned int channels)
{
	int rc;

	rc = snd_mixer_handle_events(mixer->handle);
	if (rc < 0)
		return rc;
	for (int id = 0; id <= SND_MIXER_SCHN_LAST; id++) {
		if (!snd_mixer_selem_has_playback_channel(mixer->element,
							  (snd_mixer_selem_channel_id_t)id))
			continue;
		rc = set_channel(mixer, (snd_mixer_selem_channel_id_t)id, s,
				 (unsigned int)id < channels ? (unsigned int)id : 0);
		if (rc < 0)
			return rc;
	}
	return 0;
}
