/* SPDX-License-Identifier: MIT */
/* See out.h. */
#include <config.h>

#include <stdarg.h>
#include <stdio.h>

#include "common/clock.h"
#include "out.h"

/* Each object may print a line a second, and so many at once; all together more of them. */
#define COST_NS     NS_PER_S
#define BURST       20
#define COST_ALL_NS (50 * NS_PER_MS)
#define BURST_ALL   200

/* Time up to which the lines of all objects are paid for. */
static uint64_t all_paid_ns;

static uint64_t room_ns(uint64_t paid_ns, uint64_t burst_ns)
{
	return paid_ns < burst_ns ? 0 : paid_ns - burst_ns + 1;
}

static void pay(uint64_t *paid_ns, uint64_t now_ns, uint64_t cost_ns)
{
	*paid_ns = (*paid_ns > now_ns ? *paid_ns : now_ns) + cost_ns;
}

uint64_t out_room_ns(const struct out *out)
{
	return room_ns(out->paid_ns, BURST * COST_NS);
}

static bool may_print(struct out *out)
{
	const uint64_t now = monotonic_ns();

	if (!out->urgent &&
	    (now < out_room_ns(out) || now < room_ns(all_paid_ns, BURST_ALL * COST_ALL_NS))) {
		out->suppressed++;
		return false;
	}
	pay(&out->paid_ns, now, COST_NS);
	if (!out->urgent)
		pay(&all_paid_ns, now, COST_ALL_NS);
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
