/* SPDX-License-Identifier: MIT */
/* See test-consumer-rig.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/policy.h"
#include "count-fds.h"
#include "report/log.h"
#include "test-consumer-rig.h"
#include "test.h"

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

/* A test that waits in vain fails after about this many turns. */
#define PATIENCE_TURNS 5000
#define TURN_US        1000
#define TURNS_OF_GRACE 8

#define NOBODY_ID 65534

/* -------- the log -------- */

enum log_level log_threshold = LOG_LEVEL_DEBUG;
unsigned rig_warnings;
char rig_last_warning[256];
const struct log_source *rig_last_source;

static void note(enum log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static void note(enum log_level level, const char *fmt, va_list ap)
{
	char line[256];

	vsnprintf(line, sizeof line, fmt, ap);
	if (getenv("RIG_VERBOSE"))
		fprintf(stderr, "# %s\n", line);
	if (level > LOG_LEVEL_WARN)
		return;
	rig_warnings++;
	memcpy(rig_last_warning, line, sizeof line);
}

void log_write(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	note(level, fmt, ap);
	va_end(ap);
}

struct log_object log_object(const char *field, const char *, ...)
{
	return (struct log_object){.field = field};
}

void log_write_about(struct log_source *src, enum log_level level, enum log_event,
		     struct log_object, const char *fmt, ...)
{
	va_list ap;

	assert_non_null(src);
	rig_last_source = src;
	va_start(ap, fmt);
	note(level, fmt, ap);
	va_end(ap);
}

void log_source_init(struct log_source *src, const char *, ...)
{
	memset(src, 0, sizeof *src);
}

const char *log_level_name(enum log_level)
{
	return "any";
}

/* The rig reads no configuration. */
int log_level_parse(const char *, enum log_level *)
{
	return -EINVAL;
}

/* -------- the rig itself -------- */

/* Behave as before Linux 6.16: all consumers may pass descriptors. */
int setsockopt(int sock, int level, int name, const void *value, socklen_t len)
{
	if (level == SOL_SOCKET && name == SO_PASSRIGHTS) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return (int)syscall(SYS_setsockopt, sock, level, name, value, len);
}

struct guest_info rig_guest = {7, "guest", "", GUEST_POLICY_INIT};

static void describe_objects(struct rig *rig)
{
	for (uint8_t i = 0; i < 2; i++) {
		rig->streams[i].info = (struct stream_info){
			.guest = &rig_guest,
			.devid = 1,
			.pcm = 2,
			.stream = i,
			.direction = i == 0 ? XENAV_PLAYBACK : XENAV_CAPTURE,
			.unique_id = "sound-id",
			.pcm_name = "General",
		};
		rig->connectors[i].info = (struct connector_info){
			.guest = &rig_guest,
			.devid = 3,
			.index = i,
			.width_px = 800,
			.height_px = 600,
			.unique_id = "display-id",
		};
		rig->connectors[i].place =
			(struct connector_place){.width_px = 800, .height_px = 600};
	}
}

static void allow_everything(struct policy *policy)
{
	struct consumer_rule *rule;

	policy_init(policy);
	rule = policy_add_consumer(policy, CONSUMER_ANY, 0, "*");
	assert_non_null(rule);
	rule->rights = (struct consumer_rights){
		.display = RIGHT_CLAIM, .playback = RIGHT_CLAIM, .capture = RIGHT_CLAIM};
}

struct consumer_limits rig_limits(void)
{
	struct consumer_limits limits = CONSUMER_LIMITS_INIT;

	limits.tokens = limits.user_tokens = limits.accept_tokens = UINT32_MAX;
	limits.stall_ms = limits.hello_ms = 3600000;
	return limits;
}

int rig_setup(void **state)
{
	struct rig *rig = calloc(1, sizeof *rig);

	assert_non_null(rig);
	alarm(TEST_HANG_SEC);
	rig_warnings = 0;
	rig_last_warning[0] = '\0';
	rig->n_fds = count_fds();
	describe_objects(rig);
	strcpy(rig->folder, "/tmp/xenavd-test-XXXXXX");
	assert_non_null(mkdtemp(rig->folder));
	snprintf(rig->path, sizeof rig->path, "%s/socket", rig->folder);
	allow_everything(&rig->policy);
	rig->limits = rig_limits();
	rig->base = event_base_new();
	assert_non_null(rig->base);
	assert_int_equal(server_create(&rig->server, rig->base, &rig->policy, &rig->limits,
				       rig->path, NULL, false),
			 0);
	*state = rig;
	return 0;
}

/* A test leaves no descriptor and no file behind, and no memory where a sanitizer looks. */
int rig_teardown(void **state)
{
	struct rig *rig = *state;

	server_destroy(rig->server);
	policy_finish(&rig->policy);
	event_base_free(rig->base);
	assert_int_equal(access(rig->path, F_OK), -1);
	assert_int_equal(rmdir(rig->folder), 0);
	assert_int_equal(count_fds(), rig->n_fds);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rig->streams[i].n_claims, rig->streams[i].n_releases);
		assert_int_equal(rig->connectors[i].n_claims, rig->connectors[i].n_releases);
	}
	free(rig);
	return 0;
}

