/* SPDX-License-Identifier: MIT */
/*
 * Log lines go to the journal, with fields for what they are about, if it reads standard error,
 * else to standard error, one sentence each.  Lines that a guest or consumer can cause go through a
 * struct log_source, which names it and limits its lines: ten at once, then one a second.
 */
#ifndef XENAVD_LOG_H
#define XENAVD_LOG_H

#include <stdint.h>

#include "report/events.h"

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines above this level are dropped unformatted. */
extern enum log_level log_threshold;

/* @return 0, or -EINVAL unless name is err, warn, info or debug. */
int log_level_parse(const char *name, enum log_level *level);

const char *log_level_name(enum log_level level);

/* A guest or consumer whose log lines are limited. */
struct log_source {
	char name[48];   /* in front of every line, e.g. "vsnd 3/0" */
	char device[16]; /* XENAV_DEVICE: "vsnd/0"; may be empty */
	char domain[64]; /* XENAV_DOMAIN, its name; may be empty */
	int32_t domid;   /* XENAV_DOMID, or -1 */
	struct log_tokens {
		uint64_t refilled_ns;
		uint32_t tokens;
	} plain, events; /* events are not silenced by other lines */
	uint32_t suppressed;
};

/* What a line is about besides its source: a field of the journal, or nothing. */
struct log_object {
	const char *field; /* NULL: nothing */
	char value[64];
};

void log_source_init(struct log_source *src, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Say which device of which domain the source is.  The name may be empty, if it is not known. */
void log_source_set_device(struct log_source *src, const char *kind, uint16_t domid, uint16_t devid,
			   const char *domain);

struct log_object log_object(const char *field, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define LOG_NOTHING          ((struct log_object){NULL, ""})
#define LOG_STREAM(pcm, n)   log_object("XENAV_STREAM", "%u/%u", (unsigned)(pcm), (unsigned)(n))
#define LOG_CONNECTOR(index) log_object("XENAV_CONNECTOR", "%u", (unsigned)(index))
#define LOG_CONSUMER(name)   log_object("XENAV_CONSUMER", "%s", name)

/* Find out whether the journal reads standard error, and log there that xenavd starts: this opens
 * the journal's socket, before sockets cannot be opened any more. */
void log_start(void);

void log_write(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* @param src may be NULL: no limit
 * @param object may be LOG_NOTHING */
void log_write_about(struct log_source *src, enum log_level level, enum log_event event,
		     struct log_object object, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#define log_at(level, ...)                                                                         \
	do {                                                                                       \
		if ((level) <= log_threshold)                                                      \
			log_write(level, __VA_ARGS__);                                             \
	} while (0)
#define log_err(...)   log_at(LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warn(...)  log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* The same for a guest or consumer, and about an object of it. */
#define log_full(src, level, event, object, ...)                                                   \
	do {                                                                                       \
		if ((level) <= log_threshold)                                                      \
			log_write_about(src, level, event, object, __VA_ARGS__);                   \
	} while (0)
#define log_about(src, level, object, ...) log_full(src, level, LOG_PLAIN, object, __VA_ARGS__)
#define log_from(src, level, ...)          log_about(src, level, LOG_NOTHING, __VA_ARGS__)
#define log_warn_from(src, ...)            log_from(src, LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info_from(src, ...)            log_from(src, LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug_from(src, ...)           log_from(src, LOG_LEVEL_DEBUG, __VA_ARGS__)

/* An event of xenavd's life. @param src may be NULL */
#define log_event(src, level, event, ...) log_full(src, level, event, LOG_NOTHING, __VA_ARGS__)

#endif
