/* SPDX-License-Identifier: MIT */
/*
 * xenavd in a driver domain whose xenstored answers later than xenavd starts: until then nobody
 * can tell which domain this is.
 */
#include <config.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "rig.h"
#include "wire/wire.h"
#include "xenav-proto.h"

#define OWN_DOMID 300

static struct rig_guest rg;

static void expect_said(const char *text)
{
	const uint64_t until = now_ns() + WAIT_MS * NS_PER_MS;

	while (!lab_log_has(&lab, text)) {
		if (now_ns() > until)
			fail_msg("xenavd does not say: %s", text);
		usleep(20000);
	}
}

static int connect_consumer(void)
{
	const int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	union xenav_msg msg;

	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", lab.socket);
	assert_int_equal(connect(sock, (const struct sockaddr *)&addr, sizeof addr), 0);
	wire_init(&msg, XENAV_OP_HELLO, 0);
	msg.hello.magic = XENAV_PROTO_MAGIC;
	msg.hello.major = XENAV_PROTO_MAJOR;
	msg.hello.minor = XENAV_PROTO_MINOR;
	assert_int_equal(wire_send(sock, &msg, -1), 0);
	return sock;
}

/* @return the domain that the status is of. */
static uint32_t told_domid(void)
{
	const int sock = connect_consumer();
	struct pollfd readable = {.fd = sock, .events = POLLIN};
	union xenav_msg msg;
	int fd;

	wire_init(&msg, XENAV_OP_STATUS_GET, 0);
	assert_int_equal(wire_send(sock, &msg, -1), 0);
	do {
		assert_int_equal(poll(&readable, 1, WAIT_MS), 1);
		assert_int_equal(wire_recv(sock, &msg, &fd, true), 0);
	} while (msg.h.opcode != XENAV_OP_STATUS_DAEMON);
	close(sock);
	return msg.status_daemon.domid;
}

TEST(its_own_number_is_known_once_xenstored_answers)
{
	assert_int_equal(lab_stop_xenavd(&lab, SIGTERM), 0);
	machine->dmabuf_errno = 0;
	assert_int_equal(lab_freeze(lab.xenstored), 0);
	assert_int_equal(lab_start_xenavd(&lab), 0);
	expect_said("waits for xenstored, consumers at");
	assert_false(lab_log_has(&lab, "serves domain"));
	kill(lab.xenstored, SIGCONT);
	expect_said("serves domain 300");
	assert_int_equal(told_domid(), OWN_DOMID);
	/* A try exports a page of its own. */
	assert_false(lab_log_has(&lab, "Cannot export guests' buffers"));
	rig_at_rest = lab_use(&lab);
	rig_start(&rg, 1);
	assert_fine(rig_play(&rg, 960));
	rig_stop(&rg);
}

int main(void)
{
	rig_own_domid = OWN_DOMID;
	rig_managed = true;
	rig_config = "[consumer *]\nplayback = claim\nstatus = yes\n";
	return rig_main();
}
