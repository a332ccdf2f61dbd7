/* SPDX-License-Identifier: MIT */
/*
 * libxenav: what callbacks may do, and how many run in one call.  The daemon is a socketpair.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client-fixture.h"

static void act_close(struct client *t)
{
	assert_int_equal(xenav_dispatch(t->x), -EBUSY);
	xenav_close(t->x);
	/* The connection stays until the callback returns, but takes no more calls. */
	if (t->s) {
		assert_int_equal(xenav_stream_claim(t->s), -ENOTCONN);
		assert_int_equal(xenav_stream_position(t->s, 0, 0), -ENOTCONN);
	}
}

/* Send messages for all callbacks, and close in the named one. */
static void close_in(void **state, const char *callback, bool capture)
{
	struct client *t;
	int rc, fd;

	client_setup(state);
	t = *state;
	fd = fake_ring(4096);
	client_claim_stream(t, capture ? XENAV_CAPTURE : XENAV_PLAYBACK);
	client_claim_connector(t);
	t->act_on = callback;
	t->act = act_close;
	fake_stream_added(t->sock, 3, XENAV_PLAYBACK, "new");
	fake_connector_added(t->sock, 4, "new");
	fake_plain(t->sock, XENAV_OP_REMOVED, 3);
	fake_plain(t->sock, XENAV_OP_REMOVED, 4);
	fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 1, 8000, 4096, 512, fd);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 4000, 200); /* wraps */
	fake_buffer(t->sock, 2, 0, 4096, fd);
	fake_frame(t->sock, 2, 1, 0, 4, 4, 16, "XR24");
	fake_plain(t->sock, XENAV_OP_BLANK, 2);
	fake_closed(t->sock, 1, 1);
	fake_opened(t->sock, 1, 2, XENAV_FORMAT_U8, 1, 8000, 4096, 512, fd);
	fake_plain(t->sock, XENAV_OP_REMOVED, 1);
	fake_error(t->sock, 0, XENAV_OP_HELLO, -EACCES);
	close(fd);
	do
		rc = xenav_dispatch(t->x);
	while (rc > 0);
	assert_int_equal(rc, -ECANCELED);
	assert_null(t->act_on);
	/* disconnected was the last callback. */
	assert_non_null(strstr(t->log, callback));
	assert_non_null(strchr(strstr(t->log, callback), ' '));
	assert_string_equal(strchr(strstr(t->log, callback), ' '), " ");
	t->x = NULL;
	client_teardown(state);
}

TEST_ALONE(any_callback_may_close_the_connection)
{
	static const char *const callbacks[] = {
		"stream:", "connector:", "stream-removed:", "connector-removed:",
		"opened:", "state:",     "data:",           "frame:",
		"blank",   "closed",     "disconnected:",
	};

	for (size_t i = 0; i < sizeof callbacks / sizeof callbacks[0]; i++)
		close_in(state, callbacks[i], false);
	close_in(state, "space:", true);
}

static void act_release(struct client *t)
{
	t->act_rc = xenav_stream_release(t->s);
}

CLIENT_TEST(a_stream_may_be_released_while_it_is_heard)
{
	struct client *t = *state;
	union xenav_msg msg;
	int fd = fake_ring(4096);

	client_claim_stream(t, XENAV_PLAYBACK);
	t->act_on = "data:";
	t->act = act_release;
	fake_opened(t->sock, 1, 1, XENAV_FORMAT_U8, 1, 8000, 4096, 512, fd);
	fake_state(t->sock, 1, 1, XENAV_STREAM_STARTED, 0);
	fake_data(t->sock, 1, 1, 4000, 200);
	fake_data(t->sock, 1, 1, 4200, 200);
	fake_closed(t->sock, 1, 1);
	close(fd);
	/* The first part is still whole after the release; the second one is not delivered. */
	client_expect_log(t, "opened:u8:1:8000:1:4096:512 state:1@0 data:4000+96 ");
	assert_int_equal(t->n_heard, 96);
	assert_int_equal(t->heard[95], 4095 % 251);
	assert_int_equal(t->act_rc, 0);
	fake_expect(t->sock, &msg, XENAV_OP_RELEASE, 1);
	assert_null(xenav_stream_get_pcm(t->s));
	leaks_after(&(struct leaks){t->leaks.fds + CLIENT_FDS, t->leaks.memfd_maps});
}

CLIENT_TEST(a_batch_leaves_room_for_others)
{
	struct client *t = *state;

	for (unsigned int i = 1; i <= 100; i++)
		fake_stream_added(t->sock, i, XENAV_PLAYBACK, "x");
	assert_int_equal(xenav_dispatch(t->x), 64);
	assert_int_equal(xenav_dispatch(t->x), 36);
	assert_int_equal(xenav_dispatch(t->x), 0);
}

static void count_line(void *data, int level, const char *text)
{
	assert_null(strchr(text, '\n'));
	assert_in_range(level, XENAV_LOG_ERROR, XENAV_LOG_DEBUG);
	++*(int *)data;
}

CLIENT_TEST(the_log_handler_hears_of_the_connection)
{
	struct client *t = *state;
	int lines = 0;

	xenav_log_set_handler(t->x, count_line, &lines);
	fake_stream_added(t->sock, 1, XENAV_PLAYBACK, "x");
	client_dispatch(t);
	assert_int_equal(lines, 1);
	xenav_log_set_handler(t->x, NULL, NULL);
	fake_plain(t->sock, XENAV_OP_REMOVED, 1);
	client_dispatch(t);
	assert_int_equal(lines, 1);
}
