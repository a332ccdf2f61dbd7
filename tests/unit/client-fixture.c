/* SPDX-License-Identifier: MIT */
/*
 * See client-fixture.h.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client-fixture.h"

/* Add a word to the log, and run the action for it. */
__attribute__((format(printf, 2, 3))) static void note(struct client *t, const char *fmt, ...)
{
	const size_t len = strlen(t->log);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->log + len, sizeof t->log - len, fmt, ap);
	va_end(ap);
	if (t->act_on && !strncmp(t->log + len, t->act_on, strlen(t->act_on))) {
		t->act_on = NULL;
		t->act(t);
	}
}

static void on_connected(void *data, const char *name)
{
	note(data, "connected:%s ", name);
}

static void on_disconnected(void *data, int error)
{
	note(data, "disconnected:%d ", error);
}

static void on_stream_added(void *data, struct xenav_stream *s)
{
	const struct xenav_stream_info *i = xenav_stream_get_info(s);
	struct client *t = data;

	t->s = s;
	note(data, "stream:%u/%u/%u/%u/%u:%s:%s:%s ", (unsigned int)i->domid,
	     (unsigned int)i->devid, i->pcm, i->stream, i->direction, i->domain_name, i->unique_id,
	     i->pcm_name);
}

static void on_stream_removed(void *data, struct xenav_stream *s)
{
	struct client *t = data;

	note(t, "stream-removed:%s ", xenav_stream_get_info(s)->unique_id);
	if (t->s == s)
		t->s = NULL;
}

static void on_stream_claimed(void *data, struct xenav_stream *)
{
	note(data, "claimed ");
}

static void on_stream_claim_failed(void *data, struct xenav_stream *, int error)
{
	note(data, "claim-failed:%d ", error);
}

static void on_stream_opened(void *data, struct xenav_stream *s, const struct xenav_pcm *pcm)
{
	assert_ptr_equal(xenav_stream_get_pcm(s), pcm);
	note(data, "opened:%s:%u:%u:%u:%u:%u ", xenav_format_name(pcm->format), pcm->channels,
	     (unsigned int)pcm->rate_hz, (unsigned int)pcm->frame_bytes,
	     (unsigned int)pcm->buffer_frames, (unsigned int)pcm->period_frames);
}

static void on_stream_state(void *data, struct xenav_stream *, int state, uint64_t position)
{
	note(data, "state:%d@%" PRIu64 " ", state, position);
}

static void on_stream_data(void *data, struct xenav_stream *s, uint64_t position,
			   const void *samples, uint32_t frames)
{
	const size_t bytes = (size_t)frames * xenav_stream_get_pcm(s)->frame_bytes;
	struct client *t = data;

	note(data, "data:%" PRIu64 "+%u ", position, (unsigned int)frames);
	/* Read after the action: the memory must still be mapped. */
	assert_true(t->n_heard + bytes <= sizeof t->heard);
	memcpy(t->heard + t->n_heard, samples, bytes);
	t->n_heard += bytes;
}

static void on_stream_lost(void *data, struct xenav_stream *, uint64_t position, uint32_t frames)
{
	note(data, "lost:%u@%" PRIu64 " ", (unsigned int)frames, position);
}

static void on_stream_space(void *data, struct xenav_stream *, uint64_t read, uint32_t space)
{
	note(data, "space:%u@%" PRIu64 " ", (unsigned int)space, read);
}

static void on_stream_closed(void *data, struct xenav_stream *s)
{
	assert_non_null(xenav_stream_get_pcm(s));
	note(data, "closed ");
}

static void on_stream_volume(void *data, struct xenav_stream *s)
{
	const struct xenav_pcm *pcm = xenav_stream_get_pcm(s);

	note(data, "volume");
	for (unsigned int i = 0; i < pcm->channels && i < 3; i++)
		note(data, ":%d%s", (int)xenav_stream_get_volume(s, i),
		     xenav_stream_is_muted(s, i) ? "m" : "");
	note(data, " ");
}

static void on_stream_limits_failed(void *data, struct xenav_stream *, int error)
{
	note(data, "limits-failed:%d ", error);
}

static void on_connector_added(void *data, struct xenav_connector *c)
{
	const struct xenav_connector_info *i = xenav_connector_get_info(c);
	struct client *t = data;

	t->c = c;
	note(data, "connector:%u/%u/%u:%ux%u:%s:%s ", (unsigned int)i->domid,
	     (unsigned int)i->devid, (unsigned int)i->connector, (unsigned int)i->width_px,
	     (unsigned int)i->height_px, i->domain_name, i->unique_id);
}

static void on_connector_removed(void *data, struct xenav_connector *c)
{
	note(data, "connector-removed:%s ", xenav_connector_get_info(c)->unique_id);
}

static void on_connector_claimed(void *data, struct xenav_connector *)
{
	note(data, "claimed ");
}

static void on_connector_claim_failed(void *data, struct xenav_connector *, int error)
{
	note(data, "claim-failed:%d ", error);
}

static void on_frame(void *data, struct xenav_connector *, const struct xenav_frame *f)
{
	struct client *t = data;

	t->frame = *f;
	note(data, "frame:%" PRIu64 ":%ux%u/%u:%.4s:%u ", f->serial, (unsigned int)f->width_px,
	     (unsigned int)f->height_px, (unsigned int)f->stride_bytes, (const char *)&f->fourcc,
	     f->pixels ? *(const unsigned char *)f->pixels : 0);
}

static void on_frame_gone(void *data, struct xenav_connector *, uint64_t serial)
{
	note(data, "gone:%" PRIu64 " ", serial);
}

static void on_blank(void *data, struct xenav_connector *)
{
	note(data, "blank ");
}