void rig_limit(struct rig *rig, const struct consumer_limits *limits)
{
	server_destroy(rig->server);
	rig->limits = *limits;
	assert_int_equal(server_create(&rig->server, rig->base, &rig->policy, &rig->limits,
				       rig->path, NULL, false),
			 0);
}

void rig_add_objects(struct rig *rig)
{
	for (int i = 0; i < 2; i++)
		server_streams.added(&rig->streams[i], rig->server);
	for (int i = 0; i < 2; i++)
		server_connectors.added(&rig->connectors[i], rig->server);
}

void rig_remove_stream(struct rig *rig, struct stream *stream)
{
	if (stream->listener)
		stream_release(stream, stream->data);
	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++)
		if (stream->watchers[i].listener)
			stream_release(stream, stream->watchers[i].data);
	server_streams.removed(stream, rig->server);
}

void rig_remove_connector(struct rig *rig, struct connector *conn)
{
	if (conn->listener)
		connector_release(conn, conn->data);
	for (unsigned i = 0; i < XENAV_MAX_WATCHERS; i++)
		if (conn->watchers[i].listener)
			connector_release(conn, conn->watchers[i].data);
	server_connectors.removed(conn, rig->server);
}

void rig_turn(struct rig *rig)
{
	assert_true(event_base_loop(rig->base, EVLOOP_NONBLOCK) >= 0);
}

void rig_pass_time(unsigned turns)
{
	assert_true(turns < PATIENCE_TURNS);
	usleep(TURN_US);
}

int rig_connect(struct rig *rig)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(sock >= 0);
	memcpy(addr.sun_path, rig->path, strlen(rig->path));
	assert_int_equal(connect(sock, (const struct sockaddr *)&addr, sizeof addr), 0);
	rig_turn(rig);
	return sock;
}

void rig_hello(union xenav_msg *msg)
{
	wire_init(msg, XENAV_OP_HELLO, 0);
	msg->hello.magic = XENAV_PROTO_MAGIC;
	msg->hello.major = XENAV_PROTO_MAJOR;
	msg->hello.minor = XENAV_PROTO_MINOR;
	strcpy(msg->hello.name, "test program");
}

int rig_greet(struct rig *rig)
{
	const int sock = rig_connect(rig);
	union xenav_msg msg;

	rig_hello(&msg);
	rig_send(sock, &msg);
	rig_expect(rig, sock, XENAV_OP_WELCOME, 0, &msg);
	return sock;
}

int rig_enter(struct rig *rig)
{
	const int sock = rig_greet(rig);
	union xenav_msg msg;

	for (uint32_t id = 1; id <= RIG_OBJECTS; id++) {
		rig_receive(rig, sock, &msg, NULL);
		assert_int_equal(msg.h.object, id);
	}
	return sock;
}

int rig_enter_as_user(struct rig *rig)
{
	const bool root = geteuid() == 0;
	int sock;

	if (root) {
		assert_int_equal(chown(rig->folder, NOBODY_ID, (gid_t)-1), 0);
		assert_int_equal(chown(rig->path, NOBODY_ID, (gid_t)-1), 0);
		assert_int_equal(seteuid(NOBODY_ID), 0);
	}
	sock = rig_enter(rig);
	if (root)
		assert_int_equal(seteuid(0), 0);
	return sock;
}

int rig_begin(struct rig *rig)
{
	rig_add_objects(rig);
	return rig_enter(rig);
}

