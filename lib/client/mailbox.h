/* SPDX-License-Identifier: MIT */
/*
 * A few numbers that one thread writes and another reads, always all of one write.  Neither waits:
 * a reader that meets a write keeps what it has read before.
 */
#ifndef XENAV_CLIENT_MAILBOX_H
#define XENAV_CLIENT_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#define MAILBOX_WORDS 9

/* Zeros are an empty one: its words are 0. */
struct mailbox {
	_Atomic uint32_t turn; /* odd during a write */
	_Atomic uint64_t words[MAILBOX_WORDS];
};

/* For one thread. */
void mailbox_write(struct mailbox *box, const uint64_t words[MAILBOX_WORDS]);

/* For one other thread.  @return false, with words unchanged, when writes go on and on. */
bool mailbox_read(struct mailbox *box, uint64_t words[MAILBOX_WORDS]);

#endif
