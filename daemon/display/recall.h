/* SPDX-License-Identifier: MIT */
/* Taking over the display buffers, framebuffers and screens of before a restart, from the journal.
 */
#ifndef XENAVD_DISPLAY_RECALL_H
#define XENAVD_DISPLAY_RECALL_H

struct tables;

/*
 * Fill the empty tables, and the connectors, of a display whose channels were recalled and are not
 * connected yet, as the requests of the guest would have done: whatever these would have refused is
 * refused.  Buffers are mapped on the worker, then done is called on the loop, perhaps from within
 * this call; but not after tables_end().
 *
 * @param done gets 0; -EINVAL for records that do not fit, -EOPNOTSUPP for a buffer that is the
 * memory of a consumer, -ENOENT for a supplied one that is gone, or another -errno of mapping; the
 * reason was logged, and the tables are left as they are.
 */
void recall_display(struct tables *tables, void (*done)(int rc, void *data), void *data);

#endif
