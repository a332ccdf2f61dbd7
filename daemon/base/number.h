/* SPDX-License-Identifier: MIT */
/* Strict parsers of numbers in untrusted text. */
#ifndef XENAVD_NUMBER_H
#define XENAVD_NUMBER_H

#include <stdint.h>

/* The whole string is a decimal number of at most max. @return 0 or -EINVAL. */
int parse_u32(const char *text, uint32_t max, uint32_t *out);
int parse_u16(const char *text, uint16_t *out);

/* "800x600": two decimal numbers of at most max, with an 'x' between. @return 0 or -EINVAL. */
int parse_resolution(const char *text, uint32_t max, uint32_t *width, uint32_t *height);

#endif
