/* SPDX-License-Identifier: MIT */
/* Event channels: turns, masks, and guests that signal more than they ask for. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/clock.h"
#include "base/deadline.h"
#include "machine-rig.h"
#include "test.h"
#include "xen/evtchn.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

/* Another domain. */
#define NEIGHBOUR 4

static struct event_base *base;
static struct deadlines *deadlines;
static struct evtchn *evtchn;

/* Answers of a port's handler, and the number of its calls. */
struct port {
	int number;
	int answer;
	uint32_t work;
	unsigned calls;
	bool again;          /* the guest signals again at once */
	bool kicks;          /* it answers at once, and kicks the port */
	struct port *victim; /* a port to unbind */
};

static struct port a, b;
static char order[256];

static int on_port(void *data, uint32_t *work)
{
	struct port *port = data;

	if (port->calls++ < sizeof order && strlen(order) + 1 < sizeof order)
		strcat(order, port == &a ? "a" : port == &b ? "b" : "?");
	if (port->victim)
		evtchn_unbind(evtchn, port->victim->number);
	if (port->again)
		raise_event(port->number);
	if (port->kicks)
		evtchn_kick(evtchn, port->number);
	*work = port->work;
	return port->answer;
}

static int setup(void **)
{
	machine_up();
	assert_int_equal(machine_domain_create(NEIGHBOUR), 0);
	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	order[0] = '\0';
	base = event_base_new();
	assert_int_equal(deadlines_open(&deadlines, base), 0);
	return evtchn_open(&evtchn, base, deadlines);
}

static int teardown(void **)
{
	evtchn_close(evtchn);
	deadlines_close(deadlines);
	event_base_free(base);
	machine_down();
	return 0;
}

static void bind_port_of(uint16_t domid, struct port *port, int answer, uint32_t work)
{
	port->answer = answer;
	port->work = work;
	port->number = evtchn_bind(evtchn, domid, offer_port(domid), on_port, port);
	assert_true(port->number >= 0);
}

static void bind_port(struct port *port, int answer, uint32_t work)
{
	bind_port_of(GUEST, port, answer, work);
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

TEST(a_port_is_served_as_soon_as_it_is_bound)
{
	bind_port(&a, 0, 1);
	turn_loop(3);
	assert_int_equal(a.calls, 1);
	assert_false(machine->ports[a.number].masked);
}

TEST(an_event_that_comes_while_it_is_served_is_not_lost)
{
	bind_port(&a, 0, 1);
	a.again = true;
	wait_for_calls(&a, 1);
	a.again = false;
	turn_loop(5);
	assert_int_equal(a.calls, 2);
	assert_false(machine->ports[a.number].masked);
}

TEST(whoever_has_more_to_do_lets_the_others_have_their_turn)
{
	bind_port(&a, -EAGAIN, 32);
	bind_port(&b, -EAGAIN, 32);
	turn_loop(8);
	assert_true(a.calls >= 3 && b.calls >= 3);
	assert_int_equal(strncmp(order, "ababab", 6), 0);
	assert_true(machine->ports[a.number].masked);
}

TEST(a_broken_port_stays_masked_for_good)
{
	bind_port(&a, -EPROTO, 0);
	turn_loop(3);
	for (int i = 0; i < 10; i++) {
		raise_event(a.number);
		turn_loop(2);
	}
	assert_int_equal(a.calls, 1);
	assert_int_equal(machine_calls(CALL_UNMASK), 0);
}

/* The tokens that a domain gets in the time since then. */
static uint64_t tokens_since(uint64_t start_ns)
{
	return (now_ns() - start_ns) * 16000 / NS_PER_SEC;
}

/* A guest that signals without end gets what its tokens buy, and no more. */
static void assert_limited(uint32_t cost)
{
	const uint64_t start = now_ns();
	const unsigned before = a.calls + b.calls;

	turn_loop(5000);
	assert_true((a.calls + b.calls - before) * cost <= 256 + 64 + tokens_since(start));
	/* It is not cut off: it is served again after a while. */
	wait_for_calls(&a, a.calls + 5);
}

static uint64_t tokens_of_guest(void)
{
	struct evtchn_usage usage;

	evtchn_usage(evtchn, GUEST, &usage);
	return usage.tokens;
}

TEST(the_event_of_a_request_that_was_served_before_it_costs_little)
{
	bind_port(&a, 0, 2);
	turn_loop(3);
	assert_int_equal(tokens_of_guest(), 2);
	a.work = 0;
	raise_event(a.number);
	turn_loop(3);
	assert_int_equal(tokens_of_guest(), 2 + 1);
	raise_event(a.number);
	turn_loop(3);
	assert_int_equal(tokens_of_guest(), 2 + 1 + 8);
	assert_int_equal(a.calls, 3);
}

TEST(ports_are_read_and_unmasked_together)
{
	struct port many[100] = {0};

	for (unsigned i = 0; i < 100; i++)
		bind_port(&many[i], 0, 1);
	turn_loop(100);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(many[i].calls, 1);
		assert_false(machine->ports[many[i].number].masked);
	}
	/* A turn serves eight ports that cost two tokens each. */
	assert_int_equal(machine_calls(CALL_UNMASK), 13);
}

