/* SPDX-License-Identifier: MIT */
/*
 * libxenshbuf on a real hypervisor: run as root in dom0, it is frontend (a child) and backend at
 * once and grants to its own domain.  It tests both modes, and the kernel's errors for bad grefs
 * and a full gntalloc.  Prints TAP; needs only libxengnttab.
 *
 * xt-shbuf fits PAGES: the exit code tells whether gntalloc has that many pages left.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xen/sys/gntalloc.h>
#include <xengnttab.h>

#include "xenshbuf.h"

#define DOM0    0u
#define PAGE    4096u
#define LIMIT   "/sys/module/xen_gntalloc/parameters/limit"
#define BAD_REF 0x7fffffffu

enum order { ALLOC, BE_ALLOC, MARK, CHECK, MAP, UNMAP, SPOIL, FREE };

/* What the backend tells the child to do, and the answer: 0 or more, or -errno. */
struct order_msg {
	uint32_t order, arg;
};

static int child_fd;
static xengnttab_handle *xgt;
static int n_tests, n_failed;

static void ok(bool good, const char *what, uint32_t n_pages)
{
	n_tests++;
	n_failed += !good;
	printf("%sok %d - %s, %u pages\n", good ? "" : "not ", n_tests, what, n_pages);
	fflush(stdout);
}

static void rc_is(int rc, int expected, const char *what, uint32_t n_pages)
{
	ok(rc == expected, what, n_pages);
	if (rc != expected)
		printf("# %d (%s) instead of %d (%s)\n", rc, strerror(-rc), expected,
		       strerror(-expected));
}

/* Every word of every page is different, so that no page can stand for another. */
static void put_marks(volatile uint32_t *data, uint32_t n_pages, uint32_t mark)
{
	uint32_t i;

	for (i = 0; i < n_pages * (PAGE / 4); i++)
		data[i] = mark ^ i * 2654435761u;
}

static bool has_marks(const volatile uint32_t *data, uint32_t n_pages, uint32_t mark)
{
	uint32_t i;

	for (i = 0; i < n_pages * (PAGE / 4); i++)
		if (data[i] != (mark ^ i * 2654435761u))
			return false;
	return true;
}

static bool is_zero(const uint32_t *data, uint32_t n_pages)
{
	uint32_t i;

	for (i = 0; i < n_pages * (PAGE / 4); i++)
		if (data[i])
			return false;
	return true;
}

/* ---- the child: a frontend ---- */

/* Overwrite the last gref of a directory in our own memory, which is behind the buffer. */
static void spoil(struct xenshbuf_front *front, uint32_t gref)
{
	uint32_t n = xenshbuf_front_n_pages(front);
	uint32_t *last = (uint32_t *)xenshbuf_front_data(front) + (n + (n - 1) / 1023) * 1024;

	last[1 + (n - 1) % 1023] = gref;
}

static int64_t obey(struct xenshbuf_front **front, xengnttab_handle *own, uint32_t order,
		    uint32_t arg)
{
	int rc;

	switch ((enum order)order) {
	case ALLOC:
	case BE_ALLOC:
		rc = xenshbuf_front_alloc(front, DOM0, arg * PAGE, order == BE_ALLOC);
		return rc < 0 ? rc : (int64_t)xenshbuf_front_dir_start(*front);
	case MARK:
		put_marks(xenshbuf_front_data(*front), xenshbuf_front_n_pages(*front), arg);
		return 0;
	case CHECK:
		return has_marks(xenshbuf_front_data(*front), xenshbuf_front_n_pages(*front), arg);
	case MAP:
		return xenshbuf_front_map(*front, own);
	case UNMAP:
		return xenshbuf_front_unmap(*front);
	case SPOIL:
		spoil(*front, arg);
		return 0;
	case FREE:
		rc = xenshbuf_front_free(*front);
		*front = NULL;
		return rc;
	}
	return -EINVAL;
}

