/* SPDX-License-Identifier: MIT */
/*
 * Set-up for the tests of the whole daemon: a laboratory for all tests of a program, and guests
 * with one sound card and one display each.
 */
#ifndef XENAVD_TEST_RIG_H
#define XENAVD_TEST_RIG_H

#include "fake/display.h"
#include "fake/guest.h"
#include "fake/lab.h"
#include "fake/machine.h"
#include "fake/sound.h"
#include "fake/toolstack.h"
#include "unit/test.h"

#define WAIT_MS 60000

#define TEST(name) TEST_WITH(name, rig_begin, rig_end)

/* One lab and one xenavd for the tests of a program; rig_main() starts and stops them. */
extern struct lab lab;
extern struct lab_use rig_at_rest;

/* Every test ends with what it began with, and with xenavd alive. */
int rig_begin(void **state);
int rig_end(void **state);

/*
 * Another xenavd, with this configuration, which has to last as long as it does, or NULL for the
 * usual one; what it uses now is what it is to use at the end of the test.
 */
void rig_restart(const char *config);

/* For tests that do: rig_end(), and the usual xenavd for the next one. */
int rig_end_as_usual(void **state);

/* Run all tests, or skip them with the reason why. @return for main(), which is in the library,
 * too. */
int rig_main(void);

/* The configuration that rig_main() starts xenavd with, see lab.h. */
extern const char *rig_config;

/* Where it runs xenavd: domain 0, or another one. */
extern uint16_t rig_own_domid;

/* Whether xenavd is a unit of a service manager, which keeps descriptors for the next one, see
 * fake/service.h. */
extern bool rig_managed;

/* The nice value of xenavd, where we may. */
extern int rig_nice;

/* Guests give up after three seconds without an answer.  That is for tests in which nobody answers:
 * in the others guests wait for a minute, because a busy machine may let nobody run. */
extern bool rig_as_impatient_as_linux;

/* What is started before the lab, and stopped after it, with each start of the lab; or NULL.  A
 * start that fails returns a negative number. */
struct rig_around {
	int (*start)(void);
	void (*stop)(void);
};
extern const struct rig_around *rig_around;

/* Kill xenavd, and start the next one; asserts. */
void rig_kill(void);

/* The nodes of the usual card and display, in the order libxl writes them. */
extern const struct toolstack_node rig_sound_nodes[];
extern const struct toolstack_node rig_display_nodes[];

/* The same display, for a guest that has its buffers from the backend. */
extern const struct toolstack_node rig_be_alloc_nodes[];

/* The nodes that rig_attach() writes for the card and the display; a test may choose others. */
extern const struct toolstack_node *rig_sound;
extern const struct toolstack_node *rig_display;

/* A card with so many PCM devices and streams in each, all of one type, "p" or "c"; 32 in all at
 * most.  Static: the next call replaces it. */
const struct toolstack_node *rig_many_streams(unsigned pcms, unsigned streams, const char *type);

struct rig_guest {
	struct guest guest;
	struct toolstack ts; /* of the thread that drives it */
	struct sound sound;
	struct display display;
};

#define PLAY(rg)    (&(rg)->sound.pcms[0])
#define CAPTURE(rg) (&(rg)->sound.pcms[1])
#define CRTC(rg, i) (&(rg)->display.crtcs[i])

/*
 * Each step by itself, for tests that look in between.  They return NULL, or what went wrong, so
 * that threads can use them too.  Domains with an odd number run Linux 7.2, the others Linux 6.1.
 */
const char *rig_create(struct rig_guest *rg, uint16_t domid);
const char *rig_attach(struct rig_guest *rg);  /* as libxl does, waiting for 2 */
const char *rig_load(struct rig_guest *rg);    /* the drivers */
const char *rig_connect(struct rig_guest *rg); /* until both are in 4 */
const char *rig_detach(struct rig_guest *rg);  /* as libxl does, waiting for 6 */
const char *rig_destroy(struct rig_guest *rg); /* with whatever it has */

/* All of create, attach, load and connect; the other one asserts. */
const char *rig_bring_up(struct rig_guest *rg, uint16_t domid);
void rig_start(struct rig_guest *rg, uint16_t domid);
void rig_stop(struct rig_guest *rg);

/* End xenavd with SIGTERM while the guest runs: xenavd waits for frontends to let go of their
 * devices, and for those of a guest that stands still for five seconds. @return as
 * lab_stop_xenavd(). */
int rig_stop_xenavd(struct rig_guest *rg);

/*
 * Sound in the usual format: 48 kHz, s16_le, stereo, 5 ms of period.  The buffer of five seconds
 * runs dry on no machine, however busy it is; who writes less than that does not wait.
 */
#define RIG_BUFFER_FRAMES 240000u

extern const struct pcm_params rig_params;
const char *rig_play(struct rig_guest *rg, uint32_t frames);

/* A dbuf, a framebuffer on it, a configured connector; and back. */
const char *rig_show(struct rig_guest *rg, struct dbuf *dbuf, unsigned crtc, uint64_t fb);
const char *rig_hide(struct rig_guest *rg, struct dbuf *dbuf, unsigned crtc, uint64_t fb);

#define RIG_XR24 0x34325258u

#define assert_fine(what)                                                                          \
	do {                                                                                       \
		const char *problem_ = (what);                                                     \
                                                                                                   \
		if (problem_)                                                                      \
			fail_msg("%s", problem_);                                                  \
	} while (0)

#endif
