/* SPDX-License-Identifier: MIT */
/*
 * P2, P3, P4: requests that are answered at once, on one ring and on sixteen, one by one and in
 * bursts.  The same loop drives guests and the echo of floor.h.
 */
#include <config.h>

#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "floor.h"
#include "use.h"
#include "work.h"
#include "xen/displif.h"

#define RINGS_MAX    ECHO_RINGS
#define SAMPLES_MAX  4096
#define GIVE_UP_NS   (10 * NS_PER_SEC)
#define GUEST_CPU    0
#define OTHER_CPU    1
#define LATENCY_RUN  1024
#define CHUNK        64 /* requests of a guest in a row, within its budget */
#define CHUNK_US     12000
#define PAIRS_ROUNDS 512
#define BURSTS       64

/* -------- a ring, of a guest or of the echo -------- */

struct line {
	struct channel *ch; /* NULL: of the echo */
	struct echo_ring *echo;
	int fd;
	uint32_t *events; /* counts up when there may be an answer */
	uint32_t prod;
};

static struct rig_guest guests[RINGS_MAX];
static struct echo echo;
static struct line lines[RINGS_MAX];
static unsigned n_lines;
static uint8_t request[SLOT_BYTES];
static double samples[SAMPLES_MAX];

static void fill_request(void)
{
	struct xendispl_req req;

	memset(&req, 0, sizeof req);
	req.operation = XENDISPL_OP_FB_DETACH;
	req.op.fb_detach.fb_cookie = 4711;
	memcpy(request, &req, sizeof request);
}

static const char *begin_guests(unsigned n)
{
	const char *problem = NULL;

	fill_request();
	for (n_lines = 0; n_lines < n && !problem; n_lines++) {
		struct rig_guest *rg = &guests[n_lines];
		const uint16_t domid = work_domid();

		problem = work_guest_begin(rg, domid, 640, 480);
		lines[n_lines] = (struct line){
			.ch = &CRTC(rg, 0)->channel,
			.events = &machine->domains[machine->index_of[domid] - 1].events,
			.prod = CRTC(rg, 0)->channel.req_prod,
		};
	}
	return problem;
}

static void end_guests(void)
{
	while (n_lines > 0)
		work_guest_end(&guests[--n_lines]);
}

static const char *begin_echo(unsigned n)
{
	if (echo_start(&echo) < 0)
		return "there is no echo";
	for (n_lines = 0; n_lines < n; n_lines++)
		lines[n_lines] = (struct line){
			.echo = &echo.rings[n_lines],
			.fd = echo.fds[n_lines],
			.events = &echo.rings[n_lines].events,
		};
	return NULL;
}

static void put_guest(struct line *line, unsigned n)
{
	const uint32_t old = line->prod;
	uint32_t event;

	for (unsigned i = 0; i < n; i++)
		memcpy(channel_slot(line->ch, line->prod++), request, SLOT_BYTES);
	__atomic_store_n(channel_word(line->ch, WORD_REQ_PROD), line->prod, __ATOMIC_SEQ_CST);
	event = __atomic_load_n(channel_word(line->ch, WORD_REQ_EVENT), __ATOMIC_SEQ_CST);
	if (line->prod - event < line->prod - old)
		channel_kick(line->ch);
}

static void put_echo(struct line *line, unsigned n)
{
	const uint64_t one = 1;

	for (unsigned i = 0; i < n; i++)
		memcpy(line->echo->slots[line->prod++ % ECHO_SLOTS], request, SLOT_BYTES);
	__atomic_store_n(&line->echo->prod, line->prod, __ATOMIC_SEQ_CST);
	if (write(line->fd, &one, sizeof one) < 0)
		return;
}

static void put(struct line *line, unsigned n)
{
	if (line->ch)
		put_guest(line, n);
	else
		put_echo(line, n);
}

/* Is all answered?  If not, the next answer wakes. */
static bool is_done(struct line *line)
{
	uint32_t *answered =
		line->ch ? channel_word(line->ch, WORD_RSP_PROD) : &line->echo->answered;

	if (__atomic_load_n(answered, __ATOMIC_ACQUIRE) == line->prod)
		return true;
	if (!line->ch)
		return false;
	__atomic_store_n(channel_word(line->ch, WORD_RSP_EVENT), line->prod, __ATOMIC_SEQ_CST);
	return __atomic_load_n(answered, __ATOMIC_SEQ_CST) == line->prod;
}

