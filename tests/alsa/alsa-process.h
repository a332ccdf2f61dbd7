/* SPDX-License-Identifier: MIT */
/* xenav-alsa as a process, for a guest of the laboratory whose frames count 1, 2, 3... */
#ifndef XENAV_TEST_ALSA_PROCESS_H
#define XENAV_TEST_ALSA_PROCESS_H

#include "alsa/alsa-rig.h"
#include "daemon/rig.h"

struct alsa_lab {
	struct alsa_rig alsa;
	struct rig_guest rg;
	pid_t pid;     /* 0: not running */
	uint32_t next; /* frame that the guest plays next, less 1 */
};

/* One channel of s32_le at 8 kHz: 16 seconds of buffer, so that no guest runs dry on a busy
 * machine, in periods of 64 ms; and the same with two seconds, which a guest that plays more goes
 * around. */
extern const struct pcm_params counting;
extern const struct pcm_params counting_around;

/* A guest and the card's configuration; and back, with the process ended. */
void alsa_lab_start(struct alsa_lab *t, uint16_t domid);
void alsa_lab_stop(struct alsa_lab *t);

/* Run the program with these arguments, up to a NULL, and let the guest run until it has claimed
 * what it plays. */
void alsa_run(struct alsa_lab *t, ...);

/* Run it, for a run that ends by itself. @return its exit code. */
int alsa_run_to_end(struct alsa_lab *t, ...);

/* End it by a signal. @return its exit code. */
int alsa_end(struct alsa_lab *t, int sig);

/* End it at once, if it runs. */
void alsa_kill(struct alsa_lab *t);

/* Has it ended by itself? */
bool alsa_has_ended(struct alsa_lab *t, int *status);

/* The number of lines of its output with this text, and the output itself for a message. */
unsigned int alsa_said(const struct alsa_lab *t, const char *text);

/* Let the guest run until it has said so. */
void alsa_wait_said(struct alsa_lab *t, const char *text, unsigned int times);

/* The guest opens its card, plays counting frames, plays them to their end, and closes it. */
void guest_opens(struct alsa_lab *t);
void guest_opens_with(struct alsa_lab *t, const struct pcm_params *params);
int guest_writes(struct alsa_lab *t, uint32_t frames);
void guest_closes(struct alsa_lab *t);
void guest_plays(struct alsa_lab *t, uint32_t frames); /* all of these */

/* It writes at once what it plays in ten seconds, and starts. */
void guest_starts(struct alsa_lab *t);

/* Let it run until it has heard that so many frames more are played. */
void guest_hears(struct alsa_lab *t, uint64_t frames);

/* It stops, whatever is left, and closes its card. */
void guest_stops(struct alsa_lab *t);

/* Let the guest run until a counter of the card is so high. */
void card_wait_count(struct alsa_lab *t, const uint64_t *count, uint64_t least);

/* Let the guest run until xenav-alsa has asked the card so many times what it can do. */
void card_wait_asked(struct alsa_lab *t, unsigned int times);

/* Let the guest run until the card has played so many of its frames, or was late for some. */
void card_wait_played(struct alsa_lab *t, uint64_t frames);

/* Every frame was played once and in order, but for those that xenavd says xenav-alsa was late for.
 */
void card_expect_heard(const struct alsa_lab *t, uint64_t frames);

/* The same, and with nothing in between. */
void card_expect_whole(const struct alsa_lab *t, uint64_t frames);

/* Run all tests, in which this user has these rights, as in xenavd.conf.  @return for main(). */
int alsa_main(const char *rights);

#endif
