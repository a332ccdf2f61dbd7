/* SPDX-License-Identifier: MIT */
/*
 * The two ends of a buffer on the fake machine: see shbuf-ends.h.
 */
#include <config.h>

#include <errno.h>
#include <string.h>
#include <xengnttab.h>

#include "count-fds.h"
#include "shbuf-ends.h"
#include "test.h"

int ends_handle;
struct ends_orders orders;
static int maps_before;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
int __real_xengnttab_grant_copy(xengnttab_handle *, uint32_t, xengnttab_grant_copy_segment_t *);
int __wrap_xengnttab_grant_copy(xengnttab_handle *, uint32_t, xengnttab_grant_copy_segment_t *);

void *__wrap_calloc(size_t n, size_t size)
{
	return machine_fault(CALL_MEMORY, MACHINE_ANY) ? NULL : __real_calloc(n, size);
}

int __wrap_xengnttab_grant_copy(xengnttab_handle *xgt, uint32_t count,
				xengnttab_grant_copy_segment_t *segs)
{
	int rc;

	assert_int_equal(count, 1);
	if (orders.copy_forgets)
		return 0;
	rc = __real_xengnttab_grant_copy(xgt, count, segs);
	if (rc < 0)
		errno = 0; /* As in the library: its logging can change errno. */
	else if (segs->status == GNTST_okay && orders.on_copy)
		orders.on_copy(segs->source.foreign.ref);
	return rc;
}

int ends_setup(void **)
{
	machine_up();
	machine->alloc_limit = 200000;
	memset(&orders, 0, sizeof orders);
	maps_before = count_maps("/ram");
	return 0;
}

int ends_teardown(void **)
{
	assert_int_equal(count_maps("/ram"), maps_before);
	machine_down();
	return 0;
}

uint64_t all_calls(void)
{
	uint64_t n = 0;

	for (int call = 0; call < CALLS; call++)
		n += machine_calls(call);
	return n;
}

bool any_writable(void)
{
	for (uint32_t i = 0; i < MACHINE_MAPTRACK; i++)
		if (machine->tracks[i].pid != 0 && machine->tracks[i].writable)
			return true;
	return false;
}

struct xenshbuf_front *guest_alloc(uint32_t n_pages, int be_alloc)
{
	struct xenshbuf_front *front;

	play(GUEST);
	assert_int_equal(xenshbuf_front_alloc(&front, BACKEND, n_pages * PAGE, be_alloc), 0);
	play(BACKEND);
	return front;
}

void guest_free(struct xenshbuf_front *front)
{
	play(GUEST);
	assert_int_equal(xenshbuf_front_free(front), 0);
	play(BACKEND);
}

int guest_map(struct xenshbuf_front *front)
{
	int rc;

	play(GUEST);
	rc = xenshbuf_front_map(front, XGT);
	play(BACKEND);
	return rc;
}

int backend_map(struct xenshbuf **out, const struct xenshbuf_front *front)
{
	return xenshbuf_map(out, XGT, GUEST, xenshbuf_front_dir_start(front),
			    xenshbuf_front_n_pages(front) * PAGE, 0, CAP);
}

int backend_provide(struct xenshbuf **out, const struct xenshbuf_front *front)
{
	return xenshbuf_provide(out, XGT, GUEST, xenshbuf_front_dir_start(front),
				xenshbuf_front_n_pages(front) * PAGE, CAP);
}

void assert_map_fails(const struct xenshbuf_front *front, int expected)
{
	struct xenshbuf *buf = (void *)&ends_handle;
	const uint32_t granted = machine_allocated();

	assert_int_equal(backend_map(&buf, front), expected);
	assert_ptr_equal(buf, &ends_handle);
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(machine_allocated(), granted);
}

void assert_provide_fails(const struct xenshbuf_front *front, int expected)
{
	struct xenshbuf *buf = (void *)&ends_handle;
	const uint32_t granted = machine_allocated();

	assert_int_equal(backend_provide(&buf, front), expected);
	assert_ptr_equal(buf, &ends_handle);
	assert_int_equal(mapped_pages(), 0);
	assert_int_equal(machine_allocated(), granted);
}

uint32_t *dir_page(const struct xenshbuf_front *front, uint32_t i)
{
	uint32_t gref = xenshbuf_front_dir_start(front);

	while (i--)
		gref = granted_page(GUEST, gref)[0];
	return granted_page(GUEST, gref);
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
	memset(granted_page(GUEST, gref), 0xee, PAGE);
}
