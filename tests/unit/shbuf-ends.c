/* SPDX-License-Identifier: MIT */
/*
 * The two ends of a buffer on the grants of shbuf-fake.h: see shbuf-ends.h.
 */
#include <config.h>

#include <string.h>

#include "count-fds.h"
#include "shbuf-ends.h"
#include "test.h"

int ends_handle;
static int fds_before;

int ends_setup(void **)
{
	fds_before = count_fds();
	fake_reset();
	return 0;
}

int ends_teardown(void **)
{
	assert_int_equal(fake.n_granted, 0);
	assert_int_equal(fake.n_mapped, 0);
	assert_int_equal(fake.n_mappings, 0);
	assert_int_equal(count_maps("memfd:gntalloc"), 0);
	assert_int_equal(count_fds(), fds_before);
	return 0;
}

struct xenshbuf_front *guest_alloc(uint32_t n_pages, int be_alloc)
{
	struct xenshbuf_front *front;

	fake.self = FAKE_GUEST;
	assert_int_equal(xenshbuf_front_alloc(&front, FAKE_BACKEND, n_pages * PAGE, be_alloc), 0);
	fake.self = FAKE_BACKEND;
	return front;
}

void guest_free(struct xenshbuf_front *front)
{
	fake.self = FAKE_GUEST;
	assert_int_equal(xenshbuf_front_free(front), 0);
	fake.self = FAKE_BACKEND;
}

int guest_map(struct xenshbuf_front *front)
{
	int rc;

	fake.self = FAKE_GUEST;
	rc = xenshbuf_front_map(front, XGT);
	fake.self = FAKE_BACKEND;
	return rc;
}

int backend_map(struct xenshbuf **out, const struct xenshbuf_front *front)
{
	return xenshbuf_map(out, XGT, FAKE_GUEST, xenshbuf_front_dir_start(front),
			    xenshbuf_front_n_pages(front) * PAGE, 0, CAP);
}

int backend_provide(struct xenshbuf **out, const struct xenshbuf_front *front)
{
	return xenshbuf_provide(out, XGT, FAKE_GUEST, xenshbuf_front_dir_start(front),
				xenshbuf_front_n_pages(front) * PAGE, CAP);
}

void assert_map_fails(const struct xenshbuf_front *front, int expected)
{
	struct xenshbuf *buf = (void *)&ends_handle;
	uint32_t granted = fake.n_granted;

	assert_int_equal(backend_map(&buf, front), expected);
	assert_ptr_equal(buf, &ends_handle);
	assert_int_equal(fake.n_mapped, 0);
	assert_int_equal(fake.n_granted, granted);
}

void assert_provide_fails(const struct xenshbuf_front *front, int expected)
{
	struct xenshbuf *buf = (void *)&ends_handle;
	uint32_t granted = fake.n_granted;

	assert_int_equal(backend_provide(&buf, front), expected);
	assert_ptr_equal(buf, &ends_handle);
	assert_int_equal(fake.n_mapped, 0);
	assert_int_equal(fake.n_granted, granted);
}

uint32_t *dir_page(const struct xenshbuf_front *front, uint32_t i)
{
	uint32_t gref = xenshbuf_front_dir_start(front);

	while (i--)
		gref = fake_page(gref)[0];
	return fake_page(gref);
}

void put_marks(void *data, uint32_t n_pages, uint32_t mark)
{
	uint32_t i;

	for (i = 0; i < n_pages; i++)
		((uint32_t *)data)[i * (PAGE / 4)] = mark + i;
}

void assert_marks(const void *data, uint32_t n_pages, uint32_t mark)
{
	uint32_t i;

	for (i = 0; i < n_pages; i++)
		if (((const uint32_t *)data)[i * (PAGE / 4)] != mark + i)
			fail_msg("page %u is another page", i);
}

void spoil_page(uint32_t gref)
{
	memset(fake_page(gref), 0xee, PAGE);
}
