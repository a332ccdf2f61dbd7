/* SPDX-License-Identifier: MIT */
/* See base.h. */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "client/base.h"

#define NS_PER_SEC 1000000000u

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

uint64_t base_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t frames_in(uint64_t time_ns, uint32_t rate_hz)
{
	return time_ns / NS_PER_SEC * rate_hz + time_ns % NS_PER_SEC * rate_hz / NS_PER_SEC;
}
