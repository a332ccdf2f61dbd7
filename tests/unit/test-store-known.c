/* SPDX-License-Identifier: MIT */
/*
 * What the store thread knows of devices and when it looks at them, mostly without the thread:
 * xenstored refuses watches, and memory is short.
 */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>
#include <xenstore.h>

#include "count-fds.h"
#include "xen/store-priv.h"
#include "xen/tree.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define BE         "/local/domain/0/backend/vsnd/3/0"
#define FE         "/local/domain/3/device/vsnd/0"

static struct store store;
static const struct device_id sound = {DEVICE_VSND, 3, 0};

/* -------- xenstored, as far as it is asked -------- */

static struct {
	bool no_watches;
	bool alive;
	bool hidden; /* which domains there are */
	const char *be_state;
	const char *fe_state;
	unsigned n_watches;
	int fd; /* for events */
} xs;

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
	errno = E2BIG;
	if (strcmp(path, FE "/state") == 0)
		xs.n_watches += !xs.no_watches;
	return !xs.no_watches;
}

bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
	assert_int_not_equal(xs.n_watches--, 0);
	return true;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned *len)
{
	const char *value = "x";

	if (strcmp(path, BE "/frontend-id") == 0)
		value = "3";
	else if (strcmp(path, BE "/state") == 0)
		value = xs.be_state;
	else if (strcmp(path, FE "/state") == 0)
		value = xs.fe_state;
	else if (strcmp(path, "domid") == 0)
		value = "0";
	if (!value)
		errno = ENOENT;
	return value ? strdup(value) : NULL;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
	return 1;
}

/* The event of a state that was written wakes whoever waits. */
bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data,
	      unsigned len)
{
	if (strcmp(path, BE "/state") == 0)
		store_wake(xs.fd);
	return true;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	return true;
}

char **xs_check_watch(struct xs_handle *h)
{
	static const char texts[] = BE "/state\0" STORE_BASE_TOKEN;
	uint64_t count;
	char **event;

	if (read(xs.fd, &count, sizeof count) < 0)
		return NULL;
	event = malloc(2 * sizeof *event + sizeof texts);
	memcpy(event + 2, texts, sizeof texts);
	event[XS_WATCH_PATH] = (char *)(event + 2);
	event[XS_WATCH_TOKEN] = (char *)(event + 2) + strlen(texts) + 1;
	return event;
}

struct xs_handle *xs_open(unsigned long flags)
{
	return (struct xs_handle *)(void *)&xs;
}

void xs_close(struct xs_handle *h)
{
}

int xs_fileno(struct xs_handle *h)
{
	return xs.fd;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned *num)
{
	char **names = calloc(1, sizeof *names + 2);

	*num = 0;
	if (!names || strstr(path, "/vdispl"))
		return names;
	names[0] = (char *)(names + 1);
	if (strcmp(path, "/local/domain/0/backend/vsnd") == 0)
		strcpy(names[(*num)++], "3");
	else if (strcmp(path, "/local/domain/0/backend/vsnd/3") == 0)
		strcpy(names[(*num)++], "0");
	return names;
}

bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid)
{
	if (xs.hidden)
		errno = EACCES;
	return xs.alive && !xs.hidden;
}

/* -------- memory -------- */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static _Atomic size_t no_memory_for; /* bytes, or 0 */
static atomic_uint n_refused;

void *__wrap_calloc(size_t n, size_t size)
{
	if (no_memory_for == 0 || size != no_memory_for)
		return __real_calloc(n, size);
	n_refused++;
	return NULL;
}

/* -------- the rest -------- */

static int fds_before;

static int setup(void **state)
{
	fds_before = count_fds();
	memset(&store, 0, sizeof store);
	memset(&xs, 0, sizeof xs);
	xs.alive = true;
	xs.be_state = "4";
	xs.fe_state = "1";
	xs.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	no_memory_for = 0;
	n_refused = 0;
	log_threshold = LOG_LEVEL_ERR;
	LIST_INIT(&store.known);
	STAILQ_INIT(&store.orders);
	STAILQ_INIT(&store.parcels);
	pthread_mutex_init(&store.lock, NULL);
	store.loop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	log_source_init(&store.log, "xenstored");
	return store.loop_fd < 0;
}

