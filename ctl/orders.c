/* SPDX-License-Identifier: MIT */
/* log-level and kick: orders to xenavd. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"
#include "document.h"
#include "wire/wire.h"
#include "words.h"

static int say_level(const struct ctl *ctl, uint32_t level, int before)
{
	struct json_object *document;

	if (!ctl->json) {
		puts(word_log_level(level));
		return ctl_flush();
	}
	document = document_new("log-level");
	document_text(document, "level", word_log_level(level));
	if (before >= 0)
		document_text(document, "before", word_log_level((uint32_t)before));
	document_print(document, 0);
	return ctl_flush();
}

static int tell_level(const struct ctl *ctl, struct client *client)
{
	struct status status;
	const int rc = ctl_status(ctl, client, NULL, &status);
	uint32_t level;

	if (rc != CTL_OK)
		return rc;
	level = status.daemon.log_level;
	status_free(&status);
	return say_level(ctl, level, -1);
}

static int set_level(const struct ctl *ctl, struct client *client, uint32_t level)
{
	union xenav_msg msg;
	uint32_t before;
	int rc;

	wire_init(&msg, XENAV_OP_STATUS_LOG_LEVEL, 0);
	msg.status_log_level.level = level;
	rc = client_order(client, &msg, &before);
	return rc < 0 ? ctl_failed(ctl, rc) : say_level(ctl, level, (int)before);
}

int cmd_log_level(const struct ctl *ctl)
{
	const int level = ctl->argc > 1 ? word_to_log_level(ctl->argv[1]) : 0;
	struct client client;
	int rc;

	if (level < 0)
		return ctl_fail(CTL_USAGE, "a level is err, warn, info or debug, not '%s'",
				ctl->argv[1]);
	rc = ctl_connect(ctl, &client);
	if (rc != CTL_OK)
		return rc;
	rc = ctl->argc > 1 ? set_level(ctl, &client, (uint32_t)level) : tell_level(ctl, &client);
	client_close(&client);
	return rc;
}

static int say_kicked(const struct ctl *ctl, uint32_t consumer)
{
	struct json_object *document;

	if (!ctl->json)
		return CTL_OK;
	document = document_new("kick");
	document_number(document, "consumer", consumer);
	document_print(document, 0);
	return ctl_flush();
}

/* "#3" is how list shows it. */
static int read_consumer(const char *text, uint32_t *consumer)
{
	char *end;
	unsigned long long n;

	if (*text == '#')
		text++;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || n == 0 || n > UINT32_MAX)
		return -EINVAL;
	*consumer = (uint32_t)n;
	return 0;
}

int cmd_kick(const struct ctl *ctl)
{
	struct client client;
	union xenav_msg msg;
	uint32_t consumer;
	int rc;

	if (read_consumer(ctl->argv[1], &consumer) < 0)
		return ctl_fail(CTL_USAGE, "a consumer has a number, see list, not '%s'",
				ctl->argv[1]);
	rc = ctl_connect(ctl, &client);
	if (rc != CTL_OK)
		return rc;
	wire_init(&msg, XENAV_OP_STATUS_KICK, 0);
	msg.status_kick.consumer = consumer;
	rc = client_order(&client, &msg, NULL);
	client_close(&client);
	if (rc == -ENOENT)
		return ctl_fail(CTL_UNAVAILABLE, "there is no consumer %u", consumer);
	return rc < 0 ? ctl_failed(ctl, rc) : say_kicked(ctl, consumer);
}
