/* SPDX-License-Identifier: MIT */
/* How long a copy is charged, and to whom: with the real kernel. */
#include <config.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buffer/account.h"
#include "buffer/copy.h"
#include "buffer/ledger.h"
#include "config/policy.h"
#include "count-fds.h"
#include "test.h"

#define TEST(name) TEST_WITH(name, setup, teardown)
#define MIB        ((size_t)1 << 20)
#define USER       1000u

/* Sections for a user and for a group of the same number differ by this. */
#define OTHER_KIND (UINT64_C(1) << 32)

static struct event_base *base;
static int fds;
static struct guest_info guest = {7, "", "", GUEST_POLICY_INIT};

static int setup(void **)
{
	fds = count_fds();
	guest.policy.max_copied_pages = 1024;
	base = event_base_new();
	return ledger_start(base, 2 * 768, UINT32_MAX);
}

static int teardown(void **)
{
	ledger_stop();
	ledger_stop();
	event_base_free(base);
	assert_int_equal(count_fds(), fds);
	return 0;
}

static void turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static int make(struct copy *copy, uid_t uid, size_t size)
{
	int rc;

	rc = copy_reserve(copy, &guest, uid, size);
	if (rc < 0)
		return rc;
	rc = copy_make(copy, size, false);
	copy_settle(copy);
	return rc;
}

TEST(a_guest_pays_for_its_copies_while_they_are_ours)
{
	struct copy copies[5];
	struct guest_info other = guest;

	for (unsigned i = 0; i < 5; i++)
		copies[i] = (struct copy)COPY_INIT;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(make(&copies[i], 0, MIB), 0);
	assert_int_equal(make(&copies[4], 0, 1), -ENOSPC);
	assert_null(copies[4].mem.data);
	other.domid = 8;
	assert_int_equal(copy_reserve(&copies[4], &other, 0, MIB), 0);
	copy_destroy(&copies[4]);
	copy_destroy(&copies[0]);
	copy_destroy(&copies[0]);
	assert_int_equal(make(&copies[4], 0, MIB), 0);
	for (unsigned i = 0; i < 5; i++)
		copy_destroy(&copies[i]);
}

/* A user is charged until the consumer has closed and unmapped the memory. */
TEST(a_user_pays_until_nobody_has_the_memory_any_more)
{
	struct copy copy = COPY_INIT, more = COPY_INIT;
	void *map;
	int fd;

	assert_int_equal(make(&copy, USER, 2 * MIB), 0);
	fd = dup(copy.mem.fd);
	map = mmap(NULL, MIB, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(map != MAP_FAILED);
	copy_destroy(&copy);
	turn();
	assert_int_equal(account_held_pages(USER), 512);
	assert_int_equal(make(&more, USER, 2 * MIB), -EDQUOT);
	assert_int_equal(make(&more, USER + 1, 2 * MIB), 0);
	copy_destroy(&more);
	close(fd);
	turn();
	assert_int_equal(account_held_pages(USER), 512);
	munmap(map, MIB);
	turn();
	assert_int_equal(account_held_pages(USER), 0);
	assert_int_equal(account_held_pages(USER + 1), 0);
	assert_int_equal(make(&more, USER, 3 * MIB), 0);
	copy_destroy(&more);
	turn();
	assert_int_equal(account_held_pages(USER), 0);
}

static void send_fd(int sock, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof fd)] = {0};
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof control};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof fd);
	*(int *)(void *)CMSG_DATA(cmsg) = fd;
	assert_int_equal(sendmsg(sock, &msg, 0), 1);
}

/* A consumer that claims and releases again and again, and never reads. */
TEST(descriptors_that_nobody_takes_out_of_a_socket_are_paid_for)
{
	struct copy copy = COPY_INIT;
	unsigned n = 0;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	while (n < 8 && make(&copy, USER, MIB) == 0) {
		send_fd(ends[0], copy.mem.fd);
		copy_destroy(&copy);
		turn();
		n++;
	}
	assert_int_equal(n, 3);
	assert_int_equal(make(&copy, USER, MIB), -EDQUOT);
	close(ends[1]);
	close(ends[0]);
	turn();
	assert_int_equal(account_held_pages(USER), 0);
	assert_int_equal(make(&copy, USER, MIB), 0);
	copy_destroy(&copy);
}

