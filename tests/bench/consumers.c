/* SPDX-License-Identifier: MIT */
/*
 * Hostile consumers: as many as one user may have, each of which says the same again and again.
 * What they speak of is of a guest of their own.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacks.h"
#include "crowd.h"
#include "daemon/poison.h"
#include "daemon/rig.h"
#include "wire/wire.h"
#include "xen/sndif.h"

#define LARGE_BYTES (4u << 20)
#define SMALL_BYTES (64u << 10)
#define SIDE_PX     2048
#define FB          7

static struct rig_guest bad;
static struct guest_buffer sound_buffer;
static struct dbuf dbuf;
static uint32_t stream_id, connector_id;

/* -------- the guest -------- */

static const char *come(uint32_t buffer_bytes)
{
	struct xensnd_req req = {.operation = XENSND_OP_OPEN};
	uint8_t image[SLOT_BYTES];
	const char *problem = rig_create(&bad, ATTACKER_DOMID);

	memset(&sound_buffer, 0, sizeof sound_buffer);
	rig_sound = rig_many_streams(1, 1, "p");
	if (!problem)
		problem = rig_attach(&bad);
	rig_sound = rig_sound_nodes;
	if (!problem)
		problem = rig_load(&bad);
	if (!problem)
		problem = rig_connect(&bad);
	if (problem)
		return problem;
	if (guest_buffer_alloc(&bad.guest, &sound_buffer, buffer_bytes) < 0)
		return "no memory for a buffer";
	req.op.open.pcm_rate = 48000;
	req.op.open.pcm_format = XENSND_PCM_FORMAT_S16_LE;
	req.op.open.pcm_channels = 2;
	req.op.open.buffer_sz = buffer_bytes;
	req.op.open.gref_directory = guest_buffer_directory(&sound_buffer);
	memcpy(image, &req, SLOT_BYTES);
	return channel_request(&bad.sound.pcms[0].channel, image) == 0 ? NULL : "OPEN failed";
}

static const char *show(void)
{
	if (dbuf_create(&bad.display, &dbuf, 1000, SIDE_PX, SIDE_PX, 32) < 0)
		return "DBUF_CREATE failed";
	if (fb_attach(&bad.display, &dbuf, FB, RIG_XR24) < 0)
		return "FB_ATTACH failed";
	return crtc_config(CRTC(&bad, 0), FB, &dbuf) < 0 ? "SET_CONFIG failed" : NULL;
}

/* -------- the consumers -------- */

static void note(const union xenav_msg *msg)
{
	if (msg->h.opcode == XENAV_OP_STREAM_ADDED && msg->stream_added.domid == ATTACKER_DOMID)
		stream_id = msg->h.object;
	if (msg->h.opcode == XENAV_OP_CONNECTOR_ADDED && connector_id == 0 &&
	    msg->connector_added.domid == ATTACKER_DOMID)
		connector_id = msg->h.object;
}

static struct crowd crowd = {.note = note};

static bool announced(void)
{
	return stream_id && connector_id;
}

static const char *begin(uint32_t buffer_bytes)
{
	const char *problem;

	crowd_init(&crowd);
	stream_id = connector_id = 0;
	problem = come(buffer_bytes);
	if (!problem)
		problem = show();
	if (!problem)
		problem = crowd_come(&crowd);
	return problem ? problem : crowd_await(&crowd, &bad.guest, announced);
}

static void end(void)
{
	crowd_leave(&crowd);
	rig_destroy(&bad);
}

static const char *begin_small(void)
{
	return begin(SMALL_BYTES);
}

static const char *begin_large(void)
{
	return begin(LARGE_BYTES);
}

/* -------- what they say -------- */

static bool say(int sock, uint16_t opcode, uint32_t object, uint32_t mode)
{
	union xenav_msg msg;

	wire_init(&msg, opcode, object);
	if (opcode == XENAV_OP_CLAIM) {
		msg.claim.ways = XENAV_WAY_COPY;
		msg.claim.mode = mode;
	}
	return wire_send(sock, &msg, -1) == 0;
}