static void wait_for(const struct line *line, uint32_t seen)
{
	const struct timespec most = {.tv_sec = 1};

	syscall(SYS_futex, line->events, FUTEX_WAIT, seen, &most, NULL, 0);
}

static bool await(struct line *line)
{
	const uint64_t until = now_ns() + GIVE_UP_NS;

	for (;;) {
		const uint32_t seen = __atomic_load_n(line->events, __ATOMIC_ACQUIRE);

		if (is_done(line))
			return true;
		wait_for(line, seen);
		if (is_done(line))
			return true;
		if (now_ns() > until)
			return false;
	}
}

/* -------- one ring, one request in flight -------- */

enum { SAME_P50, SAME_P99, CROSS_P50, CROSS_P99, PING_SAME, PING_CROSS, TRIPS };

static const struct metric trips[TRIPS] = {
	{"P2", "one ring, one in flight, same CPU, p50", "us", 1.25, 1.1},
	{"P2", "one ring, one in flight, same CPU, p99", "us", 0, 1.1},
	{"P2", "one ring, one in flight, across CPUs, p50", "us", 1.25, 1.1},
	{"P2", "one ring, one in flight, across CPUs, p99", "us", 0, 1.1},
	{"P2", "eventfd ping-pong, same CPU, p50", "us", 0, 0},
	{"P2", "eventfd ping-pong, across CPUs, p50", "us", 0, 0},
};

static const char *measure_trips(unsigned column, const struct metric *p50)
{
	for (unsigned i = 0; i < LATENCY_RUN; i++) {
		const uint64_t start = now_ns();

		put(&lines[0], 1);
		if (!await(&lines[0]))
			return "a request is not answered";
		samples[i] = (double)(now_ns() - start) / 1e3;
		if (i % CHUNK == CHUNK - 1)
			usleep(CHUNK_US);
	}
	table_add(p50, column, table_percentile(samples, LATENCY_RUN, 50));
	table_add(p50 + 1, column, table_percentile(samples, LATENCY_RUN, 99));
	return NULL;
}

static const char *measure_places(pid_t other, unsigned column)
{
	const char *problem;

	use_pin(0, GUEST_CPU);
	use_pin(other, GUEST_CPU);
	problem = measure_trips(column, &trips[SAME_P50]);
	use_pin(other, OTHER_CPU);
	if (!problem)
		problem = measure_trips(column, &trips[CROSS_P50]);
	use_pin(other, -1);
	use_pin(0, -1);
	return problem;
}

static const char *run_ring(const struct side *, unsigned column)
{
	const char *problem = begin_guests(1);

	if (!problem)
		problem = measure_places(lab.xenavd, column);
	end_guests();
	return problem;
}

static const char *floor_ring(void)
{
	const char *problem = begin_echo(1);

	if (!problem)
		problem = measure_places(echo.pid, TABLE_FLOOR);
	echo_stop(&echo);
	use_pin(0, GUEST_CPU);
	table_add(&trips[PING_SAME], TABLE_FLOOR, floor_ping_pong_ns(GUEST_CPU, LATENCY_RUN) / 1e3);
	table_add(&trips[PING_CROSS], TABLE_FLOOR,
		  floor_ping_pong_ns(OTHER_CPU, LATENCY_RUN) / 1e3);
	use_pin(0, -1);
	return problem;
}

const struct work ring_work = {
	.name = "ring", .metrics = trips, .n_metrics = TRIPS, .run = run_ring, .floor = floor_ring};

/* -------- what requests cost -------- */

struct cost {
	struct metric all, daemon, switches;
};

static const struct cost pairs = {
	{"P3", "16 rings, one in flight: CPU a request", "us", 0, 0.65},
	{"P3", "16 rings, one in flight: the daemon's part", "us", 0, 0},
	{"P3", "16 rings, one in flight: its switches a request", "", 0, 0.7},
};
static const struct cost burst = {
	{"P4", "16 rings, bursts of 32: CPU a request", "us", 0, 0.3},
	{"P4", "16 rings, bursts of 32: the daemon's part", "us", 0, 0},
	{"P4", "16 rings, bursts of 32: its switches a request", "", 0, 0},
};