static void on_input_added(void *data, struct xenav_input *in)
{
	const struct xenav_input_info *i = xenav_input_get_info(in);
	struct client *t = data;

	t->in = in;
	note(data, "input:%u/%u:%x:%ux%u:%s:%s ", (unsigned int)i->domid, (unsigned int)i->devid,
	     (unsigned int)i->caps, (unsigned int)i->width, (unsigned int)i->height, i->domain_name,
	     i->unique_id);
}

static void on_input_removed(void *data, struct xenav_input *)
{
	struct client *t = data;

	note(t, "input-removed ");
	t->in = NULL;
}

static void on_input_ready(void *data, struct xenav_input *)
{
	note(data, "input-ready ");
}

static void on_input_failed(void *data, struct xenav_input *, int error)
{
	note(data, "input-failed:%d ", error);
}

static void on_stream_moved(void *data, struct xenav_stream *, uint64_t position)
{
	note(data, "moved@%" PRIu64 " ", position);
}

static void on_announced(void *data)
{
	note(data, "announced ");
}

static void on_paused(void *data)
{
	note(data, "paused ");
}

static void on_resumed(void *data)
{
	note(data, "resumed ");
}

const struct xenav_listener client_listener = {
	.size = sizeof client_listener,
	.connected = on_connected,
	.disconnected = on_disconnected,
	.stream_added = on_stream_added,
	.stream_removed = on_stream_removed,
	.stream_claimed = on_stream_claimed,
	.stream_claim_failed = on_stream_claim_failed,
	.stream_opened = on_stream_opened,
	.stream_state = on_stream_state,
	.stream_data = on_stream_data,
	.stream_lost = on_stream_lost,
	.stream_space = on_stream_space,
	.stream_closed = on_stream_closed,
	.connector_added = on_connector_added,
	.connector_removed = on_connector_removed,
	.connector_claimed = on_connector_claimed,
	.connector_claim_failed = on_connector_claim_failed,
	.frame = on_frame,
	.blank = on_blank,
	.stream_volume = on_stream_volume,
	.stream_limits_failed = on_stream_limits_failed,
	.frame_gone = on_frame_gone,
	.input_added = on_input_added,
	.input_removed = on_input_removed,
	.input_ready = on_input_ready,
	.input_failed = on_input_failed,
	.stream_moved = on_stream_moved,
	.announced = on_announced,
	.paused = on_paused,
	.resumed = on_resumed,
};

int client_setup(void **state)
{
	struct client *t = calloc(1, sizeof *t);
	union xenav_msg msg;
	int socks[2];

	assert_non_null(t);
	*state = t;
	leaks_before(&t->leaks);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks), 0);
	t->sock = socks[0];
	assert_int_equal(xenav_open_fd(&t->x, socks[1], "test", &client_listener, t), 0);
	fake_expect(t->sock, &msg, XENAV_OP_HELLO, 0);
	assert_string_equal(msg.hello.name, "test");
	fake_welcome(t->sock);
	client_expect_log(t, "connected:fake ");
	return 0;
}

int client_teardown(void **state)
{
	struct client *t = *state;

	xenav_close(t->x);
	if (t->sock >= 0)
		close(t->sock);
	leaks_after(&t->leaks);
	free(t);
	return 0;
}

void client_dispatch(struct client *t)
{
	int rc;

	do
		rc = xenav_dispatch(t->x);
	while (rc > 0);
	assert_int_equal(rc, 0);
}

void client_expect_log(struct client *t, const char *log)
{
	client_dispatch(t);
	assert_string_equal(t->log, log);
	t->log[0] = 0;
}

void client_expect_end(struct client *t, int error)
{
	char expected[64];
	int rc;

	do
		rc = xenav_dispatch(t->x);
	while (rc > 0);
	assert_int_equal(rc, error);
	snprintf(expected, sizeof expected, "disconnected:%d ", error);
	assert_true(strlen(t->log) >= strlen(expected));
	assert_string_equal(t->log + strlen(t->log) - strlen(expected), expected);
	assert_int_equal(xenav_dispatch(t->x), -ENOTCONN);
	assert_int_equal(xenav_get_events(t->x), 0);
}

void client_expect_silence(struct client *t)
{
	union xenav_msg msg;

	assert_false(fake_recv(t->sock, &msg));
}

void client_claim_stream(struct client *t, uint8_t direction)
{
	union xenav_msg msg;

	fake_stream_added(t->sock, 1, direction, "s");
	client_dispatch(t);
	if (direction == XENAV_CAPTURE)
		assert_int_equal(xenav_stream_feed(t->s), 0);
	else
		assert_int_equal(xenav_stream_claim(t->s), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 1);
	assert_int_equal(msg.claim.ways, XENAV_WAY_COPY);
	if (direction == XENAV_CAPTURE)
		fake_fed(t->sock, 1);
	else
		fake_claimed(t->sock, 1);
	client_dispatch(t);
	t->log[0] = 0;
}

void client_claim_connector(struct client *t)
{
	union xenav_msg msg;

	fake_connector_added(t->sock, 2, "c");
	client_dispatch(t);
	assert_int_equal(xenav_connector_claim(t->c), 0);
	fake_expect(t->sock, &msg, XENAV_OP_CLAIM, 2);
	fake_claimed(t->sock, 2);
	client_dispatch(t);
	fake_expect(t->sock, &msg, XENAV_OP_FRAME_READY, 2);
	assert_int_equal(msg.frame_ready.flags, 0);
	t->log[0] = 0;
}

void client_open_stream(struct client *t, uint32_t generation)
{
	int fd = fake_ring(1000);

	fake_opened(t->sock, 1, generation, XENAV_FORMAT_U8, 1, 8000, 1000, 250, fd);
	close(fd);
}
