/* SPDX-License-Identifier: MIT */
/*
 * What the life of a device costs xenstored, request by request, and that what is not asked for is
 * known all the same: events come here in the order in which xenstored has them.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xenstore.h>

#include "store-nodes.h"
#include "xen/mailbox.h"
#include "xen/store-known.h"
#include "xen/store-look.h"
#include "xen/tree.h"

#define DBE   "/local/domain/0/backend/vdispl/3/0"
#define DFE   SCREENS "/0"
#define TOKEN "vdispl/3/0"

static const char *const leaves[] = {
	"unique-id",         "resolution", "req-ring-ref", "req-event-channel", "evt-ring-ref",
	"evt-event-channel", NULL};
static const struct store_kind with_leaves = {"vdispl", "vdispl", "1,2", false, leaves};
static const struct store_kind vsnd_kind = {"vsnd", "vsnd", "2", false, NULL};
static const struct store_kind *const both[] = {&vsnd_kind, &with_leaves, NULL};
static const struct device_id screen = {&with_leaves, 3, 0};

static struct knowledge k;
static struct mailbox box;
static unsigned n_watches;
static bool no_watches;

bool xs_watch(struct xs_handle *, const char *, const char *)
{
	fake_nodes.n_asked++;
	n_watches++;
	errno = E2BIG;
	return !no_watches;
}

bool xs_unwatch(struct xs_handle *, const char *, const char *)
{
	fake_nodes.n_asked++;
	n_watches--;
	return true;
}

static void tell(const char *path, const char *token)
{
	char text[2][96];
	char *event[] = {text[XS_WATCH_PATH], text[XS_WATCH_TOKEN]};

	strcpy(text[XS_WATCH_PATH], path);
	strcpy(text[XS_WATCH_TOKEN], token);
	store_take_event(&k, event);
}

/* What the loop gets; its configuration is freed. @return whether there is anything. */
static bool take_view(struct store_view *seen)
{
	struct parcel *parcel;

	store_look_at_dirty(&k);
	parcel = STAILQ_FIRST(&box.parcels);
	if (!parcel)
		return false;
	STAILQ_REMOVE_HEAD(&box.parcels, link);
	*seen = parcel->view;
	parcel_free(parcel);
	return true;
}

static void order(int state)
{
	struct order it = {.id = screen, .state = state, .seq = ++k.last_done};

	store_carry_out(&k, store_learn(&k, &screen), &it);
}

/* What the toolstack writes in one transaction. */
static void add_device(void)
{
	put(DBE "/frontend", DFE);
	put(DBE "/frontend-id", "3");
	put(DBE "/online", "1");
	put(DBE "/state", "1");
	put(DFE "/backend", DBE);
	put(DFE "/backend-id", "0");
	put(DFE "/state", "1");
	put(DFE "/be-alloc", "0");
	put(DFE "/0/resolution", "800x600");
	put(DFE "/0/unique-id", "left");
	tell(DBE, STORE_BASE_TOKEN);
	tell(DBE "/frontend", STORE_BASE_TOKEN);
	tell(DBE "/frontend-id", STORE_BASE_TOKEN);
	tell(DBE "/online", STORE_BASE_TOKEN);
	tell(DBE "/state", STORE_BASE_TOKEN);
}

static void publish(const char *ref)
{
	put(DFE "/0/req-ring-ref", ref);
	put(DFE "/0/req-event-channel", "9");
	put(DFE "/0/evt-ring-ref", "10");
	put(DFE "/0/evt-event-channel", "11");
	put(DFE "/state", "3");
	tell(DFE "/state", TOKEN);
}

static void set_frontend(const char *state)
{
	put(DFE "/state", state);
	tell(DFE "/state", TOKEN);
}

static void remove_nodes(void)
{
	xs_rm(NULL, XBT_NULL, DFE);
	tell(DFE "/state", TOKEN);
	xs_rm(NULL, XBT_NULL, DBE);
	tell(DBE, STORE_BASE_TOKEN);
	tell("/local/domain/0/backend/vdispl/3", STORE_BASE_TOKEN);
}

