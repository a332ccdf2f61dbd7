/* SPDX-License-Identifier: MIT */
/*
 * daemon/consumer in a storm: consumers that come, go, claim, read late or never, while devices
 * come and go and guests play.  The storm is always the same.  Every consumer checks that its
 * messages make sense in their order, although some were merged or dropped.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "test-consumer-rig.h"
#include "test.h"

#define STEPS     500000
#define CONSUMERS 5
#define IDS       4096 /* more than are ever used */

/* The state of an object as a consumer knows it. */
struct known {
	bool announced;
	bool stream;
	bool claimed;
	bool stated; /* STATE has followed on OPENED */
	uint32_t generation;
	uint64_t serial;
};

struct consumer {
	int sock; /* -1: not connected */
	bool welcomed;
	bool told; /* ANNOUNCED */
	struct known known[IDS];
};

struct storm {
	struct rig *rig;
	uint32_t random;
	uint32_t generation;
	uint32_t last_id;
	bool there[4]; /* the streams, then the connectors */
	struct consumer consumers[CONSUMERS];
	unsigned told[6]; /* how often: to be sure that it was a storm */
};

static uint32_t dice(struct storm *storm, uint32_t n)
{
	storm->random = storm->random * 1664525u + 1013904223u;
	return (storm->random >> 16) % n;
}

/* -------- what consumers are told -------- */

static void check_sound(struct storm *storm, struct known *k, const union xenav_msg *msg)
{
	assert_true(k->stream && k->claimed);
	switch ((enum xenav_opcode)msg->h.opcode) {
	case XENAV_OP_STREAM_OPENED:
		k->generation = msg->stream_opened.generation;
		k->stated = false;
		storm->told[0]++;
		break;
	case XENAV_OP_STREAM_STATE:
		assert_int_equal(msg->stream_state.generation, k->generation);
		k->stated = true;
		storm->told[1]++;
		break;
	case XENAV_OP_STREAM_DATA:
		assert_int_equal(msg->stream_data.generation, k->generation);
		assert_true(k->stated);
		assert_in_range(msg->stream_data.frames, 1, RIG_RING_FRAMES);
		storm->told[2]++;
		break;
	case XENAV_OP_STREAM_VOLUME:
		assert_int_equal(msg->stream_volume.generation, k->generation);
		break;
	default:
		assert_int_equal(msg->h.opcode, XENAV_OP_STREAM_CLOSED);
		assert_int_equal(msg->stream_closed.generation, k->generation);
		k->generation = 0;
		storm->told[3]++;
	}
}

static void check_announcement(struct known *k, const union xenav_msg *msg)
{
	assert_false(k->announced);
	k->announced = true;
	k->stream = msg->h.opcode == XENAV_OP_STREAM_ADDED;
}

static void check(struct storm *storm, struct consumer *c, const union xenav_msg *msg)
{
	struct known *k = &c->known[msg->h.object];

	assert_true(c->welcomed || msg->h.opcode == XENAV_OP_WELCOME);
	if (msg->h.opcode == XENAV_OP_WELCOME) {
		assert_false(c->welcomed);
		c->welcomed = true;
		return;
	}
	if (msg->h.opcode == XENAV_OP_ERROR)
		return;
	if (msg->h.opcode == XENAV_OP_ANNOUNCED) {
		assert_false(c->told);
		c->told = true;
		return;
	}
	if (msg->h.opcode == XENAV_OP_STREAM_ADDED || msg->h.opcode == XENAV_OP_CONNECTOR_ADDED) {
		check_announcement(k, msg);
		return;
	}
	assert_true(k->announced);
	if (msg->h.opcode == XENAV_OP_REMOVED) {
		memset(k, 0, sizeof *k);
	} else if (msg->h.opcode == XENAV_OP_CLAIMED) {
		k->claimed = true;
		k->generation = 0;
		k->serial = 0;
		storm->told[4]++;
	} else if (msg->h.opcode == XENAV_OP_FRAME) {
		assert_true(k->claimed && !k->stream);
		assert_int_equal(msg->frame.serial, k->serial + 1);
		k->serial++;
		storm->told[5]++;
	} else if (msg->h.opcode != XENAV_OP_FRAME_BUFFER && msg->h.opcode != XENAV_OP_BLANK) {
		check_sound(storm, k, msg);
	}
}

/* -------- what consumers do -------- */

static void part(struct consumer *c)
{
	close(c->sock);
	c->sock = -1;
}

/* The server ends a session, and always for a reason. */
static void read_some(struct storm *storm, struct consumer *c, uint32_t n)
{
	for (uint32_t i = 0; i < n && c->sock >= 0; i++) {
		union xenav_msg msg;
		int fd, rc;

		rc = wire_recv(c->sock, &msg, &fd, true);
		if (rc == -EAGAIN)
			return;
		if (rc == -EPIPE) {
			part(c);
			return;
		}
		assert_int_equal(rc, 0);
		if (fd >= 0)
			close(fd);
		assert_in_range(msg.h.object, 0, IDS - 1);
		check(storm, c, &msg);
	}
}

static void join(struct storm *storm, struct consumer *c)
{
	union xenav_msg msg;

	memset(c, 0, sizeof *c);
	c->sock = rig_connect(storm->rig);
	rig_hello(&msg);
	wire_send(c->sock, &msg, -1);
}