TEST(a_storm_of_events_that_bring_nothing_runs_out_of_tokens)
{
	bind_port(&a, 0, 0);
	a.again = true;
	assert_limited(8);
}

TEST(a_storm_of_requests_runs_out_of_tokens_too)
{
	bind_port(&a, 0, 16);
	a.again = true;
	assert_limited(16);
}

TEST(a_ring_that_is_never_empty_runs_out_of_tokens_too)
{
	bind_port(&a, -EAGAIN, 32);
	assert_limited(32);
}

/* Each request is answered late, and the next one is there by then. */
TEST(answers_that_take_time_run_out_of_tokens_too)
{
	bind_port(&a, 0, 5);
	a.kicks = true;
	assert_limited(5);
}

TEST(all_ports_of_a_domain_have_one_budget)
{
	bind_port(&a, 0, 16);
	bind_port(&b, 0, 16);
	a.again = b.again = true;
	assert_limited(16);
	wait_for_calls(&b, b.calls + 5);
}

TEST(nobody_has_more_tokens_for_coming_back)
{
	uint64_t start;

	bind_port(&a, -EAGAIN, 32);
	assert_limited(32);
	/* Whatever it has saved up by now is spent. */
	start = now_ns();
	turn_loop(100);
	evtchn_unbind(evtchn, a.number);
	bind_port(&a, -EAGAIN, 32);
	a.calls = 0;
	turn_loop(100);
	assert_true(a.calls * 32 < 32 + tokens_since(start));
	wait_for_calls(&a, 5);
}

TEST(who_comes_back_with_tokens_is_served_at_once)
{
	bind_port(&a, 0, 1);
	turn_loop(3);
	evtchn_unbind(evtchn, a.number);
	bind_port(&a, 0, 1);
	turn_loop(3);
	assert_int_equal(a.calls, 2);
}

TEST(a_domain_has_its_share_of_a_turn_whatever_it_has)
{
	enum { MANY = 40 };
	struct port many[MANY] = {0};

	for (uint32_t i = 0; i < MANY; i++)
		bind_port(&many[i], -EAGAIN, EVTCHN_SHARE / 2 + 1);
	bind_port_of(NEIGHBOUR, &b, -EAGAIN, 1);
	turn_loop(8);
	/* The order says '?' for each of many: two of them are more than a share. */
	assert_int_equal(strncmp(order, "??bbbb", 6), 0);
	assert_null(strstr(order, "???"));
	assert_true(b.calls >= 3);
}

TEST(a_storm_does_not_touch_the_neighbour)
{
	bind_port(&a, 0, 0);
	bind_port_of(NEIGHBOUR, &b, 0, 1);
	wait_for_calls(&b, 1); /* for the event that binding raises */
	a.again = true;
	raise_event(a.number);
	for (unsigned i = 0; i < 200; i++) {
		raise_event(b.number);
		turn_loop(2);
		assert_int_equal(b.calls, i + 2);
	}
}

TEST(who_becomes_due_comes_before_whoever_goes_on)
{
	bind_port(&a, -EAGAIN, EVTCHN_SHARE);
	bind_port_of(NEIGHBOUR, &b, 0, 1);
	wait_for_calls(&b, 1);
	order[0] = '\0';
	for (unsigned i = 0; i < 4; i++) {
		raise_event(b.number);
		turn_loop(1);
	}
	assert_string_equal(order, "babababa");
}

