/* SPDX-License-Identifier: MIT */
/* What is forbidden behind the walls is tried, each in a process of its own. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <pthread.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report/log.h"
#include "service/sandbox.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

#define OTHER_USER "nobody"

/* The sanitizers start processes, and programs, for their reports. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* Of the process that tries. */
enum { DONE, NO_WALLS = 254, KILLED = 255 };

static char dir[] = "/tmp/xenav-walls-XXXXXX";
static char device[64], foreign[64], own[64], config[64];
static const char *devices[] = {device, NULL};
static const unsigned long ioctls[] = {FIONREAD, 0};

static struct sandbox sandbox = {
	.mode = SANDBOX_YES,
	.user = "",
	.devices = devices,
	.ioctls = ioctls,
	.socket_path = own,
	.config_path = config,
};

static void make(char *path, size_t size, const char *name)
{
	int fd;

	snprintf(path, size, "%s/%s", dir, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static int setup(void **)
{
	char folder[64];

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	chmod(dir, 0755);
	snprintf(folder, sizeof folder, "%s/run", dir);
	mkdir(folder, 0755);
	snprintf(folder, sizeof folder, "%s/etc", dir);
	mkdir(folder, 0755);
	make(device, sizeof device, "device");
	make(foreign, sizeof foreign, "foreign");
	make(own, sizeof own, "run/socket");
	make(config, sizeof config, "etc/xenavd.conf");
	return 0;
}

static int teardown(void **)
{
	char command[96];

	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	return system(command);
}

/* @return what act() returned behind the walls: DONE or an errno; or KILLED by SIGSYS. */
static int try(int (*act)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		log_threshold = LOG_LEVEL_ERR;
		if (sandbox_begin(&sandbox) < 0 || sandbox_close(&sandbox) < 0)
			_exit(NO_WALLS);
		_exit(act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return KILLED;
	}
	return WEXITSTATUS(status);
}

static int result(long r)
{
	return r < 0 ? errno : DONE;
}

/* -------- system calls -------- */

static int start_program(void)
{
	char *const argv[] = {(char[]){"true"}, NULL};

	return result(execv("/bin/true", argv));
}

static int start_process(void)
{
	return result(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static int debug(void)
{
	return result(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int mount_something(void)
{
	return result(mount("none", "/mnt", "tmpfs", 0, NULL));
}

static int become_root(void)
{
	return result(setresuid(0, 0, 0));
}

TEST(whoever_starts_a_program_or_rules_the_machine_is_ended)
{
	assert_int_equal(try(mount_something), KILLED);
	assert_int_equal(try(become_root), KILLED);
	if (SANITIZED)
		return;
	assert_int_equal(try(start_program), KILLED);
	assert_int_equal(try(debug), KILLED);
	assert_int_equal(try(start_process), EPERM);
}

static int reach_the_network(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int talk_to_the_kernel(void)
{
	return result(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int send_letters(void)
{
	return result(socket(AF_UNIX, SOCK_DGRAM, 0));
}

static int reach_xenstored(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

TEST(sockets_lead_to_xenstored_only)
{
	assert_int_equal(try(reach_the_network), EPERM);
	assert_int_equal(try(talk_to_the_kernel), EPERM);
	assert_int_equal(try(send_letters), EPERM);
	assert_int_equal(try(reach_xenstored), DONE);
}

static int map_a_program(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return result(p == MAP_FAILED ? -1 : 0);
}

static int make_a_program(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return result(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

TEST(memory_does_not_become_a_program)
{
	assert_int_equal(try(map_a_program), EPERM);
	assert_int_equal(try(make_a_program), EPERM);
}

static int control_a_terminal(void)
{
	return result(ioctl(STDIN_FILENO, TIOCSTI, "x"));
}

static int control_as_allowed(void)
{
	int fds[2], n;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return errno;
	return result(ioctl(fds[0], FIONREAD, &n));
}

TEST(only_the_listed_ioctls_are_made)
{
	assert_int_equal(try(control_a_terminal), EPERM);
	assert_int_equal(try(control_as_allowed), DONE);
}

static int signal_somebody(void)
{
	return result(syscall(SYS_tgkill, getppid(), getppid(), 0));
}

TEST(no_other_process_gets_a_signal)
{
	assert_int_equal(try(signal_somebody), EPERM);
}

/* -------- threads -------- */

static void *do_it_in_a_thread(void *arg)
{
	int *answer = arg;

	*answer = reach_the_network();
	return NULL;
}

static int start_a_thread(void)
{
	pthread_t thread;
	int answer = DONE;
	int rc = pthread_create(&thread, NULL, do_it_in_a_thread, &answer);

	if (rc != 0)
		return rc;
	pthread_join(thread, NULL);
	return answer == EPERM ? DONE : answer;
}

TEST(threads_can_be_started_and_have_the_same_walls)
{
	assert_int_equal(try(start_a_thread), DONE);
}

static pthread_barrier_t closed;

static void *do_it_later(void *arg)
{
	pthread_barrier_wait(&closed);
	return do_it_in_a_thread(arg);
}

/* In a process of its own, too. @return as try(). */
static int try_in_older_thread(void)
{
	pthread_t thread;
	int answer = DONE;

	pthread_barrier_init(&closed, NULL, 2);
	if (sandbox_begin(&sandbox) < 0 ||
	    pthread_create(&thread, NULL, do_it_later, &answer) != 0 || sandbox_close(&sandbox) < 0)
		return NO_WALLS;
	pthread_barrier_wait(&closed);
	pthread_join(thread, NULL);
	return answer;
}

TEST(threads_that_are_older_have_them_too)
{
	const pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(try_in_older_thread());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EPERM);
}

/* -------- files -------- */

static int open_foreign(void)
{
	return result(open(foreign, O_RDONLY | O_CLOEXEC));
}

static int make_foreign(void)
{
	char path[80];

	snprintf(path, sizeof path, "%s/new", dir);
	return result(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int write_config(void)
{
	return result(open(config, O_WRONLY | O_CLOEXEC));
}

static int read_config(void)
{
	return result(open(config, O_RDONLY | O_CLOEXEC));
}

static int open_device(void)
{
	return result(open(device, O_RDWR | O_CLOEXEC));
}

static int remove_own(void)
{
	return result(unlink(own));
}

static int find_a_user(void)
{
	errno = 0;
	return getpwuid(0) ? DONE : errno ? errno : ENOENT;
}

static int find_no_group(void)
{
	return getgrnam("xenav-no-such-group") ? EEXIST : DONE;
}

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

TEST(other_files_than_its_own_cannot_be_opened)
{
	if (!has_landlock()) {
		print_message("# needs a kernel with Landlock\n");
		skip();
	}
	assert_int_equal(try(open_foreign), EACCES);
	assert_int_equal(try(make_foreign), EACCES);
	assert_int_equal(try(write_config), EACCES);
}

TEST(its_own_files_can_be_opened)
{
	assert_int_equal(try(read_config), DONE);
	assert_int_equal(try(open_device), DONE);
	assert_int_equal(try(find_a_user), DONE);
	assert_int_equal(try(find_no_group), DONE);
	assert_int_equal(try(remove_own), DONE);
}

/* -------- the user -------- */

static int is_nobody(void)
{
	const struct passwd *nobody = getpwnam(OTHER_USER);

	if (!nobody)
		return ENOENT;
	return getuid() == nobody->pw_uid && geteuid() == nobody->pw_uid &&
			       getgid() == nobody->pw_gid
		       ? DONE
		       : EINVAL;
}

TEST(root_becomes_the_user_who_may_open_the_devices)
{
	if (geteuid() != 0 || !getpwnam(OTHER_USER)) {
		print_message("# needs root, and a user \n");
		skip();
	}
	sandbox.user = OTHER_USER;
	assert_int_equal(try(is_nobody), DONE);
	assert_int_equal(try(open_device), DONE);
	/* Its permissions are as they were: root's. */
	assert_int_equal(try(read_config), EACCES);
	assert_int_equal(try(become_root), KILLED);
	sandbox.user = "";
}

TEST(without_the_user_root_has_no_capabilities)
{
	if (geteuid() != 0) {
		print_message("# needs root\n");
		skip();
	}
	assert_int_equal(chown(foreign, 65534, 65534), 0);
	assert_int_equal(chown(device, 65534, 65534), 0);
	sandbox.user = "no-such-user-here";
	/* Only CAP_DAC_OVERRIDE would open a file of somebody else. */
	assert_int_equal(try(open_device), EACCES);
	sandbox.user = "";
}

TEST(the_walls_can_be_left_out)
{
	sandbox.mode = SANDBOX_NO;
	assert_int_equal(try(open_foreign), DONE);
	assert_int_equal(try(send_letters), DONE);
	sandbox.mode = SANDBOX_YES;
}

TEST(with_kill_every_forbidden_call_is_the_end)
{
	sandbox.mode = SANDBOX_KILL;
	assert_int_equal(try(send_letters), KILLED);
	assert_int_equal(try(control_a_terminal), KILLED);
	assert_int_equal(try(reach_xenstored), DONE);
	sandbox.mode = SANDBOX_YES;
}
