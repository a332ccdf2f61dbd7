/* SPDX-License-Identifier: MIT */
/* A journal in the fd store of fdstore-rig.h. */
#ifndef XENAVD_JOURNAL_RIG_H
#define XENAVD_JOURNAL_RIG_H

#include "fdstore-rig.h"
#include "journal/journal.h"

extern struct journal *j;

/* An empty journal in an empty store; errors alone are logged. */
int journal_rig_setup(void **state);
int journal_rig_teardown(void **state);

/* Stop and start: the next process opens the journal that is in the store. */
void journal_rig_restart(void);

#endif
