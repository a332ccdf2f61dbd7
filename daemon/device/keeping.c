/* SPDX-License-Identifier: MIT */
/* See keeping.h. */
#include <config.h>

#include <string.h>

#include "config/policy.h"
#include "device/keeping.h"
#include "journal/crc.h"
#include "journal/journal.h"
#include "xen/store.h"
#include "xen/tree.h"

/* The record JOURNAL_DEVICE. */
struct kept_device {
	char uuid[40]; /* a domain's number may be another's by now */
	uint32_t config_crc;
	uint32_t n_nodes;
};

_Static_assert(sizeof(struct kept_device) <= JOURNAL_DATA_BYTES, "it fits a record");
_Static_assert(GUEST_UUID_BYTES <= 40, "and a UUID fits it");

/* Describe what the frontend has published, in any order.  Its state is no part of it. */
static void describe(const struct tree *config, struct kept_device *kept)
{
	const char *value;
	const char *path;

	for (size_t i = 0; (path = tree_item(config, i, &value)); i++) {
		uint32_t crc;

		if (strcmp(path, "state") == 0)
			continue;
		crc = crc32_add(0, path, strlen(path) + 1);
		if (value)
			crc = crc32_add(crc, value, strlen(value) + 1);
		kept->config_crc += crc;
		kept->n_nodes++;
	}
}

static void fill(struct kept_device *kept, const char *uuid, const struct tree *config)
{
	memset(kept, 0, sizeof *kept);
	strncpy(kept->uuid, uuid, sizeof kept->uuid - 1);
	describe(config, kept);
}

void keeping_begin(struct journal *journal, const struct journal_key *device, const char *uuid,
		   const struct tree *config)
{
	struct journal_key key = *device;
	struct kept_device kept;

	if (key.kind == JOURNAL_NO_DEVICE)
		return;
	key.type = JOURNAL_DEVICE;
	fill(&kept, uuid, config);
	journal_add(journal, &key, &kept, sizeof kept);
}

bool keeping_fits(struct journal *journal, const struct journal_key *device,
		  const struct store_view *view)
{
	struct journal_slot *slot = NULL;
	struct kept_device kept;
	struct kept_device now;

	if (device->kind == JOURNAL_NO_DEVICE || view->be_state != XB_CONNECTED ||
	    view->fe_state != XB_CONNECTED || !view->config)
		return false;
	slot = journal_next(journal, device, JOURNAL_DEVICE, NULL);
	if (!slot || !journal_is_old(slot))
		return false;
	journal_read(slot, &kept, sizeof kept);
	fill(&now, view->domain_uuid, view->config);
	return memcmp(&kept, &now, sizeof kept) == 0;
}
