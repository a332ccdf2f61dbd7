/* SPDX-License-Identifier: MIT */
/* An xenavd that must not serve: it says why in one sentence, and ends with 69. */
#include <config.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

#define UNAVAILABLE 69

static struct rig_guest rg;

static void assert_refused(const char *sentence)
{
	char said[1024];

	assert_int_equal(lab_try_xenavd(&lab, said, sizeof said), UNAVAILABLE);
	if (strcmp(said, sentence) != 0)
		fail_msg("\"%s\" instead of \"%s\"", said, sentence);
}

/* Its socket is another one: what they would fight for is every guest. */
TEST(a_second_xenavd_of_a_domain_leaves_at_once)
{
	rig_start(&rg, 1);
	assert_refused("Another xenavd already serves this domain\n");
	assert_int_equal(toolstack_backend_state(&rg.ts, "vsnd", 1, 0), 4);
	assert_fine(rig_play(&rg, 960));
	rig_stop(&rg);
}

TEST(the_place_of_one_that_was_killed_is_free)
{
	lab_stop_xenavd(&lab, SIGKILL);
	assert_int_equal(lab_start_xenavd(&lab), 0);
}

/* Before it touches anything: there is one that serves. */
TEST(a_kernel_with_larger_pages_is_refused)
{
	setenv(MACHINE_PAGE_BYTES_ENV, "16384", 1);
	assert_refused("The kernel's pages are larger than Xen's 4096 bytes: "
		       "xenavd cannot map guest memory\n");
	unsetenv(MACHINE_PAGE_BYTES_ENV);
}