/* The view that the loop would get, and nothing. */
static bool take_view(struct store_view *view)
{
	struct parcel *parcel = STAILQ_FIRST(&store.parcels);

	if (!parcel)
		return false;
	STAILQ_REMOVE_HEAD(&store.parcels, link);
	*view = parcel->view;
	tree_destroy(view->config);
	free(parcel);
	return true;
}

static int teardown(void **state)
{
	struct store_view view;

	while (take_view(&view))
		;
	store_forget_known(&store);
	close(store.loop_fd);
	close(xs.fd);
	assert_int_equal(count_fds(), fds_before);
	return 0;
}

static void tell(const char *path, const char *token)
{
	char text[2][96];
	char *event[] = {text[XS_WATCH_PATH], text[XS_WATCH_TOKEN]};

	strcpy(text[XS_WATCH_PATH], path);
	strcpy(text[XS_WATCH_TOKEN], token);
	store_take_event(&store, event);
}

static void a_device_is_looked_at_when_something_happens(void **state)
{
	struct store_view view;

	tell(BE "/state", STORE_BASE_TOKEN);
	assert_true(store_look_at_dirty(&store));
	assert_true(take_view(&view));
	assert_int_equal(view.fe_state, XB_INITIALISING);
	assert_int_equal(xs.n_watches, 1);
	store_sweep(&store);
	assert_true(store_look_at_dirty(&store));
	assert_false(take_view(&view));
	tell(FE "/state", "vsnd/3/0");
	assert_true(store_look_at_dirty(&store));
	assert_true(take_view(&view));
}

static void a_frontend_that_cannot_be_watched_is_looked_at_by_every_sweep(void **state)
{
	struct store_view view;

	xs.no_watches = true;
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&store);
	assert_true(take_view(&view));
	for (int i = 0; i < 3; i++) {
		xs.fe_state = i % 2 ? "1" : "5";
		store_sweep(&store);
		store_look_at_dirty(&store);
		assert_true(take_view(&view));
		assert_int_equal(view.fe_state, i % 2 ? XB_INITIALISING : XB_CLOSING);
	}
	/* Until it can be. */
	xs.no_watches = false;
	store_sweep(&store);
	store_look_at_dirty(&store);
	assert_true(take_view(&view));
	store_sweep(&store);
	store_look_at_dirty(&store);
	assert_false(take_view(&view));
	assert_int_equal(xs.n_watches, 1);
}

/* It may have left 3 and be back, with other rings. */
static void what_an_unwatched_frontend_published_is_read_again(void **state)
{
	struct known *known;

	xs.no_watches = true;
	xs.fe_state = "3";
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&store);
	known = store_learn(&store, &sound);
	assert_false(known->stirred);
	store_sweep(&store);
	assert_true(known->stirred);
}

static void a_view_that_finds_no_memory_is_tried_again(void **state)
{
	struct store_view view;

	tell(BE "/state", STORE_BASE_TOKEN);
	store_learn(&store, &sound)->written = true;
	no_memory_for = sizeof(struct parcel);
	assert_false(store_look_at_dirty(&store));
	assert_false(store_look_at_dirty(&store));
	assert_false(take_view(&view));
	no_memory_for = 0;
	assert_true(store_look_at_dirty(&store));
	assert_true(take_view(&view));
}

/* Also the last word about one that is gone. */
static void a_view_of_the_end_that_finds_no_memory_is_tried_again(void **state)
{
	static const struct device_id other = {DEVICE_VDISPL, 4, 0};
	struct store_view view;

	xs.alive = false;
	xs.no_watches = true;
	store.own_domid = 1; /* there is nothing below that */
	store_learn(&store, &other)->dirty = true;
	LIST_FIRST(&store.known)->watched = true;
	xs.n_watches = 1;
	no_memory_for = sizeof(struct parcel);
	assert_false(store_look_at_dirty(&store));
	assert_false(LIST_EMPTY(&store.known));
	no_memory_for = 0;
	assert_true(store_look_at_dirty(&store));
	assert_true(take_view(&view));
	assert_false(view.present || view.domain_alive);
	assert_true(LIST_EMPTY(&store.known));
	assert_int_equal(xs.n_watches, 0);
}

