/* SPDX-License-Identifier: MIT */
/* The words of xenavctl for what the status has as numbers, and text that may be printed. */
#ifndef XENAVCTL_WORDS_H
#define XENAVCTL_WORDS_H

#include <stddef.h>
#include <stdint.h>

const char *word_device(uint32_t kind);        /* "vsnd", as xenstore has it */
const char *word_device_kind(uint32_t kind);   /* "sound" */
const char *word_xenbus(uint32_t state);       /* "connected" */
const char *word_stream_state(uint32_t state); /* "closed", "started" */
const char *word_direction(uint32_t direction);
const char *word_mode(uint32_t mode);       /* "drive" */
const char *word_event(uint32_t kind);      /* "claimed" */
const char *word_object(uint32_t kind);     /* "stream" */
const char *word_log_level(uint32_t level); /* "info" */

/* @return the level of that name, or -1. */
int word_to_log_level(const char *name);

/* Room for any text of the protocol, made fit. */
#define WORD_TEXT_BYTES 128

/* Text of guests and consumers, without control characters and in whole UTF-8: others are '?'.
 * @return out. */
const char *word_text(char out[WORD_TEXT_BYTES], const char *text);

/* "XR24". */
const char *word_fourcc(char out[8], uint32_t fourcc);

#endif
