/* SPDX-License-Identifier: MIT */
/* See status.h. */
#include <config.h>

#include <errno.h>

#include "consumer/session.h"
#include "consumer/status.h"
#include "report/log.h"
#include "wire/wire.h"

_Static_assert((int)LOG_LEVEL_ERR == XENAV_LEVEL_ERR && (int)LOG_LEVEL_DEBUG == XENAV_LEVEL_DEBUG,
	       "the levels of the protocol");

static int on_get(struct session *s, const union xenav_msg *msg)
{
	return snapshot_begin(&s->snapshot, msg->status_get.serial) ? 0 : -EBUSY;
}

static void send_done(struct session *s, uint16_t opcode, uint32_t value)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_STATUS_DONE, 0);
	msg.status_done.opcode = opcode;
	msg.status_done.value = value;
	lane_send(&s->box.replies, &msg, -1);
}

static int on_monitor(struct session *s, const union xenav_msg *msg)
{
	send_done(s, msg->h.opcode, msg->status_monitor.on);
	if (msg->status_monitor.on)
		monitor_start(&s->monitor, s);
	else
		monitor_stop(&s->monitor);
	return 0;
}

static int on_log_level(struct session *s, const union xenav_msg *msg)
{
	const enum log_level before = log_threshold;

	log_threshold = (enum log_level)msg->status_log_level.level;
	log_info_from(s->log, "%s (pid %d, uid %u) has set the log level to %s", s->name,
		      (int)s->peer.pid, (unsigned)s->peer.id.uid, log_level_name(log_threshold));
	send_done(s, msg->h.opcode, before);
	news_tell(&(struct news){.kind = XENAV_EVENT_LOG_LEVEL,
				 .value = log_threshold,
				 .consumer = s->claims.id,
				 .uid = s->peer.id.uid,
				 .name = s->name});
	return 0;
}

static int on_kick(struct session *s, const union xenav_msg *msg)
{
	const struct session_env *env = s->env;
	const uint32_t id = msg->status_kick.consumer;

	/* Its own connection may be ended by this, which nothing could answer then. */
	if (id == s->claims.id)
		return -EINVAL;
	if (!env->kick(id, s->claims.id, env->data))
		return -ENOENT;
	send_done(s, msg->h.opcode, id);
	return 0;
}

static const struct {
	uint16_t opcode;
	bool needs_control;
	int (*serve)(struct session *s, const union xenav_msg *msg);
} orders[] = {
	{XENAV_OP_STATUS_GET, false, on_get},
	{XENAV_OP_STATUS_MONITOR, false, on_monitor},
	{XENAV_OP_STATUS_LOG_LEVEL, true, on_log_level},
	{XENAV_OP_STATUS_KICK, true, on_kick},
};

bool status_has(uint16_t opcode)
{
	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
		if (orders[i].opcode == opcode)
			return true;
	return false;
}

int status_serve(struct session *s, const union xenav_msg *msg)
{

	for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
		if (orders[i].opcode != msg->h.opcode)
			continue;
		if (orders[i].needs_control ? !policy_controls(s->env->policy, &s->peer.id)
					    : !policy_tells_status(s->env->policy, &s->peer.id))
			return -EACCES;
		return orders[i].serve(s, msg);
	}
	return -EOPNOTSUPP;
}