TEST(a_process_that_dies_gives_its_memory_back)
{
	struct copy copy = COPY_INIT;
	int ends[2];
	char byte;
	pid_t pid;

	assert_int_equal(make(&copy, USER, MIB), 0);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0);
	}
	copy_destroy(&copy);
	turn();
	assert_int_equal(account_held_pages(USER), 256);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	turn();
	assert_int_equal(account_held_pages(USER), 0);
}

TEST(root_may_hold_what_guests_may_cost)
{
	struct copy copy = COPY_INIT;
	int kept[32];
	unsigned n = 0;

	while (n < 32 && make(&copy, 0, MIB) == 0) {
		kept[n++] = dup(copy.mem.fd);
		copy_destroy(&copy);
	}
	assert_int_equal(n, 32);
	while (n > 0)
		close(kept[--n]);
	turn();
	assert_int_equal(account_held_pages(0), 0);
}

TEST(small_copies_are_not_for_nothing)
{
	struct copy copies[48];
	unsigned n = 0;

	for (unsigned i = 0; i < 48; i++)
		copies[i] = (struct copy)COPY_INIT;
	while (n < 48 && make(&copies[n], USER, 1) == 0)
		n++;
	assert_int_equal(n, 48);
	assert_int_equal(account_held_pages(USER), 768);
	while (n > 0)
		copy_destroy(&copies[--n]);
	turn();
	assert_int_equal(account_held_pages(USER), 0);
}

/* Each copy takes a watch, and the number of watches is limited. */
TEST(a_user_does_not_hold_ever_more_small_copies)
{
	static void *maps[513];
	struct copy copy = COPY_INIT;
	unsigned n = 0;

	ledger_stop();
	assert_int_equal(ledger_start(base, 1 << 20, UINT32_MAX), 0);
	while (n < 513 && make(&copy, USER, 1) == 0) {
		maps[n] = mmap(NULL, 1, PROT_READ, MAP_SHARED, copy.mem.fd, 0);
		assert_true(maps[n++] != MAP_FAILED);
		copy_destroy(&copy);
	}
	/* Half of the limit, because all copies are of one guest. */
	assert_int_equal(n, 512);
	assert_int_equal(make(&copy, USER, 1), -EDQUOT);
	assert_int_equal(make(&copy, USER + 1, 1), 0);
	copy_destroy(&copy);
	assert_int_equal(make(&copy, 0, 1), 0);
	copy_destroy(&copy);
	munmap(maps[--n], 1);
	turn();
	assert_int_equal(make(&copy, USER, 1), 0);
	copy_destroy(&copy);
	while (n > 0)
		munmap(maps[--n], 1);
	/* The kernel reports the events in parts. */
	for (unsigned i = 0; i < 100 && account_held_pages(USER) > 0; i++)
		turn();
	assert_int_equal(account_held_pages(USER), 0);
}

TEST(what_is_reserved_and_not_made_costs_nothing)
{
	struct copy copy = COPY_INIT;

	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(copy_reserve(&copy, &guest, USER, 3 * MIB), 0);
		assert_int_equal(account_held_pages(USER), 768);
		copy_settle(&copy);
		assert_int_equal(account_held_pages(USER), 0);
	}
	assert_int_equal(copy_reserve(&copy, &guest, USER, SIZE_MAX), -ENOSPC);
	assert_int_equal(account_held_pages(USER), 0);
}

