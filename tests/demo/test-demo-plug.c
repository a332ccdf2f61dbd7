/* SPDX-License-Identifier: MIT */
/* A device of the demo daemon that is plugged in and out, with an engine that the test plays. */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "base/engine.h"
#include "demo/plug.h"
#include "demo/stage.h"
#include "sound/audience.h"
#include "unit/test.h"

static struct {
	unsigned n_created, n_connects, n_disconnects; /* calls of the engine */
	unsigned n_ups, n_downs, n_full, n_empty;      /* calls of the plug and the stage */
	int create_rc;
} seen;

static struct stage stage;
static struct plug plug;

/* -------- the engine -------- */

static void connect_engine(struct engine *)
{
	seen.n_connects++;
}

static void disconnect_engine(struct engine *)
{
	seen.n_disconnects++;
}

static const struct engine_ops engine_ops = {
	.connect = connect_engine,
	.disconnect = disconnect_engine,
};
static struct engine engine;

int input_create(struct engine **out, const struct input_env *, const struct guest_info *, uint16_t,
		 const struct tree *, struct log_source *)
{
	if (seen.create_rc < 0)
		return seen.create_rc;
	engine = (struct engine){.ops = &engine_ops};
	seen.n_created++;
	*out = &engine;
	return 0;
}

int card_create(struct engine **, const struct sound_env *, const struct guest_info *, uint16_t,
		const struct tree *, struct log_source *)
{
	return -ENOSYS;
}

int display_create(struct engine **, const struct display_env *, const struct guest_info *,
		   uint16_t, const struct tree *, struct log_source *)
{
	return -ENOSYS;
}

bool audience_driver_user(const struct stream *, uid_t *)
{
	return false;
}

void stage_say(const struct plug *, const char *, ...)
{
}

static void be_gone(void)
{
	engine.events->gone(engine.data);
}

/* -------- the plug -------- */

static int publish(struct plug *, struct tree *)
{
	return 0;
}

static void up(struct plug *)
{
	seen.n_ups++;
}

static void down(struct plug *)
{
	seen.n_downs++;
}

static void full(struct stage *)
{
	seen.n_full++;
}

static void empty(struct stage *)
{
	seen.n_empty++;
}

static const struct plug_ops ops = {
	.kind = PLUG_INPUT,
	.publish = publish,
	.up = up,
	.down = down,
};

static int setup(void **)
{
	const struct role role = {.word = WORD_INPUT, .domid = 1};

	memset(&seen, 0, sizeof seen);
	memset(&plug, 0, sizeof plug);
	stage = (struct stage){.full = full, .empty = empty};
	LIST_INIT(&stage.plugs);
	plug_init(&plug, &ops, &stage, &role);
	return 0;
}

#define TEST(name) TEST_WITH(name, setup, NULL)

TEST(a_device_comes_and_goes)
{
	assert_int_equal(plug_in(&plug), 0);
	assert_int_equal(seen.n_connects, 1);
	assert_int_equal(seen.n_ups, 0);
	engine.events->connected(engine.data, 0);
	assert_int_equal(seen.n_ups, 1);
	assert_int_equal(seen.n_full, 1);
	plug_out(&plug);
	assert_int_equal(seen.n_disconnects, 1);
	assert_int_equal(seen.n_downs, 0);
	be_gone();
	assert_int_equal(seen.n_downs, 1);
	assert_int_equal(seen.n_empty, 1);
	assert_null(plug.engine);
}

TEST(a_device_that_is_leaving_is_disconnected_once)
{
	plug_in(&plug);
	plug_out(&plug);
	plug_in(&plug);
	plug_out(&plug);
	plug_out(&plug);
	assert_int_equal(seen.n_disconnects, 1);
	be_gone();
	assert_int_equal(seen.n_created, 1);
	assert_int_equal(seen.n_empty, 1);
}

TEST(a_device_that_is_wanted_again_comes_back_when_it_has_left)
{
	plug_in(&plug);
	plug_out(&plug);
	plug_in(&plug);
	assert_int_equal(seen.n_created, 1);
	be_gone();
	assert_int_equal(seen.n_created, 2);
	assert_int_equal(seen.n_downs, 1);
	assert_int_equal(seen.n_empty, 0);
	engine.events->connected(engine.data, 0);
	plug_out(&plug);
	assert_int_equal(seen.n_disconnects, 2);
	be_gone();
	assert_int_equal(seen.n_empty, 1);
}

TEST(a_device_that_cannot_be_made_or_connected_is_left_out)
{
	seen.create_rc = -ENOMEM;
	assert_int_equal(plug_in(&plug), -ENOMEM);
	assert_null(plug.engine);
	plug_out(&plug);
	assert_int_equal(seen.n_disconnects, 0);
	seen.create_rc = 0;
	assert_int_equal(plug_in(&plug), 0);
	engine.events->connected(engine.data, -EINVAL);
	assert_int_equal(seen.n_ups, 0);
	assert_int_equal(seen.n_disconnects, 1);
	be_gone();
	assert_int_equal(seen.n_created, 1);
}
