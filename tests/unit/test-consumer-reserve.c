/* SPDX-License-Identifier: MIT */
/* daemon/consumer/reserve.c: claims over a restart, with the real journal. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "count-fds.h"
#include "fdstore-rig.h"
#include "journal/journal.h"
#include "test-consumer-rig.h"
#include "test.h"

/* The process before, which is as good as killed, and the one after it. */
struct two {
	struct rig *before;
	struct rig *rig;
	int sock_before; /* its consumer, or -1 */
	struct journal *journal_before;
	struct journal *journal;
	uint8_t token[XENAV_TOKEN_BYTES]; /* of the newest consumer */
};

static struct rig *start(struct journal *journal, unsigned resume_ms)
{
	struct consumer_limits limits = rig_limits();
	void *rig;

	assert_int_equal(rig_setup(&rig), 0);
	limits.resume_ms = resume_ms;
	rig_limit(rig, &limits);
	assert_int_equal(server_recall(((struct rig *)rig)->server, journal), 0);
	rig_add_objects(rig);
	return rig;
}

static int setup(void **state)
{
	struct two *t = calloc(1, sizeof *t);
	void *store;

	assert_non_null(t);
	t->sock_before = -1;
	fdstore_rig_setup(&store);
	assert_int_equal(journal_open(&t->journal_before), 0);
	t->before = start(t->journal_before, 5000);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct two *t = *state;
	void *rig = t->rig;
	void *before = t->before;

	if (rig)
		rig_teardown(&rig);
	if (t->sock_before >= 0)
		close(t->sock_before);
	rig_teardown(&before);
	journal_close(t->journal);
	journal_close(t->journal_before);
	free(t);
	return fdstore_rig_teardown(state);
}

#define TEST(name) TEST_WITH(name, setup, teardown)

static void restart(struct two *t, unsigned resume_ms)
{
	const int n_fds = count_fds();

	/* What the store hands over is not the first process's. */
	fdstore_rig_restart();
	assert_int_equal(journal_open(&t->journal), 0);
	t->before->n_fds += count_fds() - n_fds;
	t->rig = start(t->journal, resume_ms);
}

/* Connect a consumer that knows of tokens, and read all announcements. */
static int enter(struct two *t, struct rig *rig)
{
	const int sock = rig_connect(rig);
	union xenav_msg msg;

	rig_hello(&msg);
	msg.hello.features = XENAV_FEATURE_RESUME;
	rig_send(sock, &msg);
	rig_expect(rig, sock, XENAV_OP_WELCOME, 0, &msg);
	rig_expect(rig, sock, XENAV_OP_TOKEN, 0, &msg);
	memcpy(t->token, msg.token.token, sizeof t->token);
	for (uint32_t id = 1; id <= RIG_OBJECTS; id++) {
		rig_expect(rig, sock, XENAV_OP_GUEST, id, &msg);
		rig_receive(rig, sock, &msg, NULL);
	}
	rig_expect_nothing(rig, sock);
	return sock;
}

static void claim(struct rig *rig, int sock, uint32_t object)
{
	union xenav_msg msg;

	rig_send_claim(sock, object, XENAV_WAY_COPY);
	rig_expect(rig, sock, XENAV_OP_CLAIMED, object, &msg);
	rig_expect(rig, sock, XENAV_OP_TOLD, object, &msg);
}

static void expect_busy(struct rig *rig, int sock, uint32_t object)
{
	rig_send_claim(sock, object, XENAV_WAY_COPY);
	rig_expect_error(rig, sock, XENAV_OP_CLAIM, object, -EBUSY);
}

static void show(int sock, const uint8_t token[XENAV_TOKEN_BYTES])
{
	union xenav_msg msg;

	wire_init(&msg, XENAV_OP_RESUME, 0);
	memcpy(msg.token.token, token, XENAV_TOKEN_BYTES);
	rig_send(sock, &msg);
}

