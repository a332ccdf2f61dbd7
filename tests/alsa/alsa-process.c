/* SPDX-License-Identifier: MIT */
/* See alsa-process.h. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alsa/alsa-process.h"
#include "xen/sndif.h"

const struct pcm_params counting = {
	.format = XENSND_PCM_FORMAT_S32_LE,
	.channels = 1,
	.frame_bytes = 4,
	.rate_hz = 8000,
	.buffer_frames = 131072,
	.period_frames = 512,
};

const struct pcm_params counting_around = {
	.format = XENSND_PCM_FORMAT_S32_LE,
	.channels = 1,
	.frame_bytes = 4,
	.rate_hz = 8000,
	.buffer_frames = 16384,
	.period_frames = 512,
};

static void output_of(const struct alsa_lab *t, char path[96])
{
	snprintf(path, 96, "%s/output", t->alsa.dir);
}

void alsa_lab_start(struct alsa_lab *t, uint16_t domid)
{
	memset(t, 0, sizeof *t);
	alsa_rig_start(&t->alsa);
	rig_start(&t->rg, domid);
}

void alsa_lab_stop(struct alsa_lab *t)
{
	char path[96];

	if (t->pid)
		assert_int_equal(alsa_end(t, SIGTERM), 0);
	rig_stop(&t->rg);
	output_of(t, path);
	unlink(path);
	alsa_rig_stop(&t->alsa);
}

/* -------- the process -------- */

static void run(struct alsa_lab *t, va_list list)
{
	const char *build = getenv("top_builddir");
	const char *argv[16] = {"xenav-alsa", "--socket", lab.socket};
	char program[512], path[96];
	int argc = 3, fd;

	snprintf(program, sizeof program, "%s/xenav-alsa", build ? build : ".");
	while ((argv[argc] = va_arg(list, const char *)) != NULL)
		argc++;
	output_of(t, path);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	fflush(NULL);
	t->pid = fork();
	assert_true(t->pid >= 0);
	if (t->pid == 0) {
		dup2(fd, 1);
		dup2(fd, 2);
		execv(program, (char **)(uintptr_t)argv);
		_exit(127);
	}
	close(fd);
}

void alsa_run(struct alsa_lab *t, ...)
{
	const unsigned int before = alsa_said(t, ": claimed pcm=");
	va_list list;

	va_start(list, t);
	run(t, list);
	va_end(list);
	alsa_wait_said(t, ": claimed pcm=", before + 1);
}

struct waiting {
	struct alsa_lab *t;
	int status;
	const char *text;
	unsigned int times;
	const uint64_t *count;
	uint64_t frames;
};

bool alsa_has_ended(struct alsa_lab *t, int *status)
{
	return waitpid(t->pid, status, WNOHANG) == t->pid;
}

static bool has_ended(void *data)
{
	struct waiting *w = data;

	return alsa_has_ended(w->t, &w->status);
}

static int wait_for_end(struct alsa_lab *t)
{
	struct waiting w = {.t = t};

	assert_true(guest_run_until(&t->rg.guest, has_ended, &w, WAIT_MS));
	t->pid = 0;
	assert_true(WIFEXITED(w.status));
	return WEXITSTATUS(w.status);
}

int alsa_run_to_end(struct alsa_lab *t, ...)
{
	va_list list;

	va_start(list, t);
	run(t, list);
	va_end(list);
	return wait_for_end(t);
}

int alsa_end(struct alsa_lab *t, int sig)
{
	kill(t->pid, sig);
	return wait_for_end(t);
}

void alsa_kill(struct alsa_lab *t)
{
	if (t->pid <= 0)
		return;
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	t->pid = 0;
}

unsigned int alsa_said(const struct alsa_lab *t, const char *text)
{
	unsigned int n = 0;
	char path[96], line[512];
	FILE *f;

	output_of(t, path);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		n += strstr(line, text) != NULL;
	if (f)
		fclose(f);
	return n;
}

static bool has_said(void *data)
{
	const struct waiting *w = data;

	return alsa_said(w->t, w->text) >= w->times;
}

static void show_output(const struct alsa_lab *t)
{
	char path[96], line[512];
	FILE *f;

	output_of(t, path);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		fprintf(stderr, "# %s", line);
	if (f)
		fclose(f);
}

void alsa_wait_said(struct alsa_lab *t, const char *text, unsigned int times)
{
	struct waiting w = {.t = t, .text = text, .times = times};

	if (guest_run_until(&t->rg.guest, has_said, &w, WAIT_MS))
		return;
	show_output(t);
	fail_msg("xenav-alsa has not said '%s' %u times", text, times);
}

/* -------- the guest -------- */

