/* SPDX-License-Identifier: MIT */
/* daemon/consumer: a consumer can do what the policy allows, and sees no other objects. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "consumer/peer.h"
#include "test-consumer-rig.h"
#include "test.h"

#define PLAYBACK 1u
#define CAPTURE  RIG_CAPTURE
#define LAST     RIG_OBJECTS

static struct consumer_rule *rule_of(struct rig *rig)
{
	return STAILQ_FIRST(&rig->policy.consumers);
}

static void allow(struct rig *rig, enum right display, enum right playback, enum right capture)
{
	rule_of(rig)->rights = (struct consumer_rights){
		.display = display, .playback = playback, .capture = capture};
}

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

TEST(objects_that_may_not_be_seen_are_not_announced)
{
	static const struct {
		enum right display, playback, capture;
		uint32_t ids[5];
	} cases[] = {
		{RIGHT_CLAIM, RIGHT_NO, RIGHT_NO, {3, 4}},
		{RIGHT_NO, RIGHT_CLAIM, RIGHT_NO, {1}},
		{RIGHT_NO, RIGHT_NO, RIGHT_CLAIM, {2}},
		{RIGHT_NO, RIGHT_WATCH, RIGHT_CLAIM, {1, 2}},
		{RIGHT_WATCH, RIGHT_CLAIM, RIGHT_NO, {1, 3, 4}},
	};
	struct rig *rig = *state;
	union xenav_msg msg;

	rig_add_objects(rig);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int sock;

		allow(rig, cases[i].display, cases[i].playback, cases[i].capture);
		sock = rig_greet(rig);
		for (unsigned n = 0; cases[i].ids[n]; n++) {
			rig_receive(rig, sock, &msg, NULL);
			assert_int_equal(msg.h.object, cases[i].ids[n]);
		}
		rig_expect_nothing(rig, sock);
		close(sock);
	}
}

TEST(hidden_objects_cannot_be_claimed_and_go_unnoticed)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int sock;

	allow(rig, RIGHT_CLAIM, RIGHT_NO, RIGHT_NO);
	rig_add_objects(rig);
	sock = rig_greet(rig);
	rig_expect(rig, sock, XENAV_OP_CONNECTOR_ADDED, 3, &msg);
	rig_expect(rig, sock, XENAV_OP_CONNECTOR_ADDED, 4, &msg);
	rig_send_claim(sock, PLAYBACK, XENAV_WAY_COPY);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, PLAYBACK, -ENOENT);
	rig_send_watch(sock, PLAYBACK);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, PLAYBACK, -ENOENT);
	rig_send_claim(sock, CAPTURE, XENAV_WAY_COPY);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, CAPTURE, -ENOENT);
	rig_remove_stream(rig, &rig->streams[0]);
	rig_remove_connector(rig, &rig->connectors[0]);
	rig_expect(rig, sock, XENAV_OP_REMOVED, 3, &msg);
	rig_expect_nothing(rig, sock);
	assert_int_equal(rig->streams[0].n_claims, 0);
	close(sock);
}

TEST(objects_that_may_only_be_watched_cannot_be_driven)
{
	struct rig *rig = *state;
	unsigned warnings;
	int sock;

	allow(rig, RIGHT_WATCH, RIGHT_WATCH, RIGHT_CLAIM);
	sock = rig_begin(rig);
	warnings = rig_warnings;
	rig_send_claim(sock, PLAYBACK, XENAV_WAY_COPY);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, PLAYBACK, -EACCES);
	assert_int_equal(rig_warnings, warnings + 1);
	assert_non_null(strstr(rig_last_warning, "may only watch object 1"));
	rig_send_claim(sock, LAST, XENAV_WAY_COPY);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, LAST, -EACCES);
	rig_watch(rig, sock, PLAYBACK);
	rig_watch(rig, sock, LAST);
	rig_claim(rig, sock, CAPTURE);
	close(sock);
}

static void expect_ways(struct rig *rig, int sock, uint32_t object, uint32_t mode, uint32_t asked,
			uint32_t granted)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_CLAIM, object);
	msg.claim.ways = asked;
	msg.claim.mode = mode;
	rig_send(sock, &msg);
	if (granted == 0) {
		rig_expect_error(rig, sock, XENAV_OP_CLAIM, object, -EOPNOTSUPP);
		return;
	}
	rig_expect(rig, sock, XENAV_OP_CLAIMED, object, &msg);
	assert_int_equal(msg.claim.ways, granted);
	if (object >= RIG_CONNECTOR)
		assert_int_equal(rig->connectors[object - RIG_CONNECTOR].ways, granted);
	rig_send_plain(sock, XENAV_OP_RELEASE, object);
}

TEST(the_guests_own_memory_is_for_trusted_consumers)
{
	const uint32_t copy = XENAV_WAY_COPY, direct = XENAV_WAY_DIRECT;
	const uint32_t dmabuf = XENAV_WAY_DMABUF, all = UINT32_MAX;
	struct rig *rig = *state;
	int sock;

	rig_add_objects(rig);
	allow(rig, RIGHT_CLAIM, RIGHT_CLAIM, RIGHT_CLAIM);
	sock = rig_enter(rig);
	expect_ways(rig, sock, RIG_CONNECTOR, XENAV_MODE_DRIVE, all, copy);
	expect_ways(rig, sock, RIG_CONNECTOR, XENAV_MODE_WATCH, all, copy);
	expect_ways(rig, sock, RIG_CONNECTOR, XENAV_MODE_DRIVE, direct, 0);
	expect_ways(rig, sock, RIG_CONNECTOR, XENAV_MODE_DRIVE, dmabuf, 0);
	expect_ways(rig, sock, PLAYBACK, XENAV_MODE_DRIVE, all, copy);
	rule_of(rig)->rights.direct = true;
	expect_ways(rig, sock, RIG_CONNECTOR, XENAV_MODE_DRIVE, all, copy | direct | dmabuf);
	expect_ways(rig, sock, RIG_CONNECTOR, XENAV_MODE_WATCH, all, copy | direct | dmabuf);
	expect_ways(rig, sock, RIG_CONNECTOR, XENAV_MODE_DRIVE, direct, direct);
	expect_ways(rig, sock, RIG_CONNECTOR, XENAV_MODE_DRIVE, copy, copy);
	expect_ways(rig, sock, PLAYBACK, XENAV_MODE_DRIVE, all, copy);
	expect_ways(rig, sock, CAPTURE, XENAV_MODE_FEED, direct | dmabuf, 0);
	rig_expect_nothing(rig, sock);
	close(sock);
	rig_await(rig, rig->connectors[0].n_claims == rig->connectors[0].n_releases);
}

/* A guest can turn any of its streams into a capture stream until it is claimed. */
TEST(a_consumer_that_would_hear_a_stream_does_not_feed_it)
{
	const uint32_t copy = XENAV_WAY_COPY;
	struct rig *rig = *state;
	int sock;

	rig_add_objects(rig);
	allow(rig, RIGHT_CLAIM, RIGHT_CLAIM, RIGHT_CLAIM);
	sock = rig_enter(rig);
	rig_send_claim_as(sock, CAPTURE, copy, XENAV_MODE_DRIVE);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, CAPTURE, -EOPNOTSUPP);
	rig_send_claim_as(sock, PLAYBACK, copy, XENAV_MODE_FEED);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, PLAYBACK, -EOPNOTSUPP);
	rig_send_claim_as(sock, RIG_CONNECTOR, copy, XENAV_MODE_FEED);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, RIG_CONNECTOR, -EOPNOTSUPP);
	rig_claim(rig, sock, CAPTURE);
	rig_claim(rig, sock, PLAYBACK);
	close(sock);
}