static void say(struct storm *storm, struct consumer *c)
{
	static const uint16_t ops[] = {
		XENAV_OP_CLAIM,           XENAV_OP_CLAIM,       XENAV_OP_CLAIM,
		XENAV_OP_STREAM_POSITION, XENAV_OP_FRAME_READY, XENAV_OP_FRAME_DONE,
		XENAV_OP_FRAME_READY,     XENAV_OP_RELEASE,     XENAV_OP_STREAM_LIMITS,
		XENAV_OP_CLAIM_WAIT,
	};
	const uint16_t op = ops[dice(storm, sizeof ops / sizeof ops[0])];
	const uint32_t recent = storm->last_id > 6 ? storm->last_id - 6 : 0;
	union xenav_msg msg;

	wire_init(&msg, op, recent + dice(storm, 8));
	if (op == XENAV_OP_CLAIM || op == XENAV_OP_CLAIM_WAIT) {
		msg.claim.ways = XENAV_WAY_COPY;
		msg.claim.mode = dice(storm, 2);
	} else if (op == XENAV_OP_FRAME_READY) {
		msg.frame_ready.flags = dice(storm, 2);
	} else if (op == XENAV_OP_RELEASE && dice(storm, 3)) {
		return;
	}
	if (dice(storm, 3000) == 0)
		msg.h.size--;
	wire_send(c->sock, &msg, -1);
}

static void consumer_step(struct storm *storm)
{
	struct consumer *c = &storm->consumers[dice(storm, CONSUMERS)];
	const uint32_t what = dice(storm, 10000);

	if (c->sock < 0)
		join(storm, c);
	else if (what < 5)
		part(c);
	else if (what < 3000)
		say(storm, c);
	else if (what < 9900)
		read_some(storm, c, dice(storm, 2));
	else
		read_some(storm, c, UINT32_MAX);
}

/* -------- what devices and guests do -------- */

static void device_step(struct storm *storm)
{
	const uint32_t i = dice(storm, 4);
	struct rig *rig = storm->rig;
	struct stream *s = &rig->streams[i % 2];
	struct connector *conn = &rig->connectors[i % 2];

	if (storm->there[i]) {
		if (i < 2)
			rig_remove_stream(rig, s);
		else
			rig_remove_connector(rig, conn);
	} else {
		storm->last_id++;
		s->generation = i < 2 ? 0 : s->generation;
		if (i < 2)
			server_streams.added(s, rig->server);
		else
			server_connectors.added(conn, rig->server);
	}
	storm->there[i] = !storm->there[i];
}

/* Without listeners only the state changes, which the next claim will be told. */
static void guest_step(struct storm *storm)
{
	struct rig *rig = storm->rig;
	struct stream *s = &rig->streams[dice(storm, 2)];
	const struct connector *conn = &rig->connectors[dice(storm, 2)];
	const uint32_t what = dice(storm, 100);

	if (what < 5 && conn->listener) {
		conn->listener->blank(conn->data);
	} else if (!rig_heard(s)) {
		s->generation = what < 50 ? ++storm->generation : 0;
	} else if (!s->generation) {
		rig_open(rig, s, ++storm->generation);
		rig_state(s, XENAV_STREAM_STOPPED, 0);
	} else if (what < 15) {
		rig_close(s);
	} else if (what < 20) {
		rig_volume(s, 0, -(int32_t)what);
	} else if (what < 40) {
		rig_state(s, dice(storm, 3), what);
	} else {
		rig_data(s, what * 8, 1 + dice(storm, 8));
	}
}

/* -------- the storm -------- */

static void rage(struct storm *storm)
{
	for (unsigned i = 0; i < STEPS; i++) {
		const uint32_t what = dice(storm, 1000);

		if (what < 1)
			device_step(storm);
		else if (what < 500)
			guest_step(storm);
		else if (what < 900)
			consumer_step(storm);
		else
			rig_turn(storm->rig);
	}
}

/* All consumers read all their messages, and know the true state. */
static void calm(struct storm *storm)
{
	for (unsigned i = 0; i < 1000; i++) {
		for (int c = 0; c < CONSUMERS; c++)
			read_some(storm, &storm->consumers[c], UINT32_MAX);
		rig_turn(storm->rig);
	}
	for (int c = 0; c < CONSUMERS; c++) {
		unsigned n = 0;

		if (storm->consumers[c].sock < 0)
			continue;
		for (uint32_t id = 0; id < IDS; id++)
			n += storm->consumers[c].known[id].announced;
		for (int i = 0; i < 4; i++)
			n -= storm->there[i];
		assert_int_equal(n, 0);
		part(&storm->consumers[c]);
	}
	rig_turn(storm->rig);
	for (int i = 0; i < 2; i++) {
		assert_false(rig_heard(&storm->rig->streams[i]));
		assert_int_equal(storm->rig->connectors[i].n_claims,
				 storm->rig->connectors[i].n_releases);
	}
}

TEST_WITH(no_consumer_is_ever_told_nonsense, rig_setup, rig_teardown)
{
	static struct storm storm;
	struct consumer_limits limits = rig_limits();

	storm = (struct storm){.rig = *state, .random = 1};
	for (int c = 0; c < CONSUMERS; c++)
		storm.consumers[c].sock = -1;
	for (int i = 0; i < 2; i++)
		storm.rig->connectors[i].eager = true;
	limits.unsent_replies = 6;
	limits.unsent_fds = 3;
	limits.unsent = 40;
	limits.stall_ms = 3600000;
	limits.consumers_per_uid = CONSUMERS + 1;
	rig_limit(storm.rig, &limits);
	rage(&storm);
	calm(&storm);
	for (size_t i = 0; i < sizeof storm.told / sizeof storm.told[0]; i++)
		assert_in_range(storm.told[i], 100, UINT32_MAX);
}
