/* SPDX-License-Identifier: MIT */
/* daemon/consumer: the file of the socket, and the number of consumers. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "test-consumer-rig.h"
#include "test.h"

#define NOBODY 65534
/* One more than any of the limits. */
#define MANY 65

/* -------- how many -------- */

static void expect_refused(struct rig *rig, int sock)
{
	rig_expect_error(rig, sock, XENAV_OP_HELLO, 0, -EUSERS);
	rig_expect_end(rig, sock);
}

/* Connect n consumers: all but the last are accepted.  When one leaves there is room again. */
static void crowd(struct rig *rig, int n)
{
	int socks[MANY];
	union xenav_msg msg;

	for (int i = 0; i < n; i++)
		socks[i] = rig_connect(rig);
	expect_refused(rig, socks[n - 1]);
	assert_int_equal(rig_warnings, 1);
	close(socks[0]);
	rig_turn(rig);
	socks[0] = rig_connect(rig);
	rig_hello(&msg);
	rig_send(socks[0], &msg);
	rig_expect(rig, socks[0], XENAV_OP_WELCOME, 0, &msg);
	for (int i = 0; i < n - 1; i++)
		close(socks[i]);
}

#define TEST(name) TEST_WITH(name, rig_setup, rig_teardown)

TEST(the_sixty_fifth_consumer_is_refused)
{
	struct rig *rig = *state;
	struct consumer_limits limits = rig_limits();

	limits.consumers_per_uid = MANY;
	rig_limit(rig, &limits);
	STAILQ_FIRST(&rig->policy.consumers)->max_consumers = MANY;
	/* Eight places are root's. */
	crowd(rig, geteuid() == 0 ? 65 : 57);
}

TEST(the_ninth_consumer_of_a_user_is_refused)
{
	struct rig *rig = *state;

	assert_int_equal(chmod(rig->path, 0666), 0);
	assert_int_equal(chmod(rig->folder, 0755), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	crowd(rig, 9);
	assert_int_equal(seteuid(getuid()), 0);
}

/* One leaves and one comes in the same turn of the loop, before the dead session is destroyed. */
TEST(a_consumer_that_leaves_makes_room_for_the_next_at_once)
{
	struct rig *rig = *state;
	struct consumer_limits limits = rig_limits();
	int before, after;

	limits.consumers = 1;
	rig_limit(rig, &limits);
	before = rig_greet(rig);
	for (unsigned i = 0; i < 10; i++) {
		close(before);
		after = rig_greet(rig);
		before = after;
	}
	close(before);
}

static int greet_as(struct rig *rig, uid_t uid)
{
	int sock;

	assert_int_equal(seteuid(uid), 0);
	sock = rig_greet(rig);
	assert_int_equal(seteuid(0), 0);
	return sock;
}

static void refused_as(struct rig *rig, uid_t uid, const char *why)
{
	int sock;

	assert_int_equal(seteuid(uid), 0);
	sock = rig_connect(rig);
	assert_int_equal(seteuid(0), 0);
	expect_refused(rig, sock);
	assert_non_null(strstr(rig_last_warning, why));
}

static void open_to_all(const struct rig *rig)
{
	assert_int_equal(chmod(rig->folder, 0755), 0);
	assert_int_equal(chmod(rig->path, 0666), 0);
}

TEST(others_do_not_take_the_places_of_root)
{
	struct rig *rig = *state;
	int socks[64];

	open_to_all(rig);
	STAILQ_FIRST(&rig->policy.consumers)->max_consumers = MANY;
	for (unsigned i = 0; i < 56; i++)
		socks[i] = greet_as(rig, 1000 + i / 8);
	refused_as(rig, 1100, "too many consumers are connected");
	for (unsigned i = 56; i < 64; i++)
		socks[i] = rig_greet(rig);
	expect_refused(rig, rig_connect(rig));
	for (unsigned i = 0; i < 64; i++)
		close(socks[i]);
}

/* The places of a section do not depend on its users, and another section has its own. */
TEST(a_section_of_the_configuration_has_its_places_and_no_more)
{
	struct rig *rig = *state;
	struct consumer_rule *all = STAILQ_FIRST(&rig->policy.consumers);
	struct consumer_rule *rule;
	int socks[4];

	open_to_all(rig);
	STAILQ_REMOVE_HEAD(&rig->policy.consumers, link);
	rule = policy_add_consumer(&rig->policy, CONSUMER_USER, 1007, "other");
	rule->rights.display = RIGHT_WATCH;
	STAILQ_INSERT_TAIL(&rig->policy.consumers, all, link);
	all->max_consumers = 3;
	for (unsigned i = 0; i < 3; i++)
		socks[i] = greet_as(rig, 1000 + i);
	refused_as(rig, 1003, "the same section");
	socks[3] = greet_as(rig, 1007);
	for (unsigned i = 0; i < 4; i++)
		close(socks[i]);
}

TEST(root_may_have_more_consumers_than_others)
{
	struct rig *rig = *state;
	int socks[9];

	for (int i = 0; i < 9; i++)
		socks[i] = rig_greet(rig);
	for (int i = 0; i < 9; i++)
		close(socks[i]);
}

TEST(many_that_come_and_go_leave_nothing)
{
	struct rig *rig = *state;

	rig_add_objects(rig);
	for (int i = 0; i < 1000; i++) {
		const int sock = rig_connect(rig);

		if (i % 3 == 0)
			rig_send_plain(sock, XENAV_OP_RELEASE, 0);
		close(sock);
	}
	close(rig_enter(rig));
}

TEST(the_server_disconnects_all_consumers)
{
	struct rig *rig = *state;
	union xenav_msg msg;
	int sock;

	rig_add_objects(rig);
	rig->streams[0].generation = 1;
	sock = rig_enter(rig);
	rig_claim(rig, sock, RIG_STREAM);
	for (int i = 0; i < 3; i++)
		rig_receive(rig, sock, &msg, NULL);
	rig_claim(rig, sock, RIG_CONNECTOR);
	rig_data(&rig->streams[0], 0, 4);
	server_destroy(rig->server);
	rig->server = NULL;
	assert_int_equal(rig->streams[0].n_releases, 1);
	assert_int_equal(rig->connectors[0].n_releases, 1);
	rig_expect(rig, sock, XENAV_OP_STREAM_DATA, RIG_STREAM, &msg);
	rig_expect_end(rig, sock);
}

/* -------- where -------- */

static int create_at(struct rig *rig, const char *path, const char *group)
{
	struct server *server = NULL;
	const unsigned warnings = rig_warnings;
	const int rc =
		server_create(&server, rig->base, &rig->policy, &rig->limits, path, group, false);

	assert_true((rc == 0) == (server != NULL));
	assert_int_equal(rig_warnings, warnings + (rc < 0));
	server_destroy(server);
	return rc;
}

static int bind_at(const char *path, int type)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const int sock = socket(AF_UNIX, type, 0);

	assert_true(sock >= 0);
	memcpy(addr.sun_path, path, strlen(path));
	assert_int_equal(bind(sock, (const struct sockaddr *)&addr, sizeof addr), 0);
	return sock;
}

