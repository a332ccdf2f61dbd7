/* SPDX-License-Identifier: MIT */
/*
 * xenstored is not there when xenavd starts, hangs, or is replaced by a newer one while everything
 * runs (xenstore-control live-update): that is said, and devices are of use afterwards.
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake/lab-priv.h"
#include "fake/service.h"
#include "scene.h"

#define EX_UNAVAILABLE 69
#define FREEZE_MS      200

static struct scene scene;
static uint16_t next_domid = 500;

static void assert_serves_a_new_guest(void)
{
	static struct scene other;

	scene_begin(&other, next_domid++);
	scene_end(&other);
}

/* Its xenstored has gone: it is killed without a word. */
static void bury(void)
{
	machine_domain_destroy(scene.rg.guest.domid);
	guest_forget(&scene.rg.guest);
	toolstack_close(&scene.rg.ts);
}

TEST(a_daemon_that_finds_no_xenstored_says_so_and_the_next_one_serves)
{
	char said[1024];

	lab_stop_xenavd(&lab, SIGTERM);
	lab_kill_xenstored(&lab);
	assert_int_equal(lab_try_xenavd(&lab, said, sizeof said), EX_UNAVAILABLE);
	assert_non_null(strstr(said, "Could not talk to xenstored"));
	assert_int_equal(lab_restart_xenstored(&lab), 0);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_serves_a_new_guest();
}

/* What the first xenavd had it cannot be asked for again: its guest is nobody's. */
TEST(a_killed_daemon_whose_xenstored_has_forgotten_all_serves_new_guests)
{
	scene_begin(&scene, next_domid++);
	lab_kill_xenstored(&lab);
	lab_stop_xenavd(&lab, SIGKILL);
	assert_int_equal(lab_restart_xenstored(&lab), 0);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	assert_serves_a_new_guest();
	bury();
	assert_int_equal(machine_mapped_of(scene.rg.guest.domid), 0);
}

TEST(a_killed_daemon_whose_xenstored_hangs_goes_on_when_it_answers)
{
	scene_begin(&scene, next_domid++);
	assert_int_equal(lab_freeze(lab.xenstored), 0);
	lab_stop_xenavd(&lab, SIGKILL);
	assert_int_equal(lab_begin_xenavd(&lab), 0);
	usleep(FREEZE_MS * 1000);
	assert_false(lab_xenavd_died(&lab));
	kill(lab.xenstored, SIGCONT);
	assert_true(service_wait_ready(&lab));
	assert_int_equal(scene_goes_on(&scene), WITNESS_ALL);
	scene_end(&scene);
}

/* -------- live update -------- */

/* Beside xenstored. */
static const char *control_path(void)
{
	static char path[sizeof lab_xenstored_path + 32];
	const char *slash = strrchr(lab_xenstored_path, '/');
	const int dir_len = slash ? (int)(slash - lab_xenstored_path) : 0;

	snprintf(path, sizeof path, "%.*s/xenstore-control", dir_len, lab_xenstored_path);
	return path;
}

/* @return the exit status. */
static int update_xenstored(void)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(2, 1);
		execl(control_path(), "xenstore-control", "live-update", "-F", lab_xenstored_path,
		      (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The new program has the old process, and an option that says so. */
static bool is_updated(void)
{
	char path[64];
	char line[512] = "";
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)lab.xenstored);
	file = fopen(path, "re");
	if (file) {
		n = fread(line, 1, sizeof line - 1, file);
		fclose(file);
	}
	for (size_t i = 0; i < n; i += strnlen(line + i, n - i) + 1)
		if (strcmp(line + i, "-U") == 0 || strcmp(line + i, "--live-update") == 0)
			return true;
	return false;
}

static bool can_update(void)
{
	if (access(control_path(), X_OK) == 0)
		return true;
	print_message("# there is no %s\n", control_path());
	skip();
	return false;
}

TEST(a_xenstored_that_is_updated_live_is_not_noticed)
{
	if (!can_update())
		return;
	witnesses_start(2, WITNESS_ALL);
	assert_false(is_updated());
	assert_int_equal(update_xenstored(), 0);
	assert_true(is_updated());
	witnesses_go_on();
	assert_serves_a_new_guest();
	/* And with a xenavd that knew only the old one. */
	rig_kill();
	witnesses_stop();
	assert_serves_a_new_guest();
}