void rig_send(int sock, const union xenav_msg *msg)
{
	assert_int_equal(wire_send(sock, msg, -1), 0);
}

void rig_send_plain(int sock, uint16_t opcode, uint32_t object)
{
	union xenav_msg msg;

	wire_init(&msg, opcode, object);
	rig_send(sock, &msg);
}

static uint32_t mode_of(uint32_t object)
{
	return object == RIG_CAPTURE ? XENAV_MODE_FEED : XENAV_MODE_DRIVE;
}

void rig_send_claim_as(int sock, uint32_t object, uint32_t ways, uint32_t mode)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_CLAIM, object);
	msg.claim.ways = ways;
	msg.claim.mode = mode;
	rig_send(sock, &msg);
}

void rig_send_claim_wait(int sock, uint32_t object)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_CLAIM_WAIT, object);
	msg.claim.ways = XENAV_WAY_COPY;
	msg.claim.mode = mode_of(object);
	rig_send(sock, &msg);
}

void rig_send_claim(int sock, uint32_t object, uint32_t ways)
{
	rig_send_claim_as(sock, object, ways, mode_of(object));
}

void rig_send_ready(int sock, uint32_t object, uint32_t flags)
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_FRAME_READY, object);
	msg.frame_ready.flags = flags;
	rig_send(sock, &msg);
}

/* Most tests are about other messages than ANNOUNCED. */
static int receive(const struct rig *rig, int sock, union xenav_msg *msg, int *fd)
{
	int rc;

	do
		rc = wire_recv(sock, msg, fd, true);
	while (rc == 0 && msg->h.opcode == XENAV_OP_ANNOUNCED && !rig->hears_announced);
	return rc;
}

void rig_receive(struct rig *rig, int sock, union xenav_msg *msg, int *fd)
{
	int passed = -1, rc;

	rig_await(rig, (rc = receive(rig, sock, msg, &passed)) != -EAGAIN);
	assert_int_equal(rc, 0);
	if (fd)
		*fd = passed;
	else if (passed >= 0)
		close(passed);
}

void rig_expect(struct rig *rig, int sock, uint16_t opcode, uint32_t object, union xenav_msg *msg)
{
	rig_receive(rig, sock, msg, NULL);
	assert_int_equal(msg->h.opcode, opcode);
	assert_int_equal(msg->h.object, object);
}

void rig_expect_error(struct rig *rig, int sock, uint16_t opcode, uint32_t object, int error)
{
	union xenav_msg msg;

	rig_expect(rig, sock, XENAV_OP_ERROR, object, &msg);
	assert_int_equal(msg.error.opcode, opcode);
	assert_int_equal(msg.error.error, error);
}

void rig_expect_nothing(struct rig *rig, int sock)
{
	union xenav_msg msg;
	int fd;

	for (int i = 0; i < TURNS_OF_GRACE; i++)
		rig_turn(rig);
	assert_int_equal(receive(rig, sock, &msg, &fd), -EAGAIN);
}

void rig_expect_end(struct rig *rig, int sock)
{
	union xenav_msg msg;
	int fd = -1, rc;

	rig_await(rig, (rc = receive(rig, sock, &msg, &fd)) != -EAGAIN);
	assert_int_equal(rc, -EPIPE);
	close(sock);
}

void rig_claim(struct rig *rig, int sock, uint32_t object)
{
	union xenav_msg msg;

	rig_send_claim(sock, object, XENAV_WAY_COPY);
	rig_expect(rig, sock, XENAV_OP_CLAIMED, object, &msg);
	assert_int_equal(msg.claim.ways, XENAV_WAY_COPY);
	assert_int_equal(msg.claim.mode, mode_of(object));
}

void rig_send_watch(int sock, uint32_t object)
{
	rig_send_claim_as(sock, object, XENAV_WAY_COPY, XENAV_MODE_WATCH);
}

void rig_watch(struct rig *rig, int sock, uint32_t object)
{
	union xenav_msg msg;

	rig_send_watch(sock, object);
	rig_expect(rig, sock, XENAV_OP_CLAIMED, object, &msg);
	assert_int_equal(msg.claim.ways, XENAV_WAY_COPY);
	assert_int_equal(msg.claim.mode, XENAV_MODE_WATCH);
}