/* A copy of another size replaces the previous one; the guest is charged for one of them. */
TEST(a_copy_that_grows_is_one_for_the_guest)
{
	struct copy copy = COPY_INIT;

	guest.policy.max_copied_pages = 768;
	assert_int_equal(make(&copy, 0, 2 * MIB), 0);
	assert_true(copy_fits(&copy, 2 * MIB));
	assert_true(copy_fits(&copy, 2 * MIB - 4095));
	assert_false(copy_fits(&copy, 2 * MIB - 4096));
	assert_false(copy_fits(&copy, 2 * MIB + 1));
	assert_int_equal(make(&copy, 0, 3 * MIB), 0);
	assert_true(copy_fits(&copy, 3 * MIB));
	assert_int_equal(make(&copy, 0, 3 * MIB + 1), -ENOSPC);
	assert_false(copy_fits(&copy, 3 * MIB));
	turn();
	assert_int_equal(account_held_pages(0), 0);
}

static struct guest_info guest_of(uint16_t domid)
{
	struct guest_info other = guest;

	other.domid = domid;
	return other;
}

/* Two guests take all they can; each later one still gets something. */
TEST(hostile_guests_leave_something_of_what_their_user_may_hold)
{
	struct copy copies[64];
	const struct guest_info bad[2] = {guest_of(20), guest_of(21)};
	unsigned n = 0;

	for (unsigned i = 0; i < 64; i++)
		copies[i] = (struct copy)COPY_INIT;
	for (unsigned g = 0; g < 2; g++)
		while (copy_reserve(&copies[n], &bad[g], USER, MIB / 4) == 0)
			n++;
	assert_int_equal(copy_reserve(&copies[n], &bad[0], USER, MIB / 4), -EDQUOT);
	assert_in_range(account_held_pages(USER), 1024, 2 * 768 * 3 / 4);
	assert_int_equal(copy_reserve(&copies[n++], &guest, USER, MIB / 2), 0);
	/* Another user has a limit of its own. */
	assert_int_equal(copy_reserve(&copies[n++], &bad[0], USER + 1, MIB), 0);
	while (n-- > 0)
		copy_destroy(&copies[n]);
}

/* The number of copies is limited, too. */
TEST(a_guest_of_many_small_copies_leaves_some_to_others)
{
	struct copy copies[1025];
	struct guest_info bad = guest_of(20);
	unsigned n = 0;

	for (unsigned i = 0; i < 1025; i++)
		copies[i] = (struct copy)COPY_INIT;
	ledger_stop();
	assert_int_equal(ledger_start(base, 1 << 20, UINT32_MAX), 0);
	bad.policy.max_copied_pages = UINT32_MAX;
	while (n < 1024 && copy_reserve(&copies[n], &bad, USER, 1) == 0)
		n++;
	assert_int_equal(n, 512);
	assert_int_equal(copy_reserve(&copies[n++], &guest, USER, MIB), 0);
	while (n-- > 0)
		copy_destroy(&copies[n]);
}

/* A person can have many uids, all admitted by the same section. */
TEST(users_of_one_section_leave_something_to_those_of_others)
{
	struct copy copies[64];
	unsigned n = 0;
	int rc = 0;

	for (unsigned i = 0; i < 64; i++)
		copies[i] = (struct copy)COPY_INIT;
	ledger_stop();
	assert_int_equal(ledger_start(base, 2 * 768, 2048), 0);
	for (uid_t uid = USER; uid < USER + 9; uid++)
		assert_int_equal(account_assign(uid, uid < USER + 8 ? 3 : OTHER_KIND + 3), 0);
	for (uid_t uid = USER; uid < USER + 8; uid++) {
		const struct guest_info bad = guest_of((uint16_t)(20 + uid));

		while ((rc = copy_reserve(&copies[n], &bad, uid, MIB / 2)) == 0)
			n++;
	}
	assert_int_equal(rc, -EDQUOT);
	assert_int_equal(copy_reserve(&copies[n++], &guest, USER + 8, MIB), 0);
	/* Root's copies do not count among those of all users. */
	assert_int_equal(copy_reserve(&copies[n++], &guest, 0, 2 * MIB), 0);
	while (n-- > 0)
		copy_destroy(&copies[n]);
	account_forget(USER);
	assert_int_equal(account_section(USER), 0);
	assert_int_equal(account_section(USER + 1), 3);
}
