/* SPDX-License-Identifier: MIT */
/* An input device from its connection to its end; mapping, ports and the worker are fakes. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <linux/input-event-codes.h>
#include <string.h>
#include <unistd.h>

#include "base/engine.h"
#include "config/policy.h"
#include "input/feeder.h"
#include "input/input.h"
#include "report/log.h"
#include "test.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"
#include "xen/kbdif.h"
#include "xen/store-features.h"
#include "xen/tree.h"
#include "xen/worker.h"
#include "xen/xen.h"

#define PORT 5

/* -------- Xen -------- */

static _Alignas(8) uint8_t page[4096];
static int map_rc, bind_rc;
static int n_mapped, n_bound;
static unsigned n_notified;
static evtchn_handler handler;
static void *handler_data;
static struct job *submitted;

int gnttab_map_page(struct gnttab *, uint16_t domid, uint32_t gref, void **mapped)
{
	assert_int_equal(domid, 3);
	assert_int_equal(gref, 9);
	if (map_rc < 0)
		return map_rc;
	*mapped = page;
	n_mapped++;
	return 0;
}

void gnttab_unmap_page(struct gnttab *, void *mapped)
{
	n_mapped -= mapped != NULL;
}

int evtchn_bind(struct evtchn *, uint16_t domid, uint32_t remote, evtchn_handler h, void *data)
{
	assert_int_equal(domid, 3);
	assert_int_equal(remote, 17);
	if (bind_rc < 0)
		return bind_rc;
	handler = h;
	handler_data = data;
	n_bound++;
	return PORT;
}

void evtchn_unbind(struct evtchn *, int port)
{
	assert_int_equal(port, PORT);
	n_bound--;
}

void evtchn_notify(struct evtchn *, int)
{
	assert_int_equal(n_bound, 1);
	n_notified++;
}

void worker_submit(struct worker *, struct job *job)
{
	assert_null(submitted);
	submitted = job;
}

/* The worker does one job. */
static void work(void)
{
	struct job *job = submitted;

	assert_non_null(job);
	submitted = NULL;
	job->run(job);
	job->done(job);
}

/* -------- the device and the observer -------- */

static struct engine *engine;
static struct input *input;
static unsigned n_connected, n_broke, n_gone, n_removed;
static int connected_rc;

static void on_connected(void *, int rc)
{
	n_connected++;
	connected_rc = rc;
}

static void on_broke(void *)
{
	n_broke++;
}

static void on_gone(void *)
{
	n_gone++;
}

static const struct engine_events events = {on_connected, on_broke, on_gone};

static void on_added(struct input *added, void *)
{
	input = added;
}

static void on_removed(struct input *removed, void *)
{
	assert_ptr_equal(removed, input);
	n_removed++;
}

static const struct input_observer observer = {on_added, on_removed};

static struct event_base *base;
static const struct xen xen;
static struct input_env env = {.xen = &xen, .observer = &observer};
static struct guest_info guest = {3, "guest", "", GUEST_POLICY_INIT};
static struct log_source source;

static int create(void)
{
	struct tree *config;
	int rc;

	assert_int_equal(tree_create(&config), 0);
	tree_add(config, "page-gref", "9");
	tree_add(config, "event-channel", "17");
	tree_add(config, STORE_FEATURE "feature-abs-pointer", "1");
	tree_add(config, "request-abs-pointer", "1");
	rc = input_create(&engine, &env, &guest, 0, config, &source);
	tree_destroy(config);
	if (rc < 0)
		return rc;
	engine->events = &events;
	engine->ops->connect(engine);
	return 0;
}

static void connect_it(void)
{
	assert_int_equal(create(), 0);
	work();
	assert_int_equal(n_connected, 1);
	assert_int_equal(connected_rc, 0);
	assert_non_null(input);
}

static void leave(void)
{
	engine->ops->disconnect(engine);
	assert_int_equal(n_bound, 0);
	while (submitted)
		work();
	assert_int_equal(n_gone, 1);
	assert_int_equal(n_mapped, 0);
}

static int setup(void **)
{
	log_threshold = LOG_LEVEL_ERR;
	log_source_init(&source, "vinput 3/0");
	memset(page, 0, sizeof page);
	map_rc = bind_rc = 0;
	n_mapped = n_bound = 0;
	n_notified = n_connected = n_broke = n_gone = n_removed = 0;
	input = NULL;
	submitted = NULL;
	guest.policy = (struct guest_policy)GUEST_POLICY_INIT;
	base = event_base_new();
	env.base = base;
	return base ? 0 : -1;
}

static int teardown(void **)
{
	event_base_free(base);
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, teardown)

static void begin_anew(void)
{
	teardown(NULL);
	assert_int_equal(setup(NULL), 0);
}

/* -------- the page -------- */

static uint32_t *word(unsigned i)
{
	return (uint32_t *)(void *)page + i;
}

/* The guest reads all there is. @return how many of them were keys that go down or up. */
static unsigned read_keys(bool pressed)
{
	unsigned n = 0;

	for (; *word(0) != *word(1); ++*word(0)) {
		const union xenkbd_in_event *event = &XENKBD_IN_RING_REF(page, *word(0));

		n += event->type == XENKBD_TYPE_KEY && event->key.pressed == pressed;
	}
	return n;
}

static uint32_t raise_event(void)
{
	uint32_t work_done = 0;

	assert_int_equal(handler(handler_data, &work_done), 0);
	return work_done;
}

