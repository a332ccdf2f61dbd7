/* SPDX-License-Identifier: MIT */
/* The configuration is read again while xenavd serves guests and consumers. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rig.h"
#include "wire/wire.h"
#include "xenav-proto.h"

static struct rig_guest rg;
static char text[512];

/* -------- a consumer without a library, which would connect again -------- */

static int sock = -1;
static bool ended;
static unsigned n_playback, n_connectors;

static bool hears_announced(void *)
{
	union xenav_msg msg;
	int fd;

	while (wire_recv(sock, &msg, &fd, true) == 0) {
		n_playback += msg.h.opcode == XENAV_OP_STREAM_ADDED &&
			      msg.stream_added.direction == XENAV_PLAYBACK;
		n_connectors += msg.h.opcode == XENAV_OP_CONNECTOR_ADDED;
		if (msg.h.opcode == XENAV_OP_ANNOUNCED)
			return true;
	}
	return false;
}

static struct sockaddr_un lab_address(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", lab.socket);
	return addr;
}

static void connect_consumer(void)
{
	const struct sockaddr_un addr = lab_address();
	union xenav_msg msg;

	sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(sock, (const struct sockaddr *)&addr, sizeof addr), 0);
	wire_init(&msg, XENAV_OP_HELLO, 0);
	msg.hello.magic = XENAV_PROTO_MAGIC;
	msg.hello.major = XENAV_PROTO_MAJOR;
	assert_int_equal(wire_send(sock, &msg, -1), 0);
	n_playback = n_connectors = 0;
	assert_true(guest_run_until(&rg.guest, hears_announced, NULL, WAIT_MS));
}

static bool is_gone(void *)
{
	union xenav_msg msg;
	int fd;
	int rc;

	while ((rc = wire_recv(sock, &msg, &fd, true)) == 0)
		;
	ended = rc != -EAGAIN;
	return ended;
}

static void leave(void)
{
	close(sock);
	sock = -1;
}

/* -------- reloading -------- */

static bool is_said(void *data)
{
	return lab_log_has(&lab, data);
}

static void expect_said(const char *line)
{
	assert_true(guest_run_until(&rg.guest, is_said, (void *)(uintptr_t)line, WAIT_MS));
}

static const char *with_keys(const char *keys)
{
	snprintf(text, sizeof text, "[consumer user %u]\n%s", (unsigned)geteuid(), keys);
	return text;
}

static void begin(uint16_t domid, const char *keys)
{
	rig_restart(with_keys(keys));
	rig_start(&rg, domid);
	connect_consumer();
	assert_int_equal(n_playback, 1);
}

static void finish(void)
{
	leave();
	assert_fine(rig_play(&rg, 9600));
	rig_stop(&rg);
}

#undef TEST
#define TEST(name) TEST_WITH(name, rig_begin, rig_end_as_usual)

TEST(rights_that_are_taken_end_at_once)
{
	begin(160, "playback = claim\ndisplay = claim\n");
	assert_int_equal(lab_reload_xenavd(&lab, with_keys("display = claim\n")), 0);
	assert_true(guest_run_until(&rg.guest, is_gone, NULL, WAIT_MS));
	expect_said("has other rights now");
	leave();
	connect_consumer();
	assert_int_equal(n_playback, 0);
	assert_int_equal(n_connectors, 2);
	assert_int_equal(lab_reload_xenavd(&lab, with_keys("")), 0);
	assert_true(guest_run_until(&rg.guest, is_gone, NULL, WAIT_MS));
	expect_said("has no rights any more");
	finish();
}

TEST(who_keeps_its_rights_is_not_disturbed)
{
	begin(161, "playback = claim\n");
	assert_int_equal(lab_reload_xenavd(&lab, with_keys("playback = claim\n[guest nobody]\n"
							   "streams = 1\n")),
			 0);
	expect_said("The configuration was read again");
	assert_false(is_gone(NULL));
	finish();
}

TEST(a_file_with_a_mistake_changes_nothing)
{
	begin(162, "playback = claim\n");
	assert_int_equal(lab_reload_xenavd(&lab, with_keys("playback = perhaps\n")), 0);
	expect_said(":2: \"playback\" takes");
	expect_said("the configuration stays as it was");
	assert_false(is_gone(NULL));
	leave();
	connect_consumer();
	assert_int_equal(n_playback, 1);
	finish();
}

TEST(limits_hold_for_what_comes)
{
	struct dbuf dbuf;

	begin(163, "playback = claim\n");
	assert_fine(rig_show(&rg, &dbuf, 0, 7));
	assert_int_equal(lab_reload_xenavd(&lab, with_keys("playback = claim\n[guest guest163]\n"
							   "mapped-mib = 0\n")),
			 0);
	expect_said("The configuration was read again");
	/* What is mapped stays so. */
	assert_int_equal(crtc_flip(CRTC(&rg, 0), 7), 0);
	assert_non_null(rig_play(&rg, 9600));
	assert_int_equal(lab_reload_xenavd(&lab, with_keys("playback = claim\n[guest guest163]\n"
							   "mapped-mib = 64\n")),
			 0);
	while (rig_play(&rg, 9600))
		;
	assert_fine(rig_hide(&rg, &dbuf, 0, 7));
	finish();
}

TEST(files_beside_it_come_first)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/xenavd.conf.d", lab.dir);
	assert_int_equal(mkdir(path, 0755), 0);
	begin(164, "playback = claim\n");
	snprintf(path, sizeof path, "%s/xenavd.conf.d/10-guest.conf", lab.dir);
	file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file, "[consumer user %u]\nguests = guest164\ndisplay = watch\n",
		(unsigned)geteuid());
	assert_int_equal(fclose(file), 0);
	assert_int_equal(lab_reload_xenavd(&lab, with_keys("playback = claim\n")), 0);
	assert_true(guest_run_until(&rg.guest, is_gone, NULL, WAIT_MS));
	leave();
	connect_consumer();
	assert_int_equal(n_playback, 0);
	assert_int_equal(n_connectors, 2);
	assert_int_equal(unlink(path), 0);
	finish();
	snprintf(path, sizeof path, "%s/xenavd.conf.d", lab.dir);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	return rig_main();
}
