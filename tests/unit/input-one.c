/* SPDX-License-Identifier: MIT */
/* See input-one.h. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <linux/input-event-codes.h>
#include <string.h>
#include <unistd.h>

#include "base/engine.h"
#include "config/policy.h"
#include "input-one.h"
#include "report/log.h"
#include "test.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"
#include "xen/kbdif.h"
#include "xen/store-features.h"
#include "xen/tree.h"
#include "xen/worker.h"
#include "xen/xen.h"

/* -------- Xen -------- */

_Alignas(8) uint8_t page[4096];
int map_rc, bind_rc;
int n_mapped, n_bound;
unsigned n_notified;
static evtchn_handler handler;
static void *handler_data;
struct job *submitted;

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
void work(void)
{
	struct job *job = submitted;

	assert_non_null(job);
	submitted = NULL;
	job->run(job);
	job->done(job);
}

/* -------- the device and the observer -------- */

struct engine *engine;
struct input *input;
unsigned n_connected, n_broke, n_gone, n_removed;
int connected_rc;

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

static const struct input_observer observer = {.added = on_added, .removed = on_removed};

struct event_base *base;
struct xen xen;
bool resumes, with_touch;
static struct input_env env = {.xen = &xen, .observer = &observer};
struct guest_info guest = {3, "guest", "", GUEST_POLICY_INIT};
static struct log_source source;

int create(void)
{
	struct tree *config;
	int rc;

	assert_int_equal(tree_create(&config), 0);
	tree_add(config, "page-gref", "9");
	tree_add(config, "event-channel", "17");
	tree_add(config, STORE_FEATURE "feature-abs-pointer", "1");
	tree_add(config, "request-abs-pointer", "1");
	if (with_touch) {
		tree_add(config, STORE_FEATURE "feature-multi-touch", "1");
		tree_add(config, STORE_FEATURE "multi-touch-num-contacts", "3");
		tree_add(config, "request-multi-touch", "1");
	}
	rc = input_create(&engine, &env, &guest, 0, config, &source);
	tree_destroy(config);
	if (rc < 0)
		return rc;
	engine->events = &events;
	engine->resumes = resumes;
	engine->ops->connect(engine);
	return 0;
}

void connect_it(void)
{
	assert_int_equal(create(), 0);
	work();
	assert_int_equal(n_connected, 1);
	assert_int_equal(connected_rc, 0);
	assert_non_null(input);
}

void leave(void)
{
	engine->ops->disconnect(engine);
	assert_int_equal(n_bound, 0);
	while (submitted)
		work();
	assert_int_equal(n_gone, 1);
	assert_int_equal(n_mapped, 0);
}

int input_setup(void **)
{
	log_threshold = LOG_LEVEL_ERR;
	log_source_init(&source, "vinput 3/0");
	memset(page, 0, sizeof page);
	map_rc = bind_rc = 0;
	n_mapped = n_bound = 0;
	n_notified = n_connected = n_broke = n_gone = n_removed = 0;
	input = NULL;
	resumes = with_touch = false;
	submitted = NULL;
	guest.policy = (struct guest_policy)GUEST_POLICY_INIT;
	base = event_base_new();
	env.base = base;
	return base ? 0 : -1;
}

int input_teardown(void **)
{
	event_base_free(base);
	return 0;
}

void begin_anew(void)
{
	input_teardown(NULL);
	assert_int_equal(input_setup(NULL), 0);
}

/* -------- the page -------- */

uint32_t *word(unsigned i)
{
	return (uint32_t *)(void *)page + i;
}

/* The guest reads all there is. @return how many of them were keys that go down or up. */
unsigned read_keys(bool pressed)
{
	unsigned n = 0;

	for (; *word(0) != *word(1); ++*word(0)) {
		const union xenkbd_in_event *event = &XENKBD_IN_RING_REF(page, *word(0));

		n += event->type == XENKBD_TYPE_KEY && event->key.pressed == pressed;
	}
	return n;
}

uint32_t raise_event(void)
{
	uint32_t work_done = 0;

	assert_int_equal(handler(handler_data, &work_done), 0);
	return work_done;
}
