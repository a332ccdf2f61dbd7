/* SPDX-License-Identifier: MIT */
/* See published.h. */
#include <config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "sound/format.h"
#include "sound/published.h"
#include "xen/sndif.h"
#include "xen/tree.h"
#include "xenav-proto.h"

#define PCM_MAX        32
#define STREAMS_OF_PCM 32

static const struct stream_limits no_limits = {
	.formats = FORMAT_ALL,
	.channels_min = 1,
	.channels_max = UINT8_MAX,
	.buffer_max_bytes = STREAM_BUFFER_MAX_BYTES,
};

static const char *leaf(const struct tree *tree, const char *dir, const char *name)
{
	return tree_get(tree, "%s%s%s", dir, *dir ? "/" : "", name);
}

/* Call knows with each item of a list separated by commas; unknown items are noted in the card. */
static void each_item(const char *list, bool (*knows)(const char *text, size_t len, void *data),
		      void *data, struct published_card *card)
{
	for (;;) {
		size_t len = strcspn(list, ",");

		if (!knows(list, len, data) && card->n_ignored++ == 0)
			snprintf(card->ignored, sizeof card->ignored, "%.*s", (int)len, list);
		if (list[len] == '\0')
			return;
		list += len + 1;
	}
}

static bool add_rate(const char *text, size_t len, void *data)
{
	struct stream_limits *limits = data;
	char copy[12];
	uint32_t rate;

	if (len >= sizeof copy || limits->n_rates >= MAX_RATES)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (parse_u32(copy, STREAM_RATE_MAX_HZ, &rate) < 0 || rate < STREAM_RATE_MIN_HZ)
		return false;
	limits->rates_hz[limits->n_rates++] = rate;
	return true;
}

static bool add_format(const char *text, size_t len, void *data)
{
	struct stream_limits *limits = data;
	int format = format_by_name(text, len);

	if (format < 0)
		return false;
	limits->formats |= UINT64_C(1) << format;
	return true;
}

static int read_channels(const struct tree *tree, const char *dir, const char *name, uint8_t *out)
{
	const char *text = leaf(tree, dir, name);
	uint32_t value;

	if (!text)
		return 0;
	if (parse_u32(text, UINT8_MAX, &value) < 0)
		return -EINVAL;
	/* Linux takes 0 as not set. */
	if (value > 0)
		*out = (uint8_t)value;
	return 0;
}

static int read_buffer_size(const struct tree *tree, const char *dir, uint32_t *out)
{
	const char *text = leaf(tree, dir, "buffer-size");
	uint32_t value;

	if (!text)
		return 0;
	if (parse_u32(text, UINT32_MAX, &value) < 0)
		return -EINVAL;
	if (value > 0)
		*out = value < STREAM_BUFFER_MAX_BYTES ? value : STREAM_BUFFER_MAX_BYTES;
	return 0;
}

/* The nodes of a directory replace the inherited limits. */
static int read_limits(const struct tree *tree, const char *dir, struct stream_limits *limits,
		       struct published_card *card, const char **problem)
{
	const char *rates = leaf(tree, dir, "sample-rates");
	const char *formats = leaf(tree, dir, "sample-formats");

	*problem = "channels-min or channels-max";
	if (read_channels(tree, dir, "channels-min", &limits->channels_min) < 0 ||
	    read_channels(tree, dir, "channels-max", &limits->channels_max) < 0 ||
	    limits->channels_min > limits->channels_max)
		return -EINVAL;
	*problem = "buffer-size";
	if (read_buffer_size(tree, dir, &limits->buffer_max_bytes) < 0)
		return -EINVAL;
	*problem = "sample-rates";
	if (rates) {
		limits->n_rates = 0;
		each_item(rates, add_rate, limits, card);
		if (limits->n_rates == 0)
			return -EINVAL;
	}
	*problem = "sample-formats";
	if (formats) {
		limits->formats = 0;
		each_item(formats, add_format, limits, card);
		if (limits->formats == 0)
			return -EINVAL;
	}
	return 0;
}

