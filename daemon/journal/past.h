/* SPDX-License-Identifier: MIT */
/* Reading the memfd of an earlier process into the slots of this one. */
#ifndef XENAVD_JOURNAL_PAST_H
#define XENAVD_JOURNAL_PAST_H

#include "journal/slots.h"

/*
 * Is this descriptor a journal, of a size that cannot change?
 *
 * @return the number of its slots, or -errno as journal_header_check().
 */
int past_check(int fd);

/* Fill the slots, which are all free, from the memfd that they lie in.  Devices of which a record
 * is damaged are left out; all of them are if it is not known of which. */
int past_read(struct journal *journal);

#endif
