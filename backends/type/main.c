/* SPDX-License-Identifier: MIT */
/*
 * xenav-type types text and clicks in a guest, for scripts.
 *
 * options.c reads the command line and plan.c makes a script of events of it, with keys.c for names
 * and layout.c for characters; target.c finds the guest's input device, and feed.c sends the script
 * to it.  This file has complaints and exit codes.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "type/feed.h"
#include "type/options.h"
#include "type/plan.h"
#include "type/script.h"
#include "type/target.h"

/* Exit codes: 128 and the number of a signal, as of a shell, and those of sysexits.h. */
#define EXIT_LOST 1

static int signal_exit(const struct feed *f)
{
	return 128 + loop_get_signal(f->loop);
}

/* -------- complaints -------- */

/* The link has told. */
static int cannot_connect(int rc)
{
	return rc == -EACCES ? EX_NOPERM : EX_UNAVAILABLE;
}

static int cannot_find(const struct target *t)
{
	const struct type_options *o = t->o;

	if (t->ready && o->connector)
		fprintf(stderr, "xenav-type: %s has no connector '%s' that belongs to the device\n",
			o->common.selection.domain, o->connector);
	else if (t->ready)
		fprintf(stderr, "xenav-type: %s has no connector that xenavd shows to this user\n",
			o->common.selection.domain);
	else if (t->lacks)
		fprintf(stderr, "xenav-type: The input device of %s has no %s\n",
			o->common.selection.domain,
			t->lacks & XENAV_INPUT_KEYBOARD ? "keyboard" : "pointer");
	else
		fprintf(stderr, "xenav-type: %s '%s' that xenavd lets this user type in\n",
			t->has_guest ? "There is no such input device of" : "There is no guest",
			o->common.selection.domain);
	return EX_UNAVAILABLE;
}

/* The wait has ended without an input device. */
static int cannot_begin(const struct target *t, int rc)
{
	if (t->lost)
		return cannot_connect(rc);
	if (!t->refused)
		return cannot_find(t);
	fprintf(stderr, "xenav-type: Cannot type in %s: %s\n", t->o->common.selection.domain,
		strerror(-rc));
	return rc == -EACCES ? EX_NOPERM : EX_UNAVAILABLE;
}

static int cannot_go_on(const struct target *t, int rc)
{
	if (rc == -ENODEV)
		fprintf(stderr, "xenav-type: The input device of %s is gone\n",
			t->o->common.selection.domain);
	return EXIT_LOST;
}

/* -------- the run -------- */

/* A position outside would be moved to the edge by the daemon. @return 0 or the exit code. */
static int check_positions(const struct target *t, const struct script *script)
{
	const struct xenav_connector_info *info;

	if (!script->has_positions)
		return 0;
	info = xenav_connector_get_info(target_connector(t));
	if (script->max_x >= (int32_t)info->width_px || script->max_y >= (int32_t)info->height_px) {
		fprintf(stderr, "xenav-type: A position is outside of connector %s, %ux%u pixels\n",
			info->unique_id, (unsigned int)info->width_px,
			(unsigned int)info->height_px);
		return EX_USAGE;
	}
	if (!t->o->common.quiet && !(xenav_input_get_info(t->in)->caps & XENAV_INPUT_ABSOLUTE))
		fprintf(stderr,
			"xenav-type: The pointer of %s takes motion, not positions, and may "
			"miss\n",
			t->o->common.selection.domain);
	return 0;
}

static int serve(struct feed *f, const struct script *script)
{
	struct target *t = f->target;
	int rc;

	rc = feed_wait(f, script, t->o->wait_s);
	if (rc == -EINTR)
		return signal_exit(f);
	if (rc < 0)
		return cannot_begin(t, rc);
	rc = check_positions(t, script);
	if (rc)
		return rc;
	rc = feed_send(f, script);
	if (rc == 0)
		return EXIT_SUCCESS;
	if (rc != -EINTR)
		return cannot_go_on(t, rc);
	feed_release(f);
	return signal_exit(f);
}

static int run(const struct type_options *o, const struct script *script)
{
	struct target target = {0};
	struct feed feed = {.target = &target};
	int rc;

	rc = loop_open(&feed.loop);
	if (rc < 0) {
		fprintf(stderr, "xenav-type: Cannot start: %s\n", strerror(-rc));
		return EX_OSERR;
	}
	rc = target_open(&target, o, script->needs);
	if (rc == 0)
		rc = loop_add_link(feed.loop, target.link);
	rc = rc == 0 ? serve(&feed, script) : cannot_connect(rc);
	loop_close(feed.loop);
	target_close(&target);
	return rc;
}

int main(int argc, char **argv)
{
	struct script script = {0};
	struct type_options o;
	int rc;

	rc = options_parse(&o, argc, argv);
	if (rc >= 0)
		return rc;
	rc = plan_make(&script, &o);
	if (rc == 0)
		rc = run(&o, &script);
	script_free(&script);
	options_free(&o);
	return rc;
}
