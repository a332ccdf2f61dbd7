/* SPDX-License-Identifier: MIT */
/* Lines on stderr, from any thread. */
#ifndef XENAV_VNC_LOG_H
#define XENAV_VNC_LOG_H

#include <stdbool.h>

/* Leave out what is no error. */
void log_set_quiet(bool quiet);

__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_error(const char *format, ...);

/* The same for what clients can cause: at most 20 lines in 10 seconds, then their number. */
__attribute__((format(printf, 1, 2))) void log_client(const char *format, ...);

#endif
