/* SPDX-License-Identifier: MIT */
/* libxenshbuf: buffers of a process that is gone, whose descriptors are left. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shbuf-ends.h"
#include "test.h"

#define N_PAGES 1030

/* What is known of a buffer after the end of its process. */
struct left {
	int fd;
	uint64_t offset;
	uint32_t grefs[N_PAGES];
};

static struct xenshbuf *earlier;

static void leave(struct left *left, struct xenshbuf_front *front)
{
	assert_int_equal(backend_provide(&earlier, front), 0);
	left->fd = fcntl(xenshbuf_gntalloc_fd(earlier), F_DUPFD_CLOEXEC, 3);
	assert_true(left->fd >= 0);
	left->offset = xenshbuf_gntalloc_offset(earlier);
	memcpy(left->grefs, xenshbuf_grefs(earlier), sizeof left->grefs);
}

static int adopt(struct xenshbuf **buf, const struct left *left, uint32_t n_pages)
{
	return xenshbuf_adopt(buf, GUEST, left->fd, left->offset, left->grefs, n_pages);
}

/* At the end of a process its descriptors are closed, and nothing else happens. */
static void end_earlier(void)
{
	fail_call(CALL_FREE, 0, EINVAL);
	assert_int_equal(xenshbuf_unmap(earlier), -EINVAL);
}

TEST(pages_and_what_is_in_them_are_taken_over)
{
	struct xenshbuf_front *front = guest_alloc(N_PAGES, 1);
	struct xenshbuf *buf;
	struct left left;

	leave(&left, front);
	put_marks(xenshbuf_data(earlier), N_PAGES, 5);
	assert_int_equal(guest_map(front), 0);
	assert_int_equal(adopt(&buf, &left, N_PAGES), 0);
	end_earlier();
	assert_int_equal(xenshbuf_n_pages(buf), N_PAGES);
	assert_int_equal(xenshbuf_gntalloc_fd(buf), left.fd);
	assert_int_equal(xenshbuf_gntalloc_offset(buf), left.offset);
	assert_memory_equal(xenshbuf_grefs(buf), left.grefs, sizeof left.grefs);
	assert_marks(xenshbuf_data(buf), N_PAGES, 5);
	put_marks(xenshbuf_front_data(front), N_PAGES, 6);
	assert_marks(xenshbuf_data(buf), N_PAGES, 6);
	assert_int_equal(xenshbuf_front_unmap(front), 0);
	guest_free(front);
	assert_int_equal(xenshbuf_unmap(buf), 0);
}

TEST(a_buffer_taken_over_is_provided_again)
{
	struct xenshbuf_front *front = guest_alloc(N_PAGES, 1);
	struct xenshbuf_front *other = guest_alloc(10, 1);
	struct xenshbuf *buf;
	struct left left;

	leave(&left, front);
	put_marks(xenshbuf_data(earlier), N_PAGES, 5);
	assert_int_equal(adopt(&buf, &left, N_PAGES), 0);
	end_earlier();
	assert_int_equal(
		xenshbuf_provide_again(buf, XGT, xenshbuf_front_dir_start(other), 10 * PAGE), 0);
	assert_int_equal(guest_map(other), 0);
	for (uint32_t i = 0; i < 10 * PAGE / 4; i++)
		assert_int_equal(((uint32_t *)xenshbuf_front_data(other))[i], 0);
	assert_memory_equal(xenshbuf_front_grefs(other), left.grefs, 10 * 4);
	assert_int_equal(xenshbuf_front_unmap(other), 0);
	guest_free(other);
	guest_free(front);
	assert_int_equal(xenshbuf_unmap(buf), 0);
}

TEST(what_does_not_fit_the_descriptor_is_refused)
{
	struct xenshbuf_front *front = guest_alloc(N_PAGES, 1);
	struct xenshbuf *buf = NULL;
	struct left left;

	leave(&left, front);
	assert_int_equal(adopt(&buf, &left, 0), -EINVAL);
	assert_int_equal(adopt(&buf, &left, XENSHBUF_MAX_PAGES + 1), -E2BIG);
	assert_int_equal(xenshbuf_adopt(&buf, 0x7ff0, left.fd, left.offset, left.grefs, N_PAGES),
			 -EINVAL);
	left.offset += 1;
	assert_int_equal(adopt(&buf, &left, N_PAGES), -EINVAL);
	left.offset = UINT64_MAX - 4095;
	assert_int_equal(adopt(&buf, &left, N_PAGES), -EINVAL);
	left.offset = xenshbuf_gntalloc_offset(earlier);
	left.grefs[N_PAGES - 1] = 0;
	assert_int_equal(adopt(&buf, &left, N_PAGES), -EINVAL);
	assert_null(buf);
	assert_int_equal(close(left.fd), 0);
	assert_int_equal(xenshbuf_unmap(earlier), 0);
	guest_free(front);
}

TEST(a_buffer_that_is_said_to_be_longer_is_refused)
{
	struct xenshbuf_front *front = guest_alloc(N_PAGES, 1);
	struct xenshbuf *buf = NULL;
	uint32_t grefs[N_PAGES + 1];
	struct left left;

	leave(&left, front);
	memset(grefs, 1, sizeof grefs);
	assert_int_equal(xenshbuf_adopt(&buf, GUEST, left.fd, left.offset, grefs, N_PAGES + 1),
			 -ENOENT);
	/* The grants end with the descriptor that has them now. */
	assert_int_equal(close(left.fd), 0);
	end_earlier();
	guest_free(front);
}

TEST(other_files_are_refused)
{
	static const uint32_t gref = 8;
	struct xenshbuf *buf = NULL;
	int fd = memfd_create("stranger", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, PAGE), 0);
	assert_int_equal(xenshbuf_adopt(&buf, GUEST, fd, 0, &gref, 1), -ENOTTY);
	assert_int_equal(close(fd), 0);
	assert_int_equal(xenshbuf_adopt(&buf, GUEST, fd, 0, &gref, 1), -EBADF);
	assert_null(buf);
}
