/* SPDX-License-Identifier: MIT */
/*
 * Messages of consumers to the real server, with streams and connectors that do what a guest may:
 * requests for the status among them.
 *
 * An input is a list of steps: a byte that says which, and what the step takes.
 */
#include <config.h>

#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "test.h"
#include "unit/test-consumer-rig.h"
#include "wire/messages.h"

#define CONSUMERS 2
#define STEPS_MAX 128

static int socks[CONSUMERS];

/* -------- steps -------- */

static void send_raw(int sock, struct input *input)
{
	uint8_t bytes[sizeof(union xenav_msg)];
	const size_t size = input_byte(input);

	input_take(input, bytes, size);
	send(sock, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* One with head and size as they should be, so that its fields are looked at. */
static void send_message(int sock, struct input *input)
{
	const struct wire_op *op;
	union xenav_msg msg;
	uint8_t bytes[sizeof msg] = {0};
	size_t n;

	op = wire_ops(&n);
	op += input_byte(input) % n;
	wire_init(&msg, op->opcode, input_byte(input) % (RIG_OBJECTS + 2));
	input_take(input, bytes, op->size_bytes - sizeof msg.h);
	memcpy((uint8_t *)&msg + sizeof msg.h, bytes, op->size_bytes - sizeof msg.h);
	send(sock, &msg, op->size_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void hello(int sock)
{
	union xenav_msg msg;

	rig_hello(&msg);
	send(sock, &msg, sizeof msg.hello, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void claim(int sock, struct input *input)
{
	const uint32_t object = 1 + input_byte(input) % RIG_OBJECTS;
	const uint8_t mode = input_byte(input);
	union xenav_msg msg;

	wire_init(&msg, mode & 64 ? XENAV_OP_CLAIM_WAIT : XENAV_OP_CLAIM, object);
	msg.claim.ways = XENAV_WAY_COPY;
	msg.claim.mode = mode & 3;
	send(sock, &msg, sizeof msg.claim, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void ask(int sock, struct input *input)
{
	static const uint16_t opcodes[] = {XENAV_OP_STATUS_GET, XENAV_OP_STATUS_MONITOR};
	union xenav_msg msg;

	wire_init(&msg, opcodes[input_byte(input) % 2], 0);
	send(sock, &msg, msg.h.size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void read_some(int sock)
{
	union xenav_msg msg;
	struct iovec iov = {.iov_base = &msg, .iov_len = sizeof msg};
	struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1};

	while (recvmsg(sock, &hdr, MSG_DONTWAIT) > 0)
		;
}

static void guest_acts(struct rig *rig, struct input *input)
{
	struct stream *stream = &rig->streams[0];

	if (!rig_heard(stream))
		return;
	rig_open(rig, stream, 1 + input_byte(input));
	rig_state(stream, XENAV_STREAM_STARTED, 0);
	rig_data(stream, 0, RIG_RING_FRAMES / 2);
	rig_turn(rig);
	rig_close(stream);
}

static void come_again(struct rig *rig, unsigned which)
{
	close(socks[which]);
	rig_turn(rig);
	socks[which] = rig_connect(rig);
}

static void step(struct rig *rig, struct input *input)
{
	const uint8_t what = input_byte(input);
	const unsigned which = what >> 7;
	const int sock = socks[which];

	switch (what & 15) {
	case 0:
		send_raw(sock, input);
		break;
	case 1:
		hello(sock);
		break;
	case 2:
		claim(sock, input);
		break;
	case 3:
		ask(sock, input);
		break;
	case 4:
		read_some(sock);
		break;
	case 5:
		guest_acts(rig, input);
		break;
	case 6:
		come_again(rig, which);
		break;
	case 7:
		rig_turn(rig);
		break;
	default:
		send_message(sock, input);
		break;
	}
}

/* -------- one input -------- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct rig *rig;
	void *state;

	rig_setup(&state);
	rig = state;
	rig_add_objects(rig);
	for (unsigned i = 0; i < CONSUMERS; i++)
		socks[i] = rig_connect(rig);
	hello(socks[0]);
	for (unsigned n = 0; n < STEPS_MAX && input.left > 0; n++)
		step(rig, &input);
	for (unsigned i = 0; i < 4; i++)
		rig_turn(rig);
	for (unsigned i = 0; i < CONSUMERS; i++)
		close(socks[i]);
	rig_turn(rig);
	rig_teardown(&state);
	return 0;
}
