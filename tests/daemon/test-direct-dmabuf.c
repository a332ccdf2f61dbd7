/* SPDX-License-Identifier: MIT */
/* The same as in test-direct.c, where a guest's buffers leave the daemon as dma-bufs. */
#include <config.h>

#include <errno.h>
#include <unistd.h>

#include "direct-rig.h"

static void start_with_dmabufs(uint16_t domid)
{
	machine->dmabuf_errno = 0;
	start(true);
	assert_false(lab_log_has(&lab, "dma-bufs"));
	rig_start(&rg, domid);
	show();
}

DIRECT(nothing_is_copied_of_what_leaves_as_a_dmabuf)
{
	const uint64_t n_slots = machine_calls(CALL_SLOT);
	uint64_t n_exports;

	start_with_dmabufs(120);
	n_exports = machine_calls(CALL_DMABUF_EXPORT);
	start_consumer(ALL);
	assert_int_equal(GET(claimed), ALL);
	assert_seen(1);
	flip_through(2, 20);
	assert_int_equal(GET(way), XENAV_WAY_DMABUF);
	/* One of each buffer, also for who comes later. */
	stop_consumer();
	start_consumer(ALL);
	assert_seen(21);
	flip_through(22, 20);
	assert_int_equal(GET(way), XENAV_WAY_DMABUF);
	assert_int_equal(machine_calls(CALL_DMABUF_EXPORT), n_exports + 2);
	assert_int_equal(machine_calls(CALL_SLOT), n_slots);
	assert_int_equal(count("copied_bytes"), 0);
	assert_int_equal(count("direct_frames"), 0);
	assert_true(count("dmabuf_frames") >= 42);
	hide();
	stop_consumer();
	rig_stop(&rg);
}

/* A kernel, and an Xen, may have all that is needed and still export none: it is tried once. */
DIRECT(where_nothing_can_be_exported_it_is_tried_once)
{
	static const struct {
		int error;
		bool unexportable;
		const char *says;
	} kernels[] = {
		{ENOTTY, false, "the kernel has no CONFIG_XEN_GNTDEV_DMABUF"},
		{EINVAL, false, "the kernel exports none in a PV domain"},
		{0, true, "Xen does not map them for devices here"},
	};

	for (unsigned i = 0; i < 3; i++) {
		uint64_t n_exports;

		machine->dmabuf_errno = kernels[i].error;
		machine->dmabuf_unexportable = kernels[i].unexportable;
		start(true);
		n_exports = machine_calls(CALL_DMABUF_EXPORT);
		assert_true(lab_log_has(&lab, kernels[i].says));
		assert_int_equal(lab_log_has(&lab, "Cannot grant consumers' dma-bufs"),
				 kernels[i].error != 0);
		rig_start(&rg, (uint16_t)(121 + i));
		show();
		start_consumer(ALL);
		assert_seen(1);
		flip_through(2, 5);
		assert_int_equal(GET(way), XENAV_WAY_DIRECT);
		assert_int_equal(machine_calls(CALL_DMABUF_EXPORT), n_exports);
		hide();
		stop_consumer();
		rig_stop(&rg);
	}
	machine->dmabuf_unexportable = false;
}

DIRECT(what_cannot_be_exported_goes_another_way)
{
	start_with_dmabufs(123);
	machine_order(CALL_DMABUF_EXPORT, 123, 0, 1, ENOMEM, 0);
	start_consumer(ALL);
	assert_seen(1);
	assert_int_equal(GET(way), XENAV_WAY_DIRECT);
	flip_through(2, 1);
	assert_int_equal(GET(way), XENAV_WAY_DMABUF);
	hide();
	stop_consumer();
	/* The same for a consumer that can take nothing else. */
	show();
	machine_order(CALL_DMABUF_EXPORT, 123, 0, 1, EINVAL, 0);
	start_consumer(XENAV_WAY_COPY | XENAV_WAY_DMABUF);
	assert_seen(1);
	assert_int_equal(GET(way), XENAV_WAY_COPY);
	hide();
	stop_consumer();
	rig_stop(&rg);
}

DIRECT(who_is_not_trusted_gets_no_dmabuf)
{
	machine->dmabuf_errno = 0;
	start(false);
	rig_start(&rg, 124);
	show();
	start_consumer(ALL);
	assert_int_equal(GET(claimed), XENAV_WAY_COPY);
	assert_seen(1);
	assert_int_equal(GET(way), XENAV_WAY_COPY);
	hide();
	stop_consumer();
	rig_stop(&rg);
}

/* The guest would say so if it was answered with pages mapped. */
DIRECT(a_buffer_is_the_guests_again_when_the_driver_lets_go)
{
	start_with_dmabufs(125);
	start_consumer(ALL);
	SET(driver_waits, machine_calls(CALL_DMABUF_WAIT) + 5);
	flip_through(2, 1);
	hide();
	assert_int_equal(GET(driver_fd), 0);
	assert_int_equal(rg.guest.late, 0);
	stop_consumer();
	rig_stop(&rg);
}

DIRECT(devices_and_guests_go_while_their_buffers_are_dmabufs)
{
	start_with_dmabufs(126);
	start_consumer(ALL);
	assert_seen(1);
	rig_stop(&rg);
	assert_int_equal(GET(disconnected), 0);
	rig_start(&rg, 127);
	show();
	assert_seen(1);
	assert_int_equal(GET(way), XENAV_WAY_DMABUF);
	assert_fine(rig_destroy(&rg));
	for (unsigned i = 0; i < WAIT_MS && machine_mapped_of(127) > 0; i++)
		usleep(1000);
	assert_int_equal(machine_mapped_of(127), 0);
	assert_int_equal(GET(disconnected), 0);
	stop_consumer();
}