static int child_main(int fd)
{
	struct xenshbuf_front *front = NULL;
	xengnttab_handle *own = xengnttab_open(NULL, 0);
	struct order_msg msg;
	int64_t answer;

	while (recv(fd, &msg, sizeof msg, 0) == sizeof msg) {
		answer = own ? obey(&front, own, msg.order, msg.arg) : -ENODEV;
		if (send(fd, &answer, sizeof answer, 0) != sizeof answer)
			break;
	}
	/* The backend has gone: the grants end with this process. */
	return 0;
}

static int64_t tell(enum order order, uint32_t arg)
{
	struct order_msg msg = {.order = order, .arg = arg};
	int64_t answer;

	if (send(child_fd, &msg, sizeof msg, 0) != sizeof msg ||
	    recv(child_fd, &answer, sizeof answer, 0) != sizeof answer) {
		printf("Bail out! The frontend's process is gone\n");
		exit(1);
	}
	return answer;
}

/* ---- the parent: a backend ---- */

/* Mappings of the two devices plus descriptors: the same before and after every test. */
static int count_held(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	DIR *fds = opendir("/proc/self/fd");
	char line[512];
	int n = 0;

	while (maps && fgets(line, sizeof line, maps))
		n += strstr(line, "/dev/xen/gnt") != NULL;
	while (fds && readdir(fds))
		n++;
	if (maps)
		fclose(maps);
	if (fds)
		closedir(fds);
	return n;
}

static void test_map(uint32_t n)
{
	int held = count_held();
	int64_t start = tell(ALLOC, n);
	struct xenshbuf *buf = NULL;
	int rc;

	ok(start > 0, "the frontend allocates a buffer", n);
	if (start <= 0)
		return;
	tell(MARK, 11);
	rc = xenshbuf_map(&buf, xgt, DOM0, (uint32_t)start, n * PAGE, 1, n);
	rc_is(rc, 0, "the backend maps it", n);
	if (rc == 0) {
		ok(has_marks(xenshbuf_data(buf), n, 11), "and reads what is in it", n);
		put_marks(xenshbuf_data(buf), n, 12);
		ok(tell(CHECK, 12) == 1, "the frontend reads what the backend wrote", n);
		rc_is(xenshbuf_unmap(buf), 0, "the backend unmaps", n);
	}
	rc = xenshbuf_map(&buf, xgt, DOM0, (uint32_t)start, n * PAGE, 0, n);
	rc_is(rc, 0, "the backend maps it again, read-only", n);
	if (rc == 0) {
		ok(has_marks(xenshbuf_data(buf), n, 12), "and reads the same", n);
		xenshbuf_unmap(buf);
	}
	tell(SPOIL, BAD_REF);
	rc = xenshbuf_map(&buf, xgt, DOM0, (uint32_t)start, n * PAGE, 0, n);
	rc_is(rc, -EFAULT, "one bad gref and nothing is mapped", n);
	tell(SPOIL, 0);
	rc = xenshbuf_map(&buf, xgt, DOM0, (uint32_t)start, n * PAGE, 0, n);
	rc_is(rc, -EINVAL, "a zero gref and nothing is mapped", n);
	rc_is((int)tell(FREE, 0), 0, "the frontend ends the grants", n);
	rc = xenshbuf_map(&buf, xgt, DOM0, (uint32_t)start, n * PAGE, 0, n);
	rc_is(rc, -EFAULT, "a directory that is not granted any more is refused", n);
	ok(count_held() == held, "the backend holds what it held before", n);
}

static void test_provided(struct xenshbuf *buf, uint32_t n)
{
	void *again;

	rc_is((int)tell(MAP, 0), 0, "the frontend maps what it was given", n);
	put_marks(xenshbuf_data(buf), n, 21);
	ok(tell(CHECK, 21) == 1, "and reads what the backend wrote", n);
	tell(MARK, 22);
	ok(has_marks(xenshbuf_data(buf), n, 22), "the backend reads what it wrote", n);
	again = mmap(NULL, (size_t)n * PAGE, PROT_READ, MAP_SHARED, xenshbuf_gntalloc_fd(buf), 0);
	ok(again != MAP_FAILED && has_marks(again, n, 22), "the descriptor maps once more", n);
	if (again != MAP_FAILED)
		munmap(again, (size_t)n * PAGE);
	rc_is((int)tell(UNMAP, 0), 0, "the frontend unmaps", n);
}