/* Leave a socket file without a listener behind. */
static void leave_stale(const char *path)
{
	const int sock = bind_at(path, SOCK_SEQPACKET);

	assert_int_equal(listen(sock, 1), 0);
	close(sock);
	assert_int_equal(access(path, F_OK), 0);
}

TEST(a_stale_socket_is_replaced)
{
	struct rig *rig = *state;

	server_destroy(rig->server);
	rig->server = NULL;
	leave_stale(rig->path);
	assert_int_equal(server_create(&rig->server, rig->base, &rig->policy, &rig->limits,
				       rig->path, NULL, false),
			 0);
	close(rig_greet(rig));
}

TEST(a_used_socket_is_left_alone)
{
	struct rig *rig = *state;

	assert_int_equal(create_at(rig, rig->path, NULL), -EADDRINUSE);
	close(rig_greet(rig));
}

TEST(a_used_socket_of_another_kind_is_left_alone)
{
	struct rig *rig = *state;
	char path[128];
	int sock;

	snprintf(path, sizeof path, "%s/other", rig->folder);
	sock = bind_at(path, SOCK_STREAM);
	assert_int_equal(listen(sock, 1), 0);
	assert_int_equal(create_at(rig, path, NULL), -EADDRINUSE);
	close(sock);
	assert_int_equal(unlink(path), 0);
}

TEST(a_file_that_is_no_socket_is_left_alone)
{
	struct rig *rig = *state;
	char path[128];

	snprintf(path, sizeof path, "%s/file", rig->folder);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(create_at(rig, path, NULL), -ENOTSOCK);
	assert_int_equal(unlink(path), 0);
}

TEST(a_path_that_does_not_fit_is_refused)
{
	struct rig *rig = *state;
	char path[200];

	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	memcpy(path, "/tmp/", 5);
	assert_int_equal(create_at(rig, path, NULL), -ENAMETOOLONG);
}

TEST(the_folder_is_made_but_not_the_folders_above)
{
	struct rig *rig = *state;
	char folder[128], path[160];
	struct stat st;

	snprintf(folder, sizeof folder, "%s/new", rig->folder);
	snprintf(path, sizeof path, "%s/socket", folder);
	assert_int_equal(create_at(rig, path, NULL), 0);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(create_at(rig, path, NULL), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(create_at(rig, "/nonexistent/for/sure/socket", NULL), -ENOENT);
}

TEST(only_the_owner_and_the_group_may_connect)
{
	struct rig *rig = *state;
	const struct group *group = getgrgid(getegid());
	const mode_t mask = umask(0);
	char path[128];
	struct server *server;
	struct stat st;

	umask(mask);
	snprintf(path, sizeof path, "%s/other", rig->folder);
	assert_int_equal(server_create(&server, rig->base, &rig->policy, &rig->limits, path,
				       group ? group->gr_name : NULL, false),
			 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(st.st_gid, getegid());
	server_destroy(server);
	assert_int_equal(umask(mask), mask);
}

TEST(an_unknown_group_is_an_error)
{
	struct rig *rig = *state;
	char path[128];

	snprintf(path, sizeof path, "%s/other", rig->folder);
	assert_int_equal(create_at(rig, path, "no such group"), -EINVAL);
	assert_int_equal(access(path, F_OK), -1);
}

TEST(a_socket_that_became_anothers_is_not_removed)
{
	struct rig *rig = *state;
	char path[128];

	/* Elsewhere first: the number of an unlinked file may be given out again. */
	snprintf(path, sizeof path, "%s/other", rig->folder);
	leave_stale(path);
	assert_int_equal(rename(path, rig->path), 0);
	server_destroy(rig->server);
	rig->server = NULL;
	assert_int_equal(unlink(rig->path), 0);
}

int main(void)
{
	if (geteuid() != 0) {
		test_leave_out("root_may_have_more_consumers_than_others", "to be root");
		test_leave_out("others_do_not_take_the_places_of_root", "to be root");
		test_leave_out("a_section_of_the_configuration_has_its_places_and_no_more",
			       "to be root");
	}
	return test_run(NULL, NULL);
}
