/* SPDX-License-Identifier: MIT */
/* When xenavd is asked for another frame of a connector. */
#ifndef XENAV_VNC_LOOK_H
#define XENAV_VNC_LOOK_H

#include "vnc/picture.h"

struct look {
	uint64_t period_ns; /* between two frames */
	uint64_t last_ns;   /* when it ran last */
};

void look_init(struct look *look, unsigned int max_fps);

/* Somebody waits for a picture: ask for the frames that are due. @return when to be called again,
 * if somebody still waits then. */
uint64_t look_run(struct look *look, struct picture *picture, uint64_t now_ns);

/* A frame of the area has come, and brought something new or not. */
void look_note(struct look *look, struct area *area, bool is_new, uint64_t now_ns);

/* The connector shows nothing. */
void look_note_blank(struct area *area, uint64_t now_ns);

/* Is the picture the one that the guest shows?  After a pause of looking it is not, until the
 * present frames have come, or half a second has passed. */
bool look_is_fresh(const struct picture *picture, uint64_t now_ns);

#endif