TEST(what_a_consumer_had_is_its_own_after_a_restart)
{
	static const uint32_t objects[] = {RIG_STREAM, RIG_CAPTURE, RIG_CONNECTOR};
	struct two *t = *state;
	const int before = t->sock_before = enter(t, t->before);
	uint8_t token[XENAV_TOKEN_BYTES];
	int sock, stranger;

	memcpy(token, t->token, sizeof token);
	for (unsigned i = 0; i < 3; i++)
		claim(t->before, before, objects[i]);
	restart(t, 600000);
	stranger = enter(t, t->rig);
	for (unsigned i = 0; i < 3; i++)
		expect_busy(t->rig, stranger, objects[i]);
	/* What nobody had is free. */
	claim(t->rig, stranger, RIG_CONNECTOR + 1);
	sock = enter(t, t->rig);
	show(sock, token);
	for (unsigned i = 0; i < 3; i++)
		claim(t->rig, sock, objects[i]);
	/* It is an ordinary claim now. */
	rig_send_plain(sock, XENAV_OP_RELEASE, RIG_STREAM);
	rig_expect_nothing(t->rig, sock);
	claim(t->rig, stranger, RIG_STREAM);
	close(sock);
	close(stranger);
}

TEST(a_consumer_may_be_lost_again_before_it_claims)
{
	struct two *t = *state;
	const int before = t->sock_before = enter(t, t->before);
	uint8_t token[XENAV_TOKEN_BYTES];
	int sock;

	claim(t->before, before, RIG_STREAM);
	memcpy(token, t->token, sizeof token);
	restart(t, 600000);
	sock = enter(t, t->rig);
	show(sock, token);
	rig_expect_nothing(t->rig, sock);
	close(sock);
	/* Its newest token counts. */
	memcpy(token, t->token, sizeof token);
	sock = enter(t, t->rig);
	expect_busy(t->rig, sock, RIG_STREAM);
	show(sock, token);
	claim(t->rig, sock, RIG_STREAM);
	close(sock);
}

TEST(a_token_of_nobody_or_of_another_user_is_ignored)
{
	static const uint8_t nobody[XENAV_TOKEN_BYTES];
	struct journal_key key = {
		.type = JOURNAL_CLAIM,
		.kind = JOURNAL_SOUND,
		.domid = 7,
		.devid = 1,
		.id = 2 << 8,
	};
	struct two *t = *state;
	uint8_t kept[24];
	int sock;

	memset(kept, 9, sizeof kept);
	assert_non_null(journal_add(t->journal_before, &key, kept, sizeof kept));
	restart(t, 600000);
	sock = enter(t, t->rig);
	show(sock, nobody);
	expect_busy(t->rig, sock, RIG_STREAM);
	show(sock, kept);
	expect_busy(t->rig, sock, RIG_STREAM);
	close(sock);
}

TEST(a_consumer_without_a_token_is_never_reserved_for)
{
	struct two *t = *state;
	const int before = t->sock_before = rig_enter(t->before);
	int sock;

	rig_claim(t->before, before, RIG_STREAM);
	restart(t, 600000);
	sock = enter(t, t->rig);
	claim(t->rig, sock, RIG_STREAM);
	close(sock);
}

TEST(what_was_given_back_or_only_watched_is_free)
{
	struct two *t = *state;
	const int before = t->sock_before = enter(t, t->before);
	union xenav_msg msg;
	int sock;

	claim(t->before, before, RIG_STREAM);
	rig_send_plain(before, XENAV_OP_RELEASE, RIG_STREAM);
	rig_send_watch(before, RIG_CONNECTOR);
	rig_expect(t->before, before, XENAV_OP_CLAIMED, RIG_CONNECTOR, &msg);
	rig_expect(t->before, before, XENAV_OP_TOLD, RIG_CONNECTOR, &msg);
	restart(t, 600000);
	sock = enter(t, t->rig);
	claim(t->rig, sock, RIG_STREAM);
	claim(t->rig, sock, RIG_CONNECTOR);
	close(sock);
}

TEST(watchers_are_not_kept_out)
{
	struct two *t = *state;
	const int before = t->sock_before = enter(t, t->before);
	union xenav_msg msg;
	int sock;

	claim(t->before, before, RIG_CONNECTOR);
	restart(t, 600000);
	sock = enter(t, t->rig);
	rig_send_watch(sock, RIG_CONNECTOR);
	rig_expect(t->rig, sock, XENAV_OP_CLAIMED, RIG_CONNECTOR, &msg);
	close(sock);
}

