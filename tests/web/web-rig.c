/* SPDX-License-Identifier: MIT */
#include <config.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit/count-fds.h"
#include "web-rig.h"

struct web_rig rig;

/* The library loses some bytes of a context that cannot be made. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libwebsockets\n";
}

static void put(const char *folder, const char *name, const char *text)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

int make_folders(void **)
{
	char core[128];

	snprintf(rig.dir, sizeof rig.dir, "/tmp/xenav-web-XXXXXX");
	assert_non_null(mkdtemp(rig.dir));
	snprintf(rig.address, sizeof rig.address, "unix:%s/socket", rig.dir);
	snprintf(rig.page, sizeof rig.page, "%s/page", rig.dir);
	snprintf(rig.novnc, sizeof rig.novnc, "%s/novnc", rig.dir);
	assert_int_equal(mkdir(rig.page, 0700), 0);
	assert_int_equal(mkdir(rig.novnc, 0700), 0);
	put(rig.dir, "secret", "secret");
	put(rig.page, "index.html", "the page");
	snprintf(core, sizeof core, "%s/core", rig.novnc);
	assert_int_equal(mkdir(core, 0700), 0);
	put(core, "rfb.js", "noVNC");
	rig.n_fds = count_fds();
	return 0;
}

struct web_config config(void)
{
	return (struct web_config){.address = rig.address,
				   .page = rig.page,
				   .novnc = rig.novnc,
				   .max_clients = MAX_CLIENTS,
				   .screens = 2};
}

int begin(void **state)
{
	struct web_config c;

	make_folders(state);
	c = config();
	assert_int_equal(web_start(&rig.web, &c), 0);
	return 0;
}

int end(void **)
{
	char command[128];

	web_stop(rig.web);
	rig.web = NULL;
	assert_int_equal(count_fds(), rig.n_fds);
	snprintf(command, sizeof command, "rm -r %s", rig.dir);
	return system(command);
}

/* -------- a browser -------- */

int dial(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path, rig.address + 5, strlen(rig.address + 5));
	assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

void say(int fd, const void *bytes, size_t n)
{
	assert_int_equal(send(fd, bytes, n, MSG_NOSIGNAL), n);
}

/* Read n bytes, or up to the end. @return how many came. */
size_t hear(int fd, void *bytes, size_t n)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t got = 0;

	while (got < n) {
		ssize_t m;

		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		m = recv(fd, (char *)bytes + got, n - got, 0);
		if (m <= 0)
			break;
		got += (size_t)m;
	}
	return got;
}

/* The answer to a request, up to the end of the connection. */
const char *ask(const char *request)
{
	static char answer[4096];
	int fd = dial();

	say(fd, request, strlen(request));
	answer[hear(fd, answer, sizeof answer - 1)] = '\0';
	close(fd);
	return answer;
}

void upgrade(int fd, const char *path, const char *host, const char *origin)
{
	char request[512];

	snprintf(request, sizeof request,
		 "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		 "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
		 "Sec-WebSocket-Protocol: binary\r\n%s%s%s\r\n",
		 path, host, origin ? "Origin: " : "", origin ? origin : "", origin ? "\r\n" : "");
	say(fd, request, strlen(request));
}

/* Read the head of an answer. @return whether the WebSocket is there. */
bool is_upgraded(int fd)
{
	char head[1024];
	size_t n = 0;

	while (n < sizeof head - 1 && hear(fd, head + n, 1) == 1) {
		head[++n] = '\0';
		if (n >= 4 && strcmp(head + n - 4, "\r\n\r\n") == 0)
			break;
	}
	head[n] = '\0';
	return strncmp(head, "HTTP/1.1 101", 12) == 0;
}

int open_websocket(void)
{
	int fd = dial();

	upgrade(fd, "/rfb", "localhost", "http://localhost");
	assert_true(is_upgraded(fd));
	return fd;
}

/* The server's end of the newest WebSocket. */
int accept_screen(unsigned int screen)
{
	struct pollfd p = {.fd = web_get_fd(rig.web), .events = POLLIN};
	struct web_client client;

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(web_accept(rig.web, &client), 0);
	assert_int_equal(client.screen, screen);
	assert_true(memchr(client.from, '\0', sizeof client.from) != NULL);
	return client.fd;
}

int accept_client(void)
{
	return accept_screen(0);
}

/* A binary message with a mask of zeroes. */
void send_message(int fd, const void *bytes, uint16_t n)
{
	unsigned char head[8] = {0x82, 0x80 | 126, (unsigned char)(n >> 8), (unsigned char)n};

	say(fd, head, sizeof head);
	say(fd, bytes, n);
}

/* The payload of messages, until n bytes of it are there or the other side closes. */
size_t hear_messages(int fd, unsigned char *bytes, size_t n)
{
	size_t got = 0;

	while (got < n) {
		unsigned char head[4];
		size_t length;

		if (hear(fd, head, 2) != 2 || (head[0] & 0x0f) == 8)
			break;
		length = head[1];
		if (length == 126) {
			assert_int_equal(hear(fd, head + 2, 2), 2);
			length = (size_t)head[2] << 8 | head[3];
		}
		assert_true(length <= n - got);
		assert_int_equal(hear(fd, bytes + got, length), length);
		got += length;
	}
	return got;
}
