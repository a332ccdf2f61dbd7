/* SPDX-License-Identifier: MIT */
/* The programs of a lab, see lab-priv.h: where they are, and what surrounds them. */
#include <config.h>

#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lab-priv.h"
#include "machine.h"
#include "service.h"

char lab_xenstored_path[256];
char lab_xenavd_path[512];
static char fake_path[512];
static char library_dir[512];
static const char *more_preloads;

/* -------- what is there -------- */

static const char *build_dir(void)
{
	const char *dir = getenv("top_builddir");

	return dir ? dir : ".";
}

static bool find_xenstored(void)
{
	const char *given = getenv("XENAV_XENSTORED");
	glob_t found;

	if (given)
		snprintf(lab_xenstored_path, sizeof lab_xenstored_path, "%s", given);
	else if (glob("/usr/lib/xen-*/bin/xenstored", 0, NULL, &found) == 0) {
		snprintf(lab_xenstored_path, sizeof lab_xenstored_path, "%s",
			 found.gl_pathv[found.gl_pathc - 1]);
		globfree(&found);
	}
	return access(lab_xenstored_path, X_OK) == 0;
}

/* Behind libtool's wrappers, so that nothing is preloaded into a shell. */
static bool find_built(void)
{
	snprintf(fake_path, sizeof fake_path, "%s/tests/fake/.libs/libfakexen.so", build_dir());
	snprintf(lab_xenavd_path, sizeof lab_xenavd_path, "%s/.libs/xenavd", build_dir());
	snprintf(library_dir, sizeof library_dir, "%s/lib/.libs", build_dir());
	if (access(lab_xenavd_path, X_OK) < 0)
		snprintf(lab_xenavd_path, sizeof lab_xenavd_path, "%s/xenavd", build_dir());
	return access(fake_path, R_OK) == 0 && access(lab_xenavd_path, X_OK) == 0;
}

const char *lab_missing(void)
{
	if (!find_xenstored())
		return "no xenstored (Debian: xen-utils-4.17; or name one in XENAV_XENSTORED)";
	if (!find_built())
		return "no xenavd or libfakexen.so in the build folder";
	return NULL;
}

void lab_choose_xenavd(const char *program, const char *libraries, const char *preload)
{
	if (program)
		snprintf(lab_xenavd_path, sizeof lab_xenavd_path, "%s", program);
	if (libraries)
		snprintf(library_dir, sizeof library_dir, "%s", libraries);
	more_preloads = preload;
}

/* -------- running them -------- */

/*
 * libxenstore's own reader closes the socket when xenstored is gone, while another thread may be
 * about to write to it.
 */
static const char *tsan_options(const struct lab *lab)
{
	static char options[256];
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/suppressions", lab->dir);
	file = fopen(path, "we");
	if (file) {
		fputs("race:libxenstore.so\n", file);
		fclose(file);
	}
	snprintf(options, sizeof options, "exitcode=98:halt_on_error=1:suppressions=%s", path);
	return options;
}

static void set_environment(const struct lab *lab)
{
	setenv("LD_PRELOAD", fake_path, 1);
	setenv("LD_LIBRARY_PATH", library_dir, 1);
	setenv(MACHINE_ENV, lab->dir, 1);
	/* The fake has no sanitizer in it and does not mind which of them comes first. */
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0:abort_on_error=0:exitcode=99", 1);
	setenv("TSAN_OPTIONS", tsan_options(lab), 1);
	setenv("UBSAN_OPTIONS", "print_stacktrace=1", 1);
	/* Whoever runs the tests may be a service. */
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
}

static void be_xenavd(const struct lab *lab)
{
	char preloads[1024];
	char domid[16];

	if (more_preloads) {
		snprintf(preloads, sizeof preloads, "%s:%s", fake_path, more_preloads);
		setenv("LD_PRELOAD", preloads, 1);
	}
	if (lab->nice != 0)
		setpriority(PRIO_PROCESS, 0, lab->nice);
	if (lab->bus.domid == 0)
		return;
	snprintf(domid, sizeof domid, "%u", lab->bus.domid);
	setenv(MACHINE_DOMID_ENV, domid, 1);
	setenv("XENSTORED_PATH", lab->bus.path, 1);
}

pid_t lab_spawn(const struct lab *lab, const char *log, char *const argv[], enum lab_kind kind)
{
	char path[128];
	pid_t pid;

	snprintf(path, sizeof path, "%s/%s", lab->dir, log);
	if (kind == LAB_SERVICE)
		service_before_start(lab);
	fflush(NULL);
	pid = fork();
	if (pid != 0)
		return pid;
	/* The daemons of a test end with it, also when it crashes. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!freopen("/dev/null", "r", stdin) || !freopen(path, "a", stdout) || dup2(1, 2) < 0)
		_exit(126);
	set_environment(lab);
	if (kind != LAB_PLAIN)
		be_xenavd(lab);
	if (kind == LAB_SERVICE)
		service_in_child(lab);
	execv(argv[0], argv);
	_exit(127);
}
