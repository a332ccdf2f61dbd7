/* SPDX-License-Identifier: MIT */
/*
 * See mailbox.h.  A reader that gets a word of a newer write also sees that this write has begun:
 * words are stored with release and loaded with acquire, and `turn` is looked at again last.
 */
#include <config.h>

#include <stdatomic.h>
#include <string.h>

#include "client/mailbox.h"

/* A write takes some nanoseconds, unless its thread is interrupted in the middle. */
#define MAX_TRIES 8

void mailbox_write(struct mailbox *box, const uint64_t words[MAILBOX_WORDS])
{
	const uint32_t turn = atomic_load_explicit(&box->turn, memory_order_relaxed);

	atomic_store_explicit(&box->turn, turn + 1, memory_order_relaxed);
	for (unsigned int i = 0; i < MAILBOX_WORDS; i++)
		atomic_store_explicit(&box->words[i], words[i], memory_order_release);
	atomic_store_explicit(&box->turn, turn + 2, memory_order_release);
}

static bool try_read(struct mailbox *box, uint64_t words[MAILBOX_WORDS])
{
	const uint32_t turn = atomic_load_explicit(&box->turn, memory_order_acquire);

	for (unsigned int i = 0; i < MAILBOX_WORDS; i++)
		words[i] = atomic_load_explicit(&box->words[i], memory_order_acquire);
	return turn % 2 == 0 && atomic_load_explicit(&box->turn, memory_order_relaxed) == turn;
}

bool mailbox_read(struct mailbox *box, uint64_t words[MAILBOX_WORDS])
{
	uint64_t copy[MAILBOX_WORDS];

	for (unsigned int i = 0; i < MAX_TRIES; i++) {
		if (!try_read(box, copy))
			continue;
		memcpy(words, copy, sizeof copy);
		return true;
	}
	return false;
}
