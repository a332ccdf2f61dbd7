/* SPDX-License-Identifier: MIT */
/* P9: streams that nobody listens to but xenavd's clock; a guest writes a period for each position
 * that it is told. */
#include <config.h>

#include <string.h>

#include "base/clock.h"
#include "use.h"
#include "work.h"
#include "xen/sndif.h"

#define STREAMS   16
#define RATE_HZ   48000u
#define RUN_MS    1500
#define GAPS_MAX  65536
#define PERIODS_N 4

static const struct sound_metrics {
	struct metric cpu, switches, late;
} metrics[] = {
	{{"P9", "16 streams of 10 ms: the daemon's CPU a period", "us", 0, 0.6},
	 {"P9", "16 streams of 10 ms: its switches a period", "", 0, 0},
	 {"P9", "16 streams of 10 ms: a position is late by, p99", "us", 0, 0}},
	{{"P9", "16 streams of 1.33 ms: the daemon's CPU a period", "us", 0, 0.6},
	 {"P9", "16 streams of 1.33 ms: its switches a period", "", 0, 0},
	 {"P9", "16 streams of 1.33 ms: a position is late by, p99", "us", 0, 0}},
};
static const uint32_t period_frames[] = {480, 64};

static struct rig_guest rg;
static double late[GAPS_MAX];
static unsigned n_late;
static unsigned n_periods;

struct stream {
	uint64_t begin_ns;    /* when frame 0 was played, by the earliest position */
	uint64_t told_frames; /* at the last position */
	unsigned positions;
	uint32_t offset_bytes;
};

static struct stream streams[STREAMS];

static const char *begin_streams(uint32_t frames)
{
	const struct pcm_params params = {
		.format = XENSND_PCM_FORMAT_S16_LE,
		.channels = 2,
		.frame_bytes = 4,
		.rate_hz = RATE_HZ,
		.buffer_frames = frames * PERIODS_N,
		.period_frames = frames,
	};
	const char *problem;

	rig_sound = rig_many_streams(STREAMS / 2, 2, "p");
	problem = rig_create(&rg, work_domid());
	if (!problem)
		problem = rig_attach(&rg);
	rig_sound = rig_sound_nodes;
	if (!problem)
		problem = rig_load(&rg);
	if (!problem)
		problem = rig_connect(&rg);
	for (unsigned i = 0; i < STREAMS && !problem; i++) {
		struct pcm *pcm = &rg.sound.pcms[i];

		pcm_open(pcm);
		if (pcm_hw_params(pcm, &params) < 0 || pcm_prepare(pcm) < 0 ||
		    pcm_trigger(pcm, XENSND_OP_TRIGGER_START) < 0)
			problem = "a stream cannot be started";
		streams[i] = (struct stream){.begin_ns = UINT64_MAX};
	}
	return problem;
}

/* Without waiting for the answer. */
static void write_period(struct pcm *pcm, struct stream *stream)
{
	const uint32_t bytes = pcm->params.period_frames * pcm->params.frame_bytes;
	struct channel *ch = &pcm->channel;
	struct xensnd_req req;

	if (*channel_word(ch, WORD_RSP_PROD) != ch->req_prod)
		return;
	memset(&req, 0, sizeof req);
	req.operation = XENSND_OP_WRITE;
	req.op.rw.offset = stream->offset_bytes;
	req.op.rw.length = bytes;
	stream->offset_bytes = (stream->offset_bytes + bytes) % pcm->buffer.size_bytes;
	memcpy(channel_slot(ch, ch->req_prod), &req, sizeof req);
	ch->req_prod++;
	__atomic_store_n(channel_word(ch, WORD_REQ_PROD), ch->req_prod, __ATOMIC_SEQ_CST);
	/* A guest with one request at a time always has to notify. */
	channel_kick(ch);
	n_periods++;
}

/* Frame 0 was played at the time that the earliest position says; how much later is this one? */
static void note_position(const struct pcm *pcm, struct stream *stream, uint64_t now)
{
	const uint64_t ns = pcm->be_frame * NS_PER_SEC / RATE_HZ;
	const uint64_t begin = now - ns;

	if (begin < stream->begin_ns)
		stream->begin_ns = begin;
	if (n_late < GAPS_MAX)
		late[n_late++] = (double)(begin - stream->begin_ns) / 1e3;
}

static bool run_streams(void *data)
{
	const uint64_t now = now_ns();

	for (unsigned i = 0; i < STREAMS; i++) {
		struct pcm *pcm = &rg.sound.pcms[i];
		struct stream *stream = &streams[i];

		if (pcm->positions == stream->positions)
			continue;
		stream->positions = pcm->positions;
		note_position(pcm, stream, now);
		if (pcm->be_frame - stream->told_frames < pcm->params.period_frames)
			continue;
		stream->told_frames += pcm->params.period_frames;
		write_period(pcm, stream);
	}
	return now >= *(const uint64_t *)data;
}

static const char *run_case(const struct sound_metrics *m, uint32_t frames, unsigned column)
{
	const char *problem = begin_streams(frames);
	struct use before, after;
	uint64_t until;

	n_late = n_periods = 0;
	before = use_of(lab.xenavd);
	until = now_ns() + RUN_MS * NS_PER_MS;
	if (!problem)
		guest_run_until(&rg.guest, run_streams, &until, RUN_MS * 2);
	after = use_of(lab.xenavd);
	if (!problem && n_periods == 0)
		problem = "no position is told";
	if (!problem) {
		table_add(&m->cpu, column,
			  (double)(after.cpu_ns - before.cpu_ns) / n_periods / 1e3);
		table_add(&m->switches, column,
			  (double)(after.switches - before.switches) / n_periods);
		table_add(&m->late, column, table_percentile(late, n_late, 99));
	}
	rig_destroy(&rg);
	return problem;
}

static const char *run(const struct side *, unsigned column)
{
	const char *problem = NULL;

	for (unsigned i = 0; i < sizeof metrics / sizeof metrics[0] && !problem; i++)
		problem = run_case(&metrics[i], period_frames[i], column);
	return problem;
}

const struct work sound_work = {.name = "sound",
				.metrics = &metrics[0].cpu,
				.n_metrics = METRICS_IN(metrics),
				.ours_only = true,
				.run = run};
