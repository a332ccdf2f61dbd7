/* SPDX-License-Identifier: MIT */
/*
 * Consumers that offer dma-bufs of their own for what a guest draws, through the real daemon and
 * libxenav: the guest's pixels are in them, nothing is copied, and everybody has back what is
 * theirs, whoever goes first.
 */
#include <config.h>

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "offer-rig.h"

OFFER(a_guest_draws_into_what_its_consumer_offers)
{
	const uint64_t n_imports = machine_calls(CALL_DMABUF_IMPORT);
	const uint64_t n_allocs = machine_calls(CALL_ALLOC);

	start(130);
	enter(&driver, ALL, false);
	offer_both();
	for (uint32_t round = 0; round < 5; round++) {
		create(0);
		create(1);
		show(0, 1000 * round + 1);
		await(driver_sees);
		assert_int_equal(seen.frame.way, XENAV_WAY_DMABUF);
		assert_true(seen.frame.offered == 1 || seen.frame.offered == 2);
		assert_int_equal(((uint32_t *)machine_frame(memory[seen.frame.offered - 1]))[0],
				 wanted);
		assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
		destroy(0);
		destroy(1);
	}
	assert_int_equal(count("copied_bytes"), 0);
	/* A guest that never lets go of a page costs no more grants than these. */
	assert_int_equal(machine_calls(CALL_DMABUF_IMPORT), n_imports + 2);
	assert_int_equal(machine_calls(CALL_ALLOC), n_allocs);
	leave(&driver);
	await(is_ungranted);
	rig_stop(&rg);
}

OFFER(what_cannot_be_used_is_refused)
{
	start(131);
	enter(&driver, ALL, false);
	offer_both();
	assert_int_equal(offer(4, offers[0], BYTES), -EINVAL);
	assert_int_equal(offer(0, offers[0], 0), -EINVAL);
	assert_int_equal(offer(0, -1, BYTES), -EBADF);
	assert_int_equal(offer(0, offers[0], BYTES + MACHINE_PAGE), 0);
	await(is_refused);
	assert_int_equal(seen.offer_error, -EINVAL);
	create(0);
	forget_error();
	assert_int_equal(offer(1, offers[0], BYTES), 0);
	assert_int_equal(offer(2, offers[1], BYTES), 0);
	await(is_refused);
	assert_int_equal(seen.offer_error, -EBUSY);
	destroy(0);
	leave(&driver);
	/* Consumers that may have no dma-bufs, or only watch. */
	enter(&driver, XENAV_WAY_COPY | XENAV_WAY_DIRECT, false);
	assert_int_equal(offer(0, offers[0], BYTES), -EACCES);
	leave(&driver);
	enter(&driver, ALL, true);
	assert_int_equal(offer(0, offers[0], BYTES), -EPERM);
	leave(&driver);
	rig_stop(&rg);
	/* A guest that has memory of its own. */
	rig_display = rig_display_nodes;
	start(132);
	enter(&driver, ALL, false);
	assert_int_equal(offer(0, offers[0], BYTES), 0);
	await(is_refused);
	assert_int_equal(seen.offer_error, -EPERM);
	leave(&driver);
	rig_stop(&rg);
}

OFFER(the_pool_supplies_what_an_offer_cannot)
{
	int fd = memfd_create("no dma-buf", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, BYTES), 0);
	start(133);
	enter(&driver, ALL, false);
	offer_both();
	assert_int_equal(offer(1, fd, BYTES), 0);
	await(is_refused);
	assert_int_equal(seen.offer_error, -EINVAL);
	forget_error();
	assert_int_equal(offer(3, offers[0], BYTES - 1), 0);
	await(is_refused);
	machine_order(CALL_DMABUF_IMPORT, 133, 0, 2, ENOSPC, 0);
	create(0);
	assert_true(lab_log_has(&lab, "Buffer 1 that a consumer offers for connector 0"));
	assert_true(lab_log_has(&lab, "Buffer 2 that a consumer offers for connector 0"));
	show(0, 7);
	await(driver_sees);
	assert_int_equal(seen.frame.way, XENAV_WAY_DIRECT);
	assert_int_equal(seen.frame.offered, -1);
	assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
	destroy(0);
	leave(&driver);
	rig_stop(&rg);
	close(fd);
}

OFFER(a_guest_goes_on_in_a_buffer_whose_consumer_has_gone)
{
	for (unsigned i = 0; i < 2; i++) {
		machine->dmabuf_unmappable = i == 1;
		start((uint16_t)(134 + i));
		enter(&driver, ALL, false);
		offer_both();
		create(0);
		show(0, 11);
		await(driver_sees);
		leave(&driver);
		enter(&watcher, XENAV_WAY_COPY, true);
		draw(&dbufs[0], 12);
		assert_int_equal(crtc_flip(CRTC(&rg, 0), FB), 0);
		await(i == 0 ? watcher_sees : watcher_is_told);
		/* A consumer that can import dma-bufs gets this one, as another consumer's. */
		enter(&driver, ALL, false);
		await(driver_sees);
		assert_int_equal(seen.frame.way, XENAV_WAY_DMABUF);
		assert_int_equal(seen.frame.offered, -1);
		leave(&driver);
		leave(&watcher);
		assert_int_equal(crtc_disable(CRTC(&rg, 0)), 0);
		destroy(0);
		await(is_ungranted);
		rig_stop(&rg);
	}
}

OFFER(guests_and_devices_go_while_they_use_what_is_offered)
{
	start(136);
	enter(&driver, ALL, false);
	offer_both();
	create(0);
	show(0, 21);
	await(driver_sees);
	rig_stop(&rg);
	for (unsigned i = 0; i < WAIT_MS && !is_ungranted(); i++)
		usleep(1000);
	assert_true(is_ungranted());
	start(137);
	await(is_claimed);
	offer_both();
	create(0);
	show(0, 22);
	await(driver_sees);
	assert_int_equal(seen.frame.way, XENAV_WAY_DMABUF);
	assert_fine(rig_destroy(&rg));
	for (unsigned i = 0; i < WAIT_MS && !is_ungranted(); i++)
		usleep(1000);
	assert_true(is_ungranted());
	leave(&driver);
}
