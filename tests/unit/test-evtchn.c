/* SPDX-License-Identifier: MIT */
/* Event channels: turns, masks, and guests that signal more than they ask for. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "count-fds.h"
#include "evtchn-fake.h"
#include "xen/evtchn.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static struct event_base *base;
static struct evtchn *evtchn;
static int fds_before;

/* What the handler of a port shall say, and how often it was asked. */
struct port {
	int number;
	int answer;
	unsigned calls;
	bool again;          /* the guest signals again at once */
	struct port *victim; /* a port to unbind */
};

static struct port a, b;
static char order[256];

static int on_port(void *data)
{
	struct port *port = data;

	if (port->calls++ < sizeof order && strlen(order) + 1 < sizeof order)
		strcat(order, port == &a ? "a" : "b");
	if (port->victim)
		evtchn_unbind(evtchn, port->victim->number);
	if (port->again)
		fake_evtchn_raise(port->number);
	return port->answer;
}

static int setup(void **state)
{
	fake_evtchn_reset();
	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	order[0] = '\0';
	fds_before = count_fds();
	base = event_base_new();
	return evtchn_open(&evtchn, base);
}

static int teardown(void **state)
{
	evtchn_close(evtchn);
	event_base_free(base);
	assert_int_equal(count_fds(), fds_before);
	return 0;
}

static void bind_port(struct port *port, uint32_t remote, int answer)
{
	port->answer = answer;
	port->number = evtchn_bind(evtchn, 3, remote, on_port, port);
	assert_true(port->number >= 0);
}

static void turn_loop(int turns)
{
	while (turns-- > 0)
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static void wait_for_calls(const struct port *port, unsigned calls)
{
	while (port->calls < calls)
		event_base_loop(base, EVLOOP_ONCE);
}

static void a_port_is_served_as_soon_as_it_is_bound(void **state)
{
	bind_port(&a, 7, 1);
	assert_int_equal(fake_evtchn.ports[a.number].domid, 3);
	assert_int_equal(fake_evtchn.ports[a.number].remote, 7);
	turn_loop(3);
	assert_int_equal(a.calls, 1);
	assert_false(fake_evtchn.ports[a.number].masked);
}

static void an_event_that_comes_while_it_is_served_is_not_lost(void **state)
{
	bind_port(&a, 7, 1);
	a.again = true;
	wait_for_calls(&a, 1);
	a.again = false;
	turn_loop(5);
	assert_int_equal(a.calls, 2);
	assert_false(fake_evtchn.ports[a.number].masked);
}

static void whoever_has_more_to_do_lets_the_others_have_their_turn(void **state)
{
	bind_port(&a, 7, -EAGAIN);
	bind_port(&b, 8, -EAGAIN);
	turn_loop(8);
	assert_true(a.calls >= 3 && b.calls >= 3);
	assert_int_equal(strncmp(order, "ababab", 6), 0);
	assert_true(fake_evtchn.ports[a.number].masked);
}

static void a_broken_port_stays_masked_for_good(void **state)
{
	bind_port(&a, 7, -EPROTO);
	turn_loop(3);
	for (int i = 0; i < 10; i++) {
		fake_evtchn_raise(a.number);
		turn_loop(2);
	}
	assert_int_equal(a.calls, 1);
	assert_int_equal(fake_evtchn.ports[a.number].unmasked, 0);
}

/* Let a guest do its worst; it gets what its tokens buy and no more. */
static void assert_limited(unsigned burst, unsigned per_sec)
{
	uint64_t start = now_ns();
	uint64_t elapsed;

	turn_loop(5000);
	elapsed = now_ns() - start;
	assert_true(a.calls <= burst + 1 + elapsed * per_sec / NS_PER_SEC + per_sec / 50);
	/* It is not cut off: there is more after a while. */
	wait_for_calls(&a, a.calls + 5);
}

static void a_storm_of_events_that_bring_nothing_runs_out_of_tokens(void **state)
{
	bind_port(&a, 7, 0);
	a.again = true;
	assert_limited(256 / 8, 4000 / 8);
}

static void a_storm_of_requests_runs_out_of_tokens_too(void **state)
{
	bind_port(&a, 7, 16);
	a.again = true;
	assert_limited(256 / 16, 4000 / 16);
}

static void a_ring_that_is_never_empty_runs_out_of_tokens_too(void **state)
{
	bind_port(&a, 7, -EAGAIN);
	assert_limited(256 / 32, 4000 / 32);
}

static void a_storm_does_not_touch_the_neighbour(void **state)
{
	bind_port(&a, 7, 0);
	bind_port(&b, 8, 1);
	a.again = true;
	for (unsigned i = 0; i < 200; i++) {
		fake_evtchn_raise(b.number);
		wait_for_calls(&b, i + 1);
	}
	assert_true(b.calls >= 200);
}

static void a_kick_counts_as_an_event(void **state)
{
	bind_port(&a, 7, 1);
	turn_loop(3);
	evtchn_kick(evtchn, a.number);
	evtchn_kick(evtchn, a.number);
	turn_loop(3);
	assert_int_equal(a.calls, 2);
	evtchn_kick(evtchn, -1);
	evtchn_kick(evtchn, 79);
	turn_loop(3);
	assert_int_equal(a.calls, 2);
}

static void a_port_may_be_unbound_from_its_own_handler(void **state)
{
	bind_port(&a, 7, -EAGAIN);
	a.victim = &a;
	turn_loop(5);
	assert_int_equal(a.calls, 1);
	assert_int_equal(fake_evtchn.n_bound, 0);
}

static void a_port_may_be_unbound_while_it_waits_for_its_turn(void **state)
{
	bind_port(&a, 7, 1);
	bind_port(&b, 8, 1);
	a.victim = &b;
	turn_loop(5);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 0);
	/* Its number is given out again, and what was said of the old one is no harm. */
	a.victim = NULL;
	bind_port(&b, 9, 1);
	turn_loop(5);
	assert_int_equal(b.calls, 1);
}