TEST(a_reservation_ends_and_who_waits_is_next)
{
	struct two *t = *state;
	const int before = t->sock_before = enter(t, t->before);
	union xenav_msg msg;
	int sock;

	claim(t->before, before, RIG_STREAM);
	claim(t->before, before, RIG_CONNECTOR);
	restart(t, 1000);
	sock = enter(t, t->rig);
	rig_send_claim_wait(sock, RIG_STREAM);
	rig_expect(t->rig, sock, XENAV_OP_CLAIMED, RIG_STREAM, &msg);
	rig_expect(t->rig, sock, XENAV_OP_TOLD, RIG_STREAM, &msg);
	claim(t->rig, sock, RIG_CONNECTOR);
	close(sock);
}

TEST(a_reservation_lasts_while_the_daemon_cannot_run)
{
	struct two *t = *state;
	const int before = t->sock_before = enter(t, t->before);
	uint8_t token[XENAV_TOKEN_BYTES];
	int sock;

	claim(t->before, before, RIG_STREAM);
	memcpy(token, t->token, sizeof token);
	restart(t, 2000);
	usleep(2100000);
	sock = enter(t, t->rig);
	expect_busy(t->rig, sock, RIG_STREAM);
	show(sock, token);
	claim(t->rig, sock, RIG_STREAM);
	close(sock);
}

static unsigned count_records(struct journal *journal)
{
	struct journal_slot *slot = NULL;
	unsigned n = 0;

	while ((slot = journal_next_of_all(journal, JOURNAL_CLAIM, slot)))
		n++;
	return n;
}

TEST(a_claim_keeps_its_record_when_there_were_two_of_its_place)
{
	struct two *t = *state;
	const int before = t->sock_before = enter(t, t->before);
	const struct journal_slot *slot;
	uint8_t token[XENAV_TOKEN_BYTES];
	uint8_t kept[24];
	union xenav_msg msg;
	int sock, other;

	memcpy(token, t->token, sizeof token);
	claim(t->before, before, RIG_STREAM);
	slot = journal_next_of_all(t->journal_before, JOURNAL_CLAIM, NULL);
	journal_read(slot, kept, sizeof kept);
	assert_non_null(journal_add(t->journal_before, journal_key(slot), kept, sizeof kept));
	claim(t->before, before, RIG_CONNECTOR);
	restart(t, 1000);
	sock = enter(t, t->rig);
	show(sock, token);
	claim(t->rig, sock, RIG_STREAM);
	/* Until the end of all reservations. */
	other = enter(t, t->rig);
	rig_send_claim_wait(other, RIG_CONNECTOR);
	rig_expect(t->rig, other, XENAV_OP_CLAIMED, RIG_CONNECTOR, &msg);
	rig_expect(t->rig, other, XENAV_OP_TOLD, RIG_CONNECTOR, &msg);
	assert_int_equal(count_records(t->journal), 2);
	close(sock);
	close(other);
}

/* A kill at any time leaves one of the two, which cannot lie in the same slot then. */
TEST(the_next_record_of_a_claim_is_there_before_the_last_one_goes)
{
	struct two *t = *state;
	const int before = t->sock_before = enter(t, t->before);
	const struct journal_slot *slot;
	uint8_t token[XENAV_TOKEN_BYTES];
	int sock;

	memcpy(token, t->token, sizeof token);
	claim(t->before, before, RIG_STREAM);
	restart(t, 600000);
	slot = journal_next_of_all(t->journal, JOURNAL_CLAIM, NULL);
	sock = enter(t, t->rig);
	show(sock, token);
	claim(t->rig, sock, RIG_STREAM);
	assert_ptr_not_equal(journal_next_of_all(t->journal, JOURNAL_CLAIM, NULL), slot);
	assert_int_equal(count_records(t->journal), 1);
	close(sock);
}

TEST(records_of_what_is_not_there_reserve_nothing)
{
	struct two *t = *state;
	uint8_t kept[24] = {0};
	int sock;

	for (uint16_t i = 0; i < 300; i++) {
		const struct journal_key key = {
			.type = JOURNAL_CLAIM,
			.kind = (uint8_t)i,
			.domid = (uint16_t)(i * 77),
			.devid = i,
			.id = (uint64_t)i << 33,
		};

		journal_add(t->journal_before, &key, kept, sizeof kept);
	}
	restart(t, 600000);
	sock = enter(t, t->rig);
	claim(t->rig, sock, RIG_STREAM);
	claim(t->rig, sock, RIG_CONNECTOR);
	close(sock);
}
