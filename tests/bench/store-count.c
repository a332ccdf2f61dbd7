/* SPDX-License-Identifier: MIT */
/* See store-count.h. */
#include <config.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenstore.h>

#include <xen/io/xs_wire.h>

#include "store-count.h"

#define PAIRS_MAX 400

/* A connection of the daemon, and the one to xenstored that it is passed on to. */
struct pair {
	int daemon;
	int xenstored;
	/* Where the counter is in the stream of requests. */
	struct xsd_sockmsg header;
	size_t have_bytes; /* of the header */
	size_t body_bytes; /* to come */
};

static struct shared {
	uint64_t counts[STORE_COUNT_TYPES];
} * shared;
static pid_t proxy = -1;
static struct pair pairs[PAIRS_MAX];
static struct pollfd polled[1 + 2 * PAIRS_MAX];
static unsigned n_pairs;
static char far_path[108];

/* -------- in the process between -------- */

static int connect_to(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof addr) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void take(int listener)
{
	const int near = accept(listener, NULL, NULL);
	const int far = near < 0 || n_pairs == PAIRS_MAX ? -1 : connect_to(far_path);

	if (far < 0) {
		if (near >= 0)
			close(near);
		return;
	}
	pairs[n_pairs++] = (struct pair){.daemon = near, .xenstored = far};
}

static void count(struct pair *pair, const uint8_t *bytes, size_t n)
{
	while (n > 0) {
		const size_t skip = pair->body_bytes < n ? pair->body_bytes : n;
		const size_t want = sizeof pair->header - pair->have_bytes;
		size_t more;

		pair->body_bytes -= skip;
		bytes += skip;
		n -= skip;
		if (n == 0)
			return;
		more = want < n ? want : n;
		memcpy((uint8_t *)&pair->header + pair->have_bytes, bytes, more);
		bytes += more;
		n -= more;
		pair->have_bytes += more;
		if (pair->have_bytes < sizeof pair->header)
			return;
		pair->have_bytes = 0;
		pair->body_bytes = pair->header.len;
		if (pair->header.type < STORE_COUNT_TYPES)
			__atomic_add_fetch(&shared->counts[pair->header.type], 1, __ATOMIC_RELAXED);
	}
}

/* @return false when one end has gone. */
static bool pass(struct pair *pair, bool up)
{
	uint8_t bytes[16384];
	const ssize_t n = read(up ? pair->daemon : pair->xenstored, bytes, sizeof bytes);
	ssize_t done = 0;

	if (n <= 0)
		return false;
	if (up)
		count(pair, bytes, (size_t)n);
	while (done < n) {
		const ssize_t m = write(up ? pair->xenstored : pair->daemon, bytes + done,
					(size_t)(n - done));

		if (m <= 0)
			return false;
		done += m;
	}
	return true;
}

static void pass_ready(unsigned n)
{
	for (unsigned i = n; i-- > 0;) {
		struct pair *pair = &pairs[i];
		bool goes_on = true;

		if (polled[1 + 2 * i].revents)
			goes_on = pass(pair, true);
		if (goes_on && polled[2 + 2 * i].revents)
			goes_on = pass(pair, false);
		if (goes_on)
			continue;
		close(pair->daemon);
		close(pair->xenstored);
		*pair = pairs[--n_pairs];
	}
}

static void run(int listener)
{
	for (;;) {
		const unsigned n = n_pairs;

		polled[0] = (struct pollfd){listener, POLLIN, 0};
		for (unsigned i = 0; i < n; i++) {
			polled[1 + 2 * i] = (struct pollfd){pairs[i].daemon, POLLIN, 0};
			polled[2 + 2 * i] = (struct pollfd){pairs[i].xenstored, POLLIN, 0};
		}
		if (poll(polled, 1 + 2 * n, -1) < 0)
			continue;
		pass_ready(n);
		if (polled[0].revents)
			take(listener);
	}
}

/* -------- for others -------- */

pid_t store_count_start(const char *path, const char *xenstored_path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!shared)
		shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || listener < 0)
		return -errno;
	memset(shared, 0, sizeof *shared);
	snprintf(far_path, sizeof far_path, "%s", xenstored_path);
	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", path);
	unlink(path);
	if (bind(listener, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(listener, 64) < 0) {
		const int rc = -errno;

		close(listener);
		return rc;
	}
	fflush(NULL);
	proxy = fork();
	if (proxy == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		run(listener);
	}
	close(listener);
	return proxy < 0 ? -errno : proxy;
}

void store_count_stop(void)
{
	if (proxy <= 0)
		return;
	kill(proxy, SIGKILL);
	waitpid(proxy, NULL, 0);
	proxy = -1;
}

uint64_t store_count_of(unsigned type)
{
	return shared ? __atomic_load_n(&shared->counts[type], __ATOMIC_RELAXED) : 0;
}

uint64_t store_count_all(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < STORE_COUNT_TYPES; i++)
		sum += store_count_of(i);
	return sum;
}
