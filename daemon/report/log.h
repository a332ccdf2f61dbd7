/* SPDX-License-Identifier: MIT */
/*
 * Log lines go to standard error, one sentence each, with a journal priority in front when the
 * journal reads them.  Lines that a guest or consumer can cause go through a struct log_source,
 * which names it and limits its lines: ten at once, then one a second.
 */
#ifndef XENAVD_LOG_H
#define XENAVD_LOG_H

#include <stdint.h>

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines above this level are dropped unformatted. */
extern enum log_level log_threshold;

/* @return 0, or -EINVAL unless name is err, warn, info or debug. */
int log_level_parse(const char *name, enum log_level *level);

const char *log_level_name(enum log_level level);

/* A guest or consumer whose log lines are limited. */
struct log_source {
	char name[48]; /* in front of every line, e.g. "vsnd 3/0" */
	uint64_t refilled_ns;
	uint32_t tokens;
	uint32_t suppressed;
};

void log_source_init(struct log_source *src, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void log_write(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_write_limited(struct log_source *src, enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_at(level, ...)                                                                         \
	do {                                                                                       \
		if ((level) <= log_threshold)                                                      \
			log_write(level, __VA_ARGS__);                                             \
	} while (0)
#define log_err(...)   log_at(LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warn(...)  log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* The same for a guest or consumer. */
#define log_from(src, level, ...)                                                                  \
	do {                                                                                       \
		if ((level) <= log_threshold)                                                      \
			log_write_limited(src, level, __VA_ARGS__);                                \
	} while (0)
#define log_warn_from(src, ...)  log_from(src, LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info_from(src, ...)  log_from(src, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug_from(src, ...) log_from(src, LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
