/* SPDX-License-Identifier: MIT */
/*
 * The web side of xenav-vnc with libwebsockets: files, the WebSocket, pages of other sites, and
 * bytes that are no HTTP.  The page itself is tested with a browser.
 */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "web-rig.h"

#define LARGE (1u << 20)

/* -------- files -------- */

TEST(the_page_and_novnc_are_served_and_nothing_else)
{
	const char *end = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	static const char *const missing[] = {"/secret",
					      "/../secret",
					      "/%2e%2e/secret",
					      "/novnc/../../secret",
					      "/novnc/%2e%2e/%2e%2e/secret",
					      "/none"};
	char request[256];

	snprintf(request, sizeof request, "GET /%s", end);
	assert_non_null(strstr(ask(request), "the page"));
	snprintf(request, sizeof request, "GET /novnc/core/rfb.js%s", end);
	assert_non_null(strstr(ask(request), "noVNC"));
	for (unsigned i = 0; i < sizeof missing / sizeof missing[0]; i++) {
		const char *answer;

		snprintf(request, sizeof request, "GET %s%s", missing[i], end);
		answer = ask(request);
		assert_null(strstr(answer, "secret\n"));
		assert_null(strstr(answer, "\r\n\r\nsecret"));
		assert_null(strstr(answer, "200 OK"));
	}
}

TEST(pages_may_run_only_scripts_of_the_server)
{
	const char *answer = ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

	assert_non_null(strstr(answer, "script-src 'self'"));
	assert_non_null(strstr(answer, "frame-ancestors 'none'"));
}

/* -------- the WebSocket -------- */

TEST(bytes_pass_both_ways_whole_and_in_order)
{
	unsigned char *bytes = malloc(LARGE), *got = malloc(LARGE);
	int browser = open_websocket(), server = accept_client();
	size_t sent = 0;

	for (size_t i = 0; i < LARGE; i++)
		bytes[i] = (unsigned char)(i * 7 + i / 251);
	/* The server reads late, so that the way up fills. */
	for (; sent < LARGE / 4; sent += 4096)
		send_message(browser, bytes + sent, 4096);
	assert_int_equal(hear(server, got, sent), sent);
	assert_memory_equal(got, bytes, sent);
	/* The browser reads late. */
	for (sent = 0; sent < LARGE;) {
		ssize_t n = send(server, bytes + sent, LARGE - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			sent += (size_t)n;
		else
			break;
	}
	assert_true(sent > 65536);
	assert_int_equal(hear_messages(browser, got, sent), sent);
	assert_memory_equal(got, bytes, sent);
	close(browser);
	close(server);
	free(bytes);
	free(got);
}

TEST(the_server_sees_that_a_browser_leaves)
{
	int browser = open_websocket(), server = accept_client();
	char byte;

	close(browser);
	assert_int_equal(hear(server, &byte, 1), 0);
	close(server);
}

TEST(a_browser_gets_what_the_server_sent_before_it_left)
{
	int browser = open_websocket(), server = accept_client();
	unsigned char got[64];

	say(server, "the last words", 14);
	close(server);
	assert_int_equal(hear_messages(browser, got, sizeof got), 14);
	assert_memory_equal(got, "the last words", 14);
	close(browser);
}

static void assert_refused(const char *path, const char *host, const char *origin)
{
	struct pollfd p = {.fd = web_get_fd(rig.web), .events = POLLIN};
	int fd = dial();

	upgrade(fd, path, host, origin);
	assert_false(is_upgraded(fd));
	assert_int_equal(poll(&p, 1, 0), 0);
	close(fd);
}

TEST(a_websocket_of_another_site_or_path_is_refused)
{
	int browser;

	assert_refused("/rfb", "localhost", "http://evil.example");
	assert_refused("/rfb", "localhost", "null");
	assert_refused("/", "localhost", "http://localhost");
	assert_refused("/rfb2", "localhost", "http://localhost");
	assert_refused("/rfb/", "localhost", "http://localhost");
	assert_refused("/rfb/2", "localhost", "http://localhost");
	assert_refused("/rfb/-1", "localhost", "http://localhost");
	assert_refused("/rfb/1x", "localhost", "http://localhost");
	assert_refused("/rfb/99999999999999999999", "localhost", "http://localhost");
	browser = open_websocket();
	close(accept_client());
	close(browser);
}

TEST(a_websocket_of_no_protocol_or_another_one_is_refused)
{
	static const char *const lines[] = {"", "Sec-WebSocket-Protocol: http\r\n",
					    "Sec-WebSocket-Protocol: server\r\n",
					    "Sec-WebSocket-Protocol: other\r\n"};
	char request[512];

	for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		int fd = dial();

		snprintf(request, sizeof request,
			 "GET /rfb HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
			 "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
			 "Sec-WebSocket-Version: 13\r\nOrigin: http://evil.example\r\n%s\r\n",
			 lines[i]);
		say(fd, request, strlen(request));
		assert_false(is_upgraded(fd));
		close(fd);
	}
}