static void assert_asked(unsigned n)
{
	assert_int_equal(fake_nodes.n_asked, n);
	fake_nodes.n_asked = 0;
}

static int begin(void **state)
{
	store_nodes_begin(state);
	memset(&k, 0, sizeof k);
	n_watches = 0;
	no_watches = false;
	store_known_init(&k, both, &box);
	fake_nodes.n_asked = 0;
	return mailbox_init(&box);
}

static int end(void **state)
{
	store_known_finish(&k);
	mailbox_finish(&box);
	return store_nodes_end(state);
}

#undef TEST
#define TEST(name) TEST_WITH(name, begin, end)

/* Until both ends are in 4. */
static void connect_device(void)
{
	struct store_view seen;

	add_device();
	take_view(&seen);
	tell(DFE "/state", TOKEN);
	take_view(&seen);
	order(XB_INIT_WAIT);
	tell(DBE "/versions", STORE_BASE_TOKEN);
	tell(DBE "/state", STORE_BASE_TOKEN);
	take_view(&seen);
	publish("8");
	assert_true(take_view(&seen) && seen.fe_state == XB_INITIALISED);
	order(XB_CONNECTED);
	tell(DBE "/state", STORE_BASE_TOKEN);
	set_frontend("4");
	assert_true(take_view(&seen) && seen.fe_state == XB_CONNECTED);
	fake_nodes.n_asked = 0;
}

TEST(the_life_of_a_display_takes_27_requests)
{
	struct store_view seen;

	add_device();
	assert_false(take_view(&seen));
	assert_asked(5); /* is the domain alive, three nodes, the watch */
	tell(DFE "/state", TOKEN);
	assert_true(take_view(&seen) && seen.present && seen.online && seen.domain_alive);
	assert_true(seen.be_state == XB_INITIALISING && seen.fe_state == XB_INITIALISING);
	assert_asked(1);
	order(XB_INIT_WAIT);
	assert_true(take_view(&seen) && seen.be_state == XB_INIT_WAIT);
	tell(DBE "/versions", STORE_BASE_TOKEN);
	tell(DBE "/state", STORE_BASE_TOKEN);
	assert_false(take_view(&seen));
	assert_asked(2);
	publish("8");
	assert_true(take_view(&seen) && seen.fe_state == XB_INITIALISED);
	assert_asked(1 + 2 + 1 + 7); /* the state, name and UUID, one list, seven nodes */
	order(XB_CONNECTED);
	tell(DBE "/state", STORE_BASE_TOKEN);
	assert_true(take_view(&seen) && seen.be_state == XB_CONNECTED);
	set_frontend("4");
	assert_true(take_view(&seen) && seen.fe_state == XB_CONNECTED);
	assert_asked(2);
	put(DBE "/online", "0");
	put(DBE "/state", "5");
	tell(DBE "/online", STORE_BASE_TOKEN);
	tell(DBE "/state", STORE_BASE_TOKEN);
	assert_true(take_view(&seen) && !seen.online && seen.be_state == XB_CLOSING);
	order(XB_CLOSED);
	tell(DBE "/state", STORE_BASE_TOKEN);
	assert_true(take_view(&seen) && seen.be_state == XB_CLOSED);
	set_frontend("7");
	assert_true(take_view(&seen) && seen.fe_state == XB_RECONFIGURING);
	set_frontend("1");
	assert_false(take_view(&seen));
	assert_asked(4);
	remove_nodes();
	fake_nodes.n_asked = 0;
	assert_true(take_view(&seen) && !seen.present && seen.domain_alive);
	assert_asked(2);
	assert_int_equal(n_watches, 0);
	/* 5 + 1 + 2 + 11 + 2 + 4 + 2 */
}

TEST(a_device_that_comes_again_is_read_again)
{
	struct store_view seen;

	connect_device();
	remove_nodes();
	assert_true(take_view(&seen) && !seen.present);
	assert_false(take_view(&seen));
	add_device();
	take_view(&seen);
	tell(DFE "/state", TOKEN);
	assert_true(take_view(&seen) && seen.present && seen.be_state == XB_INITIALISING);
}

