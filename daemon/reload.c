/* SPDX-License-Identifier: MIT */
/*
 * See reload.h.  Parts of the daemon hold a pointer to the policy: it keeps its place, and its
 * rules are exchanged.
 */
#include <config.h>

#include <string.h>

#include "base/clock.h"
#include "buffer/ledger.h"
#include "config/config.h"
#include "consumer/server.h"
#include "device/registry.h"
#include "options.h"
#include "reload.h"
#include "report/log.h"
#include "service/notify.h"

/* Log what takes a restart. */
static void tell_ignored(const struct config *old, const struct config *new)
{
	if (strcmp(old->socket_path, new->socket_path) != 0)
		log_warn("The socket stays at %s until xenavd is restarted", old->socket_path);
	if (strcmp(old->socket_group, new->socket_group) != 0 ||
	    config_admits_others(old) != config_admits_others(new))
		log_warn("The group and mode of the socket stay until xenavd is restarted");
}

/* The rules of before are in *new afterwards. */
static void apply(struct reload *reload, struct config *new)
{
	struct config *config = reload->config;

	policy_swap(&config->policy, &new->policy);
	config->log_level = new->log_level;
	log_threshold = config->log_level;
	ledger_limit(config->policy.max_held_pages, config->policy.max_all_held_pages);
	server_reload(reload->server, &new->policy);
	registry_reload(reload->registry);
}

void reload_config(struct reload *reload)
{
	struct config new = {0};
	char error[512];
	int rc;

	notify_say("RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)(now_ns() / 1000));
	policy_init(&new.policy);
	rc = options_config(reload->options, &new, error, sizeof error);
	if (rc < 0) {
		log_event(NULL, LOG_LEVEL_ERR, LOG_NOT_RELOADED,
			  "%s; the configuration stays as it was", error);
	} else {
		tell_ignored(reload->config, &new);
		apply(reload, &new);
		log_event(NULL, LOG_LEVEL_INFO, LOG_RELOADED, "The configuration was read again");
	}
	config_finish(&new);
	notify_say("READY=1");
}
