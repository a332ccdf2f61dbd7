/* SPDX-License-Identifier: MIT */
/* A line that is typed on the guest's keyboard, white on black in the last rows of a picture. */
#ifndef XT_TYPED_H
#define XT_TYPED_H

#include <stdbool.h>
#include <stdint.h>

/* The pixels of a pixel of a letter, and the height of the line with its margins. */
#define TYPED_SCALE 8
#define TYPED_ROWS  80
/* to the left of the first letter, and above all of them */
#define TYPED_LEFT 24
#define TYPED_TOP  12

/* Opens the first keyboard of Xen. Prints what failed and returns -1, or returns 0. */
int typed_open(void);

/* Takes what has been typed since: letters, spaces, and Enter, which ends the line. */
void typed_read(void);

bool typed_ended(void);

/* The colour of a pixel of the line, whose first row is 0. */
uint32_t typed_pixel(uint32_t x, uint32_t y);

#endif