static void a_parked_port_may_be_unbound(void **state)
{
	bind_port(&a, 7, 0);
	a.again = true;
	turn_loop(500);
	evtchn_unbind(evtchn, a.number);
	bind_port(&b, 8, 0);
	b.again = true;
	wait_for_calls(&b, 60);
}

static void nobody_is_notified_over_a_port_that_is_not_ours(void **state)
{
	bind_port(&a, 7, 1);
	evtchn_notify(evtchn, a.number);
	assert_int_equal(fake_evtchn.ports[a.number].notified, 1);
	evtchn_notify(evtchn, -1);
	evtchn_notify(evtchn, a.number + 1);
	evtchn_unbind(evtchn, a.number + 1);
	evtchn_unbind(evtchn, -1);
	assert_int_equal(fake_evtchn.n_bound, 1);
}

static void failures_say_why(void **state)
{
	static const int errnos[] = {ENOENT, EACCES};
	struct evtchn *other = NULL;

	fake_evtchn.fail_bind = 1;
	assert_int_equal(evtchn_bind(evtchn, 3, 7, on_port, &a), -EINVAL);
	evtchn_close(evtchn);
	for (int i = 0; i < 2; i++) {
		fake_evtchn.open_errno = errnos[i];
		assert_int_equal(evtchn_open(&other, base), -errnos[i]);
		assert_null(other);
	}
	evtchn = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_port_is_served_as_soon_as_it_is_bound),
		TEST(an_event_that_comes_while_it_is_served_is_not_lost),
		TEST(whoever_has_more_to_do_lets_the_others_have_their_turn),
		TEST(a_broken_port_stays_masked_for_good),
		TEST(a_storm_of_events_that_bring_nothing_runs_out_of_tokens),
		TEST(a_storm_of_requests_runs_out_of_tokens_too),
		TEST(a_ring_that_is_never_empty_runs_out_of_tokens_too),
		TEST(a_storm_does_not_touch_the_neighbour),
		TEST(a_kick_counts_as_an_event),
		TEST(a_port_may_be_unbound_from_its_own_handler),
		TEST(a_port_may_be_unbound_while_it_waits_for_its_turn),
		TEST(a_parked_port_may_be_unbound),
		TEST(nobody_is_notified_over_a_port_that_is_not_ours),
		TEST(failures_say_why),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("evtchn", tests, NULL, NULL);
}
