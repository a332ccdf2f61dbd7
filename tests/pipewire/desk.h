/* SPDX-License-Identifier: MIT */
/*
 * What programs of a desktop do on the PipeWire server: a mixer that sees nodes and moves their
 * volumes, a program that records sound, one that is a microphone, one that shows a video source.
 * Their threads are PipeWire's; the functions wait for nothing.
 */
#ifndef XENAV_TEST_DESK_H
#define XENAV_TEST_DESK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct desk;

#define DESK_CHANNELS 64

struct desk_node {
	uint32_t id;
	char media_class[32];
	char description[192];
	char latency[32];
	float volumes[DESK_CHANNELS];
	uint32_t n_volumes;
	bool muted;
	bool running;
};

/* @return 0 or -errno. */
int desk_open(struct desk **desk);
void desk_close(struct desk *desk);

/* Look at a node. @return whether there is one of this name. */
bool desk_look(struct desk *desk, const char *node_name, struct desk_node *node);

/* How many nodes have names that begin so? */
unsigned desk_count(struct desk *desk, const char *prefix);

int desk_set_volume(struct desk *desk, const char *node_name, const float *volumes, uint32_t n,
		    bool muted);

/* -------- ear.c -------- */

struct ear;

/* Record in 16 bits stereo what the sink plays. */
int ear_open(struct ear **ear, struct desk *desk, const char *sink);
/* Be a sink of this name, far away. */
int ear_open_sink(struct ear **ear, struct desk *desk, const char *node_name, uint64_t latency_ns);
void ear_close(struct ear *ear);

/* @return the frames recorded; *samples stays until ear_close(), and grows. */
size_t ear_heard(struct ear *ear, const int16_t **samples);

/* When was that frame played?  CLOCK_MONOTONIC; 0: it was not. */
uint64_t ear_when_ns(struct ear *ear, size_t frame);

struct mouth;

/* A source with mono samples of 16 bits: sample n of them is mouth_sample(n). */
int mouth_open(struct mouth **mouth, struct desk *desk, const char *node_name);
void mouth_close(struct mouth *mouth);
int16_t mouth_sample(uint64_t n);

/* -------- eye.c -------- */

struct eye;

/* Look at a source, in BGRx, or in BGRA with opaque pixels. */
int eye_open(struct eye **eye, struct desk *desk, const char *node_name, bool with_alpha);
void eye_close(struct eye *eye);

/* @return the pictures that have come. */
unsigned eye_seen(struct eye *eye);

/* A picture whose first pixel is this one is a flash. */
#define EYE_FLASH   0xffffffu
#define EYE_FLASHES 256u

/* @return how many flashes have come, and when, CLOCK_MONOTONIC. */
unsigned eye_flashes(struct eye *eye, uint64_t when_ns[EYE_FLASHES]);

/* Compare the last picture with this one. @return whether they are equal. */
bool eye_sees(struct eye *eye, const uint32_t *pixels, uint32_t width_px, uint32_t height_px);

#endif
