/* SPDX-License-Identifier: MIT */
/* See kinds.h. */
#include <config.h>

#include <stdio.h>

#include "base/container.h"
#include "config/policy.h"
#include "device/env.h"
#include "device/kinds.h"
#include "display/display.h"
#include "input/input.h"
#include "journal/journal.h"
#include "report/log.h"
#include "sound/card.h"
#include "xen/displif.h"
#include "xen/worker.h"

static int create_card(struct engine **out, const struct device_env *env,
		       const struct guest_info *guest, uint16_t devid, const struct tree *config,
		       struct log_source *log)
{
	return card_create(out, env->sound, guest, devid, config, log);
}

static int create_display(struct engine **out, const struct device_env *env,
			  const struct guest_info *guest, uint16_t devid, const struct tree *config,
			  struct log_source *log)
{
	return display_create(out, env->display, guest, devid, config, log);
}

static int create_input(struct engine **out, const struct device_env *env,
			const struct guest_info *guest, uint16_t devid, const struct tree *config,
			struct log_source *log)
{
	return input_create(out, env->input, guest, devid, config, log);
}

/* Version 1 of sndif has smaller packets and cannot share a ring with version 2. */
static const struct device_kind sound = {{"vsnd", "vsnd", "2", false, NULL},
					 offsetof(struct guest_policy, max_streams),
					 create_card,
					 JOURNAL_SOUND};

static const char *const connector_leaves[] = {
	XENDISPL_FIELD_UNIQUE_ID,
	XENDISPL_FIELD_RESOLUTION,
	XENDISPL_FIELD_REQ_RING_REF,
	XENDISPL_FIELD_REQ_CHANNEL,
	XENDISPL_FIELD_EVT_RING_REF,
	XENDISPL_FIELD_EVT_CHANNEL,
	NULL,
};
static const struct device_kind display = {{"vdispl", "vdispl", "1,2", false, connector_leaves},
					   offsetof(struct guest_policy, max_connectors),
					   create_display,
					   JOURNAL_DISPLAY};

/* vkbd is what libxl calls the backend directories that are for QEMU. */
static const struct device_kind input = {{"vinput", "vkbd", NULL, true, NULL},
					 offsetof(struct guest_policy, max_inputs),
					 create_input,
					 JOURNAL_INPUT};

const struct store_kind *const device_kinds[] = {&sound.store, &display.store, &input.store, NULL};

void device_kind_key(const struct device_id *id, struct journal_key *key)
{
	*key = (struct journal_key){
		.kind = CONTAINER(id->kind, struct device_kind, store)->kept_as,
		.domid = id->domid,
		.devid = id->devid,
	};
}

int device_kind_create(struct engine **out, const struct device_env *env,
		       const struct store_view *view, struct guest_info *guest,
		       struct log_source *log)
{
	const struct device_kind *kind = CONTAINER(view->id.kind, struct device_kind, store);
	const unsigned others = env->others(&view->id, env->data);
	uint32_t *limit;

	guest->domid = view->id.domid;
	snprintf(guest->name, sizeof guest->name, "%s", view->domain_name);
	snprintf(guest->uuid, sizeof guest->uuid, "%s", view->domain_uuid);
	log_source_set_device(log, kind->store.name, guest->domid, view->id.devid, guest->name);
	policy_guest(env->policy, guest->name, guest->uuid, &guest->policy);
	limit = (uint32_t *)(void *)((char *)&guest->policy + kind->limit_offset);
	*limit = *limit > others ? *limit - others : 0;
	/* Usual in a driver domain. */
	if (!guest->name[0] && !guest->uuid[0] && policy_names_guests(env->policy))
		log_warn_from(log,
			      "Cannot read name and UUID of domain %u: sections of the "
			      "configuration that name guests do not apply to it",
			      guest->domid);
	return kind->create(out, env, guest, view->id.devid, view->config, log);
}
