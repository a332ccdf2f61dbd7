/* SPDX-License-Identifier: MIT */
/* See options.h. */
#include <config.h>

#include <stddef.h>

#include "options.h"

/* One small request makes all programs of a desktop crackle, so that the lower ones need a second
 * option. */
#define LATENCY_DEFAULT_FRAMES 1024
#define LATENCY_SAFE_FRAMES    512
#define LATENCY_MIN_FRAMES     16
#define LATENCY_MAX_FRAMES     8192

#define MAX_FPS_DEFAULT 30
#define MAX_FPS_MAX     120

static const char usage[] =
	"Usage: xenav-pipewire [OPTION]...\n"
	"Connect the sound and pictures of Xen guests to a PipeWire server, until interrupted.\n"
	"\n" COMMON_USAGE_SOCKET COMMON_USAGE_SELECTION
	"  --remote=NAME       the PipeWire server (default: $PIPEWIRE_REMOTE, or pipewire-0)\n"
	"  --target=NODE       name or serial of the sink to play to (default: the default sink)\n"
	"  --role=ROLE         media.role of the streams, such as Music (default: none)\n"
	"  --latency=FRAMES    node.latency at 48 kHz, from 512 to 8192 (1024)\n"
	"  --low-latency       let --latency be as low as 16\n"
	"  --capture           guests may record: opens a microphone whenever one of them does\n"
	"  --capture-target=NODE  the source to record from (default: the default source)\n"
	"  --no-sound          no streams\n"
	"  --video             a video source for each connector\n"
	"  --max-fps=N         pictures per second of each of them, from 1 to 120 (30)\n"
	"  --reconnect         wait for xenavd and PipeWire if they are not running, or end\n" COMMON_USAGE_END;

#define FIELD(name) offsetof(struct pipewire_options, name)

static const struct args_row rows[] = {
	COMMON_ROWS(struct pipewire_options, common),
	COMMON_ROW("reconnect", ARGS_FLAG, struct pipewire_options, common, reconnect),
	{"remote", ARGS_TEXT, FIELD(remote), NULL},
	{"target", ARGS_TEXT, FIELD(target), NULL},
	{"role", ARGS_TEXT, FIELD(role), NULL},
	{"latency", ARGS_NUMBER, FIELD(latency_frames), NULL},
	{"low-latency", ARGS_FLAG, FIELD(low_latency), NULL},
	{"capture", ARGS_FLAG, FIELD(capture), NULL},
	{"capture-target", ARGS_TEXT, FIELD(capture_target), NULL},
	{"no-sound", ARGS_FLAG, FIELD(no_sound), NULL},
	{"video", ARGS_FLAG, FIELD(video), NULL},
	{"max-fps", ARGS_NUMBER, FIELD(max_fps), NULL},
	{0},
};

static const struct args args = {"xenav-pipewire", COMMON_EXIT_USAGE, rows, NULL};

int pipewire_options_read(struct pipewire_options *o, int argc, char **argv)
{
	long least;
	int rc;

	*o = (struct pipewire_options){
		.common = COMMON_OPTIONS_DEFAULT,
		.latency_frames = LATENCY_DEFAULT_FRAMES,
		.max_fps = MAX_FPS_DEFAULT,
	};
	rc = common_options_read(&o->common, &args, o, usage, argc, argv);
	if (rc != ARGS_GO_ON)
		return rc;
	least = o->low_latency ? LATENCY_MIN_FRAMES : LATENCY_SAFE_FRAMES;
	if (o->latency_frames < least || o->latency_frames > LATENCY_MAX_FRAMES)
		return args_wrong(&args, "--latency must be from %ld to %d%s", least,
				  LATENCY_MAX_FRAMES,
				  o->low_latency ? "" : "; --low-latency allows less");
	if (o->max_fps < 1 || o->max_fps > MAX_FPS_MAX)
		return args_wrong(&args, "--max-fps must be from 1 to %d", MAX_FPS_MAX);
	if (o->capture_target && !o->capture)
		return args_wrong(&args, "--capture-target is of no use without --capture");
	if (o->no_sound && (o->capture || !o->video))
		return args_wrong(&args, o->capture ? "--no-sound and --capture exclude each other"
						    : "--no-sound needs --video");
	return ARGS_GO_ON;
}