/* -------- tests -------- */

TEST(what_cannot_be_connected_leaves_nothing)
{
	map_rc = -EFAULT;
	assert_int_equal(create(), 0);
	while (submitted)
		work();
	assert_int_equal(connected_rc, -EFAULT);
	assert_null(input);
	leave();
	assert_int_equal(n_removed, 0);
}

TEST(a_port_that_is_none_and_a_counter_without_sense_unmap_the_page)
{
	for (unsigned i = 0; i < 2; i++) {
		begin_anew();
		bind_rc = i == 0 ? -EINVAL : 0;
		*word(0) = i == 0 ? 0 : 7;
		assert_int_equal(create(), 0);
		while (submitted)
			work();
		assert_int_equal(n_mapped, 0);
		assert_int_equal(connected_rc, i == 0 ? -EINVAL : -EPROTO);
		leave();
	}
}

TEST(a_device_may_end_at_any_time)
{
	for (unsigned jobs = 0; jobs < 3; jobs++) {
		begin_anew();
		map_rc = jobs == 2 ? -EFAULT : 0;
		assert_int_equal(create(), 0);
		for (unsigned i = 0; i < jobs && submitted; i++)
			work();
		leave();
		assert_int_equal(n_removed, jobs == 1);
	}
}

TEST(sixteen_feed_a_device_and_a_place_that_is_left_is_free)
{
	char feeders[INPUT_MAX_FEEDERS + 1];

	connect_it();
	for (unsigned i = 0; i < INPUT_MAX_FEEDERS; i++)
		assert_int_equal(input_join(input, &feeders[i]), 0);
	assert_int_equal(input_join(input, &feeders[INPUT_MAX_FEEDERS]), -EUSERS);
	for (unsigned i = 0; i < INPUT_MAX_FEEDERS; i++)
		input_key(input, &feeders[i], KEY_A, true);
	assert_int_equal(read_keys(true), 1);
	for (unsigned i = 0; i < INPUT_MAX_FEEDERS - 1; i++)
		input_leave(input, &feeders[i]);
	assert_int_equal(read_keys(false), 0);
	assert_int_equal(input_join(input, &feeders[INPUT_MAX_FEEDERS]), 0);
	input_leave(input, &feeders[INPUT_MAX_FEEDERS - 1]);
	assert_int_equal(read_keys(false), 1);
	/* Feeders that are there at the end, and one that has left, cost nothing. */
	input_leave(input, &feeders[0]);
	input_key(input, &feeders[0], KEY_A, true);
	assert_int_equal(read_keys(true), 0);
	leave();
}

TEST(what_is_held_at_the_end_is_released)
{
	connect_it();
	assert_int_equal(input_join(input, page), 0);
	input_key(input, page, KEY_A, true);
	assert_int_equal(read_keys(true), 1);
	engine->ops->disconnect(engine);
	assert_int_equal(n_removed, 1);
	assert_int_equal(read_keys(false), 1);
	work();
	assert_int_equal(n_gone, 1);
}

TEST(a_page_that_is_broken_at_the_end_is_no_news)
{
	connect_it();
	assert_int_equal(input_join(input, page), 0);
	input_key(input, page, KEY_A, true);
	*word(0) = 0xdeadbeef;
	leave();
	assert_int_equal(n_broke, 0);
}

TEST(a_counter_without_sense_is_told_once_and_nothing_is_written)
{
	connect_it();
	assert_int_equal(input_join(input, page), 0);
	*word(0) = 0xdeadbeef;
	for (unsigned i = 0; i < 3; i++) {
		input_key(input, page, KEY_A, true);
		input_flush(input);
		raise_event();
	}
	assert_int_equal(n_broke, 1);
	assert_int_equal(*word(1), 0);
	leave();
}

TEST(an_event_that_brings_nothing_costs_more)
{
	connect_it();
	assert_int_equal(input_join(input, page), 0);
	assert_int_equal(raise_event(), 0);
	input_key(input, page, KEY_A, true);
	read_keys(true);
	assert_int_equal(raise_event(), 1);
	assert_int_equal(raise_event(), 0);
	*word(3) = 5;
	assert_int_equal(raise_event(), 1);
	leave();
}

TEST(a_guest_is_told_once_in_a_millisecond_and_of_the_last_too)
{
	connect_it();
	assert_int_equal(input_join(input, page), 0);
	for (unsigned i = 0; i < 40; i++) {
		input_move(input, page, 1, 1, 0);
		input_key(input, page, KEY_A, i % 20 == 0);
		input_flush(input);
	}
	/* A slow machine may take more than one of them. */
	assert_in_range(n_notified, 1, 20);
	read_keys(true);
	n_notified = 0;
	usleep(1500);
	event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(n_notified, 1);
	/* Then nothing is left to do. */
	assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 1);
	leave();
}

TEST(a_page_that_was_served_before_has_every_key_released)
{
	unsigned ups = 0;

	*word(0) = *word(1) = 1000;
	connect_it();
	for (unsigned i = 0; i < 1000 && *word(0) != *word(1); i++) {
		ups += read_keys(false);
		raise_event();
	}
	assert_int_equal(ups, 239 + 8 + 415);
	leave();
}

TEST(a_guest_has_as_many_devices_as_the_file_says)
{
	guest.policy.max_inputs = 0;
	assert_int_equal(create(), -E2BIG);
}
