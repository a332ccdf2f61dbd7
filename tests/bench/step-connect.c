/* SPDX-License-Identifier: MIT */
/* The life of a device, from its nodes to its end.  See lockstep.h. */
#include <config.h>

#include <unistd.h>

#include "lockstep.h"

#define DOMID 70

/* The daemon waits for some time where a frontend may need it. */
#define LOOK_US 2000
#define LOOKS   10000

static struct rig_guest rg;

static const char *begin(void)
{
	return rig_create(&rg, DOMID);
}

static const char *end(void)
{
	return rig_destroy(&rg);
}

static bool is_connected(const struct front *front, const char *kind)
{
	return front->state == 4 && toolstack_backend_state(&rg.ts, kind, DOMID, 0) == 4;
}

/* Every step of the guest finds the daemon at rest. */
static const char *run_until_connected(struct front *front, const char *kind)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		const char *problem = lock_quiet();

		if (problem || is_connected(front, kind))
			return problem;
		guest_run(&rg.guest, 0);
		usleep(LOOK_US);
	}
	return "a device does not connect";
}

static const char *offer(const char *kind, const struct toolstack_node *nodes)
{
	if (toolstack_add_device(&rg.ts, kind, DOMID, 0, nodes) < 0 ||
	    toolstack_wait_connection(&rg.ts, kind, DOMID, 0) < 0)
		return "a device is not offered";
	return lock_quiet();
}

static const char *withdraw(struct front *front, const char *kind)
{
	const char *problem;

	if (toolstack_begin_removal(&rg.ts, kind, DOMID, 0) < 0)
		return "libxl cannot begin to remove a device";
	for (unsigned i = 0; i < LOOKS && front->state != 1; i++) {
		problem = lock_quiet();
		if (problem)
			return problem;
		guest_run(&rg.guest, 0);
		usleep(LOOK_US);
	}
	problem = lock_quiet();
	if (!problem && toolstack_end_removal(&rg.ts, kind, DOMID, 0) < 0)
		problem = "libxl waited for 6 in vain";
	return problem ? problem : lock_quiet();
}

static const char *live_display(unsigned)
{
	const char *problem = offer("vdispl", rig_display_nodes);

	if (!problem && display_load(&rg.display, &rg.guest, 0) < 0)
		problem = "a driver cannot be loaded";
	if (!problem)
		problem = run_until_connected(&rg.display.front, "vdispl");
	if (!problem)
		problem = withdraw(&rg.display.front, "vdispl");
	display_forget(&rg.display);
	return problem;
}

static const char *live_card(unsigned)
{
	const char *problem = offer("vsnd", rig_sound_nodes);

	if (!problem && sound_load(&rg.sound, &rg.guest, 0) < 0)
		problem = "a driver cannot be loaded";
	if (!problem)
		problem = run_until_connected(&rg.sound.front, "vsnd");
	if (!problem)
		problem = withdraw(&rg.sound.front, "vsnd");
	sound_forget(&rg.sound);
	return problem;
}

#define COUNTED LOCK_BIT(LOCK_STORE)

const struct lockstep connect_steps[] = {
	{"display-life", "a display that comes and goes", true, false, 20, 1, COUNTED, begin,
	 live_display, end, 15},
	{"card-life", "a card that comes and goes", false, false, 20, 1, COUNTED, begin, live_card,
	 end, 15},
	{0},
};
