/* SPDX-License-Identifier: MIT */
/* xenavctl with the real xenavd, and a guest that has all kinds of devices. */
#include <config.h>

#include "ctl-run.h"
#include "daemon/input-rig.h"

TEST(a_keyboard_is_told_of_behind_the_other_devices)
{
	struct json_object *document;

	run_socket = lab.socket;
	start_guest(171, plain);
	document = run_document("list --json --domain=171");
	assert_int_equal(json_object_array_length(at(document, "guests/0/devices")), 3);
	assert_string_equal(word(document, "guests/0/devices/0/kind"), "sound");
	assert_string_equal(word(document, "guests/0/devices/1/kind"), "display");
	assert_string_equal(word(document, "guests/0/devices/2/kind"), "input");
	assert_string_equal(word(document, "guests/0/devices/2/name"), "vinput");
	assert_string_equal(word(document, "guests/0/devices/2/frontend_state"), "connected");
	assert_true(json_object_get_boolean(at(document, "guests/0/devices/2/inputs/0/keyboard")));
	json_object_put(document);
	stop_guest();
}