/* One drives, the others watch. */
static unsigned claim_all(uint32_t object, bool ready)
{
	unsigned said = 0;

	for (unsigned i = 0; i < CONSUMERS; i++) {
		const uint32_t mode = i == 0 ? XENAV_MODE_DRIVE : XENAV_MODE_WATCH;

		said += say(crowd.socks[i], XENAV_OP_CLAIM, object, mode);
		if (ready)
			said += say(crowd.socks[i], XENAV_OP_FRAME_READY, object, 0);
		said += say(crowd.socks[i], XENAV_OP_RELEASE, object, 0);
		crowd_read(&crowd, i);
	}
	if (said == 0)
		usleep(100);
	return said;
}

static unsigned claim_stream(void)
{
	return claim_all(stream_id, false);
}

static unsigned claim_connector(void)
{
	return claim_all(connector_id, true);
}

/* Messages without a use. */
static unsigned report_positions(void)
{
	unsigned said = 0;

	for (unsigned i = 0; i < CONSUMERS; i++) {
		for (unsigned n = 0; n < 64; n++)
			said += say(crowd.socks[i], XENAV_OP_STREAM_POSITION, stream_id, 0);
		crowd_read(&crowd, i);
	}
	if (said == 0)
		usleep(100);
	return said;
}

static unsigned come_and_go(void)
{
	const int sock = crowd_connect_one();

	if (sock < 0)
		return 0;
	close(sock);
	return 1;
}

/* -------- what they pass -------- */

#define PER_STRIKE 4
#define FAR_ENDS   (64 * PER_STRIKE)
#define LINGER_SEC 10

static int far_ends[FAR_ENDS];
static unsigned n_poison;
static pid_t attacker = -1;
static int orders = -1;

/* An exiting process does not wait in close(), so a living one closes them last. */
static void pass_and_exit(const int *fds, int parent)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	union xenav_msg msg;
	char byte;

	/* Until the parent has closed what it has. */
	while (read(parent, &byte, sizeof byte) > 0)
		;
	memcpy(addr.sun_path, lab.socket, strlen(lab.socket));
	wire_init(&msg, XENAV_OP_RELEASE, 1);
	if (connect(sock, (struct sockaddr *)&addr, sizeof addr) == 0)
		poison_pass(sock, &msg, fds, PER_STRIKE);
	_exit(0);
}

static void pass_once(void)
{
	int fds[PER_STRIKE];
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	for (unsigned i = 0; i < PER_STRIKE; i++, n_poison++) {
		if (far_ends[n_poison % FAR_ENDS] >= 0)
			close(far_ends[n_poison % FAR_ENDS]);
		fds[i] = poison_make(LINGER_SEC, &far_ends[n_poison % FAR_ENDS]);
	}
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		pass_and_exit(fds, ends[0]);
	}
	for (unsigned i = 0; i < PER_STRIKE; i++)
		close(fds[i]);
	close(ends[0]);
	close(ends[1]);
	waitpid(pid, NULL, 0);
}

/* To fork holds up all threads of a process, so the innocent guest is in another one. */
static void attack_to_order(int sock)
{
	char byte;

	memset(far_ends, -1, sizeof far_ends);
	while (read(sock, &byte, sizeof byte) > 0) {
		pass_once();
		if (write(sock, &byte, sizeof byte) < 0)
			break;
	}
	_exit(0);
}

static const char *begin_poison(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return "no sockets";
	attacker = fork();
	if (attacker == 0) {
		close(ends[0]);
		attack_to_order(ends[1]);
	}
	close(ends[1]);
	orders = ends[0];
	return attacker < 0 ? "no process" : NULL;
}

static unsigned pass_poison(void)
{
	char byte = 0;

	return write(orders, &byte, sizeof byte) == 1 && read(orders, &byte, sizeof byte) == 1;
}

static void end_poison(void)
{
	close(orders);
	waitpid(attacker, NULL, 0);
}

const struct attack consumer_attacks[] = {
	{"claims", "CLAIM and RELEASE a stream of 64 KiB", NULL, begin_small, claim_stream, end},
	{"claims-4m", "the same of 4 MiB", NULL, begin_large, claim_stream, end},
	{"frames", "CLAIM, FRAME_READY and RELEASE 2048x2048 pixels", NULL, begin_small,
	 claim_connector, end},
	{"positions", "report positions of a stream that is not claimed", NULL, begin_small,
	 report_positions, end},
	{"connects", "connect and leave", NULL, begin_small, come_and_go, end},
	{"poison", "pass sockets that linger, without any right",
	 "[consumer user 4294967294]\ndisplay = claim\n", begin_poison, pass_poison, end_poison},
	{0},
};
