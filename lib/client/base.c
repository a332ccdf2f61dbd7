/* SPDX-License-Identifier: MIT */
/* See base.h. */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "client/base.h"

void base_log(const struct xenav *x, int level, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (!x->log_fn)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	x->log_fn(x->log_data, level, text);
}

bool base_is_over(const struct xenav *x)
{
	return x->error || x->closing;
}

bool base_is_paused(const struct xenav_object *o)
{
	return o->absent || o->resuming;
}
