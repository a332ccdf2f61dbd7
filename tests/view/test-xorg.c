/* SPDX-License-Identifier: MIT */
/* Fingers on a window of xenav-view arrive in the guest: on a real X server, because Xvfb has none.
 */
#include <config.h>

#include <linux/input-event-codes.h>

#include "view/view-rig.h"
#include "view/xorg.h"

struct point {
	unsigned contact;
	bool down;
	int x, y;
};

static bool is_touched(void *data)
{
	const struct point *p = data;
	const struct keyboard_contact *c = &kb.contacts[p->contact];

	return c->down == p->down && c->x >= p->x - 1 && c->x <= p->x + 1 && c->y >= p->y - 1 &&
	       c->y <= p->y + 1;
}

static void expect_touch(unsigned contact, bool down, int x, int y)
{
	struct point p = {contact, down, x, y};

	if (!guest_run_until(&rg.guest, is_touched, &p, WAIT_MS))
		fail_msg("contact %u is %s at %d,%d, not %s at %d,%d", contact,
			 kb.contacts[contact].down ? "down" : "up", kb.contacts[contact].x,
			 kb.contacts[contact].y, down ? "down" : "up", x, y);
}

/* The pointer may have been elsewhere in the window before. */
static bool is_in_the_corner(void *)
{
	return kb.positions > 0 && kb.x <= 1 && kb.y <= 1;
}

static void touch_as_contacts(void)
{
	Window window = start_all(130, touch);
	unsigned positions;

	x11_point(window, 0, 0);
	EXPECT(is_in_the_corner, NULL);
	positions = kb.positions;
	xorg_touch(0, XORG_TOUCH_BEGIN, window, 30, 40);
	expect_touch(0, true, 30, 40);
	xorg_touch(1, XORG_TOUCH_BEGIN, window, 200, 100);
	expect_touch(1, true, 200, 100);
	xorg_touch(0, XORG_TOUCH_MOVE, window, 90, 80);
	expect_touch(0, true, 90, 80);
	xorg_touch(0, XORG_TOUCH_END, window, 90, 80);
	expect_touch(0, false, 90, 80);
	assert_true(kb.contacts[1].down);
	xorg_touch(1, XORG_TOUCH_END, window, 200, 100);
	expect_touch(1, false, 200, 100);
	/* Nobody has moved the pointer or clicked. */
	assert_int_equal(kb.downs[BTN_LEFT], 0);
	assert_int_equal(kb.positions, positions);
	assert_int_equal(kb.contacts[0].downs, 1);
	assert_int_equal(kb.contacts[1].downs, 1);
	stop_all();
}

static bool is_pressed(void *)
{
	return kb.down[BTN_LEFT];
}

static bool is_released(void *)
{
	return !kb.down[BTN_LEFT];
}

static void touch_as_pointer(void)
{
	Window window = start_all(131, plain);

	xorg_touch(0, XORG_TOUCH_BEGIN, window, 120, 60);
	EXPECT(is_pressed, NULL);
	assert_in_range(kb.x, 119, 121);
	assert_in_range(kb.y, 59, 61);
	xorg_touch(0, XORG_TOUCH_END, window, 120, 60);
	EXPECT(is_released, NULL);
	/* No second click follows. */
	guest_run(&rg.guest, 100);
	assert_int_equal(kb.downs[BTN_LEFT], 1);
	stop_all();
}

/* In one test, because the driver takes another connection only some time after the end of one. */
TEST(fingers_are_contacts_and_one_click_each_without_a_touch_screen)
{
	touch_as_contacts();
	touch_as_pointer();
	xorg_forget_touch();
}
