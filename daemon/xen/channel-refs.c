/* SPDX-License-Identifier: MIT */
/* The nodes of a channel, see channel.h. */
#include <config.h>

#include "xen/channel.h"
#include "xen/tree.h"

int channel_refs_read(const struct tree *tree, const char *dir, const char *prefix,
		      struct channel_refs *refs)
{
	int rc;

	rc = tree_get_u32(tree, UINT32_MAX, &refs->ring_ref, "%s/%sring-ref", dir, prefix);
	if (rc < 0)
		return rc;
	rc = tree_get_u32(tree, UINT32_MAX, &refs->ring_port, "%s/%sevent-channel", dir, prefix);
	if (rc < 0)
		return rc;
	rc = tree_get_u32(tree, UINT32_MAX, &refs->event_ref, "%s/evt-ring-ref", dir);
	if (rc < 0)
		return rc;
	return tree_get_u32(tree, UINT32_MAX, &refs->event_port, "%s/evt-event-channel", dir);
}

bool channel_refs_exist(const struct tree *tree, const char *dir, const char *prefix)
{
	return tree_has(tree, "%s/%sring-ref", dir, prefix) ||
	       tree_has(tree, "%s/%sevent-channel", dir, prefix) ||
	       tree_has(tree, "%s/evt-ring-ref", dir) ||
	       tree_has(tree, "%s/evt-event-channel", dir);
}
