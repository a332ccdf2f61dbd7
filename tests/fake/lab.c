/* SPDX-License-Identifier: MIT */
/* See lab.h. */
#include <config.h>

#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenstore.h>

#include "base/clock.h"
#include "lab.h"
#include "machine.h"

#define START_MS 20000
#define STOP_MS  20000

static char xenstored_path[256];
static char fake_path[512];
static char xenavd_path[512];
static char library_dir[512];

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
		snprintf(xenstored_path, sizeof xenstored_path, "%s", given);
	else if (glob("/usr/lib/xen-*/bin/xenstored", 0, NULL, &found) == 0) {
		snprintf(xenstored_path, sizeof xenstored_path, "%s",
			 found.gl_pathv[found.gl_pathc - 1]);
		globfree(&found);
	}
	return access(xenstored_path, X_OK) == 0;
}

/* Behind libtool's wrappers, so that nothing is preloaded into a shell. */
static bool find_built(void)
{
	snprintf(fake_path, sizeof fake_path, "%s/tests/fake/.libs/libfakexen.so", build_dir());
	snprintf(xenavd_path, sizeof xenavd_path, "%s/.libs/xenavd", build_dir());
	snprintf(library_dir, sizeof library_dir, "%s/lib/.libs", build_dir());
	if (access(xenavd_path, X_OK) < 0)
		snprintf(xenavd_path, sizeof xenavd_path, "%s/xenavd", build_dir());
	return access(fake_path, R_OK) == 0 && access(xenavd_path, X_OK) == 0;
}

const char *lab_missing(void)
{
	if (!find_xenstored())
		return "no xenstored (Debian: xen-utils-4.17; or name one in XENAV_XENSTORED)";
	if (!find_built())
		return "no xenavd or libfakexen.so in the build folder";
	return NULL;
}

/* -------- processes -------- */

static void complain(const char *what, int rc)
{
	fprintf(stderr, "# lab: %s: %s\n", what, strerror(-rc));
}

static void copy_file(const char *path)
{
	char line[512];
	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof line, file))
		fprintf(stderr, "# %s", line);
	if (file)
		fclose(file);
}

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

static pid_t spawn(const struct lab *lab, const char *log, char *const argv[])
{
	const bool is_xenavd = argv[0] == xenavd_path;
	char path[128];
	pid_t pid;

	snprintf(path, sizeof path, "%s/%s", lab->dir, log);
	fflush(NULL);
	pid = fork();
	if (pid != 0)
		return pid;
	/* The daemons of a test end with it, also when it crashes. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!freopen("/dev/null", "r", stdin) || !freopen(path, "a", stdout) || dup2(1, 2) < 0)
		_exit(126);
	setenv("LD_PRELOAD", fake_path, 1);
	setenv("LD_LIBRARY_PATH", library_dir, 1);
	setenv(MACHINE_ENV, lab->dir, 1);
	if (is_xenavd && lab->nice != 0)
		setpriority(PRIO_PROCESS, 0, lab->nice);
	if (is_xenavd && lab->bus.domid > 0) {
		char domid[16];

		snprintf(domid, sizeof domid, "%u", lab->bus.domid);
		setenv(MACHINE_DOMID_ENV, domid, 1);
		setenv("XENSTORED_PATH", lab->bus.path, 1);
	}
	/* The fake has no sanitizer in it and does not mind which of them comes first. */
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0:abort_on_error=0:exitcode=99", 1);
	setenv("TSAN_OPTIONS", tsan_options(lab), 1);
	setenv("UBSAN_OPTIONS", "print_stacktrace=1", 1);
	execv(argv[0], argv);
	_exit(127);
}

static bool can_connect(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes;

	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
	yes = fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof addr) == 0;
	if (fd >= 0)
		close(fd);
	return yes;
}

/* The file of a socket is there before its process listens. */
static bool wait_for_socket(const char *path, pid_t pid)
{
	uint64_t until = now_ns() + START_MS * NS_PER_MS;

	while (now_ns() < until) {
		if (can_connect(path))
			return true;
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return false;
		usleep(2000);
	}
	return false;
}

