/* SPDX-License-Identifier: MIT */
/* See card.h. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/container.h"
#include "base/engine.h"
#include "journal/journal.h"
#include "sound/recall.h"
#include "sound/stream-priv.h"

struct card {
	struct engine engine;
	struct channel_set channels;
	struct guest_info guest;
	struct channel *channel_list[CARD_MAX_STREAMS];
	unsigned n_mapping; /* buffers of streams that were open before a restart */
	int resume_rc;
	unsigned n_endings; /* not yet done, of one that is torn down */
	unsigned n_streams;
	struct stream streams[];
};

static void card_free(struct card *card)
{
	for (unsigned i = 0; i < card->n_streams; i++)
		stream_kill(&card->streams[i], NULL, NULL);
	free(card);
}

static int init_streams(struct card *card, const struct sound_env *env, uint16_t devid,
			const struct published_card *published, struct log_source *log)
{
	for (unsigned i = 0; i < card->n_streams; i++) {
		struct stream *stream = &card->streams[i];
		int rc;

		stream->env = env;
		stream->generation = env->generation;
		stream->guest = &card->guest;
		stream->devid = devid;
		stream->log = log;
		rc = stream_init(stream, &published->streams[i]);
		if (rc < 0)
			return rc;
		card->channel_list[i] = &stream->channel;
	}
	return 0;
}

static void init_channels(struct card *card, const struct sound_env *env, uint16_t devid,
			  struct log_source *log)
{
	card->channels = (struct channel_set){
		.xen = env->xen,
		.domid = card->guest.domid,
		.log = log,
		.channels = card->channel_list,
		.n_channels = card->n_streams,
		.kind = JOURNAL_SOUND,
		.devid = devid,
	};
}

static struct card *card_of(struct channel_set *set)
{
	return CONTAINER(set, struct card, channels);
}

static void on_connected(struct channel_set *set, int rc)
{
	struct card *card = card_of(set);

	for (unsigned i = 0; rc == 0 && i < card->n_streams; i++) {
		struct stream *stream = &card->streams[i];

		if (!card->engine.resumes)
			keeping_begin_stream(stream, i);
		else if (stream->buffer)
			stream_go_on(stream, stream->buffer);
		stream->announced = true;
		stream_add_status(stream);
		stream->env->observer->added(stream, stream->env->observer_data);
	}
	card->engine.events->connected(card->engine.data, rc);
}

static void on_broke(struct channel_set *set)
{
	struct card *card = card_of(set);

	card->engine.events->broke(card->engine.data);
}

static void ended(void *data)
{
	struct card *card = data;
	const struct engine engine = card->engine;

	if (--card->n_endings > 0)
		return;
	free(card);
	engine.events->gone(engine.data);
}

static void on_gone(struct channel_set *set)
{
	ended(card_of(set));
}

static struct card *card_of_engine(const struct engine *engine)
{
	return CONTAINER(engine, struct card, engine);
}

/* -------- after a restart -------- */

/* The rings are served when all buffers are there again. */
static void resume_rings(struct card *card)
{
	if (card->n_mapping > 0)
		return;
	if (card->resume_rc == 0)
		channel_set_connect(&card->channels, on_connected, on_broke);
	else
		card->engine.events->connected(card->engine.data, card->resume_rc);
}

static void on_mapped_again(struct gbuf *buffer, int rc, void *data)
{
	struct stream *stream = data;
	struct card *card = CONTAINER(stream - stream->index, struct card, streams);

	if (stream->dead) {
		gbuf_unmap(stream->env->xen, buffer, NULL, NULL);
		return;
	}
	card->n_mapping--;
	if (rc < 0)
		card->resume_rc = rc;
	else
		stream->buffer = buffer;
	resume_rings(card);
}

static int resume_stream(struct card *card, unsigned i)
{
	struct stream *stream = &card->streams[i];
	int rc;

	rc = stream_recall(stream, i);
	if (rc < 0 || stream->frame_bytes == 0)
		return rc;
	rc = gbuf_map(stream->env->xen, stream->guest, stream->open.gref_directory,
		      stream->open.buffer_sz, stream->published.direction == XENAV_CAPTURE,
		      on_mapped_again, stream);
	if (rc == 0)
		card->n_mapping++;
	return rc;
}

static void card_resume(struct card *card)
{
	card->resume_rc = channel_set_recall(&card->channels);
	for (unsigned i = 0; i < card->n_streams && card->resume_rc == 0; i++)
		card->resume_rc = resume_stream(card, i);
	resume_rings(card);
}

static void card_connect(struct engine *engine)
{
	struct card *card = card_of_engine(engine);

	if (engine->resumes)
		card_resume(card);
	else
		channel_set_connect(&card->channels, on_connected, on_broke);
}

static unsigned card_n_streams(const struct engine *engine)
{
	return card_of_engine(engine)->n_streams;
}

static bool card_is_open(const struct engine *engine)
{
	const struct card *card = card_of_engine(engine);

	for (unsigned i = 0; i < card->n_streams; i++)
		if (card->streams[i].buffer)
			return true;
	return false;
}

static void card_disconnect(struct engine *engine)
{
	struct card *card = card_of_engine(engine);

	/* A buffer that is being copied is unmapped later than the channels. */
	card->n_endings = 1;
	for (unsigned i = 0; i < card->n_streams; i++)
		card->n_endings += stream_kill(&card->streams[i], ended, card);
	channel_set_disconnect(&card->channels, on_gone);
}

static void card_limit(struct engine *engine, const struct guest_policy *policy)
{
	card_of_engine(engine)->guest.policy = *policy;
}

static const struct engine_ops card_ops = {
	.connect = card_connect,
	.disconnect = card_disconnect,
	.n_channels = card_n_streams,
	.is_open = card_is_open,
	.limit = card_limit,
	.closed_by_requests = true,
};

uint32_t card_new_generation(void)
{
	uint32_t generation;

	if (getrandom(&generation, sizeof generation, GRND_NONBLOCK) != sizeof generation)
		generation = (uint32_t)(now_ns() / 1000);
	return generation;
}

int card_create(struct engine **out, const struct sound_env *env, const struct guest_info *guest,
		uint16_t devid, const struct tree *tree, struct log_source *log)
{
	struct published_card published;
	const char *problem;
	struct card *card;
	int rc;

	rc = published_card_parse(tree, &published, &problem);
	if (rc < 0) {
		log_warn_from(log, "Cannot use the frontend's configuration: bad %s", problem);
		return rc;
	}
	if (published.n_ignored > 0)
		log_warn_from(log,
			      "Ignored %u unknown sample rates and formats, the first one is '%s'",
			      published.n_ignored, published.ignored);
	if (published.n_streams > guest->policy.max_streams) {
		log_warn_from(log,
			      "Refused a card of %u streams: the guest may have %u more (streams "
			      "in xenavd.conf)",
			      published.n_streams, guest->policy.max_streams);
		return -E2BIG;
	}
	card = calloc(1, sizeof *card + published.n_streams * sizeof card->streams[0]);
	if (!card)
		return -ENOMEM;
	card->engine.ops = &card_ops;
	card->n_streams = published.n_streams;
	for (unsigned i = 0; i < card->n_streams; i++)
		audience_init(&card->streams[i]);
	card->guest = *guest;
	rc = init_streams(card, env, devid, &published, log);
	if (rc < 0) {
		card_free(card);
		return rc;
	}
	init_channels(card, env, devid, log);
	*out = &card->engine;
	return 0;
}
