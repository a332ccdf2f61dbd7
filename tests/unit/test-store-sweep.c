/* SPDX-License-Identifier: MIT */
/* What the store thread asks when nothing happens: next to nothing, unless no event would tell. */
#include <config.h>

#include "store-rig.h"

static unsigned n_requests(void)
{
	const unsigned n = xs.n_asked + xs.n_asked_domain + xs.n_listed;

	xs.n_asked = xs.n_asked_domain = xs.n_listed = 0;
	return n;
}

/* Sixty-four devices, and each has been looked at. */
static void learn_all(void)
{
	struct store_view view;

	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&knowledge);
	take_view(&view);
	for (uint16_t i = 1; i < 64; i++) {
		const struct device_id id = {sound.kind, 3, i};
		struct known *known = store_learn(&knowledge, &id);

		known->seen = store_learn(&knowledge, &sound)->seen;
		known->seen.id = id;
		known->due = 0;
		known->watched = true;
	}
	n_requests();
}

/* Let it go round. @return the number of views. */
static unsigned look(void)
{
	struct store_view view;
	unsigned n = 0;

	assert_true(store_look_at_dirty(&knowledge));
	while (take_view(&view))
		n++;
	return n;
}

TEST(without_devices_there_is_nothing_to_sweep)
{
	assert_int_equal(store_sweep_ms(&knowledge), -1);
	store_sweep(&knowledge);
	assert_int_equal(look(), 0);
}

TEST(idle_devices_cost_one_request_a_minute_in_all)
{
	learn_all();
	assert_int_equal(store_sweep_ms(&knowledge), 60000);
	store_sweep(&knowledge);
	assert_int_equal(look(), 0);
	assert_int_equal(n_requests(), 1);
}

TEST(a_domain_without_a_directory_is_asked_for_once)
{
	learn_all();
	xs.unlisted = true;
	store_sweep(&knowledge);
	assert_int_equal(look(), 0);
	assert_int_equal(n_requests(), 2);
	xs.alive = false;
	store_sweep(&knowledge);
	assert_int_equal(n_requests(), 2);
	assert_int_equal(look(), 64);
}

TEST(the_end_of_a_domain_is_asked_for_at_once_and_a_little_later)
{
	learn_all();
	tell("@releaseDomain", STORE_DOMAINS_TOKEN);
	assert_int_equal(look(), 0);
	assert_int_equal(n_requests(), 1);
	/* xenstored tells of a domain that begins to die. */
	assert_int_equal(store_sweep_ms(&knowledge), 5000);
	xs.alive = false;
	store_sweep(&knowledge);
	assert_int_equal(n_requests(), 1);
	assert_int_equal(look(), 64);
	/* What is dead may come back as long as it has devices. */
	assert_int_equal(store_sweep_ms(&knowledge), 5000);
}

TEST(the_first_event_of_the_watch_for_ends_is_none)
{
	tell("@releaseDomain", STORE_DOMAINS_TOKEN);
	assert_int_equal(n_requests(), 0);
	assert_int_equal(store_sweep_ms(&knowledge), -1);
}

TEST(where_no_event_tells_frontends_are_read)
{
	xs.hidden = true;
	learn_all();
	assert_int_equal(store_sweep_ms(&knowledge), 5000);
	store_sweep(&knowledge);
	assert_int_equal(look(), 0);
	assert_int_equal(xs.n_asked_domain, 0);
	assert_int_equal(xs.n_listed, 0);
	assert_int_equal(xs.n_asked, 64);
}

TEST(a_frontend_without_a_watch_is_swept_soon)
{
	xs.no_watches = true;
	learn_all();
	assert_int_equal(store_sweep_ms(&knowledge), 5000);
	store_sweep(&knowledge);
	assert_int_equal(look(), 1);
}