TEST(no_domain_is_put_off_by_others_that_become_due)
{
	enum { MANY = 8 };
	static struct port many[MANY];
	unsigned turns = 0;

	memset(many, 0, sizeof many);
	bind_port(&a, 0, 1);
	for (uint16_t i = 0; i < MANY; i++) {
		const uint16_t domid = NEIGHBOUR + 1 + i;

		assert_int_equal(machine_domain_create(domid), 0);
		bind_port_of(domid, &many[i], 0, 1);
		wait_for_calls(&many[i], 1);
	}
	raise_event(a.number);
	/* Another one becomes due in each turn. */
	for (uint32_t i = 0; a.calls < 2 && i < MANY; i++, turns++) {
		turn_loop(1);
		raise_event(many[i].number);
	}
	assert_in_range(turns, 1, 2);
}

TEST(a_kick_that_finds_nothing_costs_nothing)
{
	bind_port(&a, 0, 0);
	turn_loop(3);
	for (unsigned i = 0; i < 2000; i++) {
		evtchn_kick(evtchn, a.number);
		turn_loop(1);
		assert_int_equal(a.calls, i + 2);
	}
}

TEST(a_kick_counts_as_an_event)
{
	bind_port(&a, 0, 1);
	turn_loop(3);
	evtchn_kick(evtchn, a.number);
	evtchn_kick(evtchn, a.number);
	turn_loop(3);
	assert_int_equal(a.calls, 2);
	evtchn_kick(evtchn, -1);
	evtchn_kick(evtchn, MACHINE_PORTS);
	turn_loop(3);
	assert_int_equal(a.calls, 2);
}

TEST(a_port_may_be_unbound_from_its_own_handler)
{
	bind_port(&a, -EAGAIN, 32);
	a.victim = &a;
	turn_loop(5);
	assert_int_equal(a.calls, 1);
	assert_int_equal(bound_ports(), 0);
}

TEST(a_port_may_be_unbound_while_it_waits_for_its_turn)
{
	bind_port(&a, 0, 1);
	bind_port(&b, 0, 1);
	a.victim = &b;
	turn_loop(5);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 0);
	/* The number is given out again; an old event of it does no harm. */
	a.victim = NULL;
	bind_port(&b, 0, 1);
	turn_loop(5);
	assert_int_equal(b.calls, 1);
}

TEST(a_parked_port_may_be_unbound)
{
	bind_port(&a, 0, 0);
	a.again = true;
	turn_loop(500);
	evtchn_unbind(evtchn, a.number);
	bind_port(&b, 0, 0);
	b.again = true;
	wait_for_calls(&b, 60);
}

TEST(what_a_domain_has_spent_is_told)
{
	struct evtchn_usage usage;

	evtchn_usage(evtchn, GUEST, &usage);
	assert_int_equal(usage.tokens, 0);
	assert_true(usage.tokens_per_sec > 0);
	bind_port(&a, 0, 5);
	wait_for_calls(&a, 1);
	evtchn_usage(evtchn, GUEST, &usage);
	assert_int_equal(usage.tokens, 5);
	assert_int_equal(usage.waits, 0);
	a.again = true;
	raise_event(a.number);
	wait_for_calls(&a, 80);
	evtchn_usage(evtchn, GUEST, &usage);
	assert_true(usage.tokens >= 79 * 5);
	assert_true(usage.waits > 0);
	evtchn_usage(evtchn, NEIGHBOUR, &usage);
	assert_int_equal(usage.tokens, 0);
}

TEST(nobody_is_notified_over_a_port_that_is_not_ours)
{
	bind_port(&a, 0, 1);
	evtchn_notify(evtchn, a.number);
	assert_true(machine_port_take(machine->ports[a.number].remote));
	evtchn_notify(evtchn, -1);
	evtchn_notify(evtchn, a.number + 1);
	evtchn_unbind(evtchn, a.number + 1);
	evtchn_unbind(evtchn, -1);
	assert_int_equal(machine_calls(CALL_NOTIFY), 1);
	assert_int_equal(machine_calls(CALL_UNBIND), 0);
}

TEST(failures_say_why)
{
	static const int errnos[] = {ENOENT, EACCES};
	struct evtchn *other = NULL;

	fail_call(CALL_BIND, 0, ENOSPC);
	assert_int_equal(evtchn_bind(evtchn, GUEST, offer_port(GUEST), on_port, &a), -ENOSPC);
	/* The port is not for us. */
	assert_int_equal(evtchn_bind(evtchn, NEIGHBOUR, offer_port(GUEST), on_port, &a), -EINVAL);
	evtchn_close(evtchn);
	for (int i = 0; i < 2; i++) {
		fail_call(CALL_OPEN, 0, errnos[i]);
		assert_int_equal(evtchn_open(&other, base, deadlines), -errnos[i]);
		assert_null(other);
	}
	evtchn = NULL;
}
