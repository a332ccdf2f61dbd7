/* SPDX-License-Identifier: MIT */
/* See out.h. */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "common/clock.h"
#include "out.h"

/* One line a second, and up to so many at once. */
#define COST_NS NS_PER_S
#define BURST   20

static bool may_print(struct out *out)
{
	const uint64_t now = monotonic_ns();

	if (out->paid_ns < now)
		out->paid_ns = now;
	if (out->paid_ns - now >= BURST * COST_NS) {
		out->suppressed++;
		return false;
	}
	out->paid_ns += COST_NS;
	return true;
}

__attribute__((format(printf, 3, 0))) static void print(struct out *out, FILE *to,
							const char *format, va_list ap)
{
	if (!may_print(out))
		return;
	if (out->suppressed > 0)
		fprintf(to, "%s: %u lines are left out\n", out->label, out->suppressed);
	out->suppressed = 0;
	fprintf(to, "%s: ", out->label);
	vfprintf(to, format, ap);
	putc('\n', to);
	fflush(to);
}

void out_say(struct out *out, const char *format, ...)
{
	va_list ap;

	if (out->quiet)
		return;
	va_start(ap, format);
	print(out, stdout, format, ap);
	va_end(ap);
}

void out_warn(struct out *out, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print(out, stderr, format, ap);
	va_end(ap);
}
