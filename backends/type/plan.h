/* SPDX-License-Identifier: MIT */
/*
 * From the actions of the command line to the events that are sent.
 */
#ifndef XENAV_TYPE_PLAN_H
#define XENAV_TYPE_PLAN_H

#include "type/options.h"
#include "type/script.h"

/*
 * Make the script for all actions, or complain on standard error.
 *
 * @return 0, or the exit code.
 */
int plan_make(struct script *script, const struct type_options *o);

/* Read "X,Y", two numbers from 0 to 65535. @return 0 or -EINVAL. */
int point_parse(const char *text, int32_t *x, int32_t *y);

#endif