static int read_stream(const struct tree *tree, const char *dir, struct published_stream *stream,
		       struct published_card *card, const char **problem)
{
	const char *type = leaf(tree, dir, "type");
	const char *unique_id = leaf(tree, dir, "unique-id");
	int rc;

	rc = read_limits(tree, dir, &stream->limits, card, problem);
	if (rc < 0)
		return rc;
	*problem = "type";
	if (!type)
		return -ENOENT;
	if (strcasecmp(type, "p") == 0)
		stream->direction = XENAV_PLAYBACK;
	else if (strcasecmp(type, "c") == 0)
		stream->direction = XENAV_CAPTURE;
	else
		return -EINVAL;
	*problem = "unique-id";
	if (!unique_id && tree_has(tree, "%s/unique-id", dir))
		return -EINVAL;
	if (!unique_id)
		snprintf(stream->unique_id, sizeof stream->unique_id, "%u-%u", stream->pcm,
			 stream->stream);
	else if (strlen(unique_id) < sizeof stream->unique_id)
		strcpy(stream->unique_id, unique_id);
	else
		return -EINVAL;
	*problem = "ring-ref, event-channel, evt-ring-ref or evt-event-channel";
	return channel_refs_read(tree, dir, "", &stream->refs);
}

static bool published(const struct tree *tree, unsigned pcm, unsigned stream)
{
	char dir[16];

	snprintf(dir, sizeof dir, "%u/%u", pcm, stream);
	return channel_refs_exist(tree, dir, "");
}

static int read_pcm(const struct tree *tree, uint8_t pcm, const struct stream_limits *inherited,
		    struct published_card *card, const char **problem)
{
	struct stream_limits limits = *inherited;
	const char *name;
	char dir[16];
	int rc;

	if (!published(tree, pcm, 0))
		return 0;
	snprintf(dir, sizeof dir, "%u", pcm);
	rc = read_limits(tree, dir, &limits, card, problem);
	if (rc < 0)
		return rc;
	name = leaf(tree, dir, "name");
	for (uint8_t i = 0; i < STREAMS_OF_PCM && published(tree, pcm, i); i++) {
		struct published_stream *stream = &card->streams[card->n_streams];

		snprintf(dir, sizeof dir, "%u/%u", pcm, i);
		*problem = "number of streams";
		if (card->n_streams == CARD_MAX_STREAMS)
			return -E2BIG;
		stream->pcm = pcm;
		stream->stream = i;
		stream->limits = limits;
		snprintf(stream->pcm_name, sizeof stream->pcm_name, "%s", name ? name : "");
		rc = read_stream(tree, dir, stream, card, problem);
		if (rc < 0)
			return rc;
		card->n_streams++;
	}
	return 0;
}

/* Linux does not publish its version.  The rings of version 1 have slots of half the size. */
static int check_version(const struct tree *tree, const char **problem)
{
	const char *version = leaf(tree, "", XENSND_FIELD_FE_VERSION);

	*problem = "version, of which only 2 is offered";
	return !version || strcmp(version, "2") == 0 ? 0 : -EINVAL;
}

int published_card_parse(const struct tree *tree, struct published_card *card, const char **problem)
{
	struct stream_limits limits = no_limits;
	int rc;

	memset(card, 0, sizeof *card);
	rc = check_version(tree, problem);
	if (rc < 0)
		return rc;
	rc = read_limits(tree, "", &limits, card, problem);
	if (rc < 0)
		return rc;
	for (uint8_t pcm = 0; pcm < PCM_MAX && tree_has(tree, "%u", pcm); pcm++) {
		rc = read_pcm(tree, pcm, &limits, card, problem);
		if (rc < 0)
			return rc;
	}
	*problem = "number of streams";
	return card->n_streams > 0 ? 0 : -ENOENT;
}
