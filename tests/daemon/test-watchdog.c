/* SPDX-License-Identifier: MIT */
/*
 * Each thread of xenavd can be the one that hangs.  Here a debugger holds it; the service manager
 * is one that does not act, so that a test sees what it is told.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "fake/service.h"
#include "rig.h"
#include "unit/hold.h"

#define LIMIT_USEC 500000u
#define PATIENCE_S 120 /* on a busy machine */

#define FIRST_DOMID  130
#define LONG_USEC    2000000u /* far more than xenavd waits for what maps nothing */
#define ENDLESS_USEC 60000000u

static void __attribute__((constructor)) managed(void)
{
	rig_managed = true;
}

/* @return the thread of xenavd with that name. */
static pid_t thread_named(const char *name)
{
	char path[96], line[32];
	struct dirent *entry;
	pid_t found = 0;
	FILE *file;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%d/task", (int)lab.xenavd);
	dir = opendir(path);
	assert_non_null(dir);
	while (!found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/%d/task/%.16s/comm", (int)lab.xenavd,
			 entry->d_name);
		file = fopen(path, "re");
		if (file && fgets(line, sizeof line, file) && strcmp(line, name) == 0)
			found = (pid_t)atoi(entry->d_name);
		if (file)
			fclose(file);
	}
	closedir(dir);
	assert_true(found > 0);
	return found;
}

static void wait_for_log(const char *text)
{
	const uint64_t until = now_ns() + PATIENCE_S * NS_PER_SEC;

	while (!lab_log_has(&lab, text)) {
		assert_true(now_ns() < until);
		usleep(20000);
	}
}

static void wait_for_pings(unsigned n)
{
	const uint64_t until = now_ns() + PATIENCE_S * NS_PER_SEC;
	const unsigned before = service_pings(&lab);

	while (service_pings(&lab) < before + n) {
		assert_true(now_ns() < until);
		usleep(20000);
	}
}

/* As the service manager does it. */
static void start_watched(void)
{
	lab_stop_xenavd(&lab, SIGTERM);
	service_set_watchdog(&lab, LIMIT_USEC);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	wait_for_pings(2);
}

/* As the service manager would; thread is one that is held, or 0. */
static void start_again(pid_t thread)
{
	service_set_watchdog(&lab, 0);
	kill(lab.xenavd, SIGKILL);
	/* Its end has to be seen by who holds it before that of the process is. */
	if (thread > 0)
		assert_int_equal(waitpid(thread, NULL, __WALL), thread);
	rig_kill();
}

TEST(a_worker_that_hangs_is_told)
{
	pid_t worker;

	start_watched();
	worker = thread_named("xenavd-worker\n");
	hold_thread(worker);
	wait_for_log("The worker has not answered for");
	start_again(worker);
}

/* As the kernel does when the guest's memory is paged out. */
static void open_slowly(struct rig_guest *rg, uint16_t domid, uint32_t delay_us)
{
	rig_start(rg, domid);
	machine_order(CALL_MAP, domid, 0, 1, 0, delay_us);
	pcm_open(PLAY(rg));
	assert_int_equal(pcm_hw_params(PLAY(rg), &rig_params), 0);
}

TEST(a_mapping_that_takes_long_is_no_hang)
{
	struct rig_guest rg;

	start_watched();
	open_slowly(&rg, FIRST_DOMID, LONG_USEC);
	assert_int_equal(pcm_prepare(PLAY(&rg)), 0);
	assert_false(lab_log_has(&lab, "has not answered"));
	pcm_close(PLAY(&rg));
	rig_stop(&rg);
	start_again(0);
}

TEST(a_mapping_that_does_not_end_is_told)
{
	struct rig_guest rg;

	start_watched();
	open_slowly(&rg, FIRST_DOMID + 1, ENDLESS_USEC);
	rg.guest.wait_ms = 20;
	assert_int_equal(pcm_prepare(PLAY(&rg)), -ETIMEDOUT);
	wait_for_log("The worker has not answered for");
	start_again(0);
	assert_fine(rig_destroy(&rg));
}

TEST(a_xenstored_that_hangs_is_no_hang)
{
	struct rig_guest rg;

	start_watched();
	rig_start(&rg, FIRST_DOMID + 2);
	/* xenavd hears of something, and gets no answer when it asks what it is. */
	assert_int_equal(lab_freeze(lab.xenavd), 0);
	assert_int_equal(toolstack_begin_removal(&rg.ts, "vsnd", rg.guest.domid, 0), 0);
	assert_int_equal(lab_freeze(lab.xenstored), 0);
	kill(lab.xenavd, SIGCONT);
	wait_for_pings(30);
	assert_false(lab_log_has(&lab, "has not answered"));
	kill(lab.xenstored, SIGCONT);
	assert_fine(rig_destroy(&rg));
	start_again(0);
}

TEST(a_copier_that_hangs_is_told)
{
	pid_t copier;

	start_watched();
	copier = thread_named("xenavd-copier\n");
	hold_thread(copier);
	wait_for_log("The copier has not answered for");
	start_again(copier);
}

TEST(a_store_thread_that_hangs_is_told)
{
	pid_t thread;

	start_watched();
	thread = thread_named("xenavd-store\n");
	hold_thread(thread);
	wait_for_log("The thread of xenstored has not answered for");
	start_again(thread);
}

TEST(a_loop_that_hangs_feeds_nobody)
{
	unsigned fed;

	start_watched();
	hold_thread(lab.xenavd);
	fed = service_pings(&lab);
	usleep(2 * LIMIT_USEC);
	assert_int_equal(service_pings(&lab), fed);
	ptrace(PTRACE_DETACH, lab.xenavd, NULL, NULL);
	wait_for_pings(2);
	start_again(0);
}

TEST(a_xenstored_that_is_gone_is_no_hang)
{
	start_watched();
	lab_kill_xenstored(&lab);
	wait_for_pings(8);
	assert_false(lab_log_has(&lab, "has not answered"));
	assert_int_equal(lab_restart_xenstored(&lab), 0);
	start_again(0);
}
