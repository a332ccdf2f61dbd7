/* SPDX-License-Identifier: MIT */
/* See alsa-rig.h. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <alsa/asoundlib.h>

#include "alsa-rig.h"

static const char text[] =
	"pcm_type.xenavtest { lib \"%1$s/tests/alsa/.libs/libasound_module_pcm_xenavtest.so\" }\n"
	"ctl_type.xenavtest { lib \"%1$s/tests/alsa/.libs/libasound_module_ctl_xenavtest.so\" }\n"
	"pcm.card { type xenavtest file \"%2$s/card\" }\n"
	"pcm.mic { type xenavtest file \"%2$s/card\" }\n"
	"pcm.default { type xenavtest file \"%2$s/card\" }\n"
	"ctl.card { type xenavtest file \"%2$s/card\" }\n"
	"pcm.plugcard { type plug slave.pcm card }\n"
	"pcm.plug { @args [ SLAVE ] @args.SLAVE { type string } type plug slave.pcm $SLAVE }\n"
	"pcm.nothing { type null }\n"
	"pcm.tofile { type file slave.pcm nothing file \"%2$s/file.raw\" format raw }\n";

static void path_of(const struct alsa_rig *rig, const char *leaf, char out[96])
{
	snprintf(out, 96, "%s/%s", rig->dir, leaf);
}

static FILE *open_config(const struct alsa_rig *rig, const char *mode)
{
	char path[96];
	FILE *f;

	path_of(rig, "asound.conf", path);
	f = fopen(path, mode);
	assert_non_null(f);
	return f;
}

void alsa_rig_start(struct alsa_rig *rig)
{
	const char *build = getenv("top_builddir");
	char path[96], top[4096];
	FILE *f;

	assert_non_null(realpath(build ? build : ".", top));
	strcpy(rig->dir, "/tmp/xenav-alsa-XXXXXX");
	assert_non_null(mkdtemp(rig->dir));
	path_of(rig, "card", path);
	rig->card = card_map(path, 1);
	assert_non_null(rig->card);
	f = open_config(rig, "w");
	fprintf(f, text, top, rig->dir);
	fclose(f);
	path_of(rig, "asound.conf", path);
	setenv("ALSA_CONFIG_PATH", path, 1);
}

void alsa_rig_configure(struct alsa_rig *rig, const char *more)
{
	FILE *f = open_config(rig, "a");

	fputs(more, f);
	fclose(f);
}

void alsa_rig_stop(struct alsa_rig *rig)
{
	static const char *const leaves[] = {"asound.conf", "card", "file.raw"};
	char path[96];

	snd_config_update_free_global();
	card_unmap(rig->card);
	for (unsigned int i = 0; i < sizeof leaves / sizeof *leaves; i++) {
		path_of(rig, leaves[i], path);
		unlink(path);
	}
	rmdir(rig->dir);
}
