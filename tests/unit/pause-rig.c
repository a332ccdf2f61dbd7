/* SPDX-License-Identifier: MIT */
/* See pause-rig.h. */
#include <config.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "pause-rig.h"
#include "wire/wire.h"

static void send_welcome(struct pause *p)
{
	wire_init(&p->msg, XENAV_OP_WELCOME, 0);
	p->msg.hello.magic = XENAV_PROTO_MAGIC;
	p->msg.hello.major = XENAV_PROTO_MAJOR;
	p->msg.hello.features = p->features;
	strcpy(p->msg.hello.name, "fake");
	fake_send(p->t.sock, &p->msg, -1);
}

static void send_token(struct pause *p, uint8_t token)
{
	wire_init(&p->msg, XENAV_OP_TOKEN, 0);
	memset(p->msg.token.token, token, sizeof p->msg.token.token);
	fake_send(p->t.sock, &p->msg, -1);
}

/* Wait for something to dispatch, and do. */
static void turn(struct pause *p)
{
	struct pollfd fd = {.fd = xenav_get_fd(p->t.x), .events = POLLIN};

	assert_int_equal(poll(&fd, 1, 30000), 1);
	assert_true(xenav_dispatch(p->t.x) >= 0);
}

static void accept_it(struct pause *p)
{
	struct pollfd fd = {.fd = p->listener, .events = POLLIN};

	while (poll(&fd, 1, 0) == 0)
		turn(p);
	p->t.sock = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(p->t.sock >= 0);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_HELLO, 0);
	assert_int_equal(p->msg.hello.features, XENAV_FEATURE_RESUME | XENAV_FEATURE_TAKEN);
	send_welcome(p);
}

static int set_up(void **state, uint64_t features)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct pause *p = calloc(1, sizeof *p);

	assert_non_null(p);
	*state = p;
	p->features = features;
	leaks_before(&p->t.leaks);
	strcpy(p->folder, "/tmp/test-pause-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->path, sizeof p->path, "%s/socket", p->folder);
	p->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	strcpy(addr.sun_path, p->path);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&addr, sizeof addr), 0);
	assert_int_equal(listen(p->listener, 4), 0);
	assert_int_equal(xenav_open(&p->t.x, p->path, "test", &client_listener, &p->t), 0);
	accept_it(p);
	send_token(p, 1);
	fake_plain(p->t.sock, XENAV_OP_ANNOUNCED, 0);
	client_expect_log(&p->t, "connected:fake announced ");
	return 0;
}

int pause_setup(void **state)
{
	return set_up(state, XENAV_FEATURE_RESUME);
}

int pause_setup_counting(void **state)
{
	return set_up(state, XENAV_FEATURE_RESUME | XENAV_FEATURE_TAKEN);
}

int pause_teardown(void **state)
{
	struct pause *p = *state;

	xenav_close(p->t.x);
	if (p->t.sock >= 0)
		close(p->t.sock);
	close(p->listener);
	unlink(p->path);
	assert_int_equal(rmdir(p->folder), 0);
	leaks_after(&p->t.leaks);
	free(p);
	return 0;
}

void pause_await_log(struct pause *p, const char *log)
{
	while (!p->t.log[0])
		turn(p);
	client_expect_log(&p->t, log);
}

void pause_wait(struct pause *p, unsigned int ms)
{
	const uint64_t end_ns = now_ns() + ms * NS_PER_MS;
	struct pollfd fd = {.fd = xenav_get_fd(p->t.x), .events = POLLIN};

	while (!p->t.log[0] && now_ns() < end_ns) {
		poll(&fd, 1, 10);
		assert_true(xenav_dispatch(p->t.x) >= 0);
	}
}

void pause_hang_up(struct pause *p)
{
	close(p->t.sock);
	p->t.sock = -1;
	client_expect_log(&p->t, "paused ");
}

void pause_greet(struct pause *p, uint8_t token)
{
	accept_it(p);
	send_token(p, token);
	client_dispatch(&p->t);
}

void pause_expect_resume(struct pause *p, uint8_t token)
{
	uint8_t bytes[XENAV_TOKEN_BYTES];

	memset(bytes, token, sizeof bytes);
	fake_expect(p->t.sock, &p->msg, XENAV_OP_RESUME, 0);
	assert_memory_equal(p->msg.token.token, bytes, sizeof bytes);
}

void pause_come_back(struct pause *p)
{
	/* The new one does not replace the old one before that is sent. */
	pause_greet(p, 2);
	pause_expect_resume(p, 1);
	send_token(p, 1);
}

void pause_expect_over(struct pause *p, const char *log)
{
	fake_plain(p->t.sock, XENAV_OP_ANNOUNCED, 0);
	while (!strstr(p->t.log, "resumed"))
		turn(p);
	client_expect_log(&p->t, log);
}

void pause_guest(struct pause *p, uint32_t id, const char *uuid)
{
	wire_init(&p->msg, XENAV_OP_GUEST, id);
	strcpy(p->msg.guest.uuid, uuid);
	fake_send(p->t.sock, &p->msg, -1);
}

void pause_told(struct pause *p, uint32_t id)
{
	fake_plain(p->t.sock, XENAV_OP_TOLD, id);
}
