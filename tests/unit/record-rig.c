/* SPDX-License-Identifier: MIT */
/*
 * See record-rig.h.
 */
#include <config.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record-rig.h"

int run_setup(void **state)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct run *t = calloc(1, sizeof *t);

	assert_non_null(t);
	*state = t;
	leaks_before(&t->leaks);
	strcpy(t->path, "/tmp/test-record-run-XXXXXX");
	assert_non_null(mkdtemp(t->path));
	snprintf(t->socket, sizeof t->socket, "%s/socket", t->path);
	snprintf(t->out, sizeof t->out, "%s/out", t->path);
	t->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	strcpy(addr.sun_path, t->socket);
	assert_int_equal(bind(t->listener, (struct sockaddr *)&addr, sizeof addr), 0);
	assert_int_equal(listen(t->listener, 4), 0);
	t->sock = -1;
	return 0;
}

int run_teardown(void **state)
{
	struct run *t = *state;
	char command[128];

	if (t->pid > 0) {
		kill(t->pid, SIGKILL);
		/* With threads that a test has traced. */
		while (waitpid(-1, NULL, __WALL) > 0)
			;
	}
	if (t->sock >= 0)
		close(t->sock);
	close(t->listener);
	snprintf(command, sizeof command, "rm -r %s", t->path);
	assert_int_equal(system(command), 0);
	leaks_after(&t->leaks);
	free(t);
	return 0;
}

void run_start(struct run *t, const char *a, const char *b, const char *c, const char *d)
{
	const char *program = getenv("XENAV_RECORD");

	t->pid = fork();
	assert_true(t->pid >= 0);
	if (t->pid == 0) {
		char log[128];
		int fd;

		if (t->file_max_bytes) {
			const struct rlimit limit = {t->file_max_bytes, t->file_max_bytes};

			signal(SIGXFSZ, SIG_IGN);
			setrlimit(RLIMIT_FSIZE, &limit);
		}
		snprintf(log, sizeof log, "%s/log", t->path);
		fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
		dup2(fd, 1);
		dup2(fd, 2);
		execl(program ? program : "./xenav-record", "xenav-record", "--socket", t->socket,
		      "--patience=0", "--output", t->out, a, b, c, d, (char *)NULL);
		_exit(127);
	}
}

void run_greet(struct run *t)
{
	struct pollfd p = {.fd = t->listener, .events = POLLIN};

	assert_int_equal(poll(&p, 1, 30000), 1);
	t->sock = accept4(t->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(t->sock >= 0);
	fake_expect(t->sock, &t->msg, XENAV_OP_HELLO, 0);
	assert_string_equal(t->msg.hello.name, "xenav-record");
	fake_welcome(t->sock);
}

void run_expect_exit(struct run *t, int code)
{
	int status;

	assert_int_equal(waitpid(t->pid, &status, 0), t->pid);
	t->pid = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), code);
}

void run_stop(struct run *t)
{
	assert_int_equal(kill(t->pid, SIGTERM), 0);
	run_expect_exit(t, 0);
}

bool run_said(struct run *t, const char *text)
{
	char path[128], all[16384];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "%s/log", t->path);
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(all, 1, sizeof all - 1, f);
	fclose(f);
	all[n] = 0;
	return strstr(all, text);
}

unsigned int run_times_said(struct run *t, const char *text)
{
	char path[128], line[1024];
	unsigned int n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/log", t->path);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		n += strstr(line, text) != NULL;
	fclose(f);
	return n;
}

void run_claim(struct run *t, uint32_t id)
{
	fake_expect(t->sock, &t->msg, XENAV_OP_CLAIM, id);
	fake_claimed(t->sock, id);
}

void run_feed(struct run *t, uint32_t id)
{
	fake_expect(t->sock, &t->msg, XENAV_OP_CLAIM, id);
	assert_int_equal(t->msg.claim.mode, XENAV_MODE_FEED);
	fake_fed(t->sock, id);
}

uint64_t run_position(struct run *t, uint32_t id)
{
	fake_expect(t->sock, &t->msg, XENAV_OP_STREAM_POSITION, id);
	return t->msg.stream_position.position_frames;
}

void run_begin(struct run *t, const char *a, const char *b, const char *c, const char *d)
{
	run_start(t, a, b, c, d);
	run_greet(t);
}

void run_add_front(struct run *t)
{
	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "front");
	run_claim(t, 1);
}
