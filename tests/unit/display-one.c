/* SPDX-License-Identifier: MIT */
/* See display-one.h. */
#include <config.h>

#include "display-one.h"
#include "test.h"

struct rig rig;
struct consumer consumer;

int call(struct xendispl_req req)
{
	return fake_call(0, &req);
}

void flip(unsigned fb)
{
	assert_int_equal(call(req_pg_flip(rig_fb(fb))), 0);
}

unsigned n_events(void)
{
	return fake.channels[0].n_events;
}

void claim(void)
{
	assert_int_equal(consumer_claim(&consumer, rig.connectors[0]), 0);
}

int teardown(void **)
{
	rig_teardown(&rig);
	consumer_forget(&consumer);
	return 0;
}