static bool wait_for_log(const struct lab *lab, const char *text, pid_t pid)
{
	uint64_t until = now_ns() + START_MS * NS_PER_MS;

	while (now_ns() < until) {
		if (lab_log_has(lab, text))
			return true;
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return false;
		usleep(2000);
	}
	return false;
}

static int start_xenstored(struct lab *lab)
{
	char run_dir[96];
	char pid_file[96];
	char socket[96];
	char *argv[] = {xenstored_path, (char[]){"-N"}, (char[]){"--pid-file"}, pid_file, NULL};

	snprintf(run_dir, sizeof run_dir, "%s/xs", lab->dir);
	snprintf(pid_file, sizeof pid_file, "%s/xs/pid", lab->dir);
	snprintf(socket, sizeof socket, "%s/xs/socket", lab->dir);
	/* For libxenstore of this process and its children, too. */
	setenv("XENSTORED_RUNDIR", run_dir, 1);
	setenv("XENSTORED_ROOTDIR", run_dir, 1);
	if (mkdir(run_dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	unlink(socket);
	lab->xenstored = spawn(lab, "xenstored.log", argv);
	if (lab->xenstored < 0)
		return -errno;
	return wait_for_socket(socket, lab->xenstored) ? 0 : -ETIMEDOUT;
}

/* Under /dev/shm, if there is one: guests' memory is a file. */
static int make_dir(struct lab *lab)
{
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	snprintf(lab->dir, sizeof lab->dir, "%s/xenav-lab-XXXXXX", base);
	return mkdtemp(lab->dir) ? 0 : -errno;
}

/* The nodes that xen-init-dom0 writes. */
static int set_up_dom0(struct lab *lab)
{
	int rc = toolstack_open(&lab->ts);

	if (rc < 0)
		return rc;
	if (!xs_write(lab->ts.xs, XBT_NULL, "/local/domain/0/domid", "0", 1) ||
	    !xs_write(lab->ts.xs, XBT_NULL, "/local/domain/0/name", "Domain-0", 8))
		return -errno;
	return 0;
}

int lab_start(struct lab *lab)
{
	int rc;

	memset(lab, 0, sizeof *lab);
	signal(SIGPIPE, SIG_IGN);
	rc = make_dir(lab);
	if (rc == 0)
		rc = machine_create(lab->dir);
	if (rc == 0)
		rc = start_xenstored(lab);
	if (rc == 0)
		rc = set_up_dom0(lab);
	if (rc < 0) {
		complain("could not start", rc);
		lab_stop(lab);
	}
	return rc;
}

int lab_make_driver_domain(struct lab *lab, uint16_t domid)
{
	char path[96];
	int rc;

	snprintf(path, sizeof path, "%s/xenbus", lab->dir);
	rc = xenbus_start(&lab->bus, &lab->ts, domid, path);
	if (rc < 0) {
		complain("could not make the driver domain", rc);
		return rc;
	}
	machine->backend_domid = lab->ts.backend_domid = domid;
	return 0;
}

/* Root is not who runs the tests, as a rule. */
static int write_config(const struct lab *lab, const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;
	if (lab->config)
		fputs(lab->config, file);
	else
		fprintf(file,
			"[consumer user %u]\ndisplay = claim\nplayback = claim\ncapture = claim\n"
			"input = yes\n",
			(unsigned)geteuid());
	return fclose(file) == 0 ? 0 : -errno;
}

void lab_kill_xenstored(struct lab *lab)
{
	if (lab->xenstored <= 0)
		return;
	kill(lab->xenstored, SIGKILL);
	waitpid(lab->xenstored, NULL, 0);
	machine_reap(lab->xenstored);
	lab->xenstored = 0;
}

int lab_restart_xenstored(struct lab *lab)
{
	int rc;

	lab_kill_xenstored(lab);
	toolstack_close(&lab->ts);
	rc = start_xenstored(lab);
	return rc < 0 ? rc : set_up_dom0(lab);
}

int lab_start_xenavd(struct lab *lab)
{
	const char *level = getenv("XENAV_LOG_LEVEL");
	char level_arg[16];
	char config[96];
	char log[96];
	char *argv[] = {xenavd_path, (char[]){"--socket"}, lab->socket, (char[]){"--log-level"},
			level_arg,   (char[]){"--config"}, config,      NULL};

	snprintf(lab->socket, sizeof lab->socket, "%s/socket", lab->dir);
	snprintf(level_arg, sizeof level_arg, "%s", level ? level : "info");
	snprintf(config, sizeof config, "%s/xenavd.conf", lab->dir);
	snprintf(log, sizeof log, "%s/xenavd.log", lab->dir);
	if (write_config(lab, config) < 0)
		return -EIO;
	/* The log of an earlier one is no sign of this one. */
	unlink(log);
	lab->xenavd = spawn(lab, "xenavd.log", argv);
	if (lab->xenavd < 0)
		return -errno;
	if (wait_for_log(lab, "serves domain", lab->xenavd))
		return 0;
	fprintf(stderr, "# lab: xenavd did not start:\n");
	copy_file(log);
	return -ETIMEDOUT;
}

static int wait_for_end(pid_t pid)
{
	uint64_t until = now_ns() + STOP_MS * NS_PER_MS;
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (now_ns() > until) {
			fprintf(stderr, "# lab: process %d does not end\n", (int)pid);
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		usleep(1000);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int lab_try_xenavd(struct lab *lab, char *said, size_t size)
{
	char socket[96];
	char log[96];
	char *argv[] = {xenavd_path, (char[]){"--socket"}, socket, NULL};
	size_t n = 0;
	FILE *file;
	int status;
	pid_t pid;

	snprintf(socket, sizeof socket, "%s/other", lab->dir);
	snprintf(log, sizeof log, "%s/try.log", lab->dir);
	unlink(log);
	pid = spawn(lab, "try.log", argv);
	if (pid < 0)
		return -1;
	status = wait_for_end(pid);
	machine_reap(pid);
	file = fopen(log, "re");
	if (file) {
		n = fread(said, 1, size - 1, file);
		fclose(file);
	}
	said[n] = '\0';
	return status;
}

int lab_stop_xenavd(struct lab *lab, int sig)
{
	int status;

	if (lab->xenavd <= 0)
		return 0;
	kill(lab->xenavd, sig);
	status = wait_for_end(lab->xenavd);
	machine_reap(lab->xenavd);
	if (sig == SIGTERM && status != 0) {
		char log[96];

		fprintf(stderr, "# lab: xenavd ended with %d:\n", status);
		snprintf(log, sizeof log, "%s/xenavd.log", lab->dir);
		copy_file(log);
	}
	lab->xenavd = 0;
	return status;
}

int lab_freeze(pid_t pid)
{
	siginfo_t info;

	if (kill(pid, SIGSTOP) < 0 || waitid(P_PID, (id_t)pid, &info, WSTOPPED) < 0)
		return -errno;
	return 0;
}

bool lab_xenavd_died(struct lab *lab)
{
	char log[96];

	if (lab->xenavd <= 0 || waitpid(lab->xenavd, NULL, WNOHANG) != lab->xenavd)
		return false;
	machine_reap(lab->xenavd);
	lab->xenavd = 0;
	snprintf(log, sizeof log, "%s/xenavd.log", lab->dir);
	fprintf(stderr, "# lab: xenavd has died:\n");
	copy_file(log);
	return true;
}

static int remove_one(const char *path, const struct stat *, int, struct FTW *)
{
	return remove(path);
}

int lab_stop(struct lab *lab)
{
	int status = lab_stop_xenavd(lab, SIGTERM);

	toolstack_close(&lab->ts);
	xenbus_stop(&lab->bus);
	lab_kill_xenstored(lab);
	machine_detach();
	if (!getenv("XENAV_KEEP_LAB") && lab->dir[0])
		nftw(lab->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	memset(lab, 0, sizeof *lab);
	return status;
}
