/* SPDX-License-Identifier: MIT */
/*
 * Output: a line for each event, and on a terminal a status line below them.  Names are those of
 * files, so a guest cannot send escape sequences.
 */
#include <config.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "record.h"

#define STATUS_NS  (250 * NS_PER_MS)
#define CLEAR_LINE "\r\033[K"

static void clear_status(const struct record *r)
{
	if (r->terminal && !r->opt.common.quiet)
		fputs(CLEAR_LINE, stdout);
}

/* Print a line in place of the status line, which is due again at once. */
__attribute__((format(printf, 4, 0))) static void
say(struct record *r, FILE *to, const char *prefix, const char *fmt, va_list ap)
{
	clear_status(r);
	if (to != stdout)
		fflush(stdout);
	fprintf(to, "%s: ", prefix);
	vfprintf(to, fmt, ap);
	putc('\n', to);
	fflush(to);
	r->next_status_ns = 0;
}

void out_event(struct record *r, const char *label, const char *fmt, ...)
{
	va_list ap;

	if (r->opt.common.quiet)
		return;
	va_start(ap, fmt);
	say(r, stdout, label, fmt, ap);
	va_end(ap);
}

void out_warn(struct record *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(r, stderr, "xenav-record", fmt, ap);
	va_end(ap);
}

uint64_t out_status(struct record *r, uint64_t now_ns)
{
	if (!r->terminal || r->opt.common.quiet)
		return UINT64_MAX;
	if (now_ns < r->next_status_ns)
		return r->next_status_ns;
	clear_status(r);
	printf("%" PRIu64 ".%" PRIu64 " s of sound, %" PRIu64 " frames shown, %" PRIu64
	       " pictures written",
	       r->sound_ns / NS_PER_S, r->sound_ns % NS_PER_S / (NS_PER_S / 10), r->presented,
	       r->pictures);
	fflush(stdout);
	r->next_status_ns = now_ns + STATUS_NS;
	return r->next_status_ns;
}

void out_limit(struct record *r, struct account *account)
{
	const struct folder_limits *l = &r->opt.limits;

	if (!folder_is_news(account))
		return;
	if (l->max_files && account->files + account->reserved_files >= l->max_files)
		out_warn(r,
			 "Guest %s has %" PRIu64 " files, nothing more of it is recorded "
			 "(--max-files)",
			 account->guest, account->files);
	else
		out_warn(r,
			 "Guest %s has %" PRIu64 " of %" PRIu64
			 " bytes, what does not fit is not recorded (--max-bytes)",
			 account->guest, account->bytes, l->max_bytes);
}

void out_end(struct record *r)
{
	if (r->terminal && !r->opt.common.quiet && r->next_status_ns)
		putc('\n', stdout);
	fflush(stdout);
}
