/* SPDX-License-Identifier: MIT */
/*
 * The machine of tests/fake across the end of a process: what belongs to a descriptor lives as long
 * as any copy of it, as in the kernel, and a process that is killed in the middle leaves nothing
 * half done.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xen/sys/gntalloc.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#include "fake/machine-priv.h"
#include "machine-rig.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)

static xenevtchn_handle *xce;
static int port;

static int setup(void **)
{
	machine_up();
	return 0;
}

static int teardown(void **)
{
	machine_down();
	return 0;
}

/* -------- event channels -------- */

/* Bound and read, so that it is unmasked and quiet. */
static void bind_port(void)
{
	xce = xenevtchn_open(NULL, 0);
	assert_non_null(xce);
	port = xenevtchn_bind_interdomain(xce, GUEST, offer_port(GUEST));
	assert_true(port > 0);
	assert_int_equal(xenevtchn_pending(xce), port);
	assert_int_equal(xenevtchn_unmask(xce, (evtchn_port_t)port), 0);
}

/* The process ends, but for a copy of the descriptor. @return that copy, which does not block. */
static int end_process(void)
{
	int copy = fcntl(xenevtchn_fd(xce), F_DUPFD_CLOEXEC, 3);

	assert_true(copy >= 0);
	assert_int_equal(fcntl(copy, F_SETFL, O_RDWR | O_NONBLOCK), 0);
	assert_int_equal(xenevtchn_close(xce), 0);
	return copy;
}

static void start_process(int copy)
{
	xce = xenevtchn_fdopen(NULL, copy, 0);
	assert_non_null(xce);
}

static bool is_quiet(void)
{
	return xenevtchn_pending(xce) < 0 && errno == EAGAIN;
}

TEST(a_port_stays_bound_as_long_as_a_copy_of_its_descriptor_lives)
{
	int copy;

	bind_port();
	copy = end_process();
	assert_int_equal(bound_ports(), 1);
	assert_int_equal(machine->ports[port].state, PORT_INTERDOMAIN);
	close(copy);
	assert_int_equal(bound_ports(), 0);
}

TEST(a_copy_on_its_way_through_a_socket_is_one)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {(char[]){'x'}, 1};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control,
	};
	int socks[2];
	int copy;

	bind_port();
	copy = end_process();
	control.align.cmsg_level = SOL_SOCKET;
	control.align.cmsg_type = SCM_RIGHTS;
	control.align.cmsg_len = CMSG_LEN(sizeof copy);
	memcpy(CMSG_DATA(&control.align), &copy, sizeof copy);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, socks), 0);
	assert_int_equal(sendmsg(socks[0], &msg, 0), 1);
	close(copy);
	assert_int_equal(bound_ports(), 1);
	close(socks[0]);
	close(socks[1]);
	assert_int_equal(bound_ports(), 0);
}

TEST(the_other_end_can_be_bound_again_when_the_descriptor_is_gone)
{
	uint32_t remote = offer_port(GUEST);

	for (unsigned i = 0; i < 2; i++) {
		xce = xenevtchn_open(NULL, 0);
		port = xenevtchn_bind_interdomain(xce, GUEST, remote);
		assert_true(port > 0);
		/* It is raised at once, for whatever was sent meanwhile. */
		assert_int_equal(xenevtchn_pending(xce), port);
		assert_int_equal(xenevtchn_bind_interdomain(xce, GUEST, remote), -1);
		assert_int_equal(xenevtchn_close(xce), 0);
	}
}

TEST(an_event_that_comes_while_nobody_runs_is_there_for_the_next)
{
	int copy;

	bind_port();
	copy = end_process();
	raise_event(port);
	start_process(copy);
	assert_int_equal(xenevtchn_pending(xce), port);
	assert_true(is_quiet());
	assert_int_equal(xenevtchn_close(xce), 0);
}

TEST(a_port_whose_event_was_read_by_the_dead_is_silent_until_it_is_unmasked)
{
	int copy;

	bind_port();
	raise_event(port);
	assert_int_equal(xenevtchn_pending(xce), port);
	copy = end_process();
	raise_event(port);
	start_process(copy);
	assert_true(is_quiet());
	assert_int_equal(xenevtchn_unmask(xce, (evtchn_port_t)port), 0);
	assert_int_equal(xenevtchn_pending(xce), port);
	assert_int_equal(xenevtchn_close(xce), 0);
}

TEST(a_port_of_another_descriptor_is_none)
{
	xenevtchn_handle *other = xenevtchn_open(NULL, 0);

	bind_port();
	assert_int_equal(xenevtchn_notify(other, (evtchn_port_t)port), -1);
	assert_int_equal(errno, ENOTCONN);
	assert_int_equal(xenevtchn_unbind(other, (evtchn_port_t)port), -1);
	assert_int_equal(errno, ENOTCONN);
	/* A write passes over it. */
	raise_event(port);
	assert_int_equal(xenevtchn_pending(xce), port);
	assert_int_equal(xenevtchn_unmask(other, (evtchn_port_t)port), 0);
	assert_int_equal(machine->ports[port].masked, 1);
	xenevtchn_close(other);
	xenevtchn_close(xce);
}

