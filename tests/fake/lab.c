/* SPDX-License-Identifier: MIT */
/* See lab.h. */
#include <config.h>

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenstore.h>

#include "base/clock.h"
#include "lab-priv.h"
#include "machine.h"
#include "service.h"

#define START_MS 60000
#define STOP_MS  60000

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
	char *argv[] = {lab_xenstored_path, (char[]){"-N"}, (char[]){"--pid-file"}, pid_file, NULL};

	snprintf(run_dir, sizeof run_dir, "%s/xs", lab->dir);
	snprintf(pid_file, sizeof pid_file, "%s/xs/pid", lab->dir);
	snprintf(socket, sizeof socket, "%s/xs/socket", lab->dir);
	/* For libxenstore of this process and its children, too. */
	setenv("XENSTORED_RUNDIR", run_dir, 1);
	setenv("XENSTORED_ROOTDIR", run_dir, 1);
	if (mkdir(run_dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	unlink(socket);
	lab->xenstored = lab_spawn(lab, "xenstored.log", argv, LAB_PLAIN);
	if (lab->xenstored < 0)
		return -errno;
	return wait_for_socket(socket, lab->xenstored) ? 0 : -ETIMEDOUT;
}

/* Under /dev/shm, if there is one: guests' memory is a file. */
static int make_dir(struct lab *lab)
{
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	snprintf(lab->dir, sizeof lab->dir, "%s/xenav-lab-XXXXXX", base);
	if (!mkdtemp(lab->dir))
		return -errno;
	snprintf(lab->socket, sizeof lab->socket, "%s/socket", lab->dir);
	return 0;
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

int lab_reload_xenavd(struct lab *lab, const char *config)
{
	char path[96];
	int rc;

	lab->config = config;
	snprintf(path, sizeof path, "%s/xenavd.conf", lab->dir);
	rc = write_config(lab, path);
	if (rc < 0)
		return rc;
	return kill(lab->xenavd, SIGHUP) < 0 ? -errno : 0;
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

int lab_begin_xenavd(struct lab *lab)
{
	const char *level = getenv("XENAV_LOG_LEVEL");
	char level_arg[16];
	char config[96];
	char log[96];
	char *argv[] = {lab_xenavd_path,
			(char[]){"--socket"},
			lab->socket,
			(char[]){"--log-level"},
			level_arg,
			(char[]){"--config"},
			config,
			(char[]){"--user="},
			(char[]){"--sandbox=kill"},
			NULL};

	snprintf(level_arg, sizeof level_arg, "%s", level ? level : "info");
	snprintf(config, sizeof config, "%s/xenavd.conf", lab->dir);
	snprintf(log, sizeof log, "%s/xenavd.log", lab->dir);
	if (write_config(lab, config) < 0)
		return -EIO;
	/* The log of an earlier one is no sign of this one. */
	unlink(log);
	lab->xenavd = lab_spawn(lab, "xenavd.log", argv, LAB_SERVICE);
	return lab->xenavd < 0 ? -errno : 0;
}

int lab_start_xenavd(struct lab *lab)
{
	char log[96];
	int rc = lab_begin_xenavd(lab);

	if (rc < 0)
		return rc;
	snprintf(log, sizeof log, "%s/xenavd.log", lab->dir);
	if (wait_for_log(lab, lab->says_ready ? lab->says_ready : ", consumers at", lab->xenavd) &&
	    service_wait_ready(lab))
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
	char *argv[] = {lab_xenavd_path, (char[]){"--socket"}, socket, (char[]){"--user="}, NULL};
	size_t n = 0;
	FILE *file;
	int status;
	pid_t pid;

	snprintf(socket, sizeof socket, "%s/other", lab->dir);
	snprintf(log, sizeof log, "%s/try.log", lab->dir);
	unlink(log);
	pid = lab_spawn(lab, "try.log", argv, LAB_XENAVD);
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

	service_stop(lab);
	toolstack_close(&lab->ts);
	xenbus_stop(&lab->bus);
	lab_kill_xenstored(lab);
	machine_detach();
	if (!getenv("XENAV_KEEP_LAB") && lab->dir[0])
		nftw(lab->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	memset(lab, 0, sizeof *lab);
	return status;
}
