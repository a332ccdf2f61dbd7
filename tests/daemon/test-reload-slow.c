/* SPDX-License-Identifier: MIT */
/* The configuration is read again, and that takes its time: nobody has to wait for it. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rig.h"

static struct rig_guest rg;

static bool is_said(void *data)
{
	return lab_log_has(&lab, data);
}

static void expect_said(const char *line)
{
	assert_true(guest_run_until(&rg.guest, is_said, (void *)(uintptr_t)line, WAIT_MS));
}

#define DONE "The configuration was read again"

#undef TEST
#define TEST(name) TEST_WITH(name, rig_begin, rig_end_as_usual)

/* -------- a file that hangs, as a name service may -------- */

static char pipe_path[128];
static int pipe_end;

static bool is_being_read(void *)
{
	pipe_end = open(pipe_path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	return pipe_end >= 0;
}

/* One of the files is a pipe, from which nothing comes. */
static void begin_reading(const char *config)
{
	snprintf(pipe_path, sizeof pipe_path, "%s/xenavd.conf.d", lab.dir);
	assert_int_equal(mkdir(pipe_path, 0755), 0);
	snprintf(pipe_path, sizeof pipe_path, "%s/xenavd.conf.d/10-pipe.conf", lab.dir);
	assert_int_equal(mkfifo(pipe_path, 0644), 0);
	assert_int_equal(lab_reload_xenavd(&lab, config), 0);
	assert_true(guest_run_until(&rg.guest, is_being_read, NULL, WAIT_MS));
}

static void remove_pipe(void)
{
	assert_int_equal(unlink(pipe_path), 0);
	*strrchr(pipe_path, '/') = '\0';
	assert_int_equal(rmdir(pipe_path), 0);
}

TEST(a_reading_that_takes_long_keeps_no_guest_waiting)
{
	rig_start(&rg, 1);
	begin_reading("[guest guest1]\nmapped-mib = 0\n");
	assert_fine(rig_play(&rg, rig_params.buffer_frames));
	assert_false(lab_log_has(&lab, DONE));
	/* It is asked for again meanwhile: what stands there in the end counts. */
	assert_int_equal(lab_reload_xenavd(&lab, "[daemon]\nlog-level = perhaps\n"), 0);
	remove_pipe();
	close(pipe_end);
	expect_said(DONE);
	expect_said(":2: \"log-level\" takes");
	/* The first reading had begun with the file of its time. */
	assert_non_null(rig_play(&rg, rig_params.buffer_frames));
	assert_int_equal(lab_reload_xenavd(&lab, NULL), 0);
	while (rig_play(&rg, rig_params.buffer_frames))
		;
	rig_stop(&rg);
}

TEST(a_daemon_that_is_stopped_in_the_middle_of_reading_leaves)
{
	rig_start(&rg, 2);
	begin_reading("");
	assert_int_equal(lab_stop_xenavd(&lab, SIGTERM), 0);
	assert_false(lab_log_has(&lab, "Could not stop"));
	assert_false(lab_log_has(&lab, DONE));
	remove_pipe();
	close(pipe_end);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_true(front_wait(&rg.sound.front, 3, WAIT_MS));
	assert_fine(rig_connect(&rg));
	rig_stop(&rg);
}

/* -------- a service manager that is busy -------- */

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static char kept_path[128];
static int manager;

/* The test has the place of the service manager for a while. */
static void become_manager(void)
{
	snprintf(address.sun_path, sizeof address.sun_path, "%s/notify", lab.dir);
	snprintf(kept_path, sizeof kept_path, "%s.kept", address.sun_path);
	assert_int_equal(rename(address.sun_path, kept_path), 0);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(manager, (struct sockaddr *)&address, sizeof address), 0);
}

static void end_as_manager(void)
{
	assert_int_equal(rename(kept_path, address.sun_path), 0);
	close(manager);
}

/* Until no message fits into its socket any more. */
static void keep_busy(void)
{
	const int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	while (sendto(sock, "X=1", 3, 0, (const struct sockaddr *)&address, sizeof address) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	close(sock);
}

/* @return whether READY=1 is among what was said. */
static bool hears_ready(void *)
{
	char said[1024];
	ssize_t n;

	while ((n = recv(manager, said, sizeof said - 1, MSG_DONTWAIT)) >= 0) {
		said[n] = '\0';
		if (strstr(said, "READY=1"))
			return true;
	}
	return false;
}

TEST(a_service_manager_that_is_busy_hears_of_the_end)
{
	rig_start(&rg, 3);
	become_manager();
	keep_busy();
	assert_int_equal(lab_reload_xenavd(&lab, NULL), 0);
	expect_said(DONE);
	assert_fine(rig_play(&rg, rig_params.buffer_frames));
	assert_true(guest_run_until(&rg.guest, hears_ready, NULL, WAIT_MS));
	end_as_manager();
	rig_stop(&rg);
}

int main(void)
{
	rig_managed = true;
	return rig_main();
}
