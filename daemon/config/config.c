/* SPDX-License-Identifier: MIT */
/* The configuration as a whole: see config.h; reading is in reader.c. */
#include <config.h>

#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <string.h>

#include "config/config.h"
#include "config/keys.h"
#include "xenav-proto.h"

void config_defaults(struct config *config)
{
	memset(config, 0, sizeof *config);
	strcpy(config->socket_path, XENAV_DEFAULT_SOCKET);
	if (getgrnam(CONFIG_DEFAULT_GROUP))
		strcpy(config->socket_group, CONFIG_DEFAULT_GROUP);
	config->socket_gid = UINT32_MAX;
	config->log_level = LOG_LEVEL_INFO;
	policy_init(&config->policy);
}

void config_finish(struct config *config)
{
	policy_finish(&config->policy);
}

static int add_default(struct config *config, enum consumer_kind kind, uint32_t id,
		       const char *name)
{
	struct consumer_rule *rule;

	if (policy_covers_consumer(&config->policy, kind, id))
		return 0;
	rule = policy_add_consumer(&config->policy, kind, id, name);
	if (!rule)
		return -ENOMEM;
	rule->rights.display = RIGHT_CLAIM;
	rule->rights.playback = RIGHT_CLAIM;
	rule->rights.input = true;
	rule->rights.status = true;
	rule->rights.control = kind == CONSUMER_USER; /* root */
	return 0;
}

int config_complete(struct config *config)
{
	int rc;

	rc = add_default(config, CONSUMER_USER, 0, "root");
	if (rc < 0 || !config->socket_group[0])
		return rc;
	if (consumer_find_id(CONSUMER_GROUP, config->socket_group, &config->socket_gid) < 0)
		return -EINVAL;
	return add_default(config, CONSUMER_GROUP, config->socket_gid, config->socket_group);
}

bool config_admits_others(const struct config *config)
{
	return policy_admits_others(&config->policy, config->socket_gid);
}

static void print_keys(FILE *file, const struct key *keys, const void *record)
{
	for (; keys->name; keys++)
		keys->type->print(file, keys->name, (const char *)record + keys->offset);
}

int config_print(const struct config *config, FILE *file)
{
	const struct guest_rule *guest;
	const struct consumer_rule *consumer;
	char whom[80];

	fputs("[daemon]\n", file);
	print_keys(file, keys_daemon, config);
	STAILQ_FOREACH (guest, &config->policy.guests, link) {
		fprintf(file, "\n[guest %s]\n", guest->who);
		print_keys(file, keys_guest, guest);
	}
	STAILQ_FOREACH (consumer, &config->policy.consumers, link) {
		consumer_print_whom(whom, sizeof whom, consumer);
		fprintf(file, "\n[consumer %s]\n", whom);
		print_keys(file, keys_consumer, consumer);
	}
	return fflush(file) == 0 && !ferror(file) ? 0 : -EIO;
}