void guest_opens_with(struct alsa_lab *t, const struct pcm_params *params)
{
	struct pcm *pcm = PLAY(&t->rg);

	pcm_open(pcm);
	assert_int_equal(pcm_hw_params(pcm, params), 0);
	assert_int_equal(pcm_prepare(pcm), 0);
}

void guest_opens(struct alsa_lab *t)
{
	guest_opens_with(t, &counting);
}

int guest_writes(struct alsa_lab *t, uint32_t frames)
{
	uint32_t *samples = calloc(frames, sizeof *samples);
	int rc;

	assert_non_null(samples);
	for (uint32_t i = 0; i < frames; i++)
		samples[i] = ++t->next;
	rc = pcm_write(PLAY(&t->rg), samples, frames);
	free(samples);
	return rc;
}

void guest_closes(struct alsa_lab *t)
{
	struct pcm *pcm = PLAY(&t->rg);

	assert_int_equal(pcm_drain(pcm), 0);
	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
}

void guest_plays(struct alsa_lab *t, uint32_t frames)
{
	guest_opens(t);
	assert_int_equal(guest_writes(t, frames), 0);
	guest_closes(t);
}

void guest_starts(struct alsa_lab *t)
{
	assert_int_equal(guest_writes(t, 10 * counting.rate_hz), 0);
	assert_int_equal(pcm_trigger(PLAY(&t->rg), XENSND_OP_TRIGGER_START), 0);
}

static bool has_counted(void *data)
{
	const struct waiting *w = data;

	return *w->count >= w->frames;
}

void guest_hears(struct alsa_lab *t, uint64_t frames)
{
	const struct pcm *pcm = PLAY(&t->rg);
	struct waiting w = {.count = &pcm->hw_total, .frames = pcm->hw_total + frames};

	assert_true(guest_run_until(&t->rg.guest, has_counted, &w, WAIT_MS));
}

void guest_stops(struct alsa_lab *t)
{
	struct pcm *pcm = PLAY(&t->rg);

	assert_int_equal(pcm_hw_free(pcm), 0);
	pcm_close(pcm);
}

/* -------- the card -------- */

void card_wait_count(struct alsa_lab *t, const uint64_t *count, uint64_t least)
{
	struct waiting w = {.count = count, .frames = least};

	if (guest_run_until(&t->rg.guest, has_counted, &w, WAIT_MS))
		return;
	show_output(t);
	fail_msg("the card has counted %llu, not %llu", (unsigned long long)*count,
		 (unsigned long long)least);
}

static bool was_asked(void *data)
{
	const struct waiting *w = data;

	return w->t->alsa.card->closes >= w->times;
}

void card_wait_asked(struct alsa_lab *t, unsigned int times)
{
	struct waiting w = {.t = t, .times = times};

	assert_true(guest_run_until(&t->rg.guest, was_asked, &w, WAIT_MS));
}

/* On a busy machine xenav-alsa may not run for longer than its queue of 20 ms, and for half of the
 * guest's buffer: then xenavd's clock goes on, and the frames that it passes over are lost. */
static bool was_late(const struct alsa_lab *t)
{
	char text[64];

	snprintf(text, sizeof text, "vsnd %u/0: Stream 0/0: The consumer is late",
		 t->rg.guest.domid);
	return lab_log_has(&lab, text);
}

static bool has_played(void *data)
{
	const struct waiting *w = data;

	return w->t->alsa.card->sound_frames >= w->frames || was_late(w->t);
}

void card_wait_played(struct alsa_lab *t, uint64_t frames)
{
	struct waiting w = {.t = t, .frames = frames};

	if (guest_run_until(&t->rg.guest, has_played, &w, WAIT_MS))
		return;
	show_output(t);
	fail_msg("the card has played %llu frames, not %llu",
		 (unsigned long long)t->alsa.card->sound_frames, (unsigned long long)frames);
}

void card_expect_heard(const struct alsa_lab *t, uint64_t frames)
{
	const struct card *c = t->alsa.card;
	const bool lost = c->sound_frames < frames || c->lost_frames;

	if (c->sound_frames > frames || (lost && !was_late(t)) || c->again_frames) {
		show_output(t);
		fail_msg("the card has played %llu frames of %llu, %llu are missing between them, "
			 "%llu came again",
			 (unsigned long long)c->sound_frames, (unsigned long long)frames,
			 (unsigned long long)c->lost_frames, (unsigned long long)c->again_frames);
	}
}

void card_expect_whole(const struct alsa_lab *t, uint64_t frames)
{
	const struct card *c = t->alsa.card;

	card_expect_heard(t, frames);
	assert_true(c->silent_frames == 0 || c->xruns || was_late(t));
}

int alsa_main(const char *rights)
{
	static char config[160];

	snprintf(config, sizeof config, "[consumer user %u]\n%s", (unsigned)geteuid(), rights);
	rig_config = config;
	return rig_main();
}
