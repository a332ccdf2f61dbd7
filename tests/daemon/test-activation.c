/* SPDX-License-Identifier: MIT */
/* The socket of xenavd.socket: consumers can connect before xenavd has started, and while it is
 * started again. */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake/service.h"
#include "rig.h"

static void __attribute__((constructor)) managed(void)
{
	rig_managed = true;
}

static int connect_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(sock >= 0);
	strcpy(addr.sun_path, path);
	assert_int_equal(connect(sock, (struct sockaddr *)&addr, sizeof addr), 0);
	return sock;
}

/* As a consumer: xenavd answers. */
static void assert_served(int sock)
{
	const struct timeval patience = {.tv_sec = 60};
	char garbage[4] = {0};
	char answer[64];

	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	assert_int_equal(send(sock, garbage, sizeof garbage, MSG_NOSIGNAL), sizeof garbage);
	/* An error message, or the end of the connection. */
	assert_true(recv(sock, answer, sizeof answer, 0) >= 0);
	close(sock);
}

static mode_t mode_of_socket(void)
{
	struct stat st;

	assert_int_equal(lstat(lab.socket, &st), 0);
	return st.st_mode & 0777;
}

/* First of all, while the unit has no socket. */
TEST(a_socket_of_another_kind_is_not_used)
{
	const int wrong = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	lab_stop_xenavd(&lab, SIGTERM);
	assert_int_equal(service_put(&lab, "socket", wrong), 0);
	close(wrong);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(lab_log_has(&lab, "it is not of ListenSequentialPacket="));
	service_forget(&lab, "socket");
	assert_served(connect_at(lab.socket));
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(sock >= 0);
	strcpy(addr.sun_path, path);
	unlink(path);
	assert_int_equal(bind(sock, (struct sockaddr *)&addr, sizeof addr), 0);
	assert_int_equal(listen(sock, SOMAXCONN), 0);
	return sock;
}

/* A drop-in with another ListenSequentialPacket= adds to the path of the unit. */
TEST(of_two_sockets_the_one_at_the_configured_path_is_used)
{
	char path[sizeof((struct sockaddr_un *)NULL)->sun_path];
	int right, other;

	snprintf(path, sizeof path, "%s/other", lab.dir);
	lab_stop_xenavd(&lab, SIGTERM);
	right = listen_at(lab.socket);
	other = listen_at(path);
	/* The last one is passed on first. */
	assert_int_equal(service_put(&lab, "socket", right), 0);
	assert_int_equal(service_put(&lab, "socket", other), 0);
	close(right);
	close(other);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(lab_log_has(&lab, "xenavd.conf names another path"));
	assert_served(connect_at(lab.socket));
	service_forget(&lab, "socket");
	unlink(path);
}

/* Wait for a headline. */
static void wait_for_status(const char *wanted)
{
	const uint64_t until = now_ns() + 120 * NS_PER_SEC;
	char text[128] = "";

	while (!service_status(&lab, text, sizeof text) || strcmp(text, wanted) != 0) {
		if (now_ns() > until)
			fail_msg("\"%s\" instead of \"%s\"", text, wanted);
		usleep(20000);
	}
}

TEST(the_service_manager_is_told_what_there_is)
{
	static struct rig_guest rg;
	int sock;

	rig_start(&rg, 1);
	wait_for_status("1 guest: 2 streams, 2 connectors, 0 input devices; 0 consumers");
	sock = connect_at(lab.socket);
	wait_for_status("1 guest: 2 streams, 2 connectors, 0 input devices; 1 consumer");
	close(sock);
	rig_stop(&rg);
	wait_for_status("0 guests: 0 streams, 0 connectors, 0 input devices; 0 consumers");
}

/* The one who installs it must not wait, and whoever has a guest is served when it is there. */
TEST(xenstored_may_come_later_than_the_service)
{
	static struct rig_guest rg;

	lab_stop_xenavd(&lab, SIGTERM);
	lab_kill_xenstored(&lab);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(lab_log_has(&lab, "Could not reach xenstored"));
	assert_int_equal(lab_restart_xenstored(&lab), 0);
	rig_start(&rg, 1);
	assert_fine(rig_play(&rg, 960));
	rig_stop(&rg);
}

TEST(who_connects_while_xenavd_is_away_is_served_when_it_comes)
{
	int sock;

	lab_stop_xenavd(&lab, SIGTERM);
	assert_int_equal(service_listen(&lab), 0);
	sock = connect_at(lab.socket);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_served(sock);
	lab_stop_xenavd(&lab, SIGKILL);
	sock = connect_at(lab.socket);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_served(sock);
}

TEST(its_file_gets_the_mode_that_follows_from_the_configuration_and_stays)
{
	chmod(lab.socket, 0600);
	lab_stop_xenavd(&lab, SIGTERM);
	assert_int_equal(mode_of_socket(), 0600);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	/* The lab's configuration admits a user: the one who runs the tests. */
	assert_int_equal(mode_of_socket(), geteuid() == 0 ? 0660 : 0666);
}