TEST(a_descriptor_of_something_else_has_no_ports)
{
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	close(pipes[1]);
	start_process(pipes[0]);
	assert_int_equal(xenevtchn_bind_interdomain(xce, GUEST, offer_port(GUEST)), -1);
	assert_int_equal(errno, ENOTTY);
	assert_int_equal(xenevtchn_notify(xce, 1), -1);
	assert_int_equal(errno, ENOTTY);
	xenevtchn_close(xce);
}

/* -------- pages of gntalloc -------- */

static uint64_t page_index;
static uint32_t ref;

/* A page of ours for the guest. @return the descriptor. */
static int allocate(void)
{
	struct ioctl_gntalloc_alloc_gref req = {
		.domid = GUEST,
		.flags = GNTALLOC_FLAG_WRITABLE,
		.count = 1,
	};
	int fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, &req), 0);
	page_index = req.index;
	ref = req.gref_ids[0];
	return fd;
}

static uint32_t *map(int fd, uint64_t at)
{
	return mmap(NULL, MACHINE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)at);
}

TEST(pages_stay_with_their_descriptor_and_keep_what_is_in_them)
{
	int fd = allocate();
	uint32_t *page = map(fd, page_index);
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	assert_ptr_not_equal(page, MAP_FAILED);
	*page = 4711;
	munmap(page, MACHINE_PAGE);
	close(fd);
	/* Nobody has it mapped, nobody has it open but the keeper of the copy. */
	assert_int_equal(machine_allocated(), 1);
	page = map(copy, page_index);
	assert_ptr_not_equal(page, MAP_FAILED);
	assert_int_equal(*page, 4711);
	assert_int_equal(*granted_page(BACKEND, ref), 4711);
	munmap(page, MACHINE_PAGE);
	close(copy);
	assert_int_equal(machine_allocated(), 0);
	assert_int_equal(grant_of(BACKEND, ref)->in_use, 0);
}

TEST(pages_stay_as_long_as_they_are_mapped)
{
	int fd = allocate();
	uint32_t *page = map(fd, page_index);

	assert_ptr_not_equal(page, MAP_FAILED);
	close(fd);
	assert_int_equal(machine_allocated(), 1);
	munmap(page, MACHINE_PAGE);
	assert_int_equal(machine_allocated(), 0);
}

TEST(a_descriptor_maps_no_pages_but_its_own)
{
	int fd = allocate();
	int other = allocate();

	assert_ptr_equal(map(fd, page_index), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	close(fd);
	close(other);
}

/* -------- killed -------- */

/* A process that dies in the middle of what it does, with the machine's lock. */
static void die_with_the_lock(void (*do_half)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		machine_lock();
		do_half();
		kill(getpid(), SIGKILL);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static uint32_t page_of_guest;

static void map_half(void)
{
	struct machine_grant *grant = grant_of(GUEST, page_of_guest);

	grant->maps++;
	machine->frames[grant->frame].maps++;
	machine->n_tracked++;
}

TEST(a_mapping_that_was_half_made_is_none)
{
	int64_t frame = machine_frames_alloc(GUEST, 1);

	page_of_guest = (uint32_t)machine_grant(GUEST, BACKEND, (uint32_t)frame, false);
	die_with_the_lock(map_half);
	assert_false(machine_grant_mapped(GUEST, page_of_guest));
	assert_int_equal(machine->n_tracked, 0);
	assert_int_equal(machine_grant_end(GUEST, page_of_guest), 0);
	machine_frames_free((uint32_t)frame, 1);
}

static uint32_t remote_port;

static void bind_half(void)
{
	machine->ports[port].state = PORT_INTERDOMAIN;
	machine->ports[port].remote = remote_port;
	machine->ports[port].remote_domid = GUEST;
}

TEST(a_port_that_was_half_bound_can_be_bound)
{
	bind_port();
	remote_port = offer_port(GUEST);
	assert_int_equal(xenevtchn_unbind(xce, (evtchn_port_t)port), 0);
	die_with_the_lock(bind_half);
	port = xenevtchn_bind_interdomain(xce, GUEST, remote_port);
	assert_true(port > 0);
	assert_int_equal(machine->ports[remote_port].state, PORT_INTERDOMAIN);
	assert_int_equal(bound_ports(), 1);
	xenevtchn_close(xce);
}

static void unmask_half(void)
{
	machine->ports[port].masked = 0;
}

TEST(an_event_is_not_lost_with_who_was_about_to_unmask_its_port)
{
	int copy;

	bind_port();
	raise_event(port);
	assert_int_equal(xenevtchn_pending(xce), port);
	raise_event(port);
	die_with_the_lock(unmask_half);
	copy = end_process();
	start_process(copy);
	assert_int_equal(xenevtchn_pending(xce), port);
	assert_true(is_quiet());
	xenevtchn_close(xce);
}
