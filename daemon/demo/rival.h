/* SPDX-License-Identifier: MIT */
/*
 * The consumer that has claimed the devices of WORD_BUSY: an ordinary one, in a thread of its own,
 * which does nothing with them.
 */
#ifndef XENAVD_DEMO_RIVAL_H
#define XENAVD_DEMO_RIVAL_H

struct rival;

/* Connect to the socket, and claim so many objects. @return 0, -EAGAIN without threads, -ENOMEM, or
 * another -errno. */
int rival_start(struct rival **out, const char *socket, unsigned n_objects);

/* A descriptor that is readable once all these claims are answered, and stays so. */
int rival_get_fd(const struct rival *rival);

/* Release what it has claimed, or claim it again. */
void rival_turn(struct rival *rival);

/* Disconnect and end the thread; NULL is fine. */
void rival_stop(struct rival *rival);

#endif