static void a_device_that_finds_no_memory_is_searched_for(void **state)
{
	struct store_view view;

	no_memory_for = sizeof(struct known);
	tell(BE "/state", STORE_BASE_TOKEN);
	assert_true(LIST_EMPTY(&store.known));
	assert_false(store_look_at_dirty(&store));
	assert_false(take_view(&view));
	no_memory_for = 0;
	assert_true(store_look_at_dirty(&store));
	assert_true(take_view(&view));
	assert_true(device_same_id(&view.id, &sound));
}

static void a_domain_that_dies_or_comes_back_is_looked_at_once(void **state)
{
	struct store_view view;

	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&store);
	assert_true(take_view(&view) && view.domain_alive);
	xs.alive = false;
	tell("@releaseDomain", STORE_DOMAINS_TOKEN);
	store_look_at_dirty(&store);
	assert_true(take_view(&view) && !view.domain_alive);
	store_sweep(&store);
	store_look_at_dirty(&store);
	assert_false(take_view(&view));
	/* xenstored had lost it. */
	xs.alive = true;
	store_sweep(&store);
	store_look_at_dirty(&store);
	assert_true(take_view(&view) && view.domain_alive);
}

/* In a driver domain nobody tells of it, either: there are the nodes alone. */
static void a_hidden_domain_lives_while_its_frontend_can_be_read(void **state)
{
	struct store_view view;

	xs.hidden = true;
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&store);
	assert_true(take_view(&view) && view.domain_alive && !view.domain_gone);
	xs.fe_state = NULL;
	tell(FE "/state", "vsnd/3/0");
	store_look_at_dirty(&store);
	assert_true(take_view(&view) && !view.domain_alive);
	xs.fe_state = "1";
	tell(FE "/state", "vsnd/3/0");
	store_look_at_dirty(&store);
	assert_true(take_view(&view) && view.domain_alive);
	/* The event got lost. */
	xs.fe_state = NULL;
	store_sweep(&store);
	store_look_at_dirty(&store);
	assert_true(take_view(&view) && !view.domain_alive);
}

static void a_hidden_domain_is_gone_when_the_toolstack_has_taken_all_it_had(void **state)
{
	static const struct device_id other = {DEVICE_VDISPL, 3, 0};
	struct known *known;
	struct store_view view;

	xs.hidden = true;
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&store);
	assert_true(take_view(&view) && !view.domain_gone);
	/* A guest can do as much, and live on. */
	xs.fe_state = NULL;
	store_sweep(&store);
	store_look_at_dirty(&store);
	assert_true(take_view(&view) && !view.domain_alive && !view.domain_gone);
	known = store_learn(&store, &other);
	known->kept = true;
	xs.be_state = NULL;
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&store);
	assert_true(take_view(&view) && !view.present && !view.domain_gone);
	known->kept = false;
	tell(BE "/state", STORE_BASE_TOKEN);
	store_look_at_dirty(&store);
	assert_true(take_view(&view) && view.domain_gone);
}

static void note_view(struct store_view *view, void *data)
{
	uint64_t *seq = data;

	*seq = view->write_seq;
}

/* Its device waits for the word that it was, and does nothing else. */
static void a_state_that_finds_no_memory_is_written_later(void **state)
{
	struct event_base *base = event_base_new();
	struct store *real;
	uint64_t seen = 0;
	uint64_t seq;

	no_memory_for = sizeof(struct known);
	assert_int_equal(store_start(&real, base, note_view, &seen), 0);
	assert_int_equal(store_write_state(real, &sound, XB_CLOSED, NULL, &seq), 0);
	while (n_refused < 2)
		usleep(100);
	no_memory_for = 0;
	while (seen < seq)
		event_base_loop(base, EVLOOP_ONCE);
	store_stop(real);
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_is_looked_at_when_something_happens),
		TEST(a_frontend_that_cannot_be_watched_is_looked_at_by_every_sweep),
		TEST(what_an_unwatched_frontend_published_is_read_again),
		TEST(a_view_that_finds_no_memory_is_tried_again),
		TEST(a_view_of_the_end_that_finds_no_memory_is_tried_again),
		TEST(a_device_that_finds_no_memory_is_searched_for),
		TEST(a_state_that_finds_no_memory_is_written_later),
		TEST(a_domain_that_dies_or_comes_back_is_looked_at_once),
		TEST(a_hidden_domain_lives_while_its_frontend_can_be_read),
		TEST(a_hidden_domain_is_gone_when_the_toolstack_has_taken_all_it_had),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("store-known", tests, NULL, NULL);
}
