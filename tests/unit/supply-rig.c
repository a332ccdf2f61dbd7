/* SPDX-License-Identifier: MIT */
/* See supply-rig.h. */
#include <config.h>

#include <unistd.h>

#include "supply-rig.h"
#include "test.h"
#include "xen/gnttab.h"
#include "xen/worker.h"
#include "xen/xen.h"
#include "xenshbuf.h"

/* For more pages than any test takes at once. */
#define DIRECTORY_PAGES 2048

static STAILQ_HEAD(, job) jobs = STAILQ_HEAD_INITIALIZER(jobs);
struct xen supply_handles;
struct supply *supply;
int offered_fd;

/* Of GUEST and NEIGHBOUR. */
static struct xenshbuf_front *directories[2];
static uint64_t n_allocs, n_frees;

unsigned made_buffers(void)
{
	return (unsigned)(machine_calls(CALL_ALLOC) - n_allocs);
}

unsigned present_buffers(void)
{
	return made_buffers() - (unsigned)(machine_calls(CALL_FREE) - n_frees);
}

uint32_t granted_pages(void)
{
	machine_reap_closed();
	return machine->domains[BACKEND].n_grants;
}

void worker_submit(struct worker *, struct job *job)
{
	STAILQ_INSERT_TAIL(&jobs, job, link);
}

void work(void)
{
	struct job *job;

	while ((job = STAILQ_FIRST(&jobs))) {
		STAILQ_REMOVE_HEAD(&jobs, link);
		job->run(job);
		job->done(job);
	}
}

int supply_setup(void **)
{
	machine_up();
	assert_int_equal(machine_domain_create(NEIGHBOUR), 0);
	for (uint16_t domid = GUEST; domid <= NEIGHBOUR; domid++) {
		play(domid);
		assert_int_equal(xenshbuf_front_alloc(&directories[domid - GUEST], BACKEND,
						      DIRECTORY_PAGES * MACHINE_PAGE, 1),
				 0);
	}
	play(BACKEND);
	machine->alloc_limit = 10000;
	offered_fd = machine_dmabuf((uint32_t)machine_frames_alloc(BACKEND, 128), 128);
	assert_true(offered_fd >= 0);
	n_allocs = machine_calls(CALL_ALLOC);
	n_frees = machine_calls(CALL_FREE);
	return gnttab_open(&supply_handles.gnttab) < 0 ? -1
						       : supply_create(&supply, &supply_handles);
}

int supply_teardown(void **)
{
	work();
	supply_destroy(supply);
	assert_int_equal(granted_pages(), 0);
	for (uint16_t domid = GUEST; domid <= NEIGHBOUR; domid++) {
		play(domid);
		xenshbuf_front_free(directories[domid - GUEST]);
	}
	gnttab_close(supply_handles.gnttab);
	close(offered_fd);
	machine_down();
	return 0;
}

uint32_t directory_of(const struct guest_info *guest)
{
	return xenshbuf_front_dir_start(directories[guest->domid - GUEST]);
}

struct guest_info guest_of(uint16_t domid, uint32_t max_pages)
{
	struct guest_info guest = {domid, "guest", "", GUEST_POLICY_INIT};

	guest.policy.max_supplied_pages = max_pages;
	return guest;
}

struct pooled *get(const struct guest_info *guest, uint32_t pages)
{
	struct pooled *supplied = NULL;

	assert_int_equal(pool_take(supply, guest, pages, &supplied), 0);
	assert_int_equal(pool_fill(supplied, directory_of(guest), pages * 4096), 0);
	return supplied;
}

int take_rc(const struct guest_info *guest, uint32_t pages)
{
	struct pooled *supplied = NULL;

	return pool_take(supply, guest, pages, &supplied);
}