TEST(a_page_names_the_screen_that_it_shows)
{
	int fd = dial();

	upgrade(fd, "/rfb/1", "localhost", "http://localhost");
	assert_true(is_upgraded(fd));
	close(accept_screen(1));
	close(fd);
}

TEST(there_are_as_many_browsers_as_are_allowed)
{
	int browsers[MAX_CLIENTS], servers[MAX_CLIENTS];
	char byte;

	for (unsigned i = 0; i < MAX_CLIENTS; i++) {
		browsers[i] = open_websocket();
		servers[i] = accept_client();
	}
	assert_refused("/rfb", "localhost", "http://localhost");
	close(browsers[0]);
	assert_int_equal(hear(servers[0], &byte, 1), 0);
	browsers[0] = open_websocket();
	close(accept_client());
	for (unsigned i = 0; i < MAX_CLIENTS; i++) {
		close(browsers[i]);
		close(servers[i]);
	}
}

/* Bytes of a generator with a fixed seed, as HTTP and inside of a WebSocket. */
TEST(bytes_without_a_meaning_end_only_their_own_connection)
{
	int good = open_websocket(), server = accept_client();
	unsigned char noise[2000];
	uint32_t seed = 1;
	char byte;

	for (unsigned round = 0; round < 200; round++) {
		bool inside = round % 2;
		int fd = inside ? open_websocket() : dial();
		int other = inside ? accept_client() : -1;

		for (size_t i = 0; i < sizeof noise; i++) {
			seed = seed * 1664525 + 1013904223;
			noise[i] = (unsigned char)(seed >> 24);
		}
		if (round % 4 == 2)
			memcpy(noise, "GET / HTTP/1.1\r\nHost: ", 22);
		/* The server may close before all is sent. */
		send(fd, noise, sizeof noise, MSG_NOSIGNAL);
		close(fd);
		if (other >= 0)
			close(other);
	}
	say(server, "x", 1);
	assert_int_equal(hear_messages(good, (unsigned char *)&byte, 1), 1);
	close(good);
	close(server);
}

/* Lines that are written to stderr meanwhile. */
static unsigned count_lines(void (*cause)(void))
{
	const int before = dup(STDERR_FILENO);
	FILE *f = tmpfile();
	unsigned n = 0;
	int c;

	assert_non_null(f);
	assert_int_equal(dup2(fileno(f), STDERR_FILENO), STDERR_FILENO);
	cause();
	assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
	close(before);
	rewind(f);
	while ((c = fgetc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

static void send_long_requests(void)
{
	static char request[8192];

	memset(request, 'a', sizeof request - 1);
	memcpy(request, "GET /", 5);
	for (unsigned i = 0; i < 200; i++)
		ask(request);
}

TEST(requests_that_are_wrong_do_not_fill_the_log)
{
	/* 20 in 10 seconds; a slow machine needs some of these. */
	assert_true(count_lines(send_long_requests) < 100);
}

TEST(a_stop_ends_browsers_and_those_nobody_has_accepted)
{
	int browser = open_websocket(), server = accept_client(), waiting = open_websocket();
	unsigned char byte;

	web_stop(rig.web);
	rig.web = NULL;
	assert_int_equal(hear_messages(browser, &byte, 1), 0);
	assert_int_equal(hear_messages(waiting, &byte, 1), 0);
	assert_int_equal(hear(server, &byte, 1), 0);
	close(browser);
	close(server);
	close(waiting);
}

/* -------- what cannot start -------- */

static void assert_start_fails(const struct web_config *c, int error)
{
	struct web *web = NULL;

	assert_int_equal(web_start(&web, c), error);
	assert_null(web);
}

TEST_WITH(a_start_that_fails_says_why_and_leaves_nothing, make_folders, end)
{
	struct web_config c = config();
	char file[128];

	c.page = "/nonexistent";
	assert_start_fails(&c, -ENOENT);
	c = config();
	c.novnc = rig.page;
	assert_start_fails(&c, -ENOENT);
	c = config();
	c.cert = "/nonexistent";
	assert_start_fails(&c, -EINVAL);
	c.key = "/nonexistent";
	assert_start_fails(&c, -ENOENT);
	snprintf(file, sizeof file, "%s/secret", rig.dir);
	c.cert = c.key = file;
	assert_start_fails(&c, -EPROTO);
	c = config();
	c.address = "192.0.2.1";
	c.port = 6080;
	assert_start_fails(&c, -EADDRNOTAVAIL);
	c.address = "localhost";
	assert_start_fails(&c, -EINVAL);
}