/* Between the watch and its first event the frontend may have written, without a second event. */
TEST(a_frontend_is_read_behind_the_first_event_of_its_watch)
{
	struct store_view seen;

	add_device();
	assert_false(take_view(&seen));
	set_frontend("6");
	assert_true(take_view(&seen) && seen.fe_state == XB_CLOSED);
}

TEST(a_first_event_that_is_lost_is_made_up_for)
{
	struct store_view seen;

	add_device();
	assert_false(take_view(&seen));
	assert_int_equal(store_sweep_ms(&k), 5000);
	store_sweep(&k);
	assert_true(take_view(&seen) && seen.fe_state == XB_INITIALISING);
}

TEST(a_state_of_the_toolstack_is_read_although_we_have_written_one)
{
	struct store_view seen;

	connect_device();
	order(XB_CONNECTED);
	put(DBE "/state", "5");
	tell(DBE "/state", STORE_BASE_TOKEN);
	tell(DBE "/state", STORE_BASE_TOKEN);
	assert_true(take_view(&seen) && seen.be_state == XB_CLOSING);
	/* xenstored has one event for two writes if nobody has fetched the first. */
	order(XB_CONNECTED);
	put(DBE "/state", "5");
	tell(DBE "/state", STORE_BASE_TOKEN);
	assert_true(take_view(&seen) && seen.be_state == XB_CONNECTED);
	store_sweep(&k);
	assert_true(take_view(&seen) && seen.be_state == XB_CLOSING);
	store_sweep(&k);
	assert_false(take_view(&seen));
}

/* Our write was too late; its event comes behind that of the removal. */
TEST(a_directory_that_our_write_made_again_is_removed)
{
	struct store_view seen;

	connect_device();
	xs_rm(NULL, XBT_NULL, DBE);
	order(XB_CLOSED);
	assert_string_equal(get(DBE "/state"), "6");
	tell(DBE, STORE_BASE_TOKEN);
	assert_true(take_view(&seen) && !seen.present);
	assert_null(get(DBE "/state"));
	tell(DBE "/state", STORE_BASE_TOKEN);
	assert_true(take_view(&seen) && !seen.present);
	assert_null(get(DBE "/state"));
}

TEST(a_directory_that_is_known_to_be_gone_is_not_written_to)
{
	struct store_view seen;

	connect_device();
	remove_nodes();
	order(XB_CLOSED);
	assert_null(get(DBE "/state"));
	assert_true(take_view(&seen) && !seen.present);
	order(XB_CLOSED);
	assert_null(get(DBE "/state"));
	assert_true(take_view(&seen) && !seen.present);
}

TEST(a_removal_that_follows_our_write_costs_no_more)
{
	struct store_view seen;

	connect_device();
	order(XB_CLOSED);
	tell(DBE "/state", STORE_BASE_TOKEN);
	take_view(&seen);
	remove_nodes();
	assert_true(take_view(&seen) && !seen.present);
	assert_int_equal(fake_nodes.n_transactions, 0);
}

TEST(a_frontend_that_is_left_alone_is_read_when_its_device_is_wanted_again)
{
	struct store_view seen;

	connect_device();
	put(DBE "/online", "0");
	tell(DBE "/online", STORE_BASE_TOKEN);
	order(XB_CLOSED);
	tell(DBE "/state", STORE_BASE_TOKEN);
	set_frontend("6");
	assert_true(take_view(&seen) && !seen.online && seen.fe_state == XB_CLOSED);
	set_frontend("1");
	assert_false(take_view(&seen));
	put(DBE "/online", "1");
	put(DBE "/state", "1");
	tell(DBE "/online", STORE_BASE_TOKEN);
	tell(DBE "/state", STORE_BASE_TOKEN);
	assert_true(take_view(&seen) && seen.online && seen.fe_state == XB_INITIALISING);
}
