/* SPDX-License-Identifier: MIT */
/* Set-up for tests of xenav-pipewire: the lab of the daemon, the servers, and a mixer. */
#ifndef XENAV_TEST_PW_RIG_H
#define XENAV_TEST_PW_RIG_H

#include "daemon/rig.h"
#include "pipewire/desk.h"
#include "pipewire/pw-lab.h"

#undef TEST
#define TEST(name) TEST_WITH(name, pw_rig_begin, pw_rig_end)

extern struct pw_lab pw_lab;
extern struct desk *desk;

/* Each test begins with running servers and an open desk, and ends without xenav-pipewire. */
int pw_rig_begin(void **state);
int pw_rig_end(void **state);

/* main() of such a program; and what it has around the lab, for a program that has more there. */
int pw_rig_main(void);
extern const struct rig_around pw_rig_servers;

/* Start xenav-pipewire for the lab's xenavd. */
void pw_rig_run(const char *const *args);
#define RUN(...) pw_rig_run((const char *const[]){"--socket", lab.socket, __VA_ARGS__, NULL})

/* Start the servers again, and open the desk anew. */
void pw_rig_restart_servers(void);

/* Let the guest run until xenav-pipewire has said that so often. */
void pw_rig_wait_said(struct guest *guest, const char *text, unsigned times);

/* Let the guest run until the node is there and runs. */
void pw_rig_wait_running(struct guest *guest, const char *node_name);

/* Two seconds of buffer, 10 ms of period: 48 kHz, s16_le, stereo. */
extern const struct pcm_params pw_rig_params;

/* Frame n of a tune, of which no two stretches are alike. */
int16_t pw_rig_tune(uint64_t n);

/*
 * What is heard is played so often, because PipeWire begins each cycle of the graph by its timer
 * and goes on without the samples of a node that is late (there is no freewheeling for a null
 * sink): a machine that lets one of three processes wait for 85 ms loses 4096 frames.  So a tune
 * should take few cycles.
 */
#define ATTEMPTS 20

/* Open the PCM, and wait until its node runs, so that nothing of the tune is lost. */
void pw_rig_open(struct rig_guest *rg, struct pcm *pcm, const struct pcm_params *params,
		 const char *node_name);
void pw_rig_shut(struct pcm *pcm);

/* What was played is on its way to the program that records, for some cycles. */
void pw_rig_hear_out(struct guest *guest);

/* How many of the first frames of the tune are in that channel of what was heard?  Samples may be
 * off by that part of their value, such as 1.0 / 16. */
size_t pw_rig_heard(struct ear *ear, unsigned channel, size_t frames, double tolerance);

/* How many frames have been heard since the tune began, whatever they are; 0: it has not. */
size_t pw_rig_heard_since(struct ear *ear);

/* Record the sink from now on. */
struct ear *pw_rig_listen(struct guest *guest);

#endif