static void restrict_to(struct consumer_rule *rule, const char *guest)
{
	assert_int_equal(guest_names_add(&rule->guests, guest, strlen(guest)), 0);
}

TEST(rights_are_to_the_guests_that_are_named)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int sock;

	restrict_to(rule_of(rig), "another");
	rig_add_objects(rig);
	sock = rig_greet(rig);
	rig_expect_nothing(rig, sock);
	close(sock);
	restrict_to(rule_of(rig), "guest");
	sock = rig_greet(rig);
	rig_expect(rig, sock, XENAV_OP_STREAM_ADDED, 1, &msg);
	close(sock);
}

TEST(a_consumer_without_rights_gets_an_error_and_is_disconnected)
{
	struct rig *rig = *state;
	int sock;

	allow(rig, RIGHT_NO, RIGHT_NO, RIGHT_NO);
	rig_add_objects(rig);
	sock = rig_connect(rig);
	rig_expect_error(rig, sock, XENAV_OP_HELLO, 0, -EACCES);
	rig_expect_end(rig, sock);
	assert_non_null(strstr(rig_last_warning, "gives it no rights"));
}

TEST(a_socket_for_everybody_says_so_in_its_mode)
{
	struct rig *rig = *state;
	const mode_t mask = umask(077);
	struct server *server;
	char folder[128], path[160];
	struct stat st;

	snprintf(folder, sizeof folder, "%s/new", rig->folder);
	snprintf(path, sizeof path, "%s/socket", folder);
	assert_int_equal(
		server_create(&server, rig->base, &rig->policy, &rig->limits, path, NULL, true), 0);
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0666);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	server_destroy(server);
	assert_int_equal(rmdir(folder), 0);
}

TEST(a_peer_is_who_the_kernel_says_it_is)
{
	gid_t groups[256];
	const int n = getgroups(256, groups);
	struct peer peer;
	int ends[2];

	assert_true(n >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	assert_int_equal(peer_read(&peer, ends[0]), 0);
	assert_int_equal(peer.pid, getpid());
	assert_int_equal(peer.id.uid, geteuid());
	assert_int_equal(peer.id.gid, getegid());
	assert_int_equal(peer.id.n_groups, n);
	for (int i = 0; i < n; i++)
		assert_int_equal(peer.id.groups[i], groups[i]);
	peer_finish(&peer);
	peer_finish(&peer);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(peer_read(&peer, ends[0]), -EBADF);
}

int main(void)
{
	return test_run(NULL, NULL);
}
