/* SPDX-License-Identifier: MIT */
/* See log.h. */
#include <config.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "common/clock.h"
#include "vnc/log.h"

#define WINDOW_NS    (10 * NS_PER_S)
#define WINDOW_LINES 20u

static struct {
	pthread_mutex_t lock;
	bool quiet;
	uint64_t window_ns; /* when it began */
	unsigned int lines; /* in it, with those that were left out */
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

void log_set_quiet(bool quiet)
{
	pthread_mutex_lock(&state.lock);
	state.quiet = quiet;
	pthread_mutex_unlock(&state.lock);
}

__attribute__((format(printf, 1, 0))) static void print(const char *format, va_list args)
{
	char line[512];

	vsnprintf(line, sizeof line, format, args);
	fprintf(stderr, "xenav-vnc: %s\n", line);
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;
	bool quiet;

	pthread_mutex_lock(&state.lock);
	quiet = state.quiet;
	pthread_mutex_unlock(&state.lock);
	if (quiet)
		return;
	va_start(args, format);
	print(format, args);
	va_end(args);
}

/* @return whether the line may be printed; *before is the number of lines that were left out. */
static bool may_print(unsigned int *before)
{
	const uint64_t now_ns = monotonic_ns();
	bool may;

	*before = 0;
	pthread_mutex_lock(&state.lock);
	if (now_ns - state.window_ns >= WINDOW_NS) {
		if (state.lines > WINDOW_LINES)
			*before = state.lines - WINDOW_LINES;
		state.window_ns = now_ns;
		state.lines = 0;
	}
	may = state.lines++ < WINDOW_LINES && !state.quiet;
	pthread_mutex_unlock(&state.lock);
	return may;
}

void log_client(const char *format, ...)
{
	unsigned int before;
	va_list args;

	if (!may_print(&before))
		return;
	if (before > 0)
		log_info("%u more lines about clients were left out", before);
	va_start(args, format);
	print(format, args);
	va_end(args);
}
