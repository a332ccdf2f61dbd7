/* SPDX-License-Identifier: MIT */
/* What made-up guests do with a device: each plug is added to the stage. */
#ifndef XENAVD_DEMO_PROGRAMS_H
#define XENAVD_DEMO_PROGRAMS_H

struct role;
struct stage;

/* A stream that plays the tune: WORD_PLAY, with WORD_VOLUME and WORD_UNDERRUN in their ways.
 * @return 0 or -ENOMEM, as all of them. */
int player_create(struct stage *stage, const struct role *role);

/* A stream that records, and says what it hears. */
int recorder_create(struct stage *stage, const struct role *role);

/* A connector: WORD_FLIP, with WORD_DRAW and WORD_BLANK in their ways. */
int screen_create(struct stage *stage, const struct role *role);

/* An input device that says what it is sent. */
int keyboard_create(struct stage *stage, const struct role *role);

#endif