static const char *measure_cost(pid_t other, unsigned column, const struct cost *cost,
				const char *(*drive)(unsigned *n))
{
	const struct use before = use_of(other);
	const uint64_t own = use_own_cpu_ns();
	const char *problem;
	double daemon_ns;
	struct use after;
	unsigned n = 0;
	uint64_t own_ns;

	problem = drive(&n);
	own_ns = use_own_cpu_ns() - own;
	after = use_of(other);
	daemon_ns = (double)(after.cpu_ns - before.cpu_ns);
	if (problem)
		return problem;
	table_add(&cost->all, column, ((double)own_ns + daemon_ns) / n / 1e3);
	table_add(&cost->daemon, column, daemon_ns / n / 1e3);
	table_add(&cost->switches, column, (double)(after.switches - before.switches) / n);
	return NULL;
}

/* One round: a request on each ring, and the next as soon as that is answered. */
static const char *drive_chunk(unsigned each)
{
	const uint64_t until = now_ns() + GIVE_UP_NS;
	unsigned left[RINGS_MAX];
	unsigned open = n_lines;

	for (unsigned i = 0; i < n_lines; i++) {
		left[i] = each;
		put(&lines[i], 1);
	}
	while (open > 0) {
		struct line *waits = NULL;
		uint32_t seen = 0;
		bool moved = false;

		for (unsigned i = 0; i < n_lines; i++) {
			const uint32_t events = __atomic_load_n(lines[i].events, __ATOMIC_ACQUIRE);

			if (left[i] == 0)
				continue;
			if (!is_done(&lines[i])) {
				waits = waits ? waits : &lines[i];
				seen = waits == &lines[i] ? events : seen;
				continue;
			}
			moved = true;
			if (--left[i] > 0)
				put(&lines[i], 1);
			else
				open--;
		}
		if (!moved && waits)
			wait_for(waits, seen);
		if (now_ns() > until)
			return "a request is not answered";
	}
	return NULL;
}

static const char *drive_pairs(unsigned *n)
{
	const char *problem = NULL;

	for (unsigned i = 0; i < PAIRS_ROUNDS && !problem; i += CHUNK) {
		problem = drive_chunk(CHUNK);
		*n += CHUNK * n_lines;
		usleep(CHUNK_US);
	}
	return problem;
}

static const char *drive_bursts(unsigned *n)
{
	for (unsigned i = 0; i < BURSTS; i++) {
		for (unsigned k = 0; k < n_lines; k++)
			put(&lines[k], RING_SLOTS);
		for (unsigned k = 0; k < n_lines; k++)
			if (!await(&lines[k]))
				return "a burst is not answered";
		*n += RING_SLOTS * n_lines;
		usleep(CHUNK_US);
	}
	return NULL;
}

static const char *run_cost(unsigned column, const struct cost *cost,
			    const char *(*drive)(unsigned *n))
{
	const char *problem = begin_guests(RINGS_MAX);

	if (!problem)
		problem = measure_cost(lab.xenavd, column, cost, drive);
	end_guests();
	return problem;
}

static const char *floor_cost(const struct cost *cost, const char *(*drive)(unsigned *n))
{
	const char *problem = begin_echo(RINGS_MAX);

	if (!problem)
		problem = measure_cost(echo.pid, TABLE_FLOOR, cost, drive);
	echo_stop(&echo);
	return problem;
}

static const char *run_pairs(const struct side *, unsigned column)
{
	return run_cost(column, &pairs, drive_pairs);
}

static const char *floor_pairs(void)
{
	return floor_cost(&pairs, drive_pairs);
}

const struct work pairs_work = {.name = "rings",
				.metrics = &pairs.all,
				.n_metrics = 3,
				.run = run_pairs,
				.floor = floor_pairs};

static const char *run_burst(const struct side *, unsigned column)
{
	return run_cost(column, &burst, drive_bursts);
}

static const char *floor_burst(void)
{
	return floor_cost(&burst, drive_bursts);
}

const struct work burst_work = {.name = "bursts",
				.metrics = &burst.all,
				.n_metrics = 3,
				.run = run_burst,
				.floor = floor_burst};