static void test_provide(uint32_t n)
{
	int held = count_held();
	int64_t start = tell(BE_ALLOC, n);
	struct xenshbuf *buf = NULL;
	int rc;

	ok(start > 0, "the frontend grants an empty directory", n);
	if (start <= 0)
		return;
	rc_is((int)tell(MAP, 0), -EINVAL, "and cannot map yet", n);
	rc = xenshbuf_provide(&buf, xgt, DOM0, (uint32_t)start, n * PAGE, n);
	rc_is(rc, 0, "the backend provides the pages", n);
	if (rc < 0)
		return;
	ok(is_zero(xenshbuf_data(buf), n), "they are zero", n);
	test_provided(buf, n);
	tell(FREE, 0);
	start = tell(BE_ALLOC, n);
	rc = xenshbuf_provide_again(buf, xgt, (uint32_t)start, n * PAGE);
	rc_is(rc, 0, "the backend provides them again", n);
	ok(is_zero(xenshbuf_data(buf), n), "they are zero again", n);
	test_provided(buf, n);
	rc_is((int)tell(FREE, 0), 0, "the frontend ends the grants", n);
	rc_is(xenshbuf_unmap(buf), 0, "the backend ends its grants", n);
	rc = xenshbuf_provide(&buf, xgt, DOM0, (uint32_t)start, n * PAGE, n);
	rc_is(rc, -EFAULT, "a directory that is not granted any more is refused", n);
	ok(count_held() == held, "the backend holds what it held before", n);
}

/* ---- a backend that is killed, and the next one ---- */

/* What the first one leaves, in memory that both have. */
struct left {
	uint64_t offset;
	int rc;
	int fd; /* in that process */
	uint32_t grefs[2025];
};

static void provide_and_stop(struct left *left, uint32_t start, uint32_t n)
{
	xengnttab_handle *own = xengnttab_open(NULL, 0);
	struct xenshbuf *buf;

	left->rc = own ? xenshbuf_provide(&buf, own, DOM0, start, n * PAGE, n) : -ENODEV;
	if (left->rc == 0) {
		put_marks(xenshbuf_data(buf), n, 31);
		left->offset = xenshbuf_gntalloc_offset(buf);
		left->fd = xenshbuf_gntalloc_fd(buf);
		memcpy(left->grefs, xenshbuf_grefs(buf), n * sizeof left->grefs[0]);
	}
	raise(SIGSTOP);
}

/* @return the descriptor that is left of it, or -1. */
static int leave(struct left *left, uint32_t start, uint32_t n)
{
	pid_t pid = fork();
	int status, pid_fd;
	int fd = -1;

	if (pid == 0)
		provide_and_stop(left, start, n);
	if (pid <= 0 || waitpid(pid, &status, WUNTRACED) != pid)
		return -1;
	pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (left->rc == 0)
		fd = (int)syscall(SYS_pidfd_getfd, pid_fd, left->fd, 0);
	close(pid_fd);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return fd;
}

static void test_adopted(const struct left *left, int fd, uint32_t n)
{
	struct xenshbuf *buf = NULL;
	int rc;

	rc_is((int)tell(MAP, 0), 0, "the frontend maps what a dead backend gave it", n);
	rc = xenshbuf_adopt(&buf, DOM0, fd, left->offset, left->grefs, n);
	rc_is(rc, 0, "the next backend takes it over", n);
	if (rc < 0)
		return;
	ok(has_marks(xenshbuf_data(buf), n, 31), "and reads what is in it", n);
	put_marks(xenshbuf_data(buf), n, 32);
	ok(tell(CHECK, 32) == 1, "the frontend reads what it writes", n);
	tell(UNMAP, 0);
	tell(FREE, 0);
	rc_is(xenshbuf_unmap(buf), 0, "the backend ends its grants", n);
}

static void test_adopt(uint32_t n)
{
	int held = count_held();
	int64_t start = tell(BE_ALLOC, n);
	struct xenshbuf *buf = NULL;
	struct left *left;
	int fd;

	left = mmap(NULL, sizeof *left, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (start <= 0 || left == MAP_FAILED)
		return;
	fd = leave(left, (uint32_t)start, n);
	ok(fd >= 0, "a backend provides the pages and is killed", n);
	if (fd >= 0) {
		rc_is(xenshbuf_adopt(&buf, DOM0, child_fd, left->offset, left->grefs, n), -ENOTTY,
		      "another descriptor is refused", n);
		rc_is(xenshbuf_adopt(&buf, DOM0, fd, left->offset + PAGE, left->grefs, n), -ENOENT,
		      "more pages than there are, too", n);
		test_adopted(left, fd, n);
	}
	munmap(left, sizeof *left);
	ok(count_held() == held, "the backend holds what it held before", n);
}

static bool set_limit(uint32_t pages)
{
	char text[16];
	int len = snprintf(text, sizeof text, "%u", pages);
	int fd = open(LIMIT, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, (size_t)len) == len;

	if (fd >= 0)
		close(fd);
	return good;
}

static void test_limit(void)
{
	struct xenshbuf *buf = NULL;
	uint32_t limit = 0;
	int64_t start;
	int rc;

	rc = xenshbuf_gntalloc_limit(&limit);
	ok(rc == 0 && limit == 65536, "the limit that was set is read", limit);
	start = tell(BE_ALLOC, 2025);
	set_limit(100);
	rc = xenshbuf_provide(&buf, xgt, DOM0, (uint32_t)start, 2025 * PAGE, 2025);
	rc_is(rc, -ENOSPC, "more than gntalloc gives is told as such", 2025);
	set_limit(65536);
	tell(FREE, 0);
}

static void run_all(void)
{
	static const uint32_t counts[] = {1, 1023, 1024, 2025};
	size_t i;

	for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		test_map(counts[i]);
		test_provide(counts[i]);
		test_adopt(counts[i]);
	}
	test_limit();
}

static int fits(uint32_t n_pages)
{
	struct ioctl_gntalloc_alloc_gref *req;
	int fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	int rc;

	req = calloc(1, sizeof *req + n_pages * sizeof req->gref_ids[0]);
	if (fd < 0 || !req)
		return 2;
	req->domid = DOM0;
	req->count = n_pages;
	rc = ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, req);
	printf("%u pages: %s\n", n_pages, rc < 0 ? strerror(errno) : "granted");
	free(req);
	close(fd);
	return rc < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	uint32_t limit;
	int fds[2];
	int status;
	pid_t pid;

	if (argc == 3 && strcmp(argv[1], "fits") == 0)
		return fits((uint32_t)atoi(argv[2]));
	if (access("/dev/xen/gntdev", R_OK | W_OK) || access("/dev/xen/gntalloc", R_OK | W_OK) ||
	    xenshbuf_gntalloc_limit(&limit) < 0 || !set_limit(65536)) {
		printf("1..0 # SKIP not root in a Xen domain with gntdev and gntalloc\n");
		return 77;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return 1;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		_exit(child_main(fds[1]));
	}
	close(fds[1]);
	child_fd = fds[0];
	xgt = xengnttab_open(NULL, 0);
	if (pid < 0 || !xgt) {
		printf("Bail out! Cannot start\n");
		return 1;
	}
	run_all();
	printf("1..%d\n", n_tests);
	xengnttab_close(xgt);
	close(child_fd);
	waitpid(pid, &status, 0);
	set_limit(limit);
	return n_failed ? 1 : 0;
}
